// What a device must not have any more once it is of no use: to whoever takes it, it would be.
import type { RoomId } from "@sotto/wire";
import { afterEach, beforeEach, expect, test } from "vitest";
import { groupEpoch } from "../src/group/index.ts";
import { World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

test("the private half of a key package is gone from the vault with the Welcome that it opened", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const kept = () => [...bob.disk.records.keys()].filter((key) => key.startsWith("key-package/")).sort();
  const before = kept();
  const room = await world.roomOf(ann);
  await ann.must("room.add", { roomId: room, username: "bob" });
  await world.pass(1000);
  expect(bob.room(room)?.status).toBe("member");
  expect(before.filter((key) => !kept().includes(key))).toHaveLength(1);
});

test("a link that was renewed is given by nobody any more, though the new one was not heard of yet", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = await world.roomOf(ann, bob);
  // Ann makes a new link and says it to nobody.
  world.relay.taps.push(({ who, way, body }) =>
    who === "ann" && way === "up" && body.type === "append" ? "drop" : undefined,
  );
  await ann.must("room.link", { roomId: room, renew: true });
  await world.pass(1000);
  expect(bob.view(room)).toEqual(ann.view(room));
  expect(bob.room(room)?.secret).toBeUndefined();
});

test("keys are renewed by an empty commit before the next message after seven days, and no sooner", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = (await world.roomOf(ann, bob)) as RoomId;
  const epoch = () => {
    const group = bob.group(room);
    return group && groupEpoch(group);
  };
  await ann.say(room, "one");
  await world.pass(1000);
  const first = epoch();
  world.clock.set(world.clock.now() + 6 * 86_400_000);
  await ann.say(room, "after six days");
  await world.pass(1000);
  expect(epoch()).toBe(first);
  world.clock.set(world.clock.now() + 2 * 86_400_000);
  await ann.say(room, "after eight");
  await world.pass(1000);
  expect(epoch()).toBe((first ?? 0n) + 1n);
  expect(await bob.heard(room)).toEqual(["ann: one", "ann: after six days", "ann: after eight"]);
});

test("the secrets of an epoch that is over are overwritten in memory, too", async () => {
  /** Everything that was expanded, by length and label, as the program holds it. */
  const expanded: { readonly label: string; readonly bytes: Uint8Array }[] = [];
  world.crypto = (crypto) => ({
    ...crypto,
    hkdfExpand: (key, info, length) => {
      const bytes = crypto.hkdfExpand(key, info, length);
      expanded.push({ label: Buffer.from(info).toString("latin1"), bytes });
      return bytes;
    },
  });
  const [ann, bob] = await world.persons("ann", "bob");
  const room = await world.roomOf(ann, bob);
  expanded.length = 0;
  await ann.must("room.link", { roomId: room, renew: true });
  await world.pass(1000);
  const secrets = expanded.filter(({ label }) => /MLS 1\.0 (init|sender data|exporter|membership)/.test(label));
  expect(secrets.length).toBeGreaterThan(4);
  const isWiped = ({ bytes }: { readonly bytes: Uint8Array }) => bytes.every((byte) => byte === 0);
  expect(secrets.some(isWiped)).toBe(false);
  await ann.must("room.link", { roomId: room, renew: true });
  await world.pass(1000);
  expect(secrets.filter((secret) => !isWiped(secret)).map(({ label }) => label)).toEqual([]);
});
