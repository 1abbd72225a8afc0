/** The whole run: worlds of a hundred kills one after the other, each with a rest and all checks every twenty-five. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Relay } from "../harness/relay.ts";
import { Dice } from "./dice.ts";
import { KINDS, type Kind } from "./kinds.ts";
import type { Member } from "./member.ts";
import { Tally } from "./tally.ts";
import { World } from "./world.ts";

const KILLS_OF_WORLD = 100;
const KILLS_BETWEEN_RESTS = 25;
/** Strikes under way at once: while one process starts, another one dies. */
const WORKERS = 2;
/** A folder that nobody looks at is a disk that is full. */
const FAILURES_MAX = 5;

export interface RunOptions {
  readonly kills: number;
  readonly seed: number;
  /** Each world gets a folder in it; that of one without faults is removed. */
  readonly folder: string;
  readonly isSmall?: boolean;
  readonly log: (line: string) => void;
}

export interface Outcome {
  readonly tally: Tally;
  /** One for each world that went wrong: seed, folder, and what is wrong. */
  readonly failures: readonly string[];
}

export async function crash({ kills, seed, folder, isSmall = false, log }: RunOptions): Promise<Outcome> {
  const tally = new Tally();
  const failures: string[] = [];
  const cache = join(folder, "compiled");
  await mkdir(cache, { recursive: true });
  await warm(folder, cache);
  for (let number = 0; tally.kills < kills && failures.length < FAILURES_MAX; number++) {
    const before = tally.kills;
    const place = join(folder, `w${number}`);
    const startedAt = performance.now();
    const dice = new Dice(seed + number);
    // Every other relay slows people down, as relays do.
    const settings = { SOTTO_SECURITY_MAX_MESSAGES_PER_SEC: number % 2 === 0 ? "0" : "50" };
    try {
      await using world = await World.open({ folder: place, dice, tally, cache, isSmall, settings });
      await strikes(world, dice, Math.min(KILLS_OF_WORLD, kills - before));
    } catch (cause) {
      const what = cause instanceof Error ? cause.stack : String(cause);
      failures.push(`world ${number} (--seed ${seed + number}), kept in ${place}: ${what}`);
      log(`FAILED ${failures.at(-1)}`);
      continue;
    }
    await rm(place, { recursive: true, maxRetries: 5 });
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    log(`world ${number} (--seed ${seed + number}): ${tally.kills - before} kills in ${seconds} s, nothing wrong`);
  }
  await rm(cache, { recursive: true, force: true });
  return { tally, failures };
}

/** Compiled code is kept when a program ends in order. */
async function warm(folder: string, cache: string): Promise<void> {
  await using relay = await Relay.start(folder, { NODE_COMPILE_CACHE: cache }, "warm");
  await relay.kill("SIGTERM");
  await rm(relay.data, { recursive: true });
}

async function strikes(world: World, dice: Dice, kills: number): Promise<void> {
  const last = world.tally.kills + kills;
  while (world.tally.kills < last) {
    // The rest itself kills the relay once.
    const pause = Math.min(last, world.tally.kills + KILLS_BETWEEN_RESTS) - 1;
    await Promise.all(Array.from({ length: WORKERS }, () => work(world, dice.fork(), pause)));
    await world.rest(dice);
  }
}

async function work(world: World, dice: Dice, until: number): Promise<void> {
  while (world.tally.kills < until) {
    const kind = dice.weighted(KINDS);
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
