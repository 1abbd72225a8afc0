/** The thread that holds the database: commits wait for the disk here, and the screen goes on. */
import { parentPort } from "node:worker_threads";
import { type Rekeying, rekeyDatabase } from "./rekey.ts";
import { isDamage, isFull, SqliteStore } from "./sqlite-store.ts";
import type { StoreAnswer, StoreCall } from "./store.ts";
import { StoreFault } from "./store-fault.ts";

let store: SqliteStore | undefined;

parentPort?.on("message", ({ id, call }: { readonly id: number; readonly call: StoreCall }) => {
  let answer: StoreAnswer;
  try {
    answer = { type: "done", value: carryOut(call) };
  } catch (cause) {
    answer = refusal(cause);
  }
  parentPort?.postMessage({ id, answer });
});

function carryOut(call: StoreCall): unknown {
  if (call.type === "open") {
    try {
      store = new SqliteStore(call.file, call.key, call.isNew);
    } finally {
      call.key.fill(0);
    }
    return undefined;
  }
  if (store === undefined) throw new StoreFault("internal", "the vault is closed");
  switch (call.type) {
    case "load":
      return store.load();
    case "commit":
      return store.commit(call.changes);
    case "messages":
      return store.messages(call.room, call.before, call.limit);
    case "timeline":
      return store.timeline(call.room, call.window, call.limit);
    case "message":
      return store.message(call.room, call.id);
    case "search":
      return store.search(call.query, call.room, call.limit);
    case "unread":
      return store.unread(call.room, call.seq, call.self, call.last);
    case "hashAt":
      return store.hashAt(call.room, call.seq);
    case "entries":
      return store.entries(call.room, call.seq, call.limit);
    case "check":
      return store.check();
    case "rekey":
      return rekey(store, call);
    case "close":
      store.close();
      store = undefined;
      return undefined;
  }
}

/** The database is closed for it, and open again afterwards under the key that it then has. */
function rekey(open: SqliteStore, call: Extract<StoreCall, { type: "rekey" }>): void {
  const { key, newKey } = call;
  store = undefined;
  try {
    open.close();
    rekeyDatabase(call);
  } finally {
    store = openEither(call);
    key.fill(0);
    newKey.fill(0);
  }
}

function openEither({ file, key, newKey }: Rekeying): SqliteStore {
  try {
    return new SqliteStore(file, newKey, false);
  } catch {
    return new SqliteStore(file, key, false);
  }
}

/** SQLite's words name tables and columns, never values. */
function refusal(cause: unknown): StoreAnswer {
  if (cause instanceof StoreFault) return { type: "failed", code: cause.code, message: cause.message };
  if (isDamage(cause)) return { type: "failed", code: "vault-damaged", message: "the vault's database is damaged" };
  if (isFull(cause)) return { type: "failed", code: "disk-full", message: "the disk takes nothing more" };
  const message = cause instanceof Error ? cause.message : "unknown";
  return { type: "failed", code: "internal", message: `the vault's database failed: ${message}` };
}
