/** Updates that nobody draws yet: kept, but of the connection only how it stands now. */
import type { Update } from "@sotto/core";

export interface HeldUpdates {
  /** What was kept, then what comes. To be called once. */
  release(): AsyncIterable<Update>;
}

export function holdUpdates(updates: AsyncIterable<Update>): HeldUpdates {
  let queue: Update[] = [];
  let released = false;
  let ended = false;
  let wake: () => void = () => {};
  void (async () => {
    for await (const update of updates) {
      if (!released && update.type === "connection") queue = queue.filter(({ type }) => type !== "connection");
      queue.push(update);
      wake();
    }
    ended = true;
    wake();
  })();
  return {
    async *release() {
      released = true;
      while (true) {
        // All at once: to take the first of a hundred thousand out moves the others each time.
        const held = queue;
        queue = [];
        yield* held;
        if (queue.length > 0) continue;
        if (ended) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
