/** `npm run sim -- --evil`: worlds whose relay means ill, in one way each. */
import { Worker } from "node:worker_threads";
import { makeStarts } from "../world.ts";
import type { Done, Task } from "./evil-worker.ts";
import { MISBEHAVIOURS, misbehaviour } from "./misbehaviours.ts";
import { playEvil } from "./play-evil.ts";

const TOLD_EVERY_MS = 10_000;

export interface EvilWanted {
  /** Of a misbehaviour, or "all". */
  readonly evil: string;
  readonly seed: number;
  readonly runs: number;
  readonly only: readonly number[] | undefined;
  readonly jobs: number;
}

/** @returns the exit code. */
export async function runEvil(wanted: EvilWanted): Promise<number> {
  const names = wanted.evil === "all" ? MISBEHAVIOURS.map(({ name }) => name) : [wanted.evil];
  const unknown = names.filter((name) => misbehaviour(name) === undefined);
  if (unknown.length > 0) {
    process.stderr.write(`sim: no misbehaviour is called ${unknown[0]}; there are ${MISBEHAVIOURS.length}:\n`);
    for (const { name, words } of MISBEHAVIOURS) process.stderr.write(`  ${name.padEnd(34)} the relay ${words}\n`);
    return 2;
  }
  const [name] = names;
  if (wanted.runs === 1 && name !== undefined) return await tell(name, wanted);
  return await many(names, wanted);
}

/** One world, with its story. */
async function tell(name: string, { seed, only }: EvilWanted): Promise<number> {
  const known = misbehaviour(name);
  if (known === undefined) return 2;
  const report = await playEvil(await makeStarts(), seed, known, only === undefined ? {} : { only });
  process.stdout.write(`the relay ${known.words}\n${report.story.join("\n")}\n\n`);
  process.stdout.write(`${report.strikes} lies; warned of: ${report.warned.join(", ") || "nothing"}\n`);
  for (const fault of report.faults) process.stdout.write(`FAULT ${fault}\n`);
  if (report.faults.length === 0) process.stdout.write("nothing was found\n");
  return report.faults.length === 0 ? 0 : 1;
}

interface Sum {
  worlds: number;
  struck: number;
  strikes: number;
  readonly warned: Map<string, number>;
}

async function many(names: readonly string[], { seed, runs, jobs }: EvilWanted): Promise<number> {
  const tasks = Array.from(
    { length: runs },
    (_, at): Task => ({ name: names[at % names.length] ?? "", seed: seed + at }),
  );
  const sums = new Map<string, Sum>(
    names.map((name) => [name, { worlds: 0, struck: 0, strikes: 0, warned: new Map() }]),
  );
  const failed: Done[] = [];
  const startedAt = performance.now();
  let told = startedAt;
  let done = 0;
  await playAll(tasks, jobs, (report) => {
    done++;
    add(sums, report);
    if (report.faults.length > 0) {
      failed.push(report);
      process.stderr.write(`${report.misbehaviour}, seed ${report.seed}: ${report.faults[0]?.slice(0, 200)}\n`);
    }
    if (performance.now() < told + TOLD_EVERY_MS) return;
    told = performance.now();
    process.stderr.write(`${done} of ${runs} worlds, ${failed.length} failed\n`);
  });
  for (const [name, { worlds, struck, strikes, warned }] of sums) {
    if (worlds === 0) continue;
    const codes = [...warned].map(([code, count]) => `${code} ${count}`).join(", ");
    process.stdout.write(`${name.padEnd(34)} ${struck} of ${worlds} worlds, ${strikes} lies: ${codes || "nothing"}\n`);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  process.stdout.write(`${done} worlds in ${seconds.toFixed(0)} s, ${failed.length} failed\n`);
  for (const { misbehaviour: name, seed: one } of failed)
    process.stdout.write(`again: npm run sim -- --evil ${name} --seed ${one}\n`);
  return failed.length === 0 ? 0 : 1;
}

function add(sums: Map<string, Sum>, { misbehaviour: name, strikes, warned }: Done): void {
  const sum = sums.get(name);
  if (sum === undefined) return;
  sum.worlds++;
  sum.strikes += strikes;
  if (strikes > 0) sum.struck++;
  for (const code of warned) sum.warned.set(code, (sum.warned.get(code) ?? 0) + 1);
}

/** Deals the worlds out, one by one. */
async function playAll(tasks: readonly Task[], jobs: number, played: (report: Done) => void): Promise<void> {
  let next = 0;
  const threads = Array.from({ length: Math.min(jobs, tasks.length) }, () => {
    const worker = new Worker(new URL("./evil-worker.ts", import.meta.url));
    return new Promise<void>((resolve, reject) => {
      const deal = (): void => {
        const task = tasks[next++];
        if (task === undefined) void worker.terminate().then(() => resolve());
        else worker.postMessage(task);
      };
      worker.on("message", (report: Done) => {
        played(report);
        deal();
      });
      worker.on("error", reject);
      deal();
    });
  });
  await Promise.all(threads);
}
