/** What survives the end of a client: the content of a memory store, which can be copied, made to fail, and cut off. */

import { memoryStore } from "../../../node/src/memory-store.ts";
import type { Change, Store, Vault } from "../../src/ports.ts";
import { VaultError } from "../../src/ports.ts";

export class Disk {
  readonly records = new Map<string, Uint8Array>();
  readonly lines: Change[] = [];
  /** Commits that fail from now on; Infinity: all of them. */
  failing = 0;
  /** Durable commits so far. */
  commits = 0;

  apply(changes: readonly Change[]): void {
    this.commits++;
    for (const change of structuredClone(changes)) {
      if (change.type === "put") this.records.set(change.key, change.value);
      else if (change.type === "delete") this.records.delete(change.key);
      else this.lines.push(change);
    }
  }

  copy(): Disk {
    const disk = new Disk();
    for (const [key, value] of this.records) disk.records.set(key, new Uint8Array(value));
    disk.lines.push(...structuredClone(this.lines));
    return disk;
  }

  /** Everything on it, for comparing. */
  snapshot(): unknown {
    return structuredClone({ records: [...this.records].sort(), lines: this.lines });
  }
}

/** A vault without a password over a disk. */
export class FakeVault implements Vault {
  readonly #disk: Disk;
  #state: Vault["state"];
  /** The process died: nothing is written any more, and nobody is told so. */
  dead = false;

  constructor(disk: Disk) {
    this.#disk = disk;
    this.#state = disk.records.size === 0 ? "none" : "locked";
  }

  get state(): Vault["state"] {
    return this.#state;
  }

  async create(): Promise<Store> {
    return await this.unlock();
  }

  async unlock(): Promise<Store> {
    this.#state = "open";
    return await this.#open();
  }

  async addPassword(): Promise<void> {}

  async settlePassword(): Promise<void> {}

  async discard(): Promise<void> {
    this.#state = "none";
    this.#disk.records.clear();
    this.#disk.lines.length = 0;
  }

  async close(): Promise<void> {
    this.#state = "locked";
  }

  async #open(): Promise<Store> {
    const store = memoryStore();
    const puts = [...this.#disk.records].map(([key, value]) => ({ type: "put", key, value }) as const);
    await store.commit([...puts, ...this.#disk.lines]);
    return {
      ...store,
      commit: async (changes) => {
        if (this.dead) await new Promise(() => undefined);
        if (this.#disk.failing > 0) {
          this.#disk.failing--;
          throw new VaultError("internal", "the disk is full");
        }
        await store.commit(changes);
        if (!this.dead) this.#disk.apply(changes);
      },
    };
  }
}
