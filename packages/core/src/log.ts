/** Entries of rooms' logs: received in any order, applied in the one order, each exactly once. */
import {
  type AccountId,
  type Entry,
  equalBytes,
  LIMITS,
  parseAuthenticated,
  parseContent,
  parseHeader,
  type RoomId,
  transcriptStep,
} from "@sotto/wire";
import { adoptOwnCommit, noticeLeaver, planHealing } from "./commits.ts";
import { unpad } from "./content.ts";
import { isRemoved, leaves, type OpenedCommit, type OpenedMessage, open, roomInfo } from "./group/index.ts";
import { judgeLeaves } from "./identity/contacts.ts";
import { fetchChains } from "./identity/fetch.ts";
import { ownMessageApplied } from "./outbox.ts";
import { counts } from "./rooms/judge.ts";
import { leaveRoom } from "./rooms/leave.ts";
import { soundProofs } from "./rooms/leavers.ts";
import { linkKeys } from "./rooms/link-keys.ts";
import type { Intent, Room } from "./state.ts";
import { showMessage } from "./timeline.ts";
import type { Turn } from "./turn.ts";

const LIES_WAIT_MS = 60_000;

/** A batch of entries from the relay, pushed or fetched: what is old is dropped, a gap is fetched. */
export async function receive(turn: Turn, id: RoomId, entries: readonly Entry[]): Promise<void> {
  const room = turn.room(id);
  if (room === undefined || room.status === "joining" || room.status === "waiting") return;
  // Before the own creation is answered, entries of another are those of somebody who was first.
  if (room.status === "creating" && entries[0]?.device !== turn.me.device) return;
  const newest = entries.at(-1)?.seq ?? 0;
  let next = (room.backlog.at(-1)?.seq ?? room.seq) + 1;
  const fresh: Entry[] = [];
  for (const entry of entries) {
    if (entry.seq === next) {
      fresh.push(entry);
      next++;
    }
  }
  turn.patch(id, { backlog: [...room.backlog, ...fresh], last: Math.max(room.last, newest) });
  turn.attend(id);
}

/** Applies what can be applied, tells the relay how far, and fetches what is missing. */
export async function applyBacklog(turn: Turn, id: RoomId): Promise<void> {
  const before = turn.room(id)?.seq;
  for (;;) {
    const room = turn.room(id);
    const [entry] = room?.backlog ?? [];
    if (room === undefined || entry === undefined || room.blocked || turn.state.halted !== undefined) break;
    if (!(await applyEntry(turn, room, entry))) break;
  }
  const after = turn.room(id);
  if (after === undefined) return;
  if (after.seq !== before) turn.tell({ type: "cursor", room: id, seq: after.seq });
  if (!after.blocked && after.backlog.length === 0) fetchMissing(turn, id);
}

/** Asks for what the relay has and this device has not. */
function fetchMissing(turn: Turn, id: RoomId): void {
  const room = turn.room(id);
  if (room === undefined || room.fetching || room.seq >= room.last || turn.state.session.state !== "online") return;
  if (room.status !== "member" && room.status !== "creating") return;
  turn.patch(id, { fetching: true });
  turn.ask({ type: "fetch", room: id, from: room.seq + 1, limit: LIMITS.fetchMax }, async (later, body) => {
    if (later.room(id) === undefined) return undefined;
    later.patch(id, { fetching: false });
    if (body?.type !== "fetched") return undefined;
    const now = later.room(id);
    if (now === undefined) return undefined;
    if (body.entries.length === 0 && now.seq < now.last) {
      // It told of entries that it has not: asking again at once would never end.
      later.update({ type: "warning", code: "relay-lies", roomId: id });
      later.patch(id, { last: now.seq, acked: 0, retryAt: later.now + LIES_WAIT_MS });
      return undefined;
    }
    later.patch(id, { last: Math.max(now.last, body.last) });
    await receive(later, id, body.entries);
    return undefined;
  });
}

/** @returns false when it has to wait for a chain, or the room is no more. */
async function applyEntry(turn: Turn, room: Room, entry: Entry): Promise<boolean> {
  const hash = transcriptStep(room.hash, entry, (bytes) => turn.ports.crypto.sha256(bytes));
  if (entry.device === turn.me.device) return applyOwn(turn, room, entry, hash);
  if (entry.seq === room.joinedAt) {
    // The commit that the Welcome came from: this device could not read it and starts after it.
    if (!bringsIn(turn, entry)) turn.update({ type: "warning", code: "relay-lies", roomId: room.room });
    advance(turn, room, entry, hash, { base: entry.seq });
    return true;
  }
  return entry.kind === "commit" ? applyCommit(turn, room, entry, hash) : applyMessage(turn, room, entry, hash);
}

function bringsIn(turn: Turn, entry: Entry): boolean {
  const header = parseHeader(entry.header);
  return entry.kind === "commit" && header.ok && header.value.adds.some((add) => add.device === turn.me.device);
}

/** Moves the room past an entry; entry, transcript and whatever changed go into one commit. */
function advance(turn: Turn, room: Room, entry: Entry, hash: Uint8Array, part: Partial<Room>): void {
  const { seq, kind, id, device, base, header, bytes } = entry;
  turn.changes.push({ type: "entry", entry: { room: room.room, seq, kind, id, device, base, header, bytes, hash } });
  turn.hashes.remember(room.room, seq, hash);
  const head = kind === "commit" ? seq : room.head;
  turn.patch(room.room, { seq, hash, head, backlog: (turn.room(room.room)?.backlog ?? []).slice(1), ...part });
}

async function applyOwn(turn: Turn, room: Room, entry: Entry, hash: Uint8Array): Promise<boolean> {
  if (entry.kind === "commit") {
    const { pending } = room;
    const isOurs = pending !== undefined && pending.id === entry.id && equalBytes(pending.bytes, entry.bytes);
    if (!isOurs) return copied(turn, room, entry, hash);
    const valid = pending.base === room.base;
    advance(turn, room, entry, hash, valid ? { base: entry.seq } : {});
    await adoptOwnCommit(turn, room.room, pending, valid);
    return turn.room(room.room) !== undefined;
  }
  const intent = room.queue.find((one) => one.id === entry.id);
  if (intent === undefined || !isOwnCiphertext(turn, intent, entry.bytes)) return copied(turn, room, entry, hash);
  advance(turn, room, entry, hash, {});
  const valid = entry.base === room.base;
  await ownMessageApplied(turn, room.room, intent, entry.seq, valid);
  return turn.room(room.room) !== undefined;
}

/** The ciphertext that was made last, or an earlier one whose answer was lost. */
function isOwnCiphertext(turn: Turn, { attempt, earlier }: Intent, bytes: Uint8Array): boolean {
  if (attempt !== undefined && equalBytes(attempt.bytes, bytes)) return true;
  const hash = turn.ports.crypto.sha256(bytes);
  return earlier.some((known) => equalBytes(known, hash));
}

/** An entry of this device that it did not make: another copy of the profile is at work. */
async function copied(turn: Turn, room: Room, entry: Entry, hash: Uint8Array): Promise<boolean> {
  if ((await turn.store.message(room.room, entry.id)) === undefined) {
    turn.halt("profile-copied");
    return false;
  }
  // It did make it, and it stands in the log already: the relay repeats it.
  turn.update({ type: "warning", code: "relay-lies", roomId: room.room });
  advance(turn, room, entry, hash, {});
  return true;
}

async function applyMessage(turn: Turn, room: Room, entry: Entry, hash: Uint8Array): Promise<boolean> {
  const opened =
    entry.base === room.base && room.group ? await open(turn.suite, room.group, "message", entry.bytes) : undefined;
  const authenticated = opened && parseAuthenticated(opened.authenticated);
  if (
    opened?.type !== "message" ||
    authenticated === undefined ||
    opened.sender.device !== entry.device ||
    authenticated.room !== room.room ||
    authenticated.base !== entry.base ||
    authenticated.seq >= entry.seq
  ) {
    turn.notice("an entry that could not be read was skipped");
    advance(turn, room, entry, hash, {});
    return true;
  }
  await compareTranscripts(turn, room, authenticated, opened.sender.account);
  const plain = unpad(opened.padded);
  const content = plain && parseContent(plain);
  advance(turn, room, entry, hash, { group: opened.next });
  if (content === undefined || content.id !== entry.id) return true;
  await applyContent(turn, room.room, entry, opened, content);
  return true;
}

async function applyContent(
  turn: Turn,
  id: RoomId,
  entry: Entry,
  { sender }: OpenedMessage,
  content: NonNullable<ReturnType<typeof parseContent>>,
): Promise<void> {
  switch (content.type) {
    case "text":
      return showMessage(turn, {
        room: id,
        seq: entry.seq,
        id: entry.id,
        account: sender.account,
        device: sender.device,
        sentAt: content.sentAt,
        text: content.text,
      });
    case "leave":
      return noticeLeaver(turn, id, { device: sender.device, signature: content.signature });
    case "link-secret": {
      const group = turn.room(id)?.group;
      const info = group && roomInfo(group);
      if (info?.kind !== "room" || info.linkKey === undefined) return;
      const keys = linkKeys(turn.ports.crypto, id, content.secret);
      if (equalBytes(keys.publicKey, info.linkKey)) turn.patch(id, { secret: content.secret });
      return;
    }
    case "unknown":
      return;
  }
}

async function applyCommit(turn: Turn, room: Room, entry: Entry, hash: Uint8Array): Promise<boolean> {
  const { group } = room;
  const before = group && leaves(group);
  const info = group && roomInfo(group);
  const opened = entry.base === room.base && group ? await open(turn.suite, group, "commit", entry.bytes) : undefined;
  if (before === undefined || info === undefined || opened?.type !== "commit")
    return skip(turn, room, entry, hash, undefined);
  const judged = { room: room.room, base: room.base, info, leaves: before };
  if (!counts(turn.ports.crypto, judged, entry, opened)) return skip(turn, room, entry, hash, opened.sender.account);
  const { verdict, missing } = judgeLeaves(turn.state.contacts, [...opened.adds, opened.sender]);
  if (verdict === "false") return skip(turn, room, entry, hash, opened.sender.account);
  if (verdict === "unknown" && room.chainsFetchedFor !== entry.seq) return waitForChains(turn, room, entry, missing);
  if (verdict === "unknown") {
    // The relay has no such chain: it withholds it, or the leaf names one that is not. No member may stop a room so.
    turn.update({
      type: "warning",
      code: "chain-withheld",
      roomId: room.room,
      username: turn.nameOf(opened.sender.account),
    });
    return skip(turn, room, entry, hash, opened.sender.account);
  }
  const authenticated = parseAuthenticated(opened.authenticated);
  if (authenticated !== undefined && !opened.external)
    await compareTranscripts(turn, room, authenticated, opened.sender.account);
  await adopt(turn, room, entry, hash, opened);
  return turn.room(room.room) !== undefined;
}

async function adopt(turn: Turn, room: Room, entry: Entry, hash: Uint8Array, commit: OpenedCommit): Promise<void> {
  const before = room.group && roomInfo(room.group);
  if (commit.removed || isRemoved(commit.next)) {
    advance(turn, room, entry, hash, {});
    turn.tell({ type: "cursor", room: room.room, seq: entry.seq });
    return leaveRoom(turn, room.room);
  }
  const renewed =
    before?.kind === "room" && commit.info.kind === "room" && !sameBytes(before.linkKey, commit.info.linkKey);
  advance(turn, room, entry, hash, {
    group: commit.next,
    base: entry.seq,
    leavers: soundProofs(turn.ports.crypto, room.room, commit.leaves, room.leavers),
    choreAt: undefined,
    healing: false,
    skips: 0,
    ...(renewed ? { secret: undefined } : {}),
  });
  const renamed = before?.kind === "room" && commit.info.kind === "room" && before.name !== commit.info.name;
  turn.update({ type: "room", roomId: room.room, event: renamed ? "renamed" : "members" });
}

/** A commit that does not count: the state stays as it was, its sender is named, and the first member online heals. */
async function skip(
  turn: Turn,
  room: Room,
  entry: Entry,
  hash: Uint8Array,
  account: AccountId | undefined,
): Promise<boolean> {
  advance(turn, room, entry, hash, {});
  const username = account === undefined ? undefined : turn.nameOf(account);
  turn.update({
    type: "warning",
    code: "commit-skipped",
    roomId: room.room,
    ...(username === undefined ? {} : { username }),
  });
  planHealing(turn, room.room);
  return true;
}

async function waitForChains(turn: Turn, room: Room, entry: Entry, missing: readonly AccountId[]): Promise<boolean> {
  turn.patch(room.room, { blocked: true });
  fetchChains(turn, missing, async (later) => {
    if (later.room(room.room) === undefined) return;
    later.patch(room.room, { blocked: false, chainsFetchedFor: entry.seq });
    later.attend(room.room);
  });
  return false;
}

/** Two members that saw two logs find it out here, at the next honest entry. */
async function compareTranscripts(
  turn: Turn,
  room: Room,
  claim: { readonly seq: number; readonly hash: Uint8Array },
  account: AccountId,
): Promise<void> {
  if (claim.seq === 0 || room.forked) return;
  const own =
    claim.seq === room.seq
      ? room.hash
      : (turn.hashes.get(room.room, claim.seq) ?? (await turn.store.hashAt(room.room, claim.seq)));
  if (own === undefined || equalBytes(own, claim.hash)) return;
  turn.patch(room.room, { forked: true });
  turn.update({ type: "warning", code: "log-forked", roomId: room.room, username: turn.nameOf(account) });
}

function sameBytes(left: Uint8Array | undefined, right: Uint8Array | undefined): boolean {
  return left === undefined || right === undefined ? left === right : equalBytes(left, right);
}
