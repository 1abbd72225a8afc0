// `npm run interop`: random groups of our members and members on OpenMLS; see README.md.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Dice } from "./dice.ts";
import { runFixedCases } from "./fixed-cases.ts";
import { Disagreement, MixedGroup, type Theirs, theirs } from "./mixed-group.ts";
import { loadOpenMls, OpenMlsRefusal } from "./open-mls.ts";
import { RandomRun } from "./random-run.ts";

const HELP = `usage: npm run interop -- [--seconds N | --operations N] [--seed S]
       npm run interop -- --hostile [--mutations N] [--seed S]

  --seconds N     how long groups of ours and OpenMLS go on, 60 if nothing is said
  --operations N  so many operations instead
  --seed S        a number that decides every choice; a failure prints it
  --hostile       forgeries and mutations, judged by both
  --mutations N   how many, 10,000 if nothing is said
`;
/** Devices on OpenMLS, used again in every group. */
const DEVICES = 10;
const GROUP_SIZE_MAX = 20;
const OPERATIONS_OF_A_GROUP = 200;

const { values } = parseArgs({
  options: {
    seconds: { type: "string" },
    operations: { type: "string" },
    seed: { type: "string" },
    hostile: { type: "boolean", default: false },
    mutations: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const seed = numberOf("seed", values.seed) ?? Math.floor(Math.random() * 2 ** 31);
if (values.hostile) {
  const { runHostile } = await import("./hostile.ts");
  process.exit(await runHostile(seed, numberOf("mutations", values.mutations) ?? 10_000));
}
process.exit(await runRandom());

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  process.stderr.write(`interop: --${name} wants a number\n${HELP}`);
  process.exit(2);
}

async function runRandom(): Promise<number> {
  const operations = numberOf("operations", values.operations);
  const seconds = numberOf("seconds", values.seconds) ?? (operations === undefined ? 60 : Number.POSITIVE_INFINITY);
  const startedAt = performance.now();
  const elapsed = () => (performance.now() - startedAt) / 1000;
  const now = Math.floor(Date.now() / 1000);
  const openMls = await loadOpenMls();
  const devices: Theirs[] = [];
  while (devices.length < DEVICES) devices.push(theirs(await openMls.makeDevice()));
  const counts = new Map<string, number>();
  let [groups, steps, sizes, sizeMost] = [0, 0, 0, 0];
  let place = "";
  let last: MixedGroup | undefined;
  try {
    const cases = await runFixedCases(async (name) => {
      place = name;
      const free = [...devices];
      const group = new MixedGroup(groupId(`fixed ${groups++}`), { seed: groups, now });
      last = group;
      return { group, cast: { ours: () => group.person(), theirs: async () => taken(free) } };
    });
    process.stdout.write(`${cases} fixed cases agree\n`);
    for (let number = 0; steps < (operations ?? Number.POSITIVE_INFINITY) && elapsed() < seconds; number++) {
      const dice = new Dice(seed + number);
      const group = new MixedGroup(groupId(`random ${seed + number}`), { seed: seed + number, now });
      const sizeMax = dice.one([4, 8, 14, GROUP_SIZE_MAX]);
      last = group;
      const run = new RandomRun(group, dice, dice.some(devices, dice.between(2, DEVICES)), sizeMax);
      place = `group ${number}, founding (--seed ${seed + number} begins with this group)`;
      await run.begin();
      for (let step = 0; step < OPERATIONS_OF_A_GROUP; step++) {
        if (steps >= (operations ?? Number.POSITIVE_INFINITY) || elapsed() >= seconds) break;
        place = `group ${number}, step ${step} (--seed ${seed + number} begins with this group)`;
        await run.step();
        steps++;
        sizes += group.members.length;
        sizeMost = Math.max(sizeMost, group.members.length);
      }
      for (const [kind, count] of run.counts) counts.set(kind, (counts.get(kind) ?? 0) + count);
      await group.end();
      groups++;
    }
  } catch (error) {
    if (!(error instanceof Disagreement || error instanceof OpenMlsRefusal)) throw error;
    process.stderr.write(`interop: seed ${seed}, ${place}: ${error.message}\n`);
    if (last !== undefined) keep(last, now);
    return 1;
  }
  const line = Array.from(counts, ([kind, count]) => `${kind} ${count}`).sort();
  const rate = (steps / elapsed()).toFixed(1);
  process.stdout.write(`${line.join(", ")}\n`);
  process.stdout.write(
    `${steps} operations in ${groups} groups (mean size ${(sizes / steps).toFixed(1)}, at most ${sizeMost}), ` +
      `all agree; ${rate} per second, seed ${seed}\n`,
  );
  return 0;
}

/** What our members did up to a disagreement, to be looked at: our-side.ts takes the steps again. */
function keep({ ours, transcript }: MixedGroup, now: number): void {
  const file = join(mkdtempSync(join(tmpdir(), "sotto-interop-")), "transcript.json");
  writeFileSync(file, JSON.stringify({ seed: ours.seed, now, steps: transcript }));
  process.stderr.write(`interop: the steps of ours are in ${file}\n`);
}

function taken(free: Theirs[]): Theirs {
  const device = free.pop();
  if (device === undefined) throw new Error("a fixed case wants more devices than there are");
  return device;
}

function groupId(name: string): Uint8Array {
  return new TextEncoder().encode(name);
}
