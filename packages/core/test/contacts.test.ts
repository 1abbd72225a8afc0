// Safety words and what was verified by them.
import { afterEach, beforeEach, expect, test } from "vitest";
import { World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

test("both sides see the same twelve words, made once and kept over restarts", async () => {
  const [ann, bob, cat] = await world.persons("ann", "bob", "cat");
  const { words, verified } = await ann.must("contact.safetyWords", { username: "Bob" });
  expect(words.split(" ")).toHaveLength(12);
  expect(verified).toBe(false);
  expect(await bob.must("contact.safetyWords", { username: "ann" })).toEqual({ words, verified });
  expect((await cat.must("contact.safetyWords", { username: "ann" })).words).not.toBe(words);
  await ann.restart();
  world.relay.cut("ann");
  expect((await ann.must("contact.safetyWords", { username: "bob" })).words).toBe(words);
  expect(ann.stretched).toBe(1);
});

test("a name that was never seen is looked up, and offline there is nobody to ask", async () => {
  const [ann] = await world.persons("ann", "bob");
  expect(await ann.code("contact.safetyWords", { username: "nobody" })).toBe("unknown-user");
  expect(await ann.code("contact.safetyWords", { username: "ann" })).toBe("bad-request");
  world.relay.taps.push(({ who, way, body }) =>
    who === "ann" && way === "up" && body.type === "hello" ? "cut" : undefined,
  );
  world.relay.cut("ann");
  await world.settle();
  expect(await ann.code("contact.safetyWords", { username: "bob" })).toBe("offline");
});

test("who was verified stays so over restarts and for their next device, and is told so", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = await world.roomOf(ann, bob);
  await bob.must("contact.verify", { username: "ann" });
  await bob.restart();
  await world.device("tab", ann);
  await world.settle();
  await ann.say(room, "I have a new one");
  await world.pass(5000);
  expect(bob.notices()).toEqual([
    "ann's account was recovered with the recovery phrase: a device was added; you verified ann, which stays, as it is of the account and all its devices",
  ]);
  expect((await bob.must("contact.safetyWords", { username: "ann" })).verified).toBe(true);
  expect((await ann.must("contact.safetyWords", { username: "bob" })).verified).toBe(false);
});

test("another account under a verified name is not verified, also once the person agreed to it", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  await bob.must("direct.open", { username: "ann" });
  await bob.must("contact.verify", { username: "ann" });
  const { words } = await bob.must("contact.safetyWords", { username: "ann" });
  const first = ann.me.account;
  // The relay gives the name to somebody else.
  world.relay.accounts.delete(first);
  const other = world.newcomer("another", ann);
  await other.signUp();
  await world.settle();
  const { roomId } = await other.must("room.create", { name: "trap" });
  await other.must("room.add", { roomId, username: "bob" });
  await world.pass(2000);
  expect(bob.warnings()).toContain("identity-changed");
  expect(await bob.must("contact.safetyWords", { username: "ann" })).toEqual({ words, verified: true });
  await bob.must("warning.accept", { code: "identity-changed", username: "ann" });
  const after = await bob.must("contact.safetyWords", { username: "ann" });
  expect(after.verified).toBe(false);
  expect(after.words).not.toBe(words);
});

test("an account in doubt can be compared, which is what the doubt asks for", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  const room = await world.roomOf(ann, bob);
  const [entry] = world.relay.accounts.get(ann.me.account)?.entries ?? [];
  await world.device("tab", ann);
  await world.settle();
  await ann.say(room, "hello");
  await world.pass(5000);
  world.relay.taps.push(({ who, request, body }) =>
    who === "bob" && body.type === "chains" && entry !== undefined
      ? { instead: [{ request, body: { ...body, chains: body.chains.map((one) => ({ ...one, entries: [entry] })) } }] }
      : undefined,
  );
  const { roomId } = await bob.must("room.create", { name: "den" });
  await bob.code("room.add", { roomId, username: "ann" });
  expect(bob.warnings()).toEqual(["chain-withheld"]);
  expect(await bob.code("direct.open", { username: "ann" })).toBe("identity-changed");
  expect(await bob.code("contact.safetyWords", { username: "ann" })).toBe("done");
});
