/** PrivateMessage: signed, encrypted, its sender hidden (RFC 9420 section 6.3). */
import { isZero, wipe } from "./bytes.ts";
import { opaqueBytes, Reader, readAll, Writer } from "./codec.ts";
import {
  type Authentication,
  CONTENT,
  contentType,
  type FramedContent,
  readAuthentication,
  readContent,
  writeAuthentication,
} from "./framing.ts";
import type { Group } from "./group.ts";
import { LIMITS } from "./limits.ts";
import { WIRE_FORMAT, writeMessage } from "./message.ts";
import type { Random } from "./primitives.ts";
import { check } from "./refusal.ts";
import { type RatchetKind, ratchetOf, type SecretNode, takeKey } from "./secret-tree.ts";
import type { Suite } from "./suite.ts";

export interface PrivateMessage {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly contentType: number;
  readonly authenticated: Uint8Array;
  readonly encryptedSenderData: Uint8Array;
  readonly ciphertext: Uint8Array;
}

const GUARD_BYTES = 4;
const ratchetKind = (type: number): RatchetKind => (type === CONTENT.application ? "application" : "handshake");

export function readPrivateMessage(reader: Reader): PrivateMessage {
  const message = {
    groupId: reader.opaque(),
    epoch: reader.uint64(),
    contentType: reader.uint8(),
    authenticated: reader.opaque(),
    encryptedSenderData: reader.view(),
    ciphertext: reader.view(),
  };
  reader.end();
  return message;
}

/** PrivateContentAAD and, without the authenticated data, SenderDataAAD. */
function associated(message: Pick<PrivateMessage, "groupId" | "epoch" | "contentType">, authenticated?: Uint8Array) {
  const more = authenticated === undefined ? 0 : opaqueBytes(authenticated.length);
  const writer = new Writer(opaqueBytes(message.groupId.length) + 9 + more).opaque(message.groupId);
  writer.uint64(message.epoch).uint8(message.contentType);
  return (authenticated === undefined ? writer : writer.opaque(authenticated)).done();
}

/** Section 6.3.2. */
function senderDataKey(suite: Suite, senderDataSecret: Uint8Array, ciphertext: Uint8Array) {
  const sample = ciphertext.subarray(0, suite.secretBytes);
  return {
    key: suite.expand(senderDataSecret, "key", sample, suite.keyBytes),
    nonce: suite.expand(senderDataSecret, "nonce", sample, suite.nonceBytes),
  };
}

/** XORs the guard into a nonce (section 6.3.1). */
function guarded(nonce: Uint8Array, guard: Uint8Array): Uint8Array {
  return nonce.map((byte, index) => byte ^ (guard[index] ?? 0));
}

/** What of a group its own messages are encrypted with. */
export interface SenderKeys {
  readonly secrets: Pick<Group["secrets"], "senderData">;
  readonly secretTree: SecretNode;
  readonly tree: { readonly leaves: number };
  readonly own: { readonly leaf: number };
}

/** Encrypts signed content with the next key of its sender. @returns the secret tree to go on with, too. */
export function encryptContent(
  suite: Suite,
  { secrets, secretTree, tree: { leaves }, own: { leaf } }: SenderKeys,
  framed: FramedContent,
  authentication: Authentication,
  random: Random,
): { readonly bytes: Uint8Array; readonly secretTree: SecretNode } {
  const kind = ratchetKind(contentType(framed.content));
  const { generation } = ratchetOf(suite, secretTree, leaves, leaf, kind);
  const taken = takeKey(suite, secretTree, leaves, leaf, kind, generation);
  const guard = random(GUARD_BYTES);
  const head = { groupId: framed.groupId, epoch: framed.epoch, contentType: contentType(framed.content) };
  const plain = writeAuthentication(
    new Writer(framed.contentBytes.length + 128).raw(framed.contentBytes),
    authentication,
  ).done();
  const nonce = guarded(taken.key.nonce, guard);
  const ciphertext = suite.aeadSeal(taken.key.key, nonce, associated(head, framed.authenticated), plain);
  const data = new Writer().uint32(leaf).uint32(generation).raw(guard).done();
  const outer = senderDataKey(suite, secrets.senderData, ciphertext);
  const encryptedSenderData = suite.aeadSeal(outer.key, outer.nonce, associated(head), data);
  wipe(taken.key.key, taken.key.nonce, outer.key, outer.nonce);
  const body = new Writer(ciphertext.length + framed.authenticated.length + 160)
    .opaque(head.groupId)
    .uint64(head.epoch)
    .uint8(head.contentType);
  body.opaque(framed.authenticated).opaque(encryptedSenderData).opaque(ciphertext);
  return { bytes: writeMessage(WIRE_FORMAT.privateMessage, body.done()), secretTree: taken.tree };
}

/** Who sent a message, and with which of its keys: authentic as a member's word, not yet as that sender's. */
export function openSenderData(suite: Suite, senderDataSecret: Uint8Array, message: PrivateMessage) {
  const outer = senderDataKey(suite, senderDataSecret, message.ciphertext);
  const data = suite.aeadOpen(outer.key, outer.nonce, associated(message), message.encryptedSenderData, "6.3.2");
  wipe(outer.key, outer.nonce);
  return readAll(data, (reader) => ({
    leaf: reader.uint32(),
    generation: reader.uint32(),
    guard: reader.take(GUARD_BYTES),
  }));
}

/**
 * Decrypts a message of this epoch; the signature is for the caller to check, and the secret tree to be kept only then.
 *
 * @param from - whose it must be. One's own is opened by keys that this state has not used: those of its own are gone.
 */
export function decryptContent(
  suite: Suite,
  group: Pick<Group, "secrets" | "secretTree" | "tree" | "own">,
  message: PrivateMessage,
  from: "others" | "self" = "others",
): {
  readonly framed: FramedContent & { readonly sender: { readonly leaf: number } };
  readonly authentication: Authentication;
  readonly generation: number;
  readonly secretTree: SecretNode;
} {
  const { secrets, secretTree, tree, own } = group;
  const { leaf, generation, guard } = openSenderData(suite, secrets.senderData, message);
  check(tree.leaf(leaf) !== undefined, "unknown-sender", "6.3.2");
  check((leaf === own.leaf) === (from === "self"), "own-message", "6.3");
  const kind = ratchetKind(message.contentType);
  const next = ratchetOf(suite, secretTree, tree.leaves, leaf, kind).generation;
  check(generation >= next, "generation-used", "9.2");
  check(generation - next <= LIMITS.generationsAhead, "generation-ahead", "9.1");
  const taken = takeKey(suite, secretTree, tree.leaves, leaf, kind, generation);
  const { key, nonce } = taken.key;
  const aad = associated(message, message.authenticated);
  const plain = suite.aeadOpen(key, guarded(nonce, guard), aad, message.ciphertext, "6.3.1");
  wipe(key, nonce);
  const reader = new Reader(plain);
  const { content, contentBytes } = readContent(reader, message.contentType, suite);
  const authentication = readAuthentication(reader, content);
  check(isZero(reader.take(reader.left)), "malformed", "6.3.1");
  const { groupId, epoch, authenticated } = message;
  const framed = { groupId, epoch, sender: { type: "member", leaf } as const, authenticated, content, contentBytes };
  return { framed, authentication, generation, secretTree: taken.tree };
}
