/**
 * A relay that went back in time, by a backup or a disk that lost its last writes. Until the person agrees, nothing is
 * sent. Then this device goes on from what the relay has, and gives it the entries that it lacks: the same bytes in the
 * same places, so that nobody can tell that they were away. What nobody gives is named as lost. docs/protocol.md,
 * section 9.
 */
import { type Entry, LIMITS, type RoomId, type ServerBody, transcriptStart } from "@sotto/wire";
import { leafOfDevice } from "./group/index.ts";
import { countAnew } from "./inbox.ts";
import { replaceAll } from "./key-packages.ts";
import type { StoredEntry } from "./ports.ts";
import { KEYS } from "./records.ts";
import { stray } from "./rooms/astray.ts";
import { leaveRoom } from "./rooms/leave.ts";
import { linkOf } from "./rooms/link-info.ts";
import { linkKeys } from "./rooms/link-keys.ts";
import { nameOf } from "./rooms/names.ts";
import { newRoom } from "./rooms/new-room.ts";
import { isSameEntry } from "./rooms/own-log.ts";
import { askForRooms } from "./rooms/readmit.ts";
import { sendAgain } from "./rooms/return.ts";
import type { Room } from "./state.ts";
import type { Turn } from "./turn.ts";
import { setUnread } from "./unread.ts";

const BATCH = 200;
const BATCH_BYTES = 600_000;
const AGAIN_MS = 5000;
/** How often another client may be faster, or the relay not answer, before a room is taken as it is. */
const TRIES = 20;
/** How often others are looked for who give back what this device never had. */
const OTHERS_TRIES = 6;
/** Lost texts of others that are told one by one. */
const TOLD_MAX = 100;

type Session = Extract<ServerBody, { type: "session" }>;

/** The person says: go on with what the relay has. @returns true where a connection is to be made for it. */
export function acceptRollback(turn: Turn): boolean {
  const { halted, session } = turn.state;
  const isHalted = halted === "relay-rolled-back";
  if (!isHalted && missingRooms(turn).length === 0) return false;
  turn.putMe({ settling: true });
  if (isHalted) turn.set({ halted: undefined });
  turn.hangUp();
  return session.state === "offline";
}

/** Rooms that this device is in and that the relay does not know any more. */
function missingRooms(turn: Turn): readonly Room[] {
  const { session, rooms } = turn.state;
  if (session.state !== "online") return [];
  const { relay } = session;
  return [...rooms.values()].filter(
    ({ room, status, astray }) =>
      status === "member" && astray === undefined && !relay.rooms.some((one) => one.room === room),
  );
}

/** The relay knows neither this account nor this device: nothing can be given back to it. */
export function forgotten(turn: Turn): void {
  turn.putMe({ settling: undefined });
  turn.notice("account-lost", {});
}

/** Signed in after the person agreed: from here on, all is compared with what the relay has. */
export async function settle(turn: Turn, relay: Session): Promise<void> {
  const told = new Map(relay.rooms.map(({ room, last }) => [room, last]));
  const missing = missingRooms(turn);
  for (const room of missing) if (room.kind === "direct") await forgetRoom(turn, room);
  const absent = new Set(missing.flatMap(({ room, kind }) => (kind === "direct" ? [] : [room])));
  const open = new Set(
    [...turn.state.rooms.values()].flatMap(({ room, status }) => (status === "member" ? [room] : [])),
  );
  turn.set({ settlement: { open, given: 0, lost: 0 } });
  await replaceAll(turn);
  askForRooms(turn, relay.accountRooms);
  countAnew(turn);
  for (const room of open) {
    if (absent.has(room)) lookForRoom(turn, room, 0);
    else await compare(turn, room, told.get(room) ?? 0, 0);
  }
  if (open.size === 0) finish(turn);
}

/** A room without this device at the relay: others may give back the commit that brought it in. */
function lookForRoom(turn: Turn, id: RoomId, tries: number): undefined {
  turn.ask({ type: "fetch", room: id, from: 1, limit: 1 }, async (later, body) => {
    if (body === undefined) return undefined;
    if (body.type === "fetched") await compare(later, id, body.last, 0);
    else if (tries < OTHERS_TRIES) again(later, id, tries, async (woken) => lookForRoom(woken, id, tries + 1));
    else {
      const room = later.room(id);
      if (room !== undefined) await forgetRoom(later, room);
      done(later, id);
    }
    return undefined;
  });
}

async function forgetRoom(turn: Turn, room: Room): Promise<void> {
  const name = nameOf(turn, room);
  if (room.kind === "direct") {
    // It is made anew with the next message: its id follows from its two sides.
    const queue = room.queue.map((intent) => ({ ...intent, attempt: undefined, earlier: [], dead: [] }));
    turn.putPending(room.room, undefined);
    turn.patch(room.room, newRoom(turn, room.room, { kind: "direct", status: "waiting", peer: room.peer, queue }));
    turn.changes.push({ type: "shelve", room: room.room });
    turn.delete(KEYS.tally(room.room));
    for (const intent of queue) turn.putIntent(intent);
    turn.notice("conversation-lost", { name });
    return;
  }
  turn.notice("room-lost", { name });
  await leaveRoom(turn, room.room);
}

/** Asks for the newest entry that both may have, and how far the relay's log goes. */
async function compare(turn: Turn, id: RoomId, last: number, tries: number): Promise<void> {
  const room = turn.room(id);
  if (room === undefined || room.status !== "member") return done(turn, id);
  // Behind a place that differs, entries may be the same again: the relay went on, and this device read on.
  const place = Math.min(last, room.seq, room.diverged ?? room.seq);
  if (place < Math.max(room.joinedAt, 1))
    return within(turn, id, { last, tries, same: Math.max(0, room.joinedAt - 1) });
  probe(turn, id, place, tries, async (later, isSame, newest) => {
    const now = later.room(id);
    if (now === undefined) return done(later, id);
    if (!isSame) return bisect(later, id, { last: newest, tries, same: Math.max(0, now.joinedAt - 1), other: place });
    // It has more than it said, since others were giving back meanwhile.
    if (newest > last && place < now.seq && now.diverged === undefined) return compare(later, id, newest, tries);
    await within(later, id, { last: newest, tries, same: place });
  });
}

/** Whether the relay has in a place what this device has there. */
function probe(
  turn: Turn,
  id: RoomId,
  place: number,
  tries: number,
  then: (turn: Turn, isSame: boolean, newest: number) => Promise<void>,
): void {
  turn.ask({ type: "fetch", room: id, from: place, limit: 1 }, async (later, body) => {
    if (body === undefined) return undefined;
    if (body.type !== "fetched")
      return again(later, id, tries, async (woken) => probe(woken, id, place, tries + 1, then));
    const [own] = await later.store.entries(id, place, 1);
    const [theirs] = body.entries;
    await then(later, own?.seq === place && theirs !== undefined && isSameEntry(own, theirs), body.last);
    return undefined;
  });
}

/** Tries later, or takes the room as it is. */
function again(turn: Turn, id: RoomId, tries: number, run: (turn: Turn) => Promise<void>): undefined {
  if (tries >= TRIES) return done(turn, id);
  turn.sleep(AGAIN_MS, run, () => undefined);
  return undefined;
}

interface Found {
  readonly last: number;
  readonly tries: number;
  /** Up to here both have the same. */
  readonly same: number;
}

/** Finds the last place in which both have the same: the relay went on with other entries from there. */
async function bisect(turn: Turn, id: RoomId, found: Found & { readonly other: number }): Promise<void> {
  const { same, other, last, tries } = found;
  if (other - same <= 1) return lose(turn, id, same, last);
  const middle = Math.floor((same + other) / 2);
  probe(turn, id, middle, tries, (later, isSame) =>
    bisect(later, id, isSame ? { ...found, same: middle } : { ...found, other: middle }),
  );
}

/** The relay has the same as this device as far as it goes: it is given the rest, if there is one. */
async function within(turn: Turn, id: RoomId, found: Found): Promise<void> {
  const room = turn.room(id);
  if (room === undefined || found.last >= room.seq) return done(turn, id, found.last);
  const { last } = found;
  const hash = (bytes: Uint8Array) => turn.ports.crypto.sha256(bytes);
  const previous = last === 0 ? transcriptStart(id, hash) : await turn.store.hashAt(id, last);
  const stored = await turn.store.entries(id, last + 1, BATCH);
  const entries = batchOf(stored);
  // Nothing is here of before this device came in: others may have it.
  if (previous === undefined || entries[0]?.seq !== last + 1) return waitForOthers(turn, id, found);
  const isWhole = entries.at(-1)?.seq === room.seq;
  turn.ask(
    { type: "restore", room: id, previous, entries, link: isWhole ? ownLink(turn, room) : undefined },
    async (later, body) => {
      if (body === undefined) return undefined;
      if (body.type === "done") {
        count(later, { given: entries.length });
        await within(later, id, { ...found, last: last + entries.length, same: last + entries.length });
        return undefined;
      }
      const code = body.type === "refused" ? body.code : "internal";
      if (code === "not-allowed" || code === "unknown-room" || code === "too-long") {
        await lose(later, id, last, last);
        return undefined;
      }
      // Somebody else was faster, or it is a hiccup: look again.
      return again(later, id, found.tries, (woken) => compare(woken, id, last, found.tries + 1));
    },
  );
}

/** What lies between the end of the relay's log and what is here, others can give alone. */
function waitForOthers(turn: Turn, id: RoomId, found: Found): undefined {
  const { last, tries } = found;
  turn.ask({ type: "fetch", room: id, from: last + 1, limit: 1 }, async (later, body) => {
    if (body === undefined) return undefined;
    const newest = body.type === "fetched" ? body.last : last;
    const isFilled = newest + 1 >= (later.room(id)?.joinedAt ?? 0);
    if (newest > last && isFilled) await compare(later, id, newest, tries);
    else if (newest > last) again(later, id, 0, (woken) => compare(woken, id, newest, tries));
    else if (tries >= OTHERS_TRIES) await lose(later, id, last, last);
    else again(later, id, tries, async (woken) => waitForOthers(woken, id, { ...found, tries: tries + 1 }));
    return undefined;
  });
}

/** As many as go at once, up to a hole: who came in a second time has nothing of the time between. */
function batchOf(stored: readonly StoredEntry[]): readonly Entry[] {
  const from = stored[0]?.seq ?? 0;
  let bytes = 0;
  const fits = stored.filter((entry, index) => {
    bytes += entry.bytes.length + entry.header.length + 100;
    return entry.seq === from + index && (index === 0 || (bytes <= BATCH_BYTES && index < LIMITS.fetchMax));
  });
  return fits.map(({ seq, kind, device, id, base, header, bytes: sealed }) => ({
    seq,
    kind,
    device,
    id,
    base,
    header,
    bytes: sealed,
  }));
}

/** The GroupInfo for newcomers, from who stands at the newest commit and knows the secret. */
function ownLink(turn: Turn, room: Room) {
  if (room.secret === undefined || room.group === undefined || room.base !== room.head) return undefined;
  const keys = linkKeys(turn.ports.crypto, room.room, room.secret);
  return linkOf(turn, room.room, keys, room.group, { seq: room.seq, hash: room.hash });
}

/**
 * What stands here above a place will not stand in the log again: others went on without it, or the relay takes it no
 * more. Own messages are sent anew, those of others are told once more, and the room goes on from that place.
 */
async function lose(turn: Turn, id: RoomId, same: number, last: number): Promise<void> {
  const room = turn.room(id);
  if (room === undefined) return done(turn, id);
  const gone = room.seq - same;
  const messages = (await turn.store.messages(id, undefined, 1000)).filter(({ seq }) => seq > same);
  const own = messages.filter(({ device }) => device === turn.me.device);
  const theirs = messages.filter(({ device }) => device !== turn.me.device);
  const name = nameOf(turn, room);
  turn.notice("entries-lost", { room: name, count: gone });
  for (const { account, text } of theirs.slice(-TOLD_MAX))
    turn.notice("message-lost", { room: name, sender: turn.nameOf(account), text });
  const hash = same === 0 ? undefined : await turn.store.hashAt(id, same);
  turn.changes.push({ type: "forget", room: id, seq: same });
  sendAgain(turn, id, own);
  if (hash !== undefined)
    turn.patch(id, { seq: same, hash, head: await headAt(turn, room, same), read: Math.min(room.read, same) });
  turn.patch(id, { forked: false, forkedBy: undefined, diverged: undefined, backlog: [] });
  // What is lost is not unread any more, and is still stored until this is done.
  setUnread(turn, id, await turn.store.unread(id, Math.min(room.read, same), turn.me.account, same));
  // A commit among them led into an epoch that is no more, and the one before cannot be gone back to.
  if (room.base > same || hash === undefined) {
    const leafKey = (room.group && leafOfDevice(room.group, turn.me.device)?.encryptionKey) ?? new Uint8Array(0);
    turn.patch(id, { split: { seq: same, leafKey, joined: false } });
    stray(turn, id);
  }
  count(turn, { lost: gone });
  done(turn, id, last);
}

/** Newest commit, valid or not, up to a place. */
async function headAt(turn: Turn, room: Room, same: number): Promise<number> {
  if (room.head <= same) return room.head;
  let head = Math.min(room.base, same);
  for (let from = head; from > 0 && from <= same; from += BATCH) {
    const entries = await turn.store.entries(room.room, from, BATCH);
    for (const { seq, kind } of entries) if (kind === "commit" && seq <= same) head = Math.max(head, seq);
  }
  return head;
}

function count(turn: Turn, more: { readonly given?: number; readonly lost?: number }): void {
  const { settlement } = turn.state;
  if (settlement === undefined) return;
  const { given = 0, lost = 0 } = more;
  turn.set({ settlement: { ...settlement, given: settlement.given + given, lost: settlement.lost + lost } });
}

/** Of this room is known what there is to know. */
function done(turn: Turn, id: RoomId, last = 0): undefined {
  const { settlement } = turn.state;
  const room = turn.room(id);
  if (room !== undefined) turn.patch(id, { last: Math.max(room.seq, last), acked: 0 });
  if (settlement === undefined) return undefined;
  const open = new Set(settlement.open);
  open.delete(id);
  turn.set({ settlement: { ...settlement, open } });
  turn.attend(id);
  if (open.size === 0) finish(turn);
  return undefined;
}

function finish(turn: Turn): void {
  const { settlement } = turn.state;
  turn.putMe({ settling: undefined });
  turn.set({ settlement: undefined });
  turn.notice("rolled-back", { given: settlement?.given ?? 0, lost: settlement?.lost ?? 0 });
  for (const room of turn.state.rooms.keys()) turn.attend(room);
}
