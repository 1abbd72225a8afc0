/**
 * The way back into a room in which this device is out of step: by the room's link if it knows the secret, else by
 * asking the members. Ever more slowly, and with nothing lost in between.
 */
import type { Code } from "@sotto/wire";
import { pumpPending } from "../commits.ts";
import type { Room } from "../state.ts";
import type { Turn } from "../turn.ts";
import { backOff } from "./astray.ts";
import { type JoinFault, joinRoom } from "./join.ts";
import { nameOf } from "./names.ts";
import { askToBeIn } from "./readmit.ts";

/** How long after the relay said that nobody of the account is in the room. */
const UNKNOWN_MS = 3_600_000;

/** Tries once when the time has come. Nothing of this device may be under way, else its fate would be unknown after. */
export async function comeBack(turn: Turn, room: Room): Promise<void> {
  const { astray } = room;
  if (astray === undefined || pumpPending(turn, room) || room.working) return;
  if (room.queue.some((intent) => intent.flying) || astray.retryAt > turn.now) return;
  const tries = astray.tries + 1;
  turn.patch(room.room, { working: true, astray: { ...astray, tries, retryAt: turn.now + backOff(tries - 1) } });
  if (room.kind === "direct" || room.secret === undefined) return ask(turn, room, undefined);
  await joinRoom(turn, {
    room: room.room,
    secret: room.secret,
    byItself: true,
    done: async (later, fault) => {
      const now = later.room(room.room);
      if (now === undefined) return;
      if (fault !== undefined && now.astray !== undefined && isClosed(fault)) return ask(later, now, fault);
      // Also where it is in step again meanwhile: it would else not try when it is out of it the next time.
      later.patch(room.room, { working: false });
      if (fault === undefined || now.astray === undefined) return;
      if (fault.message !== undefined && tries === 1) {
        const why = fault.code === "not-allowed" ? "owners" : "members";
        later.notice("out-of-step", { room: nameOf(later, now), why });
      }
    },
  });
}

/**
 * The link leads nowhere, or not before somebody commits: whoever made the newest commit left nothing, or garbage, for
 * those who come by it. Members may still let this device in.
 */
const isClosed = ({ code, message }: JoinFault): boolean =>
  CLOSED.has(code) || (code === "not-allowed" && message === undefined);

const CLOSED: ReadonlySet<Code> = new Set(["link-expired", "unknown-room", "bad-link", "rate-limited"]);

function ask(turn: Turn, { room: id }: Room, fault: JoinFault | undefined): void {
  askToBeIn(turn, id, async (later, code) => {
    const room = later.room(id);
    if (room === undefined) return;
    later.patch(id, { working: false });
    const { session } = later.state;
    const isTold = session.state === "online" && session.relay.rooms.some((one) => one.room === id);
    if (code === "unknown-room" && !isTold) keep(later, room, fault);
  });
}

/**
 * Neither this device nor another one of the account is in, says the relay. A commit that could not be read here may have
 * taken it out, and the relay may lie or have lost the room: on its word alone nothing is given up. The person may leave.
 */
function keep(turn: Turn, room: Room, fault: JoinFault | undefined): void {
  const { astray } = room;
  if (astray === undefined) return;
  turn.patch(room.room, { astray: { ...astray, retryAt: turn.now + UNKNOWN_MS, told: true } });
  if (astray.told === true) return;
  // A conversation of two takes nobody out, and a room that had a link is there as long as somebody is in it.
  const isGone = room.kind === "direct" || fault?.code === "unknown-room";
  if (isGone) turn.update({ type: "warning", code: "relay-rolled-back", roomId: room.room });
  turn.notice("said-to-be-out", { room: nameOf(turn, room) });
}
