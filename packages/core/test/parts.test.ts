// Groups on the disk: written by difference, found again after a crash, and nothing of them left when it is over.
import type { RoomId } from "@sotto/wire";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KEYS } from "../src/records.ts";
import { type Person, World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

/** The parts of a room's group, by name. */
function parts(person: Person, room: string): Map<string, string> {
  const prefix = KEYS.group(room as RoomId, "");
  const found = [...person.disk.records].filter(([key]) => key.startsWith(prefix));
  return new Map(found.map(([key, bytes]) => [key.slice(prefix.length), Buffer.from(bytes).toString("hex")]));
}

const changed = (before: Map<string, string>, after: Map<string, string>) =>
  [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name));

async function talks(room: string, ...people: Person[]): Promise<void> {
  for (const person of people) await person.say(room, `here is ${person.name}`);
  await world.pass(1000);
  const lines = people.map(({ name }) => `${name}: here is ${name}`);
  for (const person of people) expect((await person.heard(room)).slice(-people.length)).toEqual(lines);
}

test("a message writes one part of a group, where it is sent and where it is read", async () => {
  const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
  const room = (await world.roomOf(ann, bob, cat)) as RoomId;
  await talks(room, ann, bob, cat);
  const people = [ann, bob, cat];
  const before = people.map((person) => parts(person, room));
  await ann.say(room, "one");
  await world.pass(1000);
  for (const [index, person] of people.entries()) {
    const names = changed(before[index] as Map<string, string>, parts(person, room));
    expect(names).toHaveLength(1);
    expect(names[0]).toMatch(/^secret\//);
  }
});

test("a commit leaves no secret of the epoch before, and a room that is left leaves nothing", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = (await world.roomOf(ann, bob)) as RoomId;
  await talks(room, ann, bob);
  const before = parts(bob, room);
  await ann.must("room.link", { roomId: room, renew: true });
  await world.pass(1000);
  for (const person of [ann, bob]) {
    const secrets = [...parts(person, room)].filter(([name]) => /^(secret\/|secrets|keys)/.test(name));
    expect(secrets.length).toBeGreaterThan(2);
    // `group` looks for parts that are over.
    expect(person.group(room)).toBeDefined();
  }
  const kept = [...parts(bob, room)].filter(([name, bytes]) => name.startsWith("secret") && before.get(name) === bytes);
  expect(kept).toEqual([]);
  await bob.must("room.leave", { roomId: room });
  await world.pass(1000);
  expect(parts(bob, room).size).toBe(0);
});

describe("a commit under way is found again after a crash", () => {
  /** Ann's commit is made and held back. */
  async function held(): Promise<{ room: RoomId; ann: Person; bob: Person }> {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = (await world.roomOf(ann, bob)) as RoomId;
    world.relay.taps.push((frame) =>
      frame.who === "ann" && frame.way === "up" && frame.body.type === "commit" ? "drop" : undefined,
    );
    ann.ask("room.link", { roomId: room, renew: true });
    await world.settle();
    expect(ann.pending(room)?.kind).toBe("commit");
    return { room, ann, bob };
  }

  test("with what was read since it was made", async () => {
    const { room, ann, bob } = await held();
    const before = parts(ann, room);
    for (let index = 0; index < 3; index++) await bob.say(room, `meanwhile ${index}`);
    await world.pass(500);
    expect(changed(before, parts(ann, room)).length).toBeGreaterThan(0);
    world.relay.taps.length = 0;
    await ann.restart();
    await world.pass(3000);
    expect(ann.pending(room)).toBeUndefined();
    await talks(room, ann, bob);
    expect(ann.view(room)).toEqual(bob.view(room));
  });

  test("or given up, where another one was applied and the end of it was not written", async () => {
    const { room, ann, bob } = await held();
    const pending = ann.disk.records.get(KEYS.pending(room)) as Uint8Array;
    const { base } = ann.room(room) ?? {};
    world.relay.taps.length = 0;
    ann.crash();
    const [cat] = await world.persons("cat");
    await bob.must("room.add", { roomId: room, username: "cat" });
    await ann.unlock();
    await world.pass(5000);
    expect(ann.room(room)?.base).not.toBe(base);
    await ann.close();
    // As after a crash between the two: the room is past the commit that this one waited for.
    ann.disk.records.set(KEYS.pending(room), pending);
    world.relay.taps.push((frame) => (frame.who === "ann" ? "drop" : undefined));
    await ann.unlock();
    // Without any word of the relay: there was no group that it could have been restored to.
    expect(ann.pending(room)).toBeUndefined();
    world.relay.taps.length = 0;
    await ann.restart();
    await world.pass(3000);
    await talks(room, ann, bob, cat);
    expect(ann.view(room)).toEqual(bob.view(room));
  });
});

describe("last resorts that were replaced", () => {
  const kept = (person: Person) =>
    [...person.disk.records.keys()].filter((key) => key.startsWith("key-package/")).length;

  test("are few, however often the relay tells that one was used", async () => {
    const [ann] = await world.persons("ann");
    await world.pass(1000);
    const before = kept(ann);
    for (let index = 0; index < 40; index++) {
      world.relay.deliver(ann.me.device, { kind: "last-resort-used" } as never);
      await world.settle();
    }
    await world.pass(1000);
    expect(kept(ann)).toBeGreaterThan(before);
    expect(kept(ann)).toBeLessThanOrEqual(before + 8);
  });

  test("still let in who was added with one that is old itself", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const { roomId: room } = await ann.must("room.create", { name: "den" });
    const device = world.relay.devices.get(bob.me.device);
    if (device === undefined) throw new Error("bob has a device");
    for (const person of [ann, bob]) await person.close();
    await world.pass(8 * 86_400_000);
    for (const person of [ann, bob]) await person.unlock();
    await world.pass(1000);
    device.packages.length = 0;
    world.relay.taps.push((frame) =>
      frame.who === "ann" && frame.way === "up" && frame.body.type === "commit" ? "drop" : undefined,
    );
    ann.ask("room.add", { roomId: room, username: "bob" });
    await world.settle();
    expect(ann.pending(room)?.kind).toBe("commit");
    for (let index = 0; index < 2; index++) {
      world.relay.deliver(bob.me.device, { kind: "last-resort-used" } as never);
      await world.pass(1000);
    }
    world.relay.taps.length = 0;
    world.relay.cut("ann");
    await world.pass(60_000);
    expect(bob.room(room)?.status).toBe("member");
    await talks(room, ann, bob);
  });
});
