// What members do for a room by themselves: it is tried again when it fails, ever more slowly, and never in the way.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Leaf } from "../src/group/index.ts";
import { firstToGo } from "../src/rooms/leavers.ts";
import { device } from "./harness/group-world.ts";
import { World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const tooLong = { answer: { type: "refused", code: "too-long", head: 0, retryMs: 0, field: "" } } as const;

test("a removal that the relay never takes is tried ever more slowly, and messages go on", async () => {
  const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
  const room = await world.roomOf(ann, bob, cat);
  await ann.close();
  world.relay.taps.push((frame) => (frame.way === "up" && frame.body.type === "commit" ? tooLong : undefined));
  const before = world.sent("bob", "commit").length;
  await cat.must("room.leave", { roomId: room });
  await world.pass(3_600_000);
  const tries = world.sent("bob", "commit").length - before;
  expect(tries).toBeGreaterThan(3);
  expect(tries).toBeLessThan(15);
  const saying = bob.ask("message.send", { roomId: room, text: "still here" });
  await world.pass(1000);
  expect(saying.outcome?.ok).toBe(true);
  world.relay.taps = [];
  await world.pass(3_600_000);
  expect(bob.view(room)?.members).toEqual(["ann", "bob"]);
});

describe("of more devices than one commit takes out", () => {
  const leaf = (name: string, one: number): Leaf => {
    const { publicKey, ...identity } = device(name, one);
    return { ...identity, index: one, signatureKey: publicKey, encryptionKey: publicKey };
  };
  const going = [1, 2, 3, 4, 5].map((one) => leaf("cat", one));
  const word = { device: going[1]?.device ?? ("" as never), signature: new Uint8Array(64) };

  test("those whose word proves that all go come last", () => {
    const first = firstToGo(going, [word], 3);
    expect(first).toHaveLength(3);
    expect(first).not.toContain(going[1]);
    const rest = going.filter((one) => !first.includes(one));
    expect(firstToGo(rest, [word], 3)).toContain(going[1]);
  });

  test("all go at once where they fit", () => {
    expect(new Set(firstToGo(going, [word], 5))).toEqual(new Set(going));
  });
});
