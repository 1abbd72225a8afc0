/** The tools that judge a mutation: the compiler, and vitest for one test. */
import { spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";

const RUN_MS = 240_000;
/** Of one unit test: a machine that has other things to do is no fault of a mutation. */
const TEST_MS = 30_000;

export interface Outcome {
  /** Full names of tests that ran, by what became of them. */
  readonly passed: readonly string[];
  readonly failed: readonly { readonly name: string; readonly why: string }[];
  /** Why there is no verdict of a test: it did not load, or did not end. */
  readonly broken: string | undefined;
}

interface Report {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

const running = new Set<number>();

/** Ends whatever this process started. */
export function endAll(): void {
  for (const pid of running) end(pid);
}

/** @returns what the compiler says against the package that a file is of; empty when it is a program. */
export async function compile(copy: string, file: string): Promise<string> {
  const [, name = "", part = ""] = file.split("/");
  const project = part === "node" ? join("packages", name, part) : join("packages", name);
  return (await run(copy, [join("node_modules", "typescript", "bin", "tsc"), "-b", project])).fault;
}

/** Runs the tests of one file whose names fit. @param isEnough - stop at the first failure. */
export async function runTests(copy: string, file: string, pattern: string, isEnough: boolean): Promise<Outcome> {
  const report = join(copy, "report.json");
  await rm(report, { force: true });
  const project = file.startsWith("e2e/") ? ["--project", "e2e"] : ["--project", "unit", `--testTimeout=${TEST_MS}`];
  const args = [...project, file, "-t", pattern, "--reporter=json", `--outputFile=${report}`];
  const bail = isEnough ? ["--bail=1"] : [];
  const { fault } = await run(copy, [join("node_modules", "vitest", "vitest.mjs"), "run", ...args, ...bail]);
  const text = await readFile(report, "utf8").catch(() => undefined);
  if (text === undefined) return { passed: [], failed: [], broken: fault === "" ? "no report" : fault };
  return outcomeOf(JSON.parse(text));
}

function outcomeOf({ testResults }: Report): Outcome {
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = results
    .filter(({ status }) => status === "failed")
    .map(({ fullName, failureMessages }) => ({ name: fullName, why: failureMessages?.join("\n") ?? "" }));
  const passed = results.filter(({ status }) => status === "passed").map(({ fullName }) => fullName);
  const unloaded = testResults.find(({ assertionResults, message }) => assertionResults.length === 0 && message !== "");
  return { passed, failed, broken: unloaded?.message };
}

function run(copy: string, args: readonly string[]): Promise<{ readonly fault: string }> {
  return new Promise((resolve) => {
    // A group of its own, so that workers and programs that it started end with it.
    const child = spawn(process.execPath, args, { cwd: copy, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    const { pid } = child;
    if (pid !== undefined) running.add(pid);
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    const timer = setTimeout(() => pid !== undefined && end(pid), RUN_MS);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (pid !== undefined) running.delete(pid);
      const said = Buffer.concat(chunks).toString().trimEnd();
      resolve({ fault: code === 0 ? "" : signal === null ? said || `exit ${code}` : "did not end" });
    });
  });
}

function end(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
