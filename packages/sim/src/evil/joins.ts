/** Lies to who comes in by a link: GroupInfos of before, of elsewhere and of nowhere, and a place that is another. */
import { equalBytes, type RoomId, type ServerBody } from "@sotto/wire";
import { answering, type EvilRelay, flipped, type Hooks, type Misbehaviour } from "./evil-relay.ts";

type GroupInfo = Extract<ServerBody, { type: "group-info" }>;

const WANTS = ["create", "join", "link", "join", "remove", "join", "join"] as const;

/** @param change - of what is given out for a room; all that were given out are kept, the oldest first. */
const groupInfo =
  (
    change: (
      info: GroupInfo,
      evil: EvilRelay,
      room: RoomId,
      given: ReadonlyMap<RoomId, readonly GroupInfo[]>,
    ) => GroupInfo | undefined,
  ) =>
  (evil: EvilRelay): Hooks => {
    const given = new Map<RoomId, GroupInfo[]>();
    return {
      down: ({ request, body }, line) => {
        const asked = evil.asked(line, request);
        if (body.type !== "group-info" || asked?.type !== "group-info-get") return undefined;
        const changed = evil.takes(line.who) ? change(body, evil, asked.room, given) : undefined;
        given.set(asked.room, [...(given.get(asked.room) ?? []), body]);
        return changed && [{ request, body: changed }];
      },
    };
  };

/** The relay's own answer to a join, changed. */
const joined =
  (change: (ack: Extract<ServerBody, { type: "ack" }>, evil: EvilRelay) => ServerBody) =>
  (evil: EvilRelay): Hooks =>
    answering(evil, "ack", (body, _line, asked) =>
      asked?.type === "commit" && asked.joinToken !== undefined ? change(body, evil) : undefined,
    );

const join = (name: string, words: string, arrange: Misbehaviour["arrange"]): Misbehaviour => ({
  name,
  words,
  tells: ["relay-lies", "log-forked", "commit-skipped", "not-delivered", "relay-rolled-back", "chain-withheld"],
  after: "some are out",
  wants: WANTS,
  isAmongStrangers: true,
  arrange,
});

export const JOINS: readonly Misbehaviour[] = [
  join(
    "group-info-invented",
    "makes up the GroupInfo of a link",
    groupInfo((info, { dice }) => ({ ...info, sealed: dice.bytes(info.sealed.length) })),
  ),
  join(
    "group-info-altered",
    "alters the GroupInfo of a link",
    groupInfo((info, { dice }) => ({ ...info, sealed: flipped(info.sealed, dice.word()) })),
  ),
  join(
    "group-info-of-another-room",
    "gives the GroupInfo of another room",
    groupInfo((info, evil, room, given) => {
      const other = evil.dice.of([...given].filter(([one]) => one !== room).flatMap(([, all]) => all));
      const stored = evil.otherRoom(room);
      const sealed = other?.sealed ?? (stored && evil.world.relay.tables.groupInfo(stored)?.sealed);
      return sealed && { ...info, sealed };
    }),
  ),
  join(
    "group-info-stale",
    "gives a GroupInfo of before",
    groupInfo((info, evil, room, given) => {
      const old = evil.dice.of(given.get(room)?.filter(({ sealed }) => !equalBytes(sealed, info.sealed)) ?? []);
      return old && { ...info, sealed: old.sealed };
    }),
  ),
  join(
    "group-info-misplaced",
    "says that a GroupInfo is of another place of the log",
    groupInfo((info, { dice }) => ({
      ...info,
      base: Math.max(0, info.base + dice.of([-1, 1])),
      head: Math.max(0, info.head + dice.of([-1, 0, 1])),
    })),
  ),
  join(
    "join-misplaced",
    "acknowledges a join where it does not stand",
    joined((ack, { dice }) => ({ ...ack, seq: Math.max(1, ack.seq + dice.of([-2, -1, 1, 20])) })),
  ),
  join(
    "join-with-another-transcript",
    "acknowledges a join with the hash of another log",
    joined((ack, { dice }) => ({ ...ack, previous: dice.bytes(32) })),
  ),
];
