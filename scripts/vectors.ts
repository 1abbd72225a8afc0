// `npm run vectors -- DIR`: the MLS working group's vectors (mlswg/mls-implementations, folder test-vectors) against
// packages/mls. They are read where they lie: nothing of them is in this repository.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  cryptoBasics,
  deserialization,
  keySchedule,
  pskSecret,
  secretTree,
  transcriptHashes,
} from "./vectors/basics.ts";
import { messages } from "./vectors/messages.ts";
import { passiveCommit, passiveRandom, passiveWelcome } from "./vectors/passive.ts";
import { messageProtection, welcome } from "./vectors/protection.ts";
import { type Kind, Tally } from "./vectors/tally.ts";
import { treeKem, treeMath, treeOperations, treeValidation } from "./vectors/trees.ts";

const kinds: readonly Kind[] = [
  deserialization,
  treeMath,
  cryptoBasics,
  secretTree,
  keySchedule,
  pskSecret,
  transcriptHashes,
  treeValidation,
  treeOperations,
  treeKem,
  messages,
  messageProtection,
  welcome,
  passiveWelcome,
  passiveCommit,
  passiveRandom,
];

/** Of one file; a rule that breaks all entries is seen in the first of them. */
const FAULTS_SHOWN = 20;

const folder = resolve(process.env.INIT_CWD ?? ".", process.argv[2] ?? "");
const missing = kinds.filter(({ file }) => !existsSync(join(folder, `${file}.json`)));
if (process.argv[2] === undefined)
  giveUp("usage: npm run vectors -- DIR, the folder of the working group's JSON files");
if (missing.length === kinds.length) giveUp(`${folder} holds no vectors: no ${missing[0]?.file}.json, no other`);
if (missing.length > 0) giveUp(`${folder} lacks ${missing.map(({ file }) => `${file}.json`).join(", ")}`);

const rows: string[][] = [["file", "entries", "counted", "in all", "inside", "passed", "outside"]];
const faults: string[] = [];
for (const { file, unit, run } of kinds) {
  const entries: unknown = JSON.parse(await readFile(join(folder, `${file}.json`), "utf8"));
  if (!Array.isArray(entries) || entries.length === 0) giveUp(`${file}.json is no list of vectors`);
  const tally = new Tally();
  run(entries, tally);
  const { inside, passed, outside, outsideBy } = tally;
  const counts = [entries.length, inside + outside, inside, passed].map(String);
  const reasons = Array.from(outsideBy, ([reason, count]) => `${reason} ${count}`);
  rows.push([file, counts[0] ?? "", unit, ...counts.slice(1), reasons.join("; ") || "-"]);
  faults.push(...tally.faults.slice(0, FAULTS_SHOWN).map((fault) => `${file}: ${fault}`));
  if (tally.faults.length > FAULTS_SHOWN) faults.push(`${file}: ${tally.faults.length - FAULTS_SHOWN} more`);
}
const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
for (const row of rows) {
  process.stdout.write(
    `${row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd()}\n`,
  );
}
process.stdout.write(faults.length === 0 ? "every item inside the profile passes\n" : "FAILED\n");
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;

function giveUp(message: string): never {
  process.stderr.write(`vectors: ${message}\n`);
  process.exit(2);
}
