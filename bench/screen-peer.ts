/** WeeChat at the same terminal, for a ratio: in C, with messages in the clear from a server beside it and no vault. */
import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { IrcServer } from "./irc-server.ts";
import { alone } from "./processors.ts";
import { type Size, TimedTerminal } from "./screen-terminal.ts";

/** undefined: it is not installed here. */
export function weechatVersion(): string | undefined {
  const { status, stdout } = spawnSync("weechat", ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

export interface Peer extends AsyncDisposable {
  readonly terminal: TimedTerminal;
  readonly server: IrcServer;
}

export async function openPeer(folder: string, size: Size): Promise<Peer> {
  await using held = new AsyncDisposableStack();
  const server = held.use(await IrcServer.open());
  const home = mkdtempSync(join(folder, "weechat-"));
  const address = `127.0.0.1/${server.port}`;
  const commands = [`/server add bench ${address} -nicks=alice -autojoin=#general`, "/connect bench"];
  const orders = commands.flatMap((one) => ["--run-command", one]);
  const command = alone(["weechat", "--dir", home, ...orders]);
  const terminal = held.use(new TimedTerminal(command, size, folder));
  await terminal.sees("has joined");
  server.say("newest of all");
  await terminal.sees("newest of all");
  await terminal.rest();
  const kept = held.move();
  return { terminal, server, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
