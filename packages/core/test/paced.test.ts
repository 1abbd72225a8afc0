/** A relay that says "too fast" to what is no message: the wait is kept, and nothing that was asked for is lost. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Passing } from "./harness/fake-relay.ts";
import { World } from "./harness/world.ts";

const WAIT_MS = 7000;

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

/** Refuses the first `times` frames of that type of somebody. @returns when each came, the refused ones too. */
function slowDown(who: string, type: string, times = 2): { readonly at: number; readonly bytes: string }[] {
  const came: { at: number; bytes: string }[] = [];
  world.relay.taps.push((frame: Passing) => {
    if (frame.who !== who || frame.way !== "up" || frame.body.type !== type) return undefined;
    came.push({ at: world.clock.now(), bytes: "bytes" in frame.body ? String(frame.body.bytes) : "" });
    if (came.length > times) return undefined;
    return { answer: { type: "refused", code: "rate-limited", head: 0, retryMs: WAIT_MS, field: "" } };
  });
  return came;
}

function keptTheWait(came: readonly { readonly at: number }[]): void {
  expect(came).toHaveLength(3);
  for (const [index, { at }] of came.entries()) {
    if (index > 0) expect(at - (came[index - 1]?.at ?? 0)).toBeGreaterThanOrEqual(WAIT_MS);
  }
}

test("a commit that is too fast goes again after the wait, as the same bytes", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = await world.roomOf(ann, bob);
  const came = slowDown("ann", "commit");
  const asked = ann.ask("room.link", { roomId: room, renew: true });
  await world.pass(4 * WAIT_MS);
  keptTheWait(came);
  expect(new Set(came.map(({ bytes }) => bytes)).size).toBe(1);
  expect(asked.outcome?.ok).toBe(true);
  expect(await bob.must("room.link", { roomId: room })).toEqual(await ann.must("room.link", { roomId: room }));
});

test.each(["group-info-get", "commit"])("a join is made when %s was too fast", async (type) => {
  const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
  const room = await world.roomOf(ann, bob);
  const { link } = await ann.must("room.link", { roomId: room });
  const came = slowDown("cat", type);
  const asked = cat.ask("room.join", { link });
  await world.pass(4 * WAIT_MS);
  keptTheWait(came);
  expect(asked.outcome).toMatchObject({ ok: true, value: { roomId: room } });
  await cat.say(room, "here I am");
  await world.pass(1000);
  expect(await ann.heard(room)).toContain("cat: here I am");
});

test("a room is made when that was too fast", async () => {
  const [ann] = await world.persons("ann");
  const came = slowDown("ann", "room-create");
  const asked = ann.ask("room.create", { name: "den" });
  await world.pass(4 * WAIT_MS);
  keptTheWait(came);
  expect(asked.outcome?.ok).toBe(true);
  expect(await ann.must("room.list", {})).toMatchObject([{ name: "den" }]);
});

test.each(["key-packages-claim", "room-create", "chain-get"])(
  "a first direct message arrives when %s was too fast, and nobody is told that the other side left no keys",
  async (type) => {
    const [ann, bob] = await world.persons("ann", "bob");
    const { roomId: room } = await ann.must("direct.open", { username: "bob" });
    const came = slowDown("ann", type);
    ann.ask("message.send", { roomId: room, text: "psst" });
    await world.pass(6 * WAIT_MS);
    expect(came.length).toBeGreaterThanOrEqual(3);
    expect(await bob.heard(room)).toEqual(["ann: psst"]);
    expect(ann.updates.filter(({ type }) => type === "notice")).toEqual([]);
  },
);

test("somebody is added to a room when the claim of their keys was too fast", async () => {
  const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
  const room = await world.roomOf(ann, bob);
  const came = slowDown("ann", "key-packages-claim");
  const asked = ann.ask("room.add", { roomId: room, username: "cat" });
  await world.pass(4 * WAIT_MS);
  keptTheWait(came);
  expect(asked.outcome?.ok).toBe(true);
  await cat.say(room, "thanks");
  await world.pass(1000);
  expect(await ann.heard(room)).toContain("cat: thanks");
});
