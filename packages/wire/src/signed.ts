/**
 * Every byte string that is signed or hashed, in one place, so that their labels can be seen never to overlap.
 * docs/protocol.md, "Signed bytes and derivations", is the same table for other implementations.
 */
import { concat, equalBytes, utf8 } from "./bytes.ts";
import { type AccountId, type DeviceId, type EntryId, idBytes, type RoomId } from "./ids.ts";
import { assert } from "./result.ts";

/** SHA-256, given by who calls: `wire` has no platform. */
export type Hash = (bytes: Uint8Array) => Uint8Array;
/** Ed25519 verification, likewise. */
export type Verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

const ROOM_NONCE_BYTES = 16;

type Label =
  | "auth"
  | "chain"
  | "chain entry"
  | "chain counter"
  | "device"
  | "link"
  | "leave"
  | "readmit"
  | "safety words"
  | "direct"
  | "transcript"
  | "room"
  | "room id";

/** The labels as bytes, each made once: a transcript takes a step for every entry. */
const names = new Map<Label, Uint8Array>();

/** `label` and each field with its length before it: no two different lists give the same bytes. */
function labelled(label: Label, ...fields: readonly Uint8Array[]): Uint8Array {
  const name = names.get(label) ?? utf8(`sotto 1 ${label}`);
  names.set(label, name);
  const bytes = new Uint8Array(fields.reduce((sum, field) => sum + 4 + field.length, 1 + name.length));
  const lengths = new DataView(bytes.buffer);
  bytes[0] = name.length;
  bytes.set(name, 1);
  let at = 1 + name.length;
  for (const field of fields) {
    lengths.setUint32(at, field.length);
    bytes.set(field, at + 4);
    at += 4 + field.length;
  }
  return bytes;
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** A seq or counter as eight bytes, high byte first. */
export function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/** What Resume signs. */
export function authBytes(auth: {
  readonly relay: Uint8Array;
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly clientNonce: Uint8Array;
  readonly serverNonce: Uint8Array;
  readonly version: number;
  readonly generation: Uint8Array;
  readonly counter: number;
}): Uint8Array {
  return labelled(
    "auth",
    auth.relay,
    idBytes(auth.account),
    idBytes(auth.device),
    auth.clientNonce,
    auth.serverNonce,
    u32(auth.version),
    auth.generation,
    u64(auth.counter),
  );
}

/** What the signer of a chain entry signs, and (`countersigned`) what the new key signs. */
export function chainBytes(body: Uint8Array, countersigned: boolean): Uint8Array {
  return labelled(countersigned ? "chain counter" : "chain", body);
}

/** The hash that names a chain entry; of the first one, the account id. */
export function chainEntryHash(entry: Uint8Array, hash: Hash): Uint8Array {
  return hash(labelled("chain entry", entry));
}

/** The id of a device: the first 16 bytes. */
export function deviceHash(deviceKey: Uint8Array, hash: Hash): Uint8Array {
  return hash(labelled("device", deviceKey)).slice(0, 16);
}

/** What a joiner signs with the link key: members check it on the external commit. */
export function linkBytes(join: {
  readonly room: RoomId;
  readonly base: number;
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly leafKey: Uint8Array;
}): Uint8Array {
  return labelled(
    "link",
    idBytes(join.room),
    u64(join.base),
    idBytes(join.account),
    idBytes(join.device),
    join.leafKey,
  );
}

/**
 * What a device signs when its account leaves a room.
 *
 * @param leave - `leafKey` is the encryption key of its leaf, which another leaf of a later return does not have.
 */
export function leaveBytes(leave: {
  readonly room: RoomId;
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly leafKey: Uint8Array;
}): Uint8Array {
  return labelled("leave", idBytes(leave.room), idBytes(leave.account), idBytes(leave.device), leave.leafKey);
}

/**
 * What a device signs when it asks the members of a room to bring it in, anew or for the first time.
 *
 * @param readmit - `leafKey` is the encryption key of the leaf that it has there, empty when it has none: so the word
 * ends with the leaf that it is about.
 */
export function readmitBytes(readmit: {
  readonly room: RoomId;
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly leafKey: Uint8Array;
}): Uint8Array {
  return labelled("readmit", idBytes(readmit.room), idBytes(readmit.account), idBytes(readmit.device), readmit.leafKey);
}

/** What the safety words of two accounts are stretched from: the same for both sides, whoever asks. */
export function safetyWordsBytes(one: AccountId, other: AccountId): Uint8Array {
  const [lower, higher] = one < other ? [one, other] : [other, one];
  return labelled("safety words", idBytes(lower), idBytes(higher));
}

/**
 * The id of a room that its creator's account chooses. It shows whose it is, and the relay takes it from nobody else:
 * were any 32 bytes an id, anybody could make the room that two others will need, whose id follows from theirs
 * ({@link directRoom}), and they could never talk.
 *
 * Half of SHA-256 is enough: to hit the id of somebody else's room takes 2^128 tries, and two ids of one's own that
 * collide are of no use. Who has an id and a list of accounts can find out whose it is; the relay and the members know.
 *
 * @param nonce - 16 random bytes.
 * @returns 32 bytes: the nonce, then the first 16 bytes of the hash.
 */
export function roomIdOf(creator: AccountId, nonce: Uint8Array, hash: Hash): Uint8Array {
  assert(nonce.length === ROOM_NONCE_BYTES, "the nonce of a room id is 16 bytes");
  return concat(nonce, hash(labelled("room id", idBytes(creator), nonce)).subarray(0, 32 - ROOM_NONCE_BYTES));
}

/** Whether an id is one that this account may have chosen: {@link roomIdOf} with the nonce that it begins with. */
export function isRoomIdOf(room: RoomId, creator: AccountId, hash: Hash): boolean {
  const bytes = idBytes(room);
  return equalBytes(roomIdOf(creator, bytes.subarray(0, ROOM_NONCE_BYTES), hash), bytes);
}

/** The room id of a direct conversation: the same for both sides, whoever asks. */
export function directRoom(one: AccountId, other: AccountId, hash: Hash): Uint8Array {
  const [lower, higher] = one < other ? [one, other] : [other, one];
  return hash(labelled("direct", idBytes(lower), idBytes(higher)));
}

/** H(0) of a room's transcript. */
export function transcriptStart(room: RoomId, hash: Hash): Uint8Array {
  return hash(labelled("room", idBytes(room)));
}

/** H(n) from H(n - 1) and entry n, exactly as its bytes travelled. */
export function transcriptStep(
  previous: Uint8Array,
  entry: {
    readonly seq: number;
    readonly kind: "message" | "commit";
    readonly device: DeviceId;
    readonly id: EntryId;
    readonly base: number;
    readonly header: Uint8Array;
    readonly bytes: Uint8Array;
  },
  hash: Hash,
): Uint8Array {
  return hash(
    labelled(
      "transcript",
      previous,
      u64(entry.seq),
      utf8(entry.kind),
      idBytes(entry.device),
      idBytes(entry.id),
      u64(entry.base),
      entry.header,
      entry.bytes,
    ),
  );
}
