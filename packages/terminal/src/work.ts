/** What needs a profile: the interfaces and the one-shot commands, each from its start to its exit code. */
import { basename } from "node:path";
import { type Message, openClient, VaultError } from "@sotto/core";
import { callLocal, fingerprint, nodePorts, openProfile, probe, profileDir } from "@sotto/node";
import { EXIT, type ExitCode, equalBytes, exitCode, type Link } from "@sotto/wire";
import type { Invocation, LinkArgument } from "./arguments.ts";
import { runFull } from "./full/app.ts";
import { openDoor } from "./local.ts";
import * as oneShot from "./one-shot/commands.ts";
import { openEngine, refuse } from "./one-shot/engine.ts";
import { complain, lookOf } from "./output.ts";
import type { Chat } from "./plain/chat.ts";
import type { RelayLook } from "./plain/first-run.ts";
import { runPlain } from "./plain/run.ts";
import { lineWriter, serveStdio } from "./rpc/stdio.ts";
import { PipeScreen } from "./screen/pipe-screen.ts";
import type { Screen } from "./screen/screen.ts";
import { TerminalScreen } from "./screen/terminal-screen.ts";
import { readSecretFile } from "./secret-file.ts";
import { say } from "./text/index.ts";

/** How long the end of input waits for what is not sent yet. */
const SETTLE_MS = 30_000;
/** How long the end waits for connection and vault to close. */
const CLOSE_MS = 5_000;

/** What files gave. */
interface Secrets {
  readonly password: string | undefined;
  readonly code: string | undefined;
}

export type Work = Exclude<Invocation, { type: "help" | "version" | "completion" | "doctor" }>;

export async function runWork(work: Work, version: string): Promise<ExitCode> {
  const dir = profileDir(work.profile);
  if (dir === undefined) {
    complain(say().plain.once.profileName, say().plain.once.profileExample);
    return EXIT.misused;
  }
  const password = work.passwordFile === undefined ? undefined : readSecretFile(work.passwordFile, "password");
  if (work.passwordFile !== undefined && password === undefined) return EXIT.misused;
  const code = work.codeFile === undefined ? undefined : readSecretFile(work.codeFile, "code")?.replace(/\s/g, "");
  if (work.codeFile !== undefined && code === undefined) return EXIT.misused;
  switch (work.type) {
    case "rpc":
      return rpc(dir, version);
    case "plain":
      return wantsPlain(work.asked)
        ? plain(dir, work.asked, work.link, { password, code })
        : full(dir, work.link, { password, code });
    case "send":
    case "tail":
    case "rooms":
      return once(work, dir, { password, code });
  }
}

async function rpc(dir: string, version: string): Promise<ExitCode> {
  await using profile = await openProfile(dir);
  const client = openClient(nodePorts(profile));
  const stop = stopSignals();
  const shut = openDoor(dir, client, () => {});
  await serveStdio({
    client,
    version,
    profile: profile.vault.state === "none" ? "none" : "locked",
    input: process.stdin,
    write: lineWriter(process.stdout, () => stop.abort()),
    settleMs: SETTLE_MS,
    stop: stop.signal,
  });
  shut();
  await inTime(client.close());
  return EXIT.done;
}

async function plain(dir: string, asked: boolean, argument: LinkArgument, secrets: Secrets): Promise<ExitCode> {
  await using profile = await openProfile(dir);
  if (profile.vault.state === "locked") {
    const running = await callLocal(dir);
    running?.close();
    if (running !== undefined) return refuse({ code: "vault-busy", message: "" });
  }
  const client = openClient(nodePorts(profile));
  const stop = stopSignals();
  const screen = openScreen(stop, asked);
  process.once("uncaughtException", (cause) => {
    screen.close(); // before the words, or they are lost in the line that is being typed
    process.exit(fatal(cause));
  });
  let chat: Chat | undefined;
  const shut = openDoor(dir, client, (roomId, message) => chat?.echo(roomId, message));
  try {
    const link = argument.type === "stdin" ? await screen.ask(say().plain.start.linkShort) : linkOf(argument);
    const run = runPlain({
      client,
      screen,
      profile: profile.vault.state === "none" ? "none" : "locked",
      name: basename(dir),
      link,
      ...secrets,
      look,
      settleMs: SETTLE_MS,
      stop: stop.signal,
      signedIn: async (signedIn) => {
        chat = signedIn;
      },
    });
    const stopped = new Promise<ExitCode>((resolve) => {
      stop.signal.addEventListener("abort", () => resolve(EXIT.done), { once: true });
    });
    return await Promise.race([run, stopped]);
  } finally {
    screen.close();
    shut();
    await inTime(client.close());
  }
}

/** Who asked for it, and where there is no terminal that could do more. */
function wantsPlain(asked: boolean): boolean {
  const { stdin, stdout, env } = process;
  return asked || !stdin.isTTY || !stdout.isTTY || env.TERM === "dumb" || (env.SOTTO_PLAIN ?? "") !== "";
}

async function full(dir: string, argument: LinkArgument, secrets: Secrets): Promise<ExitCode> {
  await using profile = await openProfile(dir);
  if (profile.vault.state === "locked") {
    const running = await callLocal(dir);
    running?.close();
    if (running !== undefined) return refuse({ code: "vault-busy", message: "" });
  }
  const client = openClient(nodePorts(profile));
  const stop = stopSignals();
  process.once("uncaughtException", (cause) => process.exit(fatal(cause)));
  let echo: (roomId: string, message: Message) => void = () => {};
  const shut = openDoor(dir, client, (roomId, message) => echo(roomId, message));
  try {
    return await runFull({
      client,
      input: process.stdin,
      output: process.stdout,
      env: process.env,
      profile: profile.vault.state === "none" ? "none" : "locked",
      name: basename(dir),
      link: argument.type === "stdin" ? { type: "asked" } : linkOf(argument),
      ...secrets,
      look,
      stop,
      signedIn: (given) => {
        echo = given;
      },
    });
  } finally {
    shut();
    await inTime(client.close());
  }
}

function linkOf(argument: LinkArgument): string | undefined {
  return argument.type === "given" ? argument.link : undefined;
}

function openScreen(stop: AbortController, asked: boolean): Screen {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY || process.env.TERM === "dumb") {
    stdout.on("error", () => stop.abort());
    return new PipeScreen(stdin, stdout);
  }
  const screen = new TerminalScreen(stdin, stdout, lookOf(true, process.env, asked), { quit: () => stop.abort() });
  screen.open();
  return screen;
}

/** First contact, for the eyes of a person: whether the relay answers, and with which key. */
async function look(link: Link): Promise<RelayLook> {
  // A wrong relay's key is shown too.
  const shown = await probe({ host: link.host, port: link.port, pin: link.pin }, "whatever");
  if ("error" in shown) {
    const known = link.pin === undefined ? undefined : fingerprint(link.pin);
    return { fingerprint: known, trust: undefined, fault: { code: "offline", detail: shown.error } };
  }
  const print = fingerprint(shown.pin);
  if (link.pin === undefined) return { fingerprint: print, trust: shown.trust, fault: undefined };
  if (equalBytes(link.pin, shown.pin)) return { fingerprint: print, trust: "pinned", fault: undefined };
  return { fingerprint: print, trust: undefined, fault: { code: "wrong-pin", detail: say().plain.once.otherKey } };
}

async function once(work: Extract<Work, { type: "send" | "tail" | "rooms" }>, dir: string, secrets: Secrets) {
  const stop = stopSignals();
  process.stdout.on("error", () => stop.abort());
  const engine = await openEngine({ dir, ...secrets, connects: work.type !== "rooms" });
  if (typeof engine === "number") return engine;
  try {
    switch (work.type) {
      case "send":
        return await oneShot.send(engine, { ...work, input: process.stdin, patienceMs: SETTLE_MS });
      case "tail":
        return await oneShot.tail(engine, { ...work, output: process.stdout, stop: stop.signal });
      case "rooms":
        return await oneShot.rooms(engine, work.json, process.stdout);
    }
  } finally {
    await inTime(engine.close());
  }
}

/** Aborted by the first signal that ends programs; a second one ends at once. */
function stopSignals(): AbortController {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(EXIT.failed);
      stop.abort();
    });
  }
  return stop;
}

async function inTime(work: Promise<void>): Promise<void> {
  await Promise.race([work, new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())]);
}

/** What nobody caught: the outside failed, or there is a bug. Never with a secret in it. */
export function fatal(cause: unknown): ExitCode {
  if (cause instanceof VaultError) {
    if (cause.code === "internal") complain(cause.message, say().plain.once.otherFolder);
    else refuse({ code: cause.code, message: cause.message });
    return exitCode(cause.code);
  }
  const { failed, report } = say().plain.once;
  complain(cause instanceof Error ? cause.message : failed, report);
  return EXIT.failed;
}
