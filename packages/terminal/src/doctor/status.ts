/** What only an open vault knows: asked of the sotto that has it open, or read with the password. */
import { openClient, type Status, VaultError } from "@sotto/core";
import { callLocal, nodePorts, openProfile } from "@sotto/node";
import { haltOf } from "../halt.ts";
import { remoteEngine } from "../local.ts";
import type { Requests } from "../rpc/serve.ts";
import { say } from "../text/index.ts";
import { refusalWords } from "../words.ts";
import { bad, type Finding, fine } from "./finding.ts";

export interface Known {
  readonly findings: readonly Finding[];
  /** undefined: nobody told. */
  readonly status: Status | undefined;
}

/** How long a sotto that has the profile open may take for an answer. */
const ANSWER_MS = 5_000;
/** How long the first try to connect is waited for. */
const FIRST_TRY_MS = 10_000;
const CLOSE_MS = 5_000;

export interface Secrets {
  readonly password: string | undefined;
  readonly code: string | undefined;
}

/** @param size - of the vault, in words. */
export async function knownStatus(dir: string, secrets: Secrets, size: string): Promise<Known> {
  const said = say().cli.doctor;
  const running = await askRunning(dir);
  if (running === "silent") {
    return { findings: [bad("vault", said.vaultSilent, said.vaultSilentTodo)], status: undefined };
  }
  if (running !== "none") return { findings: [fine("vault", said.vaultOpenElsewhere(size))], status: running };
  if (secrets.password !== undefined) return await opened(dir, secrets.password, secrets.code, size);
  return { findings: [fine("vault", said.vaultLocked(size))], status: undefined };
}

async function askRunning(dir: string): Promise<Status | "none" | "silent"> {
  const channel = await callLocal(dir).catch(() => "silent" as const);
  if (channel === undefined) return "none";
  if (channel === "silent") return "silent";
  const engine = remoteEngine(channel);
  try {
    const answer = await inTime(engine.request("account.status", {}), ANSWER_MS);
    return answer?.ok === true ? answer.value : "silent";
  } finally {
    await engine.close();
  }
}

/** As any sotto opens it: it connects, and gets what has waited for it. */
async function opened(dir: string, password: string, code: string | undefined, size: string): Promise<Known> {
  const said = say().cli.doctor;
  try {
    await using profile = await openProfile(dir);
    const client = openClient(nodePorts(profile));
    try {
      const unlocked = await client.request("account.unlock", { password, ...(code === undefined ? {} : { code }) });
      if (unlocked.ok) return { findings: [fine("vault", said.vaultOpened(size))], status: await settled(client) };
      const { what, hint } = refusalWords(unlocked.error);
      const isWrong = unlocked.error.code === "bad-credentials";
      const finding = isWrong ? bad("vault", said.vaultWrong, said.vaultWrongTodo) : bad("vault", what, hint);
      return { findings: [finding], status: undefined };
    } finally {
      await inTime(client.close(), CLOSE_MS);
    }
  } catch (cause) {
    // Whatever it is, it is what was looked for.
    const { what, hint } = refusalWords({ code: cause instanceof VaultError ? cause.code : "internal", message: "" });
    return { findings: [bad("vault", what, hint)], status: undefined };
  }
}

/** Once the first try to connect has come to something. */
async function settled(client: Requests): Promise<Status | undefined> {
  await haltOf(client, FIRST_TRY_MS);
  const answer = await client.request("account.status", {});
  return answer.ok ? answer.value : undefined;
}

async function inTime<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  return await Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
