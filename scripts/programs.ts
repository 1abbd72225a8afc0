import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "./run.ts";

export const sottodFile = join(root, "packages", "relay", "bin", "sottod.js");
export const sottoFile = join(root, "packages", "terminal", "bin", "sotto.js");

export interface RunningRelay {
  readonly link: string;
  readonly accessPassword: string;
  readonly url: string;
  /** Of the relay itself, not of a launcher before it. */
  readonly pid: number;
  readonly process: ChildProcess;
  readonly ended: Promise<void>;
}

/**
 * Starts the real relay and waits until it listens. Its journal goes into a file beside its data.
 *
 * @param listen - HOST:PORT; port 0 takes any that is free.
 */
export async function startRelay(data: string, listen: string): Promise<RunningRelay> {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const journalFile = `${data}.log`;
  const journal = openSync(journalFile, "a", 0o600);
  // A group of its own: Ctrl-C and Ctrl-Z in a client are not meant for the relay.
  const child = spawn(process.execPath, [sottodFile, "--data", data, "--listen", listen, "--json"], {
    detached: true,
    stdio: ["ignore", "pipe", journal],
  });
  closeSync(journal);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const output = child.stdout;
  if (output === null) throw new Error("bug: standard output is a pipe");
  const announced = new Promise<string>((resolve) => createInterface(output).once("line", resolve));
  const line = await Promise.race([announced, ended]);
  if (line === undefined) throw new Error(`the relay did not start; ${journalFile} says why`);
  const said: { link: string; url: string; accessPassword: string; pid: number } = JSON.parse(line);
  return { ...said, process: child, ended };
}

/** @param signal - SIGTERM lets it finish, SIGKILL is a power cut. */
export async function stopRelay(relay: RunningRelay, signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
  if (relay.process.exitCode === null && relay.process.signalCode === null) process.kill(relay.pid, signal);
  await relay.ended;
}
