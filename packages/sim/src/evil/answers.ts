/** Lies in answers: what was done and was not, what was refused and stands, to whom it was answered and when. */
import { type ClientBody, type FromServer, RELAY_CODES, type RelayCode, type ServerBody } from "@sotto/wire";
import type { Line } from "../network.ts";
import { answering, asking, type EvilRelay, type Hooks, isOf, type Misbehaviour } from "./evil-relay.ts";

const refusal = (code: RelayCode, evil: EvilRelay, head = 0): ServerBody => ({
  type: "refused",
  code,
  head,
  retryMs: evil.dice.of([0, 20, 3000]),
  field: "",
});

/** Refuses what it never passes on. */
const refusing =
  (type: ClientBody["type"], codes: readonly [RelayCode, ...RelayCode[]]) =>
  (evil: EvilRelay): Hooks =>
    asking(evil, type, (_body, line, request) => {
      evil.say(line, refusal(evil.dice.of(codes), evil), request);
      return "swallowed";
    });

/** Says that it is done, and never does it. */
const forgetting =
  (type: ClientBody["type"], answer: (body: ClientBody, evil: EvilRelay) => ServerBody) =>
  (evil: EvilRelay): Hooks =>
    asking(evil, type, (body, line, request) => {
      evil.say(line, answer(body, evil), request);
      return "swallowed";
    });

const DONE: ServerBody = { type: "done" };
const UNSAID: ReadonlySet<ClientBody["type"]> = new Set(["hello", "resume", "ping"]);

function swapped(evil: EvilRelay): Hooks {
  const held = new Map<Line, FromServer>();
  return {
    down: (frame, line) => {
      const first = held.get(line);
      if (first !== undefined && frame.request > 0) {
        held.delete(line);
        return [
          { ...frame, request: first.request },
          { ...first, request: frame.request },
        ];
      }
      const isAnswer = frame.request > 0 && !UNSAID.has(evil.asked(line, frame.request)?.type ?? "ping");
      if (!isAnswer || first !== undefined || !evil.takes(line.who)) return undefined;
      held.set(line, frame);
      return [];
    },
    end: () => evil.world.network.cutAll(),
  };
}

/** Every answer comes under the number of some other request. */
const misnumbered = (evil: EvilRelay): Hooks => ({
  down: (frame, line) => {
    if (frame.request === 0 || UNSAID.has(evil.asked(line, frame.request)?.type ?? "ping") || !evil.takes(line.who))
      return undefined;
    return [{ ...frame, request: Math.max(0, frame.request + evil.dice.of([-2, -1, 1, 2, 1000])) }];
  },
  end: () => evil.world.network.cutAll(),
});

function late(evil: EvilRelay): Hooks {
  return {
    down: (frame, line) => {
      if (frame.request === 0 || !evil.takes(line.who)) return undefined;
      const [lie, ms] = [frame, evil.dice.between(200, 20_000)];
      evil.world.loop.after(ms, "a late answer", () => {
        if (line.isOpen) evil.say(line, lie.body, lie.request);
      });
      return [];
    },
  };
}

const unanswered = (evil: EvilRelay): Hooks => ({
  up: ({ body }, { who }) => (UNSAID.has(body.type) || !evil.takes(who) ? undefined : []),
  end: () => evil.world.network.cutAll(),
});

/** Frames that belong to nothing, beside the true ones. */
const unasked = (evil: EvilRelay): Hooks => ({
  down: (frame, line) => {
    if (frame.body.type !== "event" || !evil.takes(line.who)) return undefined;
    const { room, entries } = frame.body;
    const others: readonly FromServer[] = [
      { request: 999_999, body: { type: "ack", seq: 7, previous: new Uint8Array(32) } },
      { request: 0, body: { type: "fetched", room, entries, last: 99 } },
      { request: 0, body: DONE },
      { request: 0, body: { type: "directory-list", accounts: [] } },
      { request: 0, body: { type: "chains", chains: [] } },
      { request: 0, body: { type: "key-packages", packages: [] } },
      { request: 0, body: { type: "inbox-fetched", entries: [] } },
    ];
    return [...others, frame];
  },
});

/** Requests are refused with every code there is, at random; those that stop a device are left to sessions.ts. */
const STOPS: ReadonlySet<RelayCode> = new Set([
  "profile-copied",
  "device-revoked",
  "banned",
  "unsupported-version",
  "bad-credentials",
  "bad-access-password",
  "bad-code",
]);
const HARMLESS = RELAY_CODES.filter((code) => !STOPS.has(code));

const anyCode = (evil: EvilRelay): Hooks => ({
  up: ({ request, body }, line) => {
    if (UNSAID.has(body.type) || !evil.takes(line.who)) return undefined;
    evil.say(line, refusal(evil.dice.of(HARMLESS) ?? "internal", evil), request);
    return evil.dice.chance(0.5) ? [] : undefined;
  },
});

/** The message is taken all the same. */
const refusedAndStored = (evil: EvilRelay): Hooks => ({
  up: ({ request, body }, line) => {
    if (!isOf(body, "append") || !evil.takes(line.who)) return undefined;
    evil.say(line, refusal(evil.dice.of(["not-allowed", "too-long", "bad-request", "id-reused"]), evil), request);
    return undefined;
  },
});

const ackOf = (evil: EvilRelay, change: (body: Extract<ServerBody, { type: "ack" }>) => ServerBody): Hooks =>
  answering(evil, "ack", (body, _line, asked) => (asked?.type === "append" ? change(body) : undefined));

const answer = (
  name: string,
  words: string,
  tells: Misbehaviour["tells"],
  arrange: Misbehaviour["arrange"],
  more: Partial<Misbehaviour> = {},
): Misbehaviour => ({ name, words, tells, after: "as before", arrange, ...more });

export const ANSWERS: readonly Misbehaviour[] = [
  answer("message-acknowledged-and-lost", "acknowledges a message without storing it", ["relay-lies"], (evil) => ({
    ...forgetting("append", (body) => ({
      type: "ack",
      seq: body.type === "append" ? body.head + evil.dice.between(1, 50) : 1,
      previous: evil.dice.bytes(32),
    }))(evil),
    end: () => evil.world.network.cutAll(),
  })),
  answer("ack-misplaced", "acknowledges a message at another place", ["relay-lies"], (evil) =>
    ackOf(evil, (body) => ({ ...body, seq: Math.max(1, body.seq + evil.dice.of([-1, 1, 100])) })),
  ),
  answer("ack-with-another-hash", "acknowledges a message with the hash of another log", [], (evil) =>
    ackOf(evil, (body) => ({ ...body, previous: evil.dice.bytes(32) })),
  ),
  answer("ack-withheld", "takes a message and never answers", ["relay-lies"], (evil) => ({
    down: ({ request, body }, line) =>
      body.type === "ack" && evil.asked(line, request)?.type === "append" && evil.takes(line.who) ? [] : undefined,
    end: () => evil.world.network.cutAll(),
  })),
  answer("message-lost", "loses a message and says nothing", ["relay-lies"], (evil) => ({
    ...asking(evil, "append", () => "swallowed"),
    end: () => evil.world.network.cutAll(),
  })),
  answer(
    "message-put-off",
    "refuses a message for a moment, again and again",
    ["relay-lies"],
    refusing("append", ["busy", "rate-limited", "internal", "relay-full"]),
  ),
  answer(
    "message-refused-and-stored",
    "refuses a message for good and stores it",
    ["relay-lies", "not-delivered", "log-forked"],
    refusedAndStored,
    { after: "they talk" },
  ),
  answer(
    "stale-head-for-ever",
    "says that the head moved when it did not",
    ["relay-lies"],
    (evil) => ({
      up: ({ request, body }, line) => {
        if ((body.type !== "append" && body.type !== "commit") || !evil.takes(line.who)) return undefined;
        evil.say(line, refusal("stale-head", evil, body.head), request);
        return [];
      },
      end: () => evil.world.network.cutAll(),
    }),
    { after: "they talk" },
  ),
  answer(
    "room-denied",
    "says that a member is not in the room",
    ["relay-lies", "not-delivered", "relay-rolled-back"],
    refusing("append", ["unknown-room", "unknown-room"]),
    { after: "they talk" },
  ),
  answer("answers-unasked", "tells of rooms, notices and answers that nobody asked for", [], unasked),
  answer(
    "answers-swapped",
    "gives each of two requests the answer of the other",
    ["relay-lies", "relay-rolled-back", "log-forked"],
    swapped,
    {
      after: "they talk",
    },
  ),
  answer(
    "answers-misnumbered",
    "answers under the numbers of other requests",
    ["relay-lies", "relay-rolled-back", "log-forked"],
    misnumbered,
    {
      after: "they talk",
    },
  ),
  answer("answers-late", "answers everything late", ["relay-lies", "relay-rolled-back"], late),
  answer("requests-unanswered", "answers nothing but signs of life", ["relay-lies"], unanswered, {
    after: "they talk",
  }),
  answer(
    "codes-at-random",
    "refuses anything with any code, and does it or not",
    ["relay-lies", "not-delivered", "chain-withheld", "relay-rolled-back", "log-forked", "commit-skipped"],
    anyCode,
    { after: "they talk" },
  ),
  answer(
    "room-not-stored",
    "says that a room stands and does not store it",
    ["relay-rolled-back", "not-delivered"],
    forgetting("room-create", (_body, evil) => ({ type: "ack", seq: 0, previous: evil.dice.bytes(32) })),
    { wants: ["create", "direct"], after: "they talk" },
  ),
  answer(
    "key-packages-not-stored",
    "says that it has key packages and throws them away",
    [],
    (evil) => forgetting("key-packages-put", () => DONE)(evil),
    { wants: ["device", "wait", "device", "wait", "device"], after: "some are out" },
  ),
  answer(
    "chain-entry-not-stored",
    "says that it has a chain entry and throws it away",
    ["chain-forked", "chain-withheld", "commit-skipped", "relay-rolled-back"],
    (evil) => forgetting("chain-append", () => DONE)(evil),
    { wants: ["revoke", "phrase", "device", "phrase"], after: "some are out" },
  ),
  answer(
    "password-not-stored",
    "says that it has a new password and keeps the old one",
    [],
    (evil) => forgetting("password-finish", () => DONE)(evil),
    { wants: ["password", "password"], after: "some are out" },
  ),
];
