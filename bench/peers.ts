/**
 * Others to be measured beside us, from `interop/`, which has a package.json of its own and is never shipped. Where it
 * is not installed, our figures stand alone.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Pair } from "./sealing.ts";

const folder = join(import.meta.dirname, "..", "interop");
const isInstalled = existsSync(join(folder, "node_modules"));

/** What is told where there are no peers. */
export const NO_PEERS =
  "ts-mls and libsignal are not installed (npm ci --ignore-scripts in interop/): our figures alone";

interface Member {
  seal(plaintext: Uint8Array): Promise<Uint8Array>;
  open(message: Uint8Array): Promise<Uint8Array>;
  emptyCommit(): Promise<Uint8Array>;
  process(commit: Uint8Array): Promise<void>;
}

/** A group of ts-mls with its own provider: who made it, and who came in last. */
export async function tsMlsGroup(
  members: number,
): Promise<{ readonly creator: Member; readonly joiner: Member } | undefined> {
  if (!isInstalled) return undefined;
  return (await import(join(folder, "ts-mls.ts"))).makeTsMlsWorld(members);
}

export async function tsMlsPair(members: number): Promise<Pair | undefined> {
  const group = await tsMlsGroup(members);
  return group && { seal: (padded) => group.creator.seal(padded), open: (bytes) => group.joiner.open(bytes) };
}

/** Two parties of the Signal protocol: libsignal's session cipher, sessions kept in memory as its own objects. */
export async function libsignalPair(): Promise<Pair | undefined> {
  if (!isInstalled) return undefined;
  const { alice, bob } = await (await import(join(folder, "libsignal.ts"))).makeLibsignalPair();
  return { seal: (padded) => alice.seal(padded), open: (bytes) => bob.open(bytes) };
}
