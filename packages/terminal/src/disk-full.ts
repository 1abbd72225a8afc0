/** A full disk is told once: each try to store or receive meets it again, and says nothing that is new. */
import type { Update } from "@sotto/core";

/** Whoever has it told again after so long may have made room meanwhile, and lost it. */
const AGAIN_MS = 600_000;

export class DiskFull {
  #toldAt = Number.NEGATIVE_INFINITY;

  /** Whether the notice only repeats what stands on the screen. */
  isRepeated(notice: Extract<Update, { type: "notice" }>, now: number): boolean {
    if (notice.key !== "disk-full") return false;
    if (now - this.#toldAt < AGAIN_MS) return true;
    this.#toldAt = now;
    return false;
  }
}
