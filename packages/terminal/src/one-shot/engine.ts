/** How a one-shot command reaches an unlocked client: the running one if there is one, else its own. */
import { openSync } from "node:fs";
import { ReadStream } from "node:tty";
import { type Client, openClient, type Refusal } from "@sotto/core";
import { callLocal, nodePorts, openProfile } from "@sotto/node";
import { EXIT, type ExitCode, exitCode } from "@sotto/wire";
import { type Engine, remoteEngine } from "../local.ts";
import { complain, renderLine } from "../output.ts";
import { readSecret } from "../screen/pipe-screen.ts";
import { refusalWords } from "../words.ts";

export interface Own {
  readonly dir: string;
  readonly password: string | undefined;
}

/** @returns the exit code when it cannot be had; why was said on standard error. */
export async function openEngine({ dir, password }: Own): Promise<Engine | ExitCode> {
  const channel = await callLocal(dir);
  if (channel !== undefined) return remoteEngine(channel);
  const profile = await openProfile(dir);
  const client = openClient(nodePorts(profile));
  const engine = {
    request: client.request.bind(client),
    updates: client.updates.bind(client),
    close: () => client.close(),
  };
  const fault = await unlock(client, password);
  if (fault === undefined) return engine;
  await engine.close();
  return fault;
}

/** Prints a refusal on standard error. @returns the exit code that says the same. */
export function refuse(refusal: Refusal): ExitCode {
  const words = refusalWords(refusal);
  complain(words.what, words.hint);
  return exitCode(refusal.code);
}

async function unlock(client: Client, given: string | undefined): Promise<ExitCode | undefined> {
  if (client.profile === "none") return refuse({ code: "not-signed-in", message: "" });
  const password = given ?? (await askTerminal("password: "));
  if (password === undefined) {
    complain("the profile is locked and there is no terminal to ask for its password", "use --password-file FILE");
    return EXIT.notSignedIn;
  }
  const unlocked = await client.request("account.unlock", { password });
  if (unlocked.ok) return undefined;
  if (unlocked.error.code !== "bad-credentials") return refuse(unlocked.error);
  complain("wrong password", given === undefined ? "try again" : "look into the file of --password-file");
  return exitCode(unlocked.error.code);
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
