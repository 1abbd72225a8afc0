/** `npm run sim -- --model`: the whole first model, every pair of commits in every order. */
import { Worker } from "node:worker_threads";
import { wholeModel } from "./model.ts";
import type { PlayedModel } from "./model-worker.ts";

/** @returns how many orders failed. */
export async function runModel(jobs: number): Promise<number> {
  const startedAt = performance.now();
  const { length } = wholeModel();
  let [next, done, orders, failed] = [0, 0, 0, 0];
  const note = (played: PlayedModel): void => {
    done++;
    orders += played.orders;
    failed += played.failed.length;
    for (const { model, order, faults } of played.failed)
      process.stdout.write(`${model.honest} honest, ${model.paceMs} ms: ${order.join(", ")}\nFAULT ${faults[0]}\n`);
    process.stderr.write(`${done} of ${length} pairs, ${orders} orders, ${failed} failed\n`);
  };
  const work = (): Promise<void> => {
    const worker = new Worker(new URL("./model-worker.ts", import.meta.url));
    return new Promise((resolve, reject) => {
      const deal = (): void => {
        if (next < length) worker.postMessage(next++);
        else void worker.terminate().then(() => resolve());
      };
      worker.on("message", (played: PlayedModel) => {
        note(played);
        deal();
      });
      worker.on("error", reject);
      deal();
    });
  };
  await Promise.all(Array.from({ length: jobs }, work));
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  process.stdout.write(`${orders} orders of ${length} models in ${seconds} s, ${failed} failed\n`);
  return failed;
}
