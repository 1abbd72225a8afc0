/** Commits of other devices: opened by MLS, judged by the room's rules, adopted or skipped. */
import { type AccountId, type Entry, equalBytes, parseAuthenticated } from "@sotto/wire";
import { planHealing } from "../commits.ts";
import { isRemoved, leaves, type OpenedCommit, open, roomInfo } from "../group/index.ts";
import { judgeLeaves } from "../identity/contacts.ts";
import { fetchChains } from "../identity/fetch.ts";
import { counts } from "../rooms/judge.ts";
import { leaveRoom } from "../rooms/leave.ts";
import { soundProofs } from "../rooms/leavers.ts";
import type { Room } from "../state.ts";
import type { Turn } from "../turn.ts";
import { advance, compareTranscripts } from "./advance.ts";

/** @returns false when it has to wait for a chain, or the room is no more. */
export async function applyCommit(turn: Turn, room: Room, entry: Entry, hash: Uint8Array): Promise<boolean> {
  const { group } = room;
  const before = group && leaves(group);
  const info = group && roomInfo(group);
  const opened = entry.base === room.base && group ? open(turn.suite, group, "commit", entry.bytes) : undefined;
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
  if (authenticated !== undefined && !opened.external) {
    const { seq, hash: claimed } = authenticated;
    await compareTranscripts(turn, room, { at: entry.seq, seq, hash: claimed, account: opened.sender.account });
  }
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

function sameBytes(left: Uint8Array | undefined, right: Uint8Array | undefined): boolean {
  return left === undefined || right === undefined ? left === right : equalBytes(left, right);
}
