/** Update paths: new keys from a leaf to the root, told to everybody else (RFC 9420 sections 7.4 to 7.6). */
import { EMPTY, equalBytes, keyOf, wipe } from "./bytes.ts";
import type { OwnKeys } from "./group.ts";
import { contextBytes, type GroupContext } from "./group-context.ts";
import type { HpkeCiphertext } from "./hpke.ts";
import { type LeafContent, signLeaf } from "./leaf-node.ts";
import type { Random } from "./primitives.ts";
import type { UpdatePath, UpdatePathNode } from "./proposal.ts";
import { assert, check, Refused } from "./refusal.ts";
import { freshKeyPair, freshSecret, type Suite } from "./suite.ts";
import { filteredDirectPath, parentHash, type Tree } from "./tree.ts";
import { addOnce } from "./tree-check.ts";
import { isUnder, leafNode } from "./tree-math.ts";

/** The context that path secrets are encrypted with: the next epoch's, with the transcript of the one before. */
export type ContextFor = (treeHash: Uint8Array) => GroupContext;

export interface MadePath {
  readonly path: UpdatePath;
  readonly commitSecret: Uint8Array;
  /** By node; newcomers are told the one where their path meets this one. */
  readonly pathSecrets: ReadonlyMap<number, Uint8Array>;
  /** All private keys that the member has after it. */
  readonly privateKeys: ReadonlyMap<number, Uint8Array>;
}

/**
 * Sets new keys on a leaf's path. The tree is changed; it has the commit's proposals already.
 *
 * @param newLeaves - leaves that this commit adds: they are told by the Welcome, not by the path.
 */
export function makePath(
  suite: Suite,
  tree: Tree,
  groupId: Uint8Array,
  own: OwnKeys,
  leaf: Omit<LeafContent, "encryptionKey" | "source">,
  signaturePrivateKey: Uint8Array,
  newLeaves: ReadonlySet<number>,
  contextFor: ContextFor,
  random: Random,
): MadePath {
  const steps = filteredDirectPath(tree, own.leaf);
  const encryption = freshKeyPair(suite, random);
  // One secret is drawn even where nobody is above: the commit secret must be unknown to whoever was just removed.
  let secret = freshSecret(suite, random);
  const pathSecrets = new Map<number, Uint8Array>();
  const publicKeys: Uint8Array[] = [];
  const privateKeys = new Map([[leafNode(own.leaf), encryption.privateKey]]);
  for (const { node } of steps) {
    const pair = nodeKeyPair(suite, secret);
    pathSecrets.set(node, secret);
    privateKeys.set(node, pair.privateKey);
    publicKeys.push(pair.publicKey);
    secret = suite.derive(secret, "path");
  }
  const hash = setPath(suite, tree, own.leaf, steps, publicKeys);
  const content = {
    ...leaf,
    encryptionKey: encryption.publicKey,
    source: { type: "commit", parentHash: hash } as const,
  };
  const signed = signLeaf(suite, content, { groupId, index: own.leaf }, signaturePrivateKey);
  tree.set(leafNode(own.leaf), { type: "leaf", leaf: signed });
  const context = contextBytes(contextFor(tree.hash(suite)));
  const nodes = steps.map(({ node, sibling }, index): UpdatePathNode => {
    const [encryptionKey, pathSecret] = [publicKeys[index], pathSecrets.get(node)];
    assert(encryptionKey !== undefined && pathSecret !== undefined, "every step has its key and its secret");
    const encryptedPathSecret = receivers(tree, sibling, newLeaves).map((receiver) =>
      suite.encrypt(keyAt(tree, receiver), "UpdatePathNode", context, pathSecret, random),
    );
    return { encryptionKey, encryptedPathSecret };
  });
  // With steps, `secret` is the one after the last: path_secret[n+1]. Without, it is path_secret[0], told to nobody.
  return { path: { leaf: signed, nodes }, commitSecret: secret, pathSecrets, privateKeys };
}

function nodeKeyPair(suite: Suite, pathSecret: Uint8Array) {
  const nodeSecret = suite.derive(pathSecret, "node");
  const pair = suite.keyPair(nodeSecret);
  wipe(nodeSecret);
  return pair;
}

function keyAt(tree: Tree, node: number): Uint8Array {
  const key = tree.keyAt(node);
  assert(key !== undefined, "a node of a resolution is not blank");
  return key;
}

/** Whom a path secret is encrypted to (section 7.6). */
function receivers(tree: Tree, sibling: number, newLeaves: ReadonlySet<number>): number[] {
  return tree.resolution(sibling).filter((node) => node % 2 === 1 || !newLeaves.has(node / 2));
}

/** Blanks the direct path and sets the new public keys with their parent hashes. @returns the leaf's parent hash. */
function setPath(
  suite: Suite,
  tree: Tree,
  leaf: number,
  steps: readonly { readonly node: number; readonly sibling: number }[],
  publicKeys: readonly Uint8Array[],
): Uint8Array {
  tree.blankPath(leaf);
  let above = EMPTY;
  for (const [index, { node, sibling }] of [...steps.entries()].reverse()) {
    const encryptionKey = publicKeys[index];
    assert(encryptionKey !== undefined, "a path has a key for every step");
    const parent = { encryptionKey, parentHash: above, unmergedLeaves: [] };
    tree.set(node, { type: "parent", parent });
    above = parentHash(suite, tree, parent, sibling);
  }
  return above;
}

/**
 * Takes somebody's path into the tree, without its secrets. The leaf was judged by the caller.
 *
 * @param keys - the public keys of the whole tree before the path, by `keyOf`: none may come back.
 * @param newLeaves - leaves that this commit adds: they are told by the Welcome, not by the path.
 */
export function mergePath(
  suite: Suite,
  tree: Tree,
  sender: number,
  path: UpdatePath,
  keys: Set<string>,
  newLeaves: ReadonlySet<number>,
): void {
  const steps = filteredDirectPath(tree, sender);
  check(path.nodes.length === steps.length, "wrong-path-length", "7.5");
  for (const [index, { sibling }] of steps.entries()) {
    const sealed = path.nodes[index]?.encryptedPathSecret ?? [];
    check(sealed.length === receivers(tree, sibling, newLeaves).length, "wrong-ciphertext-count", "7.6");
  }
  addOnce(keys, keyOf(path.leaf.encryptionKey));
  for (const { encryptionKey } of path.nodes) {
    check(suite.isEncryptionKey(encryptionKey), "bad-key", "7.1");
    addOnce(keys, keyOf(encryptionKey));
  }
  const publicKeys = path.nodes.map(({ encryptionKey }) => encryptionKey);
  const hash = setPath(suite, tree, sender, steps, publicKeys);
  const { source } = path.leaf;
  check(source.type === "commit", "bad-leaf-source", "7.3");
  check(equalBytes(source.parentHash, hash), "bad-parent-hash", "7.9.2");
  tree.set(leafNode(sender), { type: "leaf", leaf: path.leaf });
}

export interface OpenedPath {
  readonly commitSecret: Uint8Array;
  readonly privateKeys: ReadonlyMap<number, Uint8Array>;
}

/** Decrypts what a merged path holds for this member (section 7.5). @param own - keys of nodes that are still there. */
export function openPath(
  suite: Suite,
  tree: Tree,
  own: OwnKeys,
  sender: number,
  path: UpdatePath,
  newLeaves: ReadonlySet<number>,
  context: GroupContext,
): OpenedPath {
  const steps = filteredDirectPath(tree, sender);
  const at = steps.findIndex(({ sibling }) => isUnder(own.leaf, sibling));
  const [step, sealed] = [steps[at], path.nodes[at]?.encryptedPathSecret];
  assert(step !== undefined && sealed !== undefined, "a member's leaf is beside everybody else's path");
  const secret = decryptFor(suite, tree, own, receivers(tree, step.sibling, newLeaves), sealed, context);
  const publicKeys = new Map(steps.slice(at).map(({ node }) => [node, keyAt(tree, node)]));
  return derivePath(suite, secret, publicKeys, own.privateKeys);
}

function decryptFor(
  suite: Suite,
  tree: Tree,
  own: OwnKeys,
  nodes: readonly number[],
  sealed: readonly HpkeCiphertext[],
  context: GroupContext,
): Uint8Array {
  for (const [index, node] of nodes.entries()) {
    const privateKey = own.privateKeys.get(node);
    const ciphertext = sealed[index];
    if (privateKey === undefined || ciphertext === undefined) continue;
    const pair = { privateKey, publicKey: keyAt(tree, node) };
    return suite.decrypt(pair, "UpdatePathNode", contextBytes(context), ciphertext);
  }
  // A member has the key of one node in the resolution over it (welcome.ts looks after that), so nobody comes here.
  throw new Refused("unreadable", "7.5");
}

/**
 * The keys from one path secret up to the root, each compared with the tree's.
 *
 * @param first - wiped, as are the secrets after it.
 */
export function derivePath(
  suite: Suite,
  first: Uint8Array,
  publicKeys: ReadonlyMap<number, Uint8Array>,
  known: ReadonlyMap<number, Uint8Array>,
): OpenedPath {
  check(first.length === suite.secretBytes, "wrong-path-key", "7.4");
  const privateKeys = new Map(known);
  let secret = first;
  for (const [node, publicKey] of publicKeys) {
    const pair = nodeKeyPair(suite, secret);
    check(equalBytes(pair.publicKey, publicKey), "wrong-path-key", "7.5");
    privateKeys.set(node, pair.privateKey);
    const next = suite.derive(secret, "path");
    wipe(secret);
    secret = next;
  }
  return { commitSecret: secret, privateKeys };
}
