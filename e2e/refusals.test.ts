/** What is refused, with the code that scripts see; and that nothing is lost or left behind by it. */
import { formatLink, parseLink } from "@sotto/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import { codeOf, wrongCode } from "./harness/code.ts";
import { expectRefused } from "./harness/expect-code.ts";
import type { Person } from "./harness/person.ts";
import { freePort } from "./harness/relay.ts";
import { Stage } from "./harness/stage.ts";

interface Cast {
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

let stage: Stage;
let cast: Cast;

beforeAll(async () => {
  stage = await Stage.open();
  const [alice, bob] = await stage.signUpAll("alice", "bob");
  const newcomer = stage.person("newcomer");
  const pending = stage.person("pending", "nobody knows it 1");
  await Promise.all([newcomer.start(), pending.start()]);
  await pending.beginSignUp(stage.relay.link);
  const { roomId, link } = await alice.call("room.create", { name: "refusals" });
  const { roomId: direct } = await alice.call("direct.open", { username: "bob" });
  await alice.send(direct, "hello");
  cast = { alice, bob, newcomer, pending, roomId, link, direct, relayLink: stage.relay.link };
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

interface Row {
  readonly name: string;
  readonly code: string;
  /** Of JSON-RPC; all but wrong parameters are -32000. */
  readonly number?: number;
  attempt(cast: Cast): Promise<unknown>;
}

const STRONG = "four words are enough";

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

const signUps: readonly Row[] = [
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

const signIns: readonly Row[] = [
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

const NOWHERE = "ab".repeat(32);

const inside: readonly Row[] = [
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
    code: undefined as never,
    number: -32_601,
    attempt: ({ alice }) => alice.run.ask("room.destroy", {}),
  },
  {
    name: "a method of every object",
    code: undefined as never,
    number: -32_601,
    attempt: ({ alice }) => alice.run.ask("toString", {}),
  },
];

const badParams: readonly (readonly [string, unknown])[] = [
  ["message.send", { roomId: NOWHERE }],
  ["message.send", { roomId: NOWHERE, text: 7 }],
  ["message.send", { roomId: NOWHERE.toUpperCase(), text: "a" }],
  ["message.send", { roomId: "general", text: "a" }],
  ["message.send", { roomId: NOWHERE, text: "a", id: "short" }],
  ["message.list", { roomId: NOWHERE, limit: "50" }],
  ["message.list", { roomId: NOWHERE, before: -1 }],
  ["message.markRead", { roomId: NOWHERE }],
  ["room.link", { roomId: NOWHERE, renew: "yes" }],
  ["room.create", ["general"]],
  ["room.create", null],
  ["account.unlock", {}],
  ["direct.open", { username: null }],
];

async function refusedAs({ attempt, code, number }: Row): Promise<void> {
  await expectRefused(attempt(cast), code, number);
}

test.each(signUps)("sign-up: $name is $code", refusedAs);

test.each(signIns)("sign-in: $name is $code", refusedAs);

test("what was refused on the way in leaves no profile behind", async () => {
  const { newcomer } = cast;
  await newcomer.kill();
  expect(await newcomer.start()).toBe("none");
  expect(await newcomer.call("account.status", {})).toMatchObject({ connection: "offline", outbox: 0 });
});

test.each(inside)("inside: $name is refused", refusedAs);

test.each(badParams)("wrong parameters: %s %j is -32602", async (method, params) => {
  await expectRefused(cast.alice.run.ask(method, params), "bad-request", -32_602);
});

test("a text of 16,384 bytes is not too long, in letters of one byte or of two", async () => {
  const { alice, bob, direct } = cast;
  for (const text of ["a".repeat(16_384), "é".repeat(8_192)]) {
    await alice.send(direct, text);
    expect((await bob.sees(direct, text)).text).toBe(text);
  }
});

test.each([
  { name: "what is no JSON", line: "hello", code: -32_700 },
  { name: "an empty line", line: "", code: -32_700 },
  { name: "half a request", line: '{"jsonrpc":"2.0","id":1,"method":"account.status"', code: -32_700 },
  { name: "a batch", line: '[{"jsonrpc":"2.0","id":1,"method":"account.status"}]', code: -32_600 },
  { name: "a text", line: '"account.status"', code: -32_600 },
  { name: "a request without an id", line: '{"jsonrpc":"2.0","method":"account.status"}', code: -32_600 },
  { name: "JSON that is nested too deep to be read", line: "[".repeat(100_000), code: -32_700 },
])("a line with $name is answered with $code and no id, and the next line is read", async ({ line, code }) => {
  const { run } = cast.alice;
  const before = run.strays.length;
  run.writeLine(line);
  const answer = await run.program.watch.until(() => run.strays[before], "an answer without an id");
  expect(answer).toMatchObject({ id: null, error: { code } });
  expect(await run.call("account.status", {})).toMatchObject({ username: "alice" });
});

const BEFORE_SIGN_IN: readonly (readonly [string, object])[] = [
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
];

test.each(BEFORE_SIGN_IN)("before anybody signed up here, %s is not-signed-in", async (method, params) => {
  await expectRefused(cast.newcomer.run.ask(method, params), "not-signed-in");
});

test.each(BEFORE_SIGN_IN)("before the first code, %s is otp-pending", async (method, params) => {
  await expectRefused(cast.pending.run.ask(method, params), "otp-pending");
});

test("in a profile of nobody, unlock and confirmOtp are not-signed-in", async () => {
  await expectRefused(cast.newcomer.call("account.unlock", { password: STRONG }), "not-signed-in");
  await expectRefused(cast.newcomer.call("account.confirmOtp", { code: "123456" }), "not-signed-in");
});

test("a locked profile is not-signed-in, refuses a wrong password, and opens with the right one", async () => {
  const { bob } = cast;
  await bob.kill();
  expect(await bob.start()).toBe("locked");
  for (const [method, params] of BEFORE_SIGN_IN) await expectRefused(bob.run.ask(method, params), "not-signed-in");
  await expectRefused(bob.call("account.unlock", { password: "wrong password" }), "bad-credentials");
  await expectRefused(bob.call("account.unlock", { password: "" }), "bad-credentials");
  await bob.unlock();
  await bob.caughtUp();
});

test("a second process on one profile is vault-busy and stays; it opens when the first has ended", async () => {
  const { bob } = cast;
  const first = bob.run;
  expect(await bob.start()).toBe("locked");
  await expectRefused(bob.call("account.unlock", { password: bob.password }), "vault-busy");
  expect(await first.call("account.status", {})).toMatchObject({ username: "bob", connection: "online" });
  await first.program.kill();
  await bob.unlock();
  await bob.caughtUp();
});

test("who died before the first code unlocks, tries a wrong one, confirms, and is in", async () => {
  const { pending } = cast;
  await pending.kill();
  expect(await pending.start()).toBe("locked");
  await pending.unlock();
  await expectRefused(pending.call("users.list", {}), "otp-pending");
  await expectRefused(pending.call("account.confirmOtp", { code: wrongCode(pending.totpUri) }), "bad-code");
  await pending.confirm();
  expect(pending.backupCodes).toHaveLength(10);
  expect((await pending.call("users.list", {})).map(({ username }) => username).sort()).toEqual([
    "alice",
    "bob",
    "pending",
  ]);
  const { roomId } = await pending.call("direct.open", { username: "alice" });
  await pending.send(roomId, "made it");
  await cast.alice.sees(roomId, "made it");
});

test("five wrong codes lock the sign-in of an account for a while, and nothing else of it", async () => {
  const { newcomer, pending, relayLink } = cast;
  const { name: username, password } = pending;
  const attempt = (code: string) => newcomer.call("account.signIn", { link: relayLink, username, password, code });
  for (let count = 0; count < 5; count++) await expectRefused(attempt(wrongCode(pending.totpUri)), "bad-code");
  await expect(attempt(codeOf(pending.totpUri, 1))).rejects.toMatchObject({
    code: "locked",
    retryMs: expect.any(Number),
  });
  await pending.kill();
  await pending.comeBack();
  await pending.until((notes) => notes.some((note) => note.type === "connection" && note.state === "online"), "online");
});

test("while the relay is down, what stores nothing is offline, and a message waits and is answered later", async () => {
  const { alice, bob, roomId, link, direct } = cast;
  await stage.relay.kill();
  await alice.until((notes) => {
    const last = notes.findLast((note) => note.type === "connection");
    return last?.state === "offline";
  }, "the lost connection");
  await expectRefused(alice.call("users.list", {}), "offline");
  await expectRefused(alice.call("room.create", { name: "now" }), "offline");
  await expectRefused(alice.call("room.link", { roomId }), "offline");
  await expectRefused(alice.call("room.add", { roomId, username: "bob" }), "offline");
  await expectRefused(alice.call("direct.open", { username: "stranger" }), "offline");
  await expectRefused(bob.call("room.join", { link }), "offline");
  await expectRefused(
    cast.newcomer.call("account.signUp", { link: cast.relayLink, username: "late", password: STRONG }),
    "offline",
  );
  // What is here already needs no connection.
  expect((await alice.call("room.list", {})).map((room) => room.roomId)).toContain(roomId);
  expect(await alice.call("message.list", { roomId: direct, limit: 1 })).toHaveLength(1);
  expect(await alice.call("direct.open", { username: "bob" })).toEqual({ roomId: direct });

  const waiting = alice.send(direct, "when you are back");
  const status = await alice.call("account.status", {});
  expect(status).toMatchObject({ username: "alice", outbox: 1 });
  await stage.relay.start();
  expect(await waiting).toMatchObject({ messageId: expect.stringMatching(/^[0-9a-f]{32}$/), seq: expect.any(Number) });
  await bob.sees(direct, "when you are back");
  expect(await alice.call("account.status", {})).toMatchObject({ connection: "online", outbox: 0 });
});

test("unlock works while the relay is down, and the connection follows by itself", async () => {
  const { bob, alice, direct } = cast;
  await stage.relay.kill();
  await bob.kill();
  await bob.start();
  await bob.unlock();
  expect((await bob.history(direct)).at(-1)).toMatchObject({ text: "when you are back" });
  await stage.relay.start();
  await bob.caughtUp();
  await bob.send(direct, "here");
  await alice.sees(direct, "here");
});
