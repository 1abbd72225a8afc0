/** kill -9 of the relay under load: what it acknowledged is there, once, in one order for all. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answered, expectOneLog } from "./harness/one-log.ts";
import type { Person } from "./harness/person.ts";
import { Stage } from "./harness/stage.ts";
import { stream } from "./harness/stream.ts";
import { eventually, Watch } from "./harness/watch.ts";

const EACH = { alice: 134, bob: 133, carol: 133 } as const;
const ALL = 400;
/** The relay dies when so many were answered. */
const KILLS = [40, 150, 260] as const;

let stage: Stage;
let people: readonly [Person, Person, Person];

beforeAll(async () => {
  stage = await Stage.open();
  people = await stage.signUpAll("alice", "bob", "carol");
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

test("of 400 messages of three senders, all arrive once and in one order through three kill -9 of the relay", async () => {
  const roomId = await roomOf(people);
  const answered: Answered[] = [];
  const progress = new Watch();
  const sending = people.map((person) => {
    const texts = Array.from(
      { length: EACH[person.name as keyof typeof EACH] },
      (_, index) => `${person.name} ${index}`,
    );
    return stream(person, roomId, texts, (answer) => {
      answered.push(answer);
      progress.changed();
    });
  });
  const all = Promise.all(sending);
  all.catch((cause: Error) => progress.broken(cause));

  for (const kill of KILLS) {
    await progress.until(
      () => answered.length >= kill,
      () => `${kill} answers, there are ${answered.length}; ${lastWords()}`,
    );
    const ending = await stage.relay.kill("SIGKILL");
    expect(ending).toEqual({ code: null, signal: "SIGKILL" });
    expect(answered.length).toBeLessThan(ALL);
    await stage.relay.start();
  }
  await all;
  expect(answered).toHaveLength(ALL);

  await everybodyHas(people, roomId, answered);
  const log = await expectOneLog(roomId, people, answered);
  expect(log).toHaveLength(ALL);
  for (const { name } of people) {
    // Messages of one process get their places in the order of the requests.
    const numbers = log.filter(({ sender }) => sender === name).map(({ text }) => Number(text.split(" ")[1]));
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
  }
  for (const person of people) {
    expect(person.runs).toHaveLength(1);
    expect(person.run.notes.filter(({ type }) => type === "warning")).toEqual([]);
  }
});

test("members join, leave and are added through kill -9 of the relay, and nobody loses a message", async () => {
  const [alice, bob, carol] = people;
  const { roomId, link } = await alice.call("room.create", { name: "in motion" });
  await bob.call("room.join", { link });
  const answered: Answered[] = [];
  const say = async (person: Person, text: string) => {
    answered.push({ text, sender: person.name, ...(await person.send(roomId, text)) });
  };
  await say(alice, "one");
  await stage.relay.kill();
  const waiting = [say(bob, "two"), say(alice, "three")];
  await stage.relay.start();
  await Promise.all(waiting);
  const isOnline = async () => (await alice.call("account.status", {})).connection === "online";
  await eventually(isOnline, "alice to be online");
  await alice.call("room.add", { roomId, username: "carol" });
  await stage.relay.kill();
  const more = [say(alice, "four"), say(bob, "five")];
  await stage.relay.start();
  await Promise.all(more);
  await carol.sees(roomId, "four");
  await carol.sees(roomId, "five");
  await say(carol, "six");
  await everybodyHas([alice, bob], roomId, answered);
  await expectOneLog(roomId, [alice, bob], answered);
  expect((await carol.history(roomId)).map(({ text }) => text).toSorted()).toEqual(["five", "four", "six"]);
});

/** What each of the people was told last, for who reads that a test failed. */
function lastWords(): string {
  return people.map(({ name, run }) => `${name}: ${JSON.stringify(run.notes.slice(-2))}`).join("; ");
}

async function roomOf([maker, ...others]: readonly Person[]): Promise<string> {
  if (maker === undefined) throw new Error("a room needs a maker");
  const { roomId, link } = await maker.call("room.create", { name: "under load" });
  for (const other of others) await other.call("room.join", { link });
  return roomId;
}

async function everybodyHas(people: readonly Person[], roomId: string, answered: readonly Answered[]): Promise<void> {
  for (const person of people) {
    const others = answered.filter(({ sender }) => sender !== person.name);
    await person.until(() => person.told(roomId).length >= others.length, `${others.length} messages of others`);
  }
}
