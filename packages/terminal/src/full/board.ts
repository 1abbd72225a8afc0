/** Holds the model: who changes it does so here, and who must know hears of it. */
import type { Model } from "./model/model.ts";

export class Board {
  #model: Model;
  readonly #clock: () => number;
  readonly #watchers = new Set<(model: Model, before: Model) => void>();

  constructor(model: Model, clock: () => number = Date.now) {
    this.#model = model;
    this.#clock = clock;
  }

  get model(): Model {
    return this.#model;
  }

  now(): number {
    return this.#clock();
  }

  change(step: (model: Model) => Model): void {
    const before = this.#model;
    const after = step(before);
    if (after === before) return;
    this.#model = { ...after, now: this.#clock() };
    for (const watch of this.#watchers) watch(this.#model, before);
  }

  /**
   * Calls `watcher` after each change. It may change the model in turn.
   *
   * @returns what ends it.
   */
  watch(watcher: (model: Model, before: Model) => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }
}
