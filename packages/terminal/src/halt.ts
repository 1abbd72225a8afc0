/** Why no connection is made that nobody asks for: what a profile does not get over by itself. */
import type { Code } from "@sotto/wire";
import type { Requests } from "./rpc/serve.ts";

const LOOK_MS = 25;

/**
 * @param patienceMs - how long the first try may take before it counts as under way.
 * @returns undefined when there is a connection, or one is being tried.
 */
export async function haltOf(client: Requests, patienceMs = 0): Promise<Code | undefined> {
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    const status = await client.request("account.status", {});
    if (!status.ok || status.value.connection === "online") return undefined;
    if (status.value.connection === "offline") return status.value.halted;
    if (waitedMs >= patienceMs) return undefined;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
