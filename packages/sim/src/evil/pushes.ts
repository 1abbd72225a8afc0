/** Lies about what is told of and when: pushes that come late, twice, backwards or not at all, and entries withheld. */
import type { FromServer, RoomId } from "@sotto/wire";
import { type EvilRelay, type Hooks, isOf, type Misbehaviour } from "./evil-relay.ts";

const PUSHES_KEPT = 20;

/** Pushes of entries to those who are lied to. */
const pushes =
  (change: (frame: FromServer, who: string, room: RoomId, evil: EvilRelay) => readonly FromServer[] | undefined) =>
  (evil: EvilRelay): Hooks => ({
    down: (frame, line) =>
      frame.body.type === "event" && evil.takes(line.who) ? change(frame, line.who, frame.body.room, evil) : undefined,
  });

function repeated(evil: EvilRelay): Hooks {
  const all = new Map<string, FromServer[]>();
  return pushes((frame, who) => {
    const earlier = all.get(who) ?? [];
    all.set(who, [...earlier, frame].slice(-PUSHES_KEPT));
    return [frame, frame, ...earlier];
  })(evil);
}

function reversed(evil: EvilRelay): Hooks {
  const held = new Map<string, FromServer[]>();
  return pushes((frame, who) => {
    const all = [...(held.get(who) ?? []), frame];
    const isFull = all.length >= evil.dice.between(2, 5);
    held.set(who, isFull ? [] : all);
    return isFull ? all.toReversed() : [];
  })(evil);
}

/** One member is kept at a place of the log, and told of nothing behind it. */
function newestWithheld(evil: EvilRelay): Hooks {
  const until = new Map<string, number>();
  const lastOf = (who: string, room: RoomId, seq: number): number => {
    const key = `${who} ${room}`;
    const known = until.get(key);
    if (known !== undefined) return known;
    if (!evil.takes(who, key)) return Number.MAX_SAFE_INTEGER;
    until.set(key, seq);
    return seq;
  };
  return {
    down: (frame, { who }) => {
      const { body } = frame;
      if (isOf(body, "event") || isOf(body, "fetched")) {
        const first = body.entries[0]?.seq;
        if (first === undefined) return undefined;
        const last = lastOf(who, body.room, first);
        const entries = body.entries.filter(({ seq }) => seq <= last);
        if (entries.length === body.entries.length) return undefined;
        if (body.type === "event") return entries.length === 0 ? [] : [{ ...frame, body: { ...body, entries } }];
        return [{ ...frame, body: { ...body, entries, last: Math.min(body.last, last) } }];
      }
      if (!isOf(body, "session") || !body.rooms.some(({ room }) => until.has(`${who} ${room}`))) return undefined;
      const rooms = body.rooms.map((one) => {
        const last = until.get(`${who} ${one.room}`) ?? one.last;
        const head = evil.log(one.room).findLast(({ kind, seq }) => kind === "commit" && seq <= last)?.seq ?? 0;
        return last < one.last ? { ...one, last, head } : one;
      });
      return [{ ...frame, body: { ...body, rooms } }];
    },
    // Whoever was kept back hears of it at the next connection.
    end: () => evil.world.network.cutAll(),
  };
}

/** It tells of more than there is, and gives nothing. */
const promised = (evil: EvilRelay): Hooks => ({
  down: (frame, { who }) => {
    const { body } = frame;
    if (isOf(body, "fetched")) return evil.takes(who) ? [{ ...frame, body: { ...body, entries: [] } }] : undefined;
    if (!isOf(body, "event") || !evil.takes(who)) return undefined;
    return [{ ...frame, body: { ...body, entries: body.entries.map((one) => ({ ...one, seq: one.seq + 1 })) } }];
  },
});

const push = (
  name: string,
  words: string,
  tells: Misbehaviour["tells"],
  arrange: Misbehaviour["arrange"],
  after: Misbehaviour["after"] = "as before",
): Misbehaviour => ({ name, words, tells, after, arrange });

export const PUSHES: readonly Misbehaviour[] = [
  push("pushes-withheld", "pushes nothing until the next connection", [], (evil) => ({
    ...pushes(() => [])(evil),
    end: () => evil.world.network.cutAll(),
  })),
  push("pushes-thinned", "leaves out every push but the last", [], (evil) => ({
    ...pushes((_frame, _who, _room, { dice }) => (dice.chance(0.6) ? [] : undefined))(evil),
    end: () => evil.world.network.cutAll(),
  })),
  push("pushes-repeated", "pushes everything again and again", [], repeated),
  push("pushes-reversed", "pushes the newest first", [], (evil) => ({
    ...reversed(evil),
    end: () => evil.world.network.cutAll(),
  })),
  push(
    "newest-withheld",
    "withholds the newest entries from one member and tells of none",
    ["log-forked", "relay-lies"],
    newestWithheld,
    "they talk",
  ),
  push(
    "entries-promised",
    "tells of entries and does not give them",
    ["relay-lies", "log-forked", "relay-rolled-back"],
    promised,
    "they talk",
  ),
];
