// Being let in by members: a new device of an account, and one that is out of step where no link helps.
import { readmitBytes } from "@sotto/wire";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nodeCrypto } from "../../node/src/crypto.ts";
import { leaves } from "../src/group/index.ts";
import type { Passing, Verdict } from "./harness/fake-relay.ts";
import { type Person, World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const devices = (room: string, of: Person) => {
  const group = of.group(room);
  return (group && leaves(group))?.map((leaf) => leaf.device).sort();
};
const log = (room: string) => world.relay.log(room as never);

describe("a new device of an account", () => {
  test("is let into all rooms of the account, by another device of it first", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const den = await world.roomOf(ann, bob);
    const attic = await world.roomOf(bob, ann);
    const phone = await world.device("phone", ann);
    await world.pass(2000);
    expect((await phone.must("room.list", {})).map(({ roomId }) => roomId).sort()).toEqual([den, attic].sort());
    for (const room of [den, attic]) {
      expect(devices(room, bob)).toContain(phone.me.device);
      expect(log(room).entries.findLast(({ kind }) => kind === "commit")?.device).toBe(ann.me.device);
    }
    await phone.say(den, "from my phone");
    await bob.say(den, "hello phone");
    await world.pass(1000);
    const lines = ["ann: from my phone", "bob: hello phone"];
    for (const person of [ann, bob, phone]) expect(await person.heard(den)).toEqual(lines);
    expect(phone.view(den)).toEqual(bob.view(den));
    expect([...ann.warnings(), ...bob.warnings(), ...phone.warnings()]).toEqual([]);
  });

  test("is let in by others when its account has no device that is online", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    await ann.close();
    const phone = await world.device("phone", ann);
    await world.pass(2000);
    expect(phone.room(room)).toBeUndefined();
    await world.pass(10_000);
    expect(phone.room(room)?.status).toBe("member");
    expect(log(room).entries.at(-1)?.device).toBe(bob.me.device);
    await phone.say(room, "here");
    await ann.unlock();
    await world.pass(2000);
    expect(await ann.heard(room)).toEqual(["ann: here"]);
    expect(ann.view(room)).toEqual(phone.view(room));
  });

  test("is let into direct conversations, which have no link", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const { roomId: room } = await ann.must("direct.open", { username: "bob" });
    await ann.say(room, "psst");
    await world.pass(1000);
    await ann.close();
    const phone = await world.device("phone", ann);
    await world.pass(10_000);
    await phone.say(room, "it is me again");
    await world.pass(1000);
    expect(await bob.heard(room)).toEqual(["ann: psst", "ann: it is me again"]);
    expect(phone.view(room)).toEqual(bob.view(room));
  });

  test("that nobody hears asks again, and is let in once", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    for (const person of [ann, bob]) await person.close();
    const phone = await world.device("phone", ann);
    await world.pass(60_000);
    expect(phone.room(room)).toBeUndefined();
    for (const person of [ann, bob]) await person.unlock();
    await world.pass(20_000);
    expect(phone.room(room)?.status).toBe("member");
    const adds = log(room).entries.filter(({ kind, device }) => kind === "commit" && device !== bob.me.device);
    expect(adds).toHaveLength(1);
    expect(phone.view(room)).toEqual(bob.view(room));
  });
});

test.each(["readmit", "key-packages-claim"])("%s that was too fast is done after the wait", async (type) => {
  const [ann] = await world.persons("ann");
  const room = await world.roomOf(ann);
  let refusals = 0;
  world.relay.taps.push((frame) => {
    if (frame.way !== "up" || frame.body.type !== type || refusals > 0) return undefined;
    refusals++;
    return { answer: { type: "refused", code: "rate-limited", head: 0, retryMs: 7000, field: "" } };
  });
  const phone = await world.device("phone", ann);
  await world.pass(6000);
  expect(refusals).toBe(1);
  expect(phone.room(room)).toBeUndefined();
  await world.pass(5000);
  expect(phone.room(room)?.status).toBe("member");
});

describe("a Welcome that was lost", () => {
  test("because a chain was withheld is followed by another one, for the leaf that the first one brought", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const withhold = (frame: Passing): Verdict =>
      frame.who === "phone" && frame.way === "down" && frame.body.type === "chains"
        ? { instead: [{ request: frame.request, body: { type: "chains", chains: [] } }] }
        : undefined;
    world.relay.taps.push(withhold);
    const phone = await world.device("phone", ann);
    await world.pass(5000);
    expect(phone.warnings()).toEqual(["chain-withheld"]);
    expect(devices(room, bob)).toContain(phone.me.device);
    world.relay.taps = [];
    await world.pass(620_000);
    expect(phone.room(room)?.status).toBe("member");
    await phone.say(room, "at last");
    await world.pass(1000);
    expect(await bob.heard(room)).toEqual(["ann: at last"]);
    expect(phone.view(room)).toEqual(bob.view(room));
  });
});

describe("a word that does not hold lets nobody in:", () => {
  test("one that is signed by another key, or for another room", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    await ann.close();
    const before = log(room).last;
    const { account, device } = ann.me;
    world.relay.deliver(bob.me.device, {
      kind: "readmit",
      room: room as never,
      who: { account, device },
      signature: new Uint8Array(64),
    });
    await world.pass(30_000);
    expect(log(room).last).toBe(before);
  });

  test("one of a device whose account is not in the room", async () => {
    const [ann, bob, eve] = await world.persons("ann", "bob", "eve");
    const room = await world.roomOf(ann, bob);
    const tablet = await world.device("tablet", eve);
    const { account, device, privateKey } = tablet.me;
    // Eve has no leaf there, and the word is sound but for that.
    const word = readmitBytes({ room: room as never, account, device, leafKey: new Uint8Array(0) });
    const signature = nodeCrypto().sign(privateKey, word);
    await bob.must("direct.open", { username: "eve" });
    world.relay.deliver(bob.me.device, { kind: "readmit", room: room as never, who: { account, device }, signature });
    const before = log(room).last;
    await world.pass(30_000);
    expect(log(room).last).toBe(before);
    expect(devices(room, bob)).not.toContain(tablet.me.device);
  });
});
