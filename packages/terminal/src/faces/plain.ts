/** Plain mode from its start to its end. */
import { basename } from "node:path";
import { openClient } from "@sotto/core";
import { nodePorts, openProfile } from "@sotto/node";
import { EXIT, type ExitCode } from "@sotto/wire";
import type { LinkArgument } from "../arguments.ts";
import { openDoor } from "../local.ts";
import { lookOf } from "../output.ts";
import type { Chat } from "../plain/chat.ts";
import { runPlain } from "../plain/run.ts";
import { refuse } from "../refuse.ts";
import { PipeScreen } from "../screen/pipe-screen.ts";
import type { Screen } from "../screen/screen.ts";
import { TerminalScreen } from "../screen/terminal-screen.ts";
import { say } from "../text/index.ts";
import type { Secrets } from "../work.ts";
import { fatal, inTime, SETTLE_MS, stopSignals } from "./ending.ts";
import { isHeld, linkOf, look } from "./start.ts";

export async function plain(dir: string, asked: boolean, argument: LinkArgument, secrets: Secrets): Promise<ExitCode> {
  await using profile = await openProfile(dir);
  if (await isHeld(dir, profile)) return refuse({ code: "vault-busy", message: "" });
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
