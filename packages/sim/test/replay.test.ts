// A seed is a world, to the byte: in this thread, in another one, and without a part of its moves.
import { Worker } from "node:worker_threads";
import { beforeAll, expect, test } from "vitest";
import { makeStarts, play, type Starts, shrink } from "../src/index.ts";

let starts: Starts;
beforeAll(async () => {
  starts = await makeStarts();
});

test("the same seed gives the same world, byte for byte, and another one another", async () => {
  const first = await play(starts, 42);
  expect(await play(starts, 42)).toEqual(first);
  expect(await play(await makeStarts(), 42)).toEqual(first);
  expect((await play(starts, 43)).digest).not.toBe(first.digest);
});

test("and so it does in another thread", { timeout: 30_000 }, async () => {
  const worker = new Worker(new URL("digest-worker.ts", import.meta.url), { workerData: 44 });
  const digest = await new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  expect(digest).toBe((await play(starts, 44)).digest);
});

test("a world shrinks to the moves that its failure needs", { timeout: 60_000 }, async () => {
  const broken = {
    arrange: (world: Parameters<NonNullable<Parameters<typeof play>[2]>["arrange"] & {}>[0]) => {
      world.relay.loses = 6;
    },
  };
  for (let seed = 1; seed < 30; seed++) {
    const failed = await play(starts, seed, broken);
    if (failed.faults.length === 0) continue;
    const only = await shrink(starts, seed, failed, broken);
    expect(only.length).toBeLessThan(failed.moves);
    const small = await play(starts, seed, { ...broken, only });
    expect(small.faults[0]?.split(":")[0]).toBe(failed.faults[0]?.split(":")[0]);
    return;
  }
  expect.unreachable("no world failed");
});
