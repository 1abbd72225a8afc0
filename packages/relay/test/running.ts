/** A relay in this process, listening on a free port, with everything in memory. */
import { type Config, parseConfig } from "@sotto/wire";
import { type RunningRelay, startRelay } from "../src/index.ts";

export function configOf(file: Record<string, Record<string, unknown>> = {}): Config {
  const read = parseConfig({
    file: { ...file, server: { port: 0 }, security: { max_messages_per_sec: 0, ...file.security } },
  });
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
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
