/** The whole run: worlds of a hundred kills one after the other, each with a rest and all checks every twenty-five. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Dice } from "./dice.ts";
import { ENTRANCES } from "./entrances.ts";
import { type Kind, UNDER_LOAD } from "./kinds.ts";
import type { Member } from "./member.ts";
import { RELAY_ALONE } from "./relay-alone.ts";
import { Tally } from "./tally.ts";
import { World } from "./world.ts";

/** Of those at the door each stretches a password: they are not for a run of a few seconds. */
function kindsOf(isSmall: boolean, only: string): readonly Kind[] {
  const all = Object.entries(isSmall ? UNDER_LOAD : { ...UNDER_LOAD, ...ENTRANCES, ...RELAY_ALONE });
  return all.filter(([name]) => name.includes(only)).map(([, kind]) => kind);
}

const KILLS_OF_WORLD = 100;
const KILLS_BETWEEN_RESTS = 25;
/** Strikes under way at once: while one process starts, another one dies. */
const WORKERS = 2;
/** A folder that nobody looks at is a disk that is full. */
const FAILURES_MAX = 10;

export interface RunOptions {
  readonly kills: number;
  readonly seed: number;
  /** Each world gets a folder in it; that of one without faults is removed. */
  readonly folder: string;
  /** Two people, and no passwords: for a run of a few seconds. */
  readonly isSmall?: boolean;
  /** Crash points with this in their names, and no others. */
  readonly only?: string;
  /** Worlds at once. */
  readonly atOnce?: number;
  /** Ends everything that runs. */
  readonly signal?: AbortSignal;
  readonly log: (line: string) => void;
}

export interface RunEnd {
  readonly tally: Tally;
  /** One for each that went wrong: seed, folder, and what is wrong. */
  readonly failures: readonly string[];
}

export async function crash(options: RunOptions): Promise<RunEnd> {
  const { kills, seed, folder, isSmall = false, only = "", atOnce = 1 } = options;
  const kinds = kindsOf(isSmall, only);
  if (kinds.length === 0) throw new Error(`there is no crash point with "${only}" in its name`);
  const tally = new Tally();
  const failures: string[] = [];
  let [number, planned] = [0, 0];
  const worlds = async (): Promise<void> => {
    while (planned < kills && failures.length < FAILURES_MAX && options.signal?.aborted !== true) {
      const share = Math.min(KILLS_OF_WORLD, kills - planned);
      planned += share;
      const place = { folder: join(folder, `w${number}`), isSmall };
      const its = await oneWorld({ ...place, kills: share, kinds, seed: seed + number++ }, options);
      tally.add(its.tally);
      if (its.failure === undefined) continue;
      failures.push(its.failure);
      planned -= Math.max(0, share - its.tally.kills);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worlds));
  return { tally, failures };
}

interface Plan {
  readonly folder: string;
  readonly isSmall: boolean;
  readonly kills: number;
  readonly kinds: readonly Kind[];
  readonly seed: number;
}

/** A world from its first sign-up to its last check; its folder stays when something is wrong. */
async function oneWorld(
  { folder, isSmall, kills, kinds, seed }: Plan,
  { log, signal }: RunOptions,
): Promise<{ readonly tally: Tally; readonly failure: string | undefined }> {
  const startedAt = performance.now();
  const dice = new Dice(seed);
  const tally = new Tally();
  // Every other relay slows people down, as relays do.
  const settings = { SOTTO_SECURITY_MAX_MESSAGES_PER_SEC: dice.chance(0.5) ? "0" : "50" };
  try {
    await using world = await World.open({ folder, dice, tally, isSmall, settings });
    const stop = () => void world[Symbol.asyncDispose]();
    signal?.addEventListener("abort", stop, { once: true });
    signal?.throwIfAborted();
    await strikes(world, dice, kills, kinds).catch(async (cause: unknown) => {
      await world.keep();
      throw cause;
    });
  } catch (cause) {
    const failure = `--seed ${seed}, kept in ${folder}: ${cause instanceof Error ? cause.stack : String(cause)}`;
    log(`FAILED ${failure}`);
    return { tally, failure };
  }
  await rm(folder, { recursive: true, maxRetries: 5 });
  log(
    `--seed ${seed}: ${tally.kills} kills in ${((performance.now() - startedAt) / 1000).toFixed(1)} s, nothing wrong`,
  );
  return { tally, failure: undefined };
}

async function strikes(world: World, dice: Dice, kills: number, kinds: readonly Kind[]): Promise<void> {
  const last = world.tally.kills + kills;
  while (world.tally.kills < last) {
    // The rest itself kills the relay once.
    const pause = Math.min(last, world.tally.kills + KILLS_BETWEEN_RESTS) - 1;
    await Promise.all(Array.from({ length: WORKERS }, () => work(world, dice.fork(), pause, kinds)));
    await world.rest(dice);
  }
}

async function work(world: World, dice: Dice, until: number, kinds: readonly Kind[]): Promise<void> {
  while (world.tally.kills < until) {
    const kind = dice.weighted(kinds);
    const member = take(world, kind, dice);
    if (member === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      continue;
    }
    try {
      await kind.strike(world, dice, member);
    } finally {
      if (kind.takes === "relay" || kind.takes === "both") world.isRelayTaken = false;
      if (kind.takes === "member" || kind.takes === "both") member.isTaken = false;
    }
  }
}

/** Takes what a kind wants to itself. @returns undefined when another worker has it. */
function take(world: World, { takes }: Kind, dice: Dice): Member | undefined {
  const free = world.members.filter((member) => !member.isTaken && member.isUp);
  const wantsRelay = takes === "relay" || takes === "both";
  if (free.length === 0 || (wantsRelay && world.isRelayTaken)) return undefined;
  const member = dice.pick(free);
  if (wantsRelay) world.isRelayTaken = true;
  if (takes === "member" || takes === "both") member.isTaken = true;
  return member;
}
