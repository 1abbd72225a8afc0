/** Trees that no commits lead to, their hash in the context and signed by a member. */
import { concat, equalBytes } from "../../packages/mls/src/bytes.ts";
import { Writer } from "../../packages/mls/src/codec.ts";
import type { ParentNode, Tree } from "../../packages/mls/src/tree.ts";
import { type Forgery, NOTHING, type Workshop } from "./workshop.ts";

export function ofTrees(shop: Workshop): Forgery[] {
  const right = shop.stage.forger.group.tree;
  const inner = [...Array(2 * right.leaves - 1).keys()].filter((node) => right.parent(node) !== undefined);
  const members = [...right.members()];
  const changed = (change: (tree: Tree) => void): Tree => {
    const tree = right.copy();
    change(tree);
    return tree;
  };
  const parent = (at: number, change: (node: ParentNode) => ParentNode) =>
    changed((tree) => {
      const node = tree.parent(at);
      if (node !== undefined) tree.set(at, { type: "parent", parent: change(node) });
    });
  const each = inner.flatMap((at) =>
    Object.entries({
      "with another key": parent(at, (node) => ({ ...node, encryptionKey: shop.freshKey() })),
      "with another parent hash": parent(at, (node) => ({ ...node, parentHash: shop.random(32) })),
      "with no parent hash": parent(at, (node) => ({ ...node, parentHash: NOTHING })),
      "without its list of unmerged leaves": parent(at, (node) => ({ ...node, unmergedLeaves: [] })),
      blank: changed((tree) => tree.set(at, undefined)),
      "with a leaf more in its list": parent(at, (node) => ({ ...node, unmergedLeaves: [...node.unmergedLeaves, 1] })),
      "with a blank leaf in its list": parent(at, (node) => ({ ...node, unmergedLeaves: [shop.stage.blank] })),
      "with a leaf outside the tree in its list": parent(at, (node) => ({
        ...node,
        unmergedLeaves: [...node.unmergedLeaves, 0xfffffff],
      })),
      "with a leaf twice in its list": parent(at, (node) => ({ ...node, unmergedLeaves: [0, 0] })),
    }).map(([name, tree]) => [`parent ${name}`, tree] as const),
  );
  const leavesGone = members.map(
    ([index]) => ["a member fewer", changed((tree) => tree.set(2 * index, undefined))] as const,
  );
  const swapped = members.slice(1).map(([index]) => {
    const swappedTree = changed((tree) => {
      const [first, second] = [tree.node(0), tree.node(2 * index)];
      tree.set(0, second);
      tree.set(2 * index, first);
    });
    return ["two members in each other's place", swappedTree] as const;
  });
  const doubled = members.map(
    ([, leaf]) => ["a member twice", changed((tree) => tree.set(2 * tree.freeLeaf(), { type: "leaf", leaf }))] as const,
  );
  const encoded = right.encode();
  const whole = [
    ["of no nodes", () => shop.groupInfo({ tree: Uint8Array.of(0) })],
    ["of a blank node", () => shop.groupInfo({ tree: Uint8Array.of(1, 0) })],
    ["cut short", () => shop.groupInfo({ tree: encoded.slice(0, -1) })],
    ["with a byte behind it", () => shop.groupInfo({ tree: concat([encoded, Uint8Array.of(0)]) })],
    ["with a blank node at its end", () => shop.groupInfo({ tree: blankAtEnd(right) })],
  ] as const;
  const trees = [...each, ...leavesGone, ...swapped, ...doubled]
    .filter(([, tree]) => !equalBytes(tree.encode(), encoded))
    .map(([name, tree]) => [name, () => shop.groupInfo({ tree })] as const);
  return [...trees, ...whole].map(([name, make]) => ({
    line: "tree",
    name,
    make,
  }));
}

function blankAtEnd(tree: Tree): Uint8Array {
  const encoded = tree.encode();
  // The length of the vector is spelled anew around its nodes.
  const prefix = (encoded[0] ?? 0) >> 6;
  return new Writer().opaque(concat([encoded.subarray(1 << prefix), Uint8Array.of(0)])).done();
}
