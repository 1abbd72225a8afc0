/**
 * The way back into a room in which this device is out of step: by the room's link if it knows the secret, else by
 * asking the members. Ever more slowly, and with nothing lost in between.
 */
import { pumpPending } from "../commits.ts";
import type { Room } from "../state.ts";
import type { Turn } from "../turn.ts";
import { backOff } from "./astray.ts";
import { type JoinFault, joinRoom } from "./join.ts";
import { leaveRoom } from "./leave.ts";
import { nameOf } from "./names.ts";
import { askToBeIn } from "./readmit.ts";

/** Tries once when the time has come. Nothing of this device may be under way, else its fate would be unknown after. */
export async function comeBack(turn: Turn, room: Room): Promise<void> {
  const { astray } = room;
  if (astray === undefined || pumpPending(turn, room) || room.working) return;
  if (room.queue.some((intent) => intent.flying) || astray.retryAt > turn.now) return;
  const tries = astray.tries + 1;
  turn.patch(room.room, { working: true, astray: { tries, retryAt: turn.now + backOff(tries - 1) } });
  if (room.kind === "direct" || room.secret === undefined) return ask(turn, room, undefined);
  await joinRoom(turn, {
    room: room.room,
    secret: room.secret,
    byItself: true,
    done: async (later, fault) => {
      if (fault === undefined) return;
      const now = later.room(room.room);
      if (now?.astray === undefined) return;
      if (isClosed(fault)) return ask(later, now, fault);
      later.patch(room.room, { working: false });
      if (fault.message !== undefined && tries === 1) {
        later.notice(`this device is out of step in ${nameOf(later, now)}: ${fault.message}; join again by a link`);
      }
    },
  });
}

/** The link leads nowhere any more; members may still let this device in. */
const isClosed = ({ code, message }: JoinFault): boolean =>
  code === "link-expired" || code === "unknown-room" || (code === "not-allowed" && message === undefined);

function ask(turn: Turn, room: Room, _fault: JoinFault | undefined): void {
  askToBeIn(turn, room.room, async (later, code) => {
    const now = later.room(room.room);
    if (now === undefined) return;
    later.patch(room.room, { working: false });
    const { session } = later.state;
    const isTold = session.state === "online" && session.relay.rooms.some((one) => one.room === room.room);
    // Neither this device nor another one of the account is in: it was taken out by a commit that it could not read.
    if (code === "unknown-room" && !isTold) await leaveRoom(later, room.room);
  });
}
