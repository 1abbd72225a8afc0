/** All rooms: brings logs into memory, writes what they accept, and answers once that is durable. */
import type { CommitBody, DeviceRef, Entry, EntryId, RoomId, ServerBody } from "@sotto/wire";
import { parseHeader } from "@sotto/wire";
import type { Fanout } from "../fanout.ts";
import type { Clock } from "../ports.ts";
import { type Refusal, refused } from "../refusal.ts";
import { failure } from "../store/failure.ts";
import { type Delivery, type EntryMark, type KeptEntry, type Store, StoreError } from "../store/store.ts";
import { Asks } from "./asks.ts";
import { type Creation, createLog, idFault, isSameCreation, type RoomCreate, restoreLog } from "./creation.ts";
import type { Restore } from "./giving-back.ts";
import type { LogPort, RoomLog, Sender, Wanted } from "./log.ts";

/** Logs kept in memory; beyond this those that were not used for longest make room. */
const SLOTS_MAX = 5000;
/** Rooms that the devices of one account may make, in all. */
const ROOMS_MADE_MAX = 10_000;

/** A room's place in memory. It is thrown away when a write fails, and when others need the place. */
interface Slot {
  readonly id: RoomId;
  log: RoomLog | undefined;
  creation: Creation | undefined;
  /** Pending until `log` is what the store says. */
  loading: Promise<void> | undefined;
  /** Writes on their way: a repeat that comes meanwhile waits for them. */
  readonly writing: Set<Promise<void>>;
  dropped: boolean;
}

/** Takes the answer to a request. Called before anybody else is told, so that an Ack comes before its Event. */
export type Answer = (body: ServerBody) => void;

/** What a connection says and hears in the moment in which one of its entries is judged. */
export interface Order {
  /** A reason why not. */
  objection(): Refusal | undefined;
  /** It was refused; the answer may come later. */
  refused(): void;
}

export class Rooms {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #port: LogPort;
  readonly #fanout: Fanout;
  readonly #slots = new Map<RoomId, Slot>();
  readonly #asks = new Asks();
  /** Rooms into which something new came since this relay started: nothing can be given back to them. */
  readonly #renewed = new Set<RoomId>();

  constructor(store: Store, clock: Clock, port: LogPort, fanout: Fanout) {
    this.#store = store;
    this.#clock = clock;
    this.#port = port;
    this.#fanout = fanout;
  }

  /** The log of a room, undefined when there is none. Removals that are due have taken effect. */
  async log(id: RoomId): Promise<RoomLog | undefined> {
    const slot = this.#slot(id);
    if (slot.loading !== undefined) await slot.loading;
    const change = slot.log?.ripen(this.#clock.now());
    // Nobody waits for this one: what it says follows from what is stored already, and is found again after a failure.
    if (change !== undefined) void this.#store.change(change).catch(() => this.#drop(slot));
    return slot.log;
  }

  /**
   * Rooms that `device` may read something of.
   *
   * @returns a function that says which they are in the moment in which it is called: what other devices wrote while the
   * store was asked is in memory, and would otherwise be neither here nor, before the device is online, be pushed to it.
   */
  async of(device: DeviceRef["device"]): Promise<() => readonly RoomLog[]> {
    const ids = await this.#store.roomsOf(device);
    const logs = await Promise.all(ids.map((id) => this.log(id)));
    return () => {
      const rooms = new Map(logs.filter((log) => log !== undefined).map((log) => [log.id, log]));
      for (const { id, log } of this.#slots.values()) if (log?.access.member(device) !== undefined) rooms.set(id, log);
      return [...rooms.values()];
    };
  }

  async create(sender: DeviceRef, wanted: RoomCreate, answer: Answer): Promise<void> {
    const foreign = idFault(sender, wanted, this.#port.hash);
    if (foreign !== undefined) return answer(foreign);
    const slot = this.#slot(wanted.room);
    if (slot.loading !== undefined) await slot.loading;
    const strangers =
      (await this.#hasStrangers(wanted.header)) || (wanted.commit && (await this.#hasStrangers(wanted.commit.header)));
    if (strangers) return answer(refused("bad-request", { field: "header.adds" }));
    const madeBefore = await this.#store.countRooms(sender.account);
    if (slot.dropped) return answer(refused("internal"));
    if (slot.log !== undefined) return await this.#createAgain(slot, slot.log, sender, wanted, answer);
    if (madeBefore >= ROOMS_MADE_MAX) return answer(refused("too-long", { field: "room" }));
    const made = createLog(sender, wanted, this.#port, this.#clock.now());
    if ("type" in made) return answer(made);
    slot.log = made.log;
    slot.creation = made.creation;
    this.#renewed.add(slot.id);
    const { log, entry } = made;
    const written = { entries: entry === undefined ? [] : [entry], body: ackOf(log, entry) };
    await this.#write(slot, log, written, this.#store.createRoom(made.room), answer);
  }

  /** The same creation again gets the same answer; another one comes too late and learns the head. */
  async #createAgain(slot: Slot, log: RoomLog, sender: DeviceRef, wanted: RoomCreate, answer: Answer): Promise<void> {
    const late = refused("stale-head", { head: log.head });
    if (slot.creation === undefined || !isSameCreation(slot.creation, sender, wanted)) return answer(late);
    if (wanted.commit === undefined) {
      return await this.#answerAfterWrites(slot, { type: "ack", seq: 0, previous: log.start }, answer);
    }
    const mark = await this.#mark(log, sender, wanted.commit.id);
    if (mark?.seq !== 1) return answer(late);
    const decision = log.put(sender, { type: "commit", ...wanted.commit }, mark, this.#clock.now());
    if (decision.kind !== "repeat") return answer(decision.kind === "refused" ? decision.refusal : late);
    await this.#answerAfterWrites(slot, { type: "ack", seq: 1, previous: mark.previous }, answer);
  }

  /** @param order - of the connection that the entry comes from. */
  async put(sender: Sender, wanted: Wanted, answer: Answer, order?: Order): Promise<void> {
    const slot = this.#slot(wanted.room);
    if (slot.loading !== undefined) await slot.loading;
    if (slot.log === undefined) return answer(refused("unknown-room"));
    const { log } = slot;
    // Appends ask the store in the order in which they came, and it answers in that order: none overtakes another.
    const known = log.recent.complete ? undefined : await this.#mark(log, sender, wanted.id);
    if (wanted.type === "commit" && (await this.#hasStrangers(wanted.header))) {
      return answer(refused("bad-request", { field: "header.adds" }));
    }
    if (slot.dropped) return answer(refused("internal"));
    const objected = order?.objection();
    if (objected !== undefined) return answer(objected);
    const decision = log.put(sender, wanted, known, this.#clock.now());
    switch (decision.kind) {
      case "refused":
        order?.refused();
        // A head that is not durable yet is nothing that a client could fetch.
        return await this.#answerAfterWrites(slot, decision.refusal, answer);
      case "repeat": {
        const { seq, previous } = decision.mark;
        return await this.#answerAfterWrites(slot, { type: "ack", seq, previous }, answer);
      }
      case "accepted":
        this.#renewed.add(slot.id);
        return await this.#write(
          slot,
          log,
          { entries: [decision.entry], body: ackOf(log, decision.entry) },
          this.#store.change(decision.change),
          answer,
        );
    }
  }

  /** Takes entries back that the relay lost. */
  async restore(giver: DeviceRef, wanted: Restore, answer: Answer): Promise<void> {
    const slot = this.#slot(wanted.room);
    if (slot.loading !== undefined) await slot.loading;
    const { log } = slot;
    if (log === undefined) return answer(refused("unknown-room"));
    const misfit = log.restoreFault(giver, wanted, this.#renewed.has(slot.id));
    if (misfit !== undefined) return await this.#answerAfterWrites(slot, misfit, answer);
    const field = await this.#unfit(log, wanted);
    if (field !== undefined) return answer(refused("bad-request", { field }));
    if (slot.dropped) return answer(refused("internal"));
    const taken = log.restore(giver, wanted, this.#renewed.has(slot.id), this.#clock.now());
    if (!taken.ok) return await this.#answerAfterWrites(slot, taken.error, answer);
    const written = { entries: taken.value.map(({ entry }) => entry), body: { type: "done" } } as const;
    const changes = taken.value.map(({ change }) => change);
    await this.#write(slot, log, written, this.#store.changeAll(changes), answer);
  }

  /** What the store says against entries that are given back: a device that it does not know, an id that it has. */
  async #unfit(log: RoomLog, { entries }: Restore): Promise<string | undefined> {
    const faults = await Promise.all(
      entries.map(async ({ device, id, header }, index) => {
        const [known, mark, strange] = await Promise.all([
          this.#store.device(device),
          log.recent.find(device, id) ?? this.#store.entryMark(log.id, device, id),
          this.#hasStrangers(header),
        ]);
        if (known === undefined) return `entries[${index}].device`;
        if (mark !== undefined) return `entries[${index}].id`;
        return strange ? `entries[${index}].header.adds` : undefined;
      }),
    );
    return faults.find((fault) => fault !== undefined);
  }

  /** Tells the devices in a room that one of an account that is there wants to be let in. Who may judges them, not us. */
  async readmit({ account, device }: DeviceRef, room: RoomId, signature: Uint8Array): Promise<ServerBody> {
    const log = await this.log(room);
    const inside = log === undefined ? [] : [...log.access].filter((member) => log.access.has(member.device));
    if (log === undefined || !inside.some((member) => member.account === account)) return refused("unknown-room");
    if (!this.#asks.open(log, device, this.#clock.now())) return { type: "done" };
    const others = inside.map((member) => member.device).filter((one) => one !== device);
    try {
      const notice = { kind: "readmit", room, who: { account, device }, signature } as const;
      this.#fanout.inbox(await this.#store.notify(others, notice));
    } catch (error) {
      this.#asks.drop(room, device);
      throw error;
    }
    return { type: "done" };
  }

  async fetch(
    device: DeviceRef["device"],
    room: RoomId,
    from: number,
    limit: number,
    bytesMax: number,
  ): Promise<ServerBody> {
    const part = (await this.log(room))?.readable(device);
    if (part === undefined) return refused("unknown-room");
    const first = Math.max(from, part.from);
    const entries = first > part.to ? [] : await this.#store.entries(room, first, part.to, limit, bytesMax);
    return { type: "fetched", room, entries, last: part.to };
  }

  /** The newest entry that the device may read. */
  async newest(device: DeviceRef["device"], room: RoomId): Promise<Entry | undefined> {
    const to = (await this.log(room))?.readable(device)?.to ?? 0;
    return to === 0 ? undefined : (await this.#store.entries(room, to, to, 1, 0))[0];
  }

  async cursor(device: DeviceRef["device"], room: RoomId, seq: number): Promise<ServerBody> {
    const log = await this.log(room);
    const part = log?.readable(device);
    if (log === undefined || part === undefined) return refused("unknown-room");
    if (seq > part.to) return refused("bad-request", { field: "seq" });
    const member = log.access.member(device);
    const isOut = await this.#store.setCursor(room, device, seq);
    // Who was brought in again while the store was asked is in it again, too.
    if (isOut && log.access.member(device) === member) log.access.forget(device);
    return { type: "done" };
  }

  async groupInfo(room: RoomId, token: Uint8Array): Promise<ServerBody> {
    const log = await this.log(room);
    if (log === undefined) return refused("unknown-room");
    if (log.link === undefined) return refused("not-allowed");
    if (!log.holdsLink(token)) return refused("link-expired");
    const info = await this.#store.groupInfo(room);
    // A commit without a GroupInfo leaves one of an epoch that is over; who made it posts the next soon.
    if (info === undefined || info.base !== log.head) return refused("busy", { retryMs: 1000 });
    return { type: "group-info", base: info.base, head: log.head, sealed: info.sealed };
  }

  /** The place of a room, which is found or begins to load; `loading` says whether it has to be waited for. */
  #slot(id: RoomId): Slot {
    const known = this.#slots.get(id);
    if (known !== undefined) {
      this.#slots.delete(id);
      this.#slots.set(id, known);
      return known;
    }
    const slot: Slot = {
      id,
      log: undefined,
      creation: undefined,
      loading: undefined,
      writing: new Set(),
      dropped: false,
    };
    slot.loading = this.#load(slot);
    this.#slots.set(id, slot);
    this.#makeRoom();
    return slot;
  }

  async #load(slot: Slot): Promise<void> {
    try {
      const record = await this.#store.room(slot.id);
      if (record === undefined) return;
      slot.log = restoreLog(record, this.#port);
      slot.creation = { creator: record.creator, header: record.header };
    } catch (error) {
      this.#drop(slot);
      throw error;
    } finally {
      slot.loading = undefined;
    }
  }

  #makeRoom(): void {
    if (this.#slots.size <= SLOTS_MAX) return;
    for (const slot of this.#slots.values()) {
      if (slot.loading !== undefined || slot.writing.size > 0) continue;
      this.#drop(slot);
      return;
    }
  }

  #drop(slot: Slot): void {
    slot.dropped = true;
    if (this.#slots.get(slot.id) === slot) this.#slots.delete(slot.id);
  }

  async #write(
    slot: Slot,
    log: RoomLog,
    { entries, body }: { readonly entries: readonly KeptEntry[]; readonly body: ServerBody },
    write: Promise<readonly Delivery[] | false>,
    answer: Answer,
  ): Promise<void> {
    const done = write.then((deliveries) => {
      if (deliveries === false) throw new StoreError("gap", "the room was made meanwhile");
      log.stored(entries.at(-1)?.seq ?? 0);
      answer(body);
      for (const entry of entries) this.#fanout.entry(log, entry);
      this.#fanout.inbox(deliveries);
    });
    slot.writing.add(done);
    try {
      await done;
    } catch (error) {
      this.#drop(slot);
      answer(failure(error));
    } finally {
      slot.writing.delete(done);
    }
  }

  /** Says what rests on entries that are being written - of a repeat, of a head - once these are durable. */
  async #answerAfterWrites(slot: Slot, body: ServerBody, answer: Answer): Promise<void> {
    try {
      if (slot.writing.size > 0) await Promise.all(slot.writing);
      answer(body);
    } catch (error) {
      answer(failure(error));
    }
  }

  async #mark(log: RoomLog, sender: DeviceRef, id: EntryId): Promise<EntryMark | undefined> {
    return log.recent.find(sender.device, id) ?? (await this.#store.entryMark(log.id, sender.device, id));
  }

  /** Whether a header brings in what is no device of the account that it names. */
  async #hasStrangers(header: CommitBody["header"]): Promise<boolean> {
    const parsed = parseHeader(header);
    if (!parsed.ok || parsed.value.adds.length === 0) return false;
    return (await this.#store.unknownDevices(parsed.value.adds)).length > 0;
  }
}

function ackOf(log: RoomLog, entry: KeptEntry | undefined): ServerBody {
  return { type: "ack", seq: entry?.seq ?? 0, previous: entry?.previous ?? log.start };
}
