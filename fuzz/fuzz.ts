/**
 * `npm run fuzz -- [--seconds N] [--seed S] [--target NAME] [--list]`: every parser of bytes from outside in turn, each
 * for its share of the time. `--target NAME --replay FILE` tries one input.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Worker } from "node:worker_threads";
import { options } from "../scripts/options.ts";
import { fingerprint } from "./corpus.ts";
import { attempt } from "./loop.ts";
import { sayOf, shrink } from "./shrink.ts";
import type { Target } from "./target.ts";
import { TARGETS, targetNamed } from "./targets.ts";
import { INPUT_BYTES_MAX, type Said } from "./worker.ts";

const USAGE = `
npm run fuzz -- [--seconds N] [--seed S] [--target NAME] [--list]
npm run fuzz -- --target NAME --replay FILE

Changed inputs for every parser of bytes from outside.

  --seconds N    in all (60)
  --seed S       the same seed is the same run
  --target NAME  this one alone
  --replay FILE  one input, as it was kept with a finding
  --list         the targets

Ends with 0 when nothing was found, else with 1.`;

const values = options(USAGE, {
  seconds: { type: "string", default: "60" },
  seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
  target: { type: "string" },
  replay: { type: "string" },
  list: { type: "boolean", default: false },
});

/** An input that takes more of the processor is taken for one that does not come to an end. */
const HANGS_AFTER_CPU_MS = 60_000;
/** And one that waits so long for something: at low priority on a busy machine a second of work took three minutes. */
const HANGS_AFTER_MS = 1_800_000;
const LOOK_EVERY_MS = 250;
const HEAP_MB = 1024;

const targets = values.target === undefined ? TARGETS : [targetNamed(values.target)];
if (values.list) for (const { name, about } of TARGETS) process.stdout.write(`${name.padEnd(24)} ${about}\n`);
else if (values.replay !== undefined) await replay(targets, values.replay);
else await fuzz(targets, Number(values.seconds), Number(values.seed));

async function replay([target]: readonly Target[], file: string): Promise<void> {
  if (target === undefined || values.target === undefined) throw new Error("--replay needs --target NAME");
  const trial = await target.open();
  const tried = await attempt(trial, new Uint8Array(readFileSync(file)));
  await trial.close?.();
  process.stdout.write(`${target.name}: ${tried.ok ? tried.outcome : "BROKEN"} in ${tried.ms.toFixed(1)} ms\n`);
  if (tried.ok) return;
  process.stdout.write(`${tried.error instanceof Error ? tried.error.stack : String(tried.error)}\n`);
  process.exitCode = 1;
}

async function fuzz(all: readonly Target[], seconds: number, seed: number): Promise<void> {
  process.stdout.write(`seed ${seed}, ${(seconds / all.length).toFixed(1)} s for each of ${all.length} targets\n\n`);
  process.stdout.write("target                      inputs   per s  outcomes  slowest ms  memory MB\n");
  let inputs = 0;
  for (const target of all) {
    const said = await inWorker(target, seconds / all.length, seed);
    if (said.type === "report") {
      inputs += said.inputs;
      process.stdout.write(`${rowOf(target, said)}\n`);
    }
    const finding = said.type === "report" ? said.finding : said;
    if (finding === undefined) continue;
    process.exitCode = 1;
    process.stdout.write(`${target.name}: ${finding.error}\n`);
    const input = finding.mayShrink ? await shrink(target, finding.input, finding.error) : finding.input;
    process.stdout.write(`${target.name}: ${input.length} bytes; again: ${save(target, input)}\n`);
  }
  process.stdout.write(`\n${inputs} inputs\n`);
}

function rowOf(
  { name }: Target,
  { inputs, seconds, outcomes, slowestMs, largestBytes }: Extract<Said, { type: "report" }>,
) {
  const perSecond = inputs / Math.max(seconds, 0.001);
  const cells = [inputs, perSecond.toFixed(0), outcomes, slowestMs.toFixed(1), (largestBytes / 2 ** 20).toFixed(1)];
  const widths = [8, 8, 10, 12, 11];
  return name.padEnd(26) + cells.map((cell, index) => String(cell).padStart(widths[index] ?? 8)).join("");
}

/** @returns the command that tries the input again. */
function save(target: Target, input: Uint8Array): string {
  const folder = join(import.meta.dirname, "findings");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${target.name}-${fingerprint(input)}.bin`);
  writeFileSync(file, input);
  return `npm run fuzz -- --target ${target.name} --replay ${relative(process.cwd(), file)}`;
}

interface Ended {
  readonly type: "ended";
  readonly error: string;
  readonly input: Uint8Array;
  readonly mayShrink: false;
}

/** In a thread of its own, with a bound on its memory: one that hangs is ended, and its last input known. */
async function inWorker(target: Target, seconds: number, seed: number): Promise<Said | Ended> {
  const shared = new SharedArrayBuffer(8 + INPUT_BYTES_MAX);
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    workerData: { target: target.name, seconds, seed, shared },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  const ended = (error: string): Ended => {
    const length = new Uint32Array(shared)[1] ?? 0;
    return { type: "ended", error, input: new Uint8Array(shared, 8, length).slice(), mayShrink: false };
  };
  return await new Promise((resolve) => {
    let [counted, stoodSince, workedMs] = [0, performance.now(), cpuMs()];
    const look = setInterval(() => {
      const count = Atomics.load(new Uint32Array(shared), 0);
      if (count !== counted) [counted, stoodSince, workedMs] = [count, performance.now(), cpuMs()];
      else if (performance.now() - stoodSince > HANGS_AFTER_MS || cpuMs() - workedMs > HANGS_AFTER_CPU_MS)
        end(ended("it does not come to an end"));
    }, LOOK_EVERY_MS);
    const end = (said: Said | Ended): void => {
      clearInterval(look);
      void worker.terminate();
      resolve(said);
    };
    worker.once("message", end);
    worker.once("error", (error) => end(ended(sayOf(error))));
  });
}

/** Of this process, in which nothing but the one thread works. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
