// `npm run mutations [-- --only NAME] [--jobs N] [--list]`: breaks the code on purpose, in one place after the other, and
// shows that a test fails for each. It works on copies of the work tree; NAME is any part of a mutation's name.
import { mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyTree } from "./mutations/copy.ts";
import { type Mutation, mutated, patternOf, tableFaults } from "./mutations/mutation.ts";
import { compile, endAll, runTests } from "./mutations/run-tests.ts";
import { MUTATIONS } from "./mutations/table.ts";
import { options } from "./options.ts";
import { root } from "./run.ts";

const USAGE = `
npm run mutations -- [--only PART OF A NAME] [--jobs N] [--list]

Breaks the code on purpose in a copy of it, one place after the other, and shows that a test fails for each.

  --only PART  those with this in their names; may be given again
  --jobs N     so many copies at the same time (1)
  --list       names, what is broken, and the test that sees it

Ends with 0 when all were seen, else with 1.`;

const { only, jobs, list } = options(USAGE, {
  only: { type: "string", multiple: true },
  jobs: { type: "string", default: "1" },
  list: { type: "boolean", default: false },
});
const chosen = MUTATIONS.filter(({ name }) => only === undefined || only.some((part) => name.includes(part)));
if (list) {
  for (const { name, breaks, test } of chosen) process.stdout.write(`| ${name} | ${breaks} | ${nameOf(test)} |\n`);
  process.exit(0);
}
if (chosen.length === 0) fail("no mutation has that name");

const folder = mkdtempSync(join(tmpdir(), "mutations-"));
process.on("exit", () => {
  endAll();
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));

const startedAt = performance.now();
const faults = await tableFaults(root, MUTATIONS);
if (faults !== "") fail(faults);
const copies = await Promise.all(Array.from({ length: Math.max(1, Number(jobs) || 1) }, makeCopy));
const [first = ""] = copies;
await checkSound(first);

const waiting = [...chosen];
const unseen: string[] = [];
await Promise.all(copies.map(work));

const seconds = Math.round((performance.now() - startedAt) / 1000);
if (unseen.length > 0) fail(`${unseen.length} of ${chosen.length} without a test that fails:\n${unseen.join("\n")}`);
process.stdout.write(`for each of ${chosen.length} mutations a test fails (${seconds} s)\n`);

async function makeCopy(_: unknown, index: number): Promise<string> {
  const copy = join(folder, String(index));
  await copyTree(root, copy);
  for (const file of new Set(chosen.map(({ file }) => file))) {
    const fault = await compile(copy, file);
    if (fault !== "") fail(`without any mutation: ${fault}`);
  }
  return copy;
}

/** Every test that is to fail passes as long as nothing is broken. */
async function checkSound(copy: string): Promise<void> {
  for (const file of new Set(chosen.map(({ test }) => test.file))) {
    const patterns = new Set(chosen.filter(({ test }) => test.file === file).map(({ test }) => patternOf(test)));
    const { passed, failed, broken } = await runTests(copy, file, [...patterns].join("|"), false);
    const [failure] = failed;
    if (broken !== undefined || failure !== undefined)
      fail(`without any mutation: ${file}: ${broken ?? `${failure?.name}\n${failure?.why}`}`);
    for (const pattern of patterns)
      if (!passed.some((name) => new RegExp(pattern).test(name))) fail(`${file}: no test that runs fits ${pattern}`);
  }
  process.stdout.write(`${chosen.length} mutations; without them all their tests pass\n`);
}

async function work(copy: string): Promise<void> {
  for (let mutation = waiting.shift(); mutation !== undefined; mutation = waiting.shift()) {
    const from = performance.now();
    const verdict = await tryOne(copy, mutation);
    const took = ((performance.now() - from) / 1000).toFixed(1);
    if (!verdict.isSeen) unseen.push(`  ${mutation.name}: ${verdict.what}`);
    process.stdout.write(`${mutation.name}: ${verdict.isSeen ? "fails" : "NOT SEEN"}: ${verdict.what} (${took} s)\n`);
  }
}

interface Verdict {
  readonly isSeen: boolean;
  /** The test that failed, or why none did. */
  readonly what: string;
}

async function tryOne(copy: string, mutation: Mutation): Promise<Verdict> {
  const path = join(copy, mutation.file);
  const source = await readFile(path, "utf8");
  const changed = mutated(source, mutation);
  if (changed === undefined) return { isSeen: false, what: "its text does not stand there once" };
  await writeFile(path, changed);
  try {
    // What does not compile is no program that somebody could have written by mistake, and fails for another reason.
    const fault = await compile(copy, mutation.file);
    if (fault !== "") return { isSeen: false, what: `is no program: ${fault}` };
    const { failed, broken } = await runTests(copy, mutation.test.file, patternOf(mutation.test), true);
    const [failure] = failed;
    if (failure === undefined) return { isSeen: false, what: broken ?? "no test fails" };
    const isOther = isOfAnotherKind(failure.why, mutation);
    return isOther ? { isSeen: false, what: failure.why } : { isSeen: true, what: failure.name };
  } finally {
    await writeFile(path, source);
  }
}

/** A slip in the mutation itself, or a machine that was too slow for the test. */
function isOfAnotherKind(why: string, { hangs }: Mutation): boolean {
  if (/\b(ReferenceError|SyntaxError):/.test(why)) return true;
  // As vitest's report says it of a test or hook that ran out of time.
  return hangs !== true && /STACK_TRACE_ERROR|timed out in/.test(why);
}

function nameOf({ title, row }: Mutation["test"]): string {
  return row === undefined ? title : `${title}, where it is ${row}`;
}

function fail(what: string): never {
  process.stderr.write(`${what}\n`);
  process.exit(1);
}
