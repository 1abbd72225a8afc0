/** A relay whose data folder was replaced by an older copy: noticed by everybody, and given back what it lacks. */
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { played } from "./evil/misbehaviours.ts";
import { expectRefused } from "./harness/expect-code.ts";
import type { Person } from "./harness/person.ts";
import { Stage } from "./harness/stage.ts";
import { eventually } from "./harness/watch.ts";

let stage: Stage;
let alice: Person;
let bob: Person;
let roomId: string;

beforeAll(async () => {
  stage = await Stage.open();
  [alice, bob] = await stage.signUpAll("alice", "bob");
  const made = await alice.call("room.create", { name: "den" });
  roomId = made.roomId;
  await bob.call("room.join", { link: made.link });
  await alice.send(roomId, "before the copy");
  await bob.sees(roomId, "before the copy");
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

/** Puts the relay back to what it was at `copy`. */
async function goBack(copy: string): Promise<void> {
  await stage.relay.kill("SIGTERM");
  await rm(stage.relay.data, { recursive: true });
  await cp(copy, stage.relay.data, { recursive: true });
  await stage.relay.start();
}

async function copyOf(name: string): Promise<string> {
  await stage.relay.kill("SIGTERM");
  const copy = join(stage.dir, name);
  await cp(stage.relay.data, copy, { recursive: true });
  await stage.relay.start();
  for (const person of [alice, bob]) await online(person);
  return copy;
}

async function online(person: Person): Promise<void> {
  await eventually(
    async () => (await person.call("account.status", {})).connection === "online",
    `${person.name} online`,
  );
}

function warned(person: Person): Promise<unknown> {
  return person.until(
    (notes) => notes.some((note) => note.type === "warning" && note.code === "relay-rolled-back"),
    "the warning",
  );
}

const texts = async (person: Person) => (await person.history(roomId)).map(({ text }) => text);

test("both say so and send nothing; agreed, the relay has every entry again, and the room goes on", async () => {
  played("relay-restored");
  const copy = await copyOf("copy-1");
  await alice.send(roomId, "lost once");
  const { link } = await alice.call("room.link", { roomId, renew: true });
  await bob.send(roomId, "lost too");
  await alice.sees(roomId, "lost too");
  await bob.sees(roomId, "lost once");
  await goBack(copy);
  for (const person of [alice, bob]) {
    await warned(person);
    await expectRefused(person.send(roomId, "not sent"), "relay-rolled-back");
  }
  for (const person of [alice, bob]) await person.call("warning.accept", { code: "relay-rolled-back" });
  for (const person of [alice, bob]) await online(person);
  await alice.send(roomId, "here again");
  await bob.sees(roomId, "here again");
  await bob.send(roomId, "so am I");
  await alice.sees(roomId, "so am I");
  const all = ["before the copy", "lost once", "lost too", "here again", "so am I"];
  for (const person of [alice, bob]) expect(await texts(person)).toEqual(all);
  // Who comes by the newest link reads on from there: relay and members hold one log.
  const carol = await stage.signUp("carol");
  await carol.call("room.join", { link });
  await alice.send(roomId, "hello carol");
  await carol.sees(roomId, "hello carol");
  await carol.kill();
});

test("it is not said again after that was settled", async () => {
  for (const person of [alice, bob]) {
    await person.kill();
    await person.comeBack();
    expect(person.run.notes.filter((note) => note.type === "warning")).toEqual([]);
  }
});

test("where somebody was faster with new words, own lost ones are sent anew, in one log for all", async () => {
  const copy = await copyOf("copy-2");
  await bob.kill();
  await alice.send(roomId, "only alice has it");
  await alice.kill();
  await goBack(copy);
  await bob.comeBack();
  await bob.send(roomId, "bob knows nothing of it");
  await alice.start();
  await alice.unlock();
  await online(bob);
  // Its log is as long as the one that alice knows: she notices with the next word.
  await bob.send(roomId, "is alice there");
  await warned(alice);
  await alice.call("warning.accept", { code: "relay-rolled-back" });
  await online(alice);
  await bob.sees(roomId, "only alice has it");
  await alice.send(roomId, "one log");
  await bob.sees(roomId, "one log");
  const end = ["bob knows nothing of it", "is alice there", "only alice has it", "one log"];
  for (const person of [alice, bob]) expect((await texts(person)).slice(-4)).toEqual(end);
});
