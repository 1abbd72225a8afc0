import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Scratch extends AsyncDisposable {
  /** Absolute and short: sockets lie in it, whose paths have about a hundred bytes. */
  readonly dir: string;
}

/** A temporary folder that is gone, with all that is in it, when it is disposed of. */
export async function openScratch(): Promise<Scratch> {
  const dir = await mkdtemp(join(tmpdir(), "sotto-e2e-"));
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }) };
}
