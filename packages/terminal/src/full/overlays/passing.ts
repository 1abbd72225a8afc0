/** Keys that do what they always do, whatever lies over the screen. */
import type { Key } from "../../screen/keys.ts";

const CHORDS: ReadonlySet<string> = new Set(["ctrl+l", "ctrl+z", "ctrl+q"]);

export function passes(key: Key): boolean {
  return key.type === "focus" || key.type === "reply" || (key.type === "chord" && CHORDS.has(key.chord));
}
