/**
 * The machine that the relay runs on: the real relay over the plain store, of which every write is kept in order. That
 * order is the disk: a crash keeps a part of it, a restored backup an older part.
 */
import {
  MemoryTables,
  type Peer,
  type Receiver,
  Relay,
  type Store,
  silentJournal,
  storeOf,
  type Tables,
} from "@sotto/relay";
import { type Config, parseConfig } from "@sotto/wire";
import type { Dice } from "./dice.ts";
import type { Loop } from "./loop.ts";
import type { Harbour } from "./network.ts";
import { serverOpaque } from "./opaque.ts";

/** A call that wrote, as it was carried out. */
interface Written {
  readonly method: keyof Tables;
  readonly args: readonly unknown[];
}

const WRITES: ReadonlySet<keyof Tables> = new Set<keyof Tables>([
  "hold",
  "dropLapsed",
  "confirm",
  "acceptStep",
  "acceptBackupCode",
  "setRegistration",
  "appendChain",
  "resume",
  "createRoom",
  "change",
  "changeAll",
  "setCursor",
  "dropInbox",
  "notify",
  "putKeyPackages",
  "claimKeyPackages",
  "ban",
  "unban",
]);

/** Kept by nobody: who is connected, and the journal of actions. */
const FORGOTTEN: ReadonlySet<keyof Tables> = new Set<keyof Tables>(["audit", "connected", "disconnected"]);

interface Waiting {
  readonly method: keyof Tables;
  readonly args: readonly unknown[];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export const GENERATION_BYTES = 16;

export class RelayHost implements Harbour {
  readonly #loop: Loop;
  readonly #dice: Dice;
  readonly pin: Uint8Array;
  config: Config;
  #generation: Uint8Array;
  #disk: Written[] = [];
  #tables: MemoryTables;
  #relay: Relay | undefined;
  /** Of the process: what an earlier one waits for never comes. */
  #life = 0;
  /** The disk as it was at the time of each copy. */
  readonly #backups: { readonly length: number }[] = [];

  constructor(loop: Loop, dice: Dice, pin: Uint8Array, generation: Uint8Array) {
    this.#loop = loop;
    this.#dice = dice;
    this.pin = pin;
    this.#generation = generation;
    this.#tables = new MemoryTables(generation);
    this.config = simConfig(0);
  }

  /** With the paces of a relay that lets a device say so much in a second; from the next start on. */
  pace(messagesPerSecond: number): void {
    this.config = simConfig(messagesPerSecond);
  }

  get isUp(): boolean {
    return this.#relay !== undefined;
  }

  /** What is durable, for checkers. */
  get tables(): Tables {
    return this.#tables;
  }

  get written(): readonly Written[] {
    return this.#disk;
  }

  /** The same disk; nothing runs on it yet. */
  copyFrom(other: RelayHost): void {
    this.#disk = [...other.#disk];
    this.#tables = replayed(this.#generation, this.#disk);
  }

  /** Begins to run; it is up a little later. */
  start(): void {
    if (this.#relay !== undefined) return;
    const life = ++this.#life;
    const opening = Relay.open({
      store: this.#store(life),
      clock: {
        now: () => this.#loop.now,
        after: (ms, work) =>
          this.#loop.after(ms, "relay's timer", () => {
            if (life === this.#life) work();
          }),
      },
      random: (length) => this.#dice.bytes(length),
      journal: silentJournal,
      config: this.config,
      relay: this.pin,
      opaque: serverOpaque,
      address: () => "relay.sim:7878",
    });
    void opening.then((relay) => {
      if (life === this.#life) this.#relay = relay;
    });
  }

  connect(peer: Peer): Receiver | undefined {
    if (this.#relay === undefined || this.#relay.waitMs(peer.host) > 0) return undefined;
    return this.#relay.connect(peer);
  }

  /** So many of the newest writes are lost at a crash, though they were answered: checks must notice that. */
  loses = 0;

  /** kill -9: what was not carried out by the disk is lost, and nobody hears of what was. */
  crash(): void {
    if (this.loses > 0 && this.isUp) {
      this.#disk = this.#disk.slice(0, -this.loses);
      this.#tables = replayed(this.#generation, this.#disk);
    }
    this.#life++;
    this.#relay = undefined;
  }

  /** SIGTERM. */
  drain(): void {
    this.#relay?.drain();
    this.crash();
  }

  backUp(): void {
    this.#backups.push({ length: this.#disk.length });
  }

  /** The disk as it was at a copy; at the first one when there is none. It must not run. @returns false: no copy. */
  restore(which: number): boolean {
    const backup = this.#backups[which % Math.max(1, this.#backups.length)];
    if (backup === undefined) return false;
    this.#disk = this.#disk.slice(0, backup.length);
    this.#tables = replayed(this.#generation, this.#disk);
    for (const other of [...this.#backups])
      if (other.length > backup.length) this.#backups.splice(this.#backups.indexOf(other), 1);
    return true;
  }

  /** A store as the database is one: what came in while it wrote is written next, all at once, and then answered. */
  #store(life: number): Store {
    const tables = this.#tables;
    let waiting: Waiting[] = [];
    let isBusy = false;
    const isAlive = (): boolean => life === this.#life;
    const write = (): void => {
      const batch = waiting;
      waiting = [];
      this.#loop.after(this.#dice.between(0, 4), "relay writes", () => {
        if (!isAlive()) return;
        const answers = batch.map((one) => this.#carryOut(tables, one));
        this.#loop.after(0, "relay wrote", () => {
          if (!isAlive()) return;
          for (const answer of answers) answer();
          if (waiting.length > 0) write();
          else isBusy = false;
        });
      });
    };
    const call = (method: keyof Tables, args: readonly unknown[]): Promise<unknown> =>
      new Promise((resolve, reject) => {
        waiting.push({ method, args, resolve, reject });
        if (isBusy) return;
        isBusy = true;
        write();
      });
    return storeOf(call, async () => undefined);
  }

  #carryOut(tables: MemoryTables, { method, args, resolve, reject }: Waiting): () => void {
    if (FORGOTTEN.has(method)) return () => resolve(undefined);
    try {
      const value: unknown = Reflect.apply(tables[method], tables, args);
      if (WRITES.has(method)) this.#disk.push({ method, args });
      return () => resolve(value);
    } catch (error) {
      return () => reject(error);
    }
  }
}

function replayed(generation: Uint8Array, written: readonly Written[]): MemoryTables {
  const tables = new MemoryTables(generation);
  for (const { method, args } of written) Reflect.apply(tables[method], tables, args);
  return tables;
}

/** @param messagesPerSecond - 0: nothing has a pace. */
function simConfig(messagesPerSecond: number): Config {
  const security = { max_messages_per_sec: messagesPerSecond };
  const read = parseConfig({ file: { access: { for: "open" }, security } });
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
}
