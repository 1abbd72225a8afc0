// Whole conversations over a relay that fails: real clients, one process, a clock that is told to go on.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Passing, Verdict } from "./harness/fake-relay.ts";
import { type Person, World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

/** Does something to the first frame that fits. */
function once(fits: (frame: Passing) => boolean, verdict: Verdict): void {
  let done = false;
  world.relay.taps.push((frame) => {
    if (done || !fits(frame)) return undefined;
    done = true;
    return verdict;
  });
}

/** The answer to the next request of that kind, by that person. */
function answerTo(who: string, type: string): (frame: Passing) => boolean {
  let request: number | undefined;
  return (frame) => {
    if (frame.who !== who) return false;
    if (frame.way === "up" && frame.body.type === type) request ??= frame.request;
    return frame.way === "down" && frame.request !== 0 && frame.request === request;
  };
}

const agree = (room: string, ...people: Person[]) => {
  const [first, ...others] = people.map((person) => person.view(room));
  expect(first).toBeDefined();
  for (const other of others) expect(other).toEqual(first);
};

const quiet = (...people: Person[]) => expect(people.flatMap((person) => person.warnings())).toEqual([]);

async function talks(room: string, ...people: Person[]): Promise<void> {
  const before = await people[0]?.heard(room);
  for (const [index, person] of people.entries()) await person.say(room, `is anybody there ${index}`);
  await world.pass(1000);
  const lines = people.map((person, index) => `${person.name}: is anybody there ${index}`);
  for (const person of people) expect((await person.heard(room)).slice(-people.length)).toEqual(lines);
  expect((await people[0]?.heard(room))?.length).toBe((before?.length ?? 0) + people.length);
}

describe("the ordinary way", () => {
  test("three people talk in a room", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    const room = await world.roomOf(ann, bob, cat);
    await ann.say(room, "hello");
    await bob.say(room, "hi ann");
    await cat.say(room, "hi both");
    await world.pass(1000);
    for (const person of [ann, bob, cat])
      expect(await person.heard(room)).toEqual(["ann: hello", "bob: hi ann", "cat: hi both"]);
    agree(room, ann, bob, cat);
    quiet(ann, bob, cat);
  });

  test("somebody is added who is away, and reads from there on", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann);
    await ann.say(room, "before");
    await bob.close();
    await ann.must("room.add", { roomId: room, username: "bob" });
    await ann.say(room, "after");
    await bob.unlock();
    await world.pass(1000);
    expect(await bob.heard(room)).toEqual(["ann: after"]);
    await talks(room, bob, ann);
    agree(room, ann, bob);
    quiet(ann, bob);
  });

  test("who is removed reads nothing more, hears of it, and the link that they know is of no use", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    const room = await world.roomOf(ann, bob, cat);
    const { link } = await bob.must("room.link", { roomId: room });
    await ann.must("room.remove", { roomId: room, username: "bob" });
    await ann.say(room, "without bob");
    await world.pass(1000);
    expect(await cat.heard(room)).toEqual(["ann: without bob"]);
    expect(await bob.code("message.send", { roomId: room, text: "hey" })).toBe("unknown-room");
    expect(bob.updates).toContainEqual({ type: "room", roomId: room, event: "removed" });
    expect(await bob.code("room.join", { link })).toBe("link-expired");
    const renewed = await cat.must("room.link", { roomId: room });
    expect(renewed.link).not.toBe(link);
    await bob.must("room.join", renewed);
    await talks(room, bob, cat, ann);
    agree(room, ann, bob, cat);
    quiet(ann, bob, cat);
  });

  test("a direct conversation begins with its first message, and both sides have one room", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const { roomId: room } = await ann.must("direct.open", { username: "bob" });
    expect(await ann.must("room.list", {})).toEqual([]);
    await ann.say(room, "psst");
    await world.pass(1000);
    expect((await bob.must("direct.open", { username: "ann" })).roomId).toBe(room);
    expect(await bob.heard(room)).toEqual(["ann: psst"]);
    await talks(room, bob, ann);
    agree(room, ann, bob);
    quiet(ann, bob);
  });

  test("the link lets in while everyone is away", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const { roomId: room, link } = await ann.must("room.create", { name: "den" });
    await ann.close();
    await bob.must("room.join", { link });
    await bob.say(room, "nobody home?");
    await ann.unlock();
    await world.pass(1000);
    expect(await ann.heard(room)).toEqual(["bob: nobody home?"]);
    agree(room, ann, bob);
    quiet(ann, bob);
  });

  test("a message of which the relay heard twice is one message, and another text under its id is refused", async () => {
    const [ann] = await world.persons("ann");
    const room = await world.roomOf(ann);
    const params = { roomId: room, text: "once", id: "ab".repeat(16) };
    const first = await ann.must("message.send", params);
    expect(await ann.must("message.send", params)).toEqual(first);
    expect(await ann.code("message.send", { ...params, text: "other" })).toBe("id-reused");
    expect(await ann.heard(room)).toEqual(["ann: once"]);
  });

  test("messages of one process get their seq in the order of the requests", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const texts = Array.from({ length: 150 }, (_, index) => `number ${index}`);
    const asked = texts.map((text) => ann.ask("message.send", { roomId: room, text }));
    await world.pass(2000);
    expect(asked.every(({ outcome }) => outcome?.ok)).toBe(true);
    expect(await bob.heard(room)).toEqual(texts.map((text) => `ann: ${text}`));
    expect(await ann.heard(room)).toEqual(await bob.heard(room));
  });
});

describe("an answer that is lost with its connection", () => {
  /** What happens to the request itself: it arrived and was carried out, or not. */
  const losses = [
    { loss: "the answer", verdict: "down" },
    { loss: "the request", verdict: "up" },
  ] as const;

  function lose(who: string, type: string, way: "up" | "down"): void {
    if (way === "up") once((frame) => frame.who === who && frame.way === "up" && frame.body.type === type, "cut");
    else once(answerTo(who, type), "cut");
  }

  test.each(losses)("of a message: $loss", async ({ verdict }) => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    lose("ann", "append", verdict);
    await ann.say(room, "one");
    await ann.say(room, "two");
    await world.pass(1000);
    expect(await bob.heard(room)).toEqual(["ann: one", "ann: two"]);
    expect(await ann.heard(room)).toEqual(["ann: one", "ann: two"]);
    // Where the answer was lost the log says that it is there; where the request was, the same bytes go again.
    const [first, second] = world.sent("ann", "append");
    if (verdict === "up") expect(second?.body).toEqual(first?.body);
    expect(world.relay.log(room as never).entries.filter(({ kind }) => kind === "message")).toHaveLength(2);
    agree(room, ann, bob);
    quiet(ann, bob);
  });

  test.each(losses)("of a commit: $loss", async ({ verdict }) => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    const room = await world.roomOf(ann, bob);
    lose("ann", "commit", verdict);
    await ann.must("room.add", { roomId: room, username: "cat" });
    await world.pass(1000);
    const [first, second] = world.sent("ann", "commit");
    if (verdict === "up") expect(second?.body).toEqual(first?.body);
    expect(world.relay.log(room as never).entries.filter(({ kind }) => kind === "commit")).toHaveLength(2);
    await talks(room, ann, bob, cat);
    agree(room, ann, bob, cat);
    quiet(ann, bob, cat);
  });

  test.each(losses)("of a join: $loss", async ({ verdict }) => {
    const [ann, bob] = await world.persons("ann", "bob");
    const { roomId: room, link } = await ann.must("room.create", { name: "den" });
    lose("bob", "commit", verdict);
    await bob.must("room.join", { link });
    await world.pass(1000);
    expect(world.relay.log(room as never).entries).toHaveLength(1);
    await talks(room, bob, ann);
    agree(room, ann, bob);
    quiet(ann, bob);
  });

  test("of a join, while somebody talks and another one comes in", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    const { roomId: room, link } = await ann.must("room.create", { name: "den" });
    lose("bob", "commit", "down");
    const join = bob.ask("room.join", { link });
    await world.settle();
    await ann.say(room, "welcome bob");
    await world.pass(300);
    await cat.must("room.join", { link });
    await cat.say(room, "welcome bob, too");
    await world.pass(5000);
    expect(join.outcome?.ok).toBe(true);
    expect(await bob.heard(room)).toEqual(["ann: welcome bob", "cat: welcome bob, too"]);
    await talks(room, bob, ann, cat);
    agree(room, ann, bob, cat);
    quiet(ann, bob, cat);
  });

  test.each(losses)("of a creation: $loss", async ({ verdict }) => {
    const [ann, bob] = await world.persons("ann", "bob");
    lose("ann", "room-create", verdict);
    const { roomId: room, link } = await ann.must("room.create", { name: "den" });
    await bob.must("room.join", { link });
    await talks(room, bob, ann);
    agree(room, ann, bob);
    quiet(ann, bob);
  });

  test.each(losses)("of a direct conversation's creation: $loss", async ({ verdict }) => {
    const [ann, bob] = await world.persons("ann", "bob");
    lose("ann", "room-create", verdict);
    const { roomId: room } = await ann.must("direct.open", { username: "bob" });
    await ann.say(room, "psst");
    await world.pass(1000);
    expect(await bob.heard(room)).toEqual(["ann: psst"]);
    await talks(room, bob, ann);
    agree(room, ann, bob);
    quiet(ann, bob);
  });

  test.each([
    { what: "room.add, at the chains", type: "chain-get", method: "room.add" },
    { what: "room.add, at the key packages", type: "key-packages-claim", method: "room.add" },
    { what: "direct.open, at the directory", type: "directory", method: "direct.open" },
    { what: "direct.open, at the chains", type: "chain-get", method: "direct.open" },
    { what: "room.join, at the GroupInfo", type: "group-info-get", method: "room.join" },
    { what: "room.join, at the chains", type: "chain-get", method: "room.join" },
    { what: "users.list", type: "directory", method: "users.list" },
  ] as const)("every request has an answer: $what", async ({ type, method }) => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann);
    const { link } = await ann.must("room.link", { roomId: room });
    const params = {
      "room.add": { roomId: room, username: "bob" },
      "direct.open": { username: "bob" },
      "users.list": {},
    };
    lose(method === "room.join" ? "bob" : "ann", type, "up");
    const asked = method === "room.join" ? bob.ask(method, { link }) : ann.ask(method, params[method] as never);
    await world.pass(60_000);
    expect(asked.outcome).toBeDefined();
  });
});

describe("pushes", () => {
  const events = (who: string) => (frame: Passing) =>
    frame.who === who && frame.way === "down" && frame.body.type === "event";

  test("that come twice, and late, are shown once", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const earlier: Passing[] = [];
    world.relay.taps.push((frame) => {
      if (!events("bob")(frame)) return undefined;
      earlier.push(frame);
      return { instead: [...earlier, frame].map(({ request, body }) => ({ request, body: body as never })) };
    });
    for (const text of ["one", "two", "three"]) await ann.say(room, text);
    await world.pass(1000);
    expect(bob.told(room)).toEqual(["ann: one", "ann: two", "ann: three"]);
    expect(await bob.heard(room)).toEqual(bob.told(room));
    agree(room, ann, bob);
    quiet(ann, bob);
  });

  test.each([[1], [2], [1, 2], [2, 3], [1, 3]])("of which some are missing are fetched: %j", async (...missing) => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    let count = 0;
    world.relay.taps.push((frame) => (events("bob")(frame) && missing.includes(++count) ? "drop" : undefined));
    for (const text of ["one", "two", "three", "four"]) await ann.say(room, text);
    await world.pass(1000);
    expect(bob.told(room)).toEqual(["ann: one", "ann: two", "ann: three", "ann: four"]);
    agree(room, ann, bob);
    quiet(ann, bob);
  });

  test("that are all missing are found at the next connect", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    world.relay.taps.push((frame) => (events("bob")(frame) ? "drop" : undefined));
    for (const text of ["one", "two"]) await ann.say(room, text);
    await world.pass(1000);
    expect(bob.told(room)).toEqual([]);
    world.relay.cut("bob");
    await world.pass(5000);
    expect(bob.told(room)).toEqual(["ann: one", "ann: two"]);
    expect(world.sent("bob", "fetch").length).toBeLessThan(10);
  });

  test("of a Welcome that crosses the reading of the inbox is not lost", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const [one, two] = [await world.roomOf(ann), await world.roomOf(ann)];
    await bob.close();
    await ann.must("room.add", { roomId: one, username: "bob" });
    let pushed: Passing | undefined;
    let fetched: Passing | undefined;
    // The relay has read the inbox for its answer when the second Welcome comes, which overtakes the answer.
    world.relay.taps.push((frame) => {
      if (frame.who !== "bob" || frame.way !== "down") return undefined;
      if (frame.body.type === "inbox-fetched" && fetched === undefined) {
        fetched = frame;
        return "drop";
      }
      if (frame.body.type === "inbox-event" && fetched !== undefined && pushed === undefined) {
        pushed = frame;
        return {
          instead: [
            { request: 0, body: frame.body as never },
            { request: fetched.request, body: fetched.body as never },
          ],
        };
      }
      return undefined;
    });
    await bob.unlock();
    await world.settle();
    await ann.must("room.add", { roomId: two, username: "bob" });
    await world.pass(5000);
    const rooms = await bob.must("room.list", {});
    expect(rooms.map(({ roomId }) => roomId).sort()).toEqual([one, two].sort());
  });

  test("of Welcomes of which one is missing leave none out", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const [one, two] = [await world.roomOf(ann), await world.roomOf(ann)];
    once((frame) => frame.who === "bob" && frame.way === "down" && frame.body.type === "inbox-event", "drop");
    await ann.must("room.add", { roomId: one, username: "bob" });
    await ann.must("room.add", { roomId: two, username: "bob" });
    await world.pass(5000);
    expect((await bob.must("room.list", {})).map(({ roomId }) => roomId).sort()).toEqual([one, two].sort());
  });

  test("of an inbox that comes in parts are all read", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const rooms = [await world.roomOf(ann), await world.roomOf(ann), await world.roomOf(ann)];
    await bob.close();
    for (const roomId of rooms) await ann.must("room.add", { roomId, username: "bob" });
    world.relay.taps.push((frame) =>
      frame.body.type === "inbox-fetched"
        ? { instead: [{ request: frame.request, body: { ...frame.body, entries: frame.body.entries.slice(0, 1) } }] }
        : undefined,
    );
    await bob.unlock();
    await world.pass(5000);
    expect((await bob.must("room.list", {})).map(({ roomId }) => roomId).sort()).toEqual(rooms.sort());
  });
});
