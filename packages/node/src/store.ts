/** Core's store over the worker that holds the database: one message for a commit, one back when it is on disk. */
import { type Change, type Store, VaultError, type Window } from "@sotto/core";
import type { AccountId, EntryId, RoomId } from "@sotto/wire";
import type { Rekeying } from "./rekey.ts";
import { Thread } from "./thread.ts";

export type StoreCall =
  | { readonly type: "open"; readonly file: string; readonly key: Uint8Array; readonly isNew: boolean }
  | ({ readonly type: "rekey" } & Rekeying)
  | { readonly type: "load" | "check" | "close" }
  | { readonly type: "commit"; readonly changes: readonly Change[] }
  | { readonly type: "messages"; readonly room: RoomId; readonly before: number | undefined; readonly limit: number }
  | { readonly type: "timeline"; readonly room: RoomId; readonly window: Window; readonly limit: number }
  | { readonly type: "message"; readonly room: RoomId; readonly id: EntryId }
  | { readonly type: "search"; readonly query: string; readonly room: RoomId | undefined; readonly limit: number }
  | {
      readonly type: "unread";
      readonly room: RoomId;
      readonly seq: number;
      readonly self: AccountId;
      readonly last: number | undefined;
    }
  | { readonly type: "hashAt"; readonly room: RoomId; readonly seq: number }
  | { readonly type: "entries"; readonly room: RoomId; readonly seq: number; readonly limit: number };

export type StoreAnswer =
  | { readonly type: "done"; readonly value: unknown }
  | { readonly type: "failed"; readonly code: VaultError["code"]; readonly message: string };

export interface NodeStore extends Store {
  /** Reads every page of the database, as {@link openStore} does by itself up to 64 MiB. */
  check(): Promise<void>;
  /** Puts another key on the database; where that fails, the old one is on it and the store goes on. */
  rekey(rekeying: Rekeying): Promise<void>;
}

/**
 * @param file - exists; with `isNew`, as an empty file.
 * @param key - the vault key; a copy goes to the worker.
 */
export async function openStore(file: string, key: Uint8Array, isNew = false): Promise<NodeStore> {
  const thread = new Thread<StoreCall, StoreAnswer>(new URL("./store-worker.ts", import.meta.url));
  let closing: Promise<void> | undefined;
  const call = async <Value>(request: StoreCall, transfer: readonly ArrayBuffer[] = []): Promise<Value> => {
    if (closing !== undefined) throw new VaultError("internal", "the vault is closed");
    const answer = await thread.call(request, transfer).catch((cause: unknown) => {
      throw new VaultError("internal", "the vault's thread ended", cause);
    });
    if (answer.type === "failed") throw new VaultError(answer.code, answer.message);
    return answer.value as Value; // the worker is ours: see carryOut
  };
  const copy = new Uint8Array(key);
  try {
    await call({ type: "open", file, key: copy, isNew }, [copy.buffer]);
  } catch (cause) {
    await thread.close();
    throw cause;
  }
  return {
    load: () => call({ type: "load" }),
    commit: (changes) => call({ type: "commit", changes }),
    messages: (room, before, limit) => call({ type: "messages", room, before, limit }),
    timeline: (room, window, limit) => call({ type: "timeline", room, window, limit }),
    message: (room, id) => call({ type: "message", room, id }),
    search: (query, room, limit) => call({ type: "search", query, room, limit }),
    unread: (room, seq, self, last) => call({ type: "unread", room, seq, self, last }),
    hashAt: (room, seq) => call({ type: "hashAt", room, seq }),
    entries: (room, seq, limit) => call({ type: "entries", room, seq, limit }),
    check: () => call({ type: "check" }),
    rekey: (rekeying) => call({ type: "rekey", ...rekeying }),
    /** What was asked before is carried out before. */
    close() {
      closing ??= call<void>({ type: "close" }).finally(() => thread.close());
      return closing;
    },
  };
}
