/**
 * Indices of a full binary tree in an array, leaves at even places (RFC 9420 appendix C). Trees have 2^d leaves, so
 * every function is a line; a node's index does not change when the tree grows or shrinks at its right edge.
 */

export const leafNode = (leaf: number): number => 2 * leaf;
export const isLeafNode = (node: number): boolean => node % 2 === 0;
/** Nodes of a tree of so many leaves. */
export const nodeCount = (leaves: number): number => 2 * leaves - 1;
export const rootOf = (leaves: number): number => leaves - 1;

/** 0 for leaves, one more for each step up. */
export function levelOf(node: number): number {
  let level = 0;
  for (let rest = node; rest % 2 === 1; rest = (rest - 1) / 2) level++;
  return level;
}

/** Children of an intermediate node. */
export const leftOf = (node: number): number => node - 2 ** (levelOf(node) - 1);
export const rightOf = (node: number): number => node + 2 ** (levelOf(node) - 1);

/** The parent; ask for the root's and you get a node outside the tree. */
export function parentOf(node: number): number {
  const span = 2 ** levelOf(node);
  return Math.floor(node / (2 * span)) % 2 === 0 ? node + span : node - span;
}

export function siblingOf(node: number): number {
  const parent = parentOf(node);
  return node < parent ? rightOf(parent) : leftOf(parent);
}

/** First and last leaf under a node. */
export function leavesUnder(node: number): readonly [first: number, last: number] {
  const span = 2 ** levelOf(node) - 1;
  return [(node - span) / 2, (node + span) / 2];
}

/** Whether `leaf` is under `node`, or is it. */
export function isUnder(leaf: number, node: number): boolean {
  const [first, last] = leavesUnder(node);
  return first <= leaf && leaf <= last;
}

/** From the parent of a leaf to the root. */
export function directPath(leaf: number, leaves: number): number[] {
  const path: number[] = [];
  const root = rootOf(leaves);
  for (let node = leafNode(leaf); node !== root; ) {
    node = parentOf(node);
    path.push(node);
  }
  return path;
}

/** The child of an ancestor that is not above the leaf. */
export function copathChild(ancestor: number, leaf: number): number {
  return leafNode(leaf) < ancestor ? rightOf(ancestor) : leftOf(ancestor);
}

/** The lowest node above two different leaves. */
export function commonAncestor(one: number, other: number): number {
  let node = leafNode(one);
  while (!isUnder(other, node)) node = parentOf(node);
  return node;
}
