/** Commits of other devices: opened by MLS, judged by the room's rules, adopted or skipped. */
import { type AccountId, type Entry, equalBytes, parseAuthenticated } from "@sotto/wire";
import { planHealing } from "../commits.ts";
import { isRemoved, leaves, type OpenedCommit, open, roomInfo } from "../group/index.ts";
import { heardChain } from "../identity/claims.ts";
import { judgeLeaves } from "../identity/contacts.ts";
import { fetchChains } from "../identity/fetch.ts";
import { heard, mayPart, stray, unreadInNewPlace } from "../rooms/astray.ts";
import { counts } from "../rooms/judge.ts";
import { leaveRoom } from "../rooms/leave.ts";
import { leaveInStead } from "../rooms/leave-again.ts";
import { leavingAccounts, soundProofs } from "../rooms/leavers.ts";
import { provenRevoked, unknownChains } from "../rooms/revoked.ts";
import type { Room } from "../state.ts";
import type { Turn } from "../turn.ts";
import { advance, compareTranscripts } from "./advance.ts";
import { tellCommit } from "./tell.ts";

/** How long the Welcome of one that goes out and comes in by one commit may take. */
const WELCOME_MS = 10_000;

/** @returns false when it has to wait for a chain, or the room is no more. */
export async function applyCommit(turn: Turn, room: Room, entry: Entry, hash: Uint8Array): Promise<boolean> {
  const { group } = room;
  const before = group && leaves(group);
  const info = group && roomInfo(group);
  const opened = entry.base === room.base && group ? open(turn.suite, group, "commit", entry.bytes) : undefined;
  if (before === undefined || info === undefined || opened?.type !== "commit")
    return skip(turn, room, entry, hash, undefined);
  const { contacts } = turn.state;
  const points = parseAuthenticated(opened.authenticated)?.revocations ?? [];
  const unseen = unknownChains(contacts, before, points);
  const { verdict, missing } = judgeLeaves(contacts, [...opened.adds, opened.sender]);
  // All that it needs at once: what is missing after the answer is missing, and no second answer comes for this entry.
  const needed = [...new Set([...unseen, ...missing])];
  if (verdict !== "false" && needed.length > 0 && room.chainsFetchedFor !== entry.seq)
    return waitForChains(turn, room, entry, needed);
  for (const account of unseen) {
    // As for leaves: what is missing after the answer is missing, and the removal is not proven.
    const username = turn.nameOf(account);
    turn.update({ type: "warning", code: "chain-withheld", roomId: room.room, username });
  }
  const revoked = provenRevoked(contacts, before, points);
  const judged = { room: room.room, base: room.base, info, leaves: before, revoked };
  if (!counts(turn.ports.crypto, judged, entry, opened)) return skip(turn, room, entry, hash, opened.sender.account);
  if (verdict === "false") return skip(turn, room, entry, hash, opened.sender.account);
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
  if (authenticated !== undefined && !opened.external) {
    const { seq, hash: claimed } = authenticated;
    heardChain(turn, opened.sender.account, authenticated.chain);
    const claim = { at: entry.seq, seq, hash: claimed, account: opened.sender.account };
    if (!(await compareTranscripts(turn, room, claim))) return false;
  }
  const leaving = leavingAccounts(
    turn.ports.crypto,
    room.room,
    before,
    opened.external ? room.leavers : (authenticated?.leaves ?? []),
  );
  // Told before it is adopted: a room that this device is taken out of is no more afterwards.
  tellCommit(turn, room.room, entry.seq, { info, leaves: before }, opened, { leaving, revoked });
  await adopt(turn, room, entry, hash, opened);
  return turn.room(room.room) !== undefined;
}

async function adopt(turn: Turn, room: Room, entry: Entry, hash: Uint8Array, commit: OpenedCommit): Promise<void> {
  const before = room.group && roomInfo(room.group);
  if (commit.removed || isRemoved(commit.next)) {
    advance(turn, room, entry, hash, {});
    // Out and in again by one commit, as it asked: its Welcome follows.
    const anew = commit.adds.find((leaf) => leaf.device === turn.me.device);
    if (anew !== undefined) {
      // Should that be lost, it asks with the leaf that it has there now.
      turn.putLeaf(room.room, anew.encryptionKey);
      return stray(turn, room.room, WELCOME_MS);
    }
    turn.tell({ type: "cursor", room: room.room, seq: entry.seq });
    return leaveRoom(turn, room.room);
  }
  const members = room.group && leaves(room.group);
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
  const now = turn.room(room.room);
  if (now !== undefined && members !== undefined) leaveInStead(turn, { ...now, leavers: room.leavers }, members);
  heard(turn, room.room, entry.device, "here");
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
  noteSkipped(turn, room, entry, account !== undefined);
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

/**
 * Its author holds it; whether others do will show.
 *
 * @param isRead - it was opened, so its author stood where this device stands. Its base alone does not say so: a Welcome
 * may have led beside the epoch of that number.
 */
function noteSkipped(turn: Turn, room: Room, entry: Entry, isRead: boolean): void {
  if (entry.base === room.base) {
    if (!isRead && room.split?.joined === true) return unreadInNewPlace(turn, room, entry);
    heard(turn, room.room, entry.device, "here");
  }
  const now = turn.room(room.room);
  if (now !== undefined) mayPart(turn, now, entry.seq);
  heard(turn, room.room, entry.device, "elsewhere");
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

function sameBytes(left: Uint8Array | undefined, right: Uint8Array | undefined): boolean {
  return left === undefined || right === undefined ? left === right : equalBytes(left, right);
}
