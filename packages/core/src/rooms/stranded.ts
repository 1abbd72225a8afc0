/** Out of step for so long that nobody may be left who is in step. */
import type { Room } from "../state.ts";

/** Tries to come in again, all in vain. */
const TRIES = 3;

/** It lets others come to it then, as a device that is in step does: where all are alone, somebody has to begin. */
export const isStranded = ({ astray }: Room): boolean => (astray?.tries ?? 0) >= TRIES;
