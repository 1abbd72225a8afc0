// What an interface asks beside rooms and messages: people, what waits, its own notes, and where the device stands.
import type { RoomId } from "@sotto/wire";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { NOTICES, noticeOf } from "../src/notices.ts";
import { decodeRecord, encodeRecord, KEYS, type TallyRecord } from "../src/records.ts";
import { type Person, World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

/** Nobody gets a connection any more, until the answer is called. */
function away(...people: readonly Person[]): () => void {
  const names = people.map(({ name }) => name);
  world.relay.taps.push(({ who, body }) => (names.includes(who) && body.type === "hello" ? "cut" : undefined));
  for (const name of names) world.relay.cut(name);
  return () => {
    world.relay.taps.length = 0;
  };
}

test("contacts are all accounts that were seen but the own one, with what is known of them", async () => {
  const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
  expect(await ann.must("contact.list", {})).toEqual([]);
  await world.roomOf(ann, bob, cat);
  await ann.must("contact.verify", { username: "cat" });
  const [bobs, cats] = [bob.me.account, cat.me.account];
  const listed = await ann.must("contact.list", {});
  expect(listed.toSorted((one, other) => one.username.localeCompare(other.username))).toEqual([
    { username: "bob", accountId: bobs, verified: false },
    { username: "cat", accountId: cats, verified: true },
  ]);
  // The relay gives the name to somebody else, who adds ann to a room.
  world.relay.accounts.delete(bobs);
  const other = world.newcomer("another", bob);
  await other.signUp();
  await world.settle();
  const { roomId } = await other.must("room.create", { name: "trap" });
  await other.must("room.add", { roomId, username: "ann" });
  await world.pass(2000);
  const doubtful = (await ann.must("contact.list", {})).filter(({ doubt }) => doubt !== undefined);
  expect(doubtful).toEqual([
    { username: "bob", accountId: other.me.account, verified: false, doubt: "identity-changed" },
  ]);
});

describe("the outbox", () => {
  test("holds own texts in their order with when they were asked for, also over a restart", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const { roomId: direct } = await ann.must("direct.open", { username: "bob" });
    const back = away(ann);
    await world.settle();
    const started = world.clock.now();
    const waiting = [];
    for (const [index, roomId] of [room, direct, room].entries()) {
      const messageId = `${index}a`.repeat(16);
      ann.ask("message.send", { roomId, text: `text ${index}`, id: messageId });
      waiting.push({ messageId, roomId, text: `text ${index}`, at: world.clock.now() });
      await world.pass(1000);
    }
    expect(waiting.map(({ at }) => at - started)).toEqual([0, 1000, 2000]);
    expect(await ann.must("outbox.list", {})).toEqual(waiting);
    await ann.restart();
    expect(await ann.must("outbox.list", {})).toEqual(waiting);
    back();
    await world.pass(60_000);
    expect(await ann.must("outbox.list", {})).toEqual([]);
  });

  test("gives a text back that waited over a restart for a room that its writer is not in any more", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const back = away(bob);
    await world.settle();
    const id = "0e".repeat(16);
    bob.ask("message.send", { roomId: room, text: "a long thought", id });
    await world.settle();
    await bob.restart();
    await ann.must("room.remove", { roomId: room, username: "bob" });
    back();
    await world.pass(60_000);
    expect(await bob.must("outbox.list", {})).toEqual([]);
    const lost = { type: "warning", code: "not-delivered", roomId: room, messageId: id, text: "a long thought" };
    expect(bob.updates.filter(({ type }) => type === "warning")).toEqual([lost]);
  });

  test("gives up what was never on the wire; who waits is told, and what is behind it goes", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    const back = away(ann);
    await world.settle();
    const ids = [0, 1, 2].map((index) => `${index}b`.repeat(16));
    const sending = ids.map((id, index) => ann.ask("message.send", { roomId: room, text: `text ${index}`, id }));
    await world.settle();
    await ann.must("outbox.drop", { messageId: ids[1] ?? "" });
    expect(sending[1]?.outcome).toMatchObject({ ok: false, error: { code: "not-allowed" } });
    expect(sending[0]?.outcome).toBeUndefined();
    expect(await ann.code("outbox.drop", { messageId: ids[1] ?? "" })).toBe("not-allowed");
    expect((await ann.must("account.status", {})).outbox).toBe(2);
    ann.crash();
    back();
    await ann.restart();
    await world.pass(2000);
    expect(await bob.heard(room)).toEqual(["ann: text 0", "ann: text 2"]);
    // The id is free: nobody has seen it.
    expect(await ann.code("message.send", { roomId: room, text: "another", id: ids[1] ?? "" })).toBe("done");
    expect([ann.warnings(), bob.warnings()]).toEqual([[], []]);
  });

  test("keeps what may have been on the wire, whether it flies, waits for its answer, or lost its connection", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = await world.roomOf(ann, bob);
    world.relay.hold("ann");
    const id = "0c".repeat(16);
    const sending = ann.ask("message.send", { roomId: room, text: "one", id });
    await world.settle();
    expect(await ann.code("outbox.drop", { messageId: id })).toBe("not-allowed");
    away(ann);
    await world.settle();
    expect(await ann.code("outbox.drop", { messageId: id })).toBe("not-allowed");
    await ann.restart();
    expect(await ann.code("outbox.drop", { messageId: id })).toBe("not-allowed");
    expect(await ann.must("outbox.list", {})).toMatchObject([{ messageId: id }]);
    expect(sending.outcome).toBeUndefined();
  });

  test("a conversation in which all was given up is not begun", async () => {
    const [ann] = await world.persons("ann", "bob");
    const { roomId } = await ann.must("direct.open", { username: "bob" });
    // The key packages are on their way when the person thinks better of it.
    const hold = ({ who, way, body }: { who: string; way: string; body: { type: string } }) =>
      who === "ann" && way === "up" && body.type === "key-packages-claim" ? ("drop" as const) : undefined;
    world.relay.taps.push(hold);
    const id = "0d".repeat(16);
    ann.ask("message.send", { roomId, text: "one", id });
    await world.settle();
    await ann.must("outbox.drop", { messageId: id });
    world.relay.taps.length = 0;
    world.relay.cut("ann");
    await world.pass(120_000);
    expect(await ann.must("room.list", {})).toEqual([]);
    expect(world.sent("ann", "room-create")).toEqual([]);
    await ann.say(roomId, "two");
    expect(await ann.heard(roomId)).toEqual(["ann: two"]);
  });
});

test("each own text is told when it has its place, also one of before a restart; others' and other devices' are not", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = await world.roomOf(ann, bob);
  const told = (person: Person) => person.updates.filter(({ type }) => type === "sent");
  const { messageId, seq } = await ann.must("message.send", { roomId: room, text: "one" });
  expect(told(ann)).toEqual([{ type: "sent", roomId: room, messageId, seq }]);
  const back = away(ann);
  await world.settle();
  const id = "0e".repeat(16);
  ann.ask("message.send", { roomId: room, text: "two", id });
  await world.settle();
  ann.crash();
  ann.updates.length = 0;
  back();
  await ann.restart();
  await world.pass(2000);
  expect(told(ann)).toEqual([{ type: "sent", roomId: room, messageId: id, seq: seq + 1 }]);
  expect(told(bob)).toEqual([]);
});

describe("notes", () => {
  test("are kept one by one, over restarts, and go when their text does", async () => {
    const [ann] = await world.persons("ann");
    await ann.must("note.put", { key: "draft/1", text: "hello\nthere" });
    await ann.must("note.put", { key: "dnd", text: "1" });
    await ann.must("note.put", { key: "dnd", text: "2" });
    await ann.restart();
    const notes = [
      { key: "dnd", text: "2" },
      { key: "draft/1", text: "hello\nthere" },
    ];
    const listed = async () =>
      (await ann.must("note.list", {})).toSorted((one, other) => one.key.localeCompare(other.key));
    expect(await listed()).toEqual(notes);
    await ann.must("note.put", { key: "draft/1", text: "" });
    await ann.must("note.put", { key: "dnd" });
    await ann.must("note.put", { key: "never", text: "" });
    expect(await listed()).toEqual([]);
    expect([...ann.disk.records.keys()].filter((key) => key.startsWith("note/"))).toEqual([]);
  });

  test("a text that is put again costs no commit", async () => {
    const [ann] = await world.persons("ann");
    await ann.must("note.put", { key: "a", text: "x" });
    const { commits } = ann.disk;
    await ann.must("note.put", { key: "a", text: "x" });
    expect(ann.disk.commits).toBe(commits);
  });

  test.each([
    { key: "", text: "x", code: "bad-request" },
    { key: "Draft", text: "x", code: "bad-request" },
    { key: "/a", text: "x", code: "bad-request" },
    { key: "a".repeat(129), text: "x", code: "bad-request" },
    { key: "a", text: "\ud800", code: "bad-request" },
    { key: "a", text: "é".repeat(32_769), code: "too-long" },
    { key: "a".repeat(128), text: "é".repeat(32_768), code: "done" },
    { key: "0/a._-9", text: "x", code: "done" },
  ])("$code for a key of $key.length and a text of $text.length", async ({ key, text, code }) => {
    const [ann] = await world.persons("ann");
    expect(await ann.code("note.put", { key, text })).toBe(code);
  });

  test("two thousand and no more; those that are there may change and go", async () => {
    const [ann] = await world.persons("ann");
    await ann.close();
    for (let index = 0; index < 2000; index++) {
      const key = `n/${index}`;
      ann.disk.records.set(KEYS.note(key), encodeRecord({ key, text: "x" }));
    }
    await ann.unlock();
    expect(await ann.code("note.put", { key: "more", text: "x" })).toBe("too-long");
    expect(await ann.code("note.put", { key: "n/7", text: "y" })).toBe("done");
    await ann.must("note.put", { key: "n/8" });
    expect(await ann.code("note.put", { key: "more", text: "x" })).toBe("done");
    expect(await ann.must("note.list", {})).toHaveLength(2000);
  });
});

describe("the status", () => {
  test("says which relay, when the next try is, and why there is none", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const relay = {
      host: "relay.test",
      port: 7878,
      fingerprint: expect.stringMatching(/^([0-9a-f]{8} ){7}[0-9a-f]{8}$/),
    };
    expect(await ann.must("account.status", {})).toEqual({ username: "ann", connection: "online", outbox: 0, relay });
    away(ann, bob);
    await world.settle();
    const now = world.clock.now();
    const waiting = await ann.must("account.status", {});
    expect(waiting).toMatchObject({ connection: "offline", retryAt: expect.any(Number), relay });
    expect(waiting.retryAt).toBeGreaterThan(now);
    expect(waiting.halted).toBeUndefined();
  });

  test("a locked profile and one that was frozen say so", async () => {
    const [ann] = await world.persons("ann");
    const tab = await world.device("tab", ann);
    await ann.must("device.revoke", { deviceId: tab.me.device });
    await world.pass(1000);
    const status = await tab.must("account.status", {});
    expect(status).toMatchObject({ connection: "offline", halted: "device-revoked" });
    expect(status.retryAt).toBeUndefined();
    await tab.close();
    tab.open();
    expect(await tab.must("account.status", {})).toEqual({
      connection: "offline",
      outbox: 0,
      halted: "not-signed-in",
    });
    await tab.must("account.unlock", { password: tab.password });
    // What is here is shown, and what is kept for the screen as well.
    for (const method of ["contact.list", "outbox.list", "note.list"] as const)
      expect([method, await tab.code(method, {})]).toEqual([method, "done"]);
    expect(await tab.code("note.put", { key: "a", text: "x" })).toBe("done");
    expect(await tab.code("outbox.drop", { messageId: "00".repeat(16) })).toBe("device-revoked");
  });
});

describe("what is unread", () => {
  const counts = async (person: Person, room: string) =>
    (await person.must("room.list", {})).find(({ roomId }) => roomId === room)?.unread;

  test.each([0, 3, 8, 12])("is the same after a start, with everything up to place %i read", async (read) => {
    const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
    const room = await world.roomOf(ann, bob, cat);
    for (let index = 3; index <= 12; index++) await (index % 3 === 0 ? cat : ann).say(room, `text ${index}`);
    await world.pass(1000);
    expect(await counts(bob, room)).toBe(10);
    await bob.must("message.markRead", { roomId: room, seq: read });
    const left = Math.min(10, 12 - read);
    expect(await counts(bob, room)).toBe(left);
    for (const text of ["later", "and later"]) await ann.say(room, text);
    await world.pass(1000);
    expect(await counts(bob, room)).toBe(left + 2);
    await bob.restart();
    expect(await counts(bob, room)).toBe(left + 2);
    // As before it was stored: counted from the messages.
    await bob.close();
    bob.disk.records.delete(KEYS.tally(room as RoomId));
    await bob.unlock();
    expect(await counts(bob, room)).toBe(left + 2);
  });

  test("is stored again after 500 places, and a start does not look at what it stands for", async () => {
    const [ann, bob] = await world.persons("ann", "bob");
    const room = (await world.roomOf(ann, bob)) as RoomId;
    for (let index = 0; index < 5; index++) await ann.say(room, `text ${index}`);
    await world.pass(1000);
    const stored = () => {
      const bytes = bob.disk.records.get(KEYS.tally(room));
      return bytes && decodeRecord<TallyRecord>(bytes);
    };
    expect(stored()).toBeUndefined();
    // As if it had been stored long ago.
    await bob.close();
    bob.disk.records.set(KEYS.tally(room), encodeRecord({ room, seq: -495, counts: [] }));
    await bob.unlock();
    await world.pass(1000);
    expect(await counts(bob, room)).toBe(5);
    await ann.say(room, "text 5");
    await world.pass(1000);
    expect(stored()).toEqual({ room, seq: bob.room(room)?.seq, counts: [[ann.me.account, 6]] });
    // The messages that it stands for are gone, and counted all the same.
    await bob.close();
    bob.disk.lines.length = 0;
    await bob.unlock();
    expect(await counts(bob, room)).toBe(6);
  });
});

test("every notice has a sentence of its own, from its key and values", () => {
  expect(noticeOf("came-back", { room: "", missed: 1, again: 2 })).toEqual({
    type: "notice",
    key: "came-back",
    values: { room: "", missed: 1, again: 2 },
    text: "this device was out of step in a room and has come in again; 1 entry could not be read here; 2 of your messages reached nobody and are sent again",
  });
  expect(new Set(Object.keys(NOTICES)).size).toBeGreaterThan(30);
});
