/** The wall clock. */
import type { Clock } from "@sotto/core";

/**
 * Timers of the platform stand still while the machine sleeps and end after 24 days; so no wait is longer than this, and
 * the wall clock is asked again.
 */
const STEP_MS = 15_000;

export function nodeClock(): Clock {
  return {
    now: () => Date.now(),
    wake(at, run) {
      let timer: NodeJS.Timeout;
      const wait = () => {
        timer = setTimeout(() => (Date.now() >= at ? run() : wait()), Math.min(STEP_MS, Math.max(0, at - Date.now())));
      };
      wait();
      return () => clearTimeout(timer);
    },
  };
}
