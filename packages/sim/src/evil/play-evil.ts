/** Plays a world whose relay means ill: ordinary people and ordinary trouble, and one misbehaviour until it repents. */
import type { WarningCode } from "@sotto/wire";
import type { AtRest } from "../checks.ts";
import { Dice } from "../dice.ts";
import { type Move, type MoveName, type Plan, planOf } from "../plan.ts";
import { play, type Report } from "../play.ts";
import type { Starts, World } from "../world.ts";
import { alike, asBefore, honest, named, once, spoken, talkers, told, undivided, warningsOf } from "./checks.ts";
import { EvilRelay, type Misbehaviour } from "./evil-relay.ts";

export interface EvilReport extends Report {
  readonly misbehaviour: string;
  /** How often the relay did otherwise than an honest one. */
  readonly strikes: number;
  /** What anybody was warned of. */
  readonly warned: readonly WarningCode[];
}

export interface EvilOptions {
  /** It takes every occasion, in a short world. */
  readonly isEager?: boolean;
  readonly only?: readonly number[];
  /** Hands in the world before anything happens: to plant a fault. */
  readonly arrange?: (world: World) => void;
  /** And once it is at rest, before it is looked at. */
  readonly disturb?: (world: World) => void;
}

/** What a relay that means ill is given once nobody does anything any more. */
const LAST_MS = 90_000;
/** A device that asks more often than this has nothing that it waits for. */
const FRAMES_MAX = 400;
const MOVES_OF_SHORT = 8;
/** Where some are out, they try again, ever more slowly: nobody waits for that. */
const REST_MS = 300_000;
/** What was told at the first words that are true again has been read by then. */
const CLEARED_MS = 60_000;

const NEVER: ReadonlySet<MoveName> = new Set<MoveName>([
  "backUpRelay",
  "relayBack",
  "backUpDevice",
  "deviceBack",
  "copied",
  "hostile",
]);

export async function playEvil(
  starts: Starts,
  seed: number,
  misbehaviour: Misbehaviour,
  options: EvilOptions = {},
): Promise<EvilReport> {
  const worlds: { world: World; evil: EvilRelay }[] = [];
  const { only, disturb } = options;
  const report = await play(starts, seed, {
    plan: evilPlan(seed, misbehaviour, options.isEager === true),
    ...(only === undefined ? {} : { only }),
    ...(disturb === undefined ? {} : { disturb }),
    arrange: (world) => {
      worlds.push({ world, evil: new EvilRelay(world, misbehaviour, options.isEager === true) });
      options.arrange?.(world);
    },
    ending: {
      restMs: misbehaviour.after === "some are out" ? REST_MS : undefined,
      last: async (world) => await lastOf(world, worlds[0]?.evil),
      agree,
      check: async (at, talk) => {
        const [first] = worlds;
        return first === undefined ? [] : await checked(at, talk, first.evil, misbehaviour);
      },
    },
  });
  const [first] = worlds;
  return {
    ...report,
    faults: report.faults.filter((fault) => isMeant(fault, misbehaviour)),
    misbehaviour: misbehaviour.name,
    strikes: first?.evil.strikes ?? 0,
    warned: [...new Set(first?.world.devices.flatMap((device) => warningsOf(device).map(({ code }) => code)) ?? [])],
  };
}

/** A world like others without mishaps, and in it the moves that give the relay its occasions. */
export function evilPlan(seed: number, { wants = [], isAmongStrangers }: Misbehaviour, isShort: boolean): Plan {
  const plan = planOf(seed);
  const dice = new Dice(seed, 21);
  const everyday = plan.moves.filter((move) => !NEVER.has(move.do));
  const moves = isShort ? everyday.slice(0, MOVES_OF_SHORT) : everyday;
  let at = 0;
  for (const name of wants) {
    at = Math.min(moves.length, at + dice.between(0, 3));
    const move: Move = { do: name, after: dice.below(400), dice: dice.word() };
    moves.splice(at++, 0, move);
  }
  const says = Array.from({ length: 4 }, (): Move => ({ do: "say", after: dice.below(300), dice: dice.word() }));
  const mishaps = { relayBack: false, deviceBack: false, copied: false, hostileMember: false };
  const roomStands = plan.roomStands && isAmongStrangers !== true;
  return { ...plan, roomStands, mishaps, moves: [...moves, ...says] };
}

/** The relay goes on for a while; then it repents. */
async function lastOf(world: World, evil: EvilRelay | undefined): Promise<readonly string[]> {
  if (evil === undefined) return [];
  await world.loop.pass(LAST_MS / 2);
  evil.frames.clear();
  await world.loop.pass(LAST_MS / 2);
  const faults = [...evil.frames].flatMap(([who, count]) =>
    count > FRAMES_MAX
      ? [`spin: ${who} sent ${count} frames within ${LAST_MS / 2000} s while nobody did anything`]
      : [],
  );
  world.tell(`the relay repents of ${evil.strikes} lies`);
  evil.repent();
  return faults;
}

/** A person reads a warning and says: go on. */
function agree(world: World): void {
  for (const device of world.devices) {
    if (!device.isRunning) continue;
    const fresh = device.updates.slice(device.agreed + 1);
    device.agreed = device.updates.length - 1;
    const seen = new Set<string>();
    for (const update of fresh) {
      if (update.type !== "warning") continue;
      const { code, roomId, username } = update;
      const params = {
        code,
        ...(roomId === undefined ? {} : { roomId }),
        ...(username === undefined ? {} : { username }),
      };
      const key = JSON.stringify(params);
      if (!seen.has(key)) device.ask("warning.accept", params);
      seen.add(key);
    }
  }
}

async function checked(
  at: AtRest,
  talk: () => Promise<readonly string[]>,
  evil: EvilRelay,
  misbehaviour: Misbehaviour,
): Promise<readonly string[]> {
  const before = misbehaviour.after === "as before" ? asBefore(at) : [];
  // A lie that nobody could tell shows with the first honest word: what counts is what is heard after that.
  const first = await talk();
  agree(at.world);
  await at.world.loop.pass(CLEARED_MS);
  agree(at.world);
  const talked = misbehaviour.after === "as before" ? first : await talk();
  const secret = [...at.world.seals.faults, ...at.world.leaks.map((where) => `plaintext left a device ${where}`)];
  return [
    ...before,
    ...talked,
    ...secret.map((fault) => `secret: ${fault}`),
    ...told(at, misbehaviour),
    ...spoken(at),
    ...once(at),
    ...alike(at),
    ...evil.faults,
    ...honest(at, evil, misbehaviour),
    ...named(at),
    ...undivided(at, talkers(at)),
  ];
}

/** Where the threat model says that some are out, nobody needs to be online and to hear everybody. */
function isMeant(fault: string, { after }: Misbehaviour): boolean {
  return after !== "some are out" || !/^(online|talk): /.test(fault);
}
