/** Lies about the entries of one room's log, told to one person; pushes and answers are lied about alike. */
import type { Entry, RoomId } from "@sotto/wire";
import type { Misbehaviour } from "./evil-relay.ts";
import type { MisbehaviourName } from "./misbehaviours.ts";

/** What a relay makes of a log before it shows it: the whole of what it has, in order, to what it says. */
export type Tamper = (entry: Entry) => readonly Entry[];

export function tamper(name: MisbehaviourName, who: string, room: RoomId, change: Tamper): Misbehaviour {
  return {
    name,
    onServer: (frame, line) => {
      const { body } = frame;
      if (line.name !== who || (body.type !== "event" && body.type !== "fetched") || body.room !== room)
        return undefined;
      const entries = body.entries.flatMap(change);
      if (body.type === "event") return entries.length === 0 ? [] : [{ ...frame, body: { ...body, entries } }];
      return [{ ...frame, body: { ...body, entries, last: Math.max(body.last, entries.at(-1)?.seq ?? 0) } }];
    },
  };
}

export const flipped = (bytes: Uint8Array, at = bytes.length - 20): Uint8Array =>
  bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));

/** Says to one that it has so many entries of the room, takes what it is given, and throws it away. */
export function forgetful(name: MisbehaviourName, who: string, room: RoomId, last: number): Misbehaviour {
  return {
    name,
    onClient: ({ request, body }, line) => {
      if (line.name !== who || body.type !== "restore") return undefined;
      line.toClient({ request, body: { type: "done" } });
      return [];
    },
    onServer: (frame, line) => {
      const { body } = frame;
      if (line.name !== who) return undefined;
      if (body.type === "fetched" && body.room === room) return [{ ...frame, body: { ...body, last } }];
      if (body.type !== "session") return undefined;
      const rooms = body.rooms.map((one) => (one.room === room ? { ...one, last } : one));
      return [{ ...frame, body: { ...body, rooms } }];
    },
  };
}
