/** PublicMessage: signed, readable (RFC 9420 section 6.2). Here for external commits, and for members' under a switch. */
import { equalBytes } from "./bytes.ts";
import { type Reader, Writer } from "./codec.ts";
import {
  type Authentication,
  type FramedContent,
  framedBytes,
  readAuthentication,
  readContent,
  readSender,
  signedBytes,
  writeAuthentication,
} from "./framing.ts";
import type { GroupContext } from "./group-context.ts";
import { WIRE_FORMAT, writeMessage } from "./message.ts";
import { check } from "./refusal.ts";
import type { Suite } from "./suite.ts";

export interface PublicMessage {
  readonly framed: FramedContent;
  readonly authentication: Authentication;
  /** Of members. */
  readonly membershipTag: Uint8Array | undefined;
}

/** Whose message it is: looked at before the rest costs anything. */
export function readPlace(reader: Reader): Pick<FramedContent, "groupId" | "epoch"> {
  return { groupId: reader.opaque(), epoch: reader.uint64() };
}

export function readPublicMessage(reader: Reader, suite: Suite, { groupId, epoch } = readPlace(reader)): PublicMessage {
  const sender = readSender(reader);
  const authenticated = reader.opaque();
  const { content, contentBytes } = readContent(reader, reader.uint8(), suite);
  const authentication = readAuthentication(reader, content);
  const membershipTag = sender.type === "member" ? reader.opaque() : undefined;
  reader.end();
  return { framed: { groupId, epoch, sender, authenticated, content, contentBytes }, authentication, membershipTag };
}

/** MAC over AuthenticatedContentTBM. */
export function membershipTag(
  suite: Suite,
  membershipKey: Uint8Array,
  context: GroupContext,
  framed: FramedContent,
  authentication: Authentication,
): Uint8Array {
  const signed = signedBytes(WIRE_FORMAT.publicMessage, framed, context);
  return suite.mac(membershipKey, writeAuthentication(new Writer().raw(signed), authentication).done());
}

export function checkMembershipTag(
  suite: Suite,
  membershipKey: Uint8Array,
  context: GroupContext,
  message: PublicMessage,
): void {
  const expected = membershipTag(suite, membershipKey, context, message.framed, message.authentication);
  const claimed = message.membershipTag;
  check(claimed !== undefined && equalBytes(claimed, expected), "bad-membership-tag", "6.2");
}

export function writePublicMessage(
  framed: FramedContent,
  authentication: Authentication,
  tag: Uint8Array | undefined,
): Uint8Array {
  const writer = writeAuthentication(new Writer().raw(framedBytes(framed)), authentication);
  if (tag !== undefined) writer.opaque(tag);
  return writeMessage(WIRE_FORMAT.publicMessage, writer.done());
}
