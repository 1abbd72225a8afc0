/** What is refused, with the code that scripts see; and that nothing is lost or left behind by it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { codeOf, wrongCode } from "./harness/code.ts";
import { expectRefused } from "./harness/expect-code.ts";
import { Relay } from "./harness/relay.ts";
import { Stage } from "./harness/stage.ts";
import { BEFORE_SIGN_IN, badParams, type Cast, inside, type Row, STRONG, signIns, signUps } from "./refusal-rows.ts";

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

test("another relay in the place of the known one gets nothing, and the message waits for the right one", async () => {
  const { alice, bob, direct } = cast;
  // Who meets a wrong key waits long before the next try: bob is spared it.
  await bob.kill();
  await stage.relay.kill();
  const impostor = await Relay.start(stage.dir, {}, "impostor", stage.relay.port);
  try {
    await alice.kill();
    await alice.start();
    await alice.unlock();
    const waiting = alice.send(direct, "for the right relay alone");
    await alice.until((notes) => notes.some((note) => note.type === "notice" && note.text.includes("key")), "a notice");
    await expectRefused(alice.call("users.list", {}), "offline");
    expect(await alice.call("account.status", {})).toMatchObject({ outbox: 1 });
    await alice.kill();
    await expect(waiting).rejects.toMatchObject({ code: "gone" });
    // It saw somebody come and go, and nobody who said a word.
    expect(impostor.stderr.toString()).not.toMatch(/"event":"(connected|resumed)"|alice/);
  } finally {
    await impostor[Symbol.asyncDispose]();
  }
  await stage.relay.start();
  await Promise.all([alice.comeBack(), bob.comeBack()]);
  await bob.sees(direct, "for the right relay alone");
});
