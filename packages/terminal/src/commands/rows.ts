/** Facts in two columns. */
import type { Line } from "../output.ts";

/** `  name        bob`: what it is in words of this program, what it says from anywhere. */
export function rowsOf(facts: readonly (readonly [what: string, says: string])[]): Line[] {
  const width = Math.max(MIN_WIDTH, ...facts.map(([what]) => what.length + 2));
  return facts.map(([what, says]) => [`  ${what.padEnd(width)}`, says]);
}

const MIN_WIDTH = 12;
