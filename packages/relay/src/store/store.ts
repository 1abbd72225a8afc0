/**
 * What the relay keeps, as a port: everything is asynchronous, and nothing outside this folder knows SQL.
 *
 * {@link Tables} says what can be asked, each call atomic by itself. A {@link Store} is the same calls answered later:
 * **a call is answered once all that it wrote is durable**, and calls take effect in the order in which they were made.
 */
import type {
  AccountId,
  DeviceId,
  DeviceRef,
  Entry,
  EntryId,
  InboxEntry,
  RoomId,
  RoomLink,
  UserName,
} from "@sotto/wire";

export interface AccountRecord {
  readonly id: AccountId;
  readonly name: UserName;
  /** OPAQUE RegistrationRecord. */
  readonly registration: Uint8Array;
  readonly totpSecret: Uint8Array;
  readonly confirmed: boolean;
  readonly admin: boolean;
  /** Until when the name is held for an account that is not confirmed. */
  readonly heldUntil: number;
}

export interface DeviceRecord extends DeviceRef {
  /** Ed25519. */
  readonly key: Uint8Array;
  readonly revoked: boolean;
}

/** What must be known of an account before it is confirmed. */
export interface NewAccount {
  readonly id: AccountId;
  readonly name: UserName;
  readonly registration: Uint8Array;
  readonly totpSecret: Uint8Array;
  readonly heldUntil: number;
  readonly chainEntry: Uint8Array;
  readonly device: { readonly id: DeviceId; readonly key: Uint8Array };
}

/** What an entry of a chain does to the devices. */
export interface ChainChange {
  readonly add: { readonly id: DeviceId; readonly key: Uint8Array } | undefined;
  readonly revoke: DeviceId | undefined;
}

/** Where a device stands in a room. */
export interface Member extends DeviceRef {
  /** First seq that it may read. */
  readonly from: number;
  /** Seq of the commit that took it out, which it may still read; undefined while it has access. */
  readonly until: number | undefined;
}

/** An entry with what the relay knows about it. */
export interface KeptEntry extends Entry {
  /** The sender's; of an entry that was given back (room/giving-back.ts) that of who gave it. */
  readonly account: AccountId;
  /** The relay's clock when it came. */
  readonly time: number;
  /** H(seq - 1) and H(seq): wire/signed.ts. */
  readonly previous: Uint8Array;
  readonly hash: Uint8Array;
}

/** What is needed to recognise a repeat. */
export type EntryMark = Pick<KeptEntry, "seq" | "previous" | "hash">;

/** A commit without its bytes. */
export type CommitMark = Pick<KeptEntry, "seq" | "base" | "account" | "time" | "header">;

export interface RoomRecord {
  readonly id: RoomId;
  readonly creator: DeviceId;
  /** The header that it was created with, as it travelled. */
  readonly header: Uint8Array;
  readonly last: number;
  /** H(last). */
  readonly hash: Uint8Array;
  /** Newest commit whose removals took effect. */
  readonly settled: number;
  readonly link: LinkMark | undefined;
  /** Oldest first. */
  readonly commits: readonly CommitMark[];
  readonly members: readonly Member[];
}

/** A room's link without its GroupInfo. */
export interface LinkMark {
  readonly tokenHash: Uint8Array;
  /** Seq of the commit that posted the GroupInfo, 0 for the creation. */
  readonly base: number;
}

/** A Welcome on its way into an inbox. */
export interface NewWelcome {
  readonly device: DeviceId;
  readonly seq: number;
  readonly previous: Uint8Array;
  readonly bytes: Uint8Array;
}

/** One step of a room's log. */
export interface LogChange {
  readonly room: RoomId;
  /** Absent: no entry, members alone. */
  readonly entry: KeptEntry | undefined;
  readonly settled: number;
  /** Members that came or changed. */
  readonly members: readonly Member[];
  /** undefined: as it was; null: off. */
  readonly link: (RoomLink & { readonly base: number }) | null | undefined;
  readonly welcomes: readonly NewWelcome[];
}

export interface NewRoom {
  readonly id: RoomId;
  readonly creator: DeviceId;
  readonly header: Uint8Array;
  /** H(0). */
  readonly hash: Uint8Array;
  /** The change that follows in the same transaction: members, link, and the first commit if there is one. */
  readonly change: LogChange;
}

type Unnumbered<T> = T extends unknown ? Omit<T, "number"> : never;

/** An inbox entry that is not part of a log's step. */
export type InboxNotice = Exclude<Unnumbered<InboxEntry>, { readonly kind: "welcome" }>;

/** A new inbox entry and whose it is. */
export interface Delivery {
  readonly device: DeviceId;
  readonly entry: InboxEntry;
}

export interface ClaimedPackage {
  readonly device: DeviceId;
  readonly bytes: Uint8Array;
  readonly lastResort: boolean;
}

/** Lines of the journal of actions that are kept: whoever provokes one after the other does not fill the disk. */
export const AUDIT_LINES_MAX = 1_000_000;

/** One line of the journal of actions: never content. */
export interface AuditRecord {
  readonly time: number;
  readonly event: string;
  readonly address: string;
  readonly name: string | undefined;
  readonly code: string | undefined;
  /** Whom an order of the operator concerns. */
  readonly about?: string;
}

/** Who is online now. */
export interface ConnectionRecord {
  readonly id: number;
  readonly address: string;
  readonly since: number;
  /** undefined: nobody that is known yet. */
  readonly name: string | undefined;
}

/** What the operator is shown of an account. */
export interface UserRecord extends Pick<AccountRecord, "name" | "registration" | "confirmed" | "admin"> {
  readonly banned: boolean;
  /** Where it was last signed in from; undefined: never since this is noted. */
  readonly lastAddress: string | undefined;
}

export interface Tables {
  /** 16 random bytes, made with the database: another one means that the log is another. */
  generation(): Uint8Array;

  /** Holds a name for an account that has yet to be confirmed; drops who held it longer than allowed. */
  hold(account: NewAccount, now: number): "held" | "name-taken";
  /** Drops every account that was not confirmed in time. */
  dropLapsed(now: number): void;
  account(id: AccountId): AccountRecord | undefined;
  accountNamed(name: UserName): AccountRecord | undefined;
  /** Whoever has this name, or where nobody does some other account: the name is to be compared. Takes equally long. */
  accountToTry(name: UserName): AccountRecord | undefined;
  /** Confirms an account with the TOTP step that it proved. The first one is admin. undefined: cannot be (any more). */
  confirm(
    id: AccountId,
    step: number,
    backupCodes: readonly Uint8Array[],
    now: number,
  ): { readonly admin: boolean } | undefined;
  /** Accepts a TOTP step once, and none before it. */
  acceptStep(id: AccountId, step: number): boolean;
  /** Accepts a backup code, given by its hash, once. */
  acceptBackupCode(id: AccountId, hash: Uint8Array): boolean;
  setRegistration(id: AccountId, registration: Uint8Array): void;
  /** Confirmed accounts by name. */
  directory(): readonly { readonly name: UserName; readonly id: AccountId }[];

  /** Serialised entries, oldest first; empty for an unknown account. */
  chain(account: AccountId): readonly Uint8Array[];
  /** False when the chain does not have `length` entries (any more). */
  appendChain(account: AccountId, length: number, entry: Uint8Array, change: ChainChange): boolean;
  device(id: DeviceId): DeviceRecord | undefined;
  /** Devices of the account that are not revoked. */
  devicesOf(account: AccountId): readonly DeviceId[];
  /** Takes the counter of a Resume; false when it is not above the last one. */
  resume(device: DeviceId, counter: number): boolean;

  /** False when the room exists. */
  createRoom(room: NewRoom): readonly Delivery[] | false;
  room(id: RoomId): RoomRecord | undefined;
  /** How many rooms devices of the account have made. */
  countRooms(account: AccountId): number;
  /** Rooms that the device may read something of, in the order in which they were made. */
  roomsOf(device: DeviceId): readonly RoomId[];
  /** Rooms in which another device of the account has access and `device` has none. */
  roomsWithout(account: AccountId, device: DeviceId): readonly RoomId[];
  /** Throws unless the entry is the next of its room: the log is gapless whatever happens above. */
  change(change: LogChange): readonly Delivery[];
  /** Steps of one log that follow each other: all of them, or none. */
  changeAll(changes: readonly LogChange[]): readonly Delivery[];
  entryMark(room: RoomId, device: DeviceId, id: EntryId): EntryMark | undefined;
  /** Entries of `from` to `to`, at most `limit` and, after the first, `bytesMax`. */
  entries(room: RoomId, from: number, to: number, limit: number, bytesMax: number): readonly Entry[];
  groupInfo(room: RoomId): { readonly base: number; readonly sealed: Uint8Array } | undefined;
  /** Those of `refs` that are no devices of those accounts, or of one that is not confirmed. */
  unknownDevices(refs: readonly DeviceRef[]): readonly DeviceRef[];
  /** Notes how far a device is; cursors never go back. Who was taken out and has read that is forgotten: true. */
  setCursor(room: RoomId, device: DeviceId, seq: number): boolean;

  /** Number of the newest inbox entry that ever was, 0 for none. */
  inboxLast(device: DeviceId): number;
  inbox(device: DeviceId, from: number, limit: number, bytesMax: number): readonly InboxEntry[];
  dropInbox(device: DeviceId, upTo: number): void;
  /** Puts a notice into the inbox of each of these devices, of which unknown ones are left out. */
  notify(devices: readonly DeviceId[], notice: InboxNotice): readonly Delivery[];

  /**
   * False when the device would have more than `max`; then nothing is stored.
   *
   * @param replace - all earlier ones are forgotten first, the last resort too.
   */
  putKeyPackages(
    device: DeviceId,
    packages: readonly Uint8Array[],
    lastResort: Uint8Array | undefined,
    max: number,
    replace: boolean,
  ): boolean;
  countKeyPackages(device: DeviceId): number;
  /**
   * One package of each device of the account that is not revoked and has one; undefined: no confirmed account.
   *
   * @param isSpared - the last resorts alone, so that nothing is used up.
   */
  claimKeyPackages(
    account: AccountId,
    isSpared?: boolean,
  ): { readonly packages: readonly ClaimedPackage[]; readonly notices: readonly Delivery[] } | undefined;

  /** Append-only; above {@link AUDIT_LINES_MAX} lines the oldest are forgotten. */
  audit(record: AuditRecord): void;
  /** The newest `limit` lines, oldest first. */
  audits(limit: number): readonly AuditRecord[];
  connected(connection: ConnectionRecord): void;
  disconnected(id: number): void;
  connections(): readonly ConnectionRecord[];

  /** Shuts a name out, whether or not somebody has it. */
  ban(name: UserName, time: number): void;
  /** False when it was not shut out. */
  unban(name: UserName): boolean;
  /** Everybody who is shut out. */
  bans(): readonly UserName[];
  /** Every account by name, also those that are only held. */
  users(): readonly UserRecord[];
}

type Later<F> = F extends (...args: infer A) => infer R ? (...args: A) => Promise<R> : never;

export type Store = { readonly [K in keyof Tables]: Later<Tables[K]> } & AsyncDisposable;

/** The outside failed: nothing of the call was stored. `full` asks the operator for room on the disk. */
export class StoreError extends Error {
  readonly code: "full" | "gap" | "closed" | "failed";
  constructor(code: StoreError["code"], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "StoreError";
    this.code = code;
  }
}
