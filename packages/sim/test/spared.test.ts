// Key packages under the relay's own paces, which other worlds do without: from who claims often it spares them.
import { idOf } from "@sotto/wire";
import { expect, test } from "vitest";
import { makeStarts, World } from "../src/world.ts";

const TIMES = 24;

test("who is added by one person again and again keeps few key packages, and is let in each time", {
  timeout: 120_000,
}, async () => {
  const world = new World(1, (await makeStarts()).strangers);
  world.relay.pace(5);
  world.relay.start();
  const [ann, bob, cat] = [world.get("ann"), world.get("bob"), world.get("cat")];
  for (const device of [ann, bob, cat]) device.unlock();
  await world.loop.pass(3000);
  const [first] = await bob.must("device.list", {});
  if (first === undefined) throw new Error("bob has a device");
  const addedBy = async (by: typeof ann): Promise<number> => {
    const { roomId } = await by.must("room.create", { name: "one more" });
    await by.must("room.add", { roomId, username: "bob" });
    await world.loop.pass(11 * 60_000);
    return world.relay.tables.countKeyPackages(idOf.device(Buffer.from(first.deviceId, "hex")));
  };
  const left: number[] = [];
  for (let count = 0; count < TIMES; count++) left.push(await addedBy(ann));
  left.push(await addedBy(cat));
  expect(Math.max(...left)).toBeLessThanOrEqual(20);
  expect(Math.min(...left)).toBeGreaterThanOrEqual(9);
  expect(await bob.must("room.list", {})).toHaveLength(TIMES + 1);
  // What was spared was told, and the last resort replaced each time.
  const warnings = bob.updates.flatMap((update) => (update.type === "warning" ? [update.code] : []));
  expect(new Set(warnings)).toEqual(new Set(["last-resort-used"]));
});
