// Real programs under load, killed again and again; or with damaged files. A run of real processes cannot be repeated
// exactly: a seed gives the same worlds, kinds and instants to wait for, and the machine does the rest.
//
// `npm run crashes -- [--kills N] [--seed S] [--only PART OF A CRASH POINT] [--at-once WORLDS] [--folder DIR]`
// `npm run crashes -- --damage N [--seed S] [--folder DIR]`
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { damage } from "../e2e/crashes/damage.ts";
import { crash } from "../e2e/crashes/run.ts";
import warm from "../e2e/harness/warm.ts";
import { options } from "./options.ts";

const USAGE = `
npm run crashes -- [--kills N] [--seed S] [--only PART] [--at-once WORLDS] [--folder DIR]
npm run crashes -- --damage N [--seed S] [--folder DIR]

Real programs under load, killed again and again, or with damaged files.

  --kills N     so many (100), about a hundred in each world
  --damage N    so many damaged files instead
  --only PART   the crash points with this in their names
  --at-once N   so many worlds at the same time (1)
  --folder DIR  where they live; a world that goes wrong stays there

Ends with 0 when nothing went wrong, else with 1.`;

const values = options(USAGE, {
  kills: { type: "string", default: "100" },
  damage: { type: "string" },
  seed: { type: "string" },
  only: { type: "string", default: "" },
  "at-once": { type: "string", default: "1" },
  folder: { type: "string" },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const log = (line: string): void => void process.stdout.write(`${line}\n`);

// Who stops this stops all that it started.
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());

const folder = values.folder ?? (await mkdtemp(join(tmpdir(), "sotto-crashes-")));
await mkdir(folder, { recursive: true });
await warm();
const startedAt = performance.now();
const common = { seed, folder, log, signal: stop.signal };
const { tally, failures } =
  values.damage === undefined
    ? await crash({ ...common, kills: Number(values.kills), only: values.only, atOnce: Number(values["at-once"]) })
    : await damage({ ...common, times: Number(values.damage) });
const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
log(`\n${tally.table()}\n\nseed ${seed}, ${seconds} s${stop.signal.aborted ? ", stopped before its end" : ""}`);
if (failures.length === 0) await rm(folder, { recursive: true });
else log(`${failures.length} went wrong; what they left is in ${folder}`);
process.exit(failures.length === 0 ? 0 : 1);
