/** Three people, three processes, one relay: what a conversation is. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { codeOf } from "./harness/code.ts";
import { expectRefused } from "./harness/expect-code.ts";
import type { Person } from "./harness/person.ts";
import { stretchInEarnest } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";
import { eventually } from "./harness/watch.ts";

stretchInEarnest();

let stage: Stage;
let alice: Person;
let bob: Person;
let carol: Person;

beforeAll(async () => {
  stage = await Stage.open();
  [alice, bob, carol] = await stage.signUpAll("alice", "bob", "carol");
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

// Every test has its own room and leaves nothing but people; one that failed may have left somebody dead.
beforeEach(async () => {
  for (const person of [alice, bob, carol]) if (!person.isRunning) await person.comeBack();
});

async function roomOfAll(name: string): Promise<string> {
  const { roomId, link } = await alice.call("room.create", { name });
  for (const person of [bob, carol]) expect(await person.call("room.join", { link })).toEqual({ roomId, name });
  return roomId;
}

test("a sign-up gives a phrase of twelve words, a TOTP secret of 20 bytes and ten backup codes", () => {
  for (const person of [alice, bob, carol]) {
    expect(person.accountId).toMatch(/^[0-9a-f]{64}$/);
    expect(person.recoveryPhrase).toMatch(/^([a-z]+ ){11}[a-z]+$/);
    expect(person.totpUri).toMatch(/^otpauth:\/\/totp\/.*[?&]secret=[A-Z2-7]{32}(&|$)/);
    expect(new Set(person.backupCodes).size).toBe(10);
  }
  expect(new Set([alice, bob, carol].map(({ recoveryPhrase }) => recoveryPhrase)).size).toBe(3);
});

// The first conversation of this file: alice has seen nobody else yet.
test("a room is joined by its link while its maker is dead, who reads later what was said", async () => {
  const { roomId, link } = await alice.call("room.create", { name: "while you were out" });
  await alice.kill();
  expect(await bob.call("room.join", { link })).toEqual({ roomId, name: "while you were out" });
  await bob.send(roomId, "anybody here?");
  await carol.call("room.join", { link });
  await carol.send(roomId, "only us");
  const digest = await alice.comeBack();
  expect(digest).toMatchObject({ total: 2 });
  expect((await alice.history(roomId)).map(({ sender, text }) => [sender, text])).toEqual([
    ["bob", "anybody here?"],
    ["carol", "only us"],
  ]);
  await alice.send(roomId, "back again");
  await bob.sees(roomId, "back again");
});

test("all members see one order, and the same ids, times and texts", async () => {
  const roomId = await roomOfAll("order");
  const people = [alice, bob, carol];
  const sent = people.flatMap((person) => {
    return Array.from({ length: 10 }, (_, index) => person.send(roomId, `${person.name} ${index}`));
  });
  const answers = await Promise.all(sent);
  const fence = await alice.send(roomId, "that is all");
  for (const person of [bob, carol]) await person.sees(roomId, "that is all");
  const [first, ...others] = await Promise.all(people.map((person) => person.history(roomId)));
  expect(first).toHaveLength(31);
  for (const other of others) expect(other).toEqual(first);
  for (const { messageId, seq } of [...answers, fence]) {
    expect(first?.find((message) => message.messageId === messageId)?.seq).toBe(seq);
  }
  for (const { name } of people) {
    const own = first?.filter(({ sender, text }) => sender === name && text !== "that is all").map(({ text }) => text);
    expect(own).toEqual(Array.from({ length: 10 }, (_, index) => `${name} ${index}`));
  }
});

test("everybody is told of others' messages once, in order, and never of their own", async () => {
  const roomId = await roomOfAll("told");
  for (const [person, text] of [
    [alice, "one"],
    [bob, "two"],
    [carol, "three"],
    [alice, "four"],
  ] as const) {
    await person.send(roomId, text);
  }
  await Promise.all([bob, carol].map((person) => person.sees(roomId, "four")));
  await alice.sees(roomId, "three");
  expect(alice.told(roomId).map(({ text }) => text)).toEqual(["two", "three"]);
  expect(bob.told(roomId).map(({ text }) => text)).toEqual(["one", "three", "four"]);
  expect(carol.told(roomId).map(({ text }) => text)).toEqual(["one", "two", "four"]);
  const [listed] = await bob.history(roomId);
  expect(bob.told(roomId)[0]).toEqual({ type: "message", roomId, ...listed });
});

test("the maker is owner, who joins is member, and the list of rooms counts them", async () => {
  const roomId = await roomOfAll("membership");
  for (const person of [alice, bob, carol]) {
    const { room, members } = await eventually(async () => {
      const rooms = await person.call("room.list", {});
      const found = rooms.find((line) => line.roomId === roomId);
      return found?.members === 3 && { room: found, members: await person.call("room.members", { roomId }) };
    }, `${person.name} to see three members`);
    expect(room).toEqual({ roomId, name: "membership", kind: "room", unread: 0, members: 3 });
    expect(members.toSorted((one, other) => one.username.localeCompare(other.username))).toEqual([
      { username: "alice", accountId: alice.accountId, role: "owner" },
      { username: "bob", accountId: bob.accountId, role: "member" },
      { username: "carol", accountId: carol.accountId, role: "member" },
    ]);
  }
  await alice.until(
    (notes) => notes.some((note) => note.type === "room" && note.roomId === roomId && note.event === "members"),
    "a change of members",
  );
});

test("who joins sees nothing from before, and joining again does nothing", async () => {
  const { roomId, link } = await alice.call("room.create", { name: "late" });
  await alice.send(roomId, "before bob");
  await bob.call("room.join", { link });
  await alice.send(roomId, "after bob");
  await bob.sees(roomId, "after bob");
  expect((await bob.history(roomId)).map(({ text }) => text)).toEqual(["after bob"]);
  expect(await bob.call("room.join", { link })).toEqual({ roomId, name: "late" });
  expect(await bob.call("room.members", { roomId })).toHaveLength(2);
});

test("users.list names everybody, and follows who is online", async () => {
  const stateOf = async (name: string) =>
    (await alice.call("users.list", {})).find(({ username }) => username === name);
  const everybody = await alice.call("users.list", {});
  expect(everybody.map(({ username, accountId }) => [username, accountId]).sort()).toEqual(
    [alice, bob, carol].map(({ name, accountId }) => [name, accountId]).sort(),
  );
  expect(everybody.every(({ online }) => online)).toBe(true);
  await carol.kill();
  await eventually(async () => (await stateOf("carol"))?.online === false, "carol to be offline");
  await carol.comeBack();
  await eventually(async () => (await stateOf("carol"))?.online === true, "carol to be online");
});

test("message.list pages backwards without a hole or a repeat", async () => {
  const roomId = await roomOfAll("pages");
  for (let index = 0; index < 12; index++) await (index % 2 === 0 ? alice : bob).send(roomId, `line ${index}`);
  await bob.settled();
  await alice.sees(roomId, "line 11");
  const all = await alice.call("message.list", { roomId });
  expect(all.map(({ text }) => text)).toEqual(Array.from({ length: 12 }, (_, index) => `line ${index}`));
  for (const limit of [1, 5, 12, 500]) expect(await alice.history(roomId, limit)).toEqual(all);
  expect(await alice.call("message.list", { roomId, limit: 1 })).toEqual(all.slice(-1));
  expect(await alice.call("message.list", { roomId, before: all[3]!.seq })).toEqual(all.slice(0, 3));
  expect(await alice.call("message.list", { roomId, before: all[0]!.seq })).toEqual([]);
  for (const limit of [0, 501, 1.5]) {
    await expectRefused(alice.call("message.list", { roomId, limit }), "bad-request", -32_602);
  }
});

test("the same id and text get the first answer again, another text is refused", async () => {
  const roomId = await roomOfAll("twice");
  const id = "0123456789abcdef0123456789abcdef";
  const first = await alice.call("message.send", { roomId, text: "once", id });
  expect(first.messageId).toBe(id);
  expect(await alice.call("message.send", { roomId, text: "once", id })).toEqual(first);
  await expectRefused(alice.call("message.send", { roomId, text: "another", id }), "id-reused");
  const other = "fedcba9876543210fedcba9876543210";
  const [one, two] = await Promise.all([
    alice.call("message.send", { roomId, text: "at once", id: other }),
    alice.call("message.send", { roomId, text: "at once", id: other }),
  ]);
  expect(one).toEqual(two);
  await alice.send(roomId, "end");
  await bob.sees(roomId, "end");
  for (const person of [alice, bob]) {
    expect((await person.history(roomId)).map(({ text }) => text)).toEqual(["once", "at once", "end"]);
  }
});

test("an id counts as used after a restart too", async () => {
  const { roomId } = await alice.call("room.create", { name: "twice again" });
  const id = "00112233445566778899aabbccddeeff";
  const first = await alice.call("message.send", { roomId, text: "once", id });
  await alice.kill();
  await alice.comeBack();
  expect(await alice.call("message.send", { roomId, text: "once", id })).toEqual(first);
  await expectRefused(alice.call("message.send", { roomId, text: "another", id }), "id-reused");
});

test("somebody is added while offline, and finds the room and what was said since", async () => {
  const { roomId } = await alice.call("room.create", { name: "by hand" });
  await alice.send(roomId, "too early for carol");
  await carol.kill();
  expect(await alice.call("room.add", { roomId, username: "carol" })).toEqual({});
  expect(await alice.call("room.add", { roomId, username: "carol" })).toEqual({});
  await alice.send(roomId, "welcome");
  await carol.comeBack();
  expect((await carol.call("room.list", {})).find((room) => room.roomId === roomId)).toMatchObject({ unread: 1 });
  const joined = carol.run.notes.filter((note) => note.type === "room" && note.roomId === roomId);
  expect(joined).toContainEqual({ type: "room", roomId, event: "joined" });
  expect((await carol.history(roomId)).map(({ text }) => text)).toEqual(["welcome"]);
  await carol.send(roomId, "thanks");
  await alice.sees(roomId, "thanks");
});

test("a member who is no owner adds others, and removes nobody", async () => {
  const { roomId, link } = await alice.call("room.create", { name: "rights" });
  await bob.call("room.join", { link });
  expect(await bob.call("room.add", { roomId, username: "carol" })).toEqual({});
  await carol.until((notes) => notes.some((note) => note.type === "room" && note.roomId === roomId), "the new room");
  await expectRefused(bob.call("room.remove", { roomId, username: "carol" }), "not-allowed");
  await expectRefused(bob.call("room.link", { roomId, renew: true }), "not-allowed");
});

test("a renewed link lets in, the old one does not, and members stay", async () => {
  const { roomId, link: old } = await alice.call("room.create", { name: "renewed" });
  await bob.call("room.join", { link: old });
  const { link } = await alice.call("room.link", { roomId, renew: true });
  expect(link).not.toBe(old);
  expect(await alice.call("room.link", { roomId })).toEqual({ link });
  await expectRefused(carol.call("room.join", { link: old }), "link-expired");
  await carol.call("room.join", { link });
  await carol.send(roomId, "in by the new one");
  await bob.sees(roomId, "in by the new one");
  const members = await eventually(
    async () => (await bob.call("room.members", { roomId })).length === 3,
    "three members",
  );
  expect(members).toBe(true);
  // Every member may give the link, also one who came before it was renewed.
  await eventually(async () => (await bob.call("room.link", { roomId })).link === link, "the new link at bob");
});

test("who leaves is out for everybody, and the room is gone for who left", async () => {
  const roomId = await roomOfAll("leaving");
  expect(await carol.call("room.leave", { roomId })).toEqual({});
  await eventually(async () => (await bob.call("room.members", { roomId })).length === 2, "carol to be out");
  expect((await carol.call("room.list", {})).some((room) => room.roomId === roomId)).toBe(false);
  await expectRefused(carol.call("message.list", { roomId }), "unknown-room");
});

test("when the last owner leaves, who came first after him owns the room", async () => {
  const roomId = await roomOfAll("heirs");
  await alice.call("room.leave", { roomId });
  const roles = async (person: Person) => {
    const members = await person.call("room.members", { roomId });
    return members.map(({ username, role }) => `${username} ${role}`).sort();
  };
  for (const person of [bob, carol]) {
    await eventually(
      async () => (await roles(person)).join() === "bob owner,carol member",
      `${person.name} to see bob own it`,
    );
  }
  await expectRefused(carol.call("room.remove", { roomId, username: "bob" }), "not-allowed");
  const { link } = await bob.call("room.link", { roomId, renew: true });
  expect(await alice.call("room.join", { link })).toMatchObject({ roomId });
  await alice.send(roomId, "a guest now");
  await bob.sees(roomId, "a guest now");
  await expectRefused(alice.call("room.remove", { roomId, username: "carol" }), "not-allowed");
});

test("search finds words and their beginnings, in one room or in all, own messages too", async () => {
  const roomId = await roomOfAll("search");
  const { roomId: other } = await alice.call("room.create", { name: "search elsewhere" });
  await alice.send(roomId, "the wolpertinger sleeps");
  await bob.send(roomId, "a Wolpertinger and a friend");
  await alice.send(other, "no wolpertingers here");
  await alice.sees(roomId, "a Wolpertinger and a friend");
  const texts = async (query: string, room?: string) => {
    const found = await alice.call("message.search", room === undefined ? { query } : { query, roomId: room });
    return found.map(({ roomId: where, text }) => [where, text]).sort();
  };
  const here = [
    [roomId, "the wolpertinger sleeps"],
    [roomId, "a Wolpertinger and a friend"],
  ].sort();
  expect(await texts("wolpert")).toEqual([...here, [other, "no wolpertingers here"]].sort());
  expect(await texts("wolpertinger", roomId)).toEqual(here);
  expect(await texts("wolpertinger friend")).toEqual([[roomId, "a Wolpertinger and a friend"]]);
  expect(await texts("basilisk")).toEqual([]);
  const [found] = await alice.call("message.search", { query: "sleeps", limit: 1 });
  const [listed] = await alice.history(roomId);
  expect(found).toEqual({ roomId, ...listed });
});

test("the words of a search are words, whatever signs are among them", async () => {
  const roomId = await roomOfAll("signs");
  await alice.send(roomId, `salt "and" pepper* (NOT) text:vinegar`);
  for (const query of [`"and`, "pepper*", "(not", "text:vinegar", "salt AND pepper", "-salt", `"`, "*", "a\u0000b"]) {
    expect(Array.isArray(await alice.call("message.search", { query, roomId }))).toBe(true);
  }
});

test("after a change of the password the new one unlocks and the old one does not", async () => {
  const old = carol.password;
  const fresh = "another staple 77 here";
  await expectRefused(carol.call("account.changePassword", { old: "not the password", new: fresh }), "bad-credentials");
  await expectRefused(carol.call("account.changePassword", { old, new: "short" }), "weak-password");
  expect(await carol.call("account.changePassword", { old, new: fresh })).toEqual({});
  carol.password = fresh;
  await carol.kill();
  await carol.start();
  await expectRefused(carol.call("account.unlock", { password: old }), "bad-credentials");
  await carol.unlock();
  await carol.caughtUp();
  // The relay asks for the new one too.
  const elsewhere = stage.person("carol-elsewhere");
  await elsewhere.start();
  const { link } = stage.relay;
  const signIn = (password: string) => {
    return elsewhere.call("account.signIn", { link, username: "carol", password, code: codeOf(carol.totpUri, 1) });
  };
  await expectRefused(signIn(old), "bad-credentials");
  await expectRefused(signIn(fresh), "approval-needed");
});

test("a new recovery phrase replaces the old one", async () => {
  const old = bob.recoveryPhrase;
  await expectRefused(bob.call("account.rotateRecovery", { phrase: alice.recoveryPhrase }), "bad-credentials");
  await expectRefused(bob.call("account.rotateRecovery", { phrase: "not a phrase" }), "bad-credentials");
  const { recoveryPhrase } = await bob.call("account.rotateRecovery", { phrase: old });
  expect(recoveryPhrase).toMatch(/^([a-z]+ ){11}[a-z]+$/);
  // Asked again at once, as after an answer that was lost, it is the same; then it is changed once more.
  expect(await bob.call("account.rotateRecovery", { phrase: old })).toEqual({ recoveryPhrase });
  const again = await bob.call("account.rotateRecovery", { phrase: recoveryPhrase });
  await expectRefused(bob.call("account.rotateRecovery", { phrase: old }), "bad-credentials");
  expect(new Set([old, recoveryPhrase, again.recoveryPhrase]).size).toBe(3);
  // Who changed keys is still the same person to others, and they to him.
  const { roomId } = await alice.call("direct.open", { username: "bob" });
  await alice.send(roomId, "still you?");
  await bob.sees(roomId, "still you?");
  await bob.send(roomId, "still me");
  await alice.sees(roomId, "still me");
  expect(alice.run.notes.filter((note) => note.type === "warning")).toEqual([]);
});

test("a direct conversation is one room for both, named for the other", async () => {
  const { roomId } = await carol.call("direct.open", { username: "Alice" });
  expect(await alice.call("direct.open", { username: "carol" })).toEqual({ roomId });
  expect((await carol.call("room.list", {})).some((room) => room.roomId === roomId)).toBe(false);
  await carol.send(roomId, "just us");
  await alice.sees(roomId, "just us");
  await alice.send(roomId, "yes");
  await carol.sees(roomId, "yes");
  const lineOf = async (person: Person) => (await person.call("room.list", {})).find((room) => room.roomId === roomId);
  expect(await lineOf(alice)).toEqual({ roomId, name: "carol", kind: "direct", unread: 1, members: 2 });
  expect(await lineOf(carol)).toEqual({ roomId, name: "alice", kind: "direct", unread: 1, members: 2 });
});

test("texts arrive exactly as they were sent, escaped on the way out", async () => {
  const roomId = await roomOfAll("bytes");
  const texts = [
    "a\tb\nc\r\n\u0000\u001b[31m\u007f\u009b2J",
    "\u202eright to left\u200b\ufeff\u2066",
    "👩‍👩‍👧 日本語 ẞ \ud83d\ude00",
    "  spaces around  ",
    '{"jsonrpc":"2.0"}\n{}',
  ];
  for (const text of texts) await alice.send(roomId, text);
  await bob.sees(roomId, texts.at(-1)!);
  expect((await bob.history(roomId)).map(({ text }) => text)).toEqual(texts);
  // Nothing that a terminal would obey leaves the process.
  const said = bob.run.program.stdout.toString();
  expect(said).not.toMatch(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/,
  );
});
