/** Why a connection is not made: the engine says only that there is none, and refuses what needs one with the reason. */
import type { Code } from "@sotto/wire";
import type { Requests } from "./rpc/serve.ts";

/** What a profile does not get over by itself; after everything else it dials again. */
const HALTS: ReadonlySet<Code> = new Set<Code>([
  "bad-code",
  "bad-access-password",
  "banned",
  "device-revoked",
  "not-signed-in",
  "profile-copied",
  "relay-rolled-back",
  "unsupported-version",
  "wrong-pin",
]);

const LOOK_MS = 25;

/**
 * @param patienceMs - how long the first try may take before it counts as under way.
 * @returns undefined when there is a connection, or one is being tried.
 */
export async function haltOf(client: Requests, patienceMs = 0): Promise<Code | undefined> {
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    const status = await client.request("account.status", {});
    if (!status.ok || status.value.connection === "online") return undefined;
    if (status.value.connection === "offline") break;
    if (waitedMs >= patienceMs) return undefined;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  const asked = await client.request("users.list", {});
  return asked.ok || !HALTS.has(asked.error.code) ? undefined : asked.error.code;
}
