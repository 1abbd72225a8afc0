/** A relay that answers wrongly, late, for others or not at all, and puts entries of its own into logs, over real sockets. */
import {
  type DeviceId,
  type Entry,
  type EntryId,
  encodeFromServer,
  type FromServer,
  type RoomId,
  type ServerBody,
} from "@sotto/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectRefused } from "../harness/expect-code.ts";
import type { Person } from "../harness/person.ts";
import type { Line, Misbehaviour } from "./evil-relay.ts";
import { crypto } from "./forge.ts";
import type { MisbehaviourName } from "./misbehaviours.ts";
import { Ear, Scene, untilOnline } from "./scene.ts";
import { type Tamper, tamper } from "./tamper.ts";

let scene: Scene<"alice" | "bob" | "carol">;
/** A room of all three in which no entry is lied about. */
let elsewhere: RoomId;
beforeAll(async () => {
  scene = await Scene.open("alice", "bob", "carol");
  const { alice, bob, carol } = scene.people;
  elsewhere = (await scene.room(alice, bob, carol)).roomId;
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

const everybody = () => Object.values<Person>(scene.people);

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const refusal = (code: "busy" | "rate-limited" | "not-allowed" | "unknown-room", retryMs = 0): ServerBody => ({
  type: "refused",
  code,
  head: 0,
  retryMs,
  field: "",
});

/** Answers frames of one kind of bob's by itself; the relay never has them. */
const answering = (name: MisbehaviourName, type: string, answer: () => ServerBody): Misbehaviour => ({
  name,
  onClient: ({ request, body }, line) => {
    if (line.name !== "bob" || body.type !== type) return undefined;
    line.toClient({ request, body: answer() });
    return [];
  },
});

/** Of what bob sends while the relay lies nothing is lost, and nothing comes twice. */
const unharmed: readonly { readonly name: MisbehaviourName; readonly does: () => Misbehaviour }[] = [
  {
    name: "ack-with-another-hash",
    does: () => ({
      name: "ack-with-another-hash",
      onServer: (frame, line) =>
        line.name === "bob" && frame.body.type === "ack"
          ? [{ ...frame, body: { ...frame.body, previous: crypto.random(32) } }]
          : undefined,
    }),
  },
  {
    name: "message-put-off-for-weeks",
    does: () => answering("message-put-off-for-weeks", "append", () => refusal("busy", 0xffff_ffff)),
  },
  {
    name: "message-put-off-without-end",
    does: () => answering("message-put-off-without-end", "append", () => refusal("rate-limited", 0)),
  },
  { name: "room-denied", does: () => answering("room-denied", "append", () => refusal("unknown-room")) },
  {
    name: "requests-unanswered",
    does: () => ({
      name: "requests-unanswered",
      onClient: ({ body }, line) => (line.name === "bob" && body.type !== "ping" ? [] : undefined),
    }),
  },
  { name: "answers-late", does: late },
  { name: "padding-garbled", does: garbled },
];

function late(): Misbehaviour {
  return {
    name: "answers-late",
    onServer: (frame, line) => {
      if (line.name !== "bob") return undefined;
      setTimeout(() => line.toClient(frame), 200);
      return [];
    },
  };
}

/** One more field of filling, of a length that no frame has, and not with zeros. */
function garbled(): Misbehaviour {
  return {
    name: "padding-garbled",
    onServer: (frame, line) =>
      line.name === "bob"
        ? [Buffer.concat([encodeFromServer(frame), Uint8Array.of(0x12, 3, 255, 254, 253)])]
        : undefined,
  };
}

test.each(unharmed.map((one) => [one.name, one] as const))(
  "a message comes once, and nobody is warned, whatever was answered to it: %s",
  async (_name, { does }) => {
    const { alice, bob, carol } = scene.people;
    const ears = everybody().map((person) => new Ear(person));
    const [text, sent] = [scene.text(), scene.evil.of("bob", "append").length];
    const mark = bob.run.notes.length;
    let waiting: Promise<unknown> = Promise.resolve();
    await scene.evil.while(does(), async () => {
      waiting = bob.send(elsewhere, text);
      await scene.evil.watch.until(() => scene.evil.of("bob", "append").length > sent, "bob's message");
      await Promise.race([waiting, pause(300)]);
      // The program itself answers all the while.
      await bob.call("account.status", {});
    });
    expect(bob.run.notes.slice(mark).filter(({ type }) => type === "connection")).toEqual([]);
    await scene.reconnect(bob);
    await waiting;
    await Promise.all([alice, carol].map((person) => person.sees(elsewhere, text)));
    const tries = scene.evil.of("bob", "append").slice(sent);
    expect(new Set(tries.map(({ bytes }) => Buffer.from(bytes).toString("hex"))).size).toBe(1);
    await scene.talk(elsewhere, ...everybody());
    expect(ears.flatMap((ear) => ear.warnings)).toEqual([]);
    await scene.expectTrue(elsewhere, everybody());
  },
);

test("two answers that each came under the number of the other are taken for neither", async () => {
  const { bob } = scene.people;
  const ear = new Ear(bob);
  const held: FromServer[] = [];
  const swap: Misbehaviour = {
    name: "answers-swapped",
    onServer: (frame, line) => {
      const { type } = frame.body;
      if (line.name !== "bob" || (type !== "ack" && type !== "directory-list")) return undefined;
      held.push(frame);
      const [first, second] = held;
      if (first === undefined || second === undefined) return [];
      return [
        { request: first.request, body: second.body },
        { request: second.request, body: first.body },
      ];
    },
  };
  await scene.evil.while(swap, async () => {
    const listing = bob.call("users.list", {});
    await Promise.all([bob.send(elsewhere, scene.text()), expectRefused(listing, "internal")]);
  });
  expect(await bob.call("users.list", {})).toHaveLength(3);
  await scene.talk(elsewhere, ...everybody());
  expect(ear.warnings).toEqual([]);
  await scene.expectTrue(elsewhere, everybody());
});

test("a message that the relay refuses for good and stores all the same is refused, and named when it comes back", async () => {
  const { alice, bob, carol } = scene.people;
  const { roomId } = await scene.room(alice, bob, carol);
  const [ear, text] = [new Ear(bob), scene.text()];
  const lie: Misbehaviour = {
    name: "message-refused-and-stored",
    onServer: (frame, line) =>
      line.name === "bob" && frame.body.type === "ack" ? [{ ...frame, body: refusal("not-allowed") }] : undefined,
  };
  await scene.evil.while(lie, async () => {
    await expectRefused(bob.send(roomId, text), "not-allowed");
    await ear.hears("relay-lies");
  });
  await alice.sees(roomId, text);
  await scene.talk(roomId, alice, bob, carol);
  expect(ear.warnings).toEqual(["relay-lies"]);
  await scene.expectTrue(roomId, [alice, bob, carol]);
});

test("a message that the relay puts into another room is shown nowhere, named there, and comes into its own", async () => {
  const { alice, bob, carol } = scene.people;
  const [{ roomId }, { roomId: other }] = [await scene.room(alice, bob), await scene.room(alice, bob, carol)];
  const ears = everybody().map((person) => new Ear(person));
  const head = (await scene.log(bob, other)).findLast(({ kind }) => kind === "commit")?.seq ?? 0;
  const lie: Misbehaviour = {
    name: "message-in-another-room",
    onClient: (frame, line) =>
      line.name === "bob" && frame.body.type === "append"
        ? [{ ...frame, body: { ...frame.body, room: other, head, base: head } }]
        : undefined,
  };
  const text = scene.text();
  let waiting: Promise<unknown> = Promise.resolve();
  await scene.evil.while(lie, async () => {
    waiting = bob.send(roomId, text);
    for (const ear of ears) await ear.hears("relay-lies");
  });
  await scene.reconnect(bob);
  await waiting;
  await alice.sees(roomId, text);
  await scene.talk(other, alice, bob, carol);
  await scene.talk(roomId, alice, bob);
  expect(ears.map((ear) => ear.warnings)).toEqual([["relay-lies"], ["relay-lies"], ["relay-lies"]]);
  expect(carol.told(other).map((note) => note.text)).not.toContain(text);
  await scene.expectTrue(roomId, [alice, bob]);
});

/** What the relay puts behind an entry: the same again, or bytes of its own under somebody's name. */
const inserted: readonly { readonly name: MisbehaviourName; readonly make: (entry: Entry, own: DeviceId) => Entry }[] =
  [
    { name: "message-repeated", make: (entry) => entry },
    { name: "message-invented", make: (entry) => ({ ...entry, id: anyId(), bytes: crypto.random(487) }) },
    {
      name: "own-message-invented",
      make: (entry, device) => ({ ...entry, id: anyId(), device, bytes: crypto.random(487) }),
    },
  ];

const anyId = () => Buffer.from(crypto.random(16)).toString("hex") as EntryId;

test.each(inserted.map((one) => [one.name, one] as const))(
  "an entry that the relay puts in is shown to nobody and named, and so is the log without it: %s",
  async (name, { make }) => {
    const { alice, bob, carol } = scene.people;
    const { roomId } = await scene.room(alice, bob, carol);
    const at = (await scene.log(alice, roomId)).length + 1;
    const ear = new Ear(bob);
    const { device } = scene.evil.ref("bob");
    const insert: Tamper = (entry) => {
      if (entry.seq < at) return [entry];
      if (entry.seq > at) return [{ ...entry, seq: entry.seq + 1 }];
      return [entry, { ...make(entry, device), seq: at + 1 }];
    };
    const said: string[] = [];
    await scene.evil.while(tamper(name, "bob", roomId, insert), async () => {
      for (const person of [alice, carol, alice]) {
        said.push(scene.text());
        await person.send(roomId, said.at(-1) ?? "");
        // The next one says what its sender has seen: this too.
        for (const other of [alice, carol]) if (other !== person) await other.sees(roomId, said.at(-1) ?? "");
      }
      await ear.hears("log-forked");
    });
    expect(ear.warnings).toEqual(["relay-lies", "log-forked"]);
    for (const text of said) await bob.sees(roomId, text);
    await scene.expectTrue(roomId, [alice, bob, carol]);

    // The honest log is shorter by what was put in.
    scene.evil.cut("bob");
    await ear.hears("relay-rolled-back");
    await bob.call("warning.accept", { code: "relay-rolled-back" });
    await untilOnline(bob);
    const text = scene.text();
    await alice.send(roomId, text);
    await bob.sees(roomId, text);
    const answer = scene.text();
    await bob.send(roomId, answer);
    await Promise.all([alice, carol].map((person) => person.sees(roomId, answer)));
    scene.expectBlind();
  },
);

test("newest entries that are withheld from one member are missed by nobody until one comes, and then all are there", async () => {
  const { alice, bob } = scene.people;
  const ear = new Ear(bob);
  const known = (await scene.log(bob, elsewhere)).length;
  const unread = (await bob.call("room.list", {})).reduce((sum, one) => sum + one.unread, 0);
  const [text, mark] = [scene.text(), bob.run.notes.length];
  const hide: Misbehaviour = {
    name: "newest-withheld",
    onServer: (frame, line) => {
      const { body } = frame;
      if (line.name !== "bob") return undefined;
      if (body.type === "event" && body.room === elsewhere) return [];
      if (body.type !== "session") return undefined;
      const rooms = body.rooms.map((one) => (one.room === elsewhere ? { ...one, last: known } : one));
      return [{ ...frame, body: { ...body, rooms } }];
    },
  };
  await scene.evil.while(hide, async () => {
    await alice.send(elsewhere, text);
    await scene.reconnect(bob);
    const digest = await bob.until((notes) => notes.slice(mark).find((note) => note.type === "unread"), "a digest");
    expect(digest).toMatchObject({ total: unread });
    expect((await bob.history(elsewhere)).map((message) => message.text)).not.toContain(text);
  });
  expect(ear.warnings).toEqual([]);
  await scene.reconnect(bob);
  await bob.sees(elsewhere, text);
  await scene.talk(elsewhere, ...everybody());
  await scene.expectTrue(elsewhere, everybody());
});

test("somebody who left stays in the list of a member to whom that is never delivered", async () => {
  const { alice, bob, carol } = scene.people;
  const { roomId } = await scene.room(alice, bob, carol);
  const ear = new Ear(bob);
  const names = async (person: Person) =>
    (await person.call("room.members", { roomId })).map(({ username }) => username).sort();
  const mark = alice.run.notes.length;
  await scene.evil.while(
    tamper("leave-withheld", "bob", roomId, () => []),
    async () => {
      await carol.call("room.leave", { roomId });
      await alice.until(
        (notes) => notes.slice(mark).some((one) => one.type === "room" && one.event === "members"),
        "the removal",
      );
    },
  );
  expect(await names(alice)).toEqual(["alice", "bob"]);
  expect(await names(bob)).toEqual(["alice", "bob", "carol"]);
  await scene.reconnect(bob);
  await scene.talk(roomId, alice, bob);
  expect(await names(bob)).toEqual(["alice", "bob"]);
  expect(ear.warnings).toEqual([]);
  await scene.expectTrue(roomId, [alice, bob]);
});

test("who is listed and who is online is the relay's word, and changes nothing for people one knows", async () => {
  const { alice, bob } = scene.people;
  const ear = new Ear(alice);
  const listing = (name: MisbehaviourName, change: (accounts: Accounts) => Accounts): Misbehaviour => ({
    name,
    onServer: (frame, { name: who }) =>
      who === "alice" && frame.body.type === "directory-list"
        ? [{ ...frame, body: { ...frame.body, accounts: change(frame.body.accounts) } }]
        : undefined,
  });
  const users = async () => (await alice.call("users.list", {})).map(({ username, online }) => [username, online]);
  const lie = listing("presence-invented", (all) => all.map((one) => ({ ...one, online: one.name !== "bob" })));
  await scene.evil.while(lie, async () => expect(await users()).toContainEqual(["bob", false]));
  const leaveOut = listing("people-withheld", (all) => all.filter((one) => one.name !== "bob"));
  const { roomId } = await scene.evil.while(leaveOut, async () => {
    expect((await users()).map(([name]) => name)).not.toContain("bob");
    return await alice.call("direct.open", { username: "bob" });
  });
  await scene.talk(roomId, alice, bob);
  expect(ear.warnings).toEqual([]);
});

type Accounts = Extract<ServerBody, { type: "directory-list" }>["accounts"];

test("a room that the relay says stands and never stored is named as forgotten, and nothing is lost elsewhere", async () => {
  const { bob } = scene.people;
  const ear = new Ear(bob);
  const lie = answering("room-not-stored", "room-create", () => ({ type: "ack", seq: 0, previous: crypto.random(32) }));
  const { roomId } = await scene.evil.while(lie, () => bob.call("room.create", { name: "castle" }));
  await scene.reconnect(bob);
  await ear.hears("relay-rolled-back");
  expect(bob.run.notes).toContainEqual(expect.objectContaining({ code: "relay-rolled-back", roomId }));
  await bob.call("warning.accept", { code: "relay-rolled-back" });
  await bob.until(
    (notes) => notes.some((one) => one.type === "notice" && one.text.includes("has lost the room castle")),
    "the loss of the room",
  );
  await untilOnline(bob);
  await scene.talk(elsewhere, ...everybody());
  expect(ear.warnings).toEqual(["relay-rolled-back"]);
  await scene.expectTrue(elsewhere, everybody());
});

test("a chain entry that the relay says it has and threw away is given to it again at the next connection", async () => {
  const { alice, bob } = scene.people;
  const ears = [new Ear(alice), new Ear(bob)];
  const lie = answering("chain-entry-not-stored", "chain-append", () => ({ type: "done" }));
  await scene.evil.while(lie, () => bob.call("account.rotateRecovery", { phrase: bob.recoveryPhrase }));
  await scene.reconnect(bob);
  await bob.until(
    (notes) => notes.some((one) => one.type === "notice" && one.text.includes("was given it again")),
    "the chain that was given back",
  );
  const { roomId } = await scene.room(alice);
  await alice.call("room.add", { roomId, username: "bob" });
  await bob.until((notes) => notes.some((one) => one.type === "room" && one.roomId === roomId), "the room");
  await scene.talk(roomId, alice, bob);
  expect(ears.flatMap((ear) => ear.warnings)).toEqual([]);
});

const codes = [1001, 1008, 4000, 4001, 4002];

test("a connection that ends with whatever code is made again, and nothing is believed for it", async () => {
  const { bob } = scene.people;
  const ear = new Ear(bob);
  for (const code of codes) {
    const mark = bob.run.notes.length;
    const line: Line = scene.evil.line("bob");
    await scene.evil.while({ name: "closing-codes" }, async () => {
      line.close(code);
      await scene.online(bob, mark);
    });
  }
  await scene.talk(elsewhere, ...everybody());
  expect(ear.warnings).toEqual([]);
});
