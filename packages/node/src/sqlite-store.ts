/**
 * The encrypted database of one device, synchronous: it lives in a worker. Pages are encrypted and authenticated with
 * ChaCha20-Poly1305 under the vault key; a commit is on disk when it returns.
 */
import { statSync } from "node:fs";
import type { Change, StoredEntry, StoredEvent, StoredItem, StoredMessage, Window } from "@sotto/core";
import type { AccountId, RoomId } from "@sotto/wire";
import Database from "better-sqlite3-multiple-ciphers";
import { checkAllPages, checkPages, lookFirst, setKey } from "./first-look.ts";
import { migrate } from "./schema.ts";
import { type EventRow, type MessageRow, prepare, type Statements } from "./statements.ts";
import { StoreFault } from "./store-fault.ts";
import { readTimeline } from "./timeline.ts";
import { hasLostCommits } from "./wal-tail.ts";
import { matchOf, wordsOf } from "./words.ts";

const PAGE_BYTES_MIN = 512;
/** Above every place. */
const BEYOND = Number.MAX_SAFE_INTEGER + 1;

export class SqliteStore {
  readonly #db: Database;
  readonly #run: Statements;
  /** Nothing was ever put into it. */
  #isEmpty: boolean;

  /** @param file - exists; to be made a database of, it is empty. @param key - 32 bytes. */
  constructor(file: string, key: Uint8Array, isNew: boolean) {
    // SQLite makes a new database of a file that is cut to nothing.
    if (!isNew && statSync(file).size < PAGE_BYTES_MIN) {
      throw new StoreFault("vault-damaged", "the vault's database is cut");
    }
    this.#db = openDatabase(file, key);
    try {
      migrate(this.#db, isNew);
      checkPages(this.#db);
      this.#run = prepare(this.#db);
      this.#isEmpty = this.#run.any.get({}) === undefined;
    } catch (cause) {
      this.#db.close();
      throw cause;
    }
  }

  load(): ReadonlyMap<string, Uint8Array> {
    return new Map(this.#run.load.all({}).map(({ key, value }) => [key, plain(value)]));
  }

  commit(changes: readonly Change[]): void {
    this.#db
      .transaction(() => {
        for (const change of changes) this.#apply(change);
      })
      .immediate();
    if (this.#isEmpty) this.#putDown();
  }

  /**
   * An empty vault is one whose making was cut off, and is discarded; so a vault with something in it is not to look empty
   * when its log is lost. From here on it looks old then, which the relay notices.
   */
  #putDown(): void {
    try {
      this.#db.pragma("wal_checkpoint(TRUNCATE)");
      this.#isEmpty = false;
    } catch {
      // What was committed is on disk, in the log: tried again with the next commit.
    }
  }

  messages(room: RoomId, before: number | undefined, limit: number): readonly StoredMessage[] {
    return this.#messages(room, { before }, limit).toReversed();
  }

  timeline(room: RoomId, window: Window, limit: number): readonly StoredItem[] {
    const source = {
      messages: this.#messages.bind(this),
      events: this.#events.bind(this),
      eventsAt: (id: RoomId, seq: number) => this.#run.eventsAt.all({ room: id, seq }).map((row) => eventOf(id, row)),
    };
    return readTimeline(source, room, window, limit);
  }

  message(room: RoomId, id: StoredMessage["id"]): StoredMessage | undefined {
    const row = this.#run.message.get({ room, id: idBytes(id) });
    return row && messageOf(row);
  }

  search(query: string, room: RoomId | undefined, limit: number): readonly StoredMessage[] {
    const words = wordsOf(query);
    if (words.length === 0) return [];
    const number = room && this.#run.number.get({ room })?.number;
    if (room !== undefined && number === undefined) return [];
    const rows = this.#run.search.all({ match: matchOf(words, number), limit });
    return rows.toReversed().map(messageOf);
  }

  unread(room: RoomId, seq: number, self: AccountId, last = BEYOND): ReadonlyMap<AccountId, number> {
    const rows = this.#run.unread.all({ room, seq, last, self: idBytes(self) });
    return new Map(rows.map(({ account, count }) => [idOf<AccountId>(account), count]));
  }

  hashAt(room: RoomId, seq: number): Uint8Array | undefined {
    const row = this.#run.hashAt.get({ room, seq });
    return row && plain(row.hash);
  }

  entries(room: RoomId, seq: number, limit: number): readonly StoredEntry[] {
    return this.#run.entries.all({ room, seq, limit }).map((row) => ({
      room,
      seq: row.seq,
      kind: row.kind,
      id: idOf(row.id),
      device: idOf(row.device),
      base: row.base,
      header: plain(row.header),
      bytes: plain(row.bytes),
      hash: plain(row.hash),
    }));
  }

  /** Reads every page in use. */
  check(): void {
    checkAllPages(this.#db);
  }

  close(): void {
    this.#db.close();
  }

  #apply(change: Change): void {
    switch (change.type) {
      case "put":
        this.#run.put.run({ key: change.key, value: change.value });
        break;
      case "delete":
        this.#run.delete.run({ key: change.key });
        break;
      case "entry":
        this.#entry(change.entry);
        break;
      case "message":
        this.#message(change.message);
        break;
      case "event":
        this.#event(change.event);
        break;
      case "shelve":
        this.#run.shelve.run({ room: change.room });
        this.#run.shelveEvents.run({ room: change.room });
        this.#run.forgetEntries.run({ room: change.room, seq: 0 });
        break;
      case "forget":
        this.#run.forgetWords.run({ room: change.room, seq: change.seq });
        this.#run.forgetMessages.run({ room: change.room, seq: change.seq });
        this.#run.forgetEvents.run({ room: change.room, seq: change.seq });
        this.#run.forgetEntries.run({ room: change.room, seq: change.seq });
        break;
    }
  }

  #entry(entry: StoredEntry): void {
    this.#run.room.run({ room: entry.room });
    this.#run.entry.run({ ...entry, id: idBytes(entry.id), device: idBytes(entry.device) });
  }

  #message({ room, seq, id, account, device, sentAt, text }: StoredMessage): void {
    this.#run.room.run({ room });
    const ids = { id: idBytes(id), account: idBytes(account), device: idBytes(device) };
    const { lastInsertRowid, changes } = this.#run.addMessage.run({ room, seq, ...ids, sentAt, text });
    if (changes > 0) this.#run.addWords.run({ place: lastInsertRowid, text, room });
  }

  #event({ room, seq, number, at, event, by, who, name }: StoredEvent): void {
    this.#run.room.run({ room });
    const ids = { by: idBytes(by), who: who === undefined ? null : idBytes(who) };
    this.#run.addEvent.run({ room, seq, number, at, event, ...ids, name: name ?? null });
  }

  /** The nearest first. */
  #messages(room: RoomId, { before, after }: Window, limit: number): readonly StoredMessage[] {
    const rows =
      after === undefined
        ? this.#run.messages.all({ room, before: before ?? BEYOND, limit })
        : this.#run.messagesAfter.all({ room, after, limit });
    return rows.map(messageOf);
  }

  #events(room: RoomId, { before, after }: Window, limit: number): readonly StoredEvent[] {
    const rows =
      after === undefined
        ? this.#run.events.all({ room, before: before ?? BEYOND, limit })
        : this.#run.eventsAfter.all({ room, after, limit });
    return rows.map((row) => eventOf(room, row));
  }
}

/** The order matters: cipher, key, then everything that reads a page. */
export function openDatabase(file: string, key: Uint8Array): Database {
  if (hasLostCommits(file)) throw new StoreFault("vault-damaged", "the newest changes in the vault are damaged");
  lookFirst(file, key);
  const db = new Database(file, { fileMustExist: true, timeout: 0 });
  try {
    setKey(db, key);
    db.pragma("locking_mode = EXCLUSIVE"); // one process, and no shared memory file
    db.pragma("cache_size = -4000"); // KiB: a quarter of what it would be, and no search or commit was seen to be slower
    db.pragma("temp_store = MEMORY"); // no sorted plaintext in a temporary file
    db.pragma("secure_delete = ON"); // spent keys are overwritten, not only forgotten
    db.pragma("trusted_schema = OFF");
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL");
    return db;
  } catch (cause) {
    db.close();
    throw cause;
  }
}

function messageOf(row: MessageRow): StoredMessage {
  return {
    room: row.room,
    seq: row.seq,
    id: idOf(row.id),
    account: idOf(row.account),
    device: idOf(row.device),
    sentAt: row.sentAt,
    text: row.text,
  };
}

function eventOf(room: RoomId, { by, who, name, ...row }: EventRow): StoredEvent {
  return { ...row, room, by: idOf(by), who: who === null ? undefined : idOf(who), name: name ?? undefined };
}

/** Ids were checked when they came in, and the database is ours: this is the codec. */
const idBytes = (id: string): Uint8Array => Buffer.from(id, "hex");
const idOf = <Id extends string>(bytes: Uint8Array): Id => Buffer.from(bytes).toString("hex") as Id;

const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

/** What SQLite says of a file that is not what it was. */
export function isDamage(cause: unknown): boolean {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return /^SQLITE_(CORRUPT|NOTADB|IOERR_(SHORT_READ|DATA|CORRUPTFS))/.test(code);
}

/**
 * What SQLite says where a file cannot grow. A quota or a limit on the size of files is a failed write and no full disk to
 * it: who meets it can do the same about it.
 */
export function isFull(cause: unknown): boolean {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return /^SQLITE_(FULL|IOERR_(WRITE|FSYNC|TRUNCATE|SHMSIZE))/.test(code);
}
