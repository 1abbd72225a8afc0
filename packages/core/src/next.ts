/** The one step: an event and the state before it give the state after it and what is to be stored, sent and told. */
import type { Code, RoomId } from "@sotto/wire";
import { type Frame, isPushed } from "./arrivals.ts";
import { heardAccessPassword } from "./commands/admin.ts";
import { runCommand } from "./commands.ts";
import { pumpCommits, pumpHealing } from "./commits.ts";
import { drainInbox, pushed } from "./inbox.ts";
import { applyBacklog, receive } from "./log.ts";
import { checkPlaces } from "./misplaced.ts";
import { pumpMessages } from "./outbox.ts";
import type { TransportEvent } from "./ports.ts";
import { bringPeer } from "./rooms/bring-peer.ts";
import { comeBack } from "./rooms/come-back.ts";
import { isAlone, openDirect } from "./rooms/direct.ts";
import { isOwnLog } from "./rooms/own-log.ts";
import { answerAsks } from "./rooms/readmit.ts";
import { isStranded } from "./rooms/stranded.ts";
import { closed, onTick, opened, sessionWake } from "./session.ts";
import type { Room, Session, State } from "./state.ts";
import { digest } from "./timeline.ts";
import type { Turn } from "./turn.ts";

export type Event =
  | { readonly type: "command"; readonly command: number; readonly method: string; readonly params: unknown }
  | {
      readonly type: "transport";
      readonly connection: number;
      readonly event: Exclude<TransportEvent, { type: "frame" }>;
    }
  /** What came over a connection, in its order. @param size - of the frames, in bytes. */
  | { readonly type: "frames"; readonly connection: number; readonly frames: readonly Frame[]; readonly size: number }
  | { readonly type: "tick" };

/** Fills the turn with what the event does. */
export async function next(turn: Turn, event: Event): Promise<void> {
  switch (event.type) {
    case "command":
      await runCommand(turn, event.command, event.method, event.params);
      break;
    case "transport":
      if (isCurrent(turn, event.connection)) await onTransport(turn, event.event);
      break;
    case "frames":
      for (const frame of event.frames) {
        // An answer finds what was pushed before it applied, as if each frame had come by itself.
        if (!isPushed(frame)) await attend(turn);
        if (isCurrent(turn, event.connection)) await onFrame(turn, frame);
      }
      break;
    case "tick":
      await onTick(turn);
      await wakeSleepers(turn);
      break;
  }
  if (turn.state.me === undefined || turn.state.store === undefined) return;
  for (const room of turn.state.rooms.values()) {
    if (timesOf(room).some((time) => isNext(turn.state, time) && time <= turn.now)) turn.attend(room.room);
  }
  turn.set({ lookedAt: turn.now });
  await drainInbox(turn);
  await attend(turn);
  // A removal that was just read makes room for the Welcome that follows it.
  await drainInbox(turn);
  await attend(turn);
  digest(turn);
}

/** Looks after every room in which something changed, until nothing changes any more. */
async function attend(turn: Turn): Promise<void> {
  for (const id of turn.agenda) {
    turn.agenda.delete(id);
    await applyBacklog(turn, id);
    await pump(turn, id);
  }
}

/** Sends whatever of a room can be sent now; doing nothing is the usual case. */
async function pump(turn: Turn, id: RoomId): Promise<void> {
  const room = turn.room(id);
  const { session, halted } = turn.state;
  if (turn.state.settlement?.open.has(id)) return;
  if (room === undefined || session.state !== "online" || !session.relay.confirmed || halted !== undefined) return;
  if (room.blocked || room.forked || room.retryAt > turn.now) return;
  if (room.status === "waiting" && room.pending === undefined) return openDirect(turn, room);
  if (room.status === "member" && (room.seq < room.last || room.backlog.length > 0)) return;
  if (room.status === "member" && room.astray !== undefined) {
    // Coming in again is tried first, and healing while that waits.
    const waits = room.astray.retryAt > turn.now && !room.working;
    if (waits && isStranded(room)) answerAsks(turn, id);
    if (!waits || !(await pumpHealing(turn, room))) await comeBack(turn, turn.room(id) ?? room);
    return;
  }
  checkPlaces(turn, room);
  if (isBusy(room) && !isOwnLog(turn, id)) return;
  answerAsks(turn, id);
  if (await pumpCommits(turn, turn.room(id) ?? room)) return;
  const now = turn.room(id);
  if (now !== undefined && isAlone(now)) bringPeer(turn, now);
  else await pumpMessages(turn, id);
}

const isBusy = ({ queue, operations, pending }: Room): boolean =>
  queue.length > 0 || operations.length > 0 || pending !== undefined;

async function wakeSleepers(turn: Turn): Promise<void> {
  const { sleepers } = turn.state;
  turn.set({ sleepers: sleepers.filter(({ at }) => at > turn.now) });
  for (const { at, wake } of sleepers) if (at <= turn.now) await wake(turn);
}

function isCurrent({ state: { session } }: Turn, connection: number): boolean {
  return session.state !== "offline" && session.connection === connection;
}

async function onTransport(turn: Turn, event: Extract<Event, { type: "transport" }>["event"]): Promise<void> {
  if (event.type === "opened") return opened(turn, event);
  return closed(turn, closeCode(event.reason));
}

const closeCode = (reason: "unreachable" | "wrong-pin" | "ended"): Code =>
  reason === "wrong-pin" ? "wrong-pin" : "offline";

async function onFrame(turn: Turn, frame: Frame): Promise<void> {
  // A relay that speaks nonsense is no relay of ours: hang up, and come back after the wait.
  if (frame === undefined) return turn.hangUp();
  turn.set({ session: { ...turn.state.session, heardAt: turn.now } as Session });
  const { request, body } = frame;
  if (request !== 0) {
    const reply = turn.state.waiting.get(request);
    if (reply === undefined) return;
    const waiting = new Map(turn.state.waiting);
    waiting.delete(request);
    turn.set({ waiting });
    if (await reply(turn, body)) turn.set({ waiting: new Map(turn.state.waiting).set(request, reply) });
    return;
  }
  switch (body.type) {
    case "event":
      return receive(turn, body.room, body.entries);
    case "inbox-event":
      return pushed(turn, body.entry);
    case "notice":
      return turn.notice("relay-says", { text: body.text });
    case "access-password":
      return heardAccessPassword(turn, body.accessPassword);
    case "refused":
      // Nobody asked: the relay could not read a frame of ours.
      return turn.hangUp();
    default:
      return;
  }
}

/** Whether a time was not looked at yet: what was due before waits for something else than time. */
function isNext({ lookedAt }: State, time: number | undefined): time is number {
  return time !== undefined && time > lookedAt;
}

const timesOf = ({ choreAt, choresFrom, retryAt, astray, asks }: Room): readonly (number | undefined)[] => [
  choreAt,
  choresFrom,
  retryAt,
  astray?.retryAt,
  ...asks.map(({ dueAt }) => dueAt),
];

/** When time alone has something to do next. */
export function wakeAt(state: State): number | undefined {
  const times = [sessionWake(state), ...state.sleepers.map(({ at }) => at)];
  if (state.session.state === "online") {
    for (const room of state.rooms.values()) {
      for (const time of timesOf(room)) if (isNext(state, time)) times.push(time);
    }
  }
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
