/** Own commits: planned for the current epoch, stored before they leave, adopted when they stand in the log. */
// Over 400 lines: one life of a commit from plan to adoption, and what makes it begin anew, read in one piece.
import {
  type Code,
  EMPTY,
  encodeAuthenticated,
  encodeHeader,
  encodeJoinInfo,
  type LeaveProof,
  PLAIN_AUTHENTICATED,
  type RoomId,
} from "@sotto/wire";
import { waitOf } from "./bounds.ts";
import { tellOwnCommit } from "./entries/tell.ts";
import { leaves, makeCommit, roomInfo } from "./group/index.ts";
import { revokedLeaves } from "./identity/devices.ts";
import { ownClaim, ownLeaf } from "./identity/own.ts";
import { enqueue } from "./outbox.ts";
import { acknowledgedCreation, refusedCreation } from "./rooms/enter.ts";
import { gather } from "./rooms/gather.ts";
import { infoAfter } from "./rooms/info-after.ts";
import { acknowledgedJoin, refusedJoin } from "./rooms/join.ts";
import { leaveInStead, leaveWhenAlone } from "./rooms/leave-again.ts";
import { believedWords, firstToGo, leavingAccounts, soundProofs } from "./rooms/leavers.ts";
import { linkOf } from "./rooms/link-info.ts";
import { linkKeys } from "./rooms/link-keys.ts";
import { chainPoints, provenRevoked } from "./rooms/revoked.ts";
import { isStranded } from "./rooms/stranded.ts";
import { isSendable } from "./sendable.ts";
import type { Operation, OperationPlan, Pending, Room } from "./state.ts";
import type { Turn } from "./turn.ts";
import { personal } from "./words.ts";

/** How long the next in rank waits for the one before. */
const RANK_MS = 3000;
const AGAIN_MS = 5000;
/** How long letting a device in may take. */
const ADMISSION_MS = 10_000;
const STALE_MAX = 3;
const LIES_WAIT_MS = 60_000;
const HEAL_MAX_MS = 3_600_000;
/** Devices that one commit takes out; more follow in the next ones. */
export const REMOVES_MAX = 500;

const HEAL = "heal";
/** The operation that lets a device in that asked for it (rooms/readmit.ts). */
export const READMIT = "readmit";

/** Wants a commit; it is made when the room is quiet and the log is read. */
export async function operate(turn: Turn, id: RoomId, operation: Operation): Promise<void> {
  const room = turn.room(id);
  if (room === undefined) return operation.finished(turn, "unknown-room");
  turn.patch(id, { operations: [...room.operations, operation] });
  turn.attend(id);
}

/** @returns true while a commit is wanted or unanswered: then no message is encrypted. */
export async function pumpCommits(turn: Turn, room: Room): Promise<boolean> {
  if (pumpPending(turn, room)) return true;
  chores(turn, room);
  return runFirst(turn, room);
}

/**
 * Out of step, a device still heals when its turn comes: those who follow no liar find each other by it.
 * @returns true while that is under way.
 */
export async function pumpHealing(turn: Turn, room: Room): Promise<boolean> {
  if (pumpPending(turn, room)) return true;
  const isDue = room.healing && room.choreAt !== undefined && room.choreAt <= turn.now;
  const operations = isDue ? [heal(room.room), ...room.operations] : room.operations;
  if (isDue) turn.patch(room.room, { choreAt: undefined, healing: false, operations });
  const isReadmission = operations[0]?.name === READMIT && isStranded(room);
  return (operations[0]?.name === HEAL || isReadmission) && runFirst(turn, room);
}

async function runFirst(turn: Turn, room: Room): Promise<boolean> {
  const [operation] = turn.room(room.room)?.operations ?? [];
  if (operation === undefined || room.group === undefined || room.queue.some((intent) => intent.flying)) {
    return operation !== undefined;
  }
  const planned = await operation.plan(turn, turn.room(room.room) ?? room);
  if (planned === "done" || typeof planned === "string") {
    await finish(turn, room.room, planned === "done" ? undefined : planned);
    return true;
  }
  const fault = begin(turn, room, planned);
  if (fault !== undefined) await finish(turn, room.room, fault);
  return true;
}

/** @returns true while an own commit or join is unanswered: its fate must be known before anything else is made. */
export function pumpPending(turn: Turn, room: Room): boolean {
  const { pending } = room;
  if (pending === undefined) return false;
  // Read up to the end of the log, and another commit stands where this one was to: it was not taken, plan again.
  const isOvertaken = pending.kind === "commit" && !pending.flying && pending.head !== room.head;
  if (isOvertaken) {
    turn.putPending(room.room, undefined);
    return false;
  }
  if (!pending.flying) sendPending(turn, room.room, pending);
  return true;
}

/** Ends the first operation of a room and goes on with what waits. */
async function finish(turn: Turn, id: RoomId, fault: Code | undefined): Promise<void> {
  const [operation, ...operations] = turn.room(id)?.operations ?? [];
  if (operation === undefined) return;
  turn.patch(id, { operations });
  await operation.finished(turn, fault);
  turn.attend(id);
}

/** Makes the commit, stores it with the group to go on with, and sends it. @returns why it could not be made. */
function begin(turn: Turn, room: Room, plan: OperationPlan): Code | undefined {
  const { group } = room;
  const before = group && roomInfo(group);
  if (group === undefined || before === undefined) return "internal";
  const renewed = plan.renew ? turn.random(32) : undefined;
  const secret = plan.off === true ? undefined : (renewed ?? room.secret);
  const keys = secret && before.kind === "room" ? linkKeys(turn.ports.crypto, room.room, secret) : undefined;
  const members = leaves(group) ?? [];
  const info = infoAfter(turn, { room: room.room, info: before, leaves: members }, plan, renewed && keys?.publicKey);
  const point = { seq: room.seq, hash: room.hash };
  const made = makeCommit(turn.suite, ownLeaf(turn), group, {
    adds: plan.adds.map((add) => add.bytes),
    removes: plan.removes.map((remove) => remove.device),
    info,
    authenticated: encodeAuthenticated({
      room: room.room,
      base: room.base,
      ...point,
      ...PLAIN_AUTHENTICATED,
      leaves: plan.leaves ?? [],
      readmits: plan.readmits ?? [],
      revocations: plan.revocations ?? [],
      chain: ownClaim(turn, group),
    }),
    joinInfo: encodeJoinInfo({ groupInfo: EMPTY, ...point, linkSecret: secret }),
    now: turn.now,
  });
  if (made === undefined) return "internal";
  const { welcome } = made;
  turn.patch(room.room, { group: made.back });
  const pending: Pending = {
    room: room.room,
    id: turn.newId(),
    kind: "commit",
    head: room.head,
    base: room.base,
    bytes: made.bytes,
    header: encodeHeader({ adds: plan.adds, removes: plan.removes }),
    welcomes: welcome === undefined ? [] : plan.adds.map(({ device }) => ({ device, bytes: welcome })),
    // A GroupInfo from who may be alone with its group would lead others, and itself, to where nobody is.
    link:
      plan.off === true
        ? "off"
        : keys === undefined || (room.astray !== undefined && !isStranded(room))
          ? "same"
          : linkOf(turn, room.room, keys, made.next, point),
    joinToken: undefined,
    creation: undefined,
    next: [],
    group: made.next,
    secret: renewed,
    leaving: [...leavingAccounts(turn.ports.crypto, room.room, members, plan.leaves ?? [])],
    revoked: [...provenRevoked(turn.state.contacts, members, plan.revocations ?? [])],
    flying: false,
    stale: 0,
  };
  if (!isSendable(pending)) return "too-long";
  turn.putPending(room.room, pending);
  sendPending(turn, room.room, pending);
  return undefined;
}

/** Sends an own commit or creation, the first time or again: the same bytes always. */
export function sendPending(turn: Turn, id: RoomId, pending: Pending): void {
  turn.patch(id, { pending: { ...pending, flying: true, place: undefined } });
  const { room, head, base, bytes, header, welcomes, joinToken } = pending;
  const link = pending.link === "same" ? undefined : pending.link === "off" ? null : pending.link;
  const commit = { room, id: pending.id, head, base, bytes, header, welcomes, link, joinToken };
  const body =
    pending.creation === undefined
      ? ({ type: "commit", ...commit } as const)
      : ({
          type: "room-create",
          room,
          header: pending.creation,
          link: link ?? undefined,
          commit: bytes.length === 0 ? undefined : { ...commit, link: undefined },
        } as const);
  turn.ask(body, async (later, answer) => {
    const now = later.room(id)?.pending;
    if (now === undefined || now.id !== pending.id) return undefined;
    if (answer?.type === "ack") await acknowledged(later, id, now, answer.seq, answer.previous);
    else if (answer?.type === "refused") await refused(later, id, now, answer);
    return undefined;
  });
}

async function acknowledged(
  turn: Turn,
  id: RoomId,
  pending: Pending,
  seq: number,
  previous: Uint8Array,
): Promise<void> {
  if (pending.kind === "join") {
    await acknowledgedJoin(turn, id, pending, seq, previous);
    return gather(turn, id);
  }
  if (pending.kind === "create" && pending.bytes.length === 0) {
    await acknowledgedCreation(turn, id);
    return gather(turn, id);
  }
  const room = turn.room(id);
  if (room === undefined) return;
  turn.patch(id, { status: "member", acked: Math.max(room.acked, seq), pending: { ...pending, place: seq } });
  turn.attend(id);
}

async function refused(
  turn: Turn,
  id: RoomId,
  pending: Pending,
  {
    code,
    head,
    retryMs,
  }: { readonly code: Parameters<typeof personal>[0]; readonly head: number; readonly retryMs: number },
): Promise<void> {
  // Of a room that does not stand yet nothing is lost: who makes one is told, and need not wait for a larger disk.
  const isNew = pending.kind === "create" && turn.room(id)?.kind === "room";
  if (code === "busy" || code === "rate-limited" || code === "internal" || (code === "relay-full" && !isNew)) {
    const waitMs = code === "busy" || code === "rate-limited" ? waitOf(retryMs) : AGAIN_MS;
    turn.patch(id, { pending: { ...pending, flying: false }, retryAt: turn.now + waitMs });
    return;
  }
  if (code === "stale-head" && pending.kind === "commit") return staleHead(turn, id, pending, head);
  turn.putPending(id, undefined);
  if (pending.kind === "join") return refusedJoin(turn, id, code);
  if (pending.kind === "create") return refusedCreation(turn, id, code);
  return finish(turn, id, personal(code));
}

/**
 * Somebody was first: read on; the commit is given up when another one was applied, and not because the relay says so,
 * else a lying relay could make this device spend a key with each answer.
 */
function staleHead(turn: Turn, id: RoomId, pending: Pending, head: number): void {
  const room = turn.room(id);
  if (room === undefined) return;
  // What was read up to there and is no commit does not become one by being called the head.
  const isNews = head > room.seq || pending.head !== room.head;
  const stale = isNews ? 0 : (pending.stale + 1) % STALE_MAX;
  if (!isNews && stale === 0) turn.update({ type: "warning", code: "relay-lies", roomId: id });
  turn.patch(id, {
    pending: { ...pending, flying: false, stale },
    last: Math.max(room.last, head),
    retryAt: isNews ? 0 : turn.now + (stale === 0 ? LIES_WAIT_MS : 500),
  });
  turn.attend(id);
}

/** An own commit stands in the log. @param seq - where; undefined: it is not valid there. */
export async function adoptOwnCommit(turn: Turn, id: RoomId, pending: Pending, seq: number | undefined): Promise<void> {
  turn.putPending(id, undefined);
  if (seq === undefined) {
    planHealing(turn, id);
    await finish(turn, id, "internal");
    return;
  }
  tellOwnCommit(turn, id, pending, seq);
  const present = new Set(leaves(pending.group)?.map((leaf) => leaf.account));
  const room = turn.patch(id, {
    group: pending.group,
    status: "member",
    sent: 0,
    renewedAt: turn.now,
    choreAt: undefined,
    healing: false,
  });
  turn.patch(id, {
    leavers: soundProofs(turn.ports.crypto, id, leaves(pending.group) ?? [], room.leavers),
    ...(pending.secret === undefined ? {} : { secret: pending.secret }),
    ...(pending.link === "off" ? { secret: undefined } : {}),
  });
  if (pending.secret !== undefined && present.size > 1)
    enqueue(turn, room, { type: "link-secret", secret: pending.secret });
  turn.update({ type: "room", roomId: id, event: pending.kind === "create" ? "joined" : "members" });
  if (pending.kind === "create") gather(turn, id);
  await finish(turn, id, undefined);
}

/** An account said that it leaves: the first in rank commits its removal, the next ones if that does not come. */
export async function noticeLeaver(turn: Turn, id: RoomId, proof: LeaveProof): Promise<void> {
  const room = turn.room(id);
  const members = (room?.group && leaves(room.group)) ?? [];
  if (room === undefined || room.kind === "direct" || room.leavers.some((one) => one.device === proof.device)) return;
  const believed = believedWords(turn.state.contacts, members, [proof]);
  if (soundProofs(turn.ports.crypto, id, members, believed).length === 0) return;
  const after = turn.patch(id, { leavers: [...room.leavers, proof] });
  planChore(turn, id, false);
  await leaveWhenAlone(turn, after);
}

/** After a commit that did not count the first in rank makes an empty one, so that the relay's list is right again. */
export function planHealing(turn: Turn, id: RoomId): void {
  const skips = turn.room(id)?.skips ?? 0;
  turn.patch(id, { skips: skips + 1 });
  // Two who hold each other's commits for invalid would heal against each other for ever: ever more slowly, at least.
  planChore(turn, id, true, skips === 0 ? 0 : Math.min(HEAL_MAX_MS, RANK_MS * 2 ** skips));
}

function planChore(turn: Turn, id: RoomId, healing: boolean, delayMs = 0): void {
  const room = turn.room(id);
  const members = room?.group && leaves(room.group);
  if (room === undefined || members === undefined) return;
  const words = believedWords(turn.state.contacts, members, room.leavers);
  const leaving = leavingAccounts(turn.ports.crypto, id, members, words);
  const revoked = revokedLeaves(turn.state.contacts, members);
  const ranked = members.filter((leaf) => !leaving.has(leaf.account) && !revoked.includes(leaf));
  const rank = ranked.findIndex((leaf) => leaf.device === turn.me.device);
  if (rank < 0) return;
  turn.patch(id, { choreAt: turn.now + delayMs + rank * RANK_MS, healing: room.healing || healing });
}

/** Turns a chore that is due into an operation. */
function chores(turn: Turn, room: Room): void {
  if (room.operations.length > 0 || room.choresFrom > turn.now) return;
  // After a restart, or one that failed: a leaver is still in the tree, or the newest commit did not count and none follows.
  if (room.choreAt === undefined && (room.leavers.length > 0 || room.head !== room.base)) {
    planChore(turn, room.room, room.head !== room.base, AGAIN_MS);
  }
  const { choreAt, healing } = expelSoon(turn, room);
  if (choreAt === undefined || choreAt > turn.now) return;
  turn.patch(room.room, {
    choreAt: undefined,
    healing: false,
    operations: [healing ? heal(room.room) : evict(room.room)],
  });
}

/** A device of this account that was revoked goes at once, others' after their own devices had the time for it. */
function expelSoon(turn: Turn, before: Room): Room {
  const room = turn.room(before.room) ?? before;
  const members = (room.group && leaves(room.group)) ?? [];
  const revoked = revokedLeaves(turn.state.contacts, members);
  if (revoked.length === 0) return room;
  const rank = members.filter((leaf) => !revoked.includes(leaf)).findIndex(({ device }) => device === turn.me.device);
  if (rank < 0) return room;
  const isOwn = revoked.some((leaf) => leaf.account === turn.me.account);
  // Whose account asks for another device of it is let in first: out of the tree, it could not be.
  const asked = room.asks.filter((ask) => revoked.some((leaf) => leaf.account === ask.account));
  const admitted = Math.max(...asked.map(({ dueAt }) => dueAt + ADMISSION_MS));
  if (room.choreAt !== undefined && room.choreAt < admitted) return turn.patch(room.room, { choreAt: admitted });
  const due = Math.max(admitted, turn.now + (isOwn ? 0 : (rank + 1) * RANK_MS));
  return room.choreAt === undefined || room.choreAt > due ? turn.patch(room.room, { choreAt: due }) : room;
}

function evict(id: RoomId): Operation {
  return {
    name: "evict",
    finished: async (turn, fault) => countFailures(turn, id, fault),
    plan: async (turn, room) => {
      const members = (room.group && leaves(room.group)) ?? [];
      const { crypto } = turn.ports;
      const words = believedWords(turn.state.contacts, members, room.leavers);
      const proofs = soundProofs(crypto, room.room, members, words);
      const leaving = leavingAccounts(crypto, room.room, members, proofs);
      const revoked = revokedLeaves(turn.state.contacts, members);
      const going = members.filter((leaf) => leaving.has(leaf.account) || revoked.includes(leaf));
      const removes = firstToGo(going, proofs, REMOVES_MAX);
      const revocations = chainPoints(turn.state.contacts, revoked);
      const info = room.group && roomInfo(room.group);
      const renew = info?.kind === "room" && info.linkKey !== undefined;
      leaveInStead(turn, room, members);
      if (proofs.length < room.leavers.length) turn.patch(room.room, { leavers: proofs });
      return removes.length === 0 ? "done" : { adds: [], removes, renew, leaves: proofs, revocations };
    },
  };
}

function heal(id: RoomId): Operation {
  return {
    name: HEAL,
    plan: async () => ({ adds: [], removes: [], renew: false }),
    // One that fails is not tried again at once: the next is due when it would be after one that held.
    finished: async (turn, fault) => {
      const room = turn.room(id);
      if (room === undefined) return;
      countFailures(turn, id, fault);
      if (fault !== undefined) turn.patch(id, { renewedAt: turn.now, sent: 0 });
      // Let in by somebody who was out of step then and is in again without it: nothing that others say reaches it.
      if (fault === "unknown-room" && room.astray === undefined)
        turn.patch(id, { astray: { tries: 0, retryAt: turn.now + AGAIN_MS } });
    },
  };
}

/** What a chore is for is still there when it failed: tried again, ever more slowly, and messages go on. */
function countFailures(turn: Turn, id: RoomId, fault: Code | undefined): void {
  const failures = fault === undefined ? 0 : (turn.room(id)?.failures ?? 0) + 1;
  const choresFrom = failures === 0 ? 0 : turn.now + Math.min(HEAL_MAX_MS, AGAIN_MS * 2 ** (failures - 1));
  if (turn.room(id) !== undefined) turn.patch(id, { failures, choresFrom });
}
