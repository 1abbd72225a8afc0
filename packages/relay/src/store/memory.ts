/**
 * A store that forgets when it ends: for tests, for the simulator, and as the plain specification that the SQLite one
 * is compared with. It answers on a later tick, because a store that answers at once hides a missing `await`.
 */

import { MemoryTables } from "./memory-tables.ts";
import { type Store, StoreError, type Tables } from "./store.ts";

export interface MemoryStoreOptions {
  readonly generation: Uint8Array;
  /** How an answer is put off; the simulator gives its own clock here. */
  readonly later?: (answer: () => void) => void;
  /** Called before each call; throws a {@link StoreError} to make it fail. */
  readonly trip?: (method: keyof Tables) => void;
}

export function memoryStore(options: MemoryStoreOptions): Store {
  const tables = new MemoryTables(options.generation);
  const later = options.later ?? ((answer) => void setImmediate(answer));
  let closed = false;
  const call = (method: keyof Tables, args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const isLate = closed;
      later(() => {
        try {
          if (isLate) throw new StoreError("closed", "the store is closed");
          options.trip?.(method);
          resolve(Reflect.apply(tables[method], tables, args));
        } catch (error) {
          reject(error);
        }
      });
    });
  return storeOf(call, async () => {
    closed = true;
  });
}

/** A store out of one function that takes the name of a call. */
export function storeOf(
  call: (method: keyof Tables, args: readonly unknown[]) => Promise<unknown>,
  close: () => Promise<void>,
): Store {
  const handler: ProxyHandler<object> = {
    get: (_, name) => {
      if (name === Symbol.asyncDispose) return close;
      // A promise looks for `then` on what it is given: a store is not one.
      if (typeof name !== "string" || name === "then") return undefined;
      return (...args: readonly unknown[]) => call(name as keyof Tables, args);
    },
  };
  return new Proxy({}, handler) as Store;
}
