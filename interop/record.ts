// `node record.ts`: writes down what happens in some groups of ours and OpenMLS, for packages/mls/test/open-mls.test.ts.
// Every call gives other files, as OpenMLS draws its own random bytes.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Recording } from "../packages/mls/test/our-side.ts";
import { Dice } from "./dice.ts";
import { runFixedCases } from "./fixed-cases.ts";
import { MixedGroup, type Theirs, theirs } from "./mixed-group.ts";
import { loadOpenMls } from "./open-mls.ts";
import { RandomRun } from "./random-run.ts";

const OPERATIONS = 40;
/** One run for each: how large its group may be. */
const SIZES = [4, 6, 8, 12, 16] as const;

const folder = join(import.meta.dirname, "..", "packages", "mls", "test", "vectors");
const now = Math.floor(Date.now() / 1000);
const openMls = await loadOpenMls();
const devices: Theirs[] = [];
while (devices.length < 8) devices.push(theirs(await openMls.makeDevice()));

const fixed: Recording[] = [];
await runFixedCases(async (name) => {
  const seed = fixed.length + 1;
  const group = new MixedGroup(new TextEncoder().encode(name), { seed, now });
  fixed.push({ name, seed, now, steps: group.transcript });
  const free = [...devices];
  const next = () => {
    const device = free.pop();
    if (device === undefined) throw new Error("a fixed case wants more devices than there are");
    return device;
  };
  return { group, cast: { ours: () => group.person(), theirs: async () => next() } };
});
write("fixed", fixed);

for (const [index, sizeMax] of SIZES.entries()) {
  const seed = index + 1;
  const dice = new Dice(seed);
  const name = `${OPERATIONS} operations in a group of at most ${sizeMax} members`;
  const group = new MixedGroup(new TextEncoder().encode(`recorded ${seed}`), { seed, now });
  const run = new RandomRun(group, dice, devices.slice(0, Math.ceil(sizeMax / 2)), sizeMax);
  await run.begin();
  for (let step = 0; step < OPERATIONS; step++) await run.step();
  await group.end();
  write(`random-${seed}`, [{ name, seed, now, steps: group.transcript }]);
}

/** One step a line: a change is seen in its line. */
function write(name: string, recordings: readonly Recording[]): void {
  const texts = recordings.map(({ steps, ...head }) => {
    const lines = steps.map((step) => `    ${JSON.stringify(step)}`);
    return `  ${JSON.stringify(head).slice(0, -1)},"steps":[\n${lines.join(",\n")}\n  ]}`;
  });
  const text = `[\n${texts.join(",\n")}\n]\n`;
  writeFileSync(join(folder, `open-mls-${name}.json`), text);
  process.stdout.write(`open-mls-${name}.json: ${Math.ceil(text.length / 1024)} KiB\n`);
}
