/** How a program of ours ends, whatever its face. */
import { VaultError } from "@sotto/core";
import { EXIT, type ExitCode, exitCode } from "@sotto/wire";
import { complain } from "../output.ts";
import { refuse } from "../refuse.ts";
import { say } from "../text/index.ts";

/** How long the end of input waits for what is not sent yet. */
export const SETTLE_MS = 30_000;
/** How long the end waits for connection and vault to close. */
const CLOSE_MS = 5_000;

/** Aborted by the first signal that ends programs; a second one ends at once. */
export function stopSignals(): AbortController {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(EXIT.failed);
      stop.abort();
    });
  }
  return stop;
}

/** Waits for the end of something, but not for ever. */
export async function inTime(work: Promise<void>): Promise<void> {
  await Promise.race([work, new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())]);
}

/** What nobody caught: the outside failed, or there is a bug. Never with a secret in it. */
export function fatal(cause: unknown): ExitCode {
  if (cause instanceof VaultError) {
    if (cause.code === "internal") complain(cause.message, say().plain.once.otherFolder);
    else refuse({ code: cause.code, message: cause.message });
    return exitCode(cause.code);
  }
  const { failed, report } = say().plain.once;
  complain(cause instanceof Error ? cause.message : failed, report);
  return EXIT.failed;
}
