/** The operator's hands: the account that came first, by `sotto --rpc`, and `sottoctl` at the machine. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectRefused } from "./harness/expect-code.ts";
import { Person } from "./harness/person.ts";
import { Program, packages } from "./harness/program.ts";
import { Relay } from "./harness/relay.ts";
import { openScratch } from "./harness/scratch.ts";
import { Stage } from "./harness/stage.ts";
import { eventually } from "./harness/watch.ts";

const sottoctlFile = join(packages, "relay", "bin", "sottoctl.js");

async function sottoctl(stage: Stage, ...args: readonly string[]) {
  await using program = new Program(sottoctlFile, ["--data", stage.relay.data, ...args], stage.dir);
  const { code } = await program.ended;
  return { code, out: program.stdout.toString(), err: program.stderr.toString() };
}

async function rows(stage: Stage, command: string): Promise<Record<string, unknown>[]> {
  const { out } = await sottoctl(stage, "--json", command);
  return out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const online = (person: Person): Promise<unknown> =>
  person.until((notes) => notes.findLast((note) => note.type === "connection")?.state === "online", "online");
const offline = (person: Person): Promise<unknown> =>
  person.until((notes) => notes.findLast((note) => note.type === "connection")?.state === "offline", "offline");
/** Goes and is online again, from now on; either may be over before somebody looks. */
function cameBack(person: Person): Promise<unknown> {
  const before = person.run.notes.length;
  return person.until((notes) => {
    const since = notes.slice(before).flatMap((note) => (note.type === "connection" ? [note.state] : []));
    return since.includes("offline") && since.at(-1) === "online";
  }, "gone and back");
}

describe("from the chat", () => {
  let stage: Stage;
  let alice: Person;
  let bob: Person;

  beforeAll(async () => {
    stage = await Stage.open();
    // One after the other: who is first is the operator.
    alice = await stage.signUp("alice");
    bob = await stage.signUp("bob");
  });
  afterAll(async () => await stage?.[Symbol.asyncDispose]());

  test("an account that is not the first may do nothing of it", async () => {
    await expectRefused(bob.call("admin.kick", { username: "alice" }), "not-allowed");
    await expectRefused(bob.call("admin.ban", { username: "alice" }), "not-allowed");
    await expectRefused(bob.call("admin.unban", { username: "alice" }), "not-allowed");
    await expectRefused(bob.call("admin.announce", { text: "hello" }), "not-allowed");
    await expectRefused(bob.call("admin.regen", {}), "not-allowed");
    await expectRefused(bob.call("admin.stop", {}), "not-allowed");
  });

  test("an announcement arrives as a notice at everybody who is online", async () => {
    await alice.call("admin.announce", { text: "back in five minutes" });
    for (const person of [alice, bob])
      await person.until(
        (notes) => notes.some((note) => note.type === "notice" && note.text === "the relay says: back in five minutes"),
        "the announcement",
      );
  });

  test("a kick ends the connection, and the client comes back by itself", async () => {
    await expectRefused(alice.call("admin.kick", { username: "nobody" }), "unknown-user");
    const back = cameBack(bob);
    await alice.call("admin.kick", { username: "bob" });
    await back;
  });

  test("a ban shuts out until it is lifted", async () => {
    await alice.call("admin.ban", { username: "bob" });
    await offline(bob);
    await eventually(async () => (await bob.call("account.status", {})).connection !== "online", "bob is out");
    await bob.kill();
    await bob.start();
    await bob.unlock();
    await eventually(
      () =>
        bob.call("users.list", {}).then(
          () => false,
          (cause: { code?: string }) => cause.code === "banned",
        ),
      "banned",
    );
    await alice.call("admin.unban", { username: "bob" });
    await bob.kill();
    await bob.comeBack();
    await online(bob);
  });

  test("after a renewal the old link lets nobody new in, the new one does, and members' links carry it", async () => {
    const before = stage.relay.link;
    const renewed = await alice.call("admin.regen", {});
    expect(before).not.toContain(renewed.accessPassword);
    expect(renewed.link).toContain(encodeURIComponent(renewed.accessPassword));
    const carol = stage.person("carol");
    await carol.start();
    await expectRefused(carol.beginSignUp(before), "bad-access-password");
    await carol.beginSignUp(renewed.link);
    await carol.confirm();
    const { link } = await bob.call("room.create", { name: "garden" });
    expect(link).toContain(encodeURIComponent(renewed.accessPassword));
    const dave = await stage.signUp("dave", link);
    await dave.call("room.join", { link });
  });

  test("a stop ends the relay in order, and what was acknowledged is there after a restart", async () => {
    const { roomId, link } = await alice.call("room.create", { name: "last words" });
    await bob.call("room.join", { link });
    const texts = Array.from({ length: 20 }, (_, index) => `before the end ${index}`);
    for (const text of texts) await alice.send(roomId, text);
    await alice.call("admin.stop", {});
    expect(await stage.relay.ended()).toEqual({ code: 0, signal: null });
    await bob.kill();
    await stage.relay.start();
    await bob.comeBack();
    expect((await bob.history(roomId)).map(({ text }) => text)).toEqual(texts);
  });
});

test("sottoctl shows who is online and who has an account, and gives every order, at a running relay", async () => {
  await using stage = await Stage.open();
  const alice = await stage.signUp("alice");
  const bob = await stage.signUp("bob");

  expect((await rows(stage, "online")).map(({ name, status }) => [name, status])).toEqual([
    ["alice", "registered"],
    ["bob", "registered"],
  ]);
  const table = (await sottoctl(stage, "users")).out.split("\n");
  expect(table[0]).toMatch(/^NAME +VERIFIER FINGERPRINT +LAST ADDRESS +STATUS +ONLINE +ADMIN$/);
  expect(table[1]).toMatch(/^alice +[0-9a-f]{16} +127\.0\.0\.1:[0-9]+ +active +yes +yes$/);
  expect(table[2]).toMatch(/^bob +[0-9a-f]{16} +127\.0\.0\.1:[0-9]+ +active +yes +no$/);
  expect((await sottoctl(stage, "status")).out).toMatch(/\naccounts +2\n/);
  expect((await rows(stage, "config")).find(({ key }) => key === "security.max_messages_per_sec")).toEqual({
    key: "security.max_messages_per_sec",
    value: 0,
    from: "environment",
  });
  expect((await sottoctl(stage, "link")).out).toBe(`${stage.relay.link}\n`);

  expect((await sottoctl(stage, "announce", "tea", "is", "ready")).out).toBe("announced to 2 devices\n");
  await bob.until(
    (notes) => notes.some((note) => note.type === "notice" && note.text === "the relay says: tea is ready"),
    "tea",
  );
  const back = cameBack(bob);
  expect((await sottoctl(stage, "kick", "bob")).out).toBe("kicked bob: 1 connection ended\n");
  await back;
  expect((await sottoctl(stage, "ban", "bob")).out).toMatch(/^banned bob: [01] connections? ended\n$/);
  expect((await rows(stage, "users")).map(({ status }) => status)).toEqual(["active", "banned"]);
  expect((await sottoctl(stage, "unban", "bob")).out).toBe("bob may come in again\n");
  const renewed = (await sottoctl(stage, "regen")).out;
  expect(renewed).not.toContain(stage.relay.said.accessPassword);
  await eventually(async () => {
    const { link } = await alice.call("room.create", { name: "new link" });
    return renewed.includes(/&a=(.*)$/.exec(link)?.[1] ?? "none");
  }, "alice's links to carry the new password");
  const events = (await rows(stage, "audit")).map(({ event, about }) => `${event} ${about}`);
  for (const event of [
    "signed-up null",
    "announced null",
    "kicked bob",
    "banned bob",
    "unbanned bob",
    "access-password-renewed null",
  ])
    expect(events).toContain(event);
  expect(await sottoctl(stage, "kick", "nobody")).toMatchObject({ code: 1, out: "" });

  expect((await sottoctl(stage, "stop")).out).toMatch(/is stopping\n$/);
  expect(await stage.relay.ended()).toEqual({ code: 0, signal: null });
  expect(await sottoctl(stage, "status")).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^sottoctl: no relay is running on .*\nhint: start it with sottod --data .*\n$/),
  });
});

test("a relay that reached limits.disk_mb is told of, keeps the outbox at the sender, and all arrives once there is room", async () => {
  await using scratch = await openScratch();
  const noPace = { SOTTO_SECURITY_MAX_MESSAGES_PER_SEC: "0" };
  await using small = await Relay.start(scratch.dir, { ...noPace, SOTTO_LIMITS_DISK_MB: "1" });
  await using alice = new Person("alice", scratch.dir);
  await using bob = new Person("bob", scratch.dir);
  await alice.signUp(small.link);
  await bob.signUp(small.link);
  const { roomId, link } = await alice.call("room.create", { name: "full" });
  await bob.call("room.join", { link });
  const texts = Array.from({ length: 80 }, (_, index) => `${index} `.padEnd(16_000, "x"));
  const sending = Promise.all(texts.map((text) => alice.send(roomId, text)));
  sending.catch(() => undefined);
  await eventually(async () => bob.told(roomId).length > 5, "some to arrive");
  let last = -1;
  await eventually(async () => {
    const { outbox } = await alice.call("account.status", {});
    const isStill = outbox > 0 && outbox === last;
    last = outbox;
    if (!isStill) await new Promise((resolve) => setTimeout(resolve, 1500));
    return isStill;
  }, "the rest to wait in the outbox");
  const before = bob.told(roomId).length;
  expect(before).toBeLessThan(80);

  await small.kill("SIGTERM");
  await using _large = await Relay.start(scratch.dir, { ...noPace, SOTTO_LIMITS_DISK_MB: "64" }, "relay", small.port);
  await sending;
  await bob.until(() => bob.told(roomId).length === 80, "all of them");
  expect(bob.told(roomId).map(({ text }) => text)).toEqual(texts);
});
