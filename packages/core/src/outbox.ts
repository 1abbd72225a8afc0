/**
 * The outbox: intents are stored as plaintext first, encrypted when they can be sent, and gone when they stand in the
 * log. Group state and ciphertext are in one commit before the bytes leave; a stored ciphertext is sent again as it is
 * until the head that it was refused for has moved.
 */
import {
  assert,
  type EntryId,
  encodeAuthenticated,
  encodeContent,
  leaveBytes,
  PLAIN_AUTHENTICATED,
  type RoomId,
} from "@sotto/wire";
import { waitOf } from "./bounds.ts";
import { pad } from "./content.ts";
import { leafOfDevice, leaves, seal } from "./group/index.ts";
import { revokedLeaves } from "./identity/devices.ts";
import { ownClaim } from "./identity/own.ts";
import { KEYS } from "./records.ts";
import { isAlone } from "./rooms/direct.ts";
import { isDoubtful } from "./rooms/doubt.ts";
import { leaveRoom, undelivered } from "./rooms/leave.ts";
import type { Intent, Room } from "./state.ts";
import { showMessage } from "./timeline.ts";
import type { Turn } from "./turn.ts";
import { personal } from "./words.ts";

/** Messages of one room that may be unanswered at a time. */
const WINDOW = 64;
const STALE_MAX = 3;
const LIES_WAIT_MS = 60_000;

/** Encrypts and sends the messages of a room that can be sent now. */
export async function pumpMessages(turn: Turn, id: RoomId): Promise<void> {
  for (;;) {
    const room = turn.room(id);
    if (room?.group === undefined || room.status !== "member" || room.forked || room.pending) return;
    if (isDoubtful(turn, room) || isAlone(room)) return;
    // Whoever was revoked reads what is encrypted now: their removal comes first.
    if (revokedLeaves(turn.state.contacts, leaves(room.group) ?? []).length > 0) return;
    const flying = room.queue.filter((intent) => intent.flying).length;
    // One was refused: those before it are applied first, then it goes again, so that none overtakes another.
    if (room.stalled && flying > 0) return;
    if (room.stalled) turn.patch(id, { stalled: false });
    const intent = room.queue.find((one) => !one.flying);
    if (intent === undefined || flying >= WINDOW) return;
    // One under way was made for a head that has moved since: it will be refused and made anew. What is made before
    // that would have an earlier key than it and come after it, and nobody could open it.
    if (room.queue.some((one) => one.flying && !isCurrent(room, one.attempt))) return;
    if (flying === 0 && needsHealing(turn, room)) return turn.attend(id);
    const ready = await encrypt(turn, room, intent);
    if (ready === undefined) return;
    const { attempt } = ready;
    patchIntent(turn, id, { ...ready, flying: true, place: undefined });
    const { bytes, head, base } = attempt;
    turn.ask(
      { type: "append", room: id, id: intent.id, head, base, bytes, continues: flying > 0 },
      async (later, body) => {
        if (body?.type === "refused") await refused(later, id, intent.id, body);
        else if (body?.type === "ack") await acknowledged(later, id, intent.id, body.seq);
        return undefined;
      },
    );
  }
}

const HEAL_AFTER_MS = 7 * 86_400_000;
const HEAL_AFTER_MESSAGES = 500;

/** With its next send after seven days or 500 own messages a device renews its keys by an empty commit. */
function needsHealing(turn: Turn, room: Room): boolean {
  if (room.sent < HEAL_AFTER_MESSAGES && turn.now - room.renewedAt < HEAL_AFTER_MS) return false;
  // While a chore that failed waits, none is begun; messages go on.
  if (room.choresFrom > turn.now) return false;
  turn.patch(room.room, { choreAt: turn.now, healing: true });
  return true;
}

/** Whether a ciphertext was made for the head and the epoch that the room has now. */
const isCurrent = (room: Room, attempt: Intent["attempt"]): boolean =>
  attempt?.head === room.head && attempt.base === room.base;

/** The stored ciphertext while its head is current, else a new one; content and group go into the same commit. */
async function encrypt(turn: Turn, room: Room, intent: Intent) {
  const { attempt, task, id, createdAt } = intent;
  if (attempt !== undefined && isCurrent(room, attempt)) return { ...intent, attempt };
  if (room.group === undefined) return undefined;
  const content = encodeContent({ id, sentAt: createdAt, ...bodyOf(turn, room, task) });
  const authenticated = encodeAuthenticated({
    room: room.room,
    base: room.base,
    seq: room.seq,
    hash: room.hash,
    ...PLAIN_AUTHENTICATED,
    chain: ownClaim(turn, room.group),
  });
  const sealed = seal(turn.suite, turn.me, room.group, pad(content), authenticated);
  const earlier =
    attempt === undefined
      ? intent.earlier
      : [...intent.earlier, { hash: turn.ports.crypto.sha256(attempt.bytes), base: attempt.base }];
  const made = { ...intent, stale: 0, earlier, attempt: { bytes: sealed.bytes, head: room.head, base: room.base } };
  turn.patch(room.room, { group: sealed.next });
  turn.putIntent(made);
  return made;
}

/** What an intent says; a leave is signed for the leaf that this device has in this epoch. */
function bodyOf(turn: Turn, room: Room, task: Intent["task"]) {
  if (task.type !== "leave") return task;
  const { account, device, privateKey } = turn.me;
  const leafKey = room.group && leafOfDevice(room.group, device)?.encryptionKey;
  assert(leafKey !== undefined, "who leaves is in the tree");
  const signed = leaveBytes({ room: room.room, account, device, leafKey });
  return { ...task, signature: turn.ports.crypto.sign(privateKey, signed) };
}

/** The entry is durable; it counts when it is applied, in its place of the log. */
async function acknowledged(turn: Turn, id: RoomId, message: EntryId, seq: number): Promise<void> {
  const room = turn.room(id);
  if (room === undefined) return;
  if (seq > room.acked) turn.patch(id, { acked: seq });
  const intent = room.queue.find((one) => one.id === message);
  if (intent !== undefined) patchIntent(turn, id, { ...intent, place: seq });
  turn.attend(id);
}

async function refused(
  turn: Turn,
  id: RoomId,
  message: EntryId,
  body: { readonly code: string; readonly head: number; readonly retryMs: number },
): Promise<void> {
  const room = turn.room(id);
  const intent = room?.queue.find((one) => one.id === message);
  if (room === undefined || intent === undefined) return;
  patchIntent(turn, id, { ...intent, flying: false });
  turn.patch(id, { stalled: true });
  switch (body.code) {
    case "stale-head":
      staleHead(turn, id, intent, body.head);
      break;
    case "rate-limited":
    case "busy":
      turn.patch(id, { retryAt: Math.max(turn.room(id)?.retryAt ?? 0, turn.now + waitOf(body.retryMs)) });
      break;
    case "internal":
    case "relay-full":
      turn.patch(id, { retryAt: turn.now + 5000 });
      break;
    case "id-reused":
      // An earlier ciphertext of it stands in the log, its answer was lost: the log tells.
      turn.patch(id, { retryAt: turn.now + 1000 });
      giveUpUnlessUnread(turn, id, message, false);
      break;
    case "unknown-room":
      // The relay holds that this device is out; the log says whether that is so, after the next connect.
      turn.patch(id, { retryAt: turn.now + LIES_WAIT_MS });
      break;
    default:
      fail(turn, id, intent, body.code);
  }
  turn.attend(id);
}

/**
 * The relay holds that a message stands in the log. Where all of the log is read and it is not there, its id is spent all
 * the same: who sent it is told, and what is behind it goes on.
 *
 * @param isLie - this device has read the place in which it is said to stand.
 */
export function giveUpUnlessUnread(turn: Turn, id: RoomId, message: EntryId, isLie: boolean): void {
  askNewest(turn, id, async (later, room) => {
    const intent = room.queue.find((one) => one.id === message);
    if (intent === undefined) return;
    // There is more by now: looked at again when that is read.
    if (room.seq < room.last) return patchIntent(later, id, { ...intent, place: room.last });
    if (isLie) later.update({ type: "warning", code: "relay-lies", roomId: id });
    giveUp(later, id, intent);
  });
}

/** Asks how far the log goes. @param then - what is done when that is known. */
export function askNewest(turn: Turn, id: RoomId, then: (turn: Turn, room: Room) => Promise<void>): void {
  turn.ask({ type: "fetch", room: id, from: (turn.room(id)?.seq ?? 0) + 1, limit: 1 }, async (later, body) => {
    const room = later.room(id);
    if (body?.type !== "fetched" || room === undefined) return undefined;
    await then(later, later.patch(id, { last: Math.max(room.last, body.last) }));
    later.attend(id);
    return undefined;
  });
}

function staleHead(turn: Turn, id: RoomId, intent: Intent, head: number): void {
  const room = turn.room(id);
  if (room === undefined) return;
  if (head > room.seq) {
    turn.patch(id, { last: Math.max(room.last, head) });
    return;
  }
  if (intent.attempt?.head !== room.head) return;
  // The head that it was made for is still the newest that there is: encrypting again would only spend a key.
  const stale = intent.stale + 1;
  patchIntent(turn, id, { ...intent, flying: false, stale: stale % STALE_MAX });
  if (stale >= STALE_MAX) turn.update({ type: "warning", code: "relay-lies", roomId: id });
  turn.patch(id, { retryAt: turn.now + (stale >= STALE_MAX ? LIES_WAIT_MS : 200 * stale) });
}

/** The relay will never take it: who sent it is told, and it is not tried again. */
function fail(turn: Turn, id: RoomId, intent: Intent, code: string): void {
  const room = turn.room(id);
  if (room === undefined) return;
  turn.patch(id, { queue: room.queue.filter((one) => one.id !== intent.id) });
  turn.delete(KEYS.intent(intent.order));
  const commands = turn.state.sending.get(intent.id) ?? [];
  const fault = personal(code as Parameters<typeof personal>[0]);
  for (const command of commands) turn.refuse(command, fault);
  forgetCommands(turn, intent);
  if (commands.length === 0) turn.update(undelivered(intent));
}

/**
 * Gives up a text that was never put on the wire; who waits for it is told. What is behind it goes on: none of it was
 * made from this one, since what has no ciphertext took no key.
 *
 * @returns false where there is, or was, a ciphertext of it: that may stand in the log although its answer was lost.
 */
export function dropText(turn: Turn, intent: Intent): boolean {
  const { room, attempt, earlier, dead, flying } = intent;
  if (flying || attempt !== undefined || earlier.length > 0 || dead.length > 0) return false;
  const commands = turn.state.sending.get(intent.id) ?? [];
  turn.patch(room, { queue: (turn.room(room)?.queue ?? []).filter((one) => one.id !== intent.id) });
  turn.delete(KEYS.intent(intent.order));
  for (const command of commands) turn.refuse(command, "not-allowed", undefined, "it was given up before it was sent");
  forgetCommands(turn, intent);
  turn.attend(room);
  return true;
}

export function patchIntent(turn: Turn, id: RoomId, intent: Intent): void {
  const queue = turn.room(id)?.queue ?? [];
  turn.patch(id, { queue: queue.map((one) => (one.id === intent.id ? intent : one)) });
}

/** Puts a message on its way. */
export function enqueue(turn: Turn, room: Room, task: Intent["task"], id = turn.newId()): Intent {
  const order = turn.state.order;
  const intent: Intent = {
    order,
    room: room.room,
    id,
    createdAt: turn.now,
    task,
    attempt: undefined,
    earlier: [],
    dead: [],
    flying: false,
    stale: 0,
  };
  turn.set({ order: order + 1 });
  turn.patch(room.room, { queue: [...(turn.room(room.room)?.queue ?? []), intent] });
  turn.putIntent(intent);
  return intent;
}

/** An own message stands in the log. */
export async function ownMessageApplied(turn: Turn, id: RoomId, intent: Intent, seq: number): Promise<void> {
  const room = turn.room(id);
  if (room === undefined) return;
  turn.delete(KEYS.intent(intent.order));
  turn.patch(id, { queue: room.queue.filter((one) => one.id !== intent.id), sent: room.sent + 1 });
  const commands = turn.state.sending.get(intent.id) ?? [];
  forgetCommands(turn, intent);
  const { account, device } = turn.me;
  if (intent.task.type === "text") {
    const { createdAt: sentAt } = intent;
    await showMessage(turn, { room: id, seq, id: intent.id, account, device, sentAt, text: intent.task.text });
  }
  const isText = intent.task.type === "text";
  if (isText) turn.update({ type: "sent", roomId: id, messageId: intent.id, seq });
  for (const command of commands) turn.answer(command, isText ? { messageId: intent.id, seq } : {});
  if (intent.task.type !== "leave") return;
  turn.events(id, seq, [{ event: "left", by: account }]);
  await leaveRoom(turn, id);
}

/**
 * A later message of this device stands in the log before earlier ones of the same epoch, which only a relay that lies
 * can bring about: readers threw the earlier keys away, so those ciphertexts are dead and made anew. They go behind all
 * that waits: what has a ciphertext already has an earlier key than they will get, and nobody could open it after them.
 */
export function buryEarlier(turn: Turn, id: RoomId, applied: Intent, base: number): void {
  const queue = turn.room(id)?.queue ?? [];
  for (const intent of queue.slice(
    0,
    queue.findIndex((one) => one.id === applied.id),
  )) {
    if (intent.attempt?.base !== base) continue;
    const dead = [...intent.dead, turn.ports.crypto.sha256(intent.attempt.bytes)];
    const { order } = turn.state;
    const buried = { ...intent, order, attempt: undefined, dead };
    turn.set({ order: order + 1 });
    turn.patch(id, { queue: [...(turn.room(id)?.queue ?? []).filter((one) => one.id !== intent.id), buried] });
    turn.delete(KEYS.intent(intent.order));
    turn.putIntent(buried);
    turn.update({ type: "warning", code: "relay-lies", roomId: id });
  }
}

/** The relay put a dead ciphertext into the log: its id is spent with it, so who sent it is told. */
export function deadMessageApplied(turn: Turn, id: RoomId, intent: Intent): void {
  turn.update({ type: "warning", code: "relay-lies", roomId: id });
  giveUp(turn, id, intent);
}

/** A message that will not come into the log under its id: who sent it is told. */
export function giveUp(turn: Turn, id: RoomId, intent: Intent): void {
  fail(turn, id, intent, "internal");
}

function forgetCommands(turn: Turn, intent: Intent): void {
  const sending = new Map(turn.state.sending);
  sending.delete(intent.id);
  turn.set({ sending });
}

/** Messages that are not in the log yet. */
export function outboxCount(rooms: ReadonlyMap<RoomId, Room>): number {
  let count = 0;
  for (const room of rooms.values()) count += room.queue.length;
  return count;
}

/** Answers the command when the message stands in the log. */
export function answerWhenSent(turn: Turn, id: EntryId, command: number): void {
  turn.set({ sending: new Map(turn.state.sending).set(id, [...(turn.state.sending.get(id) ?? []), command]) });
}
