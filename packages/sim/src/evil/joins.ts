/** Lies to who comes in by a link: GroupInfos of before, of elsewhere and of nowhere, and a place that is another. */
import type { FromServer, RoomId, ServerBody } from "@sotto/wire";
import { answering, type EvilRelay, flipped, type Hooks, type Misbehaviour } from "./evil-relay.ts";

type GroupInfo = Extract<ServerBody, { type: "group-info" }>;

const WANTS = ["join", "link", "join", "remove", "join", "join"] as const;

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
    return answering(evil, "group-info", (body, _line, asked) => {
      const room = asked?.type === "group-info-get" ? asked.room : undefined;
      if (room === undefined) return undefined;
      const changed = change(body, evil, room, given);
      given.set(room, [...(given.get(room) ?? []), body]);
      return changed;
    });
  };

/** The relay's own answer to a join, changed. */
const joined =
  (change: (ack: Extract<ServerBody, { type: "ack" }>, evil: EvilRelay) => ServerBody) =>
  (evil: EvilRelay): Hooks =>
    answering(evil, "ack", (body, _line, asked) =>
      asked?.type === "commit" && asked.joinToken !== undefined ? change(body, evil) : undefined,
    );

/** GroupInfos that left members, as they came with their commits: the relay keeps every one. */
function stale(evil: EvilRelay): Hooks {
  const kept = new Map<RoomId, { readonly base: number; readonly head: number; readonly sealed: Uint8Array }[]>();
  return {
    up: ({ body }) => {
      if (body.type !== "commit" || !body.link) return undefined;
      const { room, head, base, link } = body;
      kept.set(room, [...(kept.get(room) ?? []), { base, head, sealed: link.groupInfo }]);
      return undefined;
    },
    down: ({ request, body }: FromServer, line) => {
      const asked = evil.asked(line, request);
      if (body.type !== "group-info" || asked?.type !== "group-info-get" || !evil.takes(line.who)) return undefined;
      const old = evil.dice.of((kept.get(asked.room) ?? []).slice(0, -1));
      return old && [{ request, body: { ...body, sealed: old.sealed } }];
    },
  };
}

const join = (name: string, words: string, arrange: Misbehaviour["arrange"]): Misbehaviour => ({
  name,
  words,
  tells: ["relay-lies", "log-forked", "commit-skipped", "not-delivered", "relay-rolled-back", "chain-withheld"],
  after: "some are out",
  wants: WANTS,
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
  join("group-info-stale", "gives a GroupInfo of before", stale),
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
