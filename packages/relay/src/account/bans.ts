/** Who is shut out, held in memory: a ban must count in the moment in which a connection becomes somebody's. */
import type { UserName } from "@sotto/wire";
import type { Store } from "../store/store.ts";

export class Bans {
  readonly #store: Store;
  readonly #names: Set<UserName>;

  private constructor(store: Store, names: readonly UserName[]) {
    this.#store = store;
    this.#names = new Set(names);
  }

  static async load(store: Store): Promise<Bans> {
    return new Bans(store, await store.bans());
  }

  has(name: UserName): boolean {
    return this.#names.has(name);
  }

  /** In force at once, also when the store then fails: that is only whether it outlasts this process. */
  async add(name: UserName, now: number): Promise<void> {
    this.#names.add(name);
    await this.#store.ban(name, now);
  }

  /** @returns false when the name was not shut out. */
  async lift(name: UserName): Promise<boolean> {
    const wasBanned = await this.#store.unban(name);
    this.#names.delete(name);
    return wasBanned;
  }
}
