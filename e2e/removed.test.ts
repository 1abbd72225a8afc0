/** Who was removed from a room: told so, and told nothing more. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { expectRefused } from "./harness/expect-code.ts";
import type { Person } from "./harness/person.ts";
import { Stage } from "./harness/stage.ts";
import { eventually } from "./harness/watch.ts";

let stage: Stage;
let alice: Person;
let bob: Person;
let carol: Person;
let roomId: string;
let link: string;
/** What bob must never see, another text in every test. */
let later: string;
let tests = 0;

beforeAll(async () => {
  stage = await Stage.open();
  [alice, bob, carol] = await stage.signUpAll("alice", "bob", "carol");
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  for (const person of [alice, bob, carol]) if (!person.isRunning) await person.comeBack();
  later = `behind bob's back, ${++tests}`;
  ({ roomId, link } = await alice.call("room.create", { name: "the room" }));
  await bob.call("room.join", { link });
  await carol.call("room.join", { link });
  await alice.send(roomId, "all three");
  for (const person of [bob, carol]) await person.sees(roomId, "all three");
});

test("the removed is told, has the room no more, and receives nothing of what is said after", async () => {
  expect(await alice.call("room.remove", { roomId, username: "bob" })).toEqual({});
  await told();
  await sayLater();
  await fence();
  expectNothingLater();
  await expectGone();
  expect((await alice.call("room.members", { roomId })).map(({ username }) => username).sort()).toEqual([
    "alice",
    "carol",
  ]);
});

test("the old link lets the removed in no more; by the new one he comes back, to what is said from then on", async () => {
  await alice.call("room.remove", { roomId, username: "bob" });
  await told();
  await expectRefused(bob.call("room.join", { link }), "link-expired");
  await sayLater();
  // Carol, who removed nobody, gives the new link too.
  const fresh = (await carol.call("room.link", { roomId })).link;
  expect(fresh).not.toBe(link);
  expect(await bob.call("room.join", { link: fresh })).toEqual({ roomId, name: "the room" });
  await alice.send(roomId, "welcome back");
  await bob.sees(roomId, "welcome back");
  expectNothingLater();
  expect((await bob.history(roomId)).map(({ text }) => text)).not.toContain(later);
});

test("who is removed while away is told on coming back, and receives nothing of what was said after", async () => {
  await bob.kill();
  await alice.call("room.remove", { roomId, username: "bob" });
  await sayLater();
  await bob.start();
  await bob.unlock();
  await told();
  await bob.caughtUp();
  await fence();
  expectNothingLater();
  await expectGone();
  await expectRefused(bob.call("room.join", { link }), "link-expired");
});

test("what was said to somebody away before the removal still reaches him", async () => {
  await bob.kill();
  await alice.send(roomId, "you were still in");
  await carol.sees(roomId, "you were still in");
  await alice.call("room.remove", { roomId, username: "bob" });
  await sayLater();
  await bob.start();
  await bob.unlock();
  await told();
  expect(bob.told(roomId).map(({ text }) => text)).toEqual(["you were still in"]);
  expectNothingLater();
});

test("the removed stays out after a restart", async () => {
  await alice.call("room.remove", { roomId, username: "bob" });
  await told();
  await sayLater();
  await bob.kill();
  await bob.comeBack();
  await fence();
  expectNothingLater();
  await expectGone();
});

test("what the removed had waiting for the room is never delivered, and he is told so", async () => {
  await stage.relay.kill();
  const text = `too late, ${tests}`;
  const waiting = bob.send(roomId, text);
  await eventually(async () => (await bob.call("account.status", {})).outbox === 1, "one message that waits");
  await bob.kill();
  await expect(waiting).rejects.toMatchObject({ code: "gone" });
  await stage.relay.start();
  await eventually(async () => (await alice.call("account.status", {})).connection === "online", "alice to be online");
  await alice.call("room.remove", { roomId, username: "bob" });
  await sayLater();
  await bob.start();
  await bob.unlock();
  await told();
  await bob.until(
    (notes) => notes.some((note) => note.type === "warning" && note.code === "not-delivered"),
    "a warning",
  );
  await bob.settled();
  await fence();
  expectNothingLater();
  for (const person of [alice, carol]) {
    expect((await person.history(roomId)).map((message) => message.text)).not.toContain(text);
  }
});

async function told(): Promise<void> {
  const isTold = bob.until((notes) => {
    return notes.some((note) => note.type === "room" && note.roomId === roomId && note.event === "removed");
  }, "the removal");
  await isTold;
}

/** Both who are left talk, so that the removal has been heard by everybody. */
async function sayLater(): Promise<void> {
  for (const person of [carol, alice]) await person.send(roomId, later);
  await Promise.all([alice.sees(roomId, later), carol.sees(roomId, later)]);
}

/** Something that bob may read, sent after all that he may not. */
async function fence(): Promise<void> {
  const direct = await carol.call("direct.open", { username: "bob" });
  await carol.send(direct.roomId, `for you, ${tests}`);
  await bob.sees(direct.roomId, `for you, ${tests}`);
}

function expectNothingLater(): void {
  for (const run of bob.runs) expect(run.program.stdout.includes(later)).toBe(false);
}

async function expectGone(): Promise<void> {
  expect((await bob.call("room.list", {})).map((room) => room.roomId)).not.toContain(roomId);
  await expectRefused(bob.call("message.list", { roomId }), "unknown-room");
  await expectRefused(bob.call("message.send", { roomId, text: "let me in" }), "unknown-room");
  await expectRefused(bob.call("room.members", { roomId }), "unknown-room");
  await expectRefused(bob.call("room.link", { roomId }), "unknown-room");
  await expectRefused(bob.call("room.add", { roomId, username: "bob" }), "unknown-room");
  await expectRefused(bob.call("message.markRead", { roomId, seq: 1 }), "unknown-room");
}
