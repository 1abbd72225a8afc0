/** Messages to somebody who is not there: they wait, and are counted. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Person } from "./harness/person.ts";
import { Stage } from "./harness/stage.ts";

const NUMBERS = Array.from({ length: 100 }, (_, index) => `number ${index + 1}`);

let stage: Stage;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  stage = await Stage.open();
  [alice, bob] = await stage.signUpAll("alice", "bob");
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

/** A hundred direct messages of alice to bob, all of them on the relay. */
async function sendHundred(): Promise<string> {
  const { roomId } = await alice.call("direct.open", { username: "bob" });
  const sent = await Promise.all(NUMBERS.map((text) => alice.send(roomId, text)));
  expect(sent.map(({ seq }) => seq)).toEqual(sent.map(({ seq }) => seq).toSorted((one, other) => one - other));
  return roomId;
}

test("a hundred direct messages wait, come in order, are counted, and once read are counted no more", async () => {
  await bob.kill();
  const roomId = await sendHundred();
  // The relay alone has them now, and loses nothing with its life.
  await stage.relay.kill();
  await stage.relay.start();

  expect(await bob.comeBack()).toEqual({ type: "unread", total: 100, from: [{ username: "alice", count: 100 }] });
  expect(bob.told(roomId).map(({ text }) => text)).toEqual(NUMBERS);
  const all = await bob.history(roomId, 30);
  expect(all.map(({ text }) => text)).toEqual(NUMBERS);
  expect(await unreadIn(bob, roomId)).toBe(100);

  // Looking is not reading.
  expect(await bob.call("message.markRead", { roomId, seq: all[39]!.seq })).toEqual({});
  expect(await unreadIn(bob, roomId)).toBe(60);

  await bob.kill();
  expect(await bob.comeBack()).toEqual({ type: "unread", total: 60, from: [{ username: "alice", count: 60 }] });
  expect(bob.told(roomId)).toEqual([]);

  // Nobody reads backwards.
  await bob.call("message.markRead", { roomId, seq: all[10]!.seq });
  expect(await unreadIn(bob, roomId)).toBe(60);
  await bob.call("message.markRead", { roomId, seq: all[99]!.seq });
  await bob.kill();
  expect(await bob.comeBack()).toEqual({ type: "unread", total: 0, from: [] });
  expect(bob.told(roomId)).toEqual([]);

  // The conversation goes on where it was.
  await alice.send(roomId, "one hundred and one");
  await bob.sees(roomId, "one hundred and one");
  expect(bob.told(roomId).map(({ text }) => text)).toEqual(["one hundred and one"]);
  expect(await unreadIn(bob, roomId)).toBe(1);
  const [last] = await bob.call("message.list", { roomId, limit: 1 });
  await bob.call("message.markRead", { roomId, seq: last!.seq });
  expect(await unreadIn(bob, roomId)).toBe(0);
});

test("unread is counted by sender over all rooms, without one's own", async () => {
  const carol = await stage.signUp("carol");
  const { roomId, link } = await alice.call("room.create", { name: "all" });
  for (const person of [bob, carol]) await person.call("room.join", { link });
  await bob.send(roomId, "mine, and not counted");
  await alice.sees(roomId, "mine, and not counted");
  await bob.kill();
  const direct = await alice.call("direct.open", { username: "bob" });
  for (const text of ["a", "b", "c"]) await alice.send(roomId, text);
  await alice.send(direct.roomId, "d");
  for (const text of ["e", "f"]) await carol.send(roomId, text);
  const { total, from } = await bob.comeBack();
  expect(total).toBe(6);
  expect(from.toSorted((one, other) => one.username.localeCompare(other.username))).toEqual([
    { username: "alice", count: 4 },
    { username: "carol", count: 2 },
  ]);
});

async function unreadIn(person: Person, roomId: string): Promise<number | undefined> {
  return (await person.call("room.list", {})).find((room) => room.roomId === roomId)?.unread;
}
