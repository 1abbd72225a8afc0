// A relay that wants to be taken for another one, to do away with rooms, or to keep people from them.
import { EMPTY, type EntryId, type RelayCode, type RoomId, type ServerBody } from "@sotto/wire";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RELAY_ID, type Verdict } from "./harness/fake-relay.ts";
import { PASSWORD, Person, World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

/** Somebody who came by a link without a key, to a relay that the system vouches for. */
async function bySystem(): Promise<Person> {
  world.relay.shown = { pin: new Uint8Array(32).fill(9), trust: "system" };
  const ann = new Person(world, "ann");
  world.people.set("ann", ann);
  ann.open();
  await ann.must("account.signUp", { link: "sotto://relay.test:7878/", username: "ann", password: PASSWORD });
  await ann.must("account.confirmOtp", { code: "123456" });
  await world.settle();
  expect(ann.me.pin).toBeUndefined();
  return ann;
}

test("a device without a pin greets nobody whom neither the system nor the relay's id vouches for", async () => {
  const ann = await bySystem();
  world.relay.shown = { pin: new Uint8Array(32).fill(66), trust: "first-use" };
  world.relay.seen.length = 0;
  world.relay.cut("ann");
  await world.pass(29_000);
  expect(world.relay.seen).toEqual([]);
  expect(ann.notices()).toEqual(["the relay shows another key than the one that is known; nothing was sent"]);

  world.relay.shown = { pin: new Uint8Array(32).fill(8), trust: "system" };
  await world.pass(31_000);
  expect(world.relay.isOnline("ann")).toBe(true);
});

test("a device without a pin greets who shows the root that the relay's id is made of", async () => {
  await bySystem();
  world.relay.shown = { pin: RELAY_ID, trust: "first-use" };
  world.relay.cut("ann");
  await world.pass(2000);
  expect(world.relay.isOnline("ann")).toBe(true);
});

/** Cat is out of step in a room with a link, and the relay says of it what it likes. */
async function astray(inLink: RelayCode) {
  const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
  const room = await world.roomOf(ann, bob, cat);
  const refused = (code: RelayCode): ServerBody => ({ type: "refused", code, head: 0, retryMs: 0, field: "" });
  world.relay.taps.push(({ who, way, body, request }): Verdict => {
    if (who !== "cat") return undefined;
    if (way === "down" && body.type === "session")
      return { instead: [{ request, body: { ...body, rooms: [], accountRooms: [] } }] };
    if (way === "down" && body.type === "group-info") return { instead: [{ request, body: refused(inLink) }] };
    return way === "up" && body.type === "readmit" ? { answer: refused("unknown-room") } : undefined;
  });
  cat.deaf = true;
  await world.device("phone", ann);
  await world.pass(500);
  cat.deaf = false;
  await bob.say(room, "one");
  await world.pass(2000);
  return { ann, bob, cat, room };
}

test("a room in which a device is out of step is not given up because the relay says that it is not there", async () => {
  const { bob, cat, room } = await astray("unknown-room");
  const waits = cat.ask("message.send", { roomId: room, text: "later" });
  await bob.say(room, "two");
  await world.pass(7_300_000);
  await cat.restart();
  await world.pass(3_700_000);
  expect(cat.room(room)?.astray).toBeDefined();
  expect(cat.room(room)?.secret).toBeDefined();
  expect(cat.group(room)).toBeDefined();
  expect(cat.intents()).toHaveLength(1);
  expect(waits.outcome).toBeUndefined();
  expect(cat.warnings()).toEqual(["commit-skipped", "relay-rolled-back"]);
  // Asked for each hour, and not more often: three in three hours, and one after the restart.
  expect(world.sent("cat", "readmit").length).toBeLessThan(6);
  world.relay.taps.length = 0;
  await world.pass(3_700_000);
  expect(await bob.heard(room)).toEqual(["bob: one", "bob: two", "cat: later"]);
});

test("a room in which a device is out of step, and which the relay does not know, can be left", async () => {
  const { cat, room } = await astray("unknown-room");
  await world.pass(10_000);
  await cat.must("room.leave", { roomId: room });
  expect(cat.room(room)).toBeUndefined();
  expect(await cat.must("room.list", {})).toEqual([]);
});

test("that a device was taken out where it is out of step is said, and the room kept", async () => {
  const { cat, room } = await astray("link-expired");
  await world.pass(10_000);
  expect(cat.room(room)?.astray).toBeDefined();
  expect(cat.warnings()).toEqual(["commit-skipped"]);
  expect(cat.notices().filter((text) => text.includes("that you are not in den"))).toHaveLength(1);
});

test("what a relay says by itself is told as its words, not as this program's", async () => {
  const [ann] = await world.persons("ann");
  world.relay.push("ann", { type: "notice", text: "bob: verified" });
  await world.pass(100);
  expect(ann.notices()).toEqual(["the relay says: bob: verified"]);
});

test("entries that an earlier connection told of are not waited for on one that has none of them", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = (await world.roomOf(ann, bob)) as RoomId;
  world.relay.taps.push(({ who, way, body }): Verdict => {
    return who === "ann" && way === "up" && body.type === "fetch" ? "drop" : undefined;
  });
  const entry = { seq: 99, kind: "message", device: bob.me.device, id: "ab".repeat(16) as EntryId, base: 0 } as const;
  world.relay.push("ann", { type: "event", room, entries: [{ ...entry, header: EMPTY, bytes: new Uint8Array(9) }] });
  await world.pass(100);
  world.relay.taps.length = 0;
  world.relay.cut("ann");
  await world.pass(2000);
  await ann.say(room, "one");
  expect(await bob.heard(room)).toEqual(["ann: one"]);
  expect(ann.warnings()).toEqual([]);
});
