/** Own commits: planned for the current epoch, stored before they leave, adopted when they stand in the log. */
import {
  type AccountId,
  type Code,
  EMPTY,
  encodeAuthenticated,
  encodeHeader,
  encodeJoinInfo,
  type RoomId,
  type RoomInfo,
} from "@sotto/wire";
import { leaves, makeCommit, roomInfo } from "./group/index.ts";
import { enqueue } from "./outbox.ts";
import { acknowledgedCreation, acknowledgedJoin, refusedCreation, refusedJoin } from "./rooms/enter.ts";
import { linkOf } from "./rooms/link-info.ts";
import { linkKeys } from "./rooms/link-keys.ts";
import type { Operation, OperationPlan, Pending, Room } from "./state.ts";
import type { Turn } from "./turn.ts";
import { personal } from "./words.ts";

/** How long the next in rank waits for the one before. */
const RANK_MS = 3000;
const AGAIN_MS = 5000;

/** Wants a commit; it is made when the room is quiet and the log is read. */
export async function operate(turn: Turn, id: RoomId, operation: Operation): Promise<void> {
  const room = turn.room(id);
  if (room === undefined) return operation.finished(turn, "unknown-room");
  turn.patch(id, { operations: [...room.operations, operation] });
  turn.attend(id);
}

/** @returns true while a commit is wanted or unanswered: then no message is encrypted. */
export async function pumpCommits(turn: Turn, room: Room): Promise<boolean> {
  const { pending } = room;
  if (pending !== undefined) {
    if (!pending.flying) sendPending(turn, room.room, pending);
    return true;
  }
  chores(turn, room);
  const [operation] = turn.room(room.room)?.operations ?? [];
  if (operation === undefined || room.group === undefined || room.queue.some((intent) => intent.flying)) {
    return operation !== undefined;
  }
  const planned = await operation.plan(turn, turn.room(room.room) ?? room);
  if (planned === "done" || typeof planned === "string") {
    await finish(turn, room.room, planned === "done" ? undefined : planned);
    return true;
  }
  if (!(await begin(turn, room, planned))) await finish(turn, room.room, "internal");
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

/** Makes the commit, stores it with the group to go on with, and sends it. */
async function begin(turn: Turn, room: Room, plan: OperationPlan): Promise<boolean> {
  const { group } = room;
  const before = group && roomInfo(group);
  if (group === undefined || before === undefined) return false;
  const renewed = plan.renew ? turn.random(32) : undefined;
  const secret = renewed ?? room.secret;
  const keys = secret && before.kind === "room" ? linkKeys(turn.ports.crypto, room.room, secret) : undefined;
  const info: RoomInfo | undefined =
    renewed !== undefined && keys !== undefined && before.kind === "room"
      ? { ...before, linkKey: keys.publicKey }
      : undefined;
  const point = { seq: room.seq, hash: room.hash };
  const made = await makeCommit(turn.suite, group, {
    adds: plan.adds.map((add) => add.bytes),
    removes: plan.removes.map((remove) => remove.device),
    info,
    authenticated: encodeAuthenticated({ room: room.room, base: room.base, ...point, linkSignature: undefined }),
    joinInfo: encodeJoinInfo({ groupInfo: EMPTY, ...point, linkSecret: secret }),
  });
  if (made === undefined) return false;
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
    link: keys === undefined ? "same" : await linkOf(turn, room.room, keys, made.next, point),
    joinToken: undefined,
    creation: undefined,
    next: EMPTY,
    group: made.next,
    secret: renewed,
    flying: false,
  };
  turn.putPending(room.room, pending);
  sendPending(turn, room.room, pending);
  return true;
}

/** Sends an own commit or creation, the first time or again: the same bytes always. */
export function sendPending(turn: Turn, id: RoomId, pending: Pending): void {
  turn.patch(id, { pending: { ...pending, flying: true } });
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
  if (pending.kind === "join") return acknowledgedJoin(turn, id, pending, seq, previous);
  if (pending.kind === "create" && pending.bytes.length === 0) return acknowledgedCreation(turn, id);
  const room = turn.room(id);
  if (room === undefined) return;
  turn.patch(id, { status: "member", acked: Math.max(room.acked, seq) });
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
  if (code === "busy" || code === "internal" || code === "relay-full") {
    turn.patch(id, { pending: { ...pending, flying: false }, retryAt: turn.now + (code === "busy" ? retryMs : 5000) });
    return;
  }
  turn.putPending(id, undefined);
  if (pending.kind === "join") return refusedJoin(turn, id, code);
  if (pending.kind === "create") return refusedCreation(turn, id, code);
  const room = turn.room(id);
  if (room === undefined) return;
  if (code !== "stale-head") return finish(turn, id, personal(code));
  // Somebody was first: read on, then plan again for the epoch that is current then.
  const last = Math.max(room.last, head);
  turn.patch(id, { last, retryAt: head > room.head ? 0 : turn.now + 500 });
  turn.attend(id);
}

/** An own commit stands in the log. */
export async function adoptOwnCommit(turn: Turn, id: RoomId, pending: Pending, valid: boolean): Promise<void> {
  turn.putPending(id, undefined);
  if (!valid) {
    planHealing(turn, id);
    await finish(turn, id, "internal");
    return;
  }
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
    leavers: room.leavers.filter((account) => present.has(account)),
    ...(pending.secret === undefined ? {} : { secret: pending.secret }),
  });
  if (pending.secret !== undefined && present.size > 1)
    enqueue(turn, room, { type: "link-secret", secret: pending.secret });
  turn.update({ type: "room", roomId: id, event: pending.kind === "create" ? "joined" : "members" });
  await finish(turn, id, undefined);
}

/** An account said that it leaves: the first in rank commits its removal, the next ones if that does not come. */
export async function noticeLeaver(turn: Turn, id: RoomId, account: AccountId): Promise<void> {
  const room = turn.room(id);
  if (room === undefined || room.leavers.includes(account) || room.kind === "direct") return;
  turn.patch(id, { leavers: [...room.leavers, account] });
  planChore(turn, id, false);
}

/** After a commit that did not count the first in rank makes an empty one, so that the relay's list is right again. */
export function planHealing(turn: Turn, id: RoomId): void {
  planChore(turn, id, true);
}

function planChore(turn: Turn, id: RoomId, healing: boolean, delayMs = 0): void {
  const room = turn.room(id);
  const members = room?.group && leaves(room.group);
  if (room === undefined || members === undefined) return;
  const ranked = members.filter((leaf) => !room.leavers.includes(leaf.account));
  const rank = ranked.findIndex((leaf) => leaf.device === turn.me.device);
  if (rank < 0) return;
  turn.patch(id, { choreAt: turn.now + delayMs + rank * RANK_MS, healing: room.healing || healing });
}

/** Turns a chore that is due into an operation. */
function chores(turn: Turn, room: Room): void {
  if (room.operations.length > 0) return;
  // After a restart, or a removal that failed: somebody who said that they leave is still in the tree.
  if (room.choreAt === undefined && room.leavers.length > 0) planChore(turn, room.room, false, AGAIN_MS);
  if (room.choreAt === undefined || room.choreAt > turn.now) return;
  const { healing } = room;
  turn.patch(room.room, { choreAt: undefined, healing: false, operations: [healing ? heal(room.room) : evict()] });
}

const quietly = async () => undefined;

function evict(): Operation {
  return {
    name: "evict",
    finished: quietly,
    plan: async (_turn, room) => {
      const members = (room.group && leaves(room.group)) ?? [];
      const removes = members.filter((leaf) => room.leavers.includes(leaf.account));
      const info = room.group && roomInfo(room.group);
      return removes.length === 0
        ? "done"
        : { adds: [], removes, renew: info?.kind === "room" && info.linkKey !== undefined };
    },
  };
}

function heal(id: RoomId): Operation {
  return {
    name: "heal",
    plan: async () => ({ adds: [], removes: [], renew: false }),
    // One that fails is not tried again at once: the next is due when it would be after one that held.
    finished: async (turn, fault) => {
      if (fault !== undefined && turn.room(id) !== undefined) turn.patch(id, { renewedAt: turn.now, sent: 0 });
    },
  };
}
