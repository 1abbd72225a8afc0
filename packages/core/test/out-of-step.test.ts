// A device for which alone a commit did not open, or whose own commit counts for nobody: it notices, says nothing that
// nobody could read, and comes in again with everything that waited.
import { EMPTY, encodeAuthenticated, encodeHeader, encodeJoinInfo, PLAIN_AUTHENTICATED } from "@sotto/wire";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nodeCrypto } from "../../node/src/crypto.ts";
import { type Group, leaves, makeCommit, makeGroupInfo, roomInfo } from "../src/group/index.ts";
import { linkKeys, sealJoinInfo } from "../src/rooms/link-keys.ts";
import { suite } from "./harness/group-world.ts";
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
const log = (room: string) => world.relay.log(room as never);

/** A commit of `by` whose path does not open for `victim` alone. */
async function loses(room: string, victim: Person, by: Person): Promise<void> {
  victim.deaf = true;
  await world.device("phone", by);
  await world.pass(500);
  expect(by.group(room) && leaves(by.group(room) as Group)).toHaveLength(4);
  victim.deaf = false;
}

describe("a device for which alone a commit did not open", () => {
  test("comes in again by the link once two others go on without it, and sends again what nobody could read", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat", "dan");
    const room = await world.roomOf(ann, bob, cat);
    // Somebody builds on the commit that brought her in: from here on one voice is not enough.
    await bob.say(room, "hello");
    await world.pass(500);
    await loses(room, cat, ann);
    expect(cat.room(room)?.base).toBeLessThan(ann.room(room)?.base ?? 0);
    const lost = cat.ask("message.send", { roomId: room, text: "can you hear me" });
    await world.settle();
    expect(lost.outcome?.ok).toBe(true);
    expect(await ann.heard(room)).toEqual(["bob: hello"]);
    await bob.say(room, "one");
    await bob.say(room, "two");
    await world.pass(5000);
    await cat.say(room, "again here");
    await world.pass(2000);
    const after = ["cat: can you hear me", "bob: two", "cat: again here"];
    for (const person of [ann, bob]) expect(await person.heard(room)).toEqual(["bob: hello", "bob: one", ...after]);
    expect(await cat.heard(room)).toEqual(["bob: hello", "cat: can you hear me", ...after]);
    agree(room, ann, bob, cat);
    const told = cat.notices().filter((text) => text.includes("out of step"));
    expect(told).toEqual([
      "this device was out of step in den and has come in again; 1 entry could not be read here; 1 of your messages reached nobody and is sent again",
    ]);
  });

  test("who just came in and cannot read the first commit after that holds messages back until it is in again", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat", "dan");
    const room = await world.roomOf(ann, bob, cat);
    await loses(room, cat, ann);
    const waits = cat.ask("message.send", { roomId: room, text: "can you hear me" });
    await world.pass(70_000);
    expect(waits.outcome?.ok).toBe(true);
    for (const person of [ann, bob]) expect(await person.heard(room)).toEqual(["cat: can you hear me"]);
    agree(room, ann, bob, cat);
  });

  test("keeps what waits, what is read and how much is unread", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat", "dan");
    const room = await world.roomOf(ann, bob, cat);
    await ann.say(room, "first");
    await ann.say(room, "second");
    await world.pass(500);
    await cat.must("message.markRead", {
      roomId: room,
      seq: (await cat.must("message.list", { roomId: room }))[0]?.seq ?? 0,
    });
    world.relay.hold("cat");
    const waits = cat.ask("message.send", { roomId: room, text: "waits" });
    await loses(room, cat, ann);
    await bob.say(room, "one");
    await world.settle();
    world.relay.release("cat");
    await world.pass(10_000);
    expect(waits.outcome?.ok).toBe(true);
    expect((await ann.heard(room)).filter((line) => line === "cat: waits")).toHaveLength(1);
    expect((await cat.must("room.list", {}))[0]?.unread).toBe(1);
    agree(room, ann, bob, cat);
  });

  test("remembers over a restart that it is out of step", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat", "dan");
    const room = await world.roomOf(ann, bob, cat);
    await loses(room, cat, ann);
    const undo = blocked("cat", "group-info-get");
    await bob.say(room, "one");
    await world.pass(1000);
    expect(cat.room(room)?.astray).toBeDefined();
    const sent = world.sent("cat", "append").length;
    cat.ask("message.send", { roomId: room, text: "later" });
    await world.pass(1000);
    expect(world.sent("cat", "append")).toHaveLength(sent);
    undo();
    await cat.restart();
    await world.pass(120_000);
    expect(await ann.heard(room)).toEqual(["bob: one", "cat: later"]);
    agree(room, ann, bob, cat);
  });

  test("is let in by the members where there is no link, and reads what it could not while it waited", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat", "dan");
    const room = await world.roomOf(ann, bob, cat);
    await ann.say(room, "zero");
    // The secret of the new link has not come to cat.
    cat.deaf = true;
    await ann.must("room.link", { roomId: room, renew: true });
    await world.settle();
    cat.deaf = false;
    await bob.say(room, "one");
    await world.pass(2000);
    await bob.say(room, "two");
    await cat.say(room, "three");
    await world.pass(20_000);
    expect(await ann.heard(room)).toEqual(["ann: zero", "bob: one", "bob: two", "cat: three"]);
    expect(await cat.heard(room)).toEqual(["ann: zero", "bob: two", "cat: three"]);
    agree(room, ann, bob, cat);
    await cat.restart();
    expect((await cat.must("room.list", {}))[0]?.unread).toBe(2);
    expect(await cat.must("room.link", { roomId: room })).toEqual(await ann.must("room.link", { roomId: room }));
  });

  test("is the one of shorter standing where two are alone, in a conversation too", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const { roomId: room } = await ann.must("direct.open", { username: "bob" });
    await ann.say(room, "one");
    await world.pass(1000);
    for (const person of [ann, bob]) await person.close();
    // With its next send after seven days a device renews its keys.
    world.clock.set(world.clock.now() + 8 * 86_400_000);
    for (const person of [ann, bob]) await person.unlock();
    await world.settle();
    bob.deaf = true;
    world.relay.taps.push((frame) => {
      if (frame.who === "bob" && frame.body.type === "readmit") bob.deaf = false;
      return undefined;
    });
    await ann.say(room, "two");
    await world.pass(10_000);
    await ann.say(room, "three");
    await bob.say(room, "four");
    await world.pass(30_000);
    expect((await ann.heard(room)).slice(-2)).toEqual(["ann: three", "bob: four"]);
    expect((await bob.heard(room)).slice(-2)).toEqual(["ann: three", "bob: four"]);
    agree(room, ann, bob);
  });

  // One member makes commits that each time another one cannot read, and goes: nobody is left whom two others agree with.
  test.each([
    { way: "by the link", link: true },
    { way: "by each other where there is no link", link: false },
  ])("finds the others $way when all are out of step", async ({ link }) => {
    const [mal, bob, cat] = await world.persons("mal", "bob", "cat", "dan");
    const room = await world.roomOf(mal, bob, cat);
    if (!link) {
      // Nobody but mal knows the secret of the newest link.
      for (const person of [bob, cat]) person.deaf = true;
      await mal.must("room.link", { roomId: room, renew: true });
      for (const person of [bob, cat]) person.deaf = false;
    }
    const parts = async (victim: Person) => {
      victim.deaf = true;
      await mal.must("room.link", { roomId: room, renew: true });
      await world.settle();
      victim.deaf = false;
    };
    await parts(cat);
    await parts(bob);
    mal.crash();
    for (const person of [bob, cat]) person.ask("message.send", { roomId: room, text: `from ${person.name}` });
    await world.pass(3 * 3_600_000);
    agree(room, bob, cat);
    for (const person of [bob, cat]) await person.say(room, `${person.name} is here`);
    await world.pass(2000);
    for (const person of [bob, cat])
      expect((await person.heard(room)).slice(-2)).toEqual(["bob: bob is here", "cat: cat is here"]);
  });

  test("comes in again by a link that a person gives it", async () => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat", "dan");
    const room = await world.roomOf(ann, bob, cat);
    cat.deaf = true;
    const { link } = await ann.must("room.link", { roomId: room, renew: true });
    await world.settle();
    cat.deaf = false;
    const undo = blocked("cat", "readmit");
    await bob.say(room, "one");
    await world.pass(5000);
    expect(cat.room(room)?.astray).toBeDefined();
    expect(await cat.must("room.join", { link })).toEqual({ roomId: room, name: "den" });
    undo();
    await cat.say(room, "two");
    await world.pass(1000);
    expect(await bob.heard(room)).toEqual(["bob: one", "cat: two"]);
    agree(room, ann, bob, cat);
  });
});

function blocked(who: string, type: string): () => void {
  const one = (frame: { readonly who: string; readonly way: string; readonly body: { readonly type: string } }) =>
    frame.who === who && frame.way === "up" && frame.body.type === type ? ("drop" as const) : undefined;
  world.relay.taps.push(one);
  return () => {
    world.relay.taps = world.relay.taps.filter((other) => other !== one);
  };
}

/** An entry of somebody, under a base of the liar's choice. */
function lie(room: string, from: Person, kind: "commit" | "append", base?: number): number {
  const { account, device } = from.me;
  const { head } = log(room);
  const id = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("hex") as never;
  const common = { room: room as never, id, head, base: base ?? head, bytes: new Uint8Array(60).fill(3) };
  const commit = {
    type: "commit",
    ...common,
    header: new Uint8Array(0),
    welcomes: [],
    link: undefined,
    joinToken: undefined,
  } as const;
  const wanted = kind === "commit" ? commit : ({ type: "append", ...common, continues: false } as const);
  const made = world.relay.put({ account, device }, wanted, false);
  return made.kind === "accepted" ? made.entry.seq : 0;
}

describe("who lies about bases", () => {
  test("alone leads nobody astray", async () => {
    const [ann, bob, mal] = await world.persons("ann", "bob", "mal");
    const room = await world.roomOf(ann, bob, mal);
    mal.crash();
    const false1 = lie(room, mal, "commit");
    for (let index = 0; index < 5; index++) lie(room, mal, "append", false1);
    await world.pass(30_000);
    expect(ann.room(room)?.astray).toBeUndefined();
    expect(bob.room(room)?.astray).toBeUndefined();
    await ann.say(room, "one");
    await world.pass(500);
    expect(await bob.heard(room)).toEqual(["ann: one"]);
    agree(room, ann, bob);
  });

  test("as two make others come in again, but ever more slowly, and everything is still read", async () => {
    const [ann, mal, acc] = await world.persons("ann", "mal", "acc");
    const room = await world.roomOf(ann, mal, acc);
    mal.crash();
    acc.crash();
    for (let round = 0; round < 60; round++) {
      const false1 = lie(room, mal, "commit");
      lie(room, acc, "append", false1);
      await world.pass(60_000);
    }
    const joins = world
      .sent("ann", "commit")
      .filter(({ body }) => body.type === "commit" && body.joinToken !== undefined);
    expect(joins.length).toBeGreaterThan(1);
    expect(joins.length).toBeLessThanOrEqual(8);
  });
});

describe("two who make a room of their own", () => {
  test("lead nobody into it who knows other owners, and the others find each other", async () => {
    const [ann, bob, cat, mal, acc] = await world.persons("ann", "bob", "cat", "mal", "acc");
    const room = await world.roomOf(ann, bob, cat, mal, acc);
    const { account, device, privateKey } = mal.me;
    const [group, secret] = [mal.group(room), mal.room(room)?.secret];
    const leaf = group && leaves(group)?.find((one) => one.device === device);
    if (group === undefined || secret === undefined || leaf === undefined) throw new Error("mal is in the room");
    mal.crash();
    acc.crash();
    // The first to heal is away, so both others are outvoted before anybody does.
    await ann.close();
    const keys = linkKeys(nodeCrypto(), room as never, secret);
    const point = { seq: log(room).last, hash: log(room).hash };
    const base = log(room).head;
    const own = { ...leaf, privateKey, publicKey: leaf.signatureKey };
    const made = makeCommit(suite, own, group, {
      adds: [],
      removes: [],
      info: { kind: "room", name: "den", owners: [account], linkKey: keys.publicKey },
      authenticated: encodeAuthenticated({ room: room as never, base, ...point, ...PLAIN_AUTHENTICATED }),
      joinInfo: encodeJoinInfo({ groupInfo: EMPTY, ...point, linkSecret: undefined }),
      now: Date.now(),
    });
    if (made === undefined) throw new Error("mal can commit");
    const groupInfo = makeGroupInfo(suite, own, made.next);
    const sealed = sealJoinInfo(
      nodeCrypto(),
      keys,
      room as never,
      encodeJoinInfo({ groupInfo, ...point, linkSecret: undefined }),
    );
    const commit = { room: room as never, id: "ee".repeat(16) as never, head: base, base, bytes: made.bytes };
    const header = encodeHeader({ adds: [], removes: [] });
    const link = { tokenHash: keys.tokenHash, groupInfo: sealed };
    world.relay.put(
      { account, device },
      { type: "commit", ...commit, header, welcomes: [], link, joinToken: undefined },
      false,
    );
    lie(room, acc, "append", log(room).head);
    await world.pass(60_000);
    for (const person of [bob, cat]) {
      const info = person.group(room) && roomInfo(person.group(room) as Group);
      expect(info).toMatchObject({ owners: [ann.me.account] });
      expect(person.notices().some((text) => text.includes("other owners"))).toBe(true);
      await person.say(room, `from ${person.name}`);
    }
    await ann.unlock();
    await world.pass(10_000);
    for (const person of [ann, bob, cat]) expect(await person.heard(room)).toEqual(["bob: from bob", "cat: from cat"]);
    agree(room, ann, bob, cat);
  });
});

describe("a commit of one's own that counts for nobody", () => {
  test("a join from an older GroupInfo is noticed, and done again", async () => {
    const [ann, bob, cat, dan] = await world.persons("ann", "bob", "cat", "dan");
    const room = await world.roomOf(ann, bob);
    const { link } = await ann.must("room.link", { roomId: room });
    const old = log(room).link;
    await cat.must("room.join", { link });
    await world.pass(500);
    // The relay gives dan what it had before, under the head of now.
    let served = false;
    const tap = (frame: {
      readonly who: string;
      readonly way: string;
      readonly request: number;
      readonly body: object;
    }) => {
      if (frame.who !== "dan" || frame.way !== "down" || served) return undefined;
      const body = frame.body as { type: string; head: number };
      if (body.type !== "group-info" || old === undefined) return undefined;
      served = true;
      const info = { type: "group-info", base: old.base, head: body.head, sealed: old.groupInfo } as const;
      return { instead: [{ request: frame.request, body: info }] };
    };
    world.relay.taps.push(tap);
    await dan.must("room.join", { link });
    await world.pass(500);
    const asked = dan.ask("message.send", { roomId: room, text: "is this on" });
    await ann.say(room, "one");
    await world.pass(120_000);
    // He never saw cat come in.
    await dan.must("warning.accept", { code: "log-forked", roomId: room });
    await dan.say(room, "two");
    await world.pass(1000);
    expect(asked.outcome?.ok).toBe(true);
    expect((await ann.heard(room)).filter((line) => line.startsWith("dan"))).toEqual(["dan: is this on", "dan: two"]);
    agree(room, ann, bob, cat, dan);
  });
});
