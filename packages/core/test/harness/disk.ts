/** What survives the end of a client: the content of a memory store, which can be copied, made to fail, and cut off. */

import { memoryStore } from "../../../node/src/memory-store.ts";
import type { Change, Store, Vault } from "../../src/ports.ts";
import { VaultError } from "../../src/ports.ts";

export class Disk {
  readonly records = new Map<string, Uint8Array>();
  readonly lines: Change[] = [];
  /** Commits that fail from now on; Infinity: all of them. */
  failing = 0;
  /** What they fail with. */
  code: VaultError["code"] = "internal";
  /** Passwords that open it, the older one first: two while a change is under way. */
  passwords: string[] = [];
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
    disk.passwords = [...this.passwords];
    return disk;
  }

  /** Everything on it, for comparing. */
  snapshot(): unknown {
    return structuredClone({ records: [...this.records].sort(), lines: this.lines });
  }
}

/** A vault over a disk: its passwords are believed to keep what they keep. */
export class FakeVault implements Vault {
  readonly #disk: Disk;
  #state: Vault["state"];
  /** The process died: nothing is written any more, and nobody is told so. */
  dead = false;
  dieAt: string | undefined;
  died: () => void = () => undefined;
  changing: "new" | "old" | undefined;
  #opener = "";

  constructor(disk: Disk) {
    this.#disk = disk;
    this.#state = disk.records.size === 0 ? "none" : "locked";
  }

  get state(): Vault["state"] {
    return this.#state;
  }

  async create(password: string): Promise<Store> {
    this.#disk.passwords = [password];
    return await this.unlock(password);
  }

  async unlock(password: string): Promise<Store> {
    const place = this.#disk.passwords.lastIndexOf(password);
    if (place < 0) throw new VaultError("bad-credentials", "the password does not open this profile");
    this.#opener = password;
    this.changing = this.#disk.passwords.length < 2 ? undefined : place === 0 ? "old" : "new";
    this.#state = "open";
    return await this.#open();
  }

  async addPassword(password: string): Promise<void> {
    await this.#step("add");
    this.#disk.passwords = [this.#opener, password];
    this.changing = "old";
    await this.#step("added");
  }

  async settlePassword(keep: "new" | "old"): Promise<void> {
    await this.#step("settle");
    this.#disk.passwords = keep === "new" ? this.#disk.passwords.slice(-1) : this.#disk.passwords.slice(0, 1);
    this.#opener = this.#disk.passwords[0] ?? "";
    this.changing = undefined;
    await this.#step("settled");
  }

  /** The process may die before and after each. */
  async #step(step: string): Promise<void> {
    if (this.dieAt === step) {
      this.dead = true;
      this.died();
    }
    if (this.dead) await new Promise(() => undefined);
  }

  async discard(): Promise<void> {
    this.#state = "none";
    this.#disk.passwords = [];
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
          throw new VaultError(this.#disk.code, "the disk is full");
        }
        await store.commit(changes);
        if (!this.dead) this.#disk.apply(changes);
      },
    };
  }
}
