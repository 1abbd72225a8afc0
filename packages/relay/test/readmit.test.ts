/** A device that asks the members of a room to let it in, over real sockets; and how often it may, with a clock of ours. */
import { type ClientBody, type DeviceRef, encodeHeader, type RoomId, toHex } from "@sotto/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningRelay } from "../src/index.ts";
import { Asks } from "../src/room/asks.ts";
import { Person, some, someEntry, someRoom } from "./client.ts";
import { device, LogWorld } from "./log-world.ts";
import { running } from "./running.ts";

let relay: RunningRelay;
beforeAll(async () => {
  relay = await running();
});
afterAll(async () => await relay.stop());

let people = 0;
const signUp = async (): Promise<Person> => await Person.signUp(relay, `person${people++}`);

const commit = (
  room: RoomId,
  head: number,
  adds: readonly DeviceRef[],
  removes: readonly DeviceRef[] = [],
): ClientBody => ({
  type: "commit",
  room,
  id: someEntry(),
  head,
  base: head,
  bytes: some(9),
  header: encodeHeader({ adds, removes }),
  welcomes: [],
  link: undefined,
  joinToken: undefined,
});

const inboxOf = async (person: Person) =>
  (await person.wire.get({ type: "inbox-fetch", from: 1 }, "inbox-fetched")).entries;

describe("asking to be let in", () => {
  test("goes to every other device in the room with the word as it was, once though it is brought in anew", async () => {
    const [ann, bob, eve] = [await signUp(), await signUp(), await signUp()];
    const room = await ann.createRoom();
    await ann.wire.get(commit(room, 0, [bob.ref]), "ack");
    const signature = some(64);
    expect(await bob.wire.ask({ type: "readmit", room, signature })).toEqual({ type: "done" });
    const asked = { kind: "readmit", room, who: bob.ref, signature };
    expect(await ann.wire.push("inbox-event")).toEqual({ type: "inbox-event", entry: { number: 1, ...asked } });
    expect(await bob.wire.ask({ type: "readmit", room, signature: some(64) })).toEqual({ type: "done" });
    expect(await inboxOf(ann)).toEqual([{ number: 1, ...asked }]);
    expect(await inboxOf(bob)).toEqual([]);
    expect(await inboxOf(eve)).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 260));
    await ann.wire.get(commit(room, 1, [bob.ref], [bob.ref]), "ack");
    expect(await bob.wire.ask({ type: "readmit", room, signature })).toEqual({ type: "done" });
    expect(await inboxOf(ann)).toHaveLength(1);
  });

  test("who has no device there hears of no room, as for one that is nowhere", async () => {
    const [ann, eve] = [await signUp(), await signUp()];
    const room = await ann.createRoom();
    for (const one of [room, someRoom()]) {
      expect(await eve.wire.ask({ type: "readmit", room: one, signature: some(64) })).toMatchObject({
        code: "unknown-room",
      });
    }
    expect(await inboxOf(ann)).toEqual([]);
  });

  test("at the same time counts once", async () => {
    const [ann, bob] = [await signUp(), await signUp()];
    const room = await ann.createRoom();
    await ann.wire.get(commit(room, 0, [bob.ref]), "ack");
    const asks = Array.from({ length: 10 }, () => bob.wire.ask({ type: "readmit", room, signature: some(64) }));
    for (const answer of await Promise.all(asks)) expect(answer).toEqual({ type: "done" });
    expect(await inboxOf(ann)).toHaveLength(1);
  });
});

describe("an open ask", () => {
  const ann = device("ann");
  const bob = device("bob");

  test("is over after ten minutes, or when the clock was set back", () => {
    const { log, now } = new LogWorld(ann);
    const asks = new Asks();
    expect(asks.open(log, bob.device, now)).toBe(true);
    expect(asks.open(log, bob.device, now + 599_999)).toBe(false);
    expect(asks.open(log, bob.device, now + 600_000)).toBe(true);
    expect(asks.open(log, bob.device, now)).toBe(true);
  });

  test("of who was not inside is over after a minute when a later commit adds the device, and not by another's", () => {
    const world = new LogWorld(ann);
    const asks = new Asks();
    world.commit(ann);
    const since = world.now;
    expect(asks.open(world.log, bob.device, since)).toBe(true);
    world.commit(ann, { adds: [device("cat")] });
    expect(asks.open(world.log, bob.device, since + 60_000)).toBe(false);
    world.commit(ann, { adds: [bob] });
    expect(asks.open(world.log, bob.device, since + 59_999)).toBe(false);
    expect(asks.open(world.log, bob.device, since + 60_000)).toBe(true);
  });

  test("of who was inside is not over when a member takes it out and in again, or two could fill all inboxes", () => {
    const world = new LogWorld(ann);
    const asks = new Asks();
    world.commit(ann, { adds: [bob] });
    const since = world.now;
    expect(asks.open(world.log, bob.device, since)).toBe(true);
    world.commit(ann, { adds: [bob], removes: [bob] });
    expect(asks.open(world.log, bob.device, since + 599_999)).toBe(false);
    expect(asks.open(world.log, bob.device, since + 600_000)).toBe(true);
  });

  test("is one device's in one room: others may ask, and one that nobody was told of may be made again", () => {
    const { log, now } = new LogWorld(ann);
    const other = new LogWorld(device("dan"));
    const asks = new Asks();
    expect([asks.open(log, bob.device, now), asks.open(log, ann.device, now)]).toEqual([true, true]);
    expect(asks.open(other.log, bob.device, now)).toBe(true);
    asks.drop(log.id, bob.device);
    expect(asks.open(log, bob.device, now)).toBe(true);
    expect(asks.open(other.log, bob.device, now)).toBe(false);
  });

  test("of thousands only those that are over are swept out", () => {
    const { log, now } = new LogWorld(ann);
    const asks = new Asks();
    for (let index = 0; index < 10_000; index++) asks.open(log, toHex(some(16)) as never, now);
    expect(asks.open(log, bob.device, now + 1)).toBe(true);
    expect(asks.open(log, bob.device, now + 2)).toBe(false);
    expect(asks.open(log, ann.device, now + 600_000)).toBe(true);
    expect(asks.open(log, bob.device, now + 600_000)).toBe(false);
  });
});
