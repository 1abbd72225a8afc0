/** What all members of an epoch agree on (RFC 9420 section 8.1), and what newcomers are told of it (section 12.4.3). */
import { type Reader, Writer } from "./codec.ts";
import { type Extension, readExtensions, writeExtensions } from "./extensions.ts";
import { MLS10 } from "./leaf-node.ts";
import { check } from "./refusal.ts";
import type { Suite } from "./suite.ts";

export interface GroupContext {
  readonly suiteId: number;
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly treeHash: Uint8Array;
  readonly confirmedTranscriptHash: Uint8Array;
  readonly extensions: readonly Extension[];
}

export function readGroupContext(reader: Reader): GroupContext {
  check(reader.uint16() === MLS10, "wrong-version", "8.1");
  return {
    suiteId: reader.uint16(),
    groupId: reader.opaque(),
    epoch: reader.uint64(),
    treeHash: reader.opaque(),
    confirmedTranscriptHash: reader.opaque(),
    extensions: readExtensions(reader),
  };
}

/** Encoded contexts: each is signed, hashed or expanded with for every message of its epoch. */
const encoded = new WeakMap<GroupContext, Uint8Array>();

export function contextBytes(context: GroupContext): Uint8Array {
  const known = encoded.get(context);
  if (known !== undefined) return known;
  const writer = new Writer().uint16(MLS10).uint16(context.suiteId).opaque(context.groupId).uint64(context.epoch);
  writeExtensions(writer.opaque(context.treeHash).opaque(context.confirmedTranscriptHash), context.extensions);
  const bytes = writer.done();
  encoded.set(context, bytes);
  return bytes;
}

export interface GroupInfo {
  readonly context: GroupContext;
  readonly extensions: readonly Extension[];
  readonly confirmationTag: Uint8Array;
  /** Leaf index. */
  readonly signer: number;
  readonly signature: Uint8Array;
}

type UnsignedGroupInfo = Omit<GroupInfo, "signature">;

export function readGroupInfo(reader: Reader): GroupInfo {
  return {
    context: readGroupContext(reader),
    extensions: readExtensions(reader),
    confirmationTag: reader.opaque(),
    signer: reader.uint32(),
    signature: reader.opaque(),
  };
}

/** GroupInfoTBS. */
function signedBytes(info: UnsignedGroupInfo): Uint8Array {
  const writer = new Writer().raw(contextBytes(info.context));
  writeExtensions(writer, info.extensions);
  return writer.opaque(info.confirmationTag).uint32(info.signer).done();
}

/** Signs and encodes. */
export function signGroupInfo(suite: Suite, info: UnsignedGroupInfo, signaturePrivateKey: Uint8Array): Uint8Array {
  const content = signedBytes(info);
  return new Writer()
    .raw(content)
    .opaque(suite.sign(signaturePrivateKey, "GroupInfoTBS", content))
    .done();
}

export function isSignedGroupInfo(suite: Suite, info: GroupInfo, signatureKey: Uint8Array): boolean {
  return suite.verify(signatureKey, "GroupInfoTBS", signedBytes(info), info.signature);
}
