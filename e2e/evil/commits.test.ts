/** A relay that lies about commits, and members who post what is none, over real sockets. */
import { type DeviceRef, type EntryId, encodeHeader, type FromClient, type RoomId, type ServerBody } from "@sotto/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectRefused } from "../harness/expect-code.ts";
import type { Person } from "../harness/person.ts";
import { eventually } from "../harness/watch.ts";
import type { Misbehaviour } from "./evil-relay.ts";
import { crypto } from "./forge.ts";
import type { MisbehaviourName } from "./misbehaviours.ts";
import { Ear, Scene } from "./scene.ts";
import { flipped, tamper } from "./tamper.ts";

let scene: Scene<"alice" | "bob" | "carol" | "mallory">;
beforeAll(async () => {
  scene = await Scene.open("alice", "bob", "carol", "mallory");
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

type Commit = Extract<FromClient["body"], { type: "commit" }>;

/** Changes one commit of alice's, however often it has to be sent. */
const committing = (name: MisbehaviourName, change: (body: Commit) => Commit): Misbehaviour => {
  let id: EntryId | undefined;
  return {
    name,
    onClient: (frame, line) => {
      if (line.name !== "alice" || frame.body.type !== "commit") return undefined;
      id ??= frame.body.id;
      return frame.body.id === id ? [{ ...frame, body: change(frame.body) }] : undefined;
    },
  };
};

const changes: readonly {
  readonly name: MisbehaviourName;
  readonly what: string;
  readonly change: (body: Commit, bob: DeviceRef) => Commit;
}[] = [
  { name: "commit-altered", what: "its bytes", change: (body) => ({ ...body, bytes: flipped(body.bytes) }) },
  {
    name: "commit-header-changed",
    what: "its header, which then removes a member",
    change: (body, bob) => ({ ...body, header: encodeHeader({ adds: [], removes: [bob] }) }),
  },
  { name: "commit-rebased", what: "its base", change: (body) => ({ ...body, base: 0 }) },
  {
    name: "commit-replaced",
    what: "all of it",
    change: (body) => ({ ...body, bytes: crypto.random(400), header: encodeHeader({ adds: [], removes: [] }) }),
  },
];

test.each(changes.map((one) => [one.what, one] as const))(
  "a commit of which the relay changed %s is skipped by all, named, and can be made again",
  async (_what, { name, change }) => {
    const { alice, bob, carol } = scene.people;
    const { roomId } = await scene.room(alice, bob, carol);
    const ears = [alice, bob, carol].map((person) => new Ear(person));
    await scene.evil.while(
      committing(name, (body) => change(body, scene.evil.ref("bob"))),
      () => expectRefused(alice.call("room.link", { roomId, renew: true }), "internal"),
    );
    await scene.talk(roomId, alice, bob, carol);
    await alice.call("room.link", { roomId, renew: true });
    await scene.talk(roomId, alice, bob, carol);
    const [hers, ...others] = ears.map((ear) => new Set(ear.warnings));
    expect(hers).toEqual(new Set(["relay-lies"]));
    for (const one of others) expect(one).toEqual(new Set(["commit-skipped"]));
    expect(await bob.call("room.members", { roomId })).toHaveLength(3);
    await scene.expectTrue(roomId, [alice, bob, carol]);
  },
);

test("a commit whose header adds a device of the relay's is skipped by all, and that device is brought nothing", async () => {
  const { alice, bob, carol, mallory } = scene.people;
  const ref = scene.evil.ref("mallory");
  const { roomId } = await scene.room(alice, bob, carol);
  const ears = [alice, bob, carol].map((person) => new Ear(person));
  const lie = committing("ghost-device-in-header", (body) => ({
    ...body,
    header: encodeHeader({ adds: [ref], removes: [] }),
  }));
  await scene.evil.while(lie, () => expectRefused(alice.call("room.link", { roomId, renew: true }), "internal"));
  await scene.talk(roomId, alice, bob, carol);
  expect(ears.map((ear) => [...new Set(ear.warnings)])).toEqual([
    ["relay-lies"],
    ["commit-skipped"],
    ["commit-skipped"],
  ]);
  const members = (await alice.call("room.members", { roomId })).map(({ username }) => username);
  expect(members.sort()).toEqual(["alice", "bob", "carol"]);
  expect((await mallory.call("room.list", {})).map((one) => one.roomId)).not.toContain(roomId);
  await scene.expectTrue(roomId, [alice, bob, carol]);
});

/** What mallory's changed program puts into the log in her own name. */
async function post(room: RoomId, part: Partial<Commit>): Promise<ServerBody> {
  const log = await scene.log(scene.people.mallory, room);
  const head = log.findLast(({ kind }) => kind === "commit")?.seq ?? 0;
  const body: Commit = {
    type: "commit",
    room,
    id: Buffer.from(crypto.random(16)).toString("hex") as EntryId,
    head,
    base: head,
    bytes: crypto.random(500),
    header: encodeHeader({ adds: [], removes: [] }),
    welcomes: [],
    link: undefined,
    joinToken: undefined,
    ...part,
  };
  return await eventually(async () => {
    const answer = await scene.evil.line("mallory").ask(body);
    return answer.type === "refused" && answer.code === "busy" ? undefined : answer;
  }, "a place in the log");
}

test.each([
  ["garbage", async () => ({})],
  [
    "garbage under a header that throws everybody out",
    async () => {
      const removes = ["alice", "bob"].map((name) => scene.evil.ref(name));
      return { header: encodeHeader({ adds: [], removes }) };
    },
  ],
  [
    "an earlier commit once more",
    async (room: RoomId) => {
      const entry = (await scene.log(scene.people.mallory, room)).find(({ kind }) => kind === "commit");
      return entry === undefined ? {} : { bytes: entry.bytes, header: entry.header };
    },
  ],
] as const)("a member who commits %s is skipped and named by all, and everybody goes on", async (_what, part) => {
  const { alice, bob, mallory } = scene.people;
  const { roomId } = await scene.room(alice, bob, mallory);
  const ears = [alice, bob, mallory].map((person) => new Ear(person));
  expect(await post(roomId, await part(roomId))).toMatchObject({ type: "ack" });
  await scene.talk(roomId, alice, bob, mallory);
  const [first, second, own] = ears.map((ear) => [...new Set(ear.warnings)]);
  expect([first, second]).toEqual([["commit-skipped"], ["commit-skipped"]]);
  // Her honest program reads in its own name what it did not say.
  expect(own).toEqual(["relay-lies"]);
  expect(await alice.call("room.members", { roomId })).toHaveLength(3);
  await scene.expectTrue(roomId, [alice, bob, mallory]);
});

test("a commit that is withheld from one member leaves that one behind, and it catches up with the first true word", async () => {
  const { alice, bob, carol } = scene.people;
  const { roomId } = await scene.room(alice, bob, carol);
  const ears = [alice, bob, carol].map((person) => new Ear(person));
  await scene.evil.while(
    tamper("commit-withheld", "bob", roomId, () => []),
    async () => {
      await alice.call("room.link", { roomId, renew: true });
      await carol.send(roomId, scene.text());
    },
  );
  await scene.reconnect(bob);
  await scene.talk(roomId, alice, bob, carol);
  expect(ears.flatMap((ear) => ear.warnings)).toEqual([]);
  await scene.expectTrue(roomId, [alice, bob, carol]);
});

test("a commit that was altered for one member is skipped there, and that one comes in again", async () => {
  const { alice, bob, carol } = scene.people;
  const { roomId } = await scene.room(alice, bob, carol);
  const at = (await scene.log(alice, roomId)).length + 1;
  const [ear, mark] = [new Ear(bob), bob.run.notes.length];
  const lie = tamper("commit-altered-for-one", "bob", roomId, (entry) => [
    entry.seq === at ? { ...entry, bytes: flipped(entry.bytes) } : entry,
  ]);
  await scene.evil.while(lie, async () => {
    await alice.call("room.add", { roomId, username: "mallory" });
    await ear.hears("commit-skipped");
  });
  // The next honest word tells him that his log is another one, and that he is out of step.
  const text = scene.text();
  await carol.send(roomId, text);
  await ear.hears("log-forked");
  await cameInAgain(bob, mark);
  await bob.call("warning.accept", { code: "log-forked", roomId });
  await scene.talk(roomId, alice, bob, carol);
  // Once for the log, and once for somebody in the room whom he has not seen come in.
  expect(ear.warnings).toEqual(["commit-skipped", "log-forked", "log-forked"]);
  await scene.expectTrue(roomId, [alice, bob, carol]);
});

/** Waits until somebody is told that they are in step again. @param mark - what was told before. */
async function cameInAgain(person: Person, mark: number): Promise<void> {
  await person.until(
    (notes) => notes.slice(mark).some((one) => one.type === "notice" && one.text.includes("come in again")),
    "coming in again",
  );
}

test("two logs for two members are named at the first word between them", async () => {
  const { alice, bob, carol } = scene.people;
  const { roomId } = await scene.room(alice, bob, carol);
  const at = (await scene.log(alice, roomId)).length + 1;
  const ears = [alice, bob].map((person) => new Ear(person));
  // Bob's message is put into a log of bob's own; in that of the others stands alice's at the same place.
  const lie: Misbehaviour = {
    name: "two-logs",
    onClient: ({ request, body }, line) => {
      if (line.name !== "bob" || body.type !== "append") return undefined;
      const { device } = scene.evil.ref("bob");
      const { id, base, bytes } = body;
      line.toClient({ request, body: { type: "ack", seq: at, previous: crypto.random(32) } });
      const entry = { seq: at, kind: "message", device, id, base, header: new Uint8Array(0), bytes } as const;
      line.push({ type: "event", room: roomId, entries: [entry] });
      return [];
    },
    onServer: ({ body }, line) => (line.name === "bob" && body.type === "event" ? [] : undefined),
  };
  await scene.evil.while(lie, async () => {
    await bob.send(roomId, scene.text());
    const text = scene.text();
    await alice.send(roomId, text);
    await carol.sees(roomId, text);
  });
  await bob.send(roomId, scene.text());
  const [toAlice] = ears;
  await toAlice?.hears("log-forked");
  await scene.expectTrue(roomId, [alice, bob, carol]);
});

test("a chain that is withheld from one member when somebody comes in puts that one out of step, is named, and that one comes in again", async () => {
  const { alice, bob, carol, mallory } = scene.people;
  const { roomId, link } = await scene.room(alice, bob);
  const ear = new Ear(bob);
  // Nobody has seen this person before.
  const newcomer = await scene.stage.signUp("newcomer", scene.link);
  const lie: Misbehaviour = {
    name: "chain-withheld-from-one",
    onServer: (frame, line) => {
      const { body } = frame;
      if (line.name !== "bob" || body.type !== "chains") return undefined;
      const chains = body.chains.filter(({ account }) => account !== newcomer.accountId);
      return [{ ...frame, body: { ...body, chains } }];
    },
  };
  await scene.evil.while(lie, async () => {
    await newcomer.call("room.join", { link });
    await ear.hears("commit-skipped");
  });
  expect(ear.warnings.slice(0, 2)).toEqual(["chain-withheld", "commit-skipped"]);
  const mark = bob.run.notes.length;
  await alice.send(roomId, scene.text());
  await cameInAgain(bob, mark);
  // Somebody is there whom he has not seen come in: nothing is sent before he agrees.
  await ear.hears("log-forked");
  await bob.call("warning.accept", { code: "log-forked", roomId });
  await scene.talk(roomId, alice, bob, newcomer);
  await scene.expectTrue(roomId, [alice, bob, newcomer]);
  expect([carol, mallory].every((person) => person.told(roomId).length === 0)).toBe(true);
});
