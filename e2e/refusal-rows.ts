/** The rows of refusals.test.ts: what is tried, and the code that answers it. */
import { formatLink, parseLink } from "@sotto/wire";
import { codeOf, wrongCode } from "./harness/code.ts";
import type { Person } from "./harness/person.ts";
import { freePort } from "./harness/relay.ts";

export interface Cast {
  /** Signed up, owner of `roomId`, online. */
  readonly alice: Person;
  /** Signed up, in no room. */
  readonly bob: Person;
  /** In a profile of nobody. */
  readonly newcomer: Person;
  /** Signed up, without the first code. */
  readonly pending: Person;
  readonly roomId: string;
  /** Of `roomId`. */
  readonly link: string;
  readonly direct: string;
  /** To the relay. */
  readonly relayLink: string;
}

export interface Row {
  readonly name: string;
  /** Without one it is JSON-RPC that refuses. */
  readonly code?: string;
  /** Of JSON-RPC; most are -32000. */
  readonly number?: number;
  attempt(cast: Cast): Promise<unknown>;
}

export const STRONG = "four words are enough";

function signUp({ newcomer, relayLink }: Cast, change: { link?: string; username?: string; password?: string }) {
  return newcomer.call("account.signUp", { link: relayLink, username: "newcomer", password: STRONG, ...change });
}

function signIn({ newcomer, alice, relayLink }: Cast, change: { username?: string; password?: string; code?: string }) {
  const { name: username, password } = alice;
  return newcomer.call("account.signIn", { link: relayLink, username, password, code: "123456", ...change });
}

function relink(link: string, change: Partial<NonNullable<ReturnType<typeof parseLink>>>): string {
  const parsed = parseLink(link);
  if (parsed === undefined) throw new Error("the link of a test is a link");
  return formatLink({ ...parsed, ...change });
}

const otherPin = new Uint8Array(32).fill(7);

export const signUps: readonly Row[] = [
  { name: "a taken name", code: "name-taken", attempt: (all) => signUp(all, { username: "alice" }) },
  { name: "a taken name in capitals", code: "name-taken", attempt: (all) => signUp(all, { username: "ALICE" }) },
  {
    name: "a name that waits for its first code",
    code: "name-taken",
    attempt: (all) => signUp(all, { username: "pending" }),
  },
  { name: "a name of one letter", code: "bad-name", attempt: (all) => signUp(all, { username: "a" }) },
  { name: "a name of 33 letters", code: "bad-name", attempt: (all) => signUp(all, { username: "a".repeat(33) }) },
  { name: "a name with a space", code: "bad-name", attempt: (all) => signUp(all, { username: "two words" }) },
  { name: "a name in Cyrillic", code: "bad-name", attempt: (all) => signUp(all, { username: "\u0430lice" }) },
  { name: "a name with a Kelvin sign", code: "bad-name", attempt: (all) => signUp(all, { username: "\u212aate" }) },
  { name: "a reserved name", code: "bad-name", attempt: (all) => signUp(all, { username: "admin" }) },
  {
    name: "a password of nine characters",
    code: "weak-password",
    attempt: (all) => signUp(all, { password: "123456789" }),
  },
  {
    name: "a password with the name in it",
    code: "weak-password",
    attempt: (all) => signUp(all, { password: "my NewComer password" }),
  },
  {
    name: "a wrong access password",
    code: "bad-access-password",
    attempt: (all) => signUp(all, { link: relink(all.relayLink, { accessPassword: "WRONG-WRONG" }) }),
  },
  {
    name: "no access password",
    code: "bad-access-password",
    attempt: (all) => signUp(all, { link: relink(all.relayLink, { accessPassword: undefined }) }),
  },
  {
    name: "a taken name, and no way in",
    code: "bad-access-password",
    attempt: (all) =>
      signUp(all, { username: "alice", link: relink(all.relayLink, { accessPassword: "WRONG-WRONG" }) }),
  },
  {
    name: "a pin of another relay",
    code: "wrong-pin",
    attempt: (all) => signUp(all, { link: relink(all.relayLink, { pin: otherPin }) }),
  },
  {
    name: "a relay that is not there",
    code: "offline",
    attempt: async (all) => signUp(all, { link: relink(all.relayLink, { port: await freePort() }) }),
  },
  { name: "a link of the web", code: "bad-link", attempt: (all) => signUp(all, { link: "https://example.org/" }) },
  { name: "half a link", code: "bad-link", attempt: (all) => signUp(all, { link: all.link.slice(0, 60) }) },
  {
    name: "a pin of the wrong length",
    code: "bad-link",
    attempt: (all) => signUp(all, { link: "sotto://127.0.0.1:7878/#k=AAAA&a=b" }),
  },
];

let usedCode = "";

export const signIns: readonly Row[] = [
  {
    name: "a wrong password",
    code: "bad-credentials",
    attempt: (all) => signIn(all, { password: "not the password" }),
  },
  { name: "a name that nobody has", code: "bad-credentials", attempt: (all) => signIn(all, { username: "nobody" }) },
  { name: "a name that is no name", code: "bad-name", attempt: (all) => signIn(all, { username: "a b" }) },
  {
    name: "an account without its first code",
    code: "bad-credentials",
    attempt: (all) => signIn(all, { username: "pending", password: all.pending.password }),
  },
  { name: "a wrong code", code: "bad-code", attempt: (all) => signIn(all, { code: wrongCode(all.alice.totpUri) }) },
  { name: "a code that is none", code: "bad-code", attempt: (all) => signIn(all, { code: "12345\u0000" }) },
  {
    name: "right password and code, new device",
    code: "approval-needed",
    attempt: (all) => {
      // The step may change before the next row: both take this one.
      usedCode = codeOf(all.alice.totpUri, 1);
      return signIn(all, { code: usedCode });
    },
  },
  {
    name: "the code that was just used",
    code: "bad-code",
    attempt: (all) => signIn(all, { code: usedCode }),
  },
  {
    name: "a backup code, new device",
    code: "approval-needed",
    attempt: (all) => signIn(all, { code: all.alice.backupCodes[0]! }),
  },
  {
    name: "a backup code for the second time",
    code: "bad-code",
    attempt: (all) => signIn(all, { code: all.alice.backupCodes[0]! }),
  },
];

export const NOWHERE = "ab".repeat(32);

export const inside: readonly Row[] = [
  {
    name: "a text of 16,385 bytes",
    code: "too-long",
    attempt: ({ alice, roomId }) => alice.send(roomId, "a".repeat(16_385)),
  },
  {
    name: "a text of 8,193 letters of two bytes",
    code: "too-long",
    attempt: ({ alice, roomId }) => alice.send(roomId, "é".repeat(8_193)),
  },
  {
    name: "an empty text",
    code: "bad-request",
    number: -32_602,
    attempt: ({ alice, roomId }) => alice.send(roomId, ""),
  },
  {
    name: "a text to a room that is not there",
    code: "unknown-room",
    attempt: ({ alice }) => alice.send(NOWHERE, "hello"),
  },
  {
    name: "a text to a room one is not in",
    code: "unknown-room",
    attempt: ({ bob, roomId }) => bob.send(roomId, "hello"),
  },
  {
    name: "the messages of a room one is not in",
    code: "unknown-room",
    attempt: ({ bob, roomId }) => bob.call("message.list", { roomId }),
  },
  {
    name: "the members of a room one is not in",
    code: "unknown-room",
    attempt: ({ bob, roomId }) => bob.call("room.members", { roomId }),
  },
  {
    name: "the link of a room one is not in",
    code: "unknown-room",
    attempt: ({ bob, roomId }) => bob.call("room.link", { roomId }),
  },
  {
    name: "the link of a direct conversation",
    code: "not-allowed",
    attempt: ({ alice, direct }) => alice.call("room.link", { roomId: direct }),
  },
  {
    name: "a third in a direct conversation",
    code: "not-allowed",
    attempt: ({ alice, direct }) => alice.call("room.add", { roomId: direct, username: "pending" }),
  },
  {
    name: "adding nobody",
    code: "unknown-user",
    attempt: ({ alice, roomId }) => alice.call("room.add", { roomId, username: "nobody" }),
  },
  {
    name: "adding who waits for the first code",
    code: "unknown-user",
    attempt: ({ alice, roomId }) => alice.call("room.add", { roomId, username: "pending" }),
  },
  {
    name: "adding what is no name",
    code: "unknown-user",
    attempt: ({ alice, roomId }) => alice.call("room.add", { roomId, username: "<script>" }),
  },
  {
    name: "removing who is not in",
    code: "unknown-user",
    attempt: ({ alice, roomId }) => alice.call("room.remove", { roomId, username: "bob" }),
  },
  {
    name: "a conversation with nobody",
    code: "unknown-user",
    attempt: ({ alice }) => alice.call("direct.open", { username: "nobody" }),
  },
  {
    name: "a conversation with oneself",
    code: "bad-request",
    number: -32_602,
    attempt: ({ alice }) => alice.call("direct.open", { username: "Alice" }),
  },
  { name: "a room without a name", code: "bad-name", attempt: ({ alice }) => alice.call("room.create", { name: "" }) },
  {
    name: "a room with a name of 65 characters",
    code: "bad-name",
    attempt: ({ alice }) => alice.call("room.create", { name: "a".repeat(65) }),
  },
  {
    name: "a room with an escape in its name",
    code: "bad-name",
    attempt: ({ alice }) => alice.call("room.create", { name: "a\u001b[2Jb" }),
  },
  {
    name: "a room with a line break in its name",
    code: "bad-name",
    attempt: ({ alice }) => alice.call("room.create", { name: "a\nb" }),
  },
  {
    name: "joining by what is no link",
    code: "bad-link",
    attempt: ({ bob }) => bob.call("room.join", { link: "come in" }),
  },
  {
    name: "joining by a link to the relay alone",
    code: "bad-link",
    attempt: ({ bob, relayLink }) => bob.call("room.join", { link: relayLink }),
  },
  {
    name: "joining by a link with another secret",
    code: "link-expired",
    attempt: ({ bob, link }) =>
      bob.call("room.join", { link: relink(link, { room: { ...parseLink(link)!.room!, secret: otherPin } }) }),
  },
  {
    name: "joining a room of another relay",
    code: "wrong-pin",
    attempt: ({ bob, link }) => bob.call("room.join", { link: relink(link, { pin: otherPin }) }),
  },
  {
    name: "a second unlock",
    code: "not-allowed",
    attempt: ({ alice }) => alice.call("account.unlock", { password: alice.password }),
  },
  {
    name: "a sign-up in a profile with an account",
    code: "not-allowed",
    attempt: ({ alice, relayLink }) =>
      alice.call("account.signUp", { link: relayLink, username: "second", password: STRONG }),
  },
  {
    name: "a sign-in in a profile with an account",
    code: "not-allowed",
    attempt: ({ alice, relayLink }) =>
      alice.call("account.signIn", { link: relayLink, username: "bob", password: STRONG, code: "123456" }),
  },
  {
    name: "a first code for an account that has had it",
    code: "not-allowed",
    attempt: ({ alice }) => alice.call("account.confirmOtp", { code: "123456" }),
  },
  {
    name: "a method that there is not",
    number: -32_601,
    attempt: ({ alice }) => alice.run.ask("room.destroy", {}),
  },
  {
    name: "a method of every object",
    number: -32_601,
    attempt: ({ alice }) => alice.run.ask("toString", {}),
  },
];

export const badParams: readonly (readonly [string, unknown])[] = [
  ["message.send", { roomId: NOWHERE }],
  ["message.send", { roomId: NOWHERE, text: 7 }],
  ["message.send", { roomId: NOWHERE.toUpperCase(), text: "a" }],
  ["message.send", { roomId: "general", text: "a" }],
  ["message.send", { roomId: NOWHERE, text: "a", id: "short" }],
  ["message.list", { roomId: NOWHERE, limit: "50" }],
  ["message.list", { roomId: NOWHERE, before: -(2 ** 53) }],
  ["message.markRead", { roomId: NOWHERE }],
  ["room.link", { roomId: NOWHERE, renew: "yes" }],
  ["room.create", ["general"]],
  ["room.create", null],
  ["account.unlock", {}],
  ["direct.open", { username: null }],
  ["contact.verify", {}],
  ["device.revoke", { deviceId: "device 2" }],
  ["device.revoke", { deviceId: "AB".repeat(16) }],
  ["admin.ban", { username: ["alice"] }],
  ["admin.announce", {}],
  ["warning.accept", { code: 7 }],
];

export const BEFORE_SIGN_IN: readonly (readonly [string, object])[] = [
  ["users.list", {}],
  ["room.create", { name: "early" }],
  ["room.list", {}],
  ["room.join", { link: "sotto://127.0.0.1:7878/" }],
  ["direct.open", { username: "alice" }],
  ["message.send", { roomId: NOWHERE, text: "early" }],
  ["message.list", { roomId: NOWHERE }],
  ["message.search", { query: "early" }],
  ["account.changePassword", { old: STRONG, new: STRONG }],
  ["account.rotateRecovery", { phrase: "a b c" }],
  ["contact.safetyWords", { username: "alice" }],
  ["contact.verify", { username: "alice" }],
  ["device.list", {}],
  ["device.revoke", { deviceId: "ab".repeat(16) }],
  ["admin.kick", { username: "alice" }],
  ["admin.announce", { text: "early" }],
  ["admin.regen", {}],
  ["admin.stop", {}],
  ["warning.accept", { code: "log-forked" }],
];
