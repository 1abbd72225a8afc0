/**
 * What time a relay has: the Date of its answer to `GET /healthz`, in whole seconds. Asked in a connection that trusts
 * the known key alone, as every connection that sends a byte.
 */
import { request } from "node:https";
import type { Target } from "@sotto/core";
import { lookAt } from "./probe.ts";
import { trusting } from "./transport.ts";

export interface RelayTime {
  /** Milliseconds since 1970, somewhere in the second that begins here. */
  readonly at: number;
  /** This machine's clock in the middle of the question, and how long it took. */
  readonly askedAt: number;
  readonly tookMs: number;
}

/** @returns undefined when it does not tell, shows another key, or takes longer than `patienceMs`. */
export async function relayTime(target: Omit<Target, "relay">, patienceMs: number): Promise<RelayTime | undefined> {
  const signal = AbortSignal.timeout(patienceMs);
  const known = { ...target, relay: undefined };
  const shown = await lookAt(known, signal);
  if (shown.type !== "shown" || shown.trust === "first-use") return undefined;
  const options = trusting(known, shown.root, shown.trust);
  return await new Promise((resolve) => {
    const startedAt = Date.now();
    const asked = request({ ...options, path: "/healthz", agent: false, signal }, (response) => {
      const tookMs = Date.now() - startedAt;
      const at = Date.parse(response.headers.date ?? "");
      response.destroy();
      resolve(Number.isNaN(at) ? undefined : { at, askedAt: startedAt + tookMs / 2, tookMs });
    });
    asked.on("error", () => resolve(undefined));
    asked.end();
  });
}
