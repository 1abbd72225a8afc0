// What goes wrong at home or at the relay: restarts, full disks, storms, lies. Each is survived, or named.
// Over 400 lines: one world and its few helpers serve every trouble here; each test is short and stands alone.

import { nodeCrypto } from "@sotto/node";
import { type Entry, type EntryId, parseHeader } from "@sotto/wire";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Group, groupSuite, seal } from "../src/group/index.ts";
import type { Passing, Verdict } from "./harness/fake-relay.ts";
import { type Person, World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const agree = (room: string, ...people: Person[]) => {
  const [first, ...others] = people.map((person) => person.view(room));
  expect(first).toBeDefined();
  for (const other of others) expect(other).toEqual(first);
};
const quiet = (...people: Person[]) => expect(people.flatMap((person) => person.warnings())).toEqual([]);

async function talks(room: string, ...people: Person[]): Promise<void> {
  for (const [index, person] of people.entries()) await person.say(room, `is anybody there ${index}`);
  await world.pass(1000);
  const lines = people.map((person, index) => `${person.name}: is anybody there ${index}`);
  for (const person of people) expect((await person.heard(room)).slice(-people.length)).toEqual(lines);
}

const up = (who: string, type: string) => (frame: Passing) =>
  frame.who === who && frame.way === "up" && frame.body.type === type;
const tap = (fits: (frame: Passing) => boolean, verdict: Verdict) => {
  const one = (frame: Passing) => (fits(frame) ? verdict : undefined);
  world.relay.taps.push(one);
  return () => {
    world.relay.taps = world.relay.taps.filter((other) => other !== one);
  };
};
const log = (room: string) => world.relay.log(room as never);
const refused = (code: "stale-head" | "internal" | "busy", head = 0, retryMs = 0): Verdict => ({
  answer: { type: "refused", code, head, retryMs, field: "" },
});

describe("after an end in order", () => {
  test("who waits for an answer is told that the message is stored, and under its id it is sent once", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    world.relay.hold("ann");
    const id = "0a".repeat(16);
    const sending = ann.ask("message.send", { roomId: room, text: "one", id });
    const making = ann.ask("room.create", { name: "another" });
    await world.settle();
    await ann.close();
    await world.settle();
    expect(sending.outcome).toMatchObject({ error: { code: "offline", message: expect.stringMatching(/is stored/) } });
    expect(making.outcome).toMatchObject({ error: { code: "offline", message: expect.not.stringMatching(/stored/) } });
    await ann.restart();
    expect(await ann.code("message.send", { roomId: room, text: "one", id })).toBe("done");
    await world.pass(2000);
    for (const person of [ann, bob]) expect(await person.heard(room)).toEqual(["ann: one"]);
  });
});

describe("after a crash", () => {
  test("messages that wait are sent as the same bytes", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    world.relay.hold("ann");
    ann.ask("message.send", { roomId: room, text: "one" });
    ann.ask("message.send", { roomId: room, text: "two" });
    await world.settle();
    const stored = ann.intents().map(({ attempt }) => attempt?.bytes);
    expect(stored.every((bytes) => bytes !== undefined)).toBe(true);
    await ann.restart();
    await world.pass(2000);
    expect(world.sent("ann", "append").map(({ body }) => "bytes" in body && body.bytes)).toEqual(stored);
    expect(await bob.heard(room)).toEqual(["ann: one", "ann: two"]);
    expect(await ann.heard(room)).toEqual(["ann: one", "ann: two"]);
    quiet(ann, bob);
  });

  test("messages that were written without a connection are sent after the next start, once and in order", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    world.relay.taps.push(({ who, body }) => (who === "ann" && body.type === "hello" ? "cut" : undefined));
    world.relay.cut("ann");
    await world.settle();
    for (const text of ["one", "two"]) ann.ask("message.send", { roomId: room, text });
    await world.settle();
    expect(ann.intents().map(({ attempt }) => attempt)).toEqual([undefined, undefined]);
    ann.crash();
    world.relay.taps.length = 0;
    await ann.restart();
    await world.pass(2000);
    expect(await bob.heard(room)).toEqual(["ann: one", "ann: two"]);
    quiet(ann, bob);
  });

  test("a message that is written while an earlier one is about to be refused does not get an earlier key", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    world.relay.hold("bob");
    const one = bob.ask("message.send", { roomId: room, text: "one" });
    await world.settle();
    // Bob reads the commit while his message, made for the head before it, is still on its way to its refusal.
    await ann.must("room.link", { roomId: room, renew: true });
    await world.settle();
    const two = bob.ask("message.send", { roomId: room, text: "two" });
    await world.settle();
    world.relay.release("bob");
    await world.pass(10_000);
    expect([one.outcome?.ok, two.outcome?.ok]).toEqual([true, true]);
    expect(await ann.heard(room)).toEqual(["bob: one", "bob: two"]);
    expect(await bob.heard(room)).toEqual(["bob: one", "bob: two"]);
    quiet(ann, bob);
  });

  test("messages that the relay has are not sent again", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const undo = tap((frame) => frame.who === "ann" && frame.way === "down", "drop");
    ann.ask("message.send", { roomId: room, text: "one" });
    await world.settle();
    ann.crash();
    undo();
    await ann.restart();
    await world.pass(2000);
    expect(ann.intents()).toEqual([]);
    expect(await bob.heard(room)).toEqual(["ann: one"]);
    expect(await ann.heard(room)).toEqual(["ann: one"]);
    quiet(ann, bob);
  });

  /** Loses a person's commit, or every sign that the relay has it. */
  const losing = (who: string, had: boolean) => (frame: Passing) =>
    had
      ? frame.who === who && frame.way === "down" && (frame.body.type === "ack" || frame.body.type === "event")
      : up(who, "commit")(frame);

  test.each([{ had: true }, { had: false }])(
    "a join goes again as the same bytes (relay had it: $had)",
    async ({ had }) => {
      const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
      const room = await world.roomOf(ann, bob);
      const { link } = await ann.must("room.link", { roomId: room });
      const undo = tap(losing("cat", had), "drop");
      cat.ask("room.join", { link });
      await world.settle();
      const pending = cat.pending(room);
      expect(pending?.kind).toBe("join");
      undo();
      await cat.restart();
      await world.pass(2000);
      const commits = world.sent("cat", "commit").map(({ body }) => "bytes" in body && body.bytes);
      expect(commits).toEqual([pending?.bytes, pending?.bytes]);
      expect(cat.pending(room)).toBeUndefined();
      await talks(room, cat, ann, bob);
      agree(room, ann, bob, cat);
      quiet(ann, bob, cat);
    },
  );

  test.each([{ had: true }, { had: false }])("a member's commit likewise (relay had it: $had)", async ({ had }) => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const undo = tap(losing("ann", had), "drop");
    world.relay.seen.length = 0;
    ann.ask("room.link", { roomId: room, renew: true });
    await world.settle();
    const pending = ann.pending(room);
    expect(pending?.kind).toBe("commit");
    undo();
    await ann.restart();
    await world.pass(2000);
    const commits = world.sent("ann", "commit").map(({ body }) => "bytes" in body && body.bytes);
    expect(new Set(commits.map(String)).size).toBe(1);
    expect(log(room).entries.filter((entry) => String(entry.bytes) === String(pending?.bytes))).toHaveLength(1);
    expect(ann.pending(room)).toBeUndefined();
    await talks(room, ann, bob);
    agree(room, ann, bob);
    expect(await bob.must("room.link", { roomId: room })).toEqual(await ann.must("room.link", { roomId: room }));
    quiet(ann, bob);
  });

  test("a room that was being made is made", async () => {
    const [ann] = await world.persons("ann");
    const undo = tap(up("ann", "room-create"), "drop");
    ann.ask("room.create", { name: "den" });
    await world.settle();
    undo();
    await ann.restart();
    await world.pass(2000);
    const rooms = await ann.must("room.list", {});
    expect(rooms).toMatchObject([{ name: "den", members: 1 }]);
    await talks(rooms[0]?.roomId ?? "", ann);
  });

  test("a direct conversation that was being begun is begun, with one message", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const { roomId: room } = await ann.must("direct.open", { username: "bob" });
    const undo = tap(up("ann", "room-create"), "drop");
    ann.ask("message.send", { roomId: room, text: "psst" });
    await world.settle();
    undo();
    await ann.restart();
    await world.pass(2000);
    expect(await bob.heard(room)).toEqual(["ann: psst"]);
    expect(await ann.heard(room)).toEqual(["ann: psst"]);
    agree(room, ann, bob);
  });

  test("what was taken from the inbox is not taken again, although the relay did not hear of it", async () => {
    const [ann] = await world.persons("ann");
    const undo = tap(up("ann", "inbox-cursor"), "drop");
    world.relay.deliver(ann.me.device, { kind: "last-resort-used" });
    await world.pass(500);
    expect(ann.warnings()).toEqual(["last-resort-used"]);
    undo();
    await ann.restart();
    await world.pass(5000);
    expect(ann.warnings()).toEqual(["last-resort-used"]);
  });

  test("at any durable commit of a conversation, everybody has everything once", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    // The client dies after each of its next commits in turn, and goes on.
    for (let step = 1; step <= 6; step++) {
      const until = bob.disk.commits + step;
      ann.ask("message.send", { roomId: room, text: `from ann ${step}` });
      bob.ask("message.send", { roomId: room, text: `from bob ${step}`, id: String(step).padStart(32, "0") });
      for (let tick = 0; tick < 2000 && bob.disk.commits < until; tick++)
        await new Promise((later) => setImmediate(later));
      bob.crash();
      await world.pass(100);
      await bob.restart();
      await world.pass(3000);
      // What had not reached the disk was never promised.
      await bob.must("message.send", { roomId: room, text: `from bob ${step}`, id: String(step).padStart(32, "0") });
      await world.pass(1000);
    }
    const all = await ann.heard(room);
    expect(all).toHaveLength(12);
    expect(new Set(all).size).toBe(12);
    expect(await bob.heard(room)).toEqual(all);
    agree(room, ann, bob);
    quiet(ann, bob);
  });
});

describe("a disk that is full", () => {
  test("refuses a message, keeps nothing of it and sends nothing", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const before = ann.disk.snapshot();
    const frames = world.relay.seen.length;
    ann.disk.failing = 1;
    expect(await ann.code("message.send", { roomId: room, text: "lost?" })).toBe("internal");
    expect(ann.disk.snapshot()).toEqual(before);
    expect(world.relay.seen.slice(frames).filter(({ who, body }) => who === "ann" && body.type !== "ping")).toEqual([]);
    await talks(room, ann, bob);
    quiet(ann, bob);
  });

  test("is told as what it is, and not as a fault of the program", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    for (const person of [ann, bob]) {
      person.disk.code = "disk-full";
      person.disk.failing = 1;
    }
    expect(await ann.code("message.send", { roomId: room, text: "lost?" })).toBe("disk-full");
    await ann.say(room, "it has room again");
    await world.pass(120_000);
    expect(bob.updates.flatMap((update) => (update.type === "notice" ? [update.key] : []))).toEqual(["disk-full"]);
  });

  test.each([1, 2, 5, 50])(
    "while messages come in: %d failures later all of them are there, once",
    async (failures) => {
      const [ann, bob] = await world.persons("ann", "bob");
      const room = await world.roomOf(ann, bob);
      bob.disk.failing = failures;
      for (const text of ["one", "two", "three"]) await ann.say(room, text);
      await world.pass(120_000);
      bob.disk.failing = 0;
      await world.pass(120_000);
      expect(await bob.heard(room)).toEqual(["ann: one", "ann: two", "ann: three"]);
      expect(bob.told(room)).toEqual(["ann: one", "ann: two", "ann: three"]);
      await talks(room, bob, ann);
      quiet(ann, bob);
    },
  );

  test("while the connection ends: the client comes back when there is space again", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    ann.ask("message.send", { roomId: room, text: "before" });
    await world.pass(500);
    ann.disk.failing = Number.POSITIVE_INFINITY;
    await bob.say(room, "one");
    await world.pass(60_000);
    world.relay.cut("ann");
    await world.pass(60_000);
    ann.disk.failing = 0;
    await world.pass(120_000);
    expect((await ann.must("account.status", {})).connection).toBe("online");
    expect(await ann.heard(room)).toEqual(["ann: before", "bob: one"]);
  });
});

describe("storms", () => {
  test("two committers at once: both commits are made, one after the other", async () => {
    const [ann, bob, cat, dan] = await world.persons("ann", "bob", "cat", "dan");
    const room = await world.roomOf(ann, bob);
    for (const person of ["ann", "bob"]) world.relay.hold(person);
    const adds = [
      ann.ask("room.add", { roomId: room, username: "cat" }),
      bob.ask("room.add", { roomId: room, username: "dan" }),
    ];
    // Let both claim key packages, and hold what comes after.
    for (let round = 0; round < 3; round++) {
      await world.settle();
      for (const person of ["ann", "bob"]) world.relay.release(person, 1);
    }
    await world.settle();
    for (const person of ["ann", "bob"]) world.relay.release(person);
    await world.pass(5000);
    expect(adds.map(({ outcome }) => outcome?.ok)).toEqual([true, true]);
    await talks(room, ann, bob, cat, dan);
    agree(room, ann, bob, cat, dan);
    quiet(ann, bob, cat, dan);
  });

  test("five newcomers by one link at once, while two talk", async () => {
    const [ann, bob, ...newcomers] = await world.persons("ann", "bob", "c1", "c2", "c3", "c4", "c5");
    const room = await world.roomOf(ann, bob);
    const { link } = await ann.must("room.link", { roomId: room });
    const joins = newcomers.map((person) => person.ask("room.join", { link }));
    const texts: string[] = [];
    for (let index = 0; index < 10; index++) {
      for (const person of [ann, bob]) {
        person.ask("message.send", { roomId: room, text: `${index}` });
        texts.push(`${person.name}: ${index}`);
      }
      await world.pass(150);
    }
    await world.pass(20_000);
    expect(joins.map(({ outcome }) => outcome?.ok)).toEqual([true, true, true, true, true]);
    expect((await ann.heard(room)).sort()).toEqual([...texts].sort());
    expect(await bob.heard(room)).toEqual(await ann.heard(room));
    await talks(room, ann, bob, ...newcomers);
    agree(room, ann, bob, ...newcomers);
    quiet(ann, bob, ...newcomers);
  });

  test("everybody removes everybody's link at once: the room has one link that works", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    const room = await world.roomOf(ann, bob);
    const renewals = [1, 2, 3].map(() => ann.ask("room.link", { roomId: room, renew: true }));
    await world.pass(10_000);
    const links = renewals.map(({ outcome }) => (outcome?.ok ? outcome.value.link : undefined));
    expect(new Set(links).size).toBe(3);
    expect(await bob.must("room.link", { roomId: room })).toEqual({ link: links[2] });
    expect(await cat.code("room.join", { link: links[0] ?? "" })).toBe("link-expired");
    await cat.must("room.join", { link: links[2] ?? "" });
    await talks(room, cat, ann, bob);
    agree(room, ann, bob, cat);
  });

  test("a relay that says busy is asked again after the wait, with the same bytes", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    let count = 0;
    world.relay.taps.push((frame) =>
      up("ann", "append")(frame) && ++count <= 2 ? refused("busy", 0, 400) : undefined,
    );
    world.relay.seen.length = 0;
    const sending = ann.ask("message.send", { roomId: room, text: "one" });
    await world.pass(300);
    expect(world.sent("ann", "append")).toHaveLength(1);
    await world.pass(3000);
    expect(sending.outcome?.ok).toBe(true);
    const sent = world.sent("ann", "append").map(({ body }) => "bytes" in body && body.bytes);
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map(String)).size).toBe(1);
  });

  test.each([0, 1, 3, 7])(
    "a rate limit that bites after %d messages changes neither order nor number",
    async (free) => {
      const [ann, bob] = await world.persons("ann", "bob");
      const room = await world.roomOf(ann, bob);
      let left = free;
      let openAt = 0;
      world.relay.rate = () => {
        if (world.clock.now() < openAt) return openAt - world.clock.now();
        if (left-- > 0) return 0;
        left = 3;
        openAt = world.clock.now() + 500;
        return 500;
      };
      const texts = Array.from({ length: 20 }, (_, index) => `number ${index}`);
      const sends = texts.map((text) => ann.ask("message.send", { roomId: room, text }));
      await world.pass(30_000);
      expect(sends.every(({ outcome }) => outcome?.ok)).toBe(true);
      expect(await bob.heard(room)).toEqual(texts.map((text) => `ann: ${text}`));
      quiet(ann, bob);
    },
  );

  test.each([1, 2, 3, 5])(
    "a relay that refuses message %d alone does not let the later ones overtake it",
    async (refusedOne) => {
      const [ann, bob] = await world.persons("ann", "bob");
      const room = await world.roomOf(ann, bob);
      let count = 0;
      world.relay.rate = () => (++count === refusedOne ? 300 : 0);
      const texts = Array.from({ length: 8 }, (_, index) => `number ${index}`);
      for (const text of texts) ann.ask("message.send", { roomId: room, text });
      await world.pass(5000);
      expect(await bob.heard(room)).toEqual(texts.map((text) => `ann: ${text}`));
    },
  );

  test("both sides begin a direct conversation at once: one room, and every message exactly once", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const { roomId: room } = await ann.must("direct.open", { username: "bob" });
    await bob.must("direct.open", { username: "ann" });
    const sends = [
      ann.ask("message.send", { roomId: room, text: "from ann" }),
      bob.ask("message.send", { roomId: room, text: "from bob" }),
    ];
    await world.pass(60_000);
    expect(sends.map(({ outcome }) => outcome?.ok)).toEqual([true, true]);
    expect((await ann.heard(room)).sort()).toEqual(["ann: from ann", "bob: from bob"]);
    expect(await bob.heard(room)).toEqual(await ann.heard(room));
    await talks(room, ann, bob);
    agree(room, ann, bob);
    quiet(ann, bob);
  });
});

describe("a relay that lies", () => {
  test("about the head is named after three refusals, and no key is spent on it", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const undo = tap(up("ann", "append"), refused("stale-head", log(room).head));
    world.relay.seen.length = 0;
    const sending = ann.ask("message.send", { roomId: room, text: "one" });
    await world.pass(5000);
    expect(ann.warnings()).toEqual(["relay-lies"]);
    const sent = world.sent("ann", "append").map(({ body }) => "bytes" in body && body.bytes);
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map(String)).size).toBe(1);
    undo();
    await world.pass(120_000);
    expect(sending.outcome?.ok).toBe(true);
    expect(await bob.heard(room)).toEqual(["ann: one"]);
  });

  test("about the head of a commit is named likewise, and no key is spent on it", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const undo = tap(up("ann", "commit"), refused("stale-head", log(room).head));
    world.relay.seen.length = 0;
    ann.ask("room.link", { roomId: room, renew: true });
    await world.pass(30_000);
    const sent = world.sent("ann", "commit").map(({ body }) => "bytes" in body && body.bytes);
    expect(new Set(sent.map(String)).size).toBe(1);
    expect(ann.warnings()).toContain("relay-lies");
    undo();
    await world.pass(120_000);
    await talks(room, ann, bob);
    agree(room, ann, bob);
  });

  test.each([
    { what: "a message", type: "append" },
    { what: "a commit", type: "commit" },
  ])("that calls the newest message a head is not sent $what without end, and is named", async ({ type }) => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    await bob.say(room, "read by all");
    await world.pass(1000);
    const undo = tap(up("ann", type), refused("stale-head", log(room).entries.length));
    world.relay.seen.length = 0;
    if (type === "append") ann.ask("message.send", { roomId: room, text: "one" });
    else ann.ask("room.link", { roomId: room, renew: true });
    await world.pass(5000);
    const sent = world.sent("ann", type).map(({ body }) => "bytes" in body && body.bytes);
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map(String)).size).toBe(1);
    expect(ann.warnings()).toEqual(["relay-lies"]);
    undo();
    await world.pass(120_000);
    await talks(room, ann, bob);
    agree(room, ann, bob);
  });

  /** The next entry of a kind is shown to somebody under another id, and always alike. */
  const renamed = (who: string, room: string, kind: Entry["kind"]) => {
    const seq = log(room).entries.length + 1;
    const change = (entry: Entry) =>
      entry.kind === kind && entry.seq === seq ? { ...entry, id: "ab".repeat(16) as EntryId } : entry;
    world.relay.taps.push(({ who: whose, way, request, body }) => {
      if (whose !== who || way !== "down" || (body.type !== "event" && body.type !== "fetched")) return undefined;
      return { instead: [{ request, body: { ...body, entries: body.entries.map(change) } }] };
    });
  };

  test("about the id of an own message does not stop what is behind it: it is given up, and who sent it is told", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    renamed("ann", room, "message");
    const sending = ann.ask("message.send", { roomId: room, text: "one" });
    await world.pass(5000);
    expect(sending.outcome).toMatchObject({ ok: false, error: { code: "internal" } });
    expect(new Set(ann.warnings())).toEqual(new Set(["relay-lies"]));
    world.relay.taps = [];
    await ann.say(room, "two");
    await world.pass(1000);
    expect((await ann.heard(room)).at(-1)).toBe("ann: two");
    expect(await bob.heard(room)).toEqual(["ann: one", "ann: two"]);
  });

  test("about the id of an own message does not stop what is behind it either where others speak meanwhile", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    renamed("ann", room, "message");
    world.relay.hold("bob");
    bob.ask("message.send", { roomId: room, text: "meanwhile" });
    await world.settle();
    let isHeard = false;
    world.relay.taps.push((frame) => {
      if (!up("ann", "fetch")(frame) || isHeard) return undefined;
      isHeard = true;
      world.relay.release("bob");
      return { answer: { type: "fetched", room: room as never, entries: [], last: log(room).entries.length + 1 } };
    });
    const sending = ann.ask("message.send", { roomId: room, text: "one" });
    await world.pass(5000);
    expect(isHeard).toBe(true);
    await ann.must("warning.accept", { code: "log-forked", roomId: room });
    await world.pass(5000);
    expect(sending.outcome).toMatchObject({ ok: false, error: { code: "internal" } });
  });

  test("about the id of an own commit does not stop its sender", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    renamed("ann", room, "commit");
    const renewing = ann.ask("room.link", { roomId: room, renew: true });
    await world.pass(5000);
    expect(renewing.outcome).toMatchObject({ ok: false, error: { code: "internal" } });
    expect(ann.warnings()).toContain("relay-lies");
    world.relay.taps = [];
    const sending = ann.ask("message.send", { roomId: room, text: "still here" });
    await world.pass(5000);
    expect(sending.outcome?.ok).toBe(true);
  });

  test("about the own join is named as what stops the room, and with the agreement the room goes on", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const { roomId: room, link } = await ann.must("room.create", { name: "tea" });
    let isTold = false;
    world.relay.taps.push(({ who, way, request, body }) => {
      if (who !== "bob" || way !== "down" || body.type !== "fetched" || isTold) return undefined;
      isTold = true;
      return { instead: [{ request, body: { ...body, entries: [] } }] };
    });
    await bob.must("room.join", { link });
    await world.pass(1000);
    expect(bob.warnings()).toEqual(["relay-lies", "log-forked"]);
    const waiting = bob.ask("message.send", { roomId: room, text: "am I in" });
    await world.pass(5000);
    expect(waiting.outcome).toBeUndefined();
    await bob.must("warning.accept", { code: "log-forked", roomId: room });
    await world.pass(5000);
    expect(waiting.outcome?.ok).toBe(true);
    await talks(room, ann, bob);
  });

  test("about what was before the first entry is named when somebody speaks of that entry", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const { roomId: room, link } = await ann.must("room.create", { name: "tea" });
    world.relay.taps.push(({ who, way, request, body }) => {
      if (who !== "bob" || way !== "down" || body.type !== "ack") return undefined;
      return { instead: [{ request, body: { ...body, previous: new Uint8Array(32) } }] };
    });
    await bob.must("room.join", { link });
    await world.pass(1000);
    expect(log(room).entries).toHaveLength(1);
    await ann.say(room, "welcome");
    await world.pass(1000);
    expect(bob.warnings()).toEqual(["log-forked"]);
    expect(await bob.heard(room)).toEqual(["ann: welcome"]);
  });

  test("about a head that does not exist is not asked for it without end", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    let lied = false;
    let fetches = 0;
    world.relay.taps.push((frame) => {
      if (up("ann", "fetch")(frame) && ++fetches > 200) return "drop";
      if (!up("ann", "append")(frame) || lied) return undefined;
      lied = true;
      return refused("stale-head", 1_000_000);
    });
    const sending = ann.ask("message.send", { roomId: room, text: "one" });
    await world.pass(60_000);
    expect(fetches).toBeLessThan(50);
    world.relay.cut("ann");
    await world.pass(60_000);
    expect(sending.outcome?.ok).toBe(true);
  });

  test("shows two members two orders: the next message of either names it, and nothing more is sent there", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat", "dan");
    const room = await world.roomOf(ann, bob, cat);
    // Bob gets the two messages the other way round.
    const kept: Passing[] = [];
    world.relay.taps.push((frame) => {
      if (frame.who !== "bob" || frame.way !== "down" || frame.body.type !== "event" || kept.length === 2)
        return undefined;
      kept.push(frame);
      if (kept.length < 2) return "drop";
      const [one, two] = kept.map(({ body }) => (body.type === "event" ? body.entries[0] : undefined));
      if (one === undefined || two === undefined) return undefined;
      const body = {
        ...frame.body,
        entries: [
          { ...two, seq: one.seq },
          { ...one, seq: two.seq },
        ],
      };
      return { instead: [{ request: 0, body }] };
    });
    ann.ask("message.send", { roomId: room, text: "yes" });
    cat.ask("message.send", { roomId: room, text: "no" });
    await world.pass(1000);
    expect(await bob.heard(room)).toEqual([...(await ann.heard(room))].reverse());
    await bob.say(room, "so it is that");
    await world.pass(1000);
    expect(ann.warnings()).toEqual(["log-forked"]);
    expect(cat.warnings()).toEqual(["log-forked"]);
    world.relay.seen.length = 0;
    const waiting = ann.ask("message.send", { roomId: room, text: "wait" });
    const adding = ann.ask("room.add", { roomId: room, username: "dan" });
    await world.pass(30_000);
    expect(world.sent("ann", "append")).toEqual([]);
    expect(world.sent("ann", "commit")).toEqual([]);
    expect(waiting.outcome).toBeUndefined();
    await ann.must("warning.accept", { code: "log-forked", roomId: room });
    await world.pass(30_000);
    expect(waiting.outcome?.ok).toBe(true);
    expect(adding.outcome).toBeDefined();
  });

  test("puts its own bytes under our name: they are named and skipped, and we go on", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const { account, device } = ann.me;
    const ours = { room: room as never, id: "ab".repeat(16) as never, head: log(room).head, base: log(room).head };
    world.relay.put({ account, device }, { type: "append", ...ours, bytes: new Uint8Array(40), continues: false });
    await world.pass(5000);
    expect(ann.warnings()).toEqual(["relay-lies"]);
    await ann.say(room, "one");
    await world.pass(1000);
    expect(await bob.heard(room)).toEqual(["ann: one"]);
  });

  test("shows what a copy of the profile sent: the copy is named, and nothing is sent any more, after a restart too", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const { account, device } = ann.me;
    const suite = groupSuite(nodeCrypto());
    const sealed = seal(suite, ann.me, ann.group(room) as Group, new Uint8Array(256), new Uint8Array(0));
    const copy = { room: room as never, id: "ab".repeat(16) as never, head: log(room).head, base: log(room).head };
    world.relay.put({ account, device }, { type: "append", ...copy, bytes: sealed.bytes, continues: false });
    await world.pass(5000);
    expect(await ann.code("message.send", { roomId: room, text: "one" })).toBe("profile-copied");
    await world.pass(120_000);
    expect(world.relay.isOnline("ann")).toBe(false);
    await ann.close();
    await ann.unlock();
    await world.pass(120_000);
    expect(world.relay.isOnline("ann")).toBe(false);
    expect(await ann.code("message.send", { roomId: room, text: "one" })).toBe("profile-copied");
  });

  test("that has another log is named as rolled back, and gets nothing", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    world.relay.generation = new Uint8Array(16).fill(9);
    world.relay.seen.length = 0;
    world.relay.cut("ann");
    await world.pass(60_000);
    expect(ann.warnings()).toEqual(["relay-rolled-back"]);
    expect(await ann.code("message.send", { roomId: room, text: "one" })).toBe("relay-rolled-back");
    expect(world.sent("ann", "resume")).toEqual([]);
  });

  test("that has fewer entries than were seen is named as rolled back", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    await bob.say(room, "one");
    await world.pass(500);
    world.relay.taps.push((frame) =>
      frame.body.type === "session"
        ? {
            instead: [
              {
                request: frame.request,
                body: { ...frame.body, rooms: frame.body.rooms.map((state) => ({ ...state, last: state.last - 1 })) },
              },
            ],
          }
        : undefined,
    );
    world.relay.cut("ann");
    await world.pass(60_000);
    expect(ann.warnings()).toEqual(["relay-rolled-back"]);
  });

  test("that changes an entry under way is noticed at the next honest one", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    let done = false;
    world.relay.taps.push((frame) => {
      if (done || frame.who !== "bob" || frame.way !== "down" || frame.body.type !== "event") return undefined;
      done = true;
      const entries = frame.body.entries.map((entry) => ({ ...entry, id: "cd".repeat(16) as never }));
      return { instead: [{ request: 0, body: { ...frame.body, entries } }] };
    });
    await ann.say(room, "unseen");
    await ann.say(room, "seen");
    await world.pass(1000);
    expect(bob.warnings()).toEqual(["log-forked"]);
  });

  test("a Welcome for a room that one is in changes nothing", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    await bob.close();
    const other = await world.roomOf(ann);
    await ann.must("room.add", { roomId: other, username: "bob" });
    const welcome = [...world.relay.devices.values()].flatMap(({ inbox }) => inbox)[0];
    expect(welcome?.kind).toBe("welcome");
    await bob.unlock();
    await world.pass(1000);
    const before = bob.view(other);
    if (welcome?.kind === "welcome") {
      const { room: id, seq, previous, bytes } = welcome;
      world.relay.deliver(bob.me.device, { kind: "welcome", room: id, seq, previous, bytes });
      // Under another room's id, and with bytes that are none.
      world.relay.deliver(bob.me.device, { kind: "welcome", room: room as never, seq: 1, previous, bytes });
      world.relay.deliver(bob.me.device, { kind: "welcome", room: "ef".repeat(32) as never, seq, previous, bytes });
      const garbage = new Uint8Array(50).fill(7);
      world.relay.deliver(bob.me.device, {
        kind: "welcome",
        room: "ab".repeat(32) as never,
        seq,
        previous,
        bytes: garbage,
      });
    }
    await world.pass(1000);
    expect(bob.view(other)).toEqual(before);
    expect((await bob.must("room.list", {})).map(({ roomId }) => roomId).sort()).toEqual([room, other].sort());
    await talks(other, ann, bob);
    await talks(room, ann, bob);
    quiet(ann, bob);
  });

  test("that says nothing after the greeting is hung up on and dialed again", async () => {
    const [ann] = await world.persons("ann");
    const undo = tap(up("ann", "hello"), "drop");
    world.relay.cut("ann");
    await world.pass(120_000);
    undo();
    await world.pass(120_000);
    expect((await ann.must("account.status", {})).connection).toBe("online");
  });

  test("that falls silent is hung up on and dialed again", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const undo = tap((frame) => frame.who === "ann" && frame.way === "down", "drop");
    await bob.say(room, "one");
    await world.pass(50_000);
    undo();
    await world.pass(25_000);
    expect(await ann.heard(room)).toEqual(["bob: one"]);
  });
});

describe("coming and going", () => {
  test("who leaves is taken out by the first in rank, or by the next when that one is away", async () => {
    const [ann, bob, cat, dan] = await world.persons("ann", "bob", "cat", "dan");
    const room = await world.roomOf(ann, bob, cat, dan);
    const before = log(room).head;
    await cat.must("room.leave", { roomId: room });
    await world.pass(1000);
    expect(ann.view(room)?.members).toEqual(["ann", "bob", "dan"]);
    expect(log(room).entries.find(({ seq }) => seq > before && seq === log(room).head)?.account).toBe(ann.me.account);
    await ann.close();
    await dan.must("room.leave", { roomId: room });
    await world.pass(2000);
    expect(bob.view(room)?.members).toContain("dan");
    await world.pass(2000);
    expect(bob.view(room)?.members).toEqual(["ann", "bob"]);
    await ann.unlock();
    await talks(room, ann, bob);
    agree(room, ann, bob);
    quiet(ann, bob);
  });

  test("who leaves is taken out although somebody else commits first", async () => {
    const [ann, bob, cat, dan] = await world.persons("ann", "bob", "cat", "dan");
    const room = await world.roomOf(ann, bob, cat);
    const { link } = await ann.must("room.link", { roomId: room });
    await ann.close();
    await cat.must("room.leave", { roomId: room });
    await world.pass(500);
    await dan.must("room.join", { link });
    await world.pass(30_000);
    expect(bob.view(room)?.members).toEqual(["ann", "bob", "dan"]);
    await talks(room, bob, dan);
    agree(room, bob, dan);
    quiet(bob, dan);
  });

  test("who joins between a leave and its removal judges that removal as all others do", async () => {
    const [ann, bob, cat, dan] = await world.persons("ann", "bob", "cat", "dan");
    const room = await world.roomOf(ann, bob, cat);
    const { link } = await ann.must("room.link", { roomId: room });
    await ann.close();
    world.relay.hold("bob");
    await cat.must("room.leave", { roomId: room });
    // Bob, who is no owner, removes the leaver after the newcomer is in, who never saw the leave.
    await dan.must("room.join", { link });
    await world.settle();
    world.relay.release("bob");
    await world.pass(30_000);
    expect(dan.view(room)).toEqual(bob.view(room));
    await talks(room, bob, dan);
    quiet(bob, dan);
  });

  test("when the owner leaves, the longest member follows, not who comes next into the empty place", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    const room = await world.roomOf(ann, bob);
    await ann.must("room.leave", { roomId: room });
    await world.pass(5000);
    const { link } = await bob.must("room.link", { roomId: room });
    await cat.must("room.join", { link });
    await world.pass(1000);
    const roles = async (person: Person) =>
      Object.fromEntries(
        (await person.must("room.members", { roomId: room })).map(({ username, role }) => [username, role]),
      );
    expect(await roles(bob)).toEqual({ bob: "owner", cat: "member" });
    expect(await roles(cat)).toEqual({ bob: "owner", cat: "member" });
    expect(await cat.code("room.remove", { roomId: room, username: "bob" })).toBe("not-allowed");
  });

  test("who is removed and added again while away is in the room", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    await bob.close();
    await ann.must("room.remove", { roomId: room, username: "bob" });
    await world.pass(1000);
    await ann.must("room.add", { roomId: room, username: "bob" });
    await ann.say(room, "back?");
    await bob.unlock();
    await world.pass(5000);
    expect(await bob.heard(room)).toEqual(["ann: back?"]);
    await talks(room, bob, ann);
    agree(room, ann, bob);
  });

  test("who is removed and comes back by the new link while others are away", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    const room = await world.roomOf(ann, bob, cat);
    await ann.must("room.remove", { roomId: room, username: "bob" });
    await world.pass(1000);
    const { link } = await ann.must("room.link", { roomId: room });
    await ann.close();
    await cat.close();
    await bob.must("room.join", { link });
    await bob.say(room, "hello?");
    await ann.unlock();
    await cat.unlock();
    await world.pass(5000);
    await talks(room, ann, bob, cat);
    agree(room, ann, bob, cat);
    quiet(ann, bob, cat);
  });

  test("who left and comes back by the link before anybody took them out", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const { link } = await bob.must("room.link", { roomId: room });
    await ann.close();
    await bob.must("room.leave", { roomId: room });
    await bob.must("room.join", { link });
    await ann.unlock();
    await world.pass(30_000);
    await talks(room, ann, bob);
    agree(room, ann, bob);
    expect(ann.view(room)?.members).toEqual(["ann", "bob"]);
    quiet(ann, bob);
  });

  test("who leaves while an own commit is under way is taken out all the same", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    const room = await world.roomOf(ann, bob);
    world.relay.taps.push((frame) => {
      if (up("bob", "key-packages-claim")(frame)) world.relay.hold("bob");
      return undefined;
    });
    const add = bob.ask("room.add", { roomId: room, username: "cat" });
    await world.settle();
    expect(bob.pending(room)?.kind).toBe("commit");
    const leave = bob.ask("room.leave", { roomId: room });
    await world.settle();
    world.relay.release("bob");
    await world.pass(10_000);
    expect([add.outcome?.ok, leave.outcome?.ok]).toEqual([true, true]);
    expect(ann.view(room)?.members).toEqual(["ann", "cat"]);
    await talks(room, ann, cat);
    agree(room, ann, cat);
    quiet(ann, bob, cat);
  });

  test("two who leave at once are both taken out, and the third stays owner", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    const room = await world.roomOf(ann, bob, cat);
    const leaves = [ann.ask("room.leave", { roomId: room }), bob.ask("room.leave", { roomId: room })];
    await world.pass(20_000);
    expect(leaves.map(({ outcome }) => outcome?.ok)).toEqual([true, true]);
    expect(cat.view(room)?.members).toEqual(["cat"]);
    expect(await cat.must("room.members", { roomId: room })).toMatchObject([{ username: "cat", role: "owner" }]);
    await talks(room, cat);
    quiet(ann, bob, cat);
  });

  test("two requests to join one room at once are one join, and both are answered", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const { roomId: room, link } = await ann.must("room.create", { name: "den" });
    const joins = [bob.ask("room.join", { link }), bob.ask("room.join", { link })];
    await world.settle();
    world.relay.cut("bob");
    await world.pass(30_000);
    expect(joins.map(({ outcome }) => outcome !== undefined)).toEqual([true, true]);
    expect(joins.some(({ outcome }) => outcome?.ok)).toBe(true);
    expect(log(room).entries).toHaveLength(1);
    await talks(room, bob, ann);
    agree(room, ann, bob);
    quiet(ann, bob);
  });

  test("a Welcome that comes while one is on the way in by the link", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const { roomId: room, link } = await ann.must("room.create", { name: "den" });
    world.relay.taps.push((frame) => {
      if (frame.who === "bob" && frame.way === "down" && frame.body.type === "group-info") world.relay.hold("bob");
      return undefined;
    });
    const join = bob.ask("room.join", { link });
    await world.settle();
    await ann.must("room.add", { roomId: room, username: "bob" });
    world.relay.taps.length = 0;
    world.relay.release("bob");
    await world.pass(30_000);
    expect(join.outcome?.ok).toBe(true);
    await talks(room, bob, ann);
    agree(room, ann, bob);
    expect(ann.view(room)?.members).toEqual(["ann", "bob"]);
    quiet(ann, bob);
  });

  test("the unread digest comes once after each connect, when everything is read", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    const one = await world.roomOf(ann, bob, cat);
    const two = await world.roomOf(ann, bob);
    await bob.close();
    for (const text of ["a", "b"]) await ann.say(one, text);
    await cat.say(one, "c");
    await ann.say(two, "d");
    bob.updates.length = 0;
    await bob.unlock();
    await world.pass(5000);
    const digests = () => bob.updates.filter(({ type }) => type === "unread");
    const from = [
      { username: "ann", count: 3 },
      { username: "cat", count: 1 },
    ];
    expect(digests()).toEqual([{ type: "unread", total: 4, from }]);
    const kinds = bob.updates.map(({ type }) => type).filter((type) => type === "message" || type === "unread");
    expect(kinds).toEqual(["message", "message", "message", "message", "unread"]);
    await bob.must("message.markRead", { roomId: one, seq: 1000 });
    world.relay.cut("bob");
    await world.pass(5000);
    expect(digests()).toHaveLength(2);
    expect(digests()[1]).toEqual({ type: "unread", total: 1, from: [{ username: "ann", count: 1 }] });
  });
});

describe("a commit that does not count", () => {
  async function garbage(room: string, from: Person, header = new Uint8Array(0), bytes = new Uint8Array(60).fill(3)) {
    const { account, device } = from.me;
    const { head } = log(room);
    const commit = { room: room as never, id: "ee".repeat(16) as never, head, base: head, bytes, header };
    world.relay.put(
      { account, device },
      { type: "commit", ...commit, welcomes: [], link: undefined, joinToken: undefined },
      false,
    );
  }

  test("is skipped and named by all, and the first in rank heals the room", async () => {
    const [ann, bob, mal] = await world.persons("ann", "bob", "mal");
    const room = await world.roomOf(ann, bob, mal);
    const before = ann.view(room);
    mal.crash();
    await garbage(room, mal);
    await world.pass(2000);
    expect(ann.warnings()).toEqual(["commit-skipped"]);
    expect(bob.warnings()).toEqual(["commit-skipped"]);
    const heal = log(room).entries.at(-1);
    expect(heal).toMatchObject({ kind: "commit", account: ann.me.account, base: before?.base });
    const header = parseHeader(heal?.header ?? new Uint8Array(0));
    expect(header).toEqual({ ok: true, value: { adds: [], removes: [] } });
    await talks(room, bob, ann);
    agree(room, ann, bob);
  });

  test("is healed by the next in rank when the first is away", async () => {
    const [ann, bob, mal] = await world.persons("ann", "bob", "mal");
    const room = await world.roomOf(ann, bob, mal);
    mal.crash();
    await ann.close();
    await garbage(room, mal);
    await world.pass(2500);
    expect(log(room).entries.at(-1)?.account).toBe(mal.me.account);
    await world.pass(2000);
    expect(log(room).entries.at(-1)?.account).toBe(bob.me.account);
    await ann.unlock();
    await world.pass(10_000);
    const commits = log(room).entries.filter(({ kind }) => kind === "commit").length;
    await talks(room, ann, bob);
    agree(room, ann, bob);
    expect(log(room).entries.filter(({ kind }) => kind === "commit")).toHaveLength(commits);
  });

  test("is healed after a restart too", async () => {
    const [ann, bob, mal] = await world.persons("ann", "bob", "mal");
    const room = await world.roomOf(ann, bob, mal);
    mal.crash();
    await ann.close();
    await garbage(room, mal);
    await world.pass(1000);
    await bob.restart();
    await world.pass(30_000);
    expect(log(room).entries.at(-1)).toMatchObject({ kind: "commit", account: bob.me.account });
    agree(room, bob);
  });

  test("and everything after it is what a newcomer can join", async () => {
    const [ann, mal, bob] = await world.persons("ann", "mal", "bob");
    const room = await world.roomOf(ann, mal);
    const { link } = await ann.must("room.link", { roomId: room });
    mal.crash();
    await garbage(room, mal);
    await world.pass(2000);
    await bob.must("room.join", { link });
    await talks(room, ann, bob);
    agree(room, ann, bob);
  });
});
