/** Inboxes in SQL: what waits for a device besides the logs of its rooms. */
import type { InboxEntry } from "@sotto/wire";
import { type DeviceId, idBytes } from "@sotto/wire/ids";
import { unreachable } from "@sotto/wire/result";
import * as read from "./sql-row.ts";
import type { Statements } from "./sql-statements.ts";
import { type Delivery, type InboxNotice, type NewWelcome, StoreError } from "./store.ts";

/** How kinds are stored; numbers are never used again. */
const KINDS = {
  welcome: 1,
  "last-resort-used": 2,
  "sign-in-locked": 3,
  readmit: 4,
  "chain-grew": 5,
} as const satisfies Record<InboxEntry["kind"], number>;

/** A Welcome without its device, or a notice. */
type NewInboxEntry =
  | InboxNotice
  | ({ readonly kind: "welcome"; readonly room: Extract<InboxEntry, { readonly kind: "welcome" }>["room"] } & Omit<
      NewWelcome,
      "device"
    >);

export class SqlInboxes {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  /** Numbers go on where they were, also when what they named is gone. @returns nothing for a device that is not known. */
  put(device: DeviceId, wanted: NewInboxEntry): readonly Delivery[] {
    const id = idBytes(device);
    const row = this.#sql.one("UPDATE device SET inbox_last = inbox_last + 1 WHERE id = ? RETURNING inbox_last", id);
    if (row === undefined) return [];
    const entry: InboxEntry = { number: read.number(row, "inbox_last"), ...wanted };
    this.#insert(id, entry);
    return [{ device, entry }];
  }

  #insert(device: Uint8Array, entry: InboxEntry): void {
    const { number } = entry;
    const kind = KINDS[entry.kind];
    switch (entry.kind) {
      case "welcome": {
        const { room, seq, previous, bytes } = entry;
        const sql = "INSERT INTO inbox (device, number, kind, room, seq, previous, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)";
        this.#sql.run(sql, device, number, kind, idBytes(room), seq, previous, bytes);
        return;
      }
      case "readmit": {
        const { room, who, signature } = entry;
        const sql =
          "INSERT INTO inbox (device, number, kind, room, who_account, who_device, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)";
        this.#sql.run(sql, device, number, kind, idBytes(room), idBytes(who.account), idBytes(who.device), signature);
        return;
      }
      case "last-resort-used":
      case "sign-in-locked":
      case "chain-grew":
        this.#sql.run("INSERT INTO inbox (device, number, kind) VALUES (?, ?, ?)", device, number, kind);
        return;
      default:
        return unreachable(entry);
    }
  }

  /** Whether an entry of this kind waits. */
  holds(device: DeviceId, kind: InboxEntry["kind"]): boolean {
    const sql = "SELECT 1 AS told FROM inbox WHERE device = ? AND kind = ?";
    return this.#sql.one(sql, idBytes(device), KINDS[kind]) !== undefined;
  }

  last(device: DeviceId): number {
    const row = this.#sql.one("SELECT inbox_last FROM device WHERE id = ?", idBytes(device));
    return row === undefined ? 0 : read.number(row, "inbox_last");
  }

  read(device: DeviceId, from: number, limit: number, bytesMax: number): readonly InboxEntry[] {
    let count = 0;
    let size = 0;
    const fits = (row: read.Row): boolean => {
      size += read.optionalBytes(row, "bytes")?.length ?? 0;
      return ++count <= limit && (count === 1 || size <= bytesMax);
    };
    const sql = "SELECT * FROM inbox WHERE device = ? AND number >= ? ORDER BY number";
    return this.#sql.some(sql, fits, idBytes(device), from).map(entryOf);
  }

  drop(device: DeviceId, upTo: number): void {
    this.#sql.run("DELETE FROM inbox WHERE device = ? AND number <= ?", idBytes(device), upTo);
  }
}

function entryOf(row: read.Row): InboxEntry {
  const number = read.number(row, "number");
  switch (read.number(row, "kind")) {
    case KINDS.welcome:
      return {
        number,
        kind: "welcome",
        room: read.room(row, "room"),
        seq: read.number(row, "seq"),
        previous: read.bytes(row, "previous"),
        bytes: read.bytes(row, "bytes"),
      };
    case KINDS.readmit:
      return {
        number,
        kind: "readmit",
        room: read.room(row, "room"),
        who: { account: read.account(row, "who_account"), device: read.device(row, "who_device") },
        signature: read.bytes(row, "bytes"),
      };
    case KINDS["last-resort-used"]:
      return { number, kind: "last-resort-used" };
    case KINDS["sign-in-locked"]:
      return { number, kind: "sign-in-locked" };
    case KINDS["chain-grew"]:
      return { number, kind: "chain-grew" };
    default:
      throw new StoreError("failed", "the database is damaged: an inbox entry has no known kind");
  }
}
