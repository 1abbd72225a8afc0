/** Lies about what stands in the logs of rooms: to one, to some or to all, in pushes and in answers alike. */
import type { Entry, FromServer, RoomId, WarningCode } from "@sotto/wire";
import { idOf } from "@sotto/wire";
import { type EvilRelay, flipped, type Hooks, type Instead, type Misbehaviour } from "./evil-relay.ts";

/** What a log that is not as it was may bring about. */
const LOG: readonly WarningCode[] = [
  "relay-lies",
  "log-forked",
  "commit-skipped",
  "relay-rolled-back",
  "not-delivered",
];

type Change = (entry: Entry, evil: EvilRelay, who: string, room: RoomId) => Entry | undefined;

/** Messages alone are lied about: commits.ts has the others. */
const inMessages =
  (change: Change): Change =>
  (entry, evil, who, room) =>
    entry.kind === "message" ? change(entry, evil, who, room) : undefined;

/** Every entry that comes down, one by one. */
export function everyEntry(
  frame: FromServer,
  change: (entry: Entry, room: RoomId) => readonly Entry[] | undefined,
): Instead<FromServer> {
  const { body } = frame;
  if (body.type !== "event" && body.type !== "fetched") return undefined;
  let isChanged = false;
  const entries = body.entries.flatMap((entry) => {
    const instead = change(entry, body.room);
    isChanged ||= instead !== undefined;
    return instead ?? [entry];
  });
  if (!isChanged) return undefined;
  if (body.type === "event") return entries.length === 0 ? [] : [{ ...frame, body: { ...body, entries } }];
  return [{ ...frame, body: { ...body, entries, last: Math.max(body.last, entries.at(-1)?.seq ?? 0) } }];
}

/** Puts another entry in the place of one, and says so whenever it is asked. */
export const replacing =
  (change: Change) =>
  (evil: EvilRelay): Hooks => {
    const said = new Map<string, Entry | undefined>();
    return {
      down: (frame, line) =>
        everyEntry(frame, (entry, room) => {
          const key = `${line.who} ${room} ${entry.seq}`;
          if (!evil.takes(line.who, key)) return undefined;
          if (!said.has(key)) said.set(key, change(entry, evil, line.who, room));
          const instead = said.get(key);
          return instead && [instead];
        }),
    };
  };

/** Puts entries before one, or takes it away, and gives all behind it other numbers. */
const shifting =
  (before: (entry: Entry, evil: EvilRelay, who: string, room: RoomId) => readonly Entry[] | "dropped" | undefined) =>
  (evil: EvilRelay): Hooks => {
    const points = new Map<string, { readonly at: number; readonly put: readonly Entry[] | "dropped" }>();
    return {
      down: (frame, line) =>
        everyEntry(frame, (entry, room) => {
          const key = `${line.who} ${room}`;
          let point = points.get(key);
          if (point === undefined) {
            if (entry.kind !== "message" || !evil.takes(line.who)) return undefined;
            const put = before(entry, evil, line.who, room);
            if (put === undefined) return undefined;
            point = { at: entry.seq, put };
            points.set(key, point);
          }
          const { at, put } = point;
          if (entry.seq < at) return undefined;
          if (put === "dropped") return entry.seq === at ? [] : [{ ...entry, seq: entry.seq - 1 }];
          const moved = { ...entry, seq: entry.seq + put.length };
          return entry.seq === at ? [...put.map((one, index) => ({ ...one, seq: at + index })), moved] : [moved];
        }),
    };
  };

/** Two that are next to each other change places. */
function swapping(evil: EvilRelay): Hooks {
  const held = new Map<string, Entry>();
  const places = new Map<string, Entry>();
  return {
    down: (frame, line) =>
      everyEntry(frame, (entry, room) => {
        const key = `${line.who} ${room}`;
        const known = places.get(`${key} ${entry.seq}`);
        if (known !== undefined) return [known];
        const first = held.get(key);
        if (first !== undefined && first.seq + 1 === entry.seq && entry.kind === "message") {
          held.delete(key);
          const [one, other] = [
            { ...entry, seq: first.seq },
            { ...first, seq: entry.seq },
          ];
          places.set(`${key} ${one.seq}`, one).set(`${key} ${other.seq}`, other);
          return [one, other];
        }
        if (first !== undefined || entry.kind !== "message" || !evil.takes(line.who)) return undefined;
        held.set(key, entry);
        return [];
      }),
  };
}

const randomMessage = (evil: EvilRelay, device: Entry["device"], base: number): Entry => ({
  seq: 1,
  kind: "message",
  device,
  id: idOf.entry(evil.dice.bytes(16)),
  base,
  header: new Uint8Array(),
  bytes: evil.dice.bytes(487),
});

const entry = (name: string, words: string, arrange: (evil: EvilRelay) => Hooks): Misbehaviour => ({
  name,
  words,
  tells: LOG,
  after: "they talk",
  arrange,
});

/** Where numbers of the log are others than the relay's, who was lied to says nothing there that it takes. */
const outing = (name: string, words: string, arrange: (evil: EvilRelay) => Hooks): Misbehaviour => ({
  ...entry(name, words, arrange),
  after: "some are out",
  wants: ["create", "direct", "direct", "wait", "say", "sayDirect", "sayDirect", "say"],
});

export const ENTRIES: readonly Misbehaviour[] = [
  entry(
    "message-altered",
    "alters the bytes of a message",
    replacing(inMessages((one, evil) => ({ ...one, bytes: flipped(one.bytes, evil.dice.word()) }))),
  ),
  entry(
    "message-renamed",
    "gives a message another id",
    replacing(inMessages((one, evil) => ({ ...one, id: idOf.entry(evil.dice.bytes(16)) }))),
  ),
  entry(
    "message-rebased",
    "gives a message another base",
    replacing(inMessages((one, evil) => ({ ...one, base: otherThan(one.base, one.seq, evil) }))),
  ),
  entry(
    "message-given-a-header",
    "gives a message a header",
    replacing(inMessages((one, evil) => ({ ...one, header: evil.dice.bytes(3) }))),
  ),
  entry(
    "message-of-another-sender",
    "says that another device sent a message",
    replacing(
      inMessages((one, evil, _who, room) => {
        const devices = new Set(evil.log(room).map(({ device }) => device));
        devices.delete(one.device);
        return { ...one, device: evil.dice.of([...devices]) ?? idOf.device(evil.dice.bytes(16)) };
      }),
    ),
  ),
  outing(
    "message-of-another-room",
    "shows one member a message of another room",
    replacing((one, evil, _who, room) => {
      const other = evil.otherRoom(room);
      const from = other && evil.dice.of(evil.log(other));
      return from && { ...from, seq: one.seq };
    }),
  ),
  outing(
    "message-renumbered",
    "gives a message another number",
    replacing(inMessages((one, evil) => ({ ...one, seq: one.seq + evil.dice.of([-1, 1, 2, 1000]) }))),
  ),
  outing(
    "message-called-a-commit",
    "says that a message is a commit, or a commit a message",
    replacing((one) => ({ ...one, kind: one.kind === "message" ? "commit" : "message" })),
  ),
  outing(
    "message-dropped",
    "drops a message and moves the rest up",
    shifting(() => "dropped"),
  ),
  outing(
    "message-repeated",
    "replays a message of the same room as a new one",
    shifting((one, evil, _who, room) => {
      const earlier = evil.dice.of(evil.log(room).filter(({ seq, kind }) => seq < one.seq && kind === "message"));
      return earlier && [earlier];
    }),
  ),
  outing(
    "message-repeated-in-another-room",
    "replays a message of another room as a new one",
    shifting((_one, evil, _who, room) => {
      const other = evil.otherRoom(room);
      const from = other && evil.dice.of(evil.log(other).filter(({ kind }) => kind === "message"));
      return from && [from];
    }),
  ),
  outing(
    "message-invented",
    "invents a message in a member's name",
    shifting((one, evil) => [randomMessage(evil, one.device, one.base)]),
  ),
  outing(
    "own-message-invented",
    "invents a message in the reader's own name",
    shifting((one, evil, who) => {
      const own = evil.refOf(who);
      return own && [randomMessage(evil, own.device, one.base)];
    }),
  ),
  entry("messages-swapped", "shows two messages in two orders to two members", swapping),
];

function otherThan(base: number, seq: number, { dice }: EvilRelay): number {
  const other = dice.below(Math.max(2, seq));
  return other === base ? base + 1 : other;
}
