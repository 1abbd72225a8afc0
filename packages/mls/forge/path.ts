/** Update paths whose keys, secrets and ciphertexts need not belong together. */
import { EMPTY } from "../src/bytes.ts";
import { contextBytes, type GroupContext } from "../src/group-context.ts";
import type { LeafContent } from "../src/leaf-node.ts";
import type { UpdatePath, UpdatePathNode } from "../src/proposal.ts";
import { filteredDirectPath, parentHash, type Tree } from "../src/tree.ts";
import type { Forger } from "./frame.ts";
import { type Change, forgeLeaf, type LeafForgery } from "./leaf.ts";

export interface PathForgery {
  /** The new leaf before it is signed; its parent hash is right by then. */
  readonly leaf?: Change<LeafContent>;
  readonly leafForgery?: LeafForgery;
  /** path_secret[0]. */
  readonly secret?: Uint8Array;
  /** Public keys from the bottom up: what stands in the tree and in the path, whatever the secrets are. */
  readonly keys?: Change<readonly Uint8Array[]>;
  /** What is encrypted for those beside a step. */
  readonly told?: (secret: Uint8Array, step: number) => Uint8Array;
  /** The path as it travels; the tree stays as it is. */
  readonly nodes?: Change<readonly UpdatePathNode[]>;
}

export interface ForgedPath {
  readonly path: UpdatePath;
  readonly commitSecret: Uint8Array;
  readonly pathSecrets: ReadonlyMap<number, Uint8Array>;
  readonly privateKeys: ReadonlyMap<number, Uint8Array>;
}

/** Sets a path in the tree. @param fields - of the leaf; key and source are made here. */
export function forgePath(
  { profile, identity, random }: Forger,
  tree: Tree,
  index: number,
  fields: Omit<LeafContent, "encryptionKey" | "source">,
  newLeaves: ReadonlySet<number>,
  contextFor: (treeHash: Uint8Array) => GroupContext,
  forgery: PathForgery = {},
): ForgedPath {
  const { suite } = profile;
  const steps = filteredDirectPath(tree, index);
  const own = suite.keyPair(random(32));
  let secret = forgery.secret ?? random(32);
  const pathSecrets = new Map<number, Uint8Array>();
  const privateKeys = new Map([[2 * index, own.privateKey]]);
  const rightKeys: Uint8Array[] = [];
  for (const { node } of steps) {
    const pair = suite.keyPair(suite.derive(secret, "node"));
    pathSecrets.set(node, secret);
    privateKeys.set(node, pair.privateKey);
    rightKeys.push(pair.publicKey);
    secret = suite.derive(secret, "path");
  }
  const keys = forgery.keys?.(rightKeys) ?? rightKeys;
  const hash = setKeys(suite, tree, index, steps, keys);
  const { groupId } = contextFor(EMPTY);
  const right = { ...fields, encryptionKey: own.publicKey, source: { type: "commit", parentHash: hash } } as const;
  const content = forgery.leaf?.(right) ?? right;
  const leaf = forgeLeaf(suite, content, { groupId, index }, identity.signaturePrivateKey, forgery.leafForgery);
  tree.set(2 * index, { type: "leaf", leaf });
  const context = contextBytes(contextFor(tree.hash(suite)));
  const nodes = steps.map(({ node, sibling }, step): UpdatePathNode => {
    const pathSecret = pathSecrets.get(node) ?? EMPTY;
    const told = forgery.told?.(pathSecret, step) ?? pathSecret;
    const encryptedPathSecret = tree
      .resolution(sibling)
      .filter((receiver) => receiver % 2 === 1 || !newLeaves.has(receiver / 2))
      .map((receiver) => suite.encrypt(tree.keyAt(receiver) ?? EMPTY, "UpdatePathNode", context, told, random));
    return { encryptionKey: keys[step] ?? EMPTY, encryptedPathSecret };
  });
  return { path: { leaf, nodes: forgery.nodes?.(nodes) ?? nodes }, commitSecret: secret, pathSecrets, privateKeys };
}

function setKeys(
  suite: Forger["profile"]["suite"],
  tree: Tree,
  index: number,
  steps: ReturnType<typeof filteredDirectPath>,
  keys: readonly Uint8Array[],
): Uint8Array {
  tree.blankPath(index);
  let above: Uint8Array = EMPTY;
  for (const [step, { node, sibling }] of [...steps.entries()].reverse()) {
    const parent = { encryptionKey: keys[step] ?? EMPTY, parentHash: above, unmergedLeaves: [] };
    tree.set(node, { type: "parent", parent });
    above = parentHash(suite, tree, parent, sibling);
  }
  return above;
}
