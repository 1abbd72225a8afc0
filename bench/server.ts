/** Servers under test: `sottod` and what it is compared with, each a process of its own that is ended by its id. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pinned } from "./processors.ts";

const root = join(import.meta.dirname, "..");
const STOP_MS = 10_000;

/** Whatever still runs when the bench is interrupted. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export interface Server extends AsyncDisposable {
  readonly pid: number;
  /** The line of JSON that it printed when it was ready. */
  readonly said: Readonly<Record<string, unknown>>;
}

/** Starts `sottod` on a data folder. @param profiles - a folder for processor profiles, which Node writes at its end. */
export async function startRelay(data: string, profiles: string | undefined): Promise<Server> {
  const profile = profiles === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", profiles];
  const sottod = join(root, "packages", "relay", "bin", "sottod.js");
  const args = [...profile, sottod, "--data", data, "--listen", "127.0.0.1:0", "--json"];
  // A bench writes faster than any person may, and all of it from one address.
  const limits = { SOTTO_SECURITY_MAX_MESSAGES_PER_SEC: "0", SOTTO_LIMITS_CONNECTIONS_PER_ADDRESS: "10000" };
  return await start(args, `${data}.log`, limits);
}

/** Starts a file of this folder. */
export async function startBare(file: string, args: readonly string[], log: string): Promise<Server> {
  return await start([join(import.meta.dirname, file), ...args], log, {});
}

async function start(args: readonly string[], log: string, more: Readonly<Record<string, string>>): Promise<Server> {
  const [command, ...rest] = pinned(args);
  const journal = openSync(log, "a", 0o600);
  // Settings of the person who runs this are not meant for the server.
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SOTTO_")));
  const child = spawn(command, rest, { cwd: root, env: { ...own, ...more }, stdio: ["ignore", "pipe", journal] });
  closeSync(journal);
  running.add(child);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      running.delete(child);
      resolve();
    });
  });
  const output = child.stdout;
  if (output === null) throw new Error("bug: standard output is a pipe");
  const line = new Promise<string>((resolve) => createInterface(output).once("line", resolve));
  const first = await Promise.race([line, ended]);
  if (first === undefined || child.pid === undefined) {
    throw new Error(`a server did not start: ${args.join(" ")}\n${readFileSync(log, "utf8").slice(-1000)}`);
  }
  return { pid: child.pid, said: JSON.parse(first), [Symbol.asyncDispose]: () => stop(child, ended) };
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
  await ended;
  clearTimeout(timer);
}
