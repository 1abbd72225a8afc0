/** Lies in the handshake and in what a signed-in device starts from. */
import { type FromClient, idOf, type RelayCode, type ServerBody, type WarningCode } from "@sotto/wire";
import type { MoveName } from "../plan.ts";
import { answering, asking, type EvilRelay, type Hooks, isOf, type Misbehaviour } from "./evil-relay.ts";

type Session = Extract<ServerBody, { type: "session" }>;
type Challenge = Extract<ServerBody, { type: "challenge" }>;

/** Connections that are made anew. */
const WANTS: readonly MoveName[] = ["cut", "cut", "crash", "back", "back", "cut", "back"];

const session =
  (change: (body: Session, evil: EvilRelay, who: string) => Session | undefined) =>
  (evil: EvilRelay): Hooks =>
    answering(evil, "session", (body, { who }) => change(body, evil, who));

const challenge =
  (change: (body: Challenge, evil: EvilRelay) => ServerBody) =>
  (evil: EvilRelay): Hooks =>
    answering(evil, "challenge", (body) => change(body, evil));

/** A Resume is refused although it holds. */
const turnedAway =
  (code: RelayCode) =>
  (evil: EvilRelay): Hooks =>
    answering(evil, "session", () => ({ type: "refused", code, head: 0, retryMs: 0, field: "" }));

/** Rooms that have something behind them are said to be shorter. */
const shorter = (of: "last" | "head") =>
  session((body, { dice }) => {
    const isLong = body.rooms.some((one) => one[of] > 0);
    if (!isLong) return undefined;
    const rooms = body.rooms.map((one) => ({ ...one, [of]: Math.max(0, one[of] - dice.between(1, 3)) }));
    return { ...body, rooms };
  });

/** Resumes that were recorded, on other connections, in the place of the next Hello's. */
function replayed(evil: EvilRelay): Hooks {
  const recorded: FromClient[] = [];
  return {
    up: (frame, { who }) => {
      if (!isOf(frame.body, "resume")) return undefined;
      const other = evil.dice.of(recorded);
      recorded.push(frame);
      return other === undefined || !evil.takes(who) ? undefined : [{ ...other, request: frame.request }];
    },
  };
}

const lie = (
  name: string,
  words: string,
  tells: readonly WarningCode[],
  arrange: Misbehaviour["arrange"],
  more: Partial<Misbehaviour> = {},
): Misbehaviour => ({ name, words, tells, after: "as before", wants: WANTS, arrange, ...more });

const TALK = { after: "they talk" } as const;
const OUT = { after: "some are out" } as const;
const BACK: readonly WarningCode[] = ["relay-rolled-back"];

export const SESSIONS: readonly Misbehaviour[] = [
  lie(
    "version-never-offered",
    "picks a version that nobody offered",
    [],
    challenge((one, { dice }) => ({ ...one, version: dice.of([0, 2, 65_535]) })),
  ),
  lie(
    "version-refused",
    "says that there is no version in common",
    [],
    (evil) =>
      answering(evil, "challenge", () => ({
        type: "refused",
        code: "unsupported-version",
        head: 0,
        retryMs: 0,
        field: "",
      })),
    OUT,
  ),
  lie(
    "relay-id-of-another",
    "says that it is another relay",
    [],
    challenge((one, { dice }) => ({ ...one, relay: dice.bytes(32) })),
    OUT,
  ),
  lie(
    "relay-nonce-changed",
    "changes its nonce on the way",
    BACK,
    challenge((one, { dice }) => ({ ...one, nonce: dice.bytes(32) })),
    TALK,
  ),
  lie(
    "generation-changed",
    "says that its database is another one",
    BACK,
    challenge((one, { dice }) => ({ ...one, generation: dice.bytes(16) })),
    TALK,
  ),
  lie(
    "client-nonce-changed",
    "changes the client's nonce on the way",
    BACK,
    (evil) => asking(evil, "hello", (body) => ({ ...body, nonce: evil.dice.bytes(32) })),
    TALK,
  ),
  lie(
    "counter-changed",
    "changes the counter of a Resume on the way",
    BACK,
    (evil) => asking(evil, "resume", (body) => ({ ...body, counter: body.counter + 1000 })),
    TALK,
  ),
  lie("resume-replayed", "replays a recorded Resume on another connection", BACK, replayed, TALK),
  lie("log-shortened", "says that a log has fewer entries than were seen", BACK, shorter("last"), TALK),
  lie("head-rolled-back", "says that a log has an older head than is held", BACK, shorter("head"), TALK),
  lie(
    "inbox-shortened",
    "says that an inbox has fewer entries than were taken",
    BACK,
    session((body) => (body.inboxLast === 0 ? undefined : { ...body, inboxLast: body.inboxLast - 1 })),
    { ...TALK, wants: ["add", "direct", "wait", "direct", ...WANTS] },
  ),
  lie(
    "room-forgotten",
    "leaves a room out of the Session",
    BACK,
    session((body, { dice }) => {
      const out = dice.of(body.rooms);
      return out && { ...body, rooms: body.rooms.filter((one) => one !== out) };
    }),
    TALK,
  ),
  lie(
    "chain-length-understated",
    "says that the own chain is shorter than it is",
    [],
    session((body) => ({ ...body, chainLength: body.chainLength - 1 })),
    OUT,
  ),
  lie(
    "chain-length-overstated",
    "says that the own chain is longer than it is",
    [],
    session((body) => ({ ...body, chainLength: body.chainLength + 7 })),
    OUT,
  ),
  lie(
    "session-with-strange-rooms",
    "names rooms in the Session that one is not in",
    [],
    session((body, evil) => ({
      ...body,
      rooms: [...body.rooms, { room: idOf.room(evil.dice.bytes(32)), last: 9, head: 3 }],
    })),
  ),
  lie(
    "session-with-invented-rooms",
    "makes up rooms of the account in the Session",
    ["not-delivered"],
    session((body, evil) => ({ ...body, accountRooms: [...body.accountRooms, idOf.room(evil.dice.bytes(32))] })),
  ),
  lie(
    "session-with-entries-promised",
    "names entries in the Session that are not there",
    ["relay-lies", "log-forked"],
    session((body, { dice }) => ({
      ...body,
      rooms: body.rooms.map((one) => ({ ...one, last: one.last + dice.between(1, 50) })),
    })),
    TALK,
  ),
  lie(
    "session-with-inbox-promised",
    "names entries of the inbox in the Session that are not there",
    ["relay-lies"],
    session((body) => ({ ...body, inboxLast: body.inboxLast + 5 })),
    TALK,
  ),
  lie(
    "key-packages-denied",
    "says that no key packages are left",
    [],
    session((body) => ({ ...body, keyPackages: 0 })),
  ),
  lie(
    "key-packages-overstated",
    "says that many key packages are left",
    [],
    session((body) => ({ ...body, keyPackages: 10_000 })),
  ),
  lie(
    "admin-granted",
    "says that somebody is the operator",
    [],
    session((body) => ({ ...body, admin: true })),
  ),
  lie(
    "confirmation-denied",
    "says that an account waits for its first code",
    [],
    session((body) => ({ ...body, confirmed: false })),
    OUT,
  ),
  lie(
    "proof-demanded",
    "asks for password and code when it needs none",
    [],
    (evil) => answering(evil, "session", () => ({ type: "proof-needed" })),
    OUT,
  ),
  lie("banned-falsely", "says that an account is banned", [], turnedAway("banned"), OUT),
  lie("revoked-falsely", "says that a device was revoked", [], turnedAway("device-revoked"), OUT),
  lie("copied-falsely", "says that a profile was copied", [], turnedAway("profile-copied"), OUT),
  lie("credentials-denied", "says that an account was never there", BACK, turnedAway("bad-credentials"), TALK),
  lie(
    "access-password-denied",
    "says at each connection that the access password is wrong",
    [],
    (evil) =>
      answering(evil, "challenge", () => ({
        type: "refused",
        code: "bad-access-password",
        head: 0,
        retryMs: 0,
        field: "",
      })),
    OUT,
  ),
  lie(
    "address-forged",
    "names an address for links that is more than a host and a port",
    [],
    session((body, { dice }) => ({
      ...body,
      address: dice.of(["evil.example:1/#k=x", "\u001b[2J", "relay.sim:7878@evil:1"]),
    })),
  ),
  lie(
    "access-password-poisoned",
    "sends an access password that is meant to break links",
    [],
    session((body, { dice }) => ({ ...body, accessPassword: dice.of(["a&s=b#/", "\u001b]0;x", "%00"]) })),
  ),
];
