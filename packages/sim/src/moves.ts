/** What people do and what happens to them, each of it from the dice of its move. */
import type { Device } from "./device.ts";
import { Dice } from "./dice.ts";
import type { Hostiles } from "./hostile/hostiles.ts";
import { accountOn, roomsOn } from "./inside.ts";
import type { Move, MoveName } from "./plan.ts";
import { CANARY, type World } from "./world.ts";

/** What a world has while its moves are played. */
export interface Stage {
  readonly world: World;
  /** Everybody who has an account. */
  readonly people: readonly string[];
  /** Copies of a device's disk, newest last. */
  readonly backups: Map<string, ReturnType<Device["disk"]["copy"]>[]>;
  /** Profiles that were used twice or put back: what they had on the way is lost with them. */
  readonly spoilt: Set<string>;
  /** Somebody used the relay's older copy. */
  wentBack: boolean;
  /** A fault that strikes after so many more steps. */
  strikes: { steps: number; readonly run: () => void }[];
  texts: number;
  readonly hostile: Hostiles;
}

type Play = (stage: Stage, dice: Dice) => string | undefined;

const running = ({ world }: Stage): Device[] => world.devices.filter((device) => device.isRunning && device.isIn);
const stopped = ({ world, hostile }: Stage): Device[] =>
  world.devices.filter((device) => !device.isRunning && device.isIn && !hostile.isTaken(device));

/** Somebody who runs, and a room that they are in. */
function placed(stage: Stage, dice: Dice, kind: "room" | "direct" = "room") {
  const places = running(stage).map((device) => ({
    device,
    rooms: roomsOn(device.disk).filter((room) => room.kind === kind),
  }));
  const place = dice.of(places.filter(({ rooms }) => rooms.length > 0));
  const room = place && dice.of(place.rooms);
  return place === undefined || room === undefined ? undefined : { device: place.device, room: room.room };
}

const short = (room: string): string => room.slice(0, 6);
const other = ({ people }: Stage, dice: Dice): string => dice.of(people) ?? "bob";

function say(stage: Stage, dice: Dice, kind: "room" | "direct"): string | undefined {
  const at = placed(stage, dice, kind);
  if (at === undefined) return undefined;
  const count = dice.chance(0.15) ? dice.between(2, 6) : 1;
  for (let one = 0; one < count; one++) at.device.say(at.room, `${CANARY} ${stage.texts++} of ${at.device.name}`);
  return `${at.device.name} says ${count} in ${short(at.room)}`;
}

function soon(stage: Stage, dice: Dice, run: () => void): void {
  stage.strikes.push({ steps: dice.between(1, 30), run });
}

const MOVES: Readonly<Record<MoveName, Play>> = {
  say: (stage, dice) => say(stage, dice, "room"),
  sayDirect: (stage, dice) => say(stage, dice, "direct"),
  direct(stage, dice) {
    const device = dice.of(running(stage));
    const username = other(stage, dice);
    if (device === undefined) return undefined;
    const asked = device.ask("direct.open", { username });
    const text = `${CANARY} ${stage.texts++} of ${device.name}`;
    // A conversation is made with its first message.
    watch(stage, () => {
      if (asked.outcome?.ok) device.say(asked.outcome.value.roomId, text);
      return asked.outcome !== undefined || !device.isRunning;
    });
    return `${device.name} opens a conversation with ${username}`;
  },
  create(stage, dice) {
    const device = dice.of(running(stage));
    if (device === undefined) return undefined;
    noteLink(stage, device, device.ask("room.create", { name: `${CANARY} room` }));
    return `${device.name} makes a room`;
  },
  link(stage, dice) {
    const at = placed(stage, dice);
    if (at === undefined) return undefined;
    const renew = dice.chance(0.5);
    noteLink(stage, at.device, at.device.ask("room.link", { roomId: at.room, renew }), at.room);
    return `${at.device.name} ${renew ? "renews" : "asks for"} the link of ${short(at.room)}`;
  },
  join(stage, dice) {
    const device = dice.of(running(stage));
    const link = dice.of([...stage.world.links.values()]);
    if (device === undefined || link === undefined) return undefined;
    device.ask("room.join", { link });
    return `${device.name} joins by a link`;
  },
  add(stage, dice) {
    const at = placed(stage, dice);
    const username = other(stage, dice);
    if (at === undefined) return undefined;
    at.device.ask("room.add", { roomId: at.room, username });
    return `${at.device.name} adds ${username} to ${short(at.room)}`;
  },
  remove(stage, dice) {
    const at = placed(stage, dice);
    const username = other(stage, dice);
    if (at === undefined) return undefined;
    // To remove oneself is to leave.
    if (username === at.device.memory.username) at.device.left.add(at.room);
    at.device.ask("room.remove", { roomId: at.room, username });
    return `${at.device.name} removes ${username} from ${short(at.room)}`;
  },
  leave(stage, dice) {
    const at = placed(stage, dice, dice.chance(0.9) ? "room" : "direct");
    if (at === undefined) return undefined;
    at.device.left.add(at.room);
    at.device.ask("room.leave", { roomId: at.room });
    return `${at.device.name} leaves ${short(at.room)}`;
  },
  read(stage, dice) {
    const at = placed(stage, dice);
    if (at === undefined) return undefined;
    at.device.ask("message.markRead", { roomId: at.room, seq: dice.between(1, 20) });
    return `${at.device.name} reads ${short(at.room)}`;
  },
  device(stage, dice) {
    const of = stage.world.get(other(stage, dice));
    const name = `${of.memory.username}-${stage.world.devices.length}`;
    if (stage.world.devices.filter(({ memory }) => memory === of.memory).length >= 3) return undefined;
    const device = stage.world.device(name, of);
    device.signIn();
    return `${name} signs in`;
  },
  revoke(stage, dice) {
    const all = stage.world.devices.filter(({ isIn }) => isIn);
    const several = running(stage).filter(({ memory }) => all.filter((one) => one.memory === memory).length > 1);
    const device = dice.of(several);
    const victim = dice.of(all.filter(({ memory }) => memory === device?.memory));
    const deviceId = victim && accountOn(victim.disk)?.device;
    if (device === undefined || victim === undefined || deviceId === undefined) return undefined;
    device.ask("device.revoke", { deviceId });
    stage.spoilt.add(`${victim.name} revoked`);
    return `${device.name} revokes ${victim.name}`;
  },
  password(stage, dice) {
    const device = dice.of(running(stage));
    if (device === undefined) return undefined;
    const { memory } = device;
    const next = `${CANARY} ${dice.word()} password`;
    const asked = device.ask("account.changePassword", { old: memory.password, new: next });
    watch(stage, () => {
      if (asked.outcome?.ok) memory.password = next;
      return asked.outcome !== undefined || !device.isRunning;
    });
    return `${device.name} changes the password`;
  },
  phrase(stage, dice) {
    const device = dice.of(running(stage));
    if (device === undefined) return undefined;
    const { memory } = device;
    const asked = device.ask("account.rotateRecovery", { phrase: memory.phrase });
    watch(stage, () => {
      if (asked.outcome?.ok) memory.phrase = asked.outcome.value.recoveryPhrase;
      return asked.outcome !== undefined || !device.isRunning;
    });
    return `${device.name} makes a new recovery phrase`;
  },
  close(stage, dice) {
    const device = dice.of(running(stage));
    if (device === undefined || running(stage).length < 2) return undefined;
    device.close();
    return `${device.name} closes`;
  },
  crash(stage, dice) {
    const device = dice.of(running(stage));
    if (device === undefined) return undefined;
    device.crash();
    return `${device.name} crashes`;
  },
  crashSoon(stage, dice) {
    const device = dice.of(running(stage));
    if (device === undefined) return undefined;
    soon(stage, dice, () => device.crash());
    return `${device.name} crashes in a few steps`;
  },
  back(stage, dice) {
    const device = dice.of(stopped(stage));
    if (device === undefined) return undefined;
    device.unlock();
    return `${device.name} comes back`;
  },
  relayCrash(stage, dice) {
    crashRelay(stage, dice.between(1, 4000));
    return "the relay crashes";
  },
  relayCrashSoon(stage, dice) {
    const down = dice.between(1, 2000);
    soon(stage, dice, () => crashRelay(stage, down));
    return "the relay crashes in a few steps";
  },
  relayDrain({ world }, dice) {
    world.relay.drain();
    world.loop.after(dice.between(1, 2000), "the relay starts", () => world.relay.start());
    return "the relay is stopped";
  },
  cut(stage, dice) {
    const device = dice.of(running(stage));
    if (device === undefined) return undefined;
    if (dice.chance(0.5)) stage.world.network.cut(device.name);
    else soon(stage, dice, () => stage.world.network.cut(device.name));
    return `${device.name} is cut off`;
  },
  stall(stage, dice) {
    const device = dice.of(running(stage));
    if (device === undefined) return undefined;
    stage.world.network.stall(device.name, dice.between(100, 50_000));
    return `nothing arrives at ${device.name} for a while`;
  },
  swallow(stage, dice) {
    const device = dice.of(running(stage));
    if (device === undefined) return undefined;
    stage.world.network.swallow(device.name);
    return `the path of ${device.name} swallows everything`;
  },
  slow(stage, dice) {
    const device = dice.of(running(stage));
    if (device === undefined) return undefined;
    stage.world.network.slow(device.name, dice.between(200, 20_000), dice.of([1, 5000, 50_000]));
    return `${device.name} reads slowly`;
  },
  away(stage, dice) {
    const device = dice.of(running(stage));
    if (device === undefined) return undefined;
    const { network, loop } = stage.world;
    network.unreachable.add(device.name);
    network.cut(device.name);
    loop.after(dice.between(100, 60_000), `${device.name} has a network again`, () =>
      network.unreachable.delete(device.name),
    );
    return `${device.name} has no network`;
  },
  unruly(stage, dice) {
    const device = dice.of(running(stage));
    if (device === undefined) return undefined;
    stage.world.network.unruly.add(device.name);
    return `pushes to ${device.name} come twice or late`;
  },
  full(stage, dice) {
    const device = dice.of(stage.world.devices);
    if (device === undefined) return undefined;
    device.disk.failing = dice.between(1, 3);
    return `the disk of ${device.name} is full for a moment`;
  },
  skew(stage, dice) {
    const device = dice.of(stage.world.devices);
    if (device === undefined) return undefined;
    device.skew = dice.between(-7_200_000, 7_200_000);
    return `the clock of ${device.name} is off by ${Math.round(device.skew / 60_000)} min`;
  },
  wait: () => "a while",
  day: () => "a day",
  backUpRelay({ world }) {
    world.relay.backUp();
    return "the relay's disk is copied";
  },
  relayBack(stage, dice) {
    const { relay, network } = stage.world;
    relay.crash();
    network.cutAll();
    stage.wentBack ||= relay.restore(dice.below(100));
    stage.world.loop.after(dice.between(1, 2000), "the relay starts", () => relay.start());
    return "the relay's disk is put back to a copy";
  },
  backUpDevice(stage, dice) {
    const device = dice.of(stage.world.devices.filter(({ isIn }) => isIn));
    if (device === undefined) return undefined;
    stage.backups.set(device.name, [...(stage.backups.get(device.name) ?? []), device.disk.copy()]);
    return `the disk of ${device.name} is copied`;
  },
  deviceBack(stage, dice) {
    const name = dice.of([...stage.backups.keys()]);
    const copy = name === undefined ? undefined : dice.of(stage.backups.get(name) ?? []);
    if (name === undefined || copy === undefined) return undefined;
    const device = stage.world.get(name);
    device.crash();
    device.disk.become(copy);
    stage.spoilt.add(`${name} spoilt`);
    stage.world.seals.doubled.add(name);
    return `the disk of ${name} is put back to a copy`;
  },
  copied(stage, dice) {
    const device = dice.of(stage.world.devices.filter(({ isIn }) => isIn));
    if (device === undefined) return undefined;
    const name = `${device.name}-copy-${stage.world.devices.length}`;
    for (const one of [name, device.name]) stage.world.seals.doubled.add(one);
    stage.world.device(name, device, device.disk.copy()).unlock();
    stage.spoilt.add(`${name} spoilt`);
    stage.spoilt.add(`${device.name} spoilt`);
    return `a copy of ${device.name} starts`;
  },
  hostile: ({ hostile }, dice) => hostile.strike(dice),
};

function crashRelay({ world }: Stage, downMs: number): void {
  if (!world.relay.isUp) return;
  world.relay.crash();
  world.network.cutAll();
  world.loop.after(downMs, "the relay starts", () => world.relay.start());
}

/** Looks now and then, until there is nothing more to see. */
function watch(stage: Stage, look: () => boolean): void {
  stage.world.loop.after(50, "somebody looks", () => {
    if (!look()) watch(stage, look);
  });
}

function noteLink(
  stage: Stage,
  device: Device,
  asked: {
    readonly outcome:
      | { readonly ok: boolean; readonly value?: { readonly link: string; readonly roomId?: string } }
      | undefined;
  },
  room?: string,
): void {
  watch(stage, () => {
    const { outcome } = asked;
    if (outcome?.ok && outcome.value !== undefined)
      stage.world.links.set(room ?? outcome.value.roomId ?? "", outcome.value.link);
    return outcome !== undefined || !device.isRunning;
  });
}

export function playMove(stage: Stage, move: Move): string | undefined {
  return MOVES[move.do](stage, new Dice(move.dice, 4));
}
