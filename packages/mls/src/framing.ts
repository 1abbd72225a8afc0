/** What every message signs, whichever way it travels (RFC 9420 sections 6 and 6.1). */
import { opaqueBytes, type Reader, Writer } from "./codec.ts";
import { contextBytes, type GroupContext } from "./group-context.ts";
import { MLS10 } from "./leaf-node.ts";
import type { WireFormat } from "./message.ts";
import { type Commit, readCommit } from "./proposal.ts";
import { check } from "./refusal.ts";
import type { Suite } from "./suite.ts";

export const CONTENT = { application: 1, proposal: 2, commit: 3 } as const;
const SENDER = { member: 1, newMemberCommit: 4 } as const;

/** Who says something: a leaf index, or somebody who comes in by this very commit. */
export type Sender = { readonly type: "member"; readonly leaf: number } | { readonly type: "new-member" };

export type Content =
  | { readonly type: "application"; readonly data: Uint8Array }
  | { readonly type: "commit"; readonly commit: Commit };

export interface FramedContent {
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly sender: Sender;
  readonly authenticated: Uint8Array;
  readonly content: Content;
  /** `content` as it travels. */
  readonly contentBytes: Uint8Array;
}

/** FramedContentAuthData. */
export interface Authentication {
  readonly signature: Uint8Array;
  /** Of commits. */
  readonly confirmationTag: Uint8Array | undefined;
}

export const contentType = (content: Content): number =>
  content.type === "application" ? CONTENT.application : CONTENT.commit;

/** Reads a content of one type, and keeps its bytes: they are what was signed. */
export function readContent(
  reader: Reader,
  type: number,
  suite: Suite,
): Pick<FramedContent, "content" | "contentBytes"> {
  const start = reader.at;
  // A proposal on its own would stop everybody's sending until it is committed (section 12.4).
  check(type !== CONTENT.proposal, "standalone-proposal", "12.1");
  check(type === CONTENT.application || type === CONTENT.commit, "malformed", "6");
  const content: Content =
    type === CONTENT.application
      ? { type: "application", data: reader.opaque() }
      : { type: "commit", commit: readCommit(reader, suite) };
  return { content, contentBytes: reader.viewSince(start) };
}

export function readSender(reader: Reader): Sender {
  const type = reader.uint8();
  if (type === SENDER.member) return { type: "member", leaf: reader.uint32() };
  // External senders and new members that only propose are not in this profile.
  check(type === SENDER.newMemberCommit, "unsupported-proposal", "12.1.8");
  return { type: "new-member" };
}

export function readAuthentication(reader: Reader, content: Content): Authentication {
  const signature = reader.opaque();
  return { signature, confirmationTag: content.type === "commit" ? reader.opaque() : undefined };
}

export function writeAuthentication(writer: Writer, { signature, confirmationTag }: Authentication): Writer {
  writer.opaque(signature);
  return confirmationTag === undefined ? writer : writer.opaque(confirmationTag);
}

/** FramedContent. */
export function framedBytes(framed: FramedContent): Uint8Array {
  const { groupId, epoch, sender, authenticated, content, contentBytes } = framed;
  const senderBytes = sender.type === "member" ? 5 : 1;
  const size =
    opaqueBytes(groupId.length) + 8 + senderBytes + opaqueBytes(authenticated.length) + 1 + contentBytes.length;
  const writer = new Writer(size).opaque(groupId).uint64(epoch);
  if (sender.type === "member") writer.uint8(SENDER.member).uint32(sender.leaf);
  else writer.uint8(SENDER.newMemberCommit);
  return writer.opaque(authenticated).uint8(contentType(content)).raw(contentBytes).done();
}

/** FramedContentTBS: both kinds of sender sign the context of the epoch that they speak in. */
export function signedBytes(format: WireFormat, framed: FramedContent, context: GroupContext): Uint8Array {
  const [content, bytes] = [framedBytes(framed), contextBytes(context)];
  return new Writer(4 + content.length + bytes.length).uint16(MLS10).uint16(format).raw(content).raw(bytes).done();
}

export function signContent(
  suite: Suite,
  format: WireFormat,
  framed: FramedContent,
  context: GroupContext,
  signaturePrivateKey: Uint8Array,
): Uint8Array {
  return suite.sign(signaturePrivateKey, "FramedContentTBS", signedBytes(format, framed, context));
}

/** Section 6.1: the signature, by the key of the leaf that speaks or comes in. */
export function checkSignature(
  suite: Suite,
  format: WireFormat,
  framed: FramedContent,
  context: GroupContext,
  signatureKey: Uint8Array,
  signature: Uint8Array,
): void {
  const content = signedBytes(format, framed, context);
  check(suite.verify(signatureKey, "FramedContentTBS", content, signature), "bad-signature", "6.1");
}

/** ConfirmedTranscriptHashInput (section 8.2). */
export function confirmedInput(format: WireFormat, framed: FramedContent, signature: Uint8Array): Uint8Array {
  return new Writer().uint16(format).raw(framedBytes(framed)).opaque(signature).done();
}
