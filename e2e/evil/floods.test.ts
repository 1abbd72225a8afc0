/** A relay that pushes without end: what a client holds of it is bounded, and it goes on afterwards. */
import { readFileSync } from "node:fs";
import { type DeviceId, EMPTY, type EntryId, type RoomId, type ServerBody } from "@sotto/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Person } from "../harness/person.ts";
import type { Misbehaviour } from "./evil-relay.ts";
import { crypto } from "./forge.ts";
import type { MisbehaviourName } from "./misbehaviours.ts";
import { Ear, Scene } from "./scene.ts";

const PIECE_BYTES = 512 * 1024;
const PIECES = 300;
/** Of 150 MiB that are pushed: what may wait, frames on their way, and what the collector has not seen yet. */
const GROWTH_MAX = 110 * 1024 * 1024;

let scene: Scene<"alice" | "bob" | "carol">;
let room: RoomId;
beforeAll(async () => {
  scene = await Scene.open("alice", "bob", "carol");
  const { alice, bob } = scene.people;
  room = (await scene.room(alice, bob)).roomId;
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

const piece = crypto.random(PIECE_BYTES);
const device = "cd".repeat(16) as DeviceId;

const entry = (of: RoomId, seq: number): ServerBody => {
  const id = seq.toString(16).padStart(32, "0") as EntryId;
  return {
    type: "event",
    room: of,
    entries: [{ seq, kind: "message", device, id, base: 0, header: EMPTY, bytes: piece }],
  };
};

interface Flood {
  readonly name: MisbehaviourName;
  /** What is owed meanwhile, so that what comes has to wait. */
  readonly owes?: Misbehaviour["onClient"];
  /** Brings it about that something is owed. */
  readonly before?: () => Promise<unknown>;
  readonly push: (index: number) => ServerBody;
}

const floods: readonly Flood[] = [
  { name: "flood-of-strange-rooms", push: (index) => entry("ee".repeat(32) as RoomId, index + 1) },
  {
    name: "flood-of-inbox",
    owes: ({ body }, line) => (line.name === "bob" && body.type === "inbox-fetch" ? [] : undefined),
    push: (index) => ({
      type: "inbox-event",
      entry: { number: 1000 + index, kind: "welcome", room, seq: 1, previous: crypto.random(32), bytes: piece },
    }),
  },
  {
    name: "flood-of-entries",
    owes: ({ body }, line) => (line.name === "bob" && body.type === "chain-get" ? [] : undefined),
    // Somebody whom he has not met joins.
    before: async () => {
      const { alice, carol } = scene.people;
      await carol.call("room.join", await alice.call("room.link", { roomId: room }));
      const isAsked = () => scene.evil.of("bob", "chain-get").some(({ accounts }) => accounts.includes(of(carol)));
      await scene.evil.watch.until(isAsked, "the chain to be asked for");
    },
    push: (index) => entry(room, length + 1 + index),
  },
];

const of = (person: Person) => scene.evil.ref(person.name).account;
/** Of the room's log when a flood begins. */
let length = 0;

test.each(floods.map((one) => [one.name, one] as const))(
  "150 MiB that are pushed leave a client as large as it was, and it goes on: %s",
  async (name, { owes, before, push }) => {
    const { alice, bob, carol } = scene.people;
    const members = before === undefined ? [alice, bob] : [alice, bob, carol];
    const ear = new Ear(bob);
    const lie: Misbehaviour = owes === undefined ? { name } : { name, onClient: owes };
    const small = residentBytes(bob);
    await scene.evil.while(lie, async () => {
      await before?.();
      length = (await scene.log(alice, room)).length;
      const line = scene.evil.line("bob");
      for (let index = 0; index < PIECES; index++) {
        line.push(push(index));
        // As fast as it is read, and no faster: what waits here is not what is measured.
        if (index % 8 === 7) await bob.call("account.status", {});
      }
      await bob.call("account.status", {});
    });
    expect(residentBytes(bob) - small).toBeLessThan(GROWTH_MAX);
    await scene.reconnect(bob);
    await scene.talk(room, ...members);
    expect(ear.warnings).toEqual([]);
    await scene.expectTrue(room, members);
  },
);

/** What a program has of the machine's memory now. */
function residentBytes(person: Person): number {
  const status = readFileSync(`/proc/${person.run.program.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
