/** A relay that lies in inboxes: Welcomes that are of before, for others or of elsewhere, gaps and inventions. */
import { type AccountId, type DeviceId, EMPTY, type InboxEntry, type RoomId } from "@sotto/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Person } from "../harness/person.ts";
import type { Misbehaviour } from "./evil-relay.ts";
import { crypto, invent } from "./forge.ts";
import type { MisbehaviourName } from "./misbehaviours.ts";
import { Ear, Scene } from "./scene.ts";

let scene: Scene<"alice" | "bob" | "carol">;
/** A room of all three in which nothing is lied about. */
let elsewhere: RoomId;
beforeAll(async () => {
  scene = await Scene.open("alice", "bob", "carol");
  const { alice, bob, carol } = scene.people;
  elsewhere = (await scene.room(alice, bob, carol)).roomId;
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

type Welcome = Extract<InboxEntry, { kind: "welcome" }>;

/** Says something else to somebody instead of the Welcomes that they get; the numbers stay as they are. */
function instead(name: MisbehaviourName, who: string, change: (welcome: Welcome) => InboxEntry): Misbehaviour {
  const changed = (entry: InboxEntry) => (entry.kind === "welcome" ? change(entry) : entry);
  return {
    name,
    onServer: (frame, line) => {
      const { body } = frame;
      if (line.name !== who) return undefined;
      if (body.type === "inbox-event") return [{ ...frame, body: { ...body, entry: changed(body.entry) } }];
      if (body.type !== "inbox-fetched") return undefined;
      return [{ ...frame, body: { ...body, entries: body.entries.map(changed) } }];
    },
  };
}

/** The Welcomes that somebody was sent, as the relay made them. */
const welcomes = (who: string): readonly Welcome[] =>
  scene.evil.of(who, "inbox-event").flatMap(({ entry }) => (entry.kind === "welcome" ? [entry] : []));

async function isIn(person: Person, room: string): Promise<void> {
  const joined = () =>
    person.run.notes.some((one) => one.type === "room" && one.roomId === room && one.event === "joined");
  await person.until(joined, "the room");
}

/** Waits until somebody has done with a number of the inbox. */
async function taken(person: Person, count: number): Promise<void> {
  const done = () => scene.evil.of(person.name, "inbox-cursor").some(({ number }) => number >= count);
  await scene.evil.watch.until(done, `${person.name} to have taken ${count}`);
  await person.call("account.status", {});
}

/** A room of alice's into which bob is brought while the relay lies to him about the Welcome. */
async function bring(name: MisbehaviourName, change: (welcome: Welcome) => InboxEntry): Promise<RoomId> {
  const { alice, bob } = scene.people;
  const { roomId } = await scene.room(alice);
  const count = welcomes("bob").length;
  await scene.evil.while(instead(name, "bob", change), async () => {
    await alice.call("room.add", { roomId, username: "bob" });
    await scene.evil.watch.until(() => welcomes("bob").length > count, "a Welcome");
    await taken(bob, welcomes("bob").at(-1)?.number ?? 0);
  });
  return roomId;
}

const rooms = async (person: Person) => (await person.call("room.list", {})).map(({ roomId }) => roomId);

const lies: readonly {
  readonly name: MisbehaviourName;
  readonly what: string;
  readonly change: (welcome: Welcome) => InboxEntry;
  readonly sees: readonly string[];
}[] = [
  {
    name: "welcome-to-another-room",
    what: "a Welcome into the wrong room",
    change: (one) => ({ ...one, room: elsewhere }),
    sees: [],
  },
  {
    name: "welcome-to-no-room",
    what: "a Welcome into a room that nobody made",
    change: (one) => ({ ...one, room: "ee".repeat(32) as RoomId }),
    sees: [],
  },
  {
    name: "welcome-cut",
    what: "a Welcome that was cut",
    change: (one) => ({ ...one, bytes: one.bytes.slice(0, -1) }),
    sees: [],
  },
  {
    name: "welcome-invented",
    what: "a Welcome of random bytes",
    change: (one) => ({ ...one, bytes: crypto.random(900) }),
    sees: [],
  },
  {
    name: "last-resort-use-invented",
    what: "a word that the last resort was used",
    change: ({ number }) => ({ number, kind: "last-resort-used" }),
    sees: ["last-resort-used"],
  },
  {
    name: "sign-in-locked-invented",
    what: "a word that sign-in is locked",
    change: ({ number }) => ({ number, kind: "sign-in-locked" }),
    sees: [],
  },
  {
    name: "chain-growth-invented",
    what: "a word that the chain grew",
    change: ({ number }) => ({ number, kind: "chain-grew" }),
    sees: [],
  },
  {
    name: "readmit-of-a-ghost-device",
    what: "a device that is in no chain and asks to be let in",
    change: ({ number }) => ({
      number,
      kind: "readmit",
      room: elsewhere,
      who: { account: scene.people.carol.accountId as AccountId, device: "cd".repeat(16) as DeviceId },
      signature: crypto.random(64),
    }),
    sees: [],
  },
  {
    name: "readmit-of-a-ghost-account",
    what: "an account that the relay made and that asks to be let in",
    change: ({ number }) => {
      const { account, device } = invent("mallory", crypto.random(32));
      return { number, kind: "readmit", room: elsewhere, who: { account, device }, signature: crypto.random(64) };
    },
    sees: [],
  },
];

test.each(lies.map((lie) => [lie.what, lie] as const))(
  "%s brings nobody anywhere, and talking goes on",
  async (_what, { name, change, sees }) => {
    const { alice, bob, carol } = scene.people;
    const [ear, before] = [new Ear(bob), await rooms(bob)];
    const members = await bob.call("room.members", { roomId: elsewhere });
    const commits = scene.evil.of("bob", "commit").length;
    const roomId = await bring(name, change);
    expect(ear.warnings).toEqual(sees);
    expect((await rooms(bob)).filter((room) => room !== roomId)).toEqual(before);
    await scene.talk(elsewhere, alice, bob, carol);
    expect(await bob.call("room.members", { roomId: elsewhere })).toEqual(members);
    expect(scene.evil.of("bob", "commit")).toHaveLength(commits);
    await scene.expectTrue(elsewhere, [alice, bob, carol]);
  },
);

test("a Welcome for somebody else opens nothing, and the one whom it was for comes in", async () => {
  const { alice, bob, carol } = scene.people;
  const { roomId: carols } = await scene.room(alice);
  await alice.call("room.add", { roomId: carols, username: "carol" });
  await isIn(carol, carols);
  const hers = welcomes("carol").at(-1);
  if (hers === undefined) throw new Error("carol was sent a Welcome");
  const ear = new Ear(bob);
  await bring("welcome-of-another", ({ number }) => ({ ...hers, number }));
  expect(await rooms(bob)).not.toContain(carols);
  expect(ear.warnings).toEqual([]);
  await scene.talk(carols, alice, carol);
  await scene.talk(elsewhere, alice, bob, carol);
});

test("a Welcome of before brings a removed member back into nothing", async () => {
  const { alice, bob, carol } = scene.people;
  const bytes = scene.evil.of("bob", "key-packages-put").findLast(({ lastResort }) => lastResort)?.lastResort;
  if (bytes === undefined) throw new Error("he left a last resort");
  const { roomId } = await scene.room(alice, carol);
  // Of all key packages only the last resort opens twice: the relay gives that out.
  const lastResort: Misbehaviour = {
    name: "last-resort-instead",
    onServer: (frame) => {
      const { body } = frame;
      if (body.type !== "key-packages") return undefined;
      return [{ ...frame, body: { ...body, packages: body.packages.map((one) => ({ ...one, bytes })) } }];
    },
  };
  await scene.evil.while(lastResort, () => alice.call("room.add", { roomId, username: "bob" }));
  await isIn(bob, roomId);
  await scene.talk(roomId, alice, bob, carol);
  const old = welcomes("bob").at(-1);
  if (old === undefined || old.room !== roomId) throw new Error("bob was sent a Welcome");
  await alice.call("room.remove", { roomId, username: "bob" });
  await bob.until((notes) => notes.some((one) => one.type === "room" && one.event === "removed"), "the removal");
  const secret = scene.text();
  await alice.send(roomId, secret);
  await carol.sees(roomId, secret);

  const ear = new Ear(bob);
  await bring("welcome-replayed", ({ number }) => ({ ...old, number }));
  expect(ear.warnings).toEqual(["relay-lies"]);
  expect(await rooms(bob)).not.toContain(roomId);
  await scene.talk(elsewhere, alice, bob, carol);
  expect(bob.told(roomId).map(({ text }) => text)).not.toContain(secret);
});

test("a Welcome whose place has another transcript is named, and nothing is sent there until the person agrees", async () => {
  const { alice, bob } = scene.people;
  const ear = new Ear(bob);
  const roomId = await bring("welcome-with-another-transcript", (one) => ({ ...one, previous: crypto.random(32) }));
  expect(ear.warnings).toEqual(["log-forked"]);
  const waiting = bob.send(roomId, scene.text());
  await scene.talk(elsewhere, bob, alice);
  expect((await bob.call("account.status", {})).outbox).toBe(1);
  await bob.call("warning.accept", { code: "log-forked", roomId });
  await waiting;
  await scene.expectTrue(roomId, [alice, bob]);
});

/** Alice adds bob to so many rooms while the relay lies about his inbox: he is told, and in all of them afterwards. */
async function comesAfterwards(lie: Misbehaviour, count: number): Promise<void> {
  const { alice, bob } = scene.people;
  const ear = new Ear(bob);
  const made: RoomId[] = [];
  for (let room = 0; room < count; room++) made.push((await scene.room(alice)).roomId);
  await scene.evil.while(lie, async () => {
    for (const roomId of made) await alice.call("room.add", { roomId, username: "bob" });
    await ear.hears("relay-lies");
  });
  const listed = await rooms(bob);
  for (const roomId of made) expect(listed).not.toContain(roomId);
  await scene.reconnect(bob);
  for (const roomId of made) await isIn(bob, roomId);
  for (const roomId of made) await scene.talk(roomId, alice, bob);
  expect(ear.warnings).toEqual(["relay-lies"]);
}

test("inbox entries of which the relay leaves one out are not taken, and all are at the next connection", async () => {
  let left: number | undefined;
  const gap: Misbehaviour = {
    name: "inbox-entry-dropped",
    onServer: (frame, line) => {
      const { body } = frame;
      if (line.name !== "bob") return undefined;
      if (body.type === "inbox-event") left ??= body.entry.number;
      if (body.type === "inbox-event" && body.entry.number === left) return [];
      if (body.type !== "inbox-fetched") return undefined;
      return [{ ...frame, body: { ...body, entries: body.entries.filter(({ number }) => number !== left) } }];
    },
  };
  await comesAfterwards(gap, 2);
});

test("inbox entries that are numbered backwards are not taken, and all are at the next connection", async () => {
  const count = 3;
  let pushes = 0;
  const backwards: Misbehaviour = {
    name: "inbox-numbered-backwards",
    onServer: (frame, line) => {
      const { body } = frame;
      if (line.name !== "bob") return undefined;
      // The first is kept back, so that what is missing is asked for.
      if (body.type === "inbox-event") return ++pushes < count ? [] : undefined;
      if (body.type !== "inbox-fetched") return undefined;
      const numbers = body.entries.map(({ number }) => number).reverse();
      const entries = body.entries.map((entry, index) => ({ ...entry, number: numbers[index] ?? entry.number }));
      return [{ ...frame, body: { ...body, entries } }];
    },
  };
  await comesAfterwards(backwards, count);
});

test("inbox entries that are pushed twice, late and the wrong way round are taken once", async () => {
  const { alice, bob } = scene.people;
  const ear = new Ear(bob);
  const made = [await scene.room(alice), await scene.room(alice), await scene.room(alice)];
  const all: Parameters<NonNullable<Misbehaviour["onServer"]>>[0][] = [];
  const mixed: Misbehaviour = {
    name: "inbox-repeated-and-reversed",
    onServer: (frame, line) => {
      if (line.name !== "bob" || frame.body.type !== "inbox-event") return undefined;
      all.unshift(frame);
      return all.length < made.length ? [] : [...all, ...all];
    },
  };
  await scene.evil.while(mixed, async () => {
    for (const { roomId } of made) await alice.call("room.add", { roomId, username: "bob" });
    for (const { roomId } of made) await isIn(bob, roomId);
  });
  for (const { roomId } of made) await scene.talk(roomId, alice, bob);
  const joined = bob.run.notes.filter((one) => one.type === "room" && made.some(({ roomId }) => roomId === one.roomId));
  expect(joined.filter((one) => one.type === "room" && one.event === "joined")).toHaveLength(made.length);
  expect(ear.warnings).toEqual([]);
});

test("an empty Welcome is no frame: the client hangs up, comes back, and is let in", async () => {
  const { alice, bob } = scene.people;
  const mark = bob.run.notes.length;
  const { roomId } = await scene.room(alice);
  const lie = instead("welcome-empty", "bob", (one) => ({ ...one, bytes: EMPTY }));
  await scene.evil.while(lie, async () => {
    await alice.call("room.add", { roomId, username: "bob" });
    await scene.online(bob, mark);
  });
  await isIn(bob, roomId);
  await scene.talk(roomId, alice, bob);
});

test("by all of this nobody was brought into a room where nothing was lied about", async () => {
  const { alice, bob, carol } = scene.people;
  // Members who let somebody in wait for their rank; what would come of the lies above has come by now.
  await scene.talk(elsewhere, alice, bob, carol);
  const commits = (await scene.log(alice, elsewhere)).filter(({ kind }) => kind === "commit");
  expect(commits).toHaveLength(2);
});
