/** Indices of trees against a naive tree of objects, for 1 to 256 leaves. */
import { describe, expect, test } from "vitest";
import { Tree, type TreeNode } from "../src/tree.ts";
import {
  commonAncestor,
  copathChild,
  directPath,
  isLeafNode,
  isUnder,
  leafNode,
  leavesUnder,
  leftOf,
  levelOf,
  nodeCount,
  parentOf,
  rightOf,
  rootOf,
  siblingOf,
} from "../src/tree-math.ts";

/** A node as the RFC's section 4.1.1 speaks of it; `leaves` are all under it. */
interface Naive {
  readonly index: number;
  readonly left: Naive | undefined;
  readonly right: Naive | undefined;
  readonly leaves: readonly number[];
  parent: Naive | undefined;
}

/** RFC 9420 appendix C: the array is an in-order walk over the tree. */
function naiveTree(width: number): Naive[] {
  const nodes: Naive[] = [];
  let leaf = 0;
  const build = (leaves: number): Naive => {
    if (leaves === 1) return place(undefined, undefined, [leaf++]);
    const left = build(leaves / 2);
    const index = nodes.push({ index: -1, left, right: undefined, leaves: [], parent: undefined }) - 1;
    const right = build(leaves / 2);
    const node = { index, left, right, leaves: [...left.leaves, ...right.leaves], parent: undefined };
    nodes[index] = node;
    left.parent = node;
    right.parent = node;
    return node;
  };
  const place = (left: undefined, right: undefined, leaves: readonly number[]): Naive => {
    const node = { index: nodes.length, left, right, leaves, parent: undefined };
    nodes.push(node);
    return node;
  };
  build(width);
  return nodes;
}

const height = (node: Naive): number => (node.left === undefined ? 0 : 1 + height(node.left));
const ancestors = (node: Naive): Naive[] => (node.parent === undefined ? [] : [node.parent, ...ancestors(node.parent)]);

describe.each([1, 2, 4, 8, 16, 32, 64, 128, 256])("a tree of %i places", (width) => {
  const nodes = naiveTree(width);
  const leaves = nodes.filter(({ left }) => left === undefined);

  test("every node stands where it should", () => {
    expect(nodeCount(width)).toBe(nodes.length);
    expect(rootOf(width)).toBe(nodes.find(({ parent }) => parent === undefined)?.index);
    expect(leaves.map((_, leaf) => leafNode(leaf))).toEqual(leaves.map(({ index }) => index));
    for (const node of nodes) {
      const { index, left, right, parent } = node;
      expect(isLeafNode(index)).toBe(left === undefined);
      expect(levelOf(index)).toBe(height(node));
      expect(leavesUnder(index)).toEqual([node.leaves[0], node.leaves.at(-1)]);
      if (left !== undefined) expect([leftOf(index), rightOf(index)]).toEqual([left.index, right?.index]);
      if (parent === undefined) continue;
      expect(parentOf(index)).toBe(parent.index);
      expect(siblingOf(index)).toBe((parent.left === node ? parent.right : parent.left)?.index);
    }
  });

  test("every leaf has its path, and its other side at every step", () => {
    for (const [leaf, node] of leaves.entries()) {
      const path = ancestors(node);
      expect(directPath(leaf, width)).toEqual(path.map(({ index }) => index));
      for (const { index, left, right } of path) {
        const other = left?.leaves.includes(leaf) === true ? right : left;
        expect(copathChild(index, leaf)).toBe(other?.index);
      }
      const above = new Set([node, ...path]);
      expect(nodes.filter(({ index }) => isUnder(leaf, index))).toEqual(nodes.filter((one) => above.has(one)));
    }
  });

  test("two leaves meet at the lowest node above both", () => {
    for (const [one, node] of leaves.entries()) {
      const path = ancestors(node);
      for (let other = 0; other < width; other++) {
        if (other === one) continue;
        const meeting = path.find(({ leaves: under }) => under.includes(other));
        if (commonAncestor(one, other) !== meeting?.index) expect.fail(`${one} and ${other} meet elsewhere`);
      }
    }
  });
});

test("1 to 256 leaves take the smallest full tree that holds them", () => {
  const leaf = {} as TreeNode;
  for (let count = 1; count <= 256; count++) {
    const list = Array.from({ length: 2 * count - 1 }, (_, node) => (node % 2 === 0 ? leaf : undefined));
    const tree = Tree.of(list);
    const naive = [1, 2, 4, 8, 16, 32, 64, 128, 256].find((width) => width >= count);
    expect(tree.leaves).toBe(naive);
    expect(tree.root).toBe(rootOf(tree.leaves));
    expect(tree.node(2 * count - 2)).toBe(leaf);
    expect(tree.node(2 * count)).toBeUndefined();
  }
});

test("an index stays what it was when a tree grows to the right", () => {
  for (let width = 1; width < 256; width *= 2) {
    for (let node = 0; node < nodeCount(width); node++) {
      if (node !== rootOf(width)) expect(parentOf(node)).toBeLessThan(nodeCount(width));
    }
    expect(leftOf(rootOf(2 * width))).toBe(rootOf(width));
  }
});
