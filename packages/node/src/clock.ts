/** The wall clock. */
import type { Clock } from "@sotto/core";

/**
 * Timers of the platform stand still while the machine sleeps and end after 24 days; so no wait is longer than this, and
 * the wall clock is asked again. That one may be set back: then the time that passed counts. As long as a heartbeat of the
 * connection: who is online and idle is woken once for it, and not on the way to it.
 */
const STEP_MS = 20_000;

export function nodeClock(): Clock {
  return {
    now: () => Date.now(),
    wake(at, run) {
      let timer: NodeJS.Timeout;
      const end = performance.now() + at - Date.now();
      const leftMs = (): number => Math.min(at - Date.now(), end - performance.now());
      const wait = () => {
        const ms = Math.ceil(leftMs());
        timer = setTimeout(() => (leftMs() <= 0 ? run() : wait()), Math.min(STEP_MS, Math.max(0, ms)));
      };
      wait();
      return () => clearTimeout(timer);
    },
  };
}
