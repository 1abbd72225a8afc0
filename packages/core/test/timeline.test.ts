// What happens to a room as its people read it later: events between the messages, a page at a time.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TimelineItem, TimelinePage } from "../src/api.ts";
import { SHELF } from "../src/ports.ts";
import { FakeRelay } from "./harness/fake-relay.ts";
import { type Person, World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

type Where = { readonly before?: number; readonly after?: number; readonly limit?: number };

const page = (person: Person, roomId: string, where: Where = {}): Promise<TimelinePage> =>
  person.must("timeline.list", { roomId, ...where });

/** As `ann added bob`, and messages as `ann: text`. */
function words(item: TimelineItem): string {
  if (item.kind === "message") return `${item.sender}: ${item.text}`;
  return [item.by, item.event, item.who, item.name].filter((word) => word !== undefined).join(" ");
}

const lines = async (person: Person, room: string): Promise<string[]> =>
  (await page(person, room, { limit: 500 })).items.map(words);

describe("what happens", () => {
  test("is told by everybody who was there, in the place of the entry, and to newcomers from when they came", async () => {
    const [ann, bob, cat, dan] = await world.persons("ann", "bob", "cat", "dan");
    const room = await world.roomOf(ann, bob);
    await bob.must("room.add", { roomId: room, username: "cat" });
    await world.pass(1000);
    await cat.say(room, "hello");
    await world.pass(1000);
    const { link } = await ann.must("room.link", { roomId: room, renew: true });
    await world.pass(1000);
    await dan.must("room.join", { link });
    await world.pass(1000);
    await ann.must("room.remove", { roomId: room, username: "cat" });
    await world.pass(1000);
    await bob.must("room.leave", { roomId: room });
    await world.pass(10_000);
    const later = ["ann link", "dan joined", "ann removed cat", "bob left"];
    expect(await lines(ann, room)).toEqual(["ann made", "bob joined", "bob added cat", "cat: hello", ...later]);
    expect(await lines(dan, room)).toEqual(later.slice(1));
    // Who is not in a room any more is not shown it, and what they saw is there when they come again.
    expect(await bob.code("timeline.list", { roomId: room })).toBe("unknown-room");
    const again = await ann.must("room.link", { roomId: room });
    await bob.must("room.join", again);
    await world.pass(1000);
    await ann.must("room.add", { roomId: room, username: "cat" });
    await world.pass(1000);
    const back = ["bob joined", "ann added cat"];
    expect(await lines(bob, room)).toEqual([
      "bob joined",
      "bob added cat",
      "cat: hello",
      ...later.slice(0, 3),
      "bob left",
      ...back,
    ]);
    expect(await lines(cat, room)).toEqual(["bob added cat", "cat: hello", ...later.slice(0, 3), "ann added cat"]);
    await ann.restart();
    expect((await lines(ann, room)).slice(-2)).toEqual(back);
  });

  test("several events of one commit stand in one place, in their order", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    // Who owns the room goes, and the one who takes them out owns it from then on.
    await ann.must("room.leave", { roomId: room });
    await world.pass(10_000);
    const { items } = await page(bob, room);
    const [left, owner] = items.slice(-2);
    expect([left, owner].map((item) => item && words(item))).toEqual(["ann left", "bob owner"]);
    expect(left?.seq).toBe(owner?.seq);
    expect(await page(bob, room, { limit: 1 })).toMatchObject({ items: [left, owner], atStart: false, atEnd: true });
    const first = items[0]?.seq ?? 0;
    expect((await page(bob, room, { after: first, limit: 1 })).items).toEqual([left, owner]);
  });

  test("who leaves and comes again before anybody took them out has left and joined", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const { link } = await ann.must("room.link", { roomId: room });
    // Ann does not come to take him out.
    world.relay.taps.push(({ who, way, body }) =>
      who === "ann" && way === "up" && body.type === "commit" ? "drop" : undefined,
    );
    await bob.must("room.leave", { roomId: room });
    await bob.must("room.join", { link });
    world.relay.taps.length = 0;
    world.relay.cut("ann");
    await world.pass(20_000);
    expect(await lines(ann, room)).toEqual(["ann made", "bob joined", "bob left", "bob joined"]);
    expect(await lines(bob, room)).toEqual(["bob joined", "bob left", "bob joined"]);
  });

  test("devices that come and go are of their account; one that is let in again is no event", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const tab = await world.device("tab", ann);
    await world.pass(10_000);
    expect((await lines(bob, room)).slice(1)).toEqual(["ann devices"]);
    expect(await lines(tab, room)).toEqual(["ann devices"]);
    await ann.must("device.revoke", { deviceId: tab.me.device });
    await world.pass(10_000);
    expect((await lines(bob, room)).slice(1)).toEqual(["ann devices", "ann devices"]);
    expect((await lines(ann, room)).slice(2)).toEqual(["ann devices", "ann devices"]);
  });

  test("a conversation begins with the one who wrote first, on both sides", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const { roomId } = await ann.must("direct.open", { username: "bob" });
    expect(await page(ann, roomId)).toEqual({ items: [], read: 0, atStart: true, atEnd: true });
    await ann.say(roomId, "hello");
    await world.pass(1000);
    for (const person of [ann, bob]) expect(await lines(person, roomId)).toEqual(["ann made", "ann: hello"]);
  });

  test("a commit that does not count tells nothing", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const before = await lines(bob, room);
    // Altered on its way to bob, who takes it for nothing.
    world.relay.taps.push(({ who, way, body }) => {
      if (who !== "bob" || way !== "down" || body.type !== "event") return undefined;
      const entries = body.entries.map((entry) =>
        entry.kind === "commit" ? { ...entry, bytes: entry.bytes.map((byte) => byte ^ 1) } : entry,
      );
      return { instead: [{ request: 0, body: { ...body, entries } }] };
    });
    await ann.must("room.link", { roomId: room, renew: true });
    await world.pass(1000);
    expect(bob.warnings()).toContain("commit-skipped");
    expect(await lines(bob, room)).toEqual(before);
  });

  test("a message of a clock that was never set moves nothing beside it", async () => {
    const [ann, bob] = await world.persons("ann", "bob", "cat");
    const room = await world.roomOf(ann, bob);
    await ann.must("room.add", { roomId: room, username: "cat" });
    await world.pass(1000);
    const heardAt = world.clock.now();
    world.clock.set(5);
    await ann.say(room, "in 1970");
    world.clock.set(heardAt + 60_000);
    await world.pass(1000);
    const { items } = await page(bob, room);
    const added = items.find((item) => words(item) === "ann added cat");
    expect(items.at(-1)).toMatchObject({ kind: "message", text: "in 1970", sentAt: 5 });
    expect(added?.kind === "event" && heardAt - added.at).toBeLessThan(60_000);
  });

  test("what is read late happened before the message that follows it, whatever the time of reading", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    const room = await world.roomOf(ann, bob);
    await bob.close();
    await ann.must("room.add", { roomId: room, username: "cat" });
    await world.pass(1000);
    await ann.say(room, "welcome");
    const sentAt = world.clock.now();
    await world.pass(60_000);
    await cat.say(room, "thanks");
    await world.pass(3_600_000);
    await ann.must("room.remove", { roomId: room, username: "cat" });
    const removedAt = world.clock.now();
    await world.pass(3_600_000);
    await bob.unlock();
    await world.pass(1000);
    const { items } = await page(bob, room);
    const at = items.map((item) => (item.kind === "event" ? item.at : item.sentAt));
    expect(at).toEqual(at.toSorted((one, other) => one - other));
    expect(items.find((item) => words(item) === "ann added cat")).toMatchObject({ at: expect.any(Number) });
    expect(at.at(1)).toBeLessThanOrEqual(sentAt);
    // Nothing follows it: it counts from when it was heard of.
    expect(at.at(-1)).toBeGreaterThan(removedAt);
    // The page before it shows the same times.
    const [event] = (await page(bob, room, { before: items[2]?.seq ?? 0, limit: 1 })).items;
    expect(event).toEqual(items[1]);
  });
});

describe("pages", () => {
  /** A room with a made event in place 0, a join in 1, and messages from 2 to 9. */
  async function filled() {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    for (let index = 2; index < 10; index++) await ann.say(room, `text ${index}`);
    await world.pass(1000);
    return { ann, bob, room };
  }
  const seqs = ({ items }: TimelinePage) => items.map(({ seq }) => seq);

  test("are the newest, or those next to a place, and say where the timeline ends", async () => {
    const { ann, room } = await filled();
    const newest = await page(ann, room, { limit: 3 });
    expect([seqs(newest), newest.atStart, newest.atEnd]).toEqual([[7, 8, 9], false, true]);
    const before = await page(ann, room, { before: 7, limit: 3 });
    expect([seqs(before), before.atStart, before.atEnd]).toEqual([[4, 5, 6], false, false]);
    const first = await page(ann, room, { before: 4, limit: 4 });
    expect([seqs(first), first.atStart, first.atEnd]).toEqual([[0, 1, 2, 3], true, false]);
    const after = await page(ann, room, { after: 1, limit: 3 });
    expect([seqs(after), after.atStart, after.atEnd]).toEqual([[2, 3, 4], false, false]);
    const last = await page(ann, room, { after: 6, limit: 3 });
    expect([seqs(last), last.atStart, last.atEnd]).toEqual([[7, 8, 9], false, true]);
    for (const [where, atStart, atEnd] of [
      [{ before: 0 }, true, false],
      [{ after: 9 }, false, true],
    ] as const) {
      expect(await page(ann, room, where)).toMatchObject({ items: [], atStart, atEnd });
    }
    expect(await ann.code("timeline.list", { roomId: room, before: 5, after: 2 })).toBe("bad-request");
    expect(await ann.code("timeline.list", { roomId: "00".repeat(32) })).toBe("unknown-room");
  });

  test("say up to where the person has read, and need no connection", async () => {
    const { bob, room } = await filled();
    expect((await page(bob, room)).read).toBe(1);
    await bob.must("message.markRead", { roomId: room, seq: 5 });
    world.relay.taps.push(({ who, body }) => (who === "bob" && body.type === "hello" ? "cut" : undefined));
    world.relay.cut("bob");
    await bob.restart();
    const { read, items } = await page(bob, room);
    expect([read, items.length]).toEqual([5, 9]);
  });

  test("messages are those of message.list", async () => {
    const { bob, room } = await filled();
    const { items } = await page(bob, room);
    const messages = items.flatMap(({ kind, ...item }) => (kind === "message" ? [item] : []));
    expect(messages).toEqual(await bob.must("message.list", { roomId: room }));
  });

  test("go on below a conversation that the relay lost and that began anew", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const before = new FakeRelay(world.clock);
    before.copyFrom(world.relay);
    const { roomId } = await ann.must("direct.open", { username: "bob" });
    await ann.say(roomId, "one");
    await world.pass(1000);
    world.relay.goBack(before);
    await world.pass(40_000);
    for (const person of [ann, bob]) await person.must("warning.accept", { code: "relay-rolled-back" });
    await world.pass(5000);
    await ann.say(roomId, "two");
    await world.pass(60_000);
    expect(await lines(ann, roomId)).toEqual(["ann made", "ann: one", "ann made", "ann: two"]);
    const { items, atStart } = await page(ann, roomId, { before: 0, limit: 1 });
    expect([items.map(words), atStart]).toEqual([["ann: one"], false]);
    expect(items[0]?.seq).toBe(2 - SHELF);
    const { items: rest } = await page(ann, roomId, { after: items[0]?.seq ?? 0 });
    expect(rest.map(words)).toEqual(["ann made", "ann: two"]);
  });
});
