/** Whether a tree can be the tree of a group: RFC 9420 sections 7.3, 7.9.2 and 12.4.3.1. */
import { equalBytes, keyOf } from "./bytes.ts";
import type { RequiredCapabilities } from "./extensions.ts";
import { checkLeaf } from "./leaf-node.ts";
import type { Credentials } from "./profile.ts";
import { check, present } from "./refusal.ts";
import type { Suite } from "./suite.ts";
import { parentHash, parentHashOf, type Tree } from "./tree.ts";
import { isUnder, leafNode, leftOf, nodeCount, parentOf, rightOf } from "./tree-math.ts";

/** Everything that a newcomer checks of a tree, but for its hash and for who its members are. */
export function checkTree(
  suite: Suite,
  credentials: Credentials,
  tree: Tree,
  groupId: Uint8Array,
  required: RequiredCapabilities,
): void {
  checkUnique(tree, credentials);
  // Leaves first: whoever wants to fill a tree with work needs a signature for each of them.
  for (const [index, leaf] of tree.members()) checkLeaf(suite, leaf, { groupId, index }, required);
  checkParents(suite, tree);
}

/**
 * No two leaves share signature key or name, no two nodes a public key (sections 7.3 and 12.4.3.1).
 * @returns the public keys of all nodes, by `keyOf`: a path may bring in none of them.
 */
export function checkUnique(tree: Tree, credentials: Credentials): Set<string> {
  const keys = new Set<string>();
  const signers = new Set<string>();
  const names = new Set<string>();
  for (let node = 0; node < nodeCount(tree.leaves); node++) {
    const key = tree.keyAt(node);
    if (key !== undefined) addOnce(keys, keyOf(key));
  }
  for (const [, leaf] of tree.members()) {
    addOnce(signers, keyOf(leaf.signatureKey));
    const name = present(credentials.name(leaf.identity), "bad-credential", "5.3.1");
    check(!names.has(name), "duplicate-member", "12.2");
    names.add(name);
  }
  return keys;
}

/** Takes a key into a set in which it may not be yet. */
export function addOnce(keys: Set<string>, key: string): void {
  check(!keys.has(key), "duplicate-key", "7.3");
  keys.add(key);
}

/** Each parent is set by a member under it, and lists the members that came later, as do all parents between them. */
export function checkParents(suite: Suite, tree: Tree): void {
  for (let node = 1; node < nodeCount(tree.leaves); node += 2) {
    const parent = tree.parent(node);
    if (parent === undefined) continue;
    check(suite.isEncryptionKey(parent.encryptionKey), "bad-key", "7.1");
    for (const leaf of parent.unmergedLeaves) checkUnmerged(tree, leaf, node);
    check(setters(suite, tree, node) === 1, "bad-parent-hash", "7.9.2");
  }
}

function checkUnmerged(tree: Tree, leaf: number, node: number): void {
  check(tree.leaf(leaf) !== undefined, "bad-unmerged-leaves", "12.4.3.1");
  for (let between = parentOf(leafNode(leaf)); between !== node; between = parentOf(between)) {
    const parent = tree.parent(between);
    check(parent === undefined || parent.unmergedLeaves.includes(leaf), "bad-unmerged-leaves", "12.4.3.1");
  }
}

/** How many nodes under a parent say, by their parent hash, that it was set together with them (section 7.9.2). */
function setters(suite: Suite, tree: Tree, node: number): number {
  const parent = tree.parent(node);
  if (parent === undefined) return 0;
  let count = 0;
  for (const [child, sibling] of [
    [leftOf(node), rightOf(node)],
    [rightOf(node), leftOf(node)],
  ] as const) {
    const resolution = tree.resolution(child);
    const unmerged = new Set(parent.unmergedLeaves.filter((leaf) => isUnder(leaf, child)).map(leafNode));
    // All of the resolution but one node came later, and all that came later is in the resolution.
    const [setter, ...more] = resolution.filter((one) => !unmerged.has(one));
    if (setter === undefined || more.length > 0 || resolution.length !== unmerged.size + 1) continue;
    const said = parentHashOf(tree.node(setter));
    if (said !== undefined && equalBytes(said, parentHash(suite, tree, parent, sibling))) count++;
  }
  return count;
}
