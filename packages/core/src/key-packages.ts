/** Key packages of this device: enough of them lie at the relay, and their private halves in the vault. */
import { equalBytes } from "@sotto/wire";
import { makeKeyPackage } from "./group/index.ts";
import { ownLeaf } from "./identity/own.ts";
import { KEYS, type KeyPackageRecord } from "./records.ts";
import type { Turn } from "./turn.ts";

const LOW = 10;
const KEPT_MAX = 100;
const KEPT_MS = 120 * 86_400_000;
const FULL = 20;
const DAY_MS = 86_400_000;
const LAST_RESORT_MS = 30 * DAY_MS;
/** Of packages that lie at the relay. They hold for 90 days, and the relay gives out the oldest first. */
const RENEWED_MS = 60 * DAY_MS;
/** How long the private half of a last resort is kept that another one has replaced. */
const REPLACED_MS = 7 * DAY_MS;
const REPLACED_MAX = 8;

/** What of this device's key packages lies at the relay, as far as it knows: of one that was claimed it hears later. */
export interface Stock {
  /** Ordinary ones. */
  readonly left: number;
  /** The newest entry of the inbox as they were counted: what it tells of was claimed before. */
  readonly countedAt: number;
}

/** Fills up when few are left, and replaces what is old. */
export async function replenish(turn: Turn): Promise<void> {
  const { left } = turn.state.stock;
  return areOld(turn, left) ? replaceAll(turn) : fill(turn, left < LOW ? FULL - left : 0, false, false);
}

/**
 * The last resort was used, and another one takes its place. Of the others nothing is known by that: from who claims
 * often the relay spares them.
 */
export async function replaceLastResort(turn: Turn): Promise<void> {
  return fill(turn, 0, true, false);
}

/** Whether some of those at the relay will soon have expired: of whom nobody claims any, nobody could be added then. */
function areOld(turn: Turn, left: number): boolean {
  const ordinary = turn.state.keyPackages.filter((one) => !one.lastResort);
  const oldest = ordinary[Math.max(0, ordinary.length - left)];
  return left > 0 && oldest !== undefined && turn.now - oldest.madeAt > RENEWED_MS;
}

/**
 * Makes all of them anew: they are old, or the relay went back in time and may give out such as were used since. The
 * private halves of those before stay as long as others do: Welcomes for them may wait in the inbox.
 */
export async function replaceAll(turn: Turn): Promise<void> {
  return fill(turn, FULL, true, true);
}

async function fill(turn: Turn, wanted: number, lastResortUsed: boolean, replace: boolean): Promise<void> {
  const lastResort = turn.state.keyPackages.findLast((one) => one.lastResort);
  const needsLast = lastResortUsed || lastResort === undefined || turn.now - lastResort.madeAt > LAST_RESORT_MS;
  if (wanted === 0 && !needsLast) return;
  const made: KeyPackageRecord[] = [];
  const first = (turn.state.keyPackages.at(-1)?.number ?? 0) + 1;
  for (let index = 0; index < wanted + (needsLast ? 1 : 0); index++) {
    const keyPackage = makeKeyPackage(turn.suite, ownLeaf(turn), turn.now, index === wanted);
    made.push({ ...keyPackage, number: first + index });
  }
  if (needsLast) forgetLastResorts(turn);
  for (const one of made) turn.put(KEYS.keyPackage(one.number), one);
  turn.set({ keyPackages: [...turn.state.keyPackages, ...made] });
  forgetOld(turn);
  const packages = made.filter((one) => !one.lastResort).map((one) => one.bytes);
  const more = replace ? wanted - turn.state.stock.left : wanted;
  count(turn, more);
  turn.ask(
    { type: "key-packages-put", packages, lastResort: made.find((one) => one.lastResort)?.bytes, replace },
    async (later, body) => {
      // What the relay did not take, nobody can claim.
      if (body?.type !== "refused") return undefined;
      forget(later, (one) => made.some((other) => other.number === one.number));
      count(later, -more);
      return undefined;
    },
  );
}

function count(turn: Turn, more: number): void {
  const { stock } = turn.state;
  turn.set({ stock: { ...stock, left: Math.max(0, stock.left + more) } });
}

/**
 * A package that let this device in is spent; a last resort may let it in again until it is replaced.
 *
 * @param entry - of the inbox, which the package opened.
 */
export async function spend(turn: Turn, bytes: Uint8Array, entry: number): Promise<void> {
  const used = turn.state.keyPackages.find((one) => equalBytes(one.bytes, bytes));
  if (used === undefined || used.lastResort) return;
  turn.set({ keyPackages: turn.state.keyPackages.filter((one) => one !== used) });
  turn.delete(KEYS.keyPackage(used.number));
  if (entry <= turn.state.stock.countedAt) return;
  count(turn, -1);
  await replenish(turn);
}

/**
 * Those that were replaced stay for Welcomes that are under way, by the age of what replaced them and the newest few;
 * after that they are of no use to anybody but a thief.
 */
function forgetLastResorts(turn: Turn): void {
  const all = turn.state.keyPackages.filter((one) => one.lastResort);
  const old = all.filter((_, index) => {
    const successor = all[index + 1];
    const isLate = successor !== undefined && turn.now - successor.madeAt > REPLACED_MS;
    return isLate || index < all.length - REPLACED_MAX;
  });
  forget(turn, (one) => old.includes(one));
}

/** Packages that nobody may claim any more, and all above what an honest relay ever asks for. */
function forgetOld(turn: Turn): void {
  const ordinary = turn.state.keyPackages.filter((one) => !one.lastResort);
  const surplus = ordinary.slice(0, Math.max(0, ordinary.length - KEPT_MAX));
  forget(turn, (one) => surplus.includes(one) || (!one.lastResort && turn.now - one.madeAt > KEPT_MS));
}

function forget(turn: Turn, isGone: (one: KeyPackageRecord) => boolean): void {
  for (const one of turn.state.keyPackages) if (isGone(one)) turn.delete(KEYS.keyPackage(one.number));
  turn.set({ keyPackages: turn.state.keyPackages.filter((one) => !isGone(one)) });
}
