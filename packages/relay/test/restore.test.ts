/** Entries given back to a relay that went back in time: by the rules alone, and by a real one that a backup replaced. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ClientBody,
  type DeviceRef,
  EMPTY,
  type Entry,
  encodeHeader,
  idOf,
  LIMITS,
  type RoomId,
  type RoomLink,
  transcriptStart,
  transcriptStep,
} from "@sotto/wire";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { sha256 } from "../src/crypto.ts";
import { type RunningRelay, startRelay } from "../src/index.ts";
import type { Restore } from "../src/room/giving-back.ts";
import { Person, some, someEntry } from "./client.ts";
import { device, HOUR, LogWorld, text } from "./log-world.ts";
import { configOf } from "./running.ts";

// Some start a relay on the disk three times, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const [ann, bob, cat, eve] = [device("ann"), device("bob"), device("cat"), device("eve")];

type Part = Partial<Entry> & Pick<Entry, "device">;
const header = (adds: readonly DeviceRef[], removes: readonly DeviceRef[] = []) => encodeHeader({ adds, removes });

/** Ann's room with bob and cat in it, built on; what is given back follows entry 2. */
class Lost {
  readonly world = new LogWorld(ann);
  #id = 0;

  constructor() {
    this.world.commit(ann, { adds: [bob, cat] });
    this.world.append(bob);
  }

  get hash(): Uint8Array {
    return this.world.tables.room(this.world.room)!.hash;
  }

  entries(...parts: readonly Part[]): readonly Entry[] {
    const { last } = this.world.tables.room(this.world.room)!;
    return parts.map((part, index) => ({
      seq: last + 1 + index,
      kind: part.header === undefined ? "message" : "commit",
      id: idOf.entry(sha256(text(`lost ${this.#id++}`)).slice(0, 16)),
      base: 1,
      header: EMPTY,
      bytes: text(`bytes ${index}`),
      ...part,
    }));
  }

  give(
    giver: DeviceRef,
    entries: readonly Entry[],
    more: { previous?: Uint8Array; link?: RoomLink; late?: true } = {},
  ) {
    const { world } = this;
    const { previous = this.hash, link, late = false } = more;
    const wanted: Restore = { type: "restore", room: world.room, previous, entries, link };
    const taken = world.log.restore(giver, wanted, late, world.now);
    if (taken.ok) {
      world.tables.changeAll(taken.value.map(({ change }) => change));
      world.log.stored(taken.value.at(-1)!.entry.seq);
    }
    return taken;
  }
}

const bad = (field: string) => ({ ok: false, error: { code: "bad-request", field } });

describe("what may be given back", () => {
  let lost: Lost;
  beforeEach(() => {
    lost = new Lost();
  });

  test("messages and commits of others take the places that they had, and the hashes are those that they made", () => {
    const entries = lost.entries(
      { device: bob.device },
      { device: ann.device, header: header([eve]) },
      { device: eve.device, base: 4 },
    );
    const after = entries.reduce((hash, entry) => transcriptStep(hash, entry, sha256), lost.hash);
    expect(lost.give(cat, entries)).toMatchObject({ ok: true });
    const { room, tables, log } = lost.world;
    expect(tables.entries(room, 3, 9, 9, 1e6)).toMatchObject(entries);
    expect(lost.hash).toEqual(after);
    expect(log.head).toBe(4);
    expect(log.access.has(eve.device)).toBe(true);
    expect(lost.world.append(eve)).toMatchObject({ kind: "accepted", entry: { seq: 6 } });
  });

  test("an entry that was given back is a repeat for its sender, who sends it again", () => {
    const [entry] = lost.entries({ device: bob.device });
    lost.give(ann, [entry!]);
    const { id, base, bytes } = entry!;
    expect(lost.world.append(bob, { id, base, bytes })).toMatchObject({ kind: "repeat", mark: { seq: 3 } });
    lost.world.restart();
    expect(lost.world.tables.entryMark(lost.world.room, bob.device, id)).toMatchObject({ seq: 3 });
  });

  test("the one who joined from outside comes in by the commit that was lost, without the link", () => {
    const entries = lost.entries({ device: eve.device, header: header([eve]) }, { device: eve.device, base: 3 });
    expect(lost.give(ann, entries)).toMatchObject({ ok: true });
    expect(lost.world.log.access.has(eve.device)).toBe(true);
  });

  test("what somebody wrote who was taken out afterwards", () => {
    const entries = lost.entries(
      { device: ann.device, header: header([], [cat]) },
      { device: cat.device },
      { device: bob.device, base: 3 },
    );
    expect(lost.give(ann, entries)).toMatchObject({ ok: true });
  });

  test("a link that comes along is the link from then on, with the base that its GroupInfo is of", () => {
    const token = new Uint8Array(32).fill(7);
    const link = { tokenHash: sha256(token), groupInfo: text("sealed") };
    const entries = lost.entries({ device: ann.device, header: header([]) }, { device: bob.device, base: 3 });
    lost.give(bob, entries, { link });
    const { room, tables, log } = lost.world;
    expect(tables.groupInfo(room)).toEqual({ base: 3, sealed: link.groupInfo });
    expect(log.holdsLink(token)).toBe(true);
    lost.give(bob, lost.entries({ device: bob.device, base: 3 }));
    expect(tables.groupInfo(room)).toEqual({ base: 3, sealed: link.groupInfo });
  });

  const long = Array.from({ length: LIMITS.roomDevicesMax }, (_, index) => device("many", index));
  test.each<{ name: string; parts: readonly Part[]; field: string; code?: string }>([
    { name: "nothing", parts: [], field: "entries" },
    { name: "a gap before the first", parts: [{ device: bob.device, seq: 4 }], field: "entries" },
    { name: "a place that is taken", parts: [{ device: bob.device, seq: 2 }], field: "entries" },
    {
      name: "a gap between",
      parts: [{ device: bob.device }, { device: bob.device, seq: 5 }],
      field: "entries",
    },
    { name: "a base that is no commit", parts: [{ device: bob.device, base: 2 }], field: "entries[0].base" },
    {
      name: "a base that is a message that was given back",
      parts: [{ device: bob.device }, { device: bob.device, base: 3 }],
      field: "entries[1].base",
    },
    {
      name: "a commit that is its own base",
      parts: [{ device: ann.device, header: header([]), base: 3 }],
      field: "entries[0].base",
    },
    {
      name: "a message with a header",
      parts: [{ device: bob.device, kind: "message", header: header([eve]) }],
      field: "entries[0].header",
    },
    {
      name: "a header that is none",
      parts: [{ device: bob.device, header: text("none") }],
      field: "entries[0].header.",
    },
    { name: "a device that never was there", parts: [{ device: eve.device }], field: "entries[0].device" },
    {
      name: "a commit from outside that adds somebody else",
      parts: [{ device: eve.device, header: header([device("dan")]) }],
      field: "entries[0].device",
    },
    {
      name: "one id twice",
      parts: [1, 2].map(() => ({ device: bob.device, id: idOf.entry(new Uint8Array(16)) })),
      field: "entries[1].id",
    },
    {
      name: "more than a thousand devices",
      parts: [{ device: bob.device, header: header(long) }],
      field: "entries[0].header.adds",
      code: "too-long",
    },
  ])("not $name, and then nothing is taken", ({ parts, field, code = "bad-request" }) => {
    const good = field === "entries" ? [] : [{ device: bob.device }];
    const moved = field.replace(/\d+/, (index) => String(Number(index) + good.length));
    const shifted = parts.map((part) => (part.base === 3 && good.length > 0 ? { ...part, base: 4 } : part));
    expect(lost.give(ann, lost.entries(...good, ...shifted))).toEqual({
      ok: false,
      error: { type: "refused", code, field: moved, head: 0, retryMs: 0 },
    });
    expect(lost.world.append(bob)).toMatchObject({ kind: "accepted", entry: { seq: 3 } });
    expect(lost.world.log.access.has(eve.device)).toBe(false);
  });

  test("not on another log than the relay's, not by who is not in the room, not once something new came", () => {
    const entries = lost.entries({ device: bob.device });
    expect(lost.give(ann, entries, { previous: new Uint8Array(32) })).toMatchObject(bad("previous"));
    expect(lost.give(eve, entries)).toMatchObject({ ok: false, error: { code: "unknown-room" } });
    expect(lost.give(ann, entries, { late: true })).toMatchObject({ ok: false, error: { code: "not-allowed" } });
    expect(lost.give(ann, entries)).toMatchObject({ ok: true });
  });
});

describe("a member that gives back what never was", () => {
  const forged = (lost: Lost) =>
    lost.entries({ device: bob.device, header: header([], [ann, cat]) }, { device: cat.device, base: 3 });

  test("shuts nobody out: its own word confirms no removal that it gave back, in whose names ever", () => {
    const lost = new Lost();
    expect(lost.give(bob, forged(lost))).toMatchObject({ ok: true });
    lost.world.append(bob, { base: 3, head: 3 });
    for (const one of [ann, cat]) expect(lost.world.log.access.has(one.device)).toBe(true);
    expect(lost.world.commit(ann, { base: 1, head: 3 })).toMatchObject({ kind: "accepted" });
    lost.world.append(bob);
    for (const one of [ann, bob, cat]) expect(lost.world.log.access.has(one.device)).toBe(true);
  });

  test("and a true removal takes effect when somebody else builds on it, or after a day, also after a restart", () => {
    const other = new Lost();
    other.give(ann, other.entries({ device: bob.device, header: header([], [cat]) }));
    other.world.restart();
    other.world.append(ann, { base: 3, head: 3 });
    expect(other.world.log.access.has(cat.device)).toBe(true);
    other.world.append(bob, { base: 3, head: 3 });
    expect(other.world.log.access.has(cat.device)).toBe(false);
    const later = new Lost();
    later.give(ann, later.entries({ device: bob.device, header: header([], [cat]) }));
    later.world.now += 24 * HOUR;
    later.world.ripen();
    expect(later.world.log.access.has(cat.device)).toBe(false);
  });
});

describe("a relay that a backup replaced", () => {
  const folder = mkdtempSync(join(tmpdir(), "sotto-restore-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let count = 0;
  let relay: RunningRelay;
  afterEach(async () => await relay.stop());

  const start = async (data: string): Promise<void> => {
    relay = await startRelay({ config: configOf(), data });
  };
  /** The same person at the relay that runs now. */
  const back = async (person: Person): Promise<Person> => {
    const again = new Person({ ...person, place: relay });
    again.counter = person.counter + 1;
    await again.resume();
    return again;
  };
  const append = (room: RoomId, head: number): ClientBody => ({
    type: "append",
    room,
    id: someEntry(),
    head,
    base: head,
    bytes: some(50),
    continues: false,
  });
  const commitOf = (room: RoomId, head: number, adds: readonly DeviceRef[]): ClientBody => ({
    type: "commit",
    room,
    id: someEntry(),
    head,
    base: head,
    bytes: some(50),
    header: header(adds),
    welcomes: [],
    link: undefined,
    joinToken: undefined,
  });
  const read = async (person: Person, room: RoomId): Promise<readonly Entry[]> =>
    (await person.wire.get({ type: "fetch", room, from: 1, limit: 500 }, "fetched")).entries;
  const hashAfter = (room: RoomId, entries: readonly Entry[]): Uint8Array =>
    entries.reduce((hash, entry) => transcriptStep(hash, entry, sha256), transcriptStart(room, sha256));

  /** Entries 1 to 3 are in the backup, 4 and 5 came after it. */
  async function goneBack() {
    const data = join(folder, `${count++}`);
    await start(data);
    const [first, second] = [await Person.signUp(relay, "ann"), await Person.signUp(relay, "bob")];
    const room = await first.createRoom();
    await first.wire.get(commitOf(room, 0, [second.ref]), "ack");
    await second.wire.get(append(room, 1), "ack");
    await first.wire.get(append(room, 1), "ack");
    await relay.stop();
    cpSync(data, `${data}-backup`, { recursive: true });
    await start(data);
    const [one, two] = [await back(first), await back(second)];
    await one.wire.get(append(room, 1), "ack");
    await two.wire.get(append(room, 1), "ack");
    const all = await read(one, room);
    await relay.stop();
    await start(`${data}-backup`);
    return { ann: await back(one), bob: await back(two), room, all, data: `${data}-backup` };
  }

  test("has all of it again when Done comes, passes it on, and still has it after it was started again", async () => {
    const { ann, bob, room, all, data } = await goneBack();
    expect(await read(bob, room)).toEqual(all.slice(0, 3));
    const previous = hashAfter(room, all.slice(0, 3));
    const restore: ClientBody = { type: "restore", room, previous, entries: all.slice(3), link: undefined };
    expect(await ann.wire.ask(restore)).toEqual({ type: "done" });
    expect(await read(bob, room)).toEqual(all);
    await bob.wire.push("event", ({ entries }) => entries.some(({ seq }) => seq === 5));
    expect(bob.wire.entries(room)).toEqual(all.slice(3));
    // Whoever has the same to give comes too late, and nothing is written over.
    expect(await bob.wire.ask(restore)).toMatchObject({ code: "bad-request", field: "previous" });
    expect(await bob.wire.ask(append(room, 1))).toMatchObject({ type: "ack", seq: 6, previous: hashAfter(room, all) });
    await relay.stop();
    await start(data);
    expect((await read(await back(ann), room)).slice(0, 5)).toEqual(all);
  });

  test("takes parts one after the other, each on what it has then", async () => {
    const { ann, bob, room, all } = await goneBack();
    const give = (by: Person, from: number, to: number) =>
      by.wire.ask({
        type: "restore",
        room,
        previous: hashAfter(room, all.slice(0, from)),
        entries: all.slice(from, to),
        link: undefined,
      });
    expect(await give(ann, 4, 5)).toMatchObject({ code: "bad-request", field: "previous" });
    expect(await give(ann, 3, 4)).toEqual({ type: "done" });
    expect(await give(bob, 4, 5)).toEqual({ type: "done" });
    expect(await read(ann, room)).toEqual(all);
  });

  test("takes nothing back once something new came, nor what names devices that it does not know", async () => {
    const { ann, bob, room, all } = await goneBack();
    const previous = hashAfter(room, all.slice(0, 3));
    const [lost] = all.slice(3);
    const give = (entry: Partial<Entry>, before = previous): ClientBody => ({
      type: "restore",
      room,
      previous: before,
      entries: [{ ...lost!, ...entry }],
      link: undefined,
    });
    const stranger = { account: idOf.account(some(32)), device: idOf.device(some(16)) };
    expect(await ann.wire.ask(give({ device: stranger.device }))).toMatchObject({ field: "entries[0].device" });
    expect(await ann.wire.ask(give({ kind: "commit", header: header([stranger]) }))).toMatchObject({
      field: "entries[0].header.adds",
    });
    await bob.wire.get(append(room, 1), "ack");
    const [, , , fresh] = await read(ann, room);
    expect(await ann.wire.ask(give({}))).toMatchObject({ code: "bad-request", field: "previous" });
    const after = transcriptStep(previous, fresh!, sha256);
    expect(await ann.wire.ask(give({ seq: 5 }, after))).toMatchObject({ code: "not-allowed", field: "room" });
    expect(await read(ann, room)).toHaveLength(4);
  });

  test("takes nothing from who is not in the room, nor for a room that is nowhere", async () => {
    const { room, all, bob } = await goneBack();
    const eve = await Person.signUp(relay, "eve");
    const restore = { type: "restore", room, previous: some(32), entries: all.slice(3), link: undefined } as const;
    expect(await eve.wire.ask(restore)).toMatchObject({ code: "unknown-room" });
    expect(await bob.wire.ask({ ...restore, room: idOf.room(some(32)) })).toMatchObject({ code: "unknown-room" });
  });
});
