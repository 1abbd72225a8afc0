/**
 * What happens in a world, drawn from its seed before it begins: who is there, what they do, what goes wrong and when.
 * Each move has dice of its own, so that a world without one of them is as much like the first one as can be: that is
 * how a failing one shrinks.
 */
import { Dice } from "./dice.ts";

/** Who is in a world of so many: the first ones. */
export const PEOPLE = ["bob", "cat", "dan", "ann"] as const;

/** What may go wrong beyond the everyday, each of which changes what may be expected of a world. */
export interface Mishaps {
  /** The relay is put back to an older copy of its disk. */
  readonly relayBack: boolean;
  /** A device is put back to an older copy of its profile. */
  readonly deviceBack: boolean;
  /** A profile runs twice. */
  readonly copied: boolean;
  /** Members post what no client of ours would. */
  readonly hostileMember: boolean;
}

export interface Move {
  readonly do: MoveName;
  /** Milliseconds since the move before it; 0: at the same time. */
  readonly after: number;
  /** Seed of what the move itself chooses. */
  readonly dice: number;
}

export interface Plan {
  readonly people: readonly string[];
  /** Somebody who has an account and is in no room, until they join one. */
  readonly outsider: string | undefined;
  /** They are in a room when it begins; else the first of them makes one that others join. */
  readonly roomStands: boolean;
  readonly mishaps: Mishaps;
  readonly moves: readonly Move[];
}

/** How often each move comes, for each hundred or so. */
const EVERYDAY = {
  say: 36,
  direct: 3,
  sayDirect: 7,
  create: 1,
  link: 3,
  join: 6,
  add: 5,
  remove: 3,
  leave: 3,
  read: 1,
  device: 1.5,
  revoke: 1.2,
  password: 0.7,
  phrase: 0.4,
  close: 2,
  crash: 5,
  crashSoon: 5,
  back: 9,
  relayCrash: 2,
  relayCrashSoon: 2,
  relayDrain: 0.5,
  cut: 4,
  stall: 2,
  swallow: 1,
  slow: 2,
  away: 2,
  unruly: 0.7,
  full: 1.5,
  skew: 1,
  wait: 3,
  day: 0.02,
} as const;

const RARE = {
  backUpRelay: 6,
  relayBack: 3,
  backUpDevice: 6,
  deviceBack: 3,
  copied: 3,
  hostile: 8,
} as const;

export type MoveName = keyof typeof EVERYDAY | keyof typeof RARE;

export function planOf(seed: number): Plan {
  const dice = new Dice(seed, 9);
  const people = PEOPLE.slice(0, dice.of([2, 3, 3, 3, 4]));
  const roomStands = dice.chance(0.7);
  const outsider = dice.chance(0.3) ? "eve" : undefined;
  const mishaps: Mishaps = {
    relayBack: dice.chance(0.08),
    deviceBack: dice.chance(0.06),
    copied: dice.chance(0.06),
    hostileMember: dice.chance(0.12),
  };
  const weights = bagOf(mishaps, dice);
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  const pick = (): MoveName => {
    let left = (dice.below(1_000_000) / 1_000_000) * total;
    for (const [name, weight] of weights) {
      left -= weight;
      if (left < 0) return name;
    }
    return "wait";
  };
  const count = dice.between(12, 36);
  // Some worlds are hasty: hardly anything has ended before the next thing begins.
  const pace = dice.of([30, 300, 1500]);
  const moves = Array.from({ length: count }, (): Move => {
    const after = dice.chance(0.3) ? 0 : dice.below(pace);
    return { do: pick(), after, dice: dice.word() };
  });
  return { people, outsider, roomStands, mishaps, moves };
}

/** Each world leaves some of the everyday out, so that no trouble hides another one in all of them. */
function bagOf(mishaps: Mishaps, dice: Dice): readonly (readonly [MoveName, number])[] {
  const bag: [MoveName, number][] = [];
  for (const [name, weight] of Object.entries(EVERYDAY) as [keyof typeof EVERYDAY, number][]) {
    const isKept = weight > 30 || dice.chance(0.75);
    if (isKept) bag.push([name, weight]);
  }
  if (mishaps.relayBack) bag.push(["backUpRelay", RARE.backUpRelay], ["relayBack", RARE.relayBack]);
  if (mishaps.deviceBack) bag.push(["backUpDevice", RARE.backUpDevice], ["deviceBack", RARE.deviceBack]);
  if (mishaps.copied) bag.push(["copied", RARE.copied]);
  if (mishaps.hostileMember) bag.push(["hostile", RARE.hostile]);
  return bag;
}
