/** Vectors of the ratchet tree: its indices, its hashes, what proposals and paths do to it. */

import { randomBytes } from "node:crypto";
import { keyOf } from "../../packages/mls/src/bytes.ts";
import { readAll } from "../../packages/mls/src/codec.ts";
import { NOTHING_REQUIRED } from "../../packages/mls/src/extensions.ts";
import type { OwnKeys } from "../../packages/mls/src/group.ts";
import { checkLeaf } from "../../packages/mls/src/leaf-node.ts";
import { type ContextFor, makePath, mergePath, openPath } from "../../packages/mls/src/path.ts";
import { readProposal, readUpdatePath, type UpdatePath } from "../../packages/mls/src/proposal.ts";
import { filteredDirectPath, parseTree, type Tree } from "../../packages/mls/src/tree.ts";
import { checkParents } from "../../packages/mls/src/tree-check.ts";
import {
  isLeafNode,
  isUnder,
  leafNode,
  leftOf,
  nodeCount,
  parentOf,
  rightOf,
  rootOf,
  siblingOf,
} from "../../packages/mls/src/tree-math.ts";
import { fromHex, isOtherSuite, kind, same, suite, type Tally } from "./tally.ts";

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const NOBODY: ReadonlySet<number> = new Set();

interface TreeMath {
  n_leaves: number;
  n_nodes: number;
  root: number;
  left: (number | null)[];
  right: (number | null)[];
  parent: (number | null)[];
  sibling: (number | null)[];
}

export const treeMath = kind<TreeMath>("tree-math", "entries", (entry, index, tally) => {
  tally.item(`entry ${index}`, () => {
    same("n_nodes", nodeCount(entry.n_leaves), entry.n_nodes);
    same("root", rootOf(entry.n_leaves), entry.root);
    for (let node = 0; node < entry.n_nodes; node++) {
      const isRoot = node === entry.root;
      same(`left of ${node}`, isLeafNode(node) ? null : leftOf(node), entry.left[node]);
      same(`right of ${node}`, isLeafNode(node) ? null : rightOf(node), entry.right[node]);
      same(`parent of ${node}`, isRoot ? null : parentOf(node), entry.parent[node]);
      same(`sibling of ${node}`, isRoot ? null : siblingOf(node), entry.sibling[node]);
    }
  });
});

interface TreeValidation {
  cipher_suite: number;
  tree: string;
  group_id: string;
  resolutions: number[][];
  tree_hashes: string[];
}

export const treeValidation = kind<TreeValidation>("tree-validation", "entries", (entry, index, tally) => {
  if (isOtherSuite(entry)) return tally.skip("other suite");
  tally.item(`entry ${index}`, () => {
    const tree = parseTree(fromHex(entry.tree));
    same("encoded tree", tree.encode(), entry.tree);
    same("number of nodes", nodeCount(tree.leaves), entry.resolutions.length);
    for (const [node, resolution] of entry.resolutions.entries()) {
      same(`resolution of ${node}`, tree.resolution(node), resolution);
      same(`tree hash of ${node}`, tree.hash(suite, node), entry.tree_hashes[node]);
    }
    checkParents(suite, tree);
    const groupId = fromHex(entry.group_id);
    for (const [leaf, content] of tree.members()) checkLeaf(suite, content, { groupId, index: leaf }, NOTHING_REQUIRED);
  });
});

interface TreeOperation {
  cipher_suite: number;
  tree_before: string;
  proposal: string;
  tree_hash_before: string;
  tree_after: string;
  tree_hash_after: string;
}

const UPDATE = "0002";

export const treeOperations = kind<TreeOperation>("tree-operations", "entries", (entry, index, tally) => {
  if (isOtherSuite(entry)) return tally.skip("other suite");
  const read = () => readAll(fromHex(entry.proposal), (reader) => readProposal(reader, suite));
  if (entry.proposal.startsWith(UPDATE)) {
    return tally.refused(`entry ${index}`, "Update proposal", "unsupported-proposal", read);
  }
  tally.item(`entry ${index}`, () => {
    const proposal = read();
    const before = parseTree(fromHex(entry.tree_before));
    same("tree hash before", before.hash(suite), entry.tree_hash_before);
    const tree = before.copy();
    if (proposal.type === "add") tree.add(proposal.keyPackage.leaf);
    if (proposal.type === "remove") {
      tree.remove(proposal.removed);
      tree.truncate();
    }
    same("tree after", tree.encode(), entry.tree_after);
    same("tree hash after", tree.hash(suite), entry.tree_hash_after);
    same("copied tree", before.encode(), entry.tree_before);
  });
});

interface TreeKem {
  cipher_suite: number;
  group_id: string;
  epoch: number;
  confirmed_transcript_hash: string;
  ratchet_tree: string;
  leaves_private: {
    index: number;
    encryption_priv: string;
    signature_priv: string;
    path_secrets: { node: number; path_secret: string }[];
  }[];
  update_paths: {
    sender: number;
    update_path: string;
    path_secrets: (string | null)[];
    commit_secret: string;
    tree_hash_after: string;
  }[];
}

/** Items are private states, then for each update path: it, and one made anew, each as every other leaf opens it. */
export const treeKem = kind<TreeKem>("treekem", "states and paths", (entry, index, tally) => {
  const { leaves_private: states, update_paths: paths } = entry;
  if (isOtherSuite(entry)) return tally.skip("other suite", states.length + 2 * paths.length * (states.length - 1));
  const tree = parseTree(fromHex(entry.ratchet_tree));
  const own = new Map(states.map((state) => [state.index, ownKeys(state)]));
  for (const [leaf, { privateKeys }] of own) {
    tally.item(`entry ${index}, private state of leaf ${leaf}`, () => {
      for (const [node, key] of privateKeys) same(`key of ${node}`, suite.encryptionKey(key), tree.keyAt(node));
    });
  }
  const groupId = fromHex(entry.group_id);
  const contextFor: ContextFor = (treeHash) => ({
    suiteId: suite.id,
    groupId,
    epoch: BigInt(entry.epoch),
    treeHash,
    confirmedTranscriptHash: fromHex(entry.confirmed_transcript_hash),
    extensions: [],
  });
  for (const { sender, ...hex } of paths) {
    const path = readAll(fromHex(hex.update_path), readUpdatePath);
    for (const [leaf, keys] of own) {
      if (leaf === sender) continue;
      tally.item(`entry ${index}, path of leaf ${sender} as leaf ${leaf}`, () => {
        const opened = openAs(tree, contextFor, groupId, sender, path, keys);
        same("tree hash", opened.treeHash, hex.tree_hash_after);
        // A path secret never leaves its module; the private key that is made of it does.
        const secret = suite.derive(fromHex(hex.path_secrets[leaf] ?? ""), "node");
        same("key of the path secret", opened.firstKey, suite.keyPair(secret).privateKey);
        same("commit secret", opened.commitSecret, hex.commit_secret);
      });
    }
    const signer = fromHex(states.find((state) => state.index === sender)?.signature_priv ?? "");
    newPath(tree, contextFor, groupId, own, sender, signer, `entry ${index}`, tally);
  }
});

function ownKeys(state: TreeKem["leaves_private"][number]): OwnKeys {
  const privateKeys = new Map([[leafNode(state.index), fromHex(state.encryption_priv)]]);
  for (const { node, path_secret } of state.path_secrets) {
    privateKeys.set(node, suite.keyPair(suite.derive(fromHex(path_secret), "node")).privateKey);
  }
  return { leaf: state.index, privateKeys };
}

function openAs(
  before: Tree,
  contextFor: ContextFor,
  groupId: Uint8Array,
  sender: number,
  path: UpdatePath,
  own: OwnKeys,
) {
  const tree = before.copy();
  checkLeaf(suite, path.leaf, { groupId, index: sender }, NOTHING_REQUIRED);
  mergePath(suite, tree, sender, path, keysOf(before), NOBODY);
  const treeHash = tree.hash(suite);
  const { commitSecret, privateKeys } = openPath(suite, tree, own, sender, path, NOBODY, contextFor(treeHash));
  const first = filteredDirectPath(tree, sender).find(({ sibling }) => isUnder(own.leaf, sibling));
  return { treeHash, commitSecret, firstKey: first && privateKeys.get(first.node) };
}

function keysOf(tree: Tree): Set<string> {
  const keys = Array.from({ length: nodeCount(tree.leaves) }, (_, node) => tree.keyAt(node));
  return new Set(keys.flatMap((key) => (key === undefined ? [] : [keyOf(key)])));
}

/** A path of our own making, which all others open. */
function newPath(
  before: Tree,
  contextFor: ContextFor,
  groupId: Uint8Array,
  own: ReadonlyMap<number, OwnKeys>,
  sender: number,
  signaturePrivateKey: Uint8Array,
  where: string,
  tally: Tally,
): void {
  const [leaf, keys] = [before.leaf(sender), own.get(sender)];
  if (leaf === undefined || keys === undefined) throw new Error(`no leaf ${sender}`);
  const tree = before.copy();
  const made = makePath(suite, tree, groupId, keys, leaf, signaturePrivateKey, NOBODY, contextFor, random);
  for (const [other, otherKeys] of own) {
    if (other === sender) continue;
    tally.item(`${where}, new path of leaf ${sender} as leaf ${other}`, () => {
      const opened = openAs(before, contextFor, groupId, sender, made.path, otherKeys);
      same("tree hash", opened.treeHash, tree.hash(suite));
      same("commit secret", opened.commitSecret, made.commitSecret);
    });
  }
}
