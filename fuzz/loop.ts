/** The loop: take an input that is known, change it, try it, and keep it when something new came of it. */
import { getHeapStatistics } from "node:v8";
import { readCorpus, readRegressions } from "./corpus.ts";
import { Dice } from "./dice.ts";
import { mutate } from "./mutate/mutate.ts";
import type { Sample, Target, Trial } from "./target.ts";
import { bytesOf } from "./text.ts";

/** What an input may take up in memory while it is parsed. */
export const MEMORY_BYTES_MAX = 96 * 1024 * 1024;
/** Inputs to build upon; beyond that a new one takes the place of an older one that is no sample. */
const POOL_MAX = 4000;
/** What is built upon is small: from large inputs come only large ones. */
const KEPT_BYTES_MAX = 16_384;

export interface Finding {
  readonly input: Uint8Array;
  readonly error: unknown;
}

export interface Report {
  readonly inputs: number;
  /** How often each thing became of an input. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly seconds: number;
  readonly slowest: { readonly ms: number; readonly input: Uint8Array };
  readonly largestBytes: number;
  readonly finding: Finding | undefined;
}

export interface Course {
  readonly seed: number;
  /** Asked before each input. */
  readonly goesOn: (inputs: number) => boolean;
  /** Told of each input before it is tried: where a program hangs, this was the one. */
  readonly watch?: (input: Uint8Array) => void;
}

export async function run(target: Target, { seed, goesOn, watch = () => undefined }: Course): Promise<Report> {
  const trial = await target.open();
  const dice = new Dice(seed, target.name);
  const saved = (await startOf(target)).map(({ bytes }) => bytes);
  const pool = saved.length > 0 ? [...saved] : [new Uint8Array(0)];
  const words = (target.words ?? []).map(bytesOf);
  const outcomes = new Map<string, number>();
  const startedAt = performance.now();
  let [inputs, largestBytes] = [0, 0];
  let slowest: Report["slowest"] = { ms: 0, input: new Uint8Array(0) };
  let finding: Finding | undefined;
  try {
    while (finding === undefined && goesOn(inputs)) {
      const material = { dice, others: pool, words, bytesMax: target.bytesMax };
      const input = saved[inputs] ?? mutate(dice.one(pool), target.format, material);
      inputs++;
      watch(input);
      const tried = await attempt(trial, input);
      if (tried.ms > slowest.ms) slowest = { ms: tried.ms, input };
      largestBytes = Math.max(largestBytes, tried.bytes);
      if (!tried.ok) finding = { input, error: tried.error };
      else {
        const before = outcomes.get(tried.outcome) ?? 0;
        outcomes.set(tried.outcome, before + 1);
        if (before === 0 && input.length <= KEPT_BYTES_MAX) keep(pool, saved.length, input, dice);
      }
    }
  } finally {
    await trial.close?.();
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { inputs, outcomes, seconds, slowest, largestBytes, finding };
}

/** What there is to begin with. */
export async function startOf({ name, kept, samples }: Target): Promise<readonly Sample[]> {
  return [...(kept === "fresh" ? await samples() : readCorpus(name)), ...readRegressions(name)];
}

function keep(pool: Uint8Array[], saved: number, input: Uint8Array, dice: Dice): void {
  if (pool.length < POOL_MAX) pool.push(input);
  else pool[dice.between(saved, pool.length - 1)] = input;
}

type Tried = { readonly ms: number; readonly bytes: number } & (
  | { readonly ok: true; readonly outcome: string }
  | { readonly ok: false; readonly error: unknown }
);

/** One input: with a copy of it, which nobody may change. */
export async function attempt(trial: Trial, input: Uint8Array): Promise<Tried> {
  const given = input.slice();
  const memoryBefore = memory();
  const startedAt = performance.now();
  try {
    const taken = trial.take(given);
    const outcome = typeof taken === "string" ? taken : await taken;
    const ms = performance.now() - startedAt;
    const bytes = memory() - memoryBefore;
    if (Buffer.compare(given, input) !== 0) return { ms, bytes, ok: false, error: new Error("the input was changed") };
    if (bytes > (trial.memoryBytesMax ?? MEMORY_BYTES_MAX))
      return { ms, bytes, ok: false, error: new Error(`it took ${bytes} bytes of memory`) };
    return { ms, bytes, ok: true, outcome };
  } catch (error) {
    return { ms: performance.now() - startedAt, bytes: memory() - memoryBefore, ok: false, error };
  }
}

/** What is in use, garbage included: too much only when nothing was collected meanwhile, so it never says too little. */
function memory(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}
