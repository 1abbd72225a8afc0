/** From the records of the vault to the state of a device. */
import type { AccountId, RoomId, UserName } from "@sotto/wire";
import { type Group, restoreGroup } from "./group/index.ts";
import { type Contact, readContact } from "./identity/contacts.ts";
import { type Store, VaultError } from "./ports.ts";
import {
  type AccountRecord,
  type ContactRecord,
  decodeRecord,
  type IntentRecord,
  KEYS,
  type KeyPackageRecord,
  type LeafRecord,
  type LeftRecord,
  type NameRecord,
  type NoteRecord,
  type PendingRecord,
  type RecoveryRecord,
  type RoomRecord,
  type TallyRecord,
} from "./records.ts";
import { IDLE } from "./rooms/new-room.ts";
import type { Intent, Pending, Room, State } from "./state.ts";
import type { Turn } from "./turn.ts";
import { unreadOf } from "./unread.ts";

/** What a device knows before anybody signed in. */
export const EMPTY_STATE: State = {
  store: undefined,
  me: undefined,
  contacts: new Map(),
  names: new Map(),
  rooms: new Map(),
  left: new Map(),
  leaves: new Map(),
  notes: new Map(),
  keyPackages: [],
  stock: { left: 0, countedAt: 0 },
  inbox: [],
  inboxBusy: false,
  unopened: false,
  session: { state: "offline", attempt: 0, retryAt: undefined },
  order: 1,
  digestDue: false,
  settlement: undefined,
  proof: undefined,
  change: undefined,
  recovery: undefined,
  halted: undefined,
  waiting: new Map(),
  requests: 0,
  parked: [],
  undecided: [],
  sleepers: [],
  lookedAt: 0,
  leaving: undefined,
  sending: new Map(),
};

/**
 * Takes everything in that the store holds.
 *
 * @returns false when nothing was ever put into it.
 * @throws VaultError when a record cannot be read: leaving one out would lose what it holds.
 */
export async function load(turn: Turn, store: Store): Promise<boolean> {
  const records = await store.load();
  if (records.size === 0) return false;
  const me = read<AccountRecord>(records, KEYS.account);
  if (me === undefined) throw unreadable(KEYS.account);
  const contacts = new Map<AccountId, Contact>();
  const names = new Map<UserName, AccountId>();
  for (const record of readAll<ContactRecord>(records, "contact/")) {
    const contact = readContact(turn.ports.crypto, me.relay, record);
    if (contact === undefined) throw unreadable(KEYS.contact(record.account));
    contacts.set(contact.account, contact);
  }
  for (const { name, account } of readAll<NameRecord>(records, "name/")) names.set(name, account);
  const intents = [...readAll<IntentRecord>(records, "intent/")].sort((one, other) => one.order - other.order);
  const rooms = new Map<RoomId, Room>();
  const groups = groupParts(records);
  for (const record of readAll<RoomRecord>(records, "room/")) {
    const parts = groups.get(record.room);
    const pending = read<PendingRecord>(records, KEYS.pending(record.room));
    const queue: Intent[] = intents
      .filter((intent) => intent.room === record.room)
      .map((intent) => ({ ...intent, flying: false, stale: 0 }));
    const tally = read<TallyRecord>(records, KEYS.tally(record.room));
    const unread = await unreadOf(store, record, tally, me.account);
    const group = parts && restored(turn, record.room, parts);
    rooms.set(record.room, {
      ...IDLE,
      voices: new Map(record.elsewhere?.map((voice) => [voice, "elsewhere"] as const)),
      ...record,
      last: record.seq,
      group,
      unread,
      tallied: tally?.seq ?? 0,
      queue,
      pending: pending && withGroup(turn, pending, record, parts ?? new Map()),
    });
  }
  const keyPackages = [...readAll<KeyPackageRecord>(records, "key-package/")].sort(
    (one, other) => one.number - other.number,
  );
  const left = new Map([...readAll<LeftRecord>(records, "left/")].map(({ room, seq }) => [room, seq]));
  const leaves = new Map([...readAll<LeafRecord>(records, "leaf/")].map(({ room, leafKey }) => [room, leafKey]));
  const notes = new Map([...readAll<NoteRecord>(records, "note/")].map(({ key, text }) => [key, text]));
  const order = (intents.at(-1)?.order ?? 0) + 1;
  const stored = read<RecoveryRecord>(records, KEYS.recovery);
  // Whatever it was waiting for ended when the program did.
  const recovery = stored && { ...stored, state: stored.state === "told" ? stored.state : ("found" as const) };
  turn.set({ recovery });
  turn.set({ store, me, halted: me.halted, contacts, names, keyPackages, left, leaves, notes, order });
  turn.loaded(rooms);
  return true;
}

type Parts = ReadonlyMap<string, Uint8Array>;

/** The groups of all rooms, in the parts that they are stored in. */
function groupParts(records: ReadonlyMap<string, Uint8Array>): Map<string, Map<string, Uint8Array>> {
  const groups = new Map<string, Map<string, Uint8Array>>();
  for (const [key, value] of records) {
    const [kind, room = "", ...name] = key.split("/");
    if (kind !== "group") continue;
    const parts = groups.get(room) ?? new Map<string, Uint8Array>();
    groups.set(room, parts.set(name.join("/"), value));
  }
  return groups;
}

function restored(turn: Turn, room: RoomId, parts: Parts): Group {
  const group = restoreGroup(turn.suite, parts);
  if (group === undefined) throw unreadable(KEYS.group(room, "context"));
  return group;
}

/** The group that a pending commit leads to: the stored one, but for what the commit changes. */
function withGroup(turn: Turn, pending: PendingRecord, room: RoomRecord, stored: Parts): Pending | undefined {
  if (pending.kind === "commit" && pending.base !== room.base) {
    // Another commit was applied since: this one will not be taken, and what it changes stands no more.
    turn.delete(KEYS.pending(room.room));
    return undefined;
  }
  const parts = new Map(pending.kind === "join" ? [] : stored);
  for (const { name, value } of pending.next) {
    if (value === undefined) parts.delete(name);
    else parts.set(name, value);
  }
  return { ...pending, group: restored(turn, room.room, parts), flying: false, stale: 0 };
}

function read<T extends object>(records: ReadonlyMap<string, Uint8Array>, key: string): T | undefined {
  const bytes = records.get(key);
  if (bytes === undefined) return undefined;
  const record = decodeRecord<T>(bytes);
  if (record === undefined) throw unreadable(key);
  return record;
}

function* readAll<T extends object>(records: ReadonlyMap<string, Uint8Array>, prefix: string): Generator<T> {
  for (const [key, bytes] of records) {
    if (!key.startsWith(prefix)) continue;
    const record = decodeRecord<T>(bytes);
    if (record === undefined) throw unreadable(key);
    yield record;
  }
}

function unreadable(key: string): VaultError {
  return new VaultError("vault-damaged", `the record ${key} cannot be read: it is damaged, or a newer sotto wrote it`);
}
