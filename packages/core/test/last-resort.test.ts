// The key package that is given out when no other is left: its use is told, and it is replaced at once.
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeRelay } from "./harness/fake-relay.ts";
import { type Person, World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const box = (person: Person) => {
  const device = world.relay.devices.get(person.me.device);
  if (device === undefined) throw new Error("it has one");
  return device;
};

test("lets in when no other is left; its owner hears of it, and the next one is another", async () => {
  const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
  const room = await world.roomOf(ann);
  await world.pass(500);
  await bob.close();
  box(bob).packages = [];
  const first = box(bob).lastResort;
  await ann.must("room.add", { roomId: room, username: "bob" });
  // As long as its owner is away it lets in as often as it is asked for.
  const other = await world.roomOf(cat);
  await cat.must("room.add", { roomId: other, username: "bob" });
  await bob.unlock();
  await world.pass(2000);
  expect(bob.warnings()).toContain("last-resort-used");
  expect(box(bob).lastResort).not.toEqual(first);
  expect(box(bob).packages.length).toBeGreaterThanOrEqual(10);
  for (const [id, by] of [
    [room, ann],
    [other, cat],
  ] as const) {
    await bob.say(id, "here");
    await world.pass(500);
    expect(await by.heard(id)).toEqual(["bob: here"]);
  }
});

test("is not used while another one is left", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = await world.roomOf(ann);
  const first = box(bob).lastResort;
  await ann.must("room.add", { roomId: room, username: "bob" });
  await world.pass(1000);
  expect(bob.warnings()).toEqual([]);
  expect(box(bob).lastResort).toEqual(first);
});

test("that is a month old is replaced at the next connect, and the old one still lets in for a week", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = await world.roomOf(ann);
  const first = box(bob).lastResort;
  await bob.close();
  world.clock.set(world.clock.now() + 31 * 86_400_000);
  await world.settle();
  await bob.unlock();
  await world.pass(1000);
  expect(box(bob).lastResort).not.toEqual(first);
  // Somebody claimed the old one just before.
  box(bob).packages = [];
  box(bob).lastResort = first;
  await ann.must("room.add", { roomId: room, username: "bob" });
  await world.pass(2000);
  await bob.say(room, "here");
  await world.pass(500);
  expect(await ann.heard(room)).toEqual(["bob: here"]);
});

test("a device that stays connected has more before they are used up", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const first = box(bob).lastResort;
  const left: number[] = [];
  for (let count = 0; count < 30; count++) {
    const room = await world.roomOf(ann);
    await ann.must("room.add", { roomId: room, username: "bob" });
    await world.pass(1000);
    left.push(box(bob).packages.length);
  }
  expect(Math.min(...left)).toBeGreaterThanOrEqual(10);
  expect(Math.max(...left)).toBeLessThanOrEqual(20);
  expect(bob.warnings()).toEqual([]);
  expect(box(bob).lastResort).toEqual(first);
});

test("a device counts its packages anew as it signs in at a relay that went back in time", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  await world.roomOf(ann, bob);
  await world.pass(500);
  const before = new FakeRelay(world.clock);
  before.copyFrom(world.relay);
  for (let count = 0; count < 40; count++) world.relay.deliver(bob.me.device, { kind: "chain-grew" } as never);
  await world.pass(1000);
  world.relay.cut("bob");
  await world.pass(40_000);
  world.relay.goBack(before);
  await world.pass(40_000);
  for (const person of [ann, bob]) await person.must("warning.accept", { code: "relay-rolled-back" });
  await world.pass(60_000);
  const left: number[] = [];
  for (let count = 0; count < 25; count++) {
    const room = await world.roomOf(ann);
    await ann.must("room.add", { roomId: room, username: "bob" });
    await world.pass(1000);
    left.push(box(bob).packages.length);
  }
  expect(Math.min(...left)).toBeGreaterThanOrEqual(10);
  expect(bob.warnings()).not.toContain("last-resort-used");
});

test("a relay that takes no key packages makes this device make few", async () => {
  const [bob] = await world.persons("bob");
  await world.pass(1000);
  let made = 0;
  world.relay.taps.push(({ way, body }) => {
    if (way !== "up" || body.type !== "key-packages-put") return undefined;
    made += body.packages.length + (body.lastResort === undefined ? 0 : 1);
    return { answer: { type: "refused", code: "too-long", head: 0, retryMs: 0, field: "packages" } };
  });
  for (let count = 0; count < 100; count++) {
    world.relay.deliver(bob.me.device, { kind: "last-resort-used" } as never);
    await world.settle();
  }
  expect(made).toBe(100);
});

test("a Welcome whose key package this device does not have is told, once", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const { account, device } = ann.me;
  for (const [seq, room] of [5, 6].map((number) => [number, `${number}`.repeat(64)] as const)) {
    const entry = { kind: "welcome", room, seq, previous: new Uint8Array(32), bytes: new Uint8Array(80) };
    world.relay.deliver(bob.me.device, { ...entry, who: { account, device } } as never);
  }
  await world.settle();
  expect(bob.notices()).toEqual([expect.stringContaining("cannot open")]);
  expect(await bob.must("room.list", {})).toEqual([]);
});

test("that the relay gives out as any other is told by the Welcome that it opens, and replaced", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = await world.roomOf(ann);
  const first = box(bob).lastResort;
  if (first === undefined) throw new Error("there is one");
  box(bob).packages.unshift(first);
  await ann.must("room.add", { roomId: room, username: "bob" });
  await world.pass(1000);
  expect(bob.warnings()).toEqual(["last-resort-used"]);
  expect(box(bob).lastResort).not.toEqual(first);
  await bob.say(room, "here");
  await world.pass(500);
  expect(await ann.heard(room)).toEqual(["bob: here"]);
});

test("packages that were claimed by nobody for two months are replaced, so that somebody can be added after that", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = await world.roomOf(ann);
  const first = box(bob).packages;
  for (const days of [59, 2, 40]) {
    await bob.close();
    world.clock.set(world.clock.now() + days * 86_400_000);
    await world.settle();
    await bob.unlock();
    await world.pass(500);
    expect(first.every((one) => box(bob).packages.includes(one))).toBe(days === 59);
  }
  await ann.must("room.add", { roomId: room, username: "bob" });
  await world.pass(500);
  await bob.say(room, "here");
  await world.pass(500);
  expect(await ann.heard(room)).toEqual(["bob: here"]);
  expect(bob.warnings()).toEqual([]);
});
