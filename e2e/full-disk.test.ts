/** A disk without room, below the relay and below a client: it is said, nothing acknowledged is lost, and it goes on by itself. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectRefused } from "./harness/expect-code.ts";
import { fillDisk, freeDisk } from "./harness/full-disk.ts";
import { type Answered, expectOneLog } from "./harness/one-log.ts";
import type { Person } from "./harness/person.ts";
import { Stage } from "./harness/stage.ts";
import { eventually } from "./harness/watch.ts";

let stage: Stage;
let alice: Person;
let bob: Person;
let roomId: string;
const answered: Answered[] = [];

beforeAll(async () => {
  stage = await Stage.open();
  [alice, bob] = await stage.signUpAll("alice", "bob");
  const made = await alice.call("room.create", { name: "on a full disk" });
  roomId = made.roomId;
  await bob.call("room.join", { link: made.link });
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

async function say(person: Person, text: string): Promise<void> {
  answered.push({ text, sender: person.name, ...(await person.send(roomId, text)) });
}

const waiting = async (person: Person): Promise<number> => (await person.call("account.status", {})).outbox;

/** The relay has refused to store for want of room, and told its operator. */
async function relayHasRefused(): Promise<void> {
  const isSaid = async () => stage.relay.stderr.includes("the database did not store");
  await eventually(isSaid, "the relay's journal to say that it cannot store");
}

test("a relay on a full disk acknowledges nothing, says so in its journal, and stores what waited once there is room", async () => {
  await say(alice, "before");
  const { pid } = stage.relay.said;
  await fillDisk(pid);
  const sending = ["one", "two", "three"].map((text) => say(alice, text));
  await relayHasRefused();
  expect(await waiting(alice)).toBe(3);
  // What cannot wait is refused as what it is.
  await expectRefused(alice.call("room.create", { name: "no room for a room" }), "relay-full");
  expect(answered.map(({ text }) => text)).toEqual(["before"]);
  // What it has it still gives.
  expect((await bob.history(roomId)).map(({ text }) => text)).toEqual(["before"]);
  await freeDisk(pid);
  await Promise.all(sending);
  for (const text of ["one", "two", "three"]) await bob.sees(roomId, text);
  expect(await waiting(alice)).toBe(0);
  await expectOneLog(roomId, [alice, bob], answered);
  expect(stage.relay.said.pid).toBe(pid);
});

test("a relay that is killed on a full disk has all that it acknowledged, and gets what waited", async () => {
  const known = answered.length;
  await fillDisk(stage.relay.said.pid);
  const sending = [say(alice, "four"), say(bob, "five")];
  await eventually(async () => (await waiting(alice)) === 1 && (await waiting(bob)) === 1, "both to wait");
  await stage.relay.kill("SIGKILL");
  expect(answered).toHaveLength(known);
  await stage.relay.start();
  await Promise.all(sending);
  await bob.sees(roomId, "four");
  await alice.sees(roomId, "five");
  await expectOneLog(roomId, [alice, bob], answered);
});

test("a client on a full disk refuses what it cannot store, keeps what waited, and takes in what came once there is room", async () => {
  await stage.relay.kill("SIGKILL");
  const six = say(bob, "six");
  await eventually(async () => (await waiting(bob)) === 1, "bob's message to wait");
  await fillDisk(bob.run.program.pid);
  await expectRefused(bob.send(roomId, "never stored"), "disk-full");
  expect(await waiting(bob)).toBe(1);
  await stage.relay.start();
  await say(alice, "seven");
  await bob.until((notes) => notes.some((note) => note.type === "notice"), "a notice that something cannot be stored");
  await freeDisk(bob.run.program.pid);
  await six;
  await bob.sees(roomId, "seven");
  await alice.sees(roomId, "six");
  const log = await expectOneLog(roomId, [alice, bob], answered);
  expect(log.map(({ text }) => text)).not.toContain("never stored");
});

test("a client that is killed on a full disk sends what waited after the next unlock", async () => {
  await stage.relay.kill("SIGKILL");
  const eight = bob.send(roomId, "eight");
  await eventually(async () => (await waiting(bob)) === 1, "bob's message to wait");
  await fillDisk(bob.run.program.pid);
  await stage.relay.start();
  await say(alice, "nine");
  await bob.kill("SIGKILL");
  await expectRefused(eight, "gone", 0);
  await bob.comeBack();
  const told = await alice.sees(roomId, "eight");
  await eventually(async () => (await bob.history(roomId)).at(-1)?.text === "eight", "bob's own message");
  const { text, sender, messageId, seq } = told;
  await expectOneLog(roomId, [alice, bob], [...answered, { text, sender, messageId, seq }]);
});
