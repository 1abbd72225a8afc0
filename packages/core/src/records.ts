/** The small records of the vault: what they hold, under which key, and as which bytes. */
import {
  type AccountId,
  type Code,
  type DeviceId,
  type EntryId,
  fromBase64url,
  fromUtf8,
  type LeaveProof,
  type RoomId,
  toBase64url,
  type UserName,
  utf8,
} from "@sotto/wire";
import type { GroupPart, StoredKeyPackage } from "./group/index.ts";

/** Who this device is and which relay it belongs to. */
export interface AccountRecord {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly name: UserName;
  /** Ed25519 seed of the device key. */
  readonly privateKey: Uint8Array;
  readonly relay: Uint8Array;
  readonly host: string;
  readonly port: number;
  /** SHA-256 of the root's SPKI; undefined: the system's roots vouch for the host. */
  readonly pin: Uint8Array | undefined;
  /** Number of the last Resume; the next one is above it. */
  readonly counter: number;
  /** The relay's log generation, once seen. */
  readonly generation: Uint8Array | undefined;
  /** False until the first code was right. */
  readonly confirmed: boolean;
  /** Number of the last inbox entry that was taken. */
  readonly inbox: number;
  /** Access password as last heard of, for relays that ask it of every connection. */
  readonly access: string | undefined;
  /** The person agreed to go on with a relay that went back in time, and not all that it lacks was given back yet. */
  readonly settling?: boolean | undefined;
  /** Why this device sends nothing any more, where that outlives a restart. */
  readonly halted: Code | undefined;
}

/** An account that was seen, and its device chain as far as it is known. */
export interface ContactRecord {
  readonly account: AccountId;
  readonly entries: readonly Uint8Array[];
  /** What was found about it: nothing is sent until a person said yes. */
  readonly conflict: false | "identity-changed" | "chain-forked" | "chain-withheld";
  /** The person compared safety words with them. Of the account: its devices follow. */
  readonly verified?: boolean | undefined;
  /** Safety words with this account, once they were made. */
  readonly words?: string | undefined;
  /** A chain that a device of it claimed and that was not seen (yet): judged or still to be fetched. */
  readonly claimed?: ClaimRecord | undefined;
}

export interface ClaimRecord {
  readonly length: number;
  readonly hash: Uint8Array;
  readonly judged: boolean;
  /** A person agreed to a doubt about the chain: claims raise no other one until the chain has grown. */
  readonly agreed?: boolean | undefined;
}

export interface RoomRecord {
  readonly room: RoomId;
  readonly kind: "room" | "direct";
  /**
   * "creating" and "joining": an own commit or creation is under way; "member": in; "waiting": a direct conversation
   * that has something to send and no group yet.
   */
  readonly status: "creating" | "joining" | "member" | "waiting";
  /** Of a direct conversation: the other side. */
  readonly peer: AccountId | undefined;
  /** Last applied seq, and the transcript hash after it. */
  readonly seq: number;
  readonly hash: Uint8Array;
  /** Last valid commit and newest commit. */
  readonly base: number;
  readonly head: number;
  /** The commit that brought this device in by a Welcome, not applied but counted. */
  readonly joinedAt: number;
  /** Secret of the link, while it is known. */
  readonly secret: Uint8Array | undefined;
  /** Last seq that the person has read. */
  readonly read: number;
  /** The words of devices whose accounts leave and are still in the tree. */
  readonly leavers: readonly LeaveProof[];
  /** The log was found to differ from another member's: nothing is sent until a person said yes. */
  readonly forked: boolean;
  /** Own messages since the last own commit, and when that was. */
  readonly sent: number;
  readonly renewedAt: number;
  /** Where this device and others may have parted; undefined while somebody built on all that it holds. */
  readonly split?: SplitRecord | undefined;
  /** Which of the others were heard on something else since the split. */
  readonly elsewhere?: readonly string[] | undefined;
  /** Messages after the split that could not be read here; bounded. */
  readonly missed?: readonly number[] | undefined;
  /** Whose word showed the fork; and whose such words do not count any more, since a person agreed to one. */
  readonly forkedBy?: AccountId | undefined;
  readonly heldForLiars?: readonly AccountId[] | undefined;
  /** A place in which the relay gives another entry now than the one that was applied here. */
  readonly diverged?: number | undefined;
  /** This device is out of step: it encrypts nothing here until it has come in again. */
  readonly astray?: AstrayRecord | undefined;
  /** How often this device came in again lately, and when last: two who lie do not make it do so without end. */
  readonly returned?: { readonly times: number; readonly at: number } | undefined;
}

/** The first commit that not everybody may hold. */
export interface SplitRecord {
  readonly seq: number;
  /** Encryption key of the leaf that this device has for who does not hold it; empty when it has none. */
  readonly leafKey: Uint8Array;
  /** It is the one by which this device came in: until somebody builds on it, one other voice is enough. */
  readonly joined: boolean;
}

export interface AstrayRecord {
  readonly tries: number;
  /** When it tries to come in again. */
  readonly retryAt: number;
  /** The relay says that the account is not in the room, and the person was told. */
  readonly told?: boolean | undefined;
}

/** A message on its way: the plaintext first, its ciphertext once it could be made. */
export interface IntentRecord {
  readonly order: number;
  readonly room: RoomId;
  readonly id: EntryId;
  readonly createdAt: number;
  readonly task:
    | { readonly type: "text"; readonly text: string }
    | { readonly type: "leave" }
    | { readonly type: "link-secret"; readonly secret: Uint8Array };
  readonly attempt: Attempt | undefined;
  /** Hashes of earlier ciphertexts: one of them may stand in the log although its answer was never seen. */
  readonly earlier: readonly { readonly hash: Uint8Array; readonly base: number }[];
  /** Hashes of ciphertexts that came into the log behind a later one: whoever read that one cannot open them. */
  readonly dead: readonly Uint8Array[];
}

export interface Attempt {
  readonly bytes: Uint8Array;
  readonly head: number;
  readonly base: number;
}

/** An own commit that the log has not answered: sent again as it is after a restart. */
export interface PendingRecord {
  readonly room: RoomId;
  readonly id: EntryId;
  readonly head: number;
  readonly base: number;
  readonly bytes: Uint8Array;
  readonly header: Uint8Array;
  readonly welcomes: readonly { readonly device: DeviceId; readonly bytes: Uint8Array }[];
  /** "same": as it was. */
  readonly link: "same" | "off" | { readonly tokenHash: Uint8Array; readonly groupInfo: Uint8Array };
  readonly joinToken: Uint8Array | undefined;
  /** "create": the room comes into being, with this as its first commit unless `bytes` is empty. */
  readonly kind: "commit" | "create" | "join";
  /** The creator's devices, of a "create". */
  readonly creation: Uint8Array | undefined;
  /** What of the room's group is another one after it; of a "join", all of it. */
  readonly next: readonly GroupPart[];
  /** The link's new secret, told to the others in the next epoch. */
  readonly secret: Uint8Array | undefined;
  /** Accounts that leave and devices that are revoked, as the commit shows to the others. */
  readonly leaving?: readonly AccountId[] | undefined;
  readonly revoked?: readonly DeviceId[] | undefined;
}

/** A room that this device is not in any more, and the newest entry whose knowledge it asks of whoever brings it back. */
export interface LeftRecord {
  readonly room: RoomId;
  readonly seq: number;
}

/** A room whose Welcome was lost here, and the encryption key of the leaf that this device has in it all the same. */
export interface LeafRecord {
  readonly room: RoomId;
  readonly leafKey: Uint8Array;
}

/** A new recovery phrase that was made, and for which old one. */
export interface RecoveryRecord {
  readonly entropy: Uint8Array;
  /** Public key of the old phrase. */
  readonly old: Uint8Array;
  /**
   * "asked": the relay was asked to put it on the chain; "found": this program started and found it so; "told": the
   * person knows that the old one holds; "answered": the person was given it.
   */
  readonly state: "asked" | "found" | "told" | "answered";
}

/** Which account is meant by a name: the first that was seen, until a person said otherwise. */
export interface NameRecord {
  readonly name: UserName;
  readonly account: AccountId;
}

/** What was unread in a room, so that no start has to count a million messages. Those above `seq` are counted anew. */
export interface TallyRecord {
  readonly room: RoomId;
  readonly seq: number;
  readonly counts: readonly (readonly [AccountId, number])[];
}

/** What an interface keeps here. */
export interface NoteRecord {
  readonly key: string;
  readonly text: string;
}

export interface KeyPackageRecord extends StoredKeyPackage {
  readonly number: number;
}

export const KEYS = {
  account: "account",
  recovery: "recovery",
  contact: (account: AccountId) => `contact/${account}`,
  room: (room: RoomId) => `room/${room}`,
  group: (room: RoomId, part: string) => `group/${room}/${part}`,
  pending: (room: RoomId) => `pending/${room}`,
  intent: (order: number) => `intent/${String(order).padStart(16, "0")}`,
  name: (name: UserName) => `name/${name}`,
  left: (room: RoomId) => `left/${room}`,
  tally: (room: RoomId) => `tally/${room}`,
  note: (key: string) => `note/${key}`,
  leaf: (room: RoomId) => `leaf/${room}`,
  keyPackage: (number: number) => `key-package/${String(number).padStart(16, "0")}`,
} as const;

const VERSION = 1;

/** A record as bytes: a version byte, then JSON in which bytes are `{"$": base64url}`. */
export function encodeRecord(record: object): Uint8Array {
  const json = JSON.stringify(record, (_key, value) =>
    value instanceof Uint8Array ? { $: toBase64url(value) } : value,
  );
  const body = utf8(json);
  const bytes = new Uint8Array(body.length + 1);
  bytes[0] = VERSION;
  bytes.set(body, 1);
  return bytes;
}

/**
 * The vault authenticates what it keeps, so a record is what this program wrote.
 *
 * @returns undefined for a record of another version, or one that is damaged.
 */
export function decodeRecord<T extends object>(bytes: Uint8Array): T | undefined {
  const text = bytes[0] === VERSION ? fromUtf8(bytes.subarray(1)) : undefined;
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text, (_key, value) => {
      const inner =
        value !== null && typeof value === "object" && Object.keys(value).length === 1 ? value.$ : undefined;
      return typeof inner === "string" ? bytesOf(inner) : value;
    });
  } catch {
    return undefined;
  }
}

/** Damage is not a field that was left out. */
function bytesOf(text: string): Uint8Array {
  const bytes = fromBase64url(text);
  if (bytes === undefined) throw new Error("these are no bytes");
  return bytes;
}
