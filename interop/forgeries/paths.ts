/** Paths, and removals. */

import type { PathForgery } from "../../packages/mls/forge/index.ts";
import { concat } from "../../packages/mls/src/bytes.ts";
import type { UpdatePathNode } from "../../packages/mls/src/proposal.ts";
import { filteredDirectPath } from "../../packages/mls/src/tree.ts";
import { isUnder } from "../../packages/mls/src/tree-math.ts";
import type { Dice } from "../dice.ts";
import type { Stage } from "../stage.ts";
import { type Forgery, flip, NOTHING, remove, rows, type Workshop } from "./workshop.ts";

/** Where in a path, and for which node there, a member finds its secret. */
function placeOf(
  { forger }: Stage,
  leaf: number,
): { readonly step: number; readonly at: number; readonly node: number } {
  const { tree, own } = forger.group;
  const steps = filteredDirectPath(tree, own.leaf);
  const step = steps.findIndex(({ sibling }) => isUnder(leaf, sibling));
  const nodes = tree.resolution(steps[step]?.sibling ?? 0);
  // A leaf that is not merged yet stands there itself, under whatever else is over it.
  const itself = nodes.indexOf(2 * leaf);
  const at = itself >= 0 ? itself : nodes.findIndex((node) => isUnder(leaf, node));
  return { step, at, node: nodes[at] ?? -1 };
}

/** Whether one ciphertext is for both victims. */
export function isSharedReceiver(stage: Stage): boolean {
  const [ours, theirs] = [stage.victim.group.own.leaf, stage.leaves.victim].map((leaf) => placeOf(stage, leaf));
  return ours?.node === theirs?.node;
}

export function ofPaths(shop: Workshop, dice: Dice): Forgery[] {
  const { forger, leaves, victim } = shop.stage;
  const { group } = forger;
  const steps = filteredDirectPath(group.tree, group.own.leaf);
  const victims = [victim.group.own.leaf, leaves.victim];
  const [ourStep, theirStep] = [
    placeOf(shop.stage, victim.group.own.leaf).step,
    placeOf(shop.stage, leaves.victim).step,
  ];
  const low = Math.min(ourStep, theirStep);
  const high = Math.max(ourStep, theirStep);
  const top = steps.length - 1;
  const put = <T>(list: readonly T[], at: number, change: (value: T) => T) =>
    list.map((value, index) => (index === at ? change(value) : value));
  const nodes = (at: number, change: (node: UpdatePathNode) => UpdatePathNode) =>
    shop.path({ nodes: (list) => put(list, at, change) });
  const sealed = (
    at: number,
    change: (list: UpdatePathNode["encryptedPathSecret"]) => UpdatePathNode["encryptedPathSecret"],
  ) => nodes(at, (node) => ({ ...node, encryptedPathSecret: change(node.encryptedPathSecret) }));
  const all = (
    change: (list: UpdatePathNode["encryptedPathSecret"]) => UpdatePathNode["encryptedPathSecret"],
  ): PathForgery => ({
    nodes: (list) => list.map((node) => ({ ...node, encryptedPathSecret: change(node.encryptedPathSecret) })),
  });
  const key = (at: number, value: Uint8Array) => shop.path({ keys: (keys) => put(keys, at, () => value) });
  const memberKey = dice.one([...group.tree.members()])[1].encryptionKey;
  const rootKey = group.tree.keyAt(group.tree.root) ?? memberKey;
  const one = shop.freshKey();
  const garbageFor = (leaf: number) => {
    const { step, at } = placeOf(shop.stage, leaf);
    return sealed(step, (list) => put(list, at, (each) => ({ ...each, ciphertext: flip(each.ciphertext) })));
  };
  return [
    ...rows("path", {
      "without a fault (control)": () => shop.commit(),
      "missing, and no proposals": () => shop.commit({ path: "none" }),
      "missing beside an Add": () => shop.commit({ path: "none", proposals: [shop.add()] }),
      "missing beside a Remove": () => shop.commit({ path: "none", proposals: [remove(leaves.member)] }),
      "whose uppermost key does not follow": () => key(top, shop.freshKey()),
      "whose key at the victims' upper step does not follow": () => key(high, shop.freshKey()),
      "with a member's key": () => key(top, memberKey),
      "with a parent's key": () => key(top, rootKey),
      "with one key twice": () =>
        shop.path({ leaf: (leaf) => ({ ...leaf, encryptionKey: one }), keys: (keys) => put(keys, top, () => one) }),
      "whose leaf has a member's key": () => shop.path({ leaf: (leaf) => ({ ...leaf, encryptionKey: memberKey }) }),
      "whose leaf has a parent's key": () => shop.path({ leaf: (leaf) => ({ ...leaf, encryptionKey: rootKey }) }),
      "with a node too few": () => shop.path({ nodes: (list) => list.slice(1) }),
      "with no nodes": () => shop.path({ nodes: () => [] }),
      "with a node too many": () =>
        shop.path({ nodes: (list) => [...list, { encryptionKey: shop.freshKey(), encryptedPathSecret: [] }] }),
      "without ciphertexts": () => shop.path(all(() => [])),
      "with a ciphertext too many everywhere": () => shop.path(all((list) => [...list, ...list.slice(0, 1)])),
      "with a ciphertext too few everywhere": () => shop.path(all((list) => list.slice(1))),
      "with a ciphertext too many at the lowest step of a victim": () =>
        sealed(low, (list) => [...list, ...list.slice(0, 1)]),
      "with a ciphertext too many above the victims": () => sealed(top, (list) => [...list, ...list.slice(0, 1)]),
      "with a ciphertext too many at the first step": () => sealed(0, (list) => [...list, ...list.slice(0, 1)]),
      "telling other secrets": () => shop.path({ told: () => shop.random(32) }),
      "telling zeros": () => shop.path({ told: () => new Uint8Array(32) }),
      "telling nothing": () => shop.path({ told: () => NOTHING }),
      "telling secrets with a zero behind": () => shop.path({ told: (secret) => concat([secret, Uint8Array.of(0)]) }),
      "telling secrets cut short": () => shop.path({ told: (secret) => secret.slice(0, -1) }),
      "from a first secret of 16 bytes": () => shop.path({ secret: shop.random(16) }),
      "from a first secret of 64 bytes": () => shop.path({ secret: shop.random(64) }),
      "with garbage for our victim alone": () => garbageFor(victim.group.own.leaf),
      "with another confirmation tag": () => shop.commit({ tag: flip }),
      "with no confirmation tag": () => shop.commit({ tag: () => NOTHING }),
      "for another next context": () => shop.commit({ extensions: [{ type: 5, data: NOTHING }] }),
      "by who did not do the Remove it lists": () =>
        shop.commit({ proposals: [remove(leaves.member)], apply: () => [] }),
      "by who did not do the Add it lists": () => shop.commit({ proposals: [shop.add()], apply: () => [] }),
      "that tells a newcomer too": () => {
        const add = shop.add();
        return shop.commit({
          proposals: [add],
          path: all((list) => [...list, ...list.slice(0, 1)]),
        });
      },
    }),
    ...rows("path with a fault for one member", {
      "with garbage for the member on OpenMLS alone": () => garbageFor(leaves.victim),
    }),
    ...rows("removal", {
      "of the victims (control)": () => shop.proposing(...victims.map(remove)),
      "of the victims, whose leaves are filled in the same commit": () =>
        shop.proposing(...victims.map(remove), shop.add(), shop.add()),
      "of the victims without a valid confirmation tag": () =>
        shop.commit({ proposals: victims.map(remove), tag: flip }),
      "of the victims by a path that fits nothing": () =>
        shop.commit({ proposals: victims.map(remove), path: { nodes: () => [] } }),
    }),
    ...rows("all-zero init secret", {
      "a commit from an all-zero init secret": () => shop.commit({ initSecret: new Uint8Array(32) }),
    }),
  ];
}
