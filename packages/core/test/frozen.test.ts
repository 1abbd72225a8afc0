// A profile that a copy of it, or a revocation, has frozen: its history stays, and the way back is a new device.
import { afterEach, beforeEach, expect, test } from "vitest";
import { PASSWORD, Person, World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const SENDS = [
  ["message.send", { text: "no" }],
  ["room.create", { name: "den" }],
  ["room.link", {}],
  ["room.leave", {}],
  ["room.add", { username: "bob" }],
  ["users.list", {}],
  ["direct.open", { username: "bob" }],
  ["contact.verify", { username: "bob" }],
  ["device.revoke", { deviceId: "00".repeat(16) }],
  ["account.changePassword", { old: PASSWORD, new: "another long password" }],
  ["account.rotateRecovery", { phrase: "" }],
] as const;

test("a copied profile reads its history without a connection, and refuses everything else with its code", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = await world.roomOf(ann, bob);
  await bob.say(room, "before");
  await ann.close();
  const copy = new Person(world, "copy", ann.disk.copy());
  world.people.set("copy", copy);
  await copy.unlock();
  await copy.close();
  await bob.close();
  // The copy was there first: the counter of this one was used.
  await ann.unlock();
  await world.pass(1000);
  for (let round = 0; round < 2; round++) {
    const resumes = world.sent("ann", "resume").length;
    await world.pass(120_000);
    expect(world.sent("ann", "resume")).toHaveLength(resumes);
    expect(await ann.heard(room)).toEqual(["bob: before"]);
    expect(await ann.must("room.list", {})).toHaveLength(1);
    expect(await ann.must("message.search", { query: "before" })).toHaveLength(1);
    for (const [method, params] of round === 0 ? SENDS : SENDS.slice(0, 1)) {
      expect([method, await ann.code(method, { roomId: room, ...params } as never)]).toEqual([
        method,
        "profile-copied",
      ]);
    }
    const before = world.sent("ann", "hello").length;
    await ann.restart();
    expect(world.sent("ann", "hello")).toHaveLength(before);
  }
  const words = await ann.result("message.send", { roomId: room, text: "no" });
  expect(words).toMatchObject({ ok: false, error: { message: expect.stringContaining("in a new profile") } });
  // The way back.
  const tab = await world.device("tab", ann);
  expect(world.relay.isOnline("tab")).toBe(true);
  expect(await tab.code("users.list", {})).toBe("done");
});
