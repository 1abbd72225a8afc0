// A relay that wants to be taken for another one, to do away with rooms, or to keep people from them.
import { afterEach, beforeEach, expect, test } from "vitest";
import { RELAY_ID } from "./harness/fake-relay.ts";
import { PASSWORD, Person, World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

/** Somebody who came by a link without a key, to a relay that the system vouches for. */
async function bySystem(): Promise<Person> {
  world.relay.shown = { pin: new Uint8Array(32).fill(9), trust: "system" };
  const ann = new Person(world, "ann");
  world.people.set("ann", ann);
  ann.open();
  await ann.must("account.signUp", { link: "sotto://relay.test:7878/", username: "ann", password: PASSWORD });
  await ann.must("account.confirmOtp", { code: "123456" });
  await world.settle();
  expect(ann.me.pin).toBeUndefined();
  return ann;
}

test("a device without a pin greets nobody whom neither the system nor the relay's id vouches for", async () => {
  const ann = await bySystem();
  world.relay.shown = { pin: new Uint8Array(32).fill(66), trust: "first-use" };
  world.relay.seen.length = 0;
  world.relay.cut("ann");
  await world.pass(29_000);
  expect(world.relay.seen).toEqual([]);
  expect(ann.notices()).toEqual(["the relay shows another key than the one that is known; nothing was sent"]);

  world.relay.shown = { pin: new Uint8Array(32).fill(8), trust: "system" };
  await world.pass(31_000);
  expect(world.relay.isOnline("ann")).toBe(true);
});

test("a device without a pin greets who shows the root that the relay's id is made of", async () => {
  await bySystem();
  world.relay.shown = { pin: RELAY_ID, trust: "first-use" };
  world.relay.cut("ann");
  await world.pass(2000);
  expect(world.relay.isOnline("ann")).toBe(true);
});
