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
/** Somebody may claim ten packages of one device, and one more each hour (the relay's pace). */
const BELIEVED_AGAIN_MS = 600_000;
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
  /** When the relay's word was last taken for it that none is left. */
  readonly believedAt: number;
}

/** The relay told how many are left: fills up when they are few, and replaces what is old. */
export async function counted(turn: Turn, left: number, countedAt: number): Promise<void> {
  turn.set({ stock: { ...turn.state.stock, left, countedAt } });
  return replenish(turn, false);
}

/** Somebody claimed the last resort, as an entry of the inbox tells: no other was left then. It is replaced at once. */
export async function lastResortClaimed(turn: Turn, entry: number): Promise<void> {
  const { stock, inbox } = turn.state;
  const countedAt = Math.max(entry, inbox.at(-1)?.number ?? 0);
  // Claims upon each other came before there were others; and a relay may say so without end.
  const isNews = entry > stock.countedAt && Math.abs(turn.now - stock.believedAt) > BELIEVED_AGAIN_MS;
  if (isNews) turn.set({ stock: { left: 0, countedAt, believedAt: turn.now } });
  return replenish(turn, true);
}

/** A Welcome was opened with the last resort. */
export async function lastResortSpent(turn: Turn): Promise<void> {
  return replenish(turn, true);
}

async function replenish(turn: Turn, lastResortUsed: boolean): Promise<void> {
  const { left } = turn.state.stock;
  return areOld(turn, left) ? replaceAll(turn) : fill(turn, left, lastResortUsed, false);
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
  return fill(turn, 0, true, true);
}

async function fill(turn: Turn, left: number, lastResortUsed: boolean, replace: boolean): Promise<void> {
  const lastResort = turn.state.keyPackages.findLast((one) => one.lastResort);
  const needsLast = lastResortUsed || lastResort === undefined || turn.now - lastResort.madeAt > LAST_RESORT_MS;
  const wanted = left < LOW ? FULL - left : 0;
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
  turn.set({ stock: { ...turn.state.stock, left: left + wanted } });
  turn.ask(
    { type: "key-packages-put", packages, lastResort: made.find((one) => one.lastResort)?.bytes, replace },
    async (later, body) => {
      // What the relay did not take, nobody can claim.
      if (body?.type !== "refused") return undefined;
      forget(later, (one) => made.some((other) => other.number === one.number));
      take(later, wanted);
      return undefined;
    },
  );
}

function take(turn: Turn, count: number): void {
  const { stock } = turn.state;
  turn.set({ stock: { ...stock, left: Math.max(0, stock.left - count) } });
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
  take(turn, 1);
  await replenish(turn, false);
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
