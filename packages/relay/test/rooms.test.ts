/** Rooms over real sockets: making them, what is pushed to whom, inboxes, key packages, what a device still sees. */
import { type ClientBody, encodeHeader, type RoomId, transcriptStart } from "@sotto/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../src/crypto.ts";
import type { RunningRelay } from "../src/index.ts";
import { ownRoom, Person, roomOfBoth, some, someEntry, someRoom } from "./client.ts";
import { running } from "./running.ts";

let relay: RunningRelay;
beforeAll(async () => {
  relay = await running();
});
afterAll(async () => await relay.stop());

let people = 0;
const join = async (): Promise<Person> => await Person.signUp(relay, `person${people++}`);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

type Commit = Extract<ClientBody, { type: "commit" }>;
type Append = Extract<ClientBody, { type: "append" }>;

const append = (room: RoomId, more: Partial<Append> = {}): Append => ({
  type: "append",
  room,
  id: someEntry(),
  head: 0,
  base: 0,
  bytes: some(100),
  continues: false,
  ...more,
});
const commit = (
  room: RoomId,
  adds: readonly Person[],
  removes: readonly Person[] = [],
  more: Partial<Commit> = {},
): Commit => ({
  type: "commit",
  room,
  id: someEntry(),
  head: 0,
  base: 0,
  bytes: some(200),
  header: encodeHeader({ adds: adds.map((one) => one.ref), removes: removes.map((one) => one.ref) }),
  welcomes: adds.map((one) => ({ device: one.device, bytes: text(`welcome ${one.name}`) })),
  link: undefined,
  joinToken: undefined,
  ...more,
});
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A room of two, made by the first, whose log has one commit. */
async function roomOfTwo() {
  const [ann, bob] = [await join(), await join()];
  const room = await ann.createRoom();
  await ann.wire.get(commit(room, [bob]), "ack");
  await bob.wire.push("inbox-event");
  return { ann, bob, room };
}

const create = (creator: Person, room: RoomId, first?: Commit) => {
  const header = encodeHeader({ adds: [creator.ref], removes: [] });
  return { type: "room-create", room, header, link: undefined, commit: first } as const;
};

describe("making a room", () => {
  test("the same creation again gets the same answer; another one learns the head", async () => {
    const ann = await join();
    const room = ownRoom(ann.account);
    const ack = { type: "ack", seq: 0, previous: transcriptStart(room, sha256) };
    const creation = create(ann, room);
    expect(await ann.wire.ask(creation)).toEqual(ack);
    expect(await ann.wire.ask(creation)).toEqual(ack);
    const header = encodeHeader({ adds: [ann.ref, ann.ref], removes: [] });
    expect(await ann.wire.ask({ ...creation, header })).toMatchObject({ code: "stale-head", head: 0 });
    await ann.wire.get(append(room), "ack");
    await ann.resume();
    expect(await ann.wire.ask(creation)).toEqual(ack);
  });

  test("a direct room begins with its first commit; of two who make it at once one wins and the other learns the head", async () => {
    const [ann, bob] = [await join(), await join()];
    const room = roomOfBoth(ann.account, bob.account);
    const createDirect = (one: Person, other: Person) => create(one, room, commit(room, [other]));
    const [first, second] = [createDirect(ann, bob), createDirect(bob, ann)];
    const answers = await Promise.all([ann.wire.ask(first), bob.wire.ask(second)]);
    expect(answers.map((answer) => answer.type).sort()).toEqual(["ack", "refused"]);
    expect(answers).toContainEqual(expect.objectContaining({ code: "stale-head", head: 1 }));
    const won = answers[0]!.type === "ack" ? 0 : 1;
    const [winner, loser, again] = won === 0 ? [ann, bob, first] : [bob, ann, second];
    expect(await winner.wire.ask(again)).toEqual(answers[won]);
    expect(await loser.wire.push("inbox-event")).toMatchObject({ entry: { number: 1, kind: "welcome", room, seq: 1 } });
    expect(await loser.wire.ask(append(room, { head: 1, base: 1 }))).toMatchObject({ type: "ack", seq: 2 });
  });

  test.each([
    {
      name: "without the sender's own device",
      of: (_: Person, bob: Person) => ({ adds: [bob.ref], removes: [] }),
      code: "bad-request",
    },
    {
      name: "with somebody else's device",
      of: (ann: Person, bob: Person) => ({ adds: [ann.ref, bob.ref], removes: [] }),
      code: "not-allowed",
    },
    {
      name: "with a device that nobody has",
      of: (ann: Person) => ({ adds: [ann.ref, { ...ann.ref, device: someEntry() as never }], removes: [] }),
      code: "bad-request",
    },
    { name: "with removals", of: (ann: Person) => ({ adds: [ann.ref], removes: [ann.ref] }), code: "bad-request" },
  ])("a creation $name is refused", async ({ of, code }) => {
    const [ann, bob] = [await join(), await join()];
    const room = ownRoom(ann.account);
    const header = encodeHeader(of(ann, bob));
    expect(await ann.wire.ask({ type: "room-create", room, header, link: undefined, commit: undefined })).toMatchObject(
      { code },
    );
    expect(await ann.wire.ask(append(room))).toMatchObject({ code: "unknown-room" });
  });
});

describe("an id that is somebody else's", () => {
  const foreign = { type: "refused", code: "bad-request", field: "room" };
  let ann: Person;
  let bob: Person;
  let eve: Person;
  beforeAll(async () => {
    [ann, bob, eve] = [await join(), await join(), await join()];
  });

  test.each([
    { name: "that of two others, without a commit", adds: () => undefined },
    { name: "that of two others, with one of them", adds: () => [bob] },
    { name: "that of two others, with both", adds: () => [ann, bob] },
    { name: "that of two others, with nobody", adds: () => [] },
    { name: "that of two others, with herself", adds: () => [eve] },
  ])("$name is refused, and the two can still talk", async ({ adds }) => {
    const room = roomOfBoth(ann.account, bob.account);
    const people = adds();
    const squat = create(eve, room, people && commit(room, people));
    expect(await eve.wire.ask(squat)).toMatchObject(foreign);
    expect(await ann.wire.ask(create(ann, room, commit(room, [bob])))).toMatchObject({ type: "ack" });
    // Nor does the answer tell that they do now.
    expect(await eve.wire.ask(squat)).toMatchObject(foreign);
    [ann, bob] = [await join(), await join()];
  });

  test.each([
    { name: "a room of another account", of: () => create(eve, ownRoom(ann.account)) },
    { name: "a random id", of: () => create(eve, someRoom()) },
    { name: "the own direct room without a commit", of: () => create(eve, roomOfBoth(eve.account, ann.account)) },
  ])("$name is refused", async ({ of }) => {
    expect(await eve.wire.ask(of())).toMatchObject(foreign);
  });

  test.each([
    { name: "an own room with a commit", of: () => ownRoom(eve.account), adds: () => [ann] },
    {
      name: "a direct room with a third account",
      of: () => roomOfBoth(eve.account, ann.account),
      adds: () => [ann, bob],
    },
    { name: "a direct room without the other", of: () => roomOfBoth(eve.account, ann.account), adds: () => [eve] },
    { name: "a direct room with oneself", of: () => roomOfBoth(eve.account, eve.account), adds: () => [eve] },
  ])("$name is refused", async ({ of, adds }) => {
    const room = of();
    expect(await eve.wire.ask(create(eve, room, commit(room, adds())))).toMatchObject(foreign);
  });

  test("one header that cannot be read is said to be that", async () => {
    const room = roomOfBoth(eve.account, ann.account);
    const unreadable = { ...commit(room, [ann]), header: Uint8Array.of(255) };
    expect(await eve.wire.ask(create(eve, room, unreadable))).toMatchObject({
      code: "bad-request",
      field: expect.stringMatching(/^commit\.header/),
    });
  });
});

describe("what is pushed", () => {
  test("every device with access gets each entry once and in order, the sender too, after its Ack", async () => {
    const { ann, bob, room } = await roomOfTwo();
    const requests = Array.from({ length: 50 }, (_, index) =>
      ann.wire.send(append(room, { head: 1, base: 1, continues: index > 0 })),
    );
    for (const [index, request] of requests.entries())
      expect(await ann.wire.answer(request)).toMatchObject({ type: "ack", seq: index + 2 });
    for (const wire of [ann.wire, bob.wire]) {
      await wire.until(() => wire.entries(room).at(-1)?.seq === 51 || undefined, "the last entry");
      expect(wire.entries(room).map(({ seq }) => seq)).toEqual(Array.from({ length: 51 }, (_, index) => index + 1));
    }
    const acked = ann.wire.order.findIndex((frame) => frame.request === requests[0]);
    const pushed = ann.wire.order.findIndex(
      ({ body }) => body.type === "event" && body.entries.some(({ seq }) => seq === 2),
    );
    expect(acked).toBeLessThan(pushed);
  });

  test("a Welcome goes to the inbox of who is added, online or later, until it is taken", async () => {
    const { ann, bob, room } = await roomOfTwo();
    const welcome = {
      number: 1,
      kind: "welcome",
      room,
      seq: 1,
      previous: transcriptStart(room, sha256),
      bytes: text(`welcome ${bob.name}`),
    };
    expect(await bob.wire.push("inbox-event")).toEqual({ type: "inbox-event", entry: welcome });
    expect(await bob.resume()).toMatchObject({ inboxLast: 1, rooms: [{ room, last: 1, head: 1 }] });
    expect(await bob.wire.ask({ type: "inbox-fetch", from: 1 })).toEqual({ type: "inbox-fetched", entries: [welcome] });
    expect(await bob.wire.ask({ type: "inbox-cursor", number: 1 })).toEqual({ type: "done" });
    expect(await bob.wire.ask({ type: "inbox-fetch", from: 1 })).toEqual({ type: "inbox-fetched", entries: [] });
    expect(await ann.wire.ask({ type: "inbox-fetch", from: 1 })).toEqual({ type: "inbox-fetched", entries: [] });
  });

  test("the directory says who is online, whichever of their devices it is", async () => {
    const ann = await join();
    const bob = await join();
    await bob.resume();
    const online = async () => {
      const list = await ann.wire.get({ type: "directory", name: bob.name }, "directory-list");
      return list.accounts.map((account) => account.online);
    };
    expect(await online()).toEqual([true]);
    await bob.wire.close();
    await expect.poll(online).toEqual([false]);
  });
});

describe("sending", () => {
  test("when one was refused those behind it are refused too, until one begins anew", async () => {
    const { ann, room } = await roomOfTwo();
    const sent = [
      append(room, { head: 0 }),
      append(room, { head: 1, base: 1, continues: true }),
      append(room, { head: 1, base: 1, continues: true }),
      append(room, { head: 1, base: 1 }),
      append(room, { head: 1, base: 1, continues: true }),
    ];
    const requests = sent.map((body) => ann.wire.send(body));
    const answers = await Promise.all(requests.map((request) => ann.wire.answer(request)));
    expect(answers.map((answer) => (answer.type === "refused" ? answer.code : answer.type))).toEqual([
      "stale-head",
      "busy",
      "busy",
      "ack",
      "ack",
    ]);
  });

  test("too fast is refused with the wait, and what waited that long is taken", async () => {
    await using limited = await running({ security: { max_messages_per_sec: 10, burst: 3 } });
    const ann = await Person.signUp(limited, "ann");
    const room = await ann.createRoom();
    const answers = [];
    for (let time = 0; time < 4; time++) answers.push(await ann.wire.ask(append(room)));
    expect(answers.slice(0, 3).map((answer) => answer.type)).toEqual(["ack", "ack", "ack"]);
    const [last] = answers.slice(3);
    expect(last).toMatchObject({ code: "rate-limited" });
    const retryMs = last?.type === "refused" ? last.retryMs : 0;
    expect(retryMs).toBeGreaterThan(0);
    expect(retryMs).toBeLessThanOrEqual(100);
    await pause(retryMs + 5);
    expect(await ann.wire.ask(append(room))).toMatchObject({ type: "ack", seq: 4 });
  });

  test("after more than a thousand entries a repeat of the first is still known", async () => {
    const ann = await join();
    const room = await ann.createRoom();
    const first = append(room);
    const ack = await ann.wire.ask(first);
    const requests = Array.from({ length: 1100 }, () => ann.wire.send(append(room, { bytes: some(10) })));
    await Promise.all(requests.map((request) => ann.wire.answer(request)));
    expect(await ann.wire.ask(first)).toEqual(ack);
    expect(await ann.wire.ask({ ...first, bytes: some(5) })).toMatchObject({ code: "id-reused" });
    expect(await ann.wire.ask(append(room))).toMatchObject({ type: "ack", seq: 1102 });
  });

  test("a Fetched holds at most what was asked and fits a frame", async () => {
    const ann = await join();
    const room = await ann.createRoom();
    for (let time = 0; time < 4; time++) await ann.wire.get(append(room, { bytes: some(400_000) }), "ack");
    const fetched = await ann.wire.get({ type: "fetch", room, from: 1, limit: 500 }, "fetched");
    expect(fetched.entries.map(({ seq }) => seq)).toEqual([1]);
    expect(fetched.last).toBe(4);
    expect(await ann.wire.ask({ type: "fetch", room, from: 5, limit: 1 })).toMatchObject({ entries: [], last: 4 });
  });
});

describe("leaving", () => {
  test("who was removed learns it, reads up to there, and hears nothing of what follows", async () => {
    const { ann, bob, room } = await roomOfTwo();
    const cat = await join();
    await pause(260);
    await ann.wire.get(commit(room, [cat], [], { head: 1, base: 1 }), "ack");
    await pause(260);
    await ann.wire.get(commit(room, [], [bob], { head: 2, base: 2 }), "ack");
    await cat.wire.get(append(room, { head: 3, base: 3 }), "ack");
    await ann.wire.get(append(room, { head: 3, base: 3 }), "ack");
    await ann.wire.until(() => ann.wire.entries(room).at(-1)?.seq === 5 || undefined, "the last entry");
    expect(bob.wire.entries(room).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(bob.wire.pushed.filter((body) => body.type === "event" && body.entries.length === 0)).toEqual([]);
    expect(await bob.wire.ask(append(room, { head: 3, base: 3 }))).toMatchObject({ code: "unknown-room" });
    expect(await bob.resume()).toMatchObject({ rooms: [{ room, last: 3, head: 3 }] });
    const fetched = await bob.wire.get({ type: "fetch", room, from: 1, limit: 9 }, "fetched");
    expect(fetched.entries.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(await bob.wire.ask({ type: "cursor", room, seq: 4 })).toMatchObject({ code: "bad-request" });
    expect(await bob.wire.ask({ type: "cursor", room, seq: 3 })).toEqual({ type: "done" });
    expect(await bob.wire.ask({ type: "fetch", room, from: 1, limit: 9 })).toMatchObject({ code: "unknown-room" });
    expect(await bob.resume()).toMatchObject({ rooms: [] });
  });

  test("a newcomer is given nothing from before", async () => {
    const { bob, ann, room } = await roomOfTwo();
    const cat = await join();
    await pause(260);
    await ann.wire.get(append(room, { head: 1, base: 1 }), "ack");
    await ann.wire.get(commit(room, [cat], [], { head: 1, base: 1 }), "ack");
    const fetched = await cat.wire.get({ type: "fetch", room, from: 1, limit: 9 }, "fetched");
    expect(fetched.entries.map(({ seq }) => seq)).toEqual([3]);
    expect(bob.wire.isOpen).toBe(true);
  });
});

describe("joining by link", () => {
  test("the GroupInfo of the newest epoch is for who has the token", async () => {
    const [ann, bob] = [await join(), await join()];
    const token = some(32);
    const link = { tokenHash: sha256(token), groupInfo: text("sealed 0") };
    const room = await ann.createRoom();
    const linked = ownRoom(ann.account);
    await ann.createRoom({ room: linked, link });
    const ask = (which: RoomId, with_: Uint8Array) =>
      bob.wire.ask({ type: "group-info-get", room: which, token: with_ });
    expect(await ask(someRoom(), token)).toMatchObject({ code: "unknown-room" });
    expect(await ask(room, token)).toMatchObject({ code: "not-allowed" });
    expect(await ask(linked, some(32))).toMatchObject({ code: "link-expired" });
    expect(await ask(linked, token)).toEqual({ type: "group-info", base: 0, head: 0, sealed: text("sealed 0") });
    const joining = commit(linked, [bob], [], {
      welcomes: [],
      joinToken: token,
      link: { ...link, groupInfo: text("sealed 1") },
    });
    expect(await bob.wire.ask(joining)).toMatchObject({ type: "ack", seq: 1 });
    expect(await ask(linked, token)).toEqual({ type: "group-info", base: 1, head: 1, sealed: text("sealed 1") });
    await pause(260);
    await ann.wire.get(commit(linked, [], [], { head: 1, base: 1 }), "ack");
    expect(await ask(linked, token)).toMatchObject({ code: "busy", retryMs: 1000 });
  });
});

describe("key packages", () => {
  test("are claimed one for each device, the last resort when no other is left, which its owner is told", async () => {
    const [ann, bob] = [await join(), await join()];
    const put = {
      type: "key-packages-put",
      packages: [text("one")],
      lastResort: text("last"),
      replace: false,
    } as const;
    expect(await ann.wire.ask(put)).toEqual({ type: "done" });
    const claim = async () =>
      (await bob.wire.get({ type: "key-packages-claim", account: ann.account }, "key-packages")).packages;
    expect(await claim()).toEqual([{ device: ann.device, bytes: text("one"), lastResort: false }]);
    expect(await claim()).toEqual([{ device: ann.device, bytes: text("last"), lastResort: true }]);
    expect(await ann.wire.push("inbox-event")).toEqual({
      type: "inbox-event",
      entry: { number: 1, kind: "last-resort-used" },
    });
    expect(await ann.resume()).toMatchObject({ keyPackages: 0, inboxLast: 1 });
    expect(await bob.wire.ask({ type: "key-packages-claim", account: someRoom() as never })).toMatchObject({
      code: "unknown-user",
    });
  });

  test("two hundred are kept, more are refused", async () => {
    const ann = await join();
    const put = {
      type: "key-packages-put",
      packages: Array.from({ length: 100 }, () => some(50)),
      lastResort: undefined,
      replace: false,
    } as const;
    expect(await ann.wire.ask(put)).toEqual({ type: "done" });
    expect(await ann.wire.ask(put)).toEqual({ type: "done" });
    expect(await ann.wire.ask(put)).toMatchObject({ code: "too-long" });
    expect(await ann.resume()).toMatchObject({ keyPackages: 200 });
  });
});
