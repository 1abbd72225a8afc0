import { describe, expect, test } from "vitest";
import {
  type Change,
  type Forger,
  forgeCommit,
  forgeGroupInfo,
  forgeKeyPackage,
  forgeLeaf,
  type LeafForgery,
  type PathForgery,
} from "../forge/index.ts";
import { Writer } from "../src/codec.ts";
import { parseGroupInfo } from "../src/index.ts";
import { type LeafNode, signLeaf } from "../src/leaf-node.ts";
import type { ParentNode, Tree, TreeNode } from "../src/tree.ts";
import { badTreeKeys } from "./bad-keys.ts";
import { bob, carol, erin, flip, forger, random, refused } from "./refused.ts";
import { GROUP_ID, LIFETIME, person, profile, suite, unwrap } from "./world.ts";

/**
 * The tree that is shown is the one after erin's commit: leaves 0 to 4, of which 3 and 4 have signed for their places;
 * the parents 1 and 3 are of alice's commit, 5 of mallory's, 7 of erin's. Erin signs.
 */
const mallorys = forgeCommit(forger).group;
const erins: Forger = { ...forger, ...erin, group: { ...mallorys, own: erin.group.own } };
const shown: Forger = { ...erins, group: forgeCommit(erins).group };
const { tree } = shown.group;
const [MALLORY, ROOT] = [6, 7];

const look = (changed: Tree | Uint8Array, from: Forger = shown) =>
  parseGroupInfo(profile, forgeGroupInfo(from, { tree: changed }));
const setting = (...nodes: readonly (readonly [index: number, node: TreeNode | undefined])[]) => {
  const copy = tree.copy();
  for (const [index, node] of nodes) {
    while (index > 2 * copy.leaves - 2) copy.freeLeaf();
    copy.set(index, node);
  }
  return copy;
};
const leaf = (one: LeafNode): TreeNode => ({ type: "leaf", leaf: one });
const parent = (index: number, change: Change<ParentNode>): readonly [number, TreeNode] => {
  const node = tree.parent(index);
  if (node === undefined) throw new Error("a blank node has nothing to change");
  return [index, { type: "parent", parent: change(node) }];
};
const unmerged = (index: number, ...unmergedLeaves: number[]) => parent(index, (node) => ({ ...node, unmergedLeaves }));

test("what is forged without a fault is taken", () => {
  expect(unwrap(look(tree)).members.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
  expect([1, 3, 5, 7, 9].map((node) => tree.parent(node) !== undefined)).toEqual([true, true, true, true, false]);
});

describe("the nodes of a tree", () => {
  const nodes = (...list: Uint8Array[]) => vector(list);
  const vector = (list: readonly Uint8Array[]) => new Writer().vector(list, (writer, node) => writer.raw(node)).done();
  const blank = Uint8Array.of(0);
  const whole = tree.encode();
  const bobs = Uint8Array.of(1, 1, ...bob.group.tree.leaf(1)!.bytes);
  const blankParent = new Writer().uint8(1).uint8(2).opaque(random(32)).length(0).length(0).done();
  test.each([
    { name: "none at all", bytes: nodes(), code: "bad-tree", section: "12.4.3.3" },
    { name: "a blank one alone", bytes: nodes(blank), code: "bad-tree", section: "12.4.3.3" },
    { name: "a blank one at the end", bytes: nodes(bobs, blank), code: "bad-tree", section: "12.4.3.3" },
    { name: "a leaf in a parent's place", bytes: nodes(blank, bobs), code: "bad-tree", section: "12.4.3.3" },
    { name: "a parent in a leaf's place", bytes: nodes(blankParent), code: "bad-tree", section: "12.4.3.3" },
    { name: "a node of kind 0", bytes: nodes(Uint8Array.of(1, 0)), code: "bad-tree", section: "12.4.3.3" },
    { name: "a node of kind 3", bytes: nodes(Uint8Array.of(1, 3)), code: "bad-tree", section: "12.4.3.3" },
    {
      name: "one that is neither there nor blank",
      bytes: nodes(Uint8Array.of(2)),
      code: "malformed",
      section: "2.1.1",
    },
    { name: "one cut short", bytes: nodes(bobs.slice(0, -1)), code: "malformed", section: "2.1" },
    { name: "a byte behind them", bytes: Uint8Array.of(...whole, 0), code: "malformed", section: "2.1" },
    { name: "fewer than their length says", bytes: whole.slice(0, -1), code: "malformed", section: "2.1.2" },
    { name: "131,072 of them", bytes: vector(Array(131_072).fill(blank)), code: "too-long", section: "12.4.3.3" },
    {
      name: "a leaf of more than 2 KB",
      bytes: nodes(new Writer().uint8(1).raw(longLeaf()).done()),
      code: "too-long",
      section: "7.2",
    },
  ])("$name: $code", ({ bytes, code, section }) => {
    expect(refused(look(bytes))).toEqual({ code, section });
  });

  function longLeaf(): Uint8Array {
    const extensions = [{ type: 5, data: new Uint8Array(2048) }];
    const { keyPackage } = forgeKeyPackage(suite, bob.identity, LIFETIME, random, {
      leaf: (one) => ({ ...one, extensions }),
    });
    return Uint8Array.of(1, ...keyPackage.leaf.bytes);
  }
});

describe("the leaves of a tree", () => {
  const newLeaf = (
    who = person("trudy", random),
    change: Change<LeafNode> = (one) => one,
    forgery: LeafForgery = {},
  ) => {
    const { keyPackage } = forgeKeyPackage(suite, who, LIFETIME, random);
    return forgeLeaf(suite, change(keyPackage.leaf), { groupId: GROUP_ID, index: 5 }, who.signaturePrivateKey, forgery);
  };
  // Leaf 5 is beside erin, whose commit the root is of: who comes in there stands in the root's list.
  const withLeaf5 = (one: LeafNode) => setting([10, leaf(one)], unmerged(ROOT, 5));
  const [bobs, erinsLeaf] = [tree.leaf(1)!, tree.leaf(4)!];
  const trudy = person("trudy", random);

  test("a new one is taken", () => {
    expect(look(withLeaf5(newLeaf())).ok).toBe(true);
  });

  test.each([
    { name: "one of a member's name", one: newLeaf(person("bob", random)), code: "duplicate-member", section: "12.2" },
    {
      name: "one of a member's signature key",
      one: newLeaf({ ...bob.identity, identity: trudy.identity }),
      code: "duplicate-key",
      section: "7.3",
    },
    {
      name: "one of a member's encryption key",
      one: newLeaf(trudy, (one) => ({ ...one, encryptionKey: bobs.encryptionKey })),
      code: "duplicate-key",
      section: "7.3",
    },
    {
      name: "one of a parent's encryption key",
      one: newLeaf(trudy, (one) => ({ ...one, encryptionKey: tree.keyAt(3)! })),
      code: "duplicate-key",
      section: "7.3",
    },
    {
      name: "one that is nobody's",
      one: newLeaf({ ...trudy, identity: Uint8Array.of(0xff) }),
      code: "bad-credential",
      section: "5.3.1",
    },
    {
      name: "one with another signature",
      one: newLeaf(trudy, undefined, { signature: flip(0) }),
      code: "bad-signature",
      section: "7.3",
    },
    {
      name: "one that lacks the suite",
      one: newLeaf(trudy, (one) => ({ ...one, capabilities: { ...one.capabilities, suites: [] } })),
      code: "missing-capability",
      section: "7.3",
    },
    {
      name: "one with an X.509 credential",
      one: newLeaf(trudy, undefined, { credential: 2 }),
      code: "bad-credential",
      section: "5.3",
    },
    ...badTreeKeys.map(({ name, key }) => ({
      name: `one with an encryption key ${name}`,
      one: newLeaf(trudy, (one) => ({ ...one, encryptionKey: key })),
      code: "bad-key",
      section: "7.2",
    })),
  ])("$name: $code", ({ one, code, section }) => {
    expect(refused(look(withLeaf5(one)))).toEqual({ code, section });
  });

  test("two of one encryption key beside each other: duplicate-key", () => {
    const one = newLeaf(trudy, (content) => ({ ...content, encryptionKey: erinsLeaf.encryptionKey }));
    expect(refused(look(withLeaf5(one)))).toEqual({ code: "duplicate-key", section: "7.3" });
  });

  test("one that has signed for another place: bad-signature", () => {
    const place = { groupId: GROUP_ID, index: 6 };
    const content = { ...newLeaf(trudy), source: { type: "update" } as const };
    const at = (index: number) => withLeaf5(signLeaf(suite, content, { ...place, index }, trudy.signaturePrivateKey));
    expect(look(at(5)).ok).toBe(true);
    expect(refused(look(at(6)))).toEqual({ code: "bad-signature", section: "7.3" });
  });

  test("names that are none, and therefore not the same, are still none: bad-credential", () => {
    const nameless = { ...profile, credentials: { ...profile.credentials, name: () => undefined } };
    const bytes = forgeGroupInfo(shown);
    expect(refused(parseGroupInfo(nameless, bytes))).toEqual({ code: "bad-credential", section: "5.3.1" });
  });
});

describe("the lists of unmerged leaves", () => {
  const trudys = leaf(forgeKeyPackage(suite, person("trudy", random), LIFETIME, random).keyPackage.leaf);
  // Leaf 2 is carol's, 5 is free.
  test.each([
    { name: "a leaf that is not under the node", changed: setting(unmerged(1, 2)), section: "7.1" },
    { name: "a leaf outside the tree", changed: setting(unmerged(ROOT, 8)), section: "7.1" },
    { name: "the last of all leaves", changed: setting(unmerged(ROOT, 0xffffffff)), section: "7.1" },
    { name: "a leaf twice", changed: setting([10, trudys], unmerged(ROOT, 5, 5)), section: "7.1" },
    { name: "leaves that do not ascend", changed: setting(unmerged(ROOT, 5, 2)), section: "7.1" },
    { name: "a blank leaf", changed: setting(unmerged(ROOT, 6)), section: "12.4.3.1" },
    { name: "a leaf that a node between lacks", changed: setting(unmerged(ROOT, 2)), section: "12.4.3.1" },
  ])("$name: bad-unmerged-leaves", ({ changed, section }) => {
    expect(refused(look(changed))).toEqual({ code: "bad-unmerged-leaves", section });
  });
});

describe("the parents of a tree", () => {
  const keysOfErin = (keys: PathForgery["keys"]) => {
    const made = forgeCommit(erins, { path: { ...(keys && { keys }) } });
    return look(made.group.tree, { ...erins, group: made.group });
  };
  test.each(badTreeKeys)("a key $name: bad-key", ({ key }) => {
    expect(refused(keysOfErin((keys) => keys.map(() => key)))).toEqual({ code: "bad-key", section: "7.1" });
  });

  const freshKey = () => suite.keyPair(random(32)).publicKey;
  const orphan: TreeNode = {
    type: "parent",
    parent: { encryptionKey: freshKey(), parentHash: new Uint8Array(0), unmergedLeaves: [] },
  };
  const trudys = leaf(forgeKeyPackage(suite, person("trudy", random), LIFETIME, random).keyPackage.leaf);
  const unsigned = leaf({ ...tree.leaf(3)!, ...carol.group.tree.leaf(3)! });
  test.each([
    {
      name: "a key that nobody under it has signed",
      changed: setting(parent(ROOT, (node) => ({ ...node, encryptionKey: freshKey() }))),
    },
    {
      name: "a key in the middle that nobody has signed",
      changed: setting(parent(5, (node) => ({ ...node, encryptionKey: freshKey() }))),
    },
    { name: "another parent hash", changed: setting(parent(3, (node) => ({ ...node, parentHash: random(32) }))) },
    {
      name: "a parent hash at the top",
      changed: setting(parent(ROOT, (node) => ({ ...node, parentHash: random(32) }))),
    },
    { name: "a parent over leaves that set none", changed: setting([9, orphan]) },
    { name: "a parent over nobody", changed: setting([13, orphan]) },
    { name: "a leaf under it that came later and stands in no list", changed: setting([10, trudys]) },
    { name: "a leaf beside it that is gone", changed: setting([4, undefined]) },
    { name: "a parent beside it that is gone", changed: setting([1, undefined]) },
    { name: "the one who set it replaced by its former leaf", changed: setting([MALLORY, unsigned]) },
    {
      name: "the one who set it in its list of those who came later",
      changed: setting(unmerged(5, 3), unmerged(3, 3), unmerged(ROOT, 3)),
    },
  ])("$name: bad-parent-hash", ({ changed }) => {
    expect(refused(look(changed))).toEqual({ code: "bad-parent-hash", section: "7.9.2" });
  });
});
