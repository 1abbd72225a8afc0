import type { Argon2 } from "../src/key-slot.ts";

/** Argon2id so cheap that a test can open a vault hundreds of times. */
export const LIGHT: Argon2 = { memoryKiB: 64, passes: 1, lanes: 1 };
