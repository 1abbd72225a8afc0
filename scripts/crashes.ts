// `npm run crashes -- --kills N [--seed S] [--only PART OF A CRASH POINT] [--at-once WORLDS] [--folder DIR]`: real programs under load, killed again and again.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { crash } from "../e2e/crashes/run.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "100" },
    seed: { type: "string" },
    only: { type: "string", default: "" },
    "at-once": { type: "string", default: "1" },
    folder: { type: "string" },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const kills = Number(values.kills);
const log = (line: string): void => void process.stdout.write(`${line}\n`);

// Who stops this stops all that it started.
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());

const folder = values.folder ?? (await mkdtemp(join(tmpdir(), "sotto-crashes-")));
const startedAt = performance.now();
const { tally, failures } = await crash({
  kills,
  seed,
  only: values.only,
  atOnce: Number(values["at-once"]),
  folder,
  log,
});
const seconds = (performance.now() - startedAt) / 1000;
log(`\n${tally.table()}\n\n${tally.kills} kills in ${seconds.toFixed(0)} s, seed ${seed}`);
if (stop.signal.aborted) log("stopped before its end");
if (failures.length === 0) await rm(folder, { recursive: true });
else log(`${failures.length} worlds went wrong; what they left is in ${folder}`);
process.exit(failures.length === 0 ? 0 : 1);
