// A clock that is wrong, and put right again.
import { expect, test } from "vitest";
import { makeStarts, World } from "../src/index.ts";

test.each([
  { what: "two hours ahead", skew: 7_200_000 },
  { what: "two hours behind", skew: -7_200_000 },
])("a clock that was $what and is put right while there is no network makes nobody wait", async ({ skew }) => {
  const world = new World(1, (await makeStarts()).strangers);
  world.relay.start();
  const bob = world.get("bob");
  bob.skew = skew;
  bob.unlock();
  await world.loop.pass(5000);
  world.network.unreachable.add("bob");
  world.network.cut("bob");
  await world.loop.pass(5000);
  bob.skew = 0;
  world.network.unreachable.clear();
  // As long as it waits at most from one try to the next, and once more.
  await world.loop.pass(60_000);
  expect((await bob.must("account.status", {})).connection).toBe("online");
});
