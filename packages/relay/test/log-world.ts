/** A room's log with people around it, for tests: a clock that stands still unless told, and everything durable at once. */
import {
  type DeviceRef,
  type EntryId,
  encodeHeader,
  idOf,
  type RoomId,
  type RoomLink,
  roomIdOf,
  type WelcomeFor,
} from "@sotto/wire";
import { sha256 } from "../src/crypto.ts";
import { createLog, restoreLog } from "../src/room/creation.ts";
import type { Decision, LogPort, RoomLog } from "../src/room/log.ts";
import { MemoryTables } from "../src/store/memory-tables.ts";

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Device `one` of account `name`: the same each time. */
export function device(name: string, one = 1): DeviceRef {
  return {
    account: idOf.account(sha256(text(name))),
    device: idOf.device(sha256(text(`${name} ${one}`)).slice(0, 16)),
  };
}

export const HOUR = 60 * 60 * 1000;

export interface CommitOptions {
  readonly base?: number;
  readonly head?: number;
  readonly adds?: readonly DeviceRef[];
  readonly removes?: readonly DeviceRef[];
  readonly id?: EntryId;
  readonly bytes?: Uint8Array;
  readonly link?: RoomLink | null;
  readonly joinToken?: Uint8Array;
  readonly welcomes?: readonly WelcomeFor[];
}

export interface AppendOptions {
  readonly base?: number;
  readonly head?: number;
  readonly id?: EntryId;
  readonly bytes?: Uint8Array;
}

export class LogWorld {
  readonly tables = new MemoryTables(new Uint8Array(16));
  readonly room: RoomId;
  readonly port: LogPort;
  log: RoomLog;
  now = 1_000_000_000_000;
  #id = 0;

  constructor(
    creator = device("ann"),
    more: { readonly link?: RoomLink; readonly rate?: LogPort["rate"]; readonly also?: readonly DeviceRef[] } = {},
  ) {
    this.room = idOf.room(roomIdOf(creator.account, sha256(text("the room")).slice(0, 16), sha256));
    this.port = { hash: sha256, rate: more.rate ?? (() => 0) };
    const header = encodeHeader({ adds: [creator, ...(more.also ?? [])], removes: [] });
    const wanted = { type: "room-create" as const, room: this.room, header, link: more.link, commit: undefined };
    const made = createLog(creator, wanted, this.port, this.now);
    if ("type" in made) throw new Error(made.code);
    this.tables.createRoom(made.room);
    this.log = made.log;
  }

  id(): EntryId {
    return idOf.entry(sha256(text(`id ${this.#id++}`)).slice(0, 16));
  }

  append(sender: DeviceRef, options: AppendOptions = {}): Decision {
    const { head = this.log.head, base = head, id = this.id(), bytes = text(`message ${id}`) } = options;
    return this.#keep(
      this.log.put(
        sender,
        { type: "append", room: this.room, id, head, base, bytes, continues: false },
        undefined,
        this.now,
      ),
    );
  }

  /** A commit after the pause that one commit asks for. */
  commit(sender: DeviceRef, options: CommitOptions = {}): Decision {
    this.now += 1000;
    return this.commitNow(sender, options);
  }

  commitNow(sender: DeviceRef, options: CommitOptions = {}): Decision {
    const { head = this.log.head, base = head, adds = [], removes = [], id = this.id() } = options;
    const header = encodeHeader({ adds, removes });
    return this.#keep(
      this.log.put(
        sender,
        {
          type: "commit",
          room: this.room,
          id,
          head,
          base,
          bytes: options.bytes ?? text(`commit ${id}`),
          header,
          welcomes: options.welcomes ?? [],
          link: options.link,
          joinToken: options.joinToken,
        },
        undefined,
        this.now,
      ),
    );
  }

  #keep(decision: Decision): Decision {
    if (decision.kind === "accepted") {
      this.tables.change(decision.change);
      this.log.stored(decision.entry.seq);
    }
    return decision;
  }

  /** As after a restart: all that is known is what was stored. */
  restart(): void {
    const record = this.tables.room(this.room);
    if (record === undefined) throw new Error("the room was not stored");
    this.log = restoreLog(record, this.port);
  }

  /** Names of those with access, for reading in a test: `ann1 bob1`. */
  who(...devices: readonly DeviceRef[]): readonly DeviceRef[] {
    return devices.filter((one) => this.log.access.has(one.device));
  }

  ripen(): void {
    const change = this.log.ripen(this.now);
    if (change !== undefined) this.tables.change(change);
  }
}
