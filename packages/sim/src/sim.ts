/** `npm run sim`: worlds from seeds, in as many threads as there are processors. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { runEvil } from "./evil/run-evil.ts";
import { addTallies, type Tally } from "./hostile/hostiles.ts";
import { runModel } from "./model-run.ts";
import { play, type Report } from "./play.ts";
import { shrink } from "./shrink.ts";
import type { Batch, Played } from "./worker.ts";
import { makeStarts } from "./world.ts";

const HELP = `npm run sim -- [--seed N] [--runs M] [--only MOVES] [--jobs J]
npm run sim -- --model [--jobs J]
npm run sim -- --evil NAME|all [--seed N] [--runs M] [--jobs J]

Plays simulated worlds: people with real clients, one real relay, one seeded clock, network, disk and randomness.

  --seed N      the first seed (1); alone, that world is played and told
  --runs M      so many worlds (1 with --seed, else 300)
  --only MOVES  with one seed: these moves alone, such as 3,7,12
  --model       the first model instead: one member who means ill, all orders of five steps
  --evil NAME   a relay that means ill in that way, or in all; a name that there is not shows those that there are
  --jobs J      threads (${availableParallelism()} here)

Ends with 0 when nothing was found, 1 when something was, 2 when it was misused.
`;

const BATCH = 25;
const TOLD_EVERY_MS = 10_000;
/** Failing worlds that are shrunk and told; of more only the seeds. */
const SHRUNK_MAX = 3;

interface Wanted {
  readonly seed: number;
  readonly runs: number;
  readonly only: readonly number[] | undefined;
  readonly jobs: number;
  readonly model: boolean;
  readonly evil: string | undefined;
}

const wanted = readArguments();
process.exitCode = await run(wanted);

async function run(wanted: Wanted): Promise<number> {
  if (wanted.model) return (await runModel(wanted.jobs)) === 0 ? 0 : 1;
  const { evil } = wanted;
  if (evil !== undefined) return await runEvil({ ...wanted, evil });
  return wanted.runs === 1 ? await tell(wanted) : await many(wanted);
}

function readArguments(): Wanted {
  try {
    const { values } = parseArgs({
      options: {
        seed: { type: "string" },
        runs: { type: "string" },
        only: { type: "string" },
        jobs: { type: "string" },
        model: { type: "boolean" },
        evil: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    const only = values.only?.split(",").map((place) => whole("--only", place, 0));
    return {
      seed: whole("--seed", values.seed ?? "1", 0),
      runs: whole("--runs", values.runs ?? (values.seed === undefined ? "300" : "1"), 1),
      only,
      jobs: whole("--jobs", values.jobs ?? String(availableParallelism()), 1),
      model: values.model === true,
      evil: values.evil,
    };
  } catch (error) {
    process.stderr.write(`sim: ${error instanceof Error ? error.message : "misused"}\n\n${HELP}`);
    process.exit(2);
  }
}

function whole(option: string, text: string, least: number): number {
  const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least)) throw new Error(`${option} takes a whole number from ${least} on`);
  return value;
}

/** One world, with its story. */
async function tell({ seed, only }: Wanted): Promise<number> {
  const report = await play(await makeStarts(), seed, only === undefined ? {} : { only });
  process.stdout.write(`${report.story.join("\n")}\n\n`);
  process.stdout.write(`${report.steps} steps, ${report.said} messages, digest ${report.digest}\n`);
  for (const fault of report.faults) process.stdout.write(`FAULT ${fault}\n`);
  if (report.faults.length === 0) process.stdout.write("nothing was found\n");
  return report.faults.length === 0 ? 0 : 1;
}

async function many(wanted: Wanted): Promise<number> {
  const startedAt = performance.now();
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  const sums = { worlds: 0, moves: 0, said: 0, acknowledged: 0, sealed: 0, steps: 0 };
  const failed: Report[] = [];
  const done = new Map<string, number>();
  const struck = new Map<string, Tally>();
  let told = 0;
  await playAll(wanted, (played) => {
    for (const key of ["worlds", "moves", "said", "acknowledged", "sealed", "steps"] as const) sums[key] += played[key];
    failed.push(...played.failed);
    for (const [move, count] of played.done) done.set(move, (done.get(move) ?? 0) + count);
    addTallies(struck, played.struck);
    for (const { seed, faults } of played.failed) process.stderr.write(`seed ${seed}: ${faults[0]?.slice(0, 200)}\n`);
    if (seconds() * 1000 < told + TOLD_EVERY_MS) return;
    told = seconds() * 1000;
    const speed = (sums.worlds / seconds()).toFixed(1);
    process.stderr.write(`${sums.worlds} of ${wanted.runs} worlds, ${speed} each second, ${failed.length} failed\n`);
  });
  const { worlds, moves, said, acknowledged, sealed, steps } = sums;
  process.stdout.write(
    `${worlds} worlds from seed ${wanted.seed} on in ${seconds().toFixed(0)} s, ${(worlds / seconds()).toFixed(1)} each second: ` +
      `${moves} moves, ${steps} steps, ${said} messages said, ${acknowledged} acknowledged, ${sealed} ciphertexts watched, ${failed.length} worlds failed\n`,
  );
  process.stdout.write(
    `${[...done]
      .sort()
      .map(([move, count]) => `${move} ${count}`)
      .join(", ")}\n`,
  );
  for (const [kind, { taken, refused }] of [...struck].sort())
    process.stdout.write(`  hostile: ${kind}: ${taken} taken, ${refused} refused\n`);
  await explain(failed);
  return failed.length === 0 ? 0 : 1;
}

/** What is needed to look at a failure: the shortest world that fails alike, and the command that plays it. */
async function explain(failed: readonly Report[]): Promise<void> {
  if (failed.length === 0) return;
  const starts = await makeStarts();
  for (const report of failed.slice(0, SHRUNK_MAX)) {
    const only = await shrink(starts, report.seed, report);
    const small = await play(starts, report.seed, { only });
    process.stdout.write(`\nseed ${report.seed}\n${small.story.join("\n")}\n`);
    for (const fault of small.faults) process.stdout.write(`FAULT ${fault}\n`);
    process.stdout.write(`again: npm run sim -- --seed ${report.seed} --only ${only.join(",")}\n`);
    process.stdout.write(`whole: npm run sim -- --seed ${report.seed}\n`);
  }
}

/** Deals the seeds out in batches. */
async function playAll({ seed, runs, jobs }: Wanted, played: (batch: Played) => void): Promise<void> {
  let next = seed;
  const end = seed + runs;
  const threads = Array.from({ length: Math.min(jobs, Math.ceil(runs / BATCH)) }, () => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url));
    return new Promise<void>((resolve, reject) => {
      const deal = (): void => {
        if (next >= end) {
          void worker.terminate().then(() => resolve());
          return;
        }
        const batch: Batch = { from: next, count: Math.min(BATCH, end - next) };
        next += batch.count;
        worker.postMessage(batch);
      };
      worker.on("message", (batch: Played) => {
        played(batch);
        deal();
      });
      worker.on("error", reject);
      deal();
    });
  });
  await Promise.all(threads);
}
