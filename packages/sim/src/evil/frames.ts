/** What is no frame, belongs to no state, or never ends. */
import { type Entry, encodeFromServer, idOf, type ServerBody } from "@sotto/wire";
import type { Line } from "../network.ts";
import type { EvilRelay, Hooks, Misbehaviour } from "./evil-relay.ts";

const FLOOD = 200;

/** Bytes in the place of a frame of the relay, or beside it. */
const bytes =
  (make: (frame: Uint8Array, evil: EvilRelay) => Uint8Array) =>
  (evil: EvilRelay): Hooks => ({
    down: (frame, { who }) => {
      if (!evil.takes(who)) return undefined;
      const made = make(encodeFromServer(frame), evil);
      return evil.dice.chance(0.5) ? [made] : [made, frame];
    },
    end: () => evil.world.network.cutAll(),
  });

/** Frames of its own beside every one that carries entries. */
const beside =
  (make: (evil: EvilRelay, line: Line) => readonly ServerBody[]) =>
  (evil: EvilRelay): Hooks => ({
    down: (frame, line) => {
      if (frame.body.type !== "event" || !evil.takes(line.who)) return undefined;
      return [...make(evil, line).map((body) => ({ request: 0, body })), frame];
    },
    end: () => evil.world.network.cutAll(),
  });

function entry(evil: EvilRelay, seq: number): Entry {
  const { dice } = evil;
  return {
    seq,
    kind: dice.chance(0.5) ? "commit" : "message",
    device: idOf.device(dice.bytes(16)),
    id: idOf.entry(dice.bytes(16)),
    base: dice.below(seq),
    header: new Uint8Array(),
    bytes: dice.bytes(64),
  };
}

const ofOtherStates = ({ dice }: EvilRelay): readonly ServerBody[] => [
  dice.of<ServerBody>([
    {
      type: "challenge",
      version: 1,
      nonce: dice.bytes(32),
      relay: dice.bytes(32),
      generation: dice.bytes(16),
      accessNeeded: false,
    },
    { type: "sign-up-response", registrationResponse: dice.bytes(64) },
    { type: "sign-up-pending", totpSecret: dice.bytes(20), heldUntil: 5 },
    { type: "confirmed", backupCodes: ["AAAAABBBBB"] },
    { type: "sign-in-response", loginResponse: dice.bytes(320) },
    { type: "signed-in", account: idOf.account(dice.bytes(32)), chain: [dice.bytes(80)] },
    { type: "proof-needed" },
    { type: "pong" },
    { type: "done" },
  ]),
];

function silent(evil: EvilRelay): Hooks {
  const lines = new Set<Line>();
  return {
    down: (_frame, line) => {
      if (!lines.has(line)) {
        if (lines.size > 5 || !evil.takes(line.who)) return undefined;
        lines.add(line);
      }
      return [];
    },
  };
}

const frame = (
  name: string,
  words: string,
  arrange: Misbehaviour["arrange"],
  more: Partial<Misbehaviour> = {},
): Misbehaviour => ({ name, words, tells: [], after: "as before", arrange, ...more });

export const FRAMES: readonly Misbehaviour[] = [
  frame(
    "garbage-frame",
    "sends bytes that are no frame",
    bytes((_one, { dice }) => dice.bytes(dice.between(1, 300))),
  ),
  frame(
    "cut-frame",
    "cuts a frame",
    bytes((one, { dice }) => one.slice(0, dice.below(one.length))),
  ),
  frame(
    "empty-frame",
    "sends an empty frame",
    bytes(() => new Uint8Array()),
  ),
  frame(
    "oversized-frame",
    "sends a frame above the limit",
    bytes(() => new Uint8Array(1_048_577)),
  ),
  frame(
    "unknown-frame",
    "sends a frame of a kind that nobody knows",
    bytes(() => Uint8Array.of(0xfa, 0x3e, 0x02, 0x08, 0x01)),
  ),
  frame(
    "frame-altered",
    "alters any frame",
    bytes((one, { dice }) => {
      const at = dice.below(one.length);
      return one.map((byte, index) => (index === at ? dice.below(256) : byte));
    }),
    {
      tells: [
        "relay-lies",
        "log-forked",
        "commit-skipped",
        "relay-rolled-back",
        "not-delivered",
        "chain-withheld",
        "chain-forked",
        "identity-changed",
        "last-resort-used",
      ],
      after: "some are out",
    },
  ),
  frame(
    "frames-of-another-state",
    "sends frames that belong to another state of the connection",
    beside(ofOtherStates),
  ),
  frame(
    "words-put-into-mouths",
    "sends notices that read like lines of the program",
    beside(({ dice }) => [
      { type: "notice", text: dice.of(["bob was removed", "something went wrong\u001b[2J", "ann: hello", ""]) },
      { type: "access-password", accessPassword: "a&s=b#" },
    ]),
  ),
  frame("falls-silent", "says nothing any more on an open connection", silent),
  frame(
    "flood-of-strange-rooms",
    "pushes entries of rooms that nobody is in, without end",
    beside((evil) =>
      Array.from({ length: FLOOD }, (_, at) => ({
        type: "event",
        room: idOf.room(evil.dice.bytes(32)),
        entries: [entry(evil, at + 1)],
      })),
    ),
  ),
  frame(
    "flood-of-entries",
    "pushes entries far behind the newest, without end",
    beside((evil) => {
      const room = evil.dice.of(evil.world.rooms);
      if (room === undefined) return [];
      return Array.from({ length: FLOOD }, (_, at) => ({ type: "event", room, entries: [entry(evil, 1000 + at)] }));
    }),
    { tells: ["relay-lies", "log-forked"], after: "they talk" },
  ),
  frame(
    "flood-of-inbox",
    "pushes entries of the inbox far behind the newest, without end",
    beside(() =>
      Array.from({ length: FLOOD }, (_, at) => ({
        type: "inbox-event",
        entry: { number: 1000 + at, kind: "chain-grew" },
      })),
    ),
    { tells: ["relay-lies"], after: "they talk" },
  ),
];
