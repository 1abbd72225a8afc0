/** People with their devices, one relay, one network, one clock. */
import { type AccountId, parseFromClient, type RoomId, toHex } from "@sotto/wire";
import { Device, type Memory, PASSWORD } from "./device.ts";
import { Dice } from "./dice.ts";
import type { Disk } from "./disk.ts";
import { Loop } from "./loop.ts";
import { Network } from "./network.ts";
import { PEOPLE } from "./plan.ts";
import { GENERATION_BYTES, RelayHost } from "./relay-host.ts";
import { Seals } from "./seals.ts";

/** Every world begins at noon of a day. */
const NOON = Date.UTC(2026, 0, 15, 12);

/** In every text, room name and password: the relay must hold it nowhere. */
export const CANARY = "canary";

export interface Start {
  readonly relay: RelayHost;
  readonly disks: ReadonlyMap<string, Disk>;
  readonly memories: ReadonlyMap<string, Memory>;
  readonly links: ReadonlyMap<string, string>;
  readonly now: number;
}

export class World {
  readonly seed: number;
  readonly loop: Loop;
  readonly dice: Dice;
  readonly network: Network;
  readonly relay: RelayHost;
  readonly seals = new Seals();
  readonly devices: Device[] = [];
  /** Rooms that anybody made, oldest first, each with the last link that was handed around. */
  readonly links = new Map<string, string>();
  /** What happened, for people. */
  readonly story: string[] = [];

  constructor(seed: number, start?: Start, cast?: readonly string[]) {
    this.seed = seed;
    this.loop = new Loop(start?.now ?? NOON);
    this.dice = new Dice(seed, 1);
    const pin = new Dice(0, 7).bytes(32);
    const generation = new Dice(0, 8).bytes(GENERATION_BYTES);
    this.relay = new RelayHost(this.loop, new Dice(seed, 2), pin, generation);
    this.network = new Network(this.loop, new Dice(seed, 3), () => this.relay);
    // The canary is looked for in what devices hand to the network: the relay can hold nothing else.
    this.network.taps.push({ up: (_line, bytes) => this.#lookFor(bytes) });
    this.network.taps.push({ up: (_line, bytes) => this.#count(bytes) });
    if (start === undefined) return;
    this.relay.copyFrom(start.relay);
    for (const [room, link] of start.links) this.links.set(room, link);
    for (const [name, disk] of start.disks) {
      if (cast?.includes(name) === false) continue;
      const memory = start.memories.get(name);
      if (memory !== undefined) this.#add(name, { ...memory }, disk.copy());
    }
  }

  /** Frames in which a device gave plaintext away. */
  readonly leaks: string[] = [];

  #lookFor(bytes: Uint8Array): undefined {
    if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(CANARY))
      this.leaks.push(`at ${this.clock}`);
    return undefined;
  }

  /** Nothing goes wrong any more: frames that are no signs of life are counted from here on. */
  isCalm = false;
  activity = 0;

  #count(bytes: Uint8Array): undefined {
    if (!this.isCalm) return;
    const frame = parseFromClient(bytes);
    if (frame.ok && frame.value.body.type !== "ping") this.activity++;
    return undefined;
  }

  /** Since the world began, for people. */
  get clock(): string {
    return `${((this.loop.now - NOON) / 1000).toFixed(3)} s`;
  }

  tell(what: string): void {
    this.story.push(`${this.clock.padStart(14)}  ${what}`);
  }

  /** A device of somebody new. */
  person(username: string): Device {
    return this.#add(username, { username, password: `${CANARY} ${PASSWORD}`, phrase: "", totpUri: "" });
  }

  /** One more device of the same person: with what is on `disk`, or with nothing. */
  device(name: string, of: Device, disk?: Disk): Device {
    return this.#add(name, of.memory, disk);
  }

  #add(name: string, memory: Memory, disk?: Disk): Device {
    const { loop, network, seals } = this;
    const dice = new Dice(this.seed, 100 + this.devices.length);
    const device = new Device({ loop, dice, network, seals, pin: this.relay.pin }, name, memory, disk);
    this.devices.push(device);
    return device;
  }

  get(name: string): Device {
    const found = this.devices.find((device) => device.name === name);
    if (found === undefined) throw new Error(`nobody is called ${name}`);
    return found;
  }

  nameOf(account: AccountId): string {
    return this.relay.tables.account(account)?.name ?? account;
  }

  get rooms(): readonly RoomId[] {
    const rooms = this.relay.written.flatMap(({ method, args }) => (method === "createRoom" ? [args[0]] : []));
    return rooms.map((room) => (room as { readonly id: RoomId }).id);
  }

  get digest(): string {
    return this.loop.digest();
  }

  /** What else is part of a replay: who has which bytes on the disk. */
  noteDisks(): void {
    for (const { name, disk } of this.devices)
      for (const [key, value] of disk.records) this.loop.note(`${name} ${key} ${toHex(value)}`);
  }
}

const NAMES = ["ann", "bob", "cat", "dan", "eve"] as const;

/** What every world begins with, made once for each process. */
export interface Starts {
  /** Everybody has an account, and nobody a room. */
  readonly strangers: Start;
  /** The same, and so many of them, in the order of {@link PEOPLE}, are in a room. */
  readonly rooms: ReadonlyMap<number, Start>;
}

export async function makeStarts(): Promise<Starts> {
  const world = new World(0);
  world.relay.start();
  await world.loop.pass(1000);
  for (const name of NAMES) {
    await world.person(name).signUp();
    await world.loop.pass(1000);
  }
  const strangers = await startOf(world);
  const rooms = new Map<number, Start>();
  for (let count = 2; count <= PEOPLE.length; count++) rooms.set(count, await startInRoom(strangers, count));
  return { strangers, rooms };
}

async function startInRoom(strangers: Start, count: number): Promise<Start> {
  const world = new World(0, strangers);
  world.relay.start();
  const [owner, ...others] = PEOPLE.slice(0, count).map((name) => world.get(name));
  for (const device of [owner, ...others]) device?.unlock();
  await world.loop.pass(2000);
  const made = await owner?.must("room.create", { name: `${CANARY} den` });
  if (made === undefined) throw new Error("nobody makes a room");
  world.links.set(made.roomId, made.link);
  for (const device of others) {
    await world.loop.pass(500);
    await device.must("room.join", { link: made.link });
  }
  return await startOf(world);
}

async function startOf(world: World): Promise<Start> {
  await world.loop.pass(2000);
  for (const device of world.devices) device.close();
  await world.loop.pass(2000);
  return {
    relay: world.relay,
    disks: new Map(world.devices.map(({ name, disk }) => [name, disk])),
    memories: new Map(world.devices.map(({ name, memory }) => [name, memory])),
    links: new Map(world.links),
    now: world.loop.now,
  };
}
