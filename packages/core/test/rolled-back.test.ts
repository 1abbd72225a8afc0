// A relay that went back in time: it is noticed, nothing is sent until the person agrees, and then it is given what it lacks.
// Over 400 lines: one world and its few helpers serve every way of going back; each test stands alone.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeRelay } from "./harness/fake-relay.ts";
import { type Person, World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const log = (room: string) => world.relay.log(room as never);
const snapshot = () => {
  const copy = new FakeRelay(world.clock);
  copy.copyFrom(world.relay);
  return copy;
};
const another = new Uint8Array(16).fill(2);
const accept = (person: Person) => person.must("warning.accept", { code: "relay-rolled-back" });
const agree = (room: string, ...people: Person[]) => {
  const [first, ...others] = people.map((person) => person.view(room));
  expect(first).toBeDefined();
  for (const other of others) expect(other).toEqual(first);
};
const rolledBack = (person: Person) => person.warnings().filter((code) => code === "relay-rolled-back").length;

async function talks(room: string, ...people: Person[]): Promise<void> {
  for (const [index, person] of people.entries()) await person.say(room, `still there ${index}`);
  await world.pass(1000);
  const lines = people.map((person, index) => `${person.username}: still there ${index}`);
  for (const person of people) expect((await person.heard(room)).slice(-people.length)).toEqual(lines);
}

describe("a relay that lost entries", () => {
  test.each([{ generation: undefined }, { generation: another }])(
    "is noticed, gets nothing before the person agrees, and then everything (other generation: $generation)",
    async ({ generation }) => {
      const [ann, bob] = await world.persons("ann", "bob", "dan");
      const room = await world.roomOf(ann, bob);
      await ann.say(room, "one");
      await world.pass(500);
      const before = snapshot();
      await bob.say(room, "two");
      await ann.say(room, "three");
      await ann.must("room.add", { roomId: room, username: "dan" });
      await world.pass(500);
      const entries = log(room).entries.map(({ hash }) => hash);
      world.relay.goBack(before, generation);
      await world.pass(40_000);
      expect([rolledBack(ann), rolledBack(bob)].every((times) => times > 0)).toBe(true);
      expect(await ann.code("message.send", { roomId: room, text: "four" })).toBe("relay-rolled-back");
      expect(world.relay.log(room as never).last).toBe(before.log(room as never).last);
      await accept(ann);
      await world.pass(5000);
      expect(log(room).entries.map(({ hash }) => hash)).toEqual(entries);
      await accept(bob);
      await world.pass(5000);
      await talks(room, ann, bob);
      agree(room, ann, bob);
      expect(ann.notices().some((text) => text.includes("entries were given back to it"))).toBe(true);
      const known = [rolledBack(ann), rolledBack(bob)];
      for (const person of [ann, bob]) await person.restart();
      await world.pass(40_000);
      expect([rolledBack(ann), rolledBack(bob)]).toEqual(known);
    },
  );

  test("gets them from two at once, each what it has, and the newcomer by link finds the way", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    const room = await world.roomOf(ann, bob);
    const before = snapshot();
    await ann.must("room.link", { roomId: room, renew: true });
    await bob.say(room, "one");
    await world.pass(500);
    await bob.close();
    for (const text of ["two", "three"]) await ann.say(room, text);
    const entries = log(room).entries.map(({ hash }) => hash);
    world.relay.goBack(before);
    await world.pass(40_000);
    await bob.unlock();
    await world.pass(5000);
    // Both give back at the same time; whoever comes second is refused and looks again.
    const second = { type: "refused", code: "bad-request", head: 0, retryMs: 0, field: "previous" } as const;
    let refusals = 0;
    world.relay.taps.push(({ who, way, body }) => {
      if (way !== "up" || body.type !== "restore" || who !== "ann" || refusals > 0) return undefined;
      refusals++;
      return { answer: second };
    });
    const agreed = [ann, bob].map((person) => person.ask("warning.accept", { code: "relay-rolled-back" }));
    await world.pass(60_000);
    expect(agreed.map(({ outcome }) => outcome?.ok)).toEqual([true, true]);
    expect(log(room).entries.map(({ hash }) => hash)).toEqual(entries);
    const { link } = await ann.must("room.link", { roomId: room });
    await cat.must("room.join", { link });
    await world.pass(500);
    await talks(room, ann, bob, cat);
    agree(room, ann, bob, cat);
  });

  test("gives one who had less what others gave back, and the outbox goes on", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const before = snapshot();
    await bob.close();
    await ann.say(room, "one");
    await ann.say(room, "two");
    world.relay.goBack(before);
    await world.pass(40_000);
    await accept(ann);
    await world.pass(5000);
    await bob.unlock();
    await world.pass(5000);
    expect(await bob.heard(room)).toEqual(["ann: one", "ann: two"]);
    expect(rolledBack(bob)).toBe(0);
    await talks(room, bob, ann);
    agree(room, ann, bob);
  });

  test("that went on without them: own messages are sent anew, those of others are told once more", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    const room = await world.roomOf(ann, bob, cat);
    const before = snapshot();
    await cat.close();
    await bob.say(room, "mine");
    await ann.say(room, "hers");
    await world.pass(500);
    await ann.close();
    await bob.close();
    world.relay.goBack(before);
    await cat.unlock();
    await cat.say(room, "was there anybody");
    await bob.unlock();
    await world.pass(5000);
    expect(rolledBack(bob)).toBe(1);
    await accept(bob);
    await world.pass(10_000);
    expect(await cat.heard(room)).toEqual(["cat: was there anybody", "bob: mine"]);
    expect(await bob.heard(room)).toEqual(["cat: was there anybody", "bob: mine"]);
    expect(bob.notices()).toContain("lost from den: ann: hers");
    expect(bob.notices()).toContain("the log of den has lost 2 entries that stood in it");
    // Its log is as long again as the one that ann knows: it shows with the next entry.
    await ann.unlock();
    await world.pass(5000);
    expect(rolledBack(ann)).toBe(0);
    await cat.say(room, "and you");
    await world.pass(5000);
    expect(rolledBack(ann)).toBe(1);
    await accept(ann);
    await world.pass(10_000);
    const all = ["cat: was there anybody", "bob: mine", "cat: and you", "ann: hers"];
    expect(await cat.heard(room)).toEqual(all);
    expect(await ann.heard(room)).toEqual(all);
    await talks(room, ann, bob, cat);
    agree(room, ann, bob, cat);
  });

  test("that went on without them: what was encrypted and never came there is encrypted anew behind what did", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    const room = await world.roomOf(ann, bob, cat);
    const before = snapshot();
    await cat.close();
    await bob.say(room, "first");
    await ann.say(room, "hers");
    await world.pass(500);
    world.relay.hold("bob");
    bob.ask("message.send", { roomId: room, text: "second" });
    await world.settle();
    bob.crash();
    await ann.close();
    world.relay.goBack(before);
    await cat.unlock();
    await cat.say(room, "was there anybody");
    await bob.unlock();
    await world.pass(5000);
    await accept(bob);
    await world.pass(10_000);
    const all = ["cat: was there anybody", "bob: first", "bob: second"];
    expect(await cat.heard(room)).toEqual(all);
    expect(await bob.heard(room)).toEqual(all);
    expect(cat.warnings()).toEqual([]);
  });

  test("that went on without them: it is noticed too where what shows it is the same again", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const before = snapshot();
    await bob.close();
    await ann.say(room, "mine");
    await ann.close();
    world.relay.goBack(before);
    await bob.unlock();
    // Both were encrypted when bob had seen nothing of ann's: the second one fits behind either log.
    world.relay.hold("bob");
    for (const text of ["one", "two"]) bob.ask("message.send", { roomId: room, text });
    await world.settle();
    world.relay.release("bob");
    await world.pass(1000);
    await ann.unlock();
    await world.pass(5000);
    bob.ask("message.send", { roomId: room, text: "three" });
    await world.pass(5000);
    expect([rolledBack(ann), rolledBack(bob)]).toEqual([1, 0]);
    await accept(ann);
    await world.pass(10_000);
    const all = ["bob: one", "bob: two", "bob: three", "ann: mine"];
    for (const person of [ann, bob]) expect(await person.heard(room)).toEqual(all);
    agree(room, ann, bob);
  });

  // What tells that the log is another one is a question to the relay, and its answer may not come.
  test.each([
    { what: "put off", together: true, taken: [{ code: "rate-limited", retryMs: 300 }] },
    { what: "refused for a moment", together: true, taken: [{ code: "internal", retryMs: 0 }] },
    {
      what: "lost",
      together: false,
      taken: [{ code: "not-allowed", retryMs: 0 }, "cut", { code: "not-allowed", retryMs: 0 }],
    },
  ] as const)(
    "that went on without them is not taken for a member's lie where the answer is $what",
    async ({ together, taken }) => {
      const [ann, bob] = await world.persons("ann", "bob");
      const room = await world.roomOf(ann, bob);
      const before = snapshot();
      await bob.close();
      await ann.say(room, "mine");
      await ann.close();
      world.relay.goBack(before);
      await bob.unlock();
      // Encrypted together, both know nothing of ann's: the second one fits behind either log, and shows nothing.
      if (together) world.relay.hold("bob");
      for (const text of ["one", "two"]) {
        bob.ask("message.send", { roomId: room, text });
        await world.settle();
      }
      world.relay.release("bob");
      await world.pass(1000);
      const left = [...taken];
      world.relay.taps.push(({ who, way, body }) => {
        if (who !== "ann" || way !== "up" || body.type !== "fetch" || !("limit" in body) || body.limit !== 1)
          return undefined;
        const next = left.shift();
        return next === undefined || next === "cut"
          ? next
          : { answer: { type: "refused", head: 0, field: "", ...next } };
      });
      await ann.unlock();
      await world.pass(30_000);
      expect(left).toEqual([]);
      expect(ann.warnings()).toEqual(["relay-rolled-back"]);
      await accept(ann);
      await world.pass(10_000);
      expect(await bob.heard(room)).toEqual(["bob: one", "bob: two", "ann: mine"]);
      agree(room, ann, bob);
    },
  );

  test("that went on without a commit: whoever holds it comes in again by the link", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat", "dan");
    const room = await world.roomOf(ann, bob, cat);
    const before = snapshot();
    await cat.close();
    await bob.must("room.add", { roomId: room, username: "dan" });
    await bob.say(room, "welcome dan");
    await world.pass(500);
    for (const person of [ann, bob]) await person.close();
    world.relay.goBack(before);
    await cat.unlock();
    await cat.say(room, "nobody here");
    await bob.unlock();
    await world.pass(2000);
    await accept(bob);
    await world.pass(20_000);
    expect(await cat.heard(room)).toEqual(["cat: nobody here", "bob: welcome dan"]);
    await talks(room, bob, cat);
    agree(room, bob, cat);
  });

  test("that went on without a join: who joined notices it by where its log begins now, and is in again", async () => {
    const [ann, dan] = await world.persons("ann", "dan");
    const room = await world.roomOf(ann);
    const { link } = await ann.must("room.link", { roomId: room });
    const before = snapshot();
    await ann.close();
    await dan.must("room.join", { link });
    await dan.close();
    world.relay.goBack(before);
    await ann.unlock();
    await ann.say(room, "nobody here");
    await ann.must("room.add", { roomId: room, username: "dan" });
    await ann.say(room, "here you are");
    await dan.unlock();
    await world.pass(5000);
    expect(dan.warnings()).toEqual(["relay-rolled-back"]);
    await accept(dan);
    await world.pass(20_000);
    expect(await dan.heard(room)).toEqual(["ann: here you are"]);
    await talks(room, ann, dan);
    agree(room, ann, dan);
  });

  test("is not asked again when the client dies while it gives back", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const before = snapshot();
    await bob.close();
    for (let index = 0; index < 5; index++) await ann.say(room, `number ${index}`);
    const entries = log(room).entries.map(({ hash }) => hash);
    world.relay.goBack(before);
    await world.pass(40_000);
    world.relay.taps.push((frame) => (frame.body.type === "restore" ? "drop" : undefined));
    await accept(ann);
    await world.pass(2000);
    world.relay.taps = [];
    const known = rolledBack(ann);
    await ann.restart();
    await world.pass(10_000);
    expect(log(room).entries.map(({ hash }) => hash)).toEqual(entries);
    expect(rolledBack(ann)).toBe(known);
    await bob.unlock();
    await world.pass(2000);
    await talks(room, ann, bob);
  });
});

describe("a relay that forgot", () => {
  test("a room says so once, and the others go on", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const before = snapshot();
    await world.pass(1000);
    const later = await world.roomOf(ann, bob);
    await ann.say(later, "only here");
    world.relay.goBack(before);
    await world.pass(40_000);
    expect(rolledBack(ann)).toBeGreaterThan(0);
    await accept(ann);
    // Others might give it back: they are waited for.
    await world.pass(45_000);
    expect((await ann.must("room.list", {})).map(({ roomId }) => roomId)).toEqual([room]);
    expect(ann.kept(later)).toEqual(["ann: only here"]);
    expect(ann.notices().some((text) => text.includes("has lost the room den"))).toBe(true);
    const known = rolledBack(ann);
    await ann.restart();
    await world.pass(40_000);
    expect(rolledBack(ann)).toBe(known);
    await accept(bob);
    await world.pass(5000);
    await talks(room, ann, bob);
  });

  test("a conversation begins it anew with the next message, and loses nothing that waits", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const before = snapshot();
    const { roomId: room } = await ann.must("direct.open", { username: "bob" });
    await ann.say(room, "psst");
    await world.pass(500);
    world.relay.goBack(before);
    await world.pass(40_000);
    for (const person of [ann, bob]) {
      await accept(person);
      await world.pass(5000);
    }
    await ann.say(room, "once more");
    await bob.say(room, "I hear you");
    await world.pass(1000);
    for (const person of [ann, bob]) {
      expect((await person.heard(room)).slice(-2)).toEqual(["ann: once more", "bob: I hear you"]);
    }
    agree(room, ann, bob);
  });

  test("the account is said plainly, and what is here can be read", async () => {
    const [ann] = await world.persons("ann");
    const before = snapshot();
    const bob = await world.person("bob");
    const room = await world.roomOf(ann, bob);
    await bob.say(room, "one");
    world.relay.goBack(before);
    await world.pass(40_000);
    expect(rolledBack(bob)).toBeGreaterThan(0);
    await accept(bob);
    await world.pass(10_000);
    expect(bob.notices().some((text) => text.includes("the relay has lost this account"))).toBe(true);
    expect(await bob.heard(room)).toEqual(["bob: one"]);
    expect(await bob.code("message.send", { roomId: room, text: "two" })).toBe("relay-rolled-back");
  });

  test("key packages that were used may be given out no more", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    const before = snapshot();
    const room = await world.roomOf(ann);
    await ann.must("room.add", { roomId: room, username: "bob" });
    await world.pass(500);
    world.relay.goBack(before);
    await world.pass(40_000);
    for (const person of [ann, bob, cat]) {
      await accept(person);
      await world.pass(5000);
    }
    const again = await world.roomOf(cat);
    await cat.must("room.add", { roomId: again, username: "bob" });
    await world.pass(1000);
    await talks(again, cat, bob);
  });

  test("an inbox, and counts as far again, hides no Welcome", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    await world.roomOf(ann, bob);
    await ann.close();
    const before = snapshot();
    const laptop = await world.device("laptop", ann);
    await world.pass(500);
    expect(bob.me.inbox).toBe(1);
    for (const person of [laptop, bob]) await person.close();
    world.relay.goBack(before);
    const { roomId: room } = await cat.must("room.create", { name: "another" });
    await cat.must("room.add", { roomId: room, username: "bob" });
    await bob.unlock();
    await world.pass(2000);
    expect(bob.me.inbox).toBe(1);
    await talks(room, cat, bob);
    agree(room, cat, bob);
  });

  test("agreeing to it leaves what waits in the inbox readable", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann);
    await bob.close();
    await ann.must("room.add", { roomId: room, username: "bob" });
    await ann.close();
    world.relay.generation = another;
    for (const person of [bob, ann]) {
      await person.unlock();
      await world.pass(1000);
      await accept(person);
      await world.pass(5000);
    }
    expect(bob.notices().filter((text) => text.includes("cannot open"))).toEqual([]);
    await talks(room, ann, bob);
  });
});
