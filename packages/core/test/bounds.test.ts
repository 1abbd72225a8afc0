/** What a relay may make a device wait and hold. */
import { EMPTY, type EntryId, type RoomId } from "@sotto/wire";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fitting } from "../src/bounds.ts";
import type { Verdict } from "./harness/fake-relay.ts";
import { World } from "./harness/world.ts";

const size = (length: number): number => length;

describe("what is pushed", () => {
  test.each([
    { name: "fits where nothing waits", waiting: [], pushed: [1, 2, 3], held: 3 },
    { name: "is left out behind 2000 that wait", waiting: Array(2000).fill(1), pushed: [1], held: 0 },
    { name: "fits in part behind 1998 that wait", waiting: Array(1998).fill(1), pushed: [1, 1, 1], held: 2 },
    { name: "fits up to 16 MiB", waiting: [8 << 20], pushed: [4 << 20, 4 << 20, 1], held: 2 },
    { name: "is left out from the first that does not fit", waiting: [16 << 20], pushed: [1, 0, 0], held: 0 },
  ])("$name", ({ waiting, pushed, held }) => {
    expect(fitting<number>(waiting, pushed, size)).toEqual(pushed.slice(0, held));
  });
});

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

/** Refuses what somebody sends of that type with the longest wait that a frame can say, once. */
function stall(who: string, type: string): void {
  let isDone = false;
  world.relay.taps.push((frame): Verdict => {
    if (isDone || frame.who !== who || frame.way !== "up" || frame.body.type !== type) return undefined;
    isDone = true;
    return { answer: { type: "refused", code: "rate-limited", head: 0, retryMs: 0xffff_ffff, field: "" } };
  });
}

test("a message that a relay wants to wait for 49 days goes again within a minute", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = await world.roomOf(ann, bob);
  stall("ann", "append");
  ann.ask("message.send", { roomId: room, text: "soon" });
  await world.pass(61_000);
  expect(await bob.heard(room)).toContain("ann: soon");
});

test.each([
  ["group-info-get", "a join"],
  ["commit", "a join's commit"],
])("%s that is to wait for 49 days is asked for again within a minute: %s", async (type) => {
  const [ann, cat] = await world.persons("ann", "cat");
  const room = await world.roomOf(ann);
  const { link } = await ann.must("room.link", { roomId: room });
  stall("cat", type);
  const asked = cat.ask("room.join", { link });
  await world.pass(61_000);
  expect(asked.outcome).toMatchObject({ ok: true });
});

test("somebody is added although the relay wants the claim to wait for 49 days", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = await world.roomOf(ann);
  stall("ann", "key-packages-claim");
  const asked = ann.ask("room.add", { roomId: room, username: "bob" });
  await world.pass(61_000);
  expect(asked.outcome).toMatchObject({ ok: true });
  expect(await bob.must("room.list", {})).toHaveLength(1);
});

test("while a device waits for a chain it holds 16 MiB of what is pushed, and asks for the rest afterwards", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = (await world.roomOf(ann, bob)) as RoomId;
  const { link } = await ann.must("room.link", { roomId: room });
  let isHeld = true;
  world.relay.taps.push((frame): Verdict => {
    if (!isHeld || frame.who !== "bob" || frame.way !== "up" || frame.body.type !== "chain-get") return undefined;
    return { answer: { type: "refused", code: "internal", head: 0, retryMs: 0, field: "" } };
  });
  const cat = await world.person("cat");
  await cat.must("room.join", { link });
  await world.pass(500);
  const joined = 1 + (bob.room(room)?.seq ?? 0);
  const device = cat.me.device;
  for (let seq = joined + 1; seq <= joined + 40; seq++) {
    const id = seq.toString(16).padStart(32, "0") as EntryId;
    const bytes = new Uint8Array(512 * 1024);
    const entry = { seq, kind: "message", device, id, base: joined, header: EMPTY, bytes } as const;
    world.relay.push("bob", { type: "event", room, entries: [entry] });
  }
  await world.pass(500);
  isHeld = false;
  await world.pass(10_000);
  // The commit that waits for the chain has some bytes of the 16 MiB, so one of the 32 does not fit.
  expect(bob.room(room)?.seq).toBe(joined + 31);
  const asked = world.sent("bob", "fetch").map(({ body }) => (body.type === "fetch" ? body.from : 0));
  expect(asked).toContain(joined + 32);
});
