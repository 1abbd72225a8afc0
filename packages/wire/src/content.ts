/** What stands inside the ciphertext, and what travels beside MLS: bytes to checked values and back. */
import { create, toBinary } from "@bufbuild/protobuf";
import { EMPTY } from "./bytes.ts";
import { account, between, count, decode, device, entry, exactly, list, room } from "./frames/read.ts";
import * as pb from "./gen/sotto/wire/v1/content_pb.js";
import { type AccountId, type DeviceId, type EntryId, idBytes, type RoomId } from "./ids.ts";
import { LIMITS } from "./limits.ts";

/** The plaintext of a message entry. `unknown` is from a newer version: nothing is shown, nothing breaks. */
export type Content = { readonly id: EntryId; readonly sentAt: number } & (
  | { readonly type: "text"; readonly text: string }
  /** `signature` is over {@link leaveBytes}. */
  | { readonly type: "leave"; readonly signature: Uint8Array }
  | { readonly type: "link-secret"; readonly secret: Uint8Array }
  | { readonly type: "unknown" }
);

/** What a room is: signed by MLS in every epoch, hidden from the relay. */
export type RoomInfo =
  | {
      readonly kind: "room";
      readonly name: string;
      readonly owners: readonly AccountId[];
      /** Ed25519 public half of the link's secret; undefined while the link is off. */
      readonly linkKey: Uint8Array | undefined;
    }
  | { readonly kind: "direct"; readonly sides: readonly [AccountId, AccountId] };

/** The authenticated data of every MLS message in a room's log. */
export interface Authenticated {
  readonly room: RoomId;
  readonly base: number;
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly linkSignature: Uint8Array | undefined;
  /** Of a commit that takes out accounts which said that they leave. */
  readonly leaves: readonly LeaveProof[];
  /** The sender's device chain where it has grown since its leaf was made. */
  readonly chain: Omit<ChainPoint, "account"> | undefined;
  /** Of a commit that brings devices in anew: their signatures over {@link readmitBytes}. */
  readonly readmits: readonly LeaveProof[];
  /** Of a commit that takes out revoked devices of other accounts. */
  readonly revocations: readonly ChainPoint[];
}

/** What most entries say beside where they stand: nothing. */
export const PLAIN_AUTHENTICATED = {
  linkSignature: undefined,
  leaves: [],
  chain: undefined,
  readmits: [],
  revocations: [],
} as const satisfies Partial<Authenticated>;

/** A device chain up to one of its entries. */
export interface ChainPoint {
  readonly account: AccountId;
  readonly length: number;
  readonly hash: Uint8Array;
}

/** The word of a device that its account leaves the room: a signature over {@link leaveBytes}. */
export interface LeaveProof {
  readonly device: DeviceId;
  readonly signature: Uint8Array;
}

/** What the sealed GroupInfo of a link and the extension of a Welcome hold beside MLS. */
export interface JoinInfo {
  readonly groupInfo: Uint8Array;
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly linkSecret: Uint8Array | undefined;
}

/** undefined when the bytes are not content; the caller skips the entry. */
export const parseContent = total((bytes): Content => {
  const value = decode(pb.ContentSchema, bytes);
  const common = { id: entry(value.id, "id"), sentAt: count(value.sentAt, "sent_at") };
  switch (value.body.case) {
    case "text":
      if (new TextEncoder().encode(value.body.value).length > LIMITS.textBytesMax) throw new Error("text");
      return { ...common, type: "text", text: value.body.value };
    case "leave":
      return { ...common, type: "leave", signature: exactly(value.body.value.signature, 64, "leave.signature") };
    case "linkSecret":
      return { ...common, type: "link-secret", secret: exactly(value.body.value.secret, 32, "secret") };
    default:
      return { ...common, type: "unknown" };
  }
});

export function encodeContent(content: Exclude<Content, { type: "unknown" }>): Uint8Array {
  const body: pb.Content["body"] =
    content.type === "text"
      ? { case: "text", value: content.text }
      : content.type === "leave"
        ? { case: "leave", value: create(pb.LeaveSchema, { signature: content.signature }) }
        : { case: "linkSecret", value: create(pb.LinkSecretSchema, { secret: content.secret }) };
  const value = { id: idBytes(content.id), sentAt: BigInt(content.sentAt), body };
  return toBinary(pb.ContentSchema, create(pb.ContentSchema, value));
}

export const parseRoomInfo = total((bytes): RoomInfo => {
  const value = decode(pb.RoomInfoSchema, bytes);
  if (value.kind === pb.RoomKind.DIRECT) {
    const [lower, higher] = value.sides.map((side) => account(side, "sides"));
    if (value.sides.length !== 2 || lower === undefined || higher === undefined || lower >= higher)
      throw new Error("sides");
    return { kind: "direct", sides: [lower, higher] };
  }
  if (value.kind !== pb.RoomKind.ROOM || !isRoomName(value.name)) throw new Error("kind");
  return {
    kind: "room",
    name: value.name,
    owners: value.owners.map((owner) => account(owner, "owners")),
    linkKey: value.linkKey.length === 0 ? undefined : exactly(value.linkKey, 32, "link_key"),
  };
});

export function encodeRoomInfo(info: RoomInfo): Uint8Array {
  const value =
    info.kind === "direct"
      ? { kind: pb.RoomKind.DIRECT, sides: info.sides.map(idBytes) }
      : { kind: pb.RoomKind.ROOM, name: info.name, owners: info.owners.map(idBytes), linkKey: info.linkKey ?? EMPTY };
  return toBinary(pb.RoomInfoSchema, create(pb.RoomInfoSchema, value));
}

/** 1 to 64 characters, none of them a control or a surrogate that stands alone. */
export function isRoomName(name: string): boolean {
  const characters = [...name].length;
  return (
    characters >= 1 &&
    characters <= LIMITS.roomNameMax &&
    !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(name) &&
    name.trim() !== ""
  );
}

export const parseAuthenticated = total((bytes): Authenticated => {
  const value = decode(pb.AuthenticatedSchema, bytes);
  return {
    room: room(value.room, "room"),
    base: count(value.base, "base"),
    seq: count(value.seq, "seq"),
    hash: exactly(value.hash, 32, "hash"),
    linkSignature: value.linkSignature.length === 0 ? undefined : exactly(value.linkSignature, 64, "link_signature"),
    leaves: proofsOf(value.leaves, "leaves"),
    chain:
      value.chainLength === 0 && value.chainHash.length === 0
        ? undefined
        : { length: lengthOf(value.chainLength, "chain_length"), hash: exactly(value.chainHash, 32, "chain_hash") },
    readmits: proofsOf(value.readmits, "readmits"),
    revocations: list(value.revocations, LIMITS.roomDevicesMax, "revocations", (point, field) => ({
      account: account(point.account, `${field}.account`),
      length: lengthOf(point.length, `${field}.length`),
      hash: exactly(point.hash, 32, `${field}.hash`),
    })),
  };
});

const lengthOf = (length: number, field: string): number => between(length, 1, LIMITS.chainEntriesMax, field);

function proofsOf(proofs: readonly pb.LeaveProof[], field: string): readonly LeaveProof[] {
  return list(proofs, LIMITS.roomDevicesMax, field, (proof, at) => ({
    device: device(proof.device, `${at}.device`),
    signature: exactly(proof.signature, 64, `${at}.signature`),
  }));
}

export function encodeAuthenticated(value: Authenticated): Uint8Array {
  return toBinary(
    pb.AuthenticatedSchema,
    create(pb.AuthenticatedSchema, {
      room: idBytes(value.room),
      base: BigInt(value.base),
      seq: BigInt(value.seq),
      hash: value.hash,
      linkSignature: value.linkSignature ?? EMPTY,
      leaves: value.leaves.map(proofInit),
      chainLength: value.chain?.length ?? 0,
      chainHash: value.chain?.hash ?? EMPTY,
      readmits: value.readmits.map(proofInit),
      revocations: value.revocations.map((point) => ({ ...point, account: idBytes(point.account) })),
    }),
  );
}

const proofInit = (proof: LeaveProof) => ({ device: idBytes(proof.device), signature: proof.signature });

export const parseJoinInfo = total((bytes): JoinInfo => {
  const value = decode(pb.JoinInfoSchema, bytes);
  return {
    groupInfo: value.groupInfo,
    seq: count(value.seq, "seq"),
    hash: exactly(value.hash, 32, "hash"),
    linkSecret: value.linkSecret.length === 0 ? undefined : exactly(value.linkSecret, 32, "link_secret"),
  };
});

export function encodeJoinInfo(value: JoinInfo): Uint8Array {
  const { groupInfo, seq, hash, linkSecret } = value;
  return toBinary(
    pb.JoinInfoSchema,
    create(pb.JoinInfoSchema, { groupInfo, seq: BigInt(seq), hash, linkSecret: linkSecret ?? EMPTY }),
  );
}

/** Makes a parser total: whatever goes wrong inside is "not what it should be". */
function total<T>(parse: (bytes: Uint8Array) => T): (bytes: Uint8Array) => T | undefined {
  return (bytes) => {
    try {
      return parse(bytes);
    } catch {
      return undefined;
    }
  };
}
