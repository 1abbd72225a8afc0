import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";

/** The root of the repository: every script works from here, wherever it was started. */
export const root = join(import.meta.dirname, "..");

/** The tools and the pinned Node of this repository come before those of the machine. */
const env = { ...process.env, PATH: `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH ?? ""}` };

/** A command line, or a function that returns what is wrong (nothing wrong: an empty text). */
type Work = readonly [command: string, ...args: string[]] | (() => Promise<string>);

/** Does one step and prints its name and time; a step that fails prints its output and ends the process with 1. */
export async function step(name: string, work: Work, folder = root): Promise<void> {
  const startedAt = performance.now();
  process.stdout.write(`${name.padEnd(24)} `);
  const fault = await (typeof work === "function" ? work() : run(work, folder));
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${fault === "" ? "ok" : "FAILED"} ${seconds} s\n`);
  if (fault === "") return;
  process.stderr.write(`${fault.trimEnd()}\n`);
  process.exit(1);
}

function run([command, ...args]: readonly [string, ...string[]], folder: string): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", (error) => resolve(`${command}: ${error.message}`));
    child.on("close", (code, signal) => {
      const line = `${[command, ...args].join(" ")}: exit ${code ?? signal}`;
      resolve(code === 0 ? "" : `${Buffer.concat(chunks).toString()}\n${line}`);
    });
  });
}
