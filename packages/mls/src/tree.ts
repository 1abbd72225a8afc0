/**
 * The ratchet tree (RFC 9420 sections 4 and 7): public keys of members and of the groups of members under each node.
 * A tree in a group's state is a value; whoever changes one works on a copy. Tree hashes are kept with the nodes.
 */
import { type Reader, readAll, Writer } from "./codec.ts";
import { type LeafNode, readLeafNode } from "./leaf-node.ts";
import { LIMITS } from "./limits.ts";
import { assert, check } from "./refusal.ts";
import type { Suite } from "./suite.ts";
import {
  directPath,
  isLeafNode,
  isUnder,
  leafNode,
  leavesUnder,
  leftOf,
  nodeCount,
  rightOf,
  rootOf,
} from "./tree-math.ts";

export interface ParentNode {
  readonly encryptionKey: Uint8Array;
  readonly parentHash: Uint8Array;
  /** Leaves under this node that do not have its private key, ascending. */
  readonly unmergedLeaves: readonly number[];
}

export type TreeNode =
  | { readonly type: "leaf"; readonly leaf: LeafNode }
  | { readonly type: "parent"; readonly parent: ParentNode };

const NODE = { leaf: 1, parent: 2 } as const;

export class Tree {
  /** Blank nodes are undefined; length `nodeCount(leaves)`. */
  readonly #nodes: (TreeNode | undefined)[];
  readonly #hashes: (Uint8Array | undefined)[];

  private constructor(nodes: (TreeNode | undefined)[], hashes: (Uint8Array | undefined)[]) {
    this.#nodes = nodes;
    this.#hashes = hashes;
  }

  /** @param nodes - as they stand in a `ratchet_tree`; extended to a full tree. */
  static of(nodes: readonly (TreeNode | undefined)[]): Tree {
    let leaves = 1;
    while (nodeCount(leaves) < nodes.length) leaves *= 2;
    const all = [...nodes];
    all.length = nodeCount(leaves);
    return new Tree(all, new Array(all.length));
  }

  copy(): Tree {
    return new Tree([...this.#nodes], [...this.#hashes]);
  }

  /** Places for leaves: a power of two. */
  get leaves(): number {
    return (this.#nodes.length + 1) / 2;
  }

  get root(): number {
    return rootOf(this.leaves);
  }

  node(index: number): TreeNode | undefined {
    return this.#nodes[index];
  }

  /** The member at a leaf index. */
  leaf(index: number): LeafNode | undefined {
    const node = this.#nodes[leafNode(index)];
    return node?.type === "leaf" ? node.leaf : undefined;
  }

  parent(index: number): ParentNode | undefined {
    const node = this.#nodes[index];
    return node?.type === "parent" ? node.parent : undefined;
  }

  /** All members by their index, ascending. */
  *members(): Generator<readonly [index: number, leaf: LeafNode]> {
    for (let index = 0; index < this.leaves; index++) {
      const leaf = this.leaf(index);
      if (leaf !== undefined) yield [index, leaf];
    }
  }

  /** The public key at a node, of a leaf or a parent. */
  keyAt(index: number): Uint8Array | undefined {
    const node = this.#nodes[index];
    return node?.type === "leaf" ? node.leaf.encryptionKey : node?.parent.encryptionKey;
  }

  set(index: number, node: TreeNode | undefined): void {
    assert(index < this.#nodes.length, "a node that is set is in the tree");
    this.#nodes[index] = node;
    this.#forget(index);
  }

  /** Tree hashes from a node up to the root change with it. */
  #forget(index: number): void {
    this.#hashes[index] = undefined;
    for (const above of directPath(leavesUnder(index)[0], this.leaves)) this.#hashes[above] = undefined;
  }

  blankPath(leaf: number): void {
    for (const node of directPath(leaf, this.leaves)) this.#nodes[node] = undefined;
    this.#forget(leafNode(leaf));
  }

  /** The leftmost blank leaf, in a tree that is made larger if there is none (section 7.7). */
  freeLeaf(leavesMax: number = LIMITS.leaves): number {
    for (let index = 0; index < this.leaves; index++) if (this.leaf(index) === undefined) return index;
    const free = this.leaves;
    check(free < leavesMax, "too-long", "7.7");
    this.#nodes.length = nodeCount(2 * free);
    this.#hashes.length = this.#nodes.length;
    return free;
  }

  /** Section 12.1.1. @returns the new leaf's index. */
  add(leaf: LeafNode, leavesMax?: number): number {
    const index = this.freeLeaf(leavesMax);
    for (const above of directPath(index, this.leaves)) {
      const parent = this.parent(above);
      if (parent === undefined) continue;
      const unmergedLeaves = [...parent.unmergedLeaves, index].sort((one, other) => one - other);
      this.#nodes[above] = { type: "parent", parent: { ...parent, unmergedLeaves } };
    }
    this.set(leafNode(index), { type: "leaf", leaf });
    return index;
  }

  /** Section 12.1.3, but for the truncation, which is done once after all removals. */
  remove(index: number): void {
    this.blankPath(index);
    this.set(leafNode(index), undefined);
  }

  /** Halves the tree as long as its right half has no member (section 7.7). */
  truncate(): void {
    let last = this.leaves - 1;
    while (last > 0 && this.leaf(last) === undefined) last--;
    while (this.leaves > 1 && last < this.leaves / 2) {
      this.#nodes.length = nodeCount(this.leaves / 2);
      this.#hashes.length = this.#nodes.length;
    }
  }

  /** Section 4.1.1: the fewest nodes whose keys cover all members under a node. */
  resolution(index: number): number[] {
    const found: number[] = [];
    const open = [index];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const value = this.#nodes[node];
      if (value !== undefined) {
        found.push(node);
        if (value.type === "parent") for (const leaf of value.parent.unmergedLeaves) found.push(leafNode(leaf));
      } else if (!isLeafNode(node)) open.push(rightOf(node), leftOf(node));
    }
    return found;
  }

  /** Section 7.8. */
  hash(suite: Suite, index = this.root): Uint8Array {
    const known = this.#hashes[index];
    if (known !== undefined) return known;
    const node = this.#nodes[index];
    const hash = isLeafNode(index)
      ? leafHash(suite, index / 2, node?.type === "leaf" ? node.leaf : undefined)
      : parentNodeHash(suite, this.parent(index), this.hash(suite, leftOf(index)), this.hash(suite, rightOf(index)));
    this.#hashes[index] = hash;
    return hash;
  }

  /** The tree hash of a node as it was before these leaves came in (section 7.9, `original_sibling_tree_hash`). */
  hashWithout(suite: Suite, index: number, without: readonly number[]): Uint8Array {
    const under = without.filter((leaf) => isUnder(leaf, index));
    if (under.length === 0) return this.hash(suite, index);
    if (isLeafNode(index)) return leafHash(suite, index / 2, undefined);
    const parent = this.parent(index);
    const before = parent && {
      ...parent,
      unmergedLeaves: parent.unmergedLeaves.filter((leaf) => !under.includes(leaf)),
    };
    const left = this.hashWithout(suite, leftOf(index), under);
    return parentNodeHash(suite, before, left, this.hashWithout(suite, rightOf(index), under));
  }

  /** `ratchet_tree` (section 12.4.3.3): up to the last node that is not blank. */
  encode(): Uint8Array {
    const nodes = [...this.#nodes];
    while (nodes.length > 0 && nodes.at(-1) === undefined) nodes.pop();
    return new Writer().vector(nodes, (writer, node) => writer.optional(node, writeNode)).done();
  }
}

/** A blank leaf's or a member's hash. */
function leafHash(suite: Suite, index: number, leaf: LeafNode | undefined): Uint8Array {
  const input = new Writer().uint8(NODE.leaf).uint32(index);
  return suite.hash(input.optional(leaf, (writer, { bytes }) => writer.raw(bytes)).done());
}

function parentNodeHash(suite: Suite, parent: ParentNode | undefined, left: Uint8Array, right: Uint8Array): Uint8Array {
  return suite.hash(new Writer().uint8(NODE.parent).optional(parent, writeParent).opaque(left).opaque(right).done());
}

function writeParent(writer: Writer, parent: ParentNode): void {
  writer.opaque(parent.encryptionKey).opaque(parent.parentHash);
  writer.vector(parent.unmergedLeaves, (inner, leaf) => inner.uint32(leaf));
}

export function writeNode(writer: Writer, node: TreeNode): void {
  if (node.type === "leaf") writer.uint8(NODE.leaf).raw(node.leaf.bytes);
  else writeParent(writer.uint8(NODE.parent), node.parent);
}

/** @param index - decides whether a leaf or a parent must stand there. */
export function readNode(reader: Reader, index: number): TreeNode {
  const type = reader.uint8();
  check(type === (isLeafNode(index) ? NODE.leaf : NODE.parent), "bad-tree", "12.4.3.3");
  if (type === NODE.leaf) return { type: "leaf", leaf: readLeafNode(reader) };
  const encryptionKey = reader.opaque();
  const parentHash = reader.opaque();
  const unmergedLeaves = reader.vector((item) => item.uint32());
  // Bounded by the node's place, so that a tree of many such lists costs no more than a tree of that size may.
  const [first, last] = leavesUnder(index);
  let before = first - 1;
  for (const leaf of unmergedLeaves) {
    check(before < leaf && leaf <= last, "bad-unmerged-leaves", "7.1");
    before = leaf;
  }
  return { type: "parent", parent: { encryptionKey, parentHash, unmergedLeaves } };
}

/** Reads a `ratchet_tree`; its checks are in tree-check.ts. */
export function parseTree(bytes: Uint8Array, leavesMax: number = LIMITS.leaves): Tree {
  let count = 0;
  const nodes = readAll(bytes, (reader) =>
    reader.vector((item) => {
      const index = count++;
      check(index < nodeCount(leavesMax), "too-long", "12.4.3.3");
      return item.optional((inner) => readNode(inner, index));
    }),
  );
  check(nodes.at(-1) !== undefined, "bad-tree", "12.4.3.3");
  return Tree.of(nodes);
}

/** Hash of the node that a path goes through next (section 7.9, ParentHashInput). */
export function parentHash(suite: Suite, tree: Tree, parent: ParentNode, siblingNode: number): Uint8Array {
  const sibling = tree.hashWithout(suite, siblingNode, parent.unmergedLeaves);
  return suite.hash(new Writer().opaque(parent.encryptionKey).opaque(parent.parentHash).opaque(sibling).done());
}

/** What a node says is above it: empty for a parent at the top, undefined for a leaf that no path set. */
export function parentHashOf(node: TreeNode | undefined): Uint8Array | undefined {
  if (node?.type === "parent") return node.parent.parentHash;
  return node?.leaf.source.type === "commit" ? node.leaf.source.parentHash : undefined;
}

/** Section 4.1.2: the nodes above a leaf whose other side has somebody to share a secret with. */
export function filteredDirectPath(tree: Tree, leaf: number): { readonly node: number; readonly sibling: number }[] {
  const path: { node: number; sibling: number }[] = [];
  for (const node of directPath(leaf, tree.leaves)) {
    const sibling = isUnder(leaf, leftOf(node)) ? rightOf(node) : leftOf(node);
    if (!isEmpty(tree, sibling)) path.push({ node, sibling });
  }
  return path;
}

/** Whether a resolution is empty. */
function isEmpty(tree: Tree, node: number): boolean {
  return tree.resolution(node).length === 0;
}
