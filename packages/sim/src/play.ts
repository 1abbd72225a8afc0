/** Plays one world: what its plan says, then calm, then every check. */

import type { RoomId } from "@sotto/wire";
import { type AtRest, CHECKS, isForsaken } from "./checks.ts";
import type { Device } from "./device.ts";
import { Dice } from "./dice.ts";
import { agreeToLies } from "./hostile/agreeing.ts";
import { Hostiles, type Tally } from "./hostile/hostiles.ts";
import type { Kind } from "./hostile/kinds.ts";
import { ledAway } from "./hostile/led-away.ts";
import { accountOn, roomsOn } from "./inside.ts";
import { playMove, type Stage } from "./moves.ts";
import { type MoveName, type Plan, planOf } from "./plan.ts";
import { CANARY, type Starts, World } from "./world.ts";

export interface Report {
  readonly seed: number;
  readonly faults: readonly string[];
  readonly story: readonly string[];
  /** SHA-256 over every event, every frame and every disk. */
  readonly digest: string;
  readonly steps: number;
  /** Messages that somebody said, and those that were acknowledged. */
  readonly said: number;
  readonly acknowledged: number;
  readonly sealed: number;
  readonly moves: number;
  /** How often each of them did something. */
  readonly done: ReadonlyMap<MoveName, number>;
  /** What hostile members did, and how often the log or the relay took it. */
  readonly struck: ReadonlyMap<Kind, Tally>;
}

export interface PlayOptions {
  /** Moves that are played, by their place in the plan; absent: all. */
  readonly only?: readonly number[];
  /** Hands in the world before anything happens: to plant a fault. */
  readonly arrange?: (world: World) => void;
  /** And once it is at rest, before it is looked at. */
  readonly disturb?: (world: World) => void;
  readonly plan?: Plan;
  /** What hostile members do; absent: everything. */
  readonly kinds?: readonly Kind[];
  /** After the plan's moves. @returns what is wrong once the world is at rest, beside the usual. */
  readonly script?: (stage: Stage) => Promise<() => readonly string[]>;
  readonly ending?: Ending;
}

/** How a world ends in which more may be expected than in others, or less. */
export interface Ending {
  /** After the last move, before all is well again. @returns faults. */
  readonly last: (world: World) => Promise<readonly string[]>;
  /** So long it may take until it is at rest; then it is looked at all the same. */
  readonly restMs: number | undefined;
  /** People say yes to what they were told. */
  readonly agree: (world: World) => void;
  /** In the place of the usual checks. @param talk - lets everybody say something, and tells who does not hear it. */
  readonly check: (at: AtRest, talk: () => Promise<readonly string[]>) => Promise<readonly string[]>;
}

const HOUR_MS = 3_600_000;
/** Nothing but signs of life for so long: a world is at rest. */
const QUIET_MS = 45_000;
/** Whoever is offline dials again within this. */
const AWAY_MS = 300_000;
const STEPS_MAX = 400_000;
/** What a device says that the relay does not know. */
const FORGOTTEN = "the relay has lost this account, or this device of it";

export async function play(starts: Starts, seed: number, options: PlayOptions = {}): Promise<Report> {
  const plan = options.plan ?? planOf(seed);
  const cast = plan.outsider === undefined ? plan.people : [...plan.people, plan.outsider];
  const inRoom = plan.roomStands ? starts.rooms.get(plan.people.length) : undefined;
  const world = new World(seed, inRoom ?? starts.strangers, cast);
  options.arrange?.(world);
  const stage: Stage = {
    world,
    people: plan.people,
    backups: new Map(),
    spoilt: new Set(),
    wentBack: false,
    strikes: [],
    texts: 0,
    hostile: new Hostiles(world, options.kinds),
  };
  world.loop.between = () => strike(stage);
  const faults: string[] = [];
  const played = new Map<MoveName, number>();
  const moves = plan.moves.map((move, index) => ({ move, index }));
  const chosen = options.only === undefined ? moves : moves.filter(({ index }) => options.only?.includes(index));
  try {
    await begin(stage, inRoom !== undefined);
    for (const { move, index } of chosen) {
      await world.loop.pass(move.after);
      const done = playMove(stage, move);
      if (done === undefined) continue;
      played.set(move.do, (played.get(move.do) ?? 0) + 1);
      world.tell(`${String(index).padStart(3)}  ${done}`);
      if (move.do === "wait") await world.loop.pass(new Dice(move.dice).between(1000, 40_000));
      if (move.do === "day") await world.loop.pass(25 * HOUR_MS);
    }
    const verdict = await options.script?.(stage);
    faults.push(...((await options.ending?.last(world)) ?? []));
    faults.push(...(await calm(stage, options.ending)));
    options.disturb?.(world);
    const at = atRest(stage, plan);
    const { check = usual } = options.ending ?? {};
    faults.push(...(await check(at, () => stillTalking(stage, at))));
    faults.push(...(verdict?.() ?? []));
  } catch (error) {
    faults.push(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  world.noteDisks();
  const said = world.devices.flatMap((device) => device.said);
  return {
    seed,
    faults,
    story: world.story,
    digest: world.digest,
    steps: world.loop.steps,
    said: said.length,
    acknowledged: said.filter(({ asked }) => asked.outcome?.ok).length,
    sealed: world.seals.count,
    moves: chosen.length,
    done: played,
    struck: stage.hostile.tally,
  };
}

async function usual(at: AtRest, talk: () => Promise<readonly string[]>): Promise<readonly string[]> {
  const found = Object.entries(CHECKS).flatMap(([name, check]) => check(at).map((fault) => `${name}: ${fault}`));
  return [...found, ...(await talk())];
}

/** Faults that were ordered for between two steps. */
function strike(stage: Stage): void {
  if (stage.strikes.length === 0) return;
  const due = stage.strikes.filter((one) => --one.steps <= 0);
  if (due.length === 0) return;
  stage.strikes = stage.strikes.filter((one) => one.steps > 0);
  for (const { run } of due) run();
}

/** The people unlock, and where there is no room the first of them makes one that some others join. */
async function begin(stage: Stage, roomStands: boolean): Promise<void> {
  const { world, people } = stage;
  world.relay.start();
  for (const device of world.devices) if (people.includes(device.name)) device.unlock();
  await world.loop.pass(world.dice.between(200, 2000));
  if (roomStands) return;
  await world.loop.pass(2000);
  const [first, ...others] = people.map((name) => world.get(name));
  if (first === undefined) return;
  const { roomId, link } = await first.must("room.create", { name: `${CANARY} den` });
  world.links.set(roomId, link);
  for (const device of others) {
    if (!world.dice.chance(0.8)) continue;
    device.ask("room.join", { link });
    await world.loop.pass(world.dice.between(0, 600));
  }
}

const isSpoilt = ({ spoilt }: Stage, { name }: Device): boolean =>
  spoilt.has(`${name} spoilt`) || spoilt.has(`${name} revoked`);

function wellOf(stage: Stage): readonly Device[] {
  const { devices } = stage.world;
  return devices.filter(
    (device) =>
      device.isIn &&
      device.isRunning &&
      !isSpoilt(stage, device) &&
      !stage.hostile.isOne(device) &&
      !isForgotten(stage, device),
  );
}

/** So often the person of a device says yes before it is taken for forgotten: the account's others give it back by then. */
const FORGOTTEN_TRIES = 20;

/** A relay that went back knows this device no more, nobody gives it back, and its person was told to sign in anew. */
function isForgotten({ world, wentBack }: Stage, { updates, disk }: Device): boolean {
  const device = accountOn(disk)?.device;
  if (!wentBack || device === undefined || world.relay.tables.device(device) !== undefined) return false;
  const told = updates.filter((update) => update.type === "notice" && update.text.startsWith(FORGOTTEN));
  return told.length >= FORGOTTEN_TRIES;
}

/** Nothing goes wrong any more, everybody is there, and says yes to what asks for it: until nothing happens any more. */
async function calm(stage: Stage, ending: Ending | undefined): Promise<readonly string[]> {
  const { world } = stage;
  stage.strikes = [];
  world.network.unruly.clear();
  world.network.unreachable.clear();
  for (const device of world.devices) {
    device.disk.failing = 0;
    device.skew = 0;
  }
  world.tell("calm");
  world.isCalm = true;
  world.relay.start();
  await world.loop.pass(5000);
  for (const device of world.devices) {
    if (device.isIn && !device.isRunning && !stage.hostile.isTaken(device)) device.unlock();
  }
  const fault = await settle(stage, ending);
  if (fault !== undefined) return [fault];
  if (stage.wentBack || stage.hostile.isThere) {
    // A log that is as long again as somebody knows it shows with its next entry that it is another one; and to whoever
    // was led beside a room, that it is.
    for (const by of wellOf(stage))
      for (const { room, status } of roomsOn(by.disk))
        if (status === "member") by.say(room, `${CANARY} ${by.name} wonders`);
    const again = await settle(stage, ending);
    if (again !== undefined) return [again];
  }
  return await online(stage);
}

/** Lets everybody do what there is to do, until there is nothing. */
async function settle(stage: Stage, ending: Ending | undefined): Promise<string | undefined> {
  const { world } = stage;
  let [activity, quietFor] = [-1, 0];
  for (let passed = 0; quietFor < QUIET_MS; passed += QUIET_MS / 3) {
    if (passed > (ending?.restMs ?? Number.MAX_SAFE_INTEGER)) return undefined;
    if (passed > 3 * HOUR_MS || world.loop.steps > STEPS_MAX) return "rest: the world never came to rest";
    await world.loop.pass(QUIET_MS / 3);
    if (stage.hostile.isThere) agreeToLies(world.devices, stage.wentBack);
    else if (stage.wentBack) agreeToRollback(stage);
    ending?.agree(world);
    // Who is out of step tries ever more slowly, and is quiet meanwhile.
    const isPatient = passed < (stage.wentBack ? 1 : 2) * HOUR_MS;
    const isWaiting = passed < AWAY_MS && wellOf(stage).some(isAway);
    const isQuiet = world.activity === activity && !isWaiting && !(isPatient && isSomebodyAstray(stage));
    quietFor = isQuiet ? quietFor + QUIET_MS / 3 : 0;
    activity = world.activity;
  }
  return undefined;
}

function atRest(stage: Stage, { mishaps }: Plan): AtRest {
  const { world, wentBack } = stage;
  const hostile = hostileOf(stage);
  const led = hostile.length === 0 ? new Set() : ledAway(world, hostile);
  const well = wellOf(stage).filter((device) => !led.has(device));
  return { world, well, wentBack, wasHostile: mishaps.hostileMember, hostile };
}

/** It dials, or will. */
const isAway = ({ updates }: Device): boolean =>
  updates.findLast((update) => update.type === "connection")?.state !== "online";

function isSomebodyAstray(stage: Stage): boolean {
  if (!stage.hostile.isThere && !stage.wentBack) return false;
  const at = { world: stage.world, well: wellOf(stage), hostile: hostileOf(stage), wentBack: false, wasHostile: true };
  return at.well.some(({ disk }) =>
    roomsOn(disk).some(
      ({ room, status, astray }) => status === "member" && astray !== undefined && !isForsaken(at, room),
    ),
  );
}

const hostileOf = ({ world, hostile }: Stage): readonly Device[] =>
  world.devices.filter((device) => hostile.isOne(device));

/** What a relay that went back in time lacks shows in these. */
const LOST: ReadonlySet<string> = new Set(["relay-rolled-back", "log-forked", "chain-withheld", "chain-forked"]);

/** A person reads that the relay went back in time, and says: go on. */
function agreeToRollback(stage: Stage): void {
  for (const device of stage.world.devices) {
    if (isForgotten(stage, device)) continue;
    for (const [place, update] of device.updates.entries()) {
      if (place <= device.agreed || update.type !== "warning" || !LOST.has(update.code)) continue;
      device.agreed = place;
      const { type: _type, ...warning } = update;
      device.ask("warning.accept", warning);
    }
  }
}

async function online(stage: Stage): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const device of wellOf(stage)) {
    const status = await device.wait("account.status", {});
    if (status?.ok !== true) faults.push(`online: ${device.name} does not answer`);
    else if (status.value.connection !== "online") {
      const notice = device.updates.findLast(({ type }) => type === "notice");
      faults.push(
        `online: ${device.name} is ${status.value.connection}: ${notice?.type === "notice" ? notice.text : ""}`,
      );
    }
  }
  return faults;
}

/** Whoever is in a room can still talk, and all others hear it. */
async function stillTalking(stage: Stage, at: AtRest): Promise<readonly string[]> {
  const { world, well } = at;
  const words: { readonly by: Device; readonly room: RoomId; readonly text: string }[] = [];
  for (const by of well) {
    for (const { room, status } of roomsOn(by.disk)) {
      if (status !== "member" || isForsaken(at, room)) continue;
      const text = `${CANARY} ${by.name} is still here, ${stage.texts++}`;
      by.say(room, text);
      words.push({ by, room, text });
    }
  }
  await world.loop.pass(20_000);
  return words.flatMap(({ by, room, text }) =>
    well
      .filter(({ disk }) => roomsOn(disk).some((one) => one.room === room && one.status === "member"))
      .filter(({ disk }) => !disk.inRoom(room).some((message) => message.text === text))
      .map(({ name }) => `talk: ${name} does not hear ${by.name} in ${room.slice(0, 6)}`),
  );
}
