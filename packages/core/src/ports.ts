/**
 * What a device needs from the world around it. Core does no I/O: whoever runs it (Node, a browser, the simulator)
 * brings these, and time and randomness come in through them alone.
 */
import type { AccountId, DeviceId, EntryId, RoomId } from "@sotto/wire";
import type { EventName } from "./api.ts";

export interface Ports {
  readonly crypto: Crypto;
  readonly opaque: Opaque;
  /** Argon2id (RFC 9106), version 0x13, 64 MiB, 3 passes, 4 lanes. The library may work outside this thread. */
  readonly stretch: (secret: Uint8Array, salt: Uint8Array, length: number) => Promise<Uint8Array>;
  readonly vault: Vault;
  readonly transport: Transport;
  readonly clock: Clock;
}

/** Synchronous primitives, all of one suite: SHA-256, HMAC and HKDF over it, AES-GCM, Ed25519, X25519. */
export interface Crypto {
  random(length: number): Uint8Array;
  sha256(bytes: Uint8Array): Uint8Array;
  hmac(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** RFC 5869 section 2.2. */
  hkdfExtract(salt: Uint8Array, secret: Uint8Array): Uint8Array;
  /** RFC 5869 section 2.3. */
  hkdfExpand(key: Uint8Array, info: Uint8Array, length: number): Uint8Array;
  /** AES-GCM by the key's length (16 or 32 bytes), nonce 12 bytes. @returns ciphertext, then the 16-byte tag. */
  aeadSeal(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plain: Uint8Array): Uint8Array;
  /** @returns undefined when it does not authenticate. */
  aeadOpen(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
  /** Ed25519 public key of a 32-byte private key (seed). */
  publicKey(privateKey: Uint8Array): Uint8Array;
  sign(privateKey: Uint8Array, message: Uint8Array): Uint8Array;
  /** False, never a throw, for keys and signatures of any length and content. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** X25519 public key of a 32-byte private key. */
  agreementKey(privateKey: Uint8Array): Uint8Array;
  /** X25519. @returns undefined for a public key that gives an all-zero secret or is none. */
  agree(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined;
}

/** The client's half of OPAQUE (RFC 9807); stretching is Argon2id, 64 MiB, t = 3, fixed here and not by the relay. */
export interface Opaque {
  registerStart(password: string): Promise<{ readonly state: string; readonly request: Uint8Array }>;
  registerFinish(input: OpaqueFinish): Promise<Uint8Array>;
  loginStart(password: string): Promise<{ readonly state: string; readonly request: Uint8Array }>;
  /** @returns KE3, undefined when the password is wrong. */
  loginFinish(input: OpaqueFinish): Promise<Uint8Array | undefined>;
}

export interface OpaqueFinish {
  readonly state: string;
  readonly response: Uint8Array;
  readonly password: string;
  /** Client identifier. */
  readonly name: string;
  /** Server identifier: the relay id in hexadecimal. */
  readonly relay: string;
}

/** The place of the encrypted database, with a password before it. Refusals are thrown as {@link VaultError}. */
export interface Vault {
  /** "none": nobody signed up or in here yet. */
  readonly state: "none" | "locked" | "open";
  /** Makes an empty store under a fresh random key that `password` wraps. */
  create(password: string): Promise<Store>;
  unlock(password: string): Promise<Store>;
  /** Where it was opened while two passwords open it: which of them did. The relay knows one of them alone. */
  readonly changing: "new" | "old" | undefined;
  /** Wraps the key under `password` as well; the old one still opens it. */
  addPassword(password: string): Promise<void>;
  /**
   * From now on only the newest password opens it, if `keep` is "new", else only the one before.
   *
   * @param password - the newest one, where it is known: then the database gets another key as well.
   */
  settlePassword(keep: "new" | "old", password?: string): Promise<void>;
  /** Removes a vault whose account never came to be. */
  discard(): Promise<void>;
  close(): Promise<void>;
}

export class VaultError extends Error {
  readonly code: "bad-credentials" | "vault-damaged" | "vault-busy" | "disk-full" | "internal";
  constructor(code: VaultError["code"], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** What one event changes on disk: all of it or nothing. */
export type Change =
  | { readonly type: "put"; readonly key: string; readonly value: Uint8Array }
  | { readonly type: "delete"; readonly key: string }
  | { readonly type: "entry"; readonly entry: StoredEntry }
  | { readonly type: "message"; readonly message: StoredMessage }
  | { readonly type: "event"; readonly event: StoredEvent }
  /** Entries, messages and events of a room in places above `seq` go: the log has others there now. */
  | { readonly type: "forget"; readonly room: RoomId; readonly seq: number }
  /**
   * A log begins anew under the same id: its entries go, and messages and events keep their order below all that comes, in places
   * that are {@link SHELF} lower.
   */
  | { readonly type: "shelve"; readonly room: RoomId };

/** How far below its place a message stands whose log is no more: no log is as long. 2^32, as a type as well. */
export const SHELF = 4_294_967_296;

/** An entry of a room's log as it was applied. */
export interface StoredEntry {
  readonly room: RoomId;
  readonly seq: number;
  readonly kind: "message" | "commit";
  readonly id: EntryId;
  readonly device: DeviceId;
  readonly base: number;
  readonly header: Uint8Array;
  readonly bytes: Uint8Array;
  /** Transcript hash after it. */
  readonly hash: Uint8Array;
}

/** A line of a room's timeline. */
export interface StoredMessage {
  readonly room: RoomId;
  readonly seq: number;
  readonly id: EntryId;
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly sentAt: number;
  readonly text: string;
}

/** Something that happened to a room, in the place of the entry that did it. */
export interface StoredEvent {
  readonly room: RoomId;
  readonly seq: number;
  /** Its order among those of the same place. */
  readonly number: number;
  /** When this device heard of it. */
  readonly at: number;
  readonly event: EventName;
  readonly by: AccountId;
  readonly who: AccountId | undefined;
  readonly name: string | undefined;
}

export type StoredItem =
  | { readonly type: "message"; readonly message: StoredMessage }
  | { readonly type: "event"; readonly event: StoredEvent };

/** From where a part of a timeline is read: at most one of the two places, both exclusive; without either, the newest. */
export interface Window {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
}

/** The encrypted database. A store that fails throws; nothing of that commit is kept then. */
export interface Store {
  /** Every small record, by key. */
  load(): Promise<ReadonlyMap<string, Uint8Array>>;
  /**
   * Durable when it resolves. Commits are carried out in the order of the calls. Of two entries in one place the later
   * one counts, of two messages or events the first one: what was shown stays, and a relay that tells a log anew wedges nothing.
   */
  commit(changes: readonly Change[]): Promise<void>;
  /** The newest `limit` messages below `before`, oldest first. */
  messages(room: RoomId, before: number | undefined, limit: number): Promise<readonly StoredMessage[]>;
  /**
   * The `limit` messages and events next to the place that is named, oldest first. Events of one place come all
   * together, so there may be more.
   */
  timeline(room: RoomId, window: Window, limit: number): Promise<readonly StoredItem[]>;
  message(room: RoomId, id: EntryId): Promise<StoredMessage | undefined>;
  /** Newest first in finding, oldest first in the answer: whole words, the last one as a prefix. */
  search(query: string, room: RoomId | undefined, limit: number): Promise<readonly StoredMessage[]>;
  /** Messages above `seq`, and up to `last`, that are not by `self`, counted by account. It looks at each of them. */
  unread(room: RoomId, seq: number, self: AccountId, last?: number): Promise<ReadonlyMap<AccountId, number>>;
  /** Transcript hash after an applied entry; undefined when it was not applied here. */
  hashAt(room: RoomId, seq: number): Promise<Uint8Array | undefined>;
  /** At most `limit` applied entries from `seq` on, in their order, exactly as they came. */
  entries(room: RoomId, seq: number, limit: number): Promise<readonly StoredEntry[]>;
  close(): Promise<void>;
}

/** Where a relay is, and the root key that it must show. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** SHA-256 of the root's SPKI; undefined: system roots, else `relay`. */
  readonly pin: Uint8Array | undefined;
  /**
   * The id of the relay that a device belongs to, which is the hash of its own root: without a pin, nobody but the system
   * vouches for another one. undefined: somebody comes for the first time, and believes the root that is shown.
   */
  readonly relay: Uint8Array | undefined;
}

export type TransportEvent =
  /** TLS and WebSocket stand; `pin` is the root key that was shown, `trust` why it was believed. */
  | { readonly type: "opened"; readonly pin: Uint8Array; readonly trust: "pinned" | "system" | "first-use" }
  | { readonly type: "frame"; readonly bytes: Uint8Array }
  | { readonly type: "closed"; readonly reason: "unreachable" | "wrong-pin" | "ended"; readonly detail: string };

export interface Transport {
  /** Dials once. Events come to `on`; "closed" is the last one and comes exactly once. */
  dial(target: Target, on: (event: TransportEvent) => void): Connection;
}

export interface Connection {
  send(frame: Uint8Array): void;
  close(): void;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /**
   * Calls `run` once, unless the returned function is called before: at or after `at`, or when as much time has passed
   * as was left until then, since somebody may set the clock back.
   */
  wake(at: number, run: () => void): () => void;
}
