/** One target in a thread of its own. The input under way stands in memory that the main thread sees. */
import { parentPort, workerData } from "node:worker_threads";
import { run } from "./loop.ts";
import { sayOf } from "./shrink.ts";
import { targetNamed } from "./targets.ts";

/** The longest input of any target, and more. */
export const INPUT_BYTES_MAX = 5 * 1024 * 1024;

/** What a thread says when it is done. */
export interface Said {
  readonly type: "report";
  readonly inputs: number;
  readonly seconds: number;
  readonly outcomes: number;
  readonly slowestMs: number;
  readonly largestBytes: number;
  readonly finding: { readonly error: string; readonly input: Uint8Array; readonly mayShrink: true } | undefined;
}

interface Order {
  readonly target: string;
  readonly seconds: number;
  readonly seed: number;
  readonly shared: SharedArrayBuffer;
}

if (parentPort !== null) parentPort.postMessage(await work(workerData));

async function work({ target, seconds, seed, shared }: Order): Promise<Said> {
  const [marks, bytes] = [new Uint32Array(shared), new Uint8Array(shared, 8)];
  let until = Number.POSITIVE_INFINITY;
  const report = await run(targetNamed(target), {
    seed,
    goesOn: (inputs) => {
      // Making ready is not counted.
      if (inputs === 0) until = performance.now() + seconds * 1000;
      return performance.now() < until;
    },
    watch: (input) => {
      bytes.set(input);
      Atomics.store(marks, 1, input.length);
      Atomics.add(marks, 0, 1);
    },
  });
  const { inputs, outcomes, slowest, largestBytes, finding } = report;
  return {
    type: "report",
    inputs,
    seconds: report.seconds,
    outcomes: outcomes.size,
    slowestMs: slowest.ms,
    largestBytes,
    finding: finding && { error: sayOf(finding.error), input: finding.input, mayShrink: true },
  };
}
