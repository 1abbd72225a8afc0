/**
 * A group on disk, in parts that change by themselves: a message writes its sender's ratchet, a commit the nodes of its
 * path. Names are of ASCII, values begin with a version. Secrets of the secret tree carry their epoch in the name, so
 * that those of an epoch that is over are not taken for the current one's whatever else is still there.
 */
import { equalBytes, wipe } from "./bytes.ts";
import { type Reader, readAll, Writer } from "./codec.ts";
import type { Group } from "./group.ts";
import { contextBytes, readGroupContext } from "./group-context.ts";
import { LIMITS } from "./limits.ts";
import { attempt, check, present, type Result } from "./refusal.ts";
import type { SecretNode } from "./secret-tree.ts";
import type { Suite } from "./suite.ts";
import { readNode, Tree, type TreeNode, writeNode } from "./tree.ts";
import { leafNode, leftOf, nodeCount, rightOf, rootOf } from "./tree-math.ts";

/** One part: undefined is one that is no more. */
export interface Part {
  readonly name: string;
  readonly value: Uint8Array | undefined;
}

const VERSION = 1;
const encode = (write: (writer: Writer) => void): Uint8Array => {
  const writer = new Writer().uint8(VERSION);
  write(writer);
  return writer.done();
};

/**
 * What is to be written so that `after` stands where `before` stood.
 *
 * @param before - undefined: nothing is there yet.
 */
export function difference(before: Group | undefined, after: Group | undefined): Part[] {
  const parts: Part[] = [];
  const put = (name: string, isSame: boolean, write: ((writer: Writer) => void) | undefined) => {
    if (!isSame) parts.push({ name, value: write && encode(write) });
  };
  const isSameContext =
    before?.context === after?.context &&
    before?.own.leaf === after?.own.leaf &&
    before?.isRemoved === after?.isRemoved;
  put("context", isSameContext, after && ((writer) => writeContext(writer, after)));
  put("secrets", before?.secrets === after?.secrets, after && ((writer) => writeSecrets(writer, after)));
  put("keys", before?.own === after?.own, after && ((writer) => writeKeys(writer, after)));
  treeDifference(before?.tree, after?.tree, put);
  secretDifference(before, after, put);
  return parts;
}

type Put = (name: string, isSame: boolean, write: ((writer: Writer) => void) | undefined) => void;

function treeDifference(before: Tree | undefined, after: Tree | undefined, put: Put): void {
  if (before === after) return;
  const nodes = Math.max(nodeCount(before?.leaves ?? 1), nodeCount(after?.leaves ?? 1));
  for (let index = 0; index < nodes; index++) {
    const [was, is] = [before?.node(index), after?.node(index)];
    put(`node/${index}`, was === is, is && ((writer) => writeNode(writer, is)));
  }
}

/** Only what lies under changed nodes is looked at: a message changes one way from the root to a leaf. */
function secretDifference(before: Group | undefined, after: Group | undefined, put: Put): void {
  const isSameEpoch = before?.context === after?.context && before?.tree.leaves === after?.tree.leaves;
  if (before !== undefined && !isSameEpoch) {
    const name = secretName(before);
    walk(before.secretTree, undefined, rootOf(before.tree.leaves), (node) => put(name(node), false, undefined));
  }
  if (after === undefined) return;
  const name = secretName(after);
  const old = isSameEpoch ? before?.secretTree : undefined;
  walk(after.secretTree, old, rootOf(after.tree.leaves), (node, is, was) => {
    put(name(node), false, is && ((writer) => writeSecret(writer, is)));
    return was;
  });
}

const secretName = (group: Group) => (node: number) => `secret/${group.context.epoch}/${node}`;

/** Calls `visit` for each node that is stored and not the same in both trees; `undefined` where it is not stored now. */
function walk(
  is: SecretNode,
  was: SecretNode | undefined,
  node: number,
  visit: (node: number, is: SecretNode | undefined, was: SecretNode | undefined) => void,
): void {
  if (is === was) return;
  if (is.type !== "split") return visit(node, is, was);
  // What was whole is split now: its secret must go.
  if (was !== undefined && was.type !== "split") visit(node, undefined, was);
  const [left, right] = was?.type === "split" ? [was.left, was.right] : [undefined, undefined];
  walk(is.left, left, leftOf(node), visit);
  walk(is.right, right, rightOf(node), visit);
}

function writeContext(writer: Writer, group: Group): void {
  writer.opaque(contextBytes(group.context)).opaque(group.interimTranscriptHash).opaque(group.confirmationTag);
  writer
    .uint32(group.own.leaf)
    .uint8(group.isRemoved ? 1 : 0)
    .uint32(group.tree.leaves);
}

function writeSecrets(writer: Writer, { secrets }: Group): void {
  const { senderData, exporter, external, membership, authenticator, init } = secrets;
  for (const secret of [senderData, exporter, external, membership, authenticator, init]) writer.opaque(secret);
}

function writeKeys(writer: Writer, { own }: Group): void {
  writer.vector(own.privateKeys, (inner, [node, key]) => inner.uint32(node).opaque(key));
}

const SECRET = { whole: 0, sender: 1 } as const;

function writeSecret(writer: Writer, node: SecretNode): void {
  if (node.type === "whole") writer.uint8(SECRET.whole).opaque(node.secret);
  else if (node.type === "sender") {
    writer.uint8(SECRET.sender);
    for (const ratchet of [node.handshake, node.application]) writer.opaque(ratchet.secret).uint32(ratchet.generation);
  }
}

function readSecret(reader: Reader): SecretNode {
  const type = reader.uint8();
  if (type === SECRET.whole) return { type: "whole", secret: reader.opaque() };
  check(type === SECRET.sender, "malformed", "9");
  const ratchet = () => ({ secret: reader.opaque(), generation: reader.uint32() });
  return { type: "sender", handshake: ratchet(), application: ratchet() };
}

/**
 * A group from its parts. Their authenticity is the store's: their form is checked, and whether they belong together.
 *
 * @param suite - of the group; without it only the form is checked.
 */
export function restore(parts: ReadonlyMap<string, Uint8Array>, suite?: Suite): Result<Group> {
  return attempt(() => {
    const read = <T>(name: string, parse: (reader: Reader) => T): T | undefined => {
      const bytes = parts.get(name);
      if (bytes === undefined) return undefined;
      return readAll(bytes, (reader) => {
        check(reader.uint8() === VERSION, "wrong-version", "6");
        return parse(reader);
      });
    };
    const need = <T>(name: string, parse: (reader: Reader) => T): T => present(read(name, parse), "malformed", "6");
    const head = need("context", (reader) => ({
      context: readAll(reader.opaque(), readGroupContext),
      interimTranscriptHash: reader.opaque(),
      confirmationTag: reader.opaque(),
      leaf: reader.uint32(),
      // One spelling of each, as of everything.
      isRemoved: reader.optional(() => true) ?? false,
      leaves: reader.uint32(),
    }));
    const secrets = need("secrets", (reader) => ({
      senderData: reader.opaque(),
      exporter: reader.opaque(),
      external: reader.opaque(),
      membership: reader.opaque(),
      authenticator: reader.opaque(),
      init: reader.opaque(),
    }));
    const privateKeys = need("keys", (reader) =>
      reader.vector((item): [number, Uint8Array] => [item.uint32(), item.opaque()]),
    );
    check(new Map(privateKeys).size === privateKeys.length, "malformed", "6");
    const isFullTree = head.leaves > 0 && (head.leaves & (head.leaves - 1)) === 0;
    check(head.leaves <= LIMITS.leaves && isFullTree, "malformed", "7.7");
    const nodes: (TreeNode | undefined)[] = [];
    for (let index = 0; index < nodeCount(head.leaves); index++) {
      nodes.push(read(`node/${index}`, (reader) => readNode(reader, index)));
    }
    const { context, interimTranscriptHash, confirmationTag, leaf, isRemoved, leaves } = head;
    const secretAt = (node: number): SecretNode => {
      const found = read(`secret/${context.epoch}/${node}`, readSecret);
      if (found !== undefined) return found;
      check(node % 2 === 1, "malformed", "9");
      return { type: "split", left: secretAt(leftOf(node)), right: secretAt(rightOf(node)) };
    };
    const group = {
      context,
      interimTranscriptHash,
      confirmationTag,
      tree: Tree.of(nodes),
      secrets,
      secretTree: secretAt(rootOf(leaves)),
      own: { leaf, privateKeys: new Map(privateKeys) },
      isRemoved,
    };
    if (suite !== undefined) checkTogether(suite, group);
    return group;
  });
}

/** Whether the tree is the epoch's, and the own key the tree's: a member who is wrong there puts everybody out of step. */
function checkTogether(suite: Suite, { context, tree, own }: Group): void {
  check(equalBytes(tree.hash(suite), context.treeHash), "bad-tree-hash", "7.8");
  const privateKey = own.privateKeys.get(leafNode(own.leaf));
  const publicKey = tree.leaf(own.leaf)?.encryptionKey;
  const isPair = privateKey?.length === publicKey?.length && privateKey !== undefined && publicKey !== undefined;
  check(isPair && equalBytes(suite.encryptionKey(privateKey), publicKey), "bad-key", "7.2");
}

/**
 * Overwrites the secrets of a state that was left behind, but for those that others of the same group still hold.
 *
 * @param keep - every state of the group that goes on: the next one, and a pending one.
 */
export function forget(left: Group, keep: readonly Group[]): void {
  if (keep.includes(left)) return;
  if (!keep.some(({ secrets }) => secrets === left.secrets)) wipe(...Object.values(left.secrets));
  const keys = new Set(keep.flatMap(({ own }) => [...own.privateKeys.values()]));
  for (const key of left.own.privateKeys.values()) if (!keys.has(key)) wipe(key);
  forgetSecrets(
    left.secretTree,
    keep.map(({ secretTree }) => secretTree),
  );
}

function forgetSecrets(left: SecretNode, keep: readonly SecretNode[]): void {
  if (keep.includes(left)) return;
  switch (left.type) {
    case "whole":
      return wipe(left.secret);
    case "sender": {
      const kept = keep.flatMap((node) =>
        node.type === "sender" ? [node.handshake.secret, node.application.secret] : [],
      );
      for (const { secret } of [left.handshake, left.application]) if (!kept.includes(secret)) wipe(secret);
      return;
    }
    case "split": {
      const splits = keep.filter((node) => node.type === "split");
      forgetSecrets(
        left.left,
        splits.map((node) => node.left),
      );
      forgetSecrets(
        left.right,
        splits.map((node) => node.right),
      );
    }
  }
}
