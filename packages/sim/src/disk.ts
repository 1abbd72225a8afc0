/** A device's disk: what is durable, what was handed over and is not yet, and a vault whose passwords are believed. */
import {
  type Change,
  SHELF,
  type Store,
  type StoredEntry,
  type StoredEvent,
  type StoredItem,
  type StoredMessage,
  type Vault,
  VaultError,
} from "@sotto/core";
import type { RoomId } from "@sotto/wire";
import type { Dice } from "./dice.ts";
import type { Loop } from "./loop.ts";

/** What is durable. */
export class Disk {
  readonly records = new Map<string, Uint8Array>();
  readonly entries = new Map<RoomId, Map<number, StoredEntry>>();
  readonly messages = new Map<RoomId, Map<number, StoredMessage>>();
  /** In no order. */
  readonly events = new Map<RoomId, readonly StoredEvent[]>();
  /** Those that open it, the older one first: two while a change is under way. */
  passwords: string[] = [];
  /** So many commits fail from now on: it is full. */
  failing = 0;
  /** It says that it has stored these and has not: no disk does that, and checks must notice one that did. */
  loses: (change: Change) => boolean = () => false;

  get isEmpty(): boolean {
    return this.records.size === 0 && this.passwords.length === 0;
  }

  copy(): Disk {
    const copy = new Disk();
    for (const [key, value] of this.records) copy.records.set(key, value);
    for (const [room, entries] of this.entries) copy.entries.set(room, new Map(entries));
    for (const [room, messages] of this.messages) copy.messages.set(room, new Map(messages));
    for (const [room, events] of this.events) copy.events.set(room, events);
    copy.passwords = [...this.passwords];
    return copy;
  }

  /** What was on it is gone. */
  become(other: Disk): void {
    this.clear();
    const { records, entries, messages, events, passwords } = other.copy();
    for (const [key, value] of records) this.records.set(key, value);
    for (const [room, found] of entries) this.entries.set(room, found);
    for (const [room, found] of messages) this.messages.set(room, found);
    for (const [room, found] of events) this.events.set(room, found);
    this.passwords = passwords;
  }

  clear(): void {
    this.records.clear();
    this.entries.clear();
    this.messages.clear();
    this.events.clear();
    this.passwords = [];
  }

  apply(changes: readonly Change[]): void {
    for (const change of changes) this.#apply(change);
  }

  #apply(change: Change): void {
    switch (change.type) {
      case "put":
        this.records.set(change.key, change.value);
        return;
      case "delete":
        this.records.delete(change.key);
        return;
      case "entry":
        in_(this.entries, change.entry.room).set(change.entry.seq, change.entry);
        return;
      case "message": {
        const messages = in_(this.messages, change.message.room);
        if (!messages.has(change.message.seq)) messages.set(change.message.seq, change.message);
        return;
      }
      case "event": {
        const { room, seq, number } = change.event;
        const events = this.events.get(room) ?? [];
        const isKnown = events.some((one) => one.seq === seq && one.number === number);
        if (!isKnown) this.events.set(room, [...events, change.event]);
        return;
      }
      case "forget":
        this.#changeEvents(change.room, (events) => events.filter(({ seq }) => seq <= change.seq));
        for (const places of [in_(this.entries, change.room), in_(this.messages, change.room)])
          for (const seq of places.keys()) if (seq > change.seq) places.delete(seq);
        return;
      case "shelve": {
        this.entries.delete(change.room);
        this.#changeEvents(change.room, (events) => events.map((one) => ({ ...one, seq: one.seq - SHELF })));
        const moved = [...in_(this.messages, change.room).values()].map((one) => ({ ...one, seq: one.seq - SHELF }));
        this.messages.set(change.room, new Map(moved.map((one) => [one.seq, one])));
        return;
      }
    }
  }

  #changeEvents(room: RoomId, change: (events: readonly StoredEvent[]) => readonly StoredEvent[]): void {
    this.events.set(room, change(this.events.get(room) ?? []));
  }

  /** Messages and events of a room in their order. */
  timeline(room: RoomId): readonly StoredItem[] {
    const items: readonly StoredItem[] = [
      ...this.inRoom(room).map((message) => ({ type: "message", message }) as const),
      ...(this.events.get(room) ?? []).map((event) => ({ type: "event", event }) as const),
    ];
    const numberOf = (item: StoredItem) => (item.type === "event" ? item.event.number : 0);
    return items.toSorted((one, other) => seqOf(one) - seqOf(other) || numberOf(one) - numberOf(other));
  }

  /** Messages of a room in their order. */
  inRoom(room: RoomId): readonly StoredMessage[] {
    return [...(this.messages.get(room)?.values() ?? [])].sort((one, other) => one.seq - other.seq);
  }
}

function in_<T>(rooms: Map<RoomId, Map<number, T>>, room: RoomId): Map<number, T> {
  const found = rooms.get(room) ?? new Map<number, T>();
  rooms.set(room, found);
  return found;
}

export interface DiskPorts {
  readonly loop: Loop;
  readonly dice: Dice;
  readonly name: string;
  /** Whether the process that uses the vault lives. */
  readonly isAlive: () => boolean;
}

/** The vault of one process over a disk. Where the process dies, commits that were not carried out are lost. */
export class SimVault implements Vault {
  readonly #disk: Disk;
  readonly #ports: DiskPorts;
  #state: Vault["state"];
  #opener = "";
  changing: "new" | "old" | undefined;
  /** Commits that were handed over and are not durable. */
  #waiting = 0;

  constructor(disk: Disk, ports: DiskPorts) {
    this.#disk = disk;
    this.#ports = ports;
    this.#state = disk.isEmpty ? "none" : "locked";
  }

  get state(): Vault["state"] {
    return this.#state;
  }

  get waiting(): number {
    return this.#waiting;
  }

  async create(password: string): Promise<Store> {
    await this.#step("create", () => {
      this.#disk.clear();
      this.#disk.passwords = [password];
    });
    return await this.unlock(password);
  }

  async unlock(password: string): Promise<Store> {
    const { passwords } = this.#disk;
    const place = await this.#step("unlock", () => passwords.lastIndexOf(password));
    if (place < 0) throw new VaultError("bad-credentials", "the password does not open this profile");
    this.#opener = password;
    this.changing = passwords.length < 2 ? undefined : place === 0 ? "old" : "new";
    this.#state = "open";
    return this.#store();
  }

  async addPassword(password: string): Promise<void> {
    await this.#step("add password", () => {
      this.#disk.passwords = [this.#opener, password];
    });
    this.changing = "old";
  }

  async settlePassword(keep: "new" | "old"): Promise<void> {
    await this.#step("settle password", () => {
      const { passwords } = this.#disk;
      this.#disk.passwords = keep === "new" ? passwords.slice(-1) : passwords.slice(0, 1);
    });
    this.#opener = this.#disk.passwords[0] ?? "";
    this.changing = undefined;
  }

  async discard(): Promise<void> {
    await this.#step("discard", () => this.#disk.clear());
    this.#state = "none";
  }

  async close(): Promise<void> {
    this.#state = "locked";
  }

  /** Two events: it is durable, and the process hears so. Death comes before, between and after. */
  async #step<T>(what: string, run: () => T): Promise<T> {
    const { loop, dice, name, isAlive } = this.#ports;
    const value = await loop.later(dice.between(0, 3), `disk of ${name}: ${what}`, isAlive, run);
    await loop.later(0, `disk of ${name}: did ${what}`, isAlive, () => undefined);
    return value;
  }

  #store(): Store {
    const disk = this.#disk;
    let turn: Promise<unknown> = Promise.resolve();
    // In the order of the calls.
    const inOrder = <T>(what: string, run: () => T): Promise<T> => {
      const value = turn.then(() => this.#step(what, run));
      turn = value.catch(() => undefined);
      return value;
    };
    const { loop, dice, name, isAlive } = this.#ports;
    const read = <T>(run: () => T): Promise<T> =>
      turn.then(() => loop.later(dice.between(0, 1), `disk of ${name}: read`, isAlive, run));
    return {
      load: () => read(() => new Map(disk.records)),
      commit: (changes) => {
        this.#waiting++;
        return inOrder("commit", () => {
          this.#waiting--;
          if (disk.failing > 0) {
            disk.failing--;
            throw new VaultError("internal", "the disk is full");
          }
          disk.apply(changes.filter((change) => !disk.loses(change)));
        });
      },
      messages: (room, before, limit) =>
        read(() =>
          lastOf(
            disk.inRoom(room).filter(({ seq }) => before === undefined || seq < before),
            limit,
          ),
        ),
      timeline: (room, { before, after }, limit) =>
        read(() => {
          const items = disk
            .timeline(room)
            .filter((item) => seqOf(item) < (before ?? Number.POSITIVE_INFINITY))
            .filter((item) => seqOf(item) > (after ?? Number.NEGATIVE_INFINITY));
          const edge = after === undefined ? items.at(-limit) : items[limit - 1];
          if (edge === undefined) return items;
          // Events of one place are not torn apart.
          return items.filter((item) =>
            after === undefined ? seqOf(item) >= seqOf(edge) : seqOf(item) <= seqOf(edge),
          );
        }),
      message: (room, id) => read(() => disk.inRoom(room).find((message) => message.id === id)),
      search: (query, room, limit) => read(() => lastOf(found(disk, query, room), limit)),
      unread: (room, seq, self, last = Number.POSITIVE_INFINITY) =>
        read(() => {
          const counts = new Map<StoredMessage["account"], number>();
          for (const message of disk.inRoom(room)) {
            if (message.seq <= seq || message.seq > last || message.account === self) continue;
            counts.set(message.account, (counts.get(message.account) ?? 0) + 1);
          }
          return counts;
        }),
      hashAt: (room, seq) => read(() => disk.entries.get(room)?.get(seq)?.hash),
      entries: (room, seq, limit) =>
        read(() =>
          [...(disk.entries.get(room)?.values() ?? [])]
            .filter((entry) => entry.seq >= seq)
            .sort((one, other) => one.seq - other.seq)
            .slice(0, limit),
        ),
      close: async () => undefined,
    };
  }
}

const seqOf = (item: StoredItem): number => (item.type === "message" ? item.message.seq : item.event.seq);

const lastOf = <T>(items: readonly T[], limit: number): readonly T[] => (limit > 0 ? items.slice(-limit) : []);

/** A plain word, wherever it stands: the index is the database's, and is tested there. */
function found(disk: Disk, query: string, room: RoomId | undefined): readonly StoredMessage[] {
  const rooms = room === undefined ? [...disk.messages.keys()] : [room];
  return rooms.flatMap((one) => disk.inRoom(one).filter(({ text }) => text.includes(query)));
}
