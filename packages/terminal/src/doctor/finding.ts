/** One line of the doctor's report. */
import type { Catalogue } from "../text/index.ts";

export type About = keyof Catalogue["cli"]["doctor"]["about"];

export interface Finding {
  readonly about: About;
  /** `look`: it works, but somebody may want to know. */
  readonly verdict: "ok" | "look" | "bad";
  /** Without secrets, names and texts; addresses and paths only where they were asked for. */
  readonly what: string;
  /** What to do. */
  readonly hint?: string;
}

export const fine = (about: About, what: string): Finding => ({ about, verdict: "ok", what });
export const look = (about: About, what: string, hint: string): Finding => ({ about, verdict: "look", what, hint });
export const bad = (about: About, what: string, hint: string): Finding => ({ about, verdict: "bad", what, hint });
