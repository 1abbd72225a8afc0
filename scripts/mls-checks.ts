// `npm run mls-checks -- [PART OF A NAME OR CODE…]`: takes every check of packages/mls out, one at a time, and runs the
// package's tests: for each, one has to fail. The check is taken out of what the tests load, never of a file.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Statement, statementsIn, without } from "./mls-checks/statements.ts";
import { root } from "./run.ts";

const AT_ONCE = 2;
const RUN_MS = 180_000;
const MEMORY_MB = 2048;

/** Checks that no test reaches, because another one always fires first: `file code section`, and why it stays. */
const SECOND_LINES: ReadonlyMap<string, string> = new Map([]);
const isSecondLine = ({ name, refusal }: Statement) => SECOND_LINES.has(`${name.split(":")[0]} ${refusal}`);

process.removeAllListeners("warning"); // Node calls stripTypeScriptTypes experimental

const folder = mkdtempSync(join(tmpdir(), "mls-checks-"));
const running = new Set<number>();
process.on("exit", () => {
  for (const pid of running) end(pid);
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));

const wanted = process.argv.slice(2);
const all = allStatements();
const isWanted = (text: string) => wanted.length === 0 || wanted.some((part) => text.includes(part));
const chosen = all.filter(({ name, refusal }) => isWanted(`${name} ${refusal}`));
process.stdout.write(`${chosen.length} of ${all.length} checks\n`);

const sound = await run("");
if (sound !== undefined) fail(`with all checks in place: ${sound}`);

const unseen: Statement[] = [];
const taken = chosen.filter((statement) => !isSecondLine(statement));
const waiting = [...taken];
await Promise.all(Array.from({ length: AT_ONCE }, work));

for (const [name, reason] of SECOND_LINES) process.stdout.write(`not taken out: ${name}: ${reason}\n`);
if (unseen.length > 0)
  fail(`no test fails without\n${unseen.map(({ name, refusal }) => `  ${name} ${refusal}`).join("\n")}`);
process.stdout.write(`for each of ${taken.length} checks a test fails without it\n`);

async function work(): Promise<void> {
  for (let statement = waiting.shift(); statement !== undefined; statement = waiting.shift()) {
    const failure = await run(statement.name);
    if (failure === undefined) unseen.push(statement);
    process.stdout.write(`${statement.name} ${statement.refusal}\n    ${failure ?? "NO TEST FAILS"}\n`);
  }
}

/** Every check of the package, each seen to leave a program when it is taken out. */
function allStatements(): Statement[] {
  const source = join(root, "packages", "mls", "src");
  const files = readdirSync(source).filter((file) => file.endsWith(".ts") && file !== "refusal.ts");
  return files.sort().flatMap((file) => {
    const text = readFileSync(join(source, file), "utf8");
    const found = statementsIn(`src/${file}`, text);
    for (const statement of found) stripTypeScriptTypes(without(text, statement));
    return found;
  });
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Runs the tests without one check. @returns the first failure; undefined when all passed. */
function run(name: string): Promise<string | undefined> {
  const file = join(folder, `${name.replaceAll(/\W/g, "-")}.json`);
  const config = join(root, "scripts", "mls-checks", "vitest.config.ts");
  const args = ["run", "--config", config, "--reporter=json", `--outputFile=${file}`];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, "node_modules", "vitest", "vitest.mjs"), ...args], {
      cwd: root,
      // A group of its own, so that its workers end with it.
      detached: true,
      env: { ...process.env, MLS_WITHOUT: name, NODE_OPTIONS: `--max-old-space-size=${MEMORY_MB}` },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const { pid } = child;
    if (pid !== undefined) running.add(pid);
    const errors: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
    const timer = setTimeout(() => pid !== undefined && end(pid), RUN_MS);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (pid !== undefined) running.delete(pid);
      const output = Buffer.concat(errors).toString();
      if (output.includes("no check at")) fail(`${name} is not there any more: somebody changes the source`);
      resolve(code === 0 ? undefined : (firstFailure(file) ?? (signal === null ? output : "the tests do not end")));
    });
  });
}

/** Ends a child with all that it started. */
function end(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function firstFailure(file: string): string | undefined {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined; // it did not come to a report
  }
  for (const { name, message, assertionResults } of report.testResults) {
    const where = name.slice(name.lastIndexOf("/") + 1);
    const failed = assertionResults.find(({ status }) => status === "failed");
    if (failed !== undefined) return `${where}: ${failed.fullName}`;
    if (message.includes("no check at")) fail("the source was changed meanwhile");
    if (message !== "") return `${where}: ${message.split("\n")[0]}`;
  }
  return undefined;
}

function fail(what: string): never {
  process.stderr.write(`${what}\n`);
  process.exit(1);
}
