/** What stands for disk and relay in these tests is as slow as the real thing: one that answers at once hides a missing await. */
import { expect, test } from "vitest";
import { Disk, FakeVault } from "./harness/disk.ts";
import { RELAY_ID } from "./harness/fake-relay.ts";
import { World } from "./harness/world.ts";

/** Whether it is still under way after a few turns of the queue of promises. */
async function isLater(work: Promise<unknown>): Promise<boolean> {
  let done = false;
  const ended = work.then(() => {
    done = true;
  });
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  const later = !done;
  await ended;
  return later;
}

test("the disk opens, commits and reads on a later tick", async () => {
  const disk = new Disk();
  const vault = new FakeVault(disk);
  expect(await isLater(vault.create("a password"))).toBe(true);
  const store = await vault.unlock("a password");
  const change = { type: "put", key: "a", value: new Uint8Array(1) } as const;
  let applied = disk.commits;
  const committing = store.commit([change]);
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  expect(disk.commits).toBe(applied);
  await committing;
  applied++;
  expect(disk.commits).toBe(applied);
  expect(await isLater(store.load())).toBe(true);
});

test("the relay opens a connection on a later tick", async () => {
  const { relay } = new World();
  const events: string[] = [];
  const connection = relay
    .transport("ann")
    .dial({ host: "relay.test", port: 7878, pin: RELAY_ID, relay: undefined }, ({ type }) => events.push(type));
  expect(events).toEqual([]);
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  expect(events).toEqual([]);
  while (events.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(events).toEqual(["opened"]);
  connection.close();
});
