/** How a one-shot command reaches an unlocked client: the running one if there is one, else its own. */
import { openSync } from "node:fs";
import { ReadStream } from "node:tty";
import { type Client, openClient } from "@sotto/core";
import { callLocal, nodePorts, openProfile } from "@sotto/node";
import { type Code, EXIT, type ExitCode, exitCode } from "@sotto/wire";
import { haltOf } from "../halt.ts";
import { type Engine, remoteEngine } from "../local.ts";
import { complain, renderLine } from "../output.ts";
import { refuse } from "../refuse.ts";
import { readSecret } from "../screen/pipe-screen.ts";
import { say } from "../text/index.ts";
import { haltWords } from "../words.ts";

export interface Own {
  readonly dir: string;
  readonly password: string | undefined;
  readonly code: string | undefined;
  /** The command is of no use without a connection: a relay that asks for a code gets one. */
  readonly connects: boolean;
}

/** @returns the exit code when it cannot be had; why was said on standard error. */
export async function openEngine({ dir, ...own }: Own): Promise<Engine | ExitCode> {
  const channel = await callLocal(dir);
  if (channel !== undefined) return remoteEngine(channel);
  const profile = await openProfile(dir);
  const client = openClient(nodePorts(profile));
  const engine = {
    request: client.request.bind(client),
    updates: client.updates.bind(client),
    close: () => client.close(),
  };
  const fault = await unlock(client, own);
  if (fault === undefined) return engine;
  await engine.close();
  return fault;
}

async function unlock(client: Client, own: Omit<Own, "dir">): Promise<ExitCode | undefined> {
  if (client.profile === "none") return refuse({ code: "not-signed-in", message: "" });
  const { once, unlock: text } = say().plain;
  const password = own.password ?? (await askTerminal(text.password));
  if (password === undefined) {
    complain(once.noTerminal, once.passwordFile);
    return EXIT.notSignedIn;
  }
  const code = own.code === undefined ? {} : { code: own.code };
  const unlocked = await client.request("account.unlock", { password, ...code });
  if (unlocked.ok) return own.connects ? prove(client, password, own.code) : undefined;
  if (unlocked.error.code !== "bad-credentials") return refuse(unlocked.error);
  complain(text.wrong, own.password === undefined ? text.again : once.lookIntoFile);
  return exitCode(unlocked.error.code);
}

/** How long the first try to connect is waited for, to know whether it is of use to go on. */
const FIRST_TRY_MS = 2_000;

/** Gives the relay a code if it asks for one; everything else that keeps a profile offline for good ends the command. */
async function prove(client: Client, password: string, tried: string | undefined): Promise<ExitCode | undefined> {
  const halt = await haltOf(client, FIRST_TRY_MS);
  if (halt === undefined) return undefined;
  // A code that was given and did not fit is refused as one.
  if (halt !== "bad-code") return refuseHalt(halt);
  if (tried !== undefined) return refuse({ code: halt, message: "" });
  const code = await askTerminal(say().plain.unlock.code);
  if (code === undefined) return refuseHalt(halt);
  const again = await client.request("account.unlock", { password, code: code.replace(/\s/g, "") });
  if (!again.ok) return refuse(again.error);
  const left = await haltOf(client, FIRST_TRY_MS);
  return left === undefined ? undefined : refuse({ code: left, message: "" });
}

/** Why there is no connection, for a command that is of no use without one. */
export function refuseHalt(code: Code): ExitCode {
  const hint = haltHint(code);
  if (hint === undefined) return refuse({ code, message: "" });
  complain(haltWords(code).what, hint);
  return EXIT.notSignedIn;
}

/** What ends it where there is no chat to type it in. */
function haltHint(code: Code): string | undefined {
  const { codeFile, newLink } = say().plain.once;
  if (code === "bad-code") return codeFile;
  return code === "bad-access-password" ? newLink : undefined;
}

/** Standard input may be what is to be sent, so the terminal itself is asked. */
async function askTerminal(question: string): Promise<string | undefined> {
  let input: ReadStream;
  try {
    input = new ReadStream(openSync("/dev/tty", "r+"));
  } catch {
    return undefined;
  }
  process.stderr.write(renderLine([question], false));
  try {
    return await readSecret(input);
  } finally {
    process.stderr.write("\n");
    input.destroy();
  }
}
