/**
 * Somebody who holds secrets of a group and sees all its bytes, and tries everything that could give the next epoch:
 * each secret as private key for each ciphertext, as path, commit, init, joiner and epoch secret, against the
 * confirmation tag. Commits are read as PublicMessages, so that whoever carries them can be the one who tries.
 */
import { equalBytes } from "../src/bytes.ts";
import { Reader, readAll } from "../src/codec.ts";
import type { Group } from "../src/group.ts";
import { contextBytes } from "../src/group-context.ts";
import type { HpkeCiphertext, KeyPair } from "../src/hpke.ts";
import { joinerSecret, startEpoch } from "../src/key-schedule.ts";
import { openMessage, readMessage, WIRE_FORMAT } from "../src/message.ts";
import { readPublicMessage } from "../src/public-message.ts";
import { attempt } from "../src/refusal.ts";
import type { SecretNode } from "../src/secret-tree.ts";
import type { Suite } from "../src/suite.ts";
import { readGroupSecrets, readWelcome } from "../src/welcome.ts";

/** What everybody can know of a commit. */
export interface Seen {
  readonly before: Pick<Group, "context">;
  readonly after: Pick<Group, "context" | "confirmationTag" | "tree">;
  /** A PublicMessage. */
  readonly bytes: Uint8Array;
  readonly welcome: Uint8Array | undefined;
}

/** Copies of every secret in a state: the state itself may be wiped later. */
export function secretsOf(group: Group): Uint8Array[] {
  const inTree = (node: SecretNode): Uint8Array[] => {
    if (node.type === "split") return [...inTree(node.left), ...inTree(node.right)];
    return node.type === "whole" ? [node.secret] : [node.handshake.secret, node.application.secret];
  };
  const all = [...inTree(group.secretTree), ...group.own.privateKeys.values(), ...Object.values(group.secrets)];
  return all.map((secret) => secret.slice());
}

/** Secrets without repetition. */
function distinct(secrets: Iterable<Uint8Array>): Uint8Array[] {
  return [...new Map(Array.from(secrets, (secret) => [Buffer.from(secret).toString("hex"), secret])).values()];
}

const remembered = new Map<string, readonly KeyPair[]>();

/** Key pairs that a secret could be, or be the origin of; remembered, because each is tried often. */
function pairsOf(suite: Suite, secret: Uint8Array): readonly KeyPair[] {
  const name = Buffer.from(secret).toString("hex");
  const made = remembered.get(name) ?? [
    { privateKey: secret, publicKey: suite.encryptionKey(secret) },
    suite.keyPair(secret),
    suite.keyPair(suite.derive(secret, "node")),
  ];
  remembered.set(name, made);
  return made;
}

function decrypted(
  suite: Suite,
  pairs: readonly KeyPair[],
  ciphertexts: readonly HpkeCiphertext[],
  label: string,
  context: Uint8Array,
): Uint8Array[] {
  return ciphertexts.flatMap((sealed) =>
    pairs.flatMap((pair) => {
      const opened = attempt(() => suite.decrypt(pair, label, context, sealed));
      return opened.ok ? [opened.value] : [];
    }),
  );
}

const STEPS_MAX = 3;
/** The secrets of the last state are looked at more closely. */
const LIKELY = 12;

/** A path secret and all above it. */
function chain(suite: Suite, secret: Uint8Array): Uint8Array[] {
  const all = [secret];
  for (let last = secret; all.length <= STEPS_MAX; all.push(last)) last = suite.derive(last, "path");
  return all;
}

/** @returns the authenticator of the commit's epoch, if any of the secrets leads there. */
export function search(suite: Suite, held: readonly Uint8Array[], seen: Seen): Uint8Array | undefined {
  // The newest first: the last state of whoever was in the group the longest.
  const known = distinct(held.toReversed());
  const pairs = known.flatMap((secret) => pairsOf(suite, secret));
  const { context, confirmationTag } = seen.after;
  const { ciphertexts, kemOutputs } = readCommitOf(suite, seen.bytes);
  const { confirmedTranscriptHash } = seen.before.context;
  const info = contextBytes({ ...context, confirmedTranscriptHash });
  const told = decrypted(suite, pairs, ciphertexts, "UpdatePathNode", info).flatMap((secret) => chain(suite, secret));
  const external = kemOutputs.flatMap((kemOutput) =>
    pairs.flatMap((pair) => {
      const init = attempt(() => suite.receiveInit(pair, kemOutput));
      return init.ok ? [init.value] : [];
    }),
  );
  const zeros = new Uint8Array(suite.secretBytes);
  // Held secrets with what the commit tells, and with each other as far as one of the two is likely: all by all is slow.
  const likely = [zeros, ...known.slice(0, LIKELY), ...external];
  const joins = function* () {
    yield* known;
    yield* joiners(suite, pairs, seen.welcome);
    for (const init of known) for (const one of [zeros, ...told]) yield joinerSecret(suite, init, one, context);
    for (const init of likely)
      for (const one of [...known.flatMap((secret) => chain(suite, secret)), ...told])
        yield joinerSecret(suite, init, one, context);
  };
  for (const joiner of joins()) {
    // startEpoch as far as the confirmation.
    const epoch = suite.expand(suite.extract(joiner, zeros), "epoch", contextBytes(context), suite.secretBytes);
    const tag = suite.mac(suite.derive(epoch, "confirm"), context.confirmedTranscriptHash);
    if (equalBytes(tag, confirmationTag)) return startEpoch(suite, joiner, context).secrets.authenticator;
  }
  return undefined;
}

function readCommitOf(suite: Suite, bytes: Uint8Array) {
  const { reader } = openMessage(bytes);
  const { content } = readPublicMessage(reader, suite).framed;
  if (content.type !== "commit") throw new Error("a commit was expected");
  const { proposals, path } = content.commit;
  return {
    ciphertexts: path?.nodes.flatMap(({ encryptedPathSecret }) => encryptedPathSecret) ?? [],
    kemOutputs: proposals.flatMap((proposal) => (proposal.type === "external-init" ? [proposal.kemOutput] : [])),
  };
}

/** What a Welcome gives to whoever holds an init key. */
function joiners(suite: Suite, pairs: readonly KeyPair[], message: Uint8Array | undefined): Uint8Array[] {
  if (message === undefined) return [];
  const welcome = readWelcome(new Reader(readMessage(message, WIRE_FORMAT.welcome)), suite);
  const sealed = welcome.secrets.map((one) => one.sealed);
  const plains = decrypted(suite, pairs, sealed, "Welcome", welcome.encryptedGroupInfo);
  return plains.map((plain) => readAll(plain, readGroupSecrets).joiner);
}
