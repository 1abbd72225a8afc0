/** What a store keeps of a group, and which secrets a state holds. */
import { difference, type Group, type Part } from "../src/index.ts";
import type { SecretNode } from "../src/secret-tree.ts";
import { toHex } from "./world.ts";

export type Disk = Map<string, Uint8Array>;

/** What a store does with a difference. */
export function write(disk: Disk, parts: readonly Part[]): void {
  for (const { name, value } of parts) {
    if (value === undefined) disk.delete(name);
    else disk.set(name, value.slice());
  }
}

/** All of a group, written where nothing was. */
export function whole(group: Group): Disk {
  const disk: Disk = new Map();
  write(disk, difference(undefined, group));
  return disk;
}

export const textOf = (disk: Disk): string[] => Array.from(disk, ([name, value]) => `${name}: ${toHex(value)}`).sort();

export const names = (disk: Disk): string[] => [...disk.keys()];

/** Every secret array of the secret tree. */
export function treeSecrets(tree: SecretNode): Uint8Array[] {
  switch (tree.type) {
    case "whole":
      return [tree.secret];
    case "split":
      return [...treeSecrets(tree.left), ...treeSecrets(tree.right)];
    case "sender":
      return [tree.handshake.secret, tree.application.secret];
  }
}

export const keysOf = (group: Group): Uint8Array[] => [...group.own.privateKeys.values()];

/** Every secret array of a state. */
export const secretsOf = (group: Group): Uint8Array[] => [
  ...Object.values(group.secrets),
  ...keysOf(group),
  ...treeSecrets(group.secretTree),
];
