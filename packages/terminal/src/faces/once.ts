/** The one-shot commands from their start to their end. */
import * as oneShot from "../one-shot/commands.ts";
import { openEngine } from "../one-shot/engine.ts";
import type { Secrets, Work } from "../work.ts";
import { inTime, SETTLE_MS, stopSignals } from "./ending.ts";

export async function once(work: Extract<Work, { type: "send" | "tail" | "rooms" }>, dir: string, secrets: Secrets) {
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
