/** A relay in this process, listening on a free port, with everything in memory. */
import { type Config, parseConfig, toHex } from "@sotto/wire";
import { createOpaqueSetup, Opaque } from "../src/account/opaque.ts";
import { type RelayPorts, type RunningRelay, startRelay } from "../src/index.ts";
import { some } from "./client.ts";

export function configOf(file: Record<string, Record<string, unknown>> = {}): Config {
  const read = parseConfig({
    file: { ...file, server: { port: 0 }, security: { max_messages_per_sec: 0, ...file.security } },
  });
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
}

/** A relay's id and its half of all passwords, of its own. */
export function identity(relay: Uint8Array = some(32)): Pick<RelayPorts, "relay" | "opaque"> {
  return { relay, opaque: new Opaque(createOpaqueSetup(), toHex(relay)) };
}

export async function running(file?: Record<string, Record<string, unknown>>): Promise<RunningRelay & AsyncDisposable> {
  const relay = await startRelay({ config: configOf(file), data: undefined });
  return {
    ...relay,
    // A spread would keep those of now.
    get link() {
      return relay.link;
    },
    get accessPassword() {
      return relay.accessPassword;
    },
    [Symbol.asyncDispose]: () => relay.stop(),
  };
}
