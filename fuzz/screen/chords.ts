/** Keys as a terminal sends them. */
import { ACTIONS } from "../../packages/terminal/src/full/actions.ts";

const NAMED: Readonly<Record<string, string>> = {
  up: "1A",
  down: "1B",
  right: "1C",
  left: "1D",
  home: "1H",
  end: "1F",
  insert: "2~",
  delete: "3~",
  pageup: "5~",
  pagedown: "6~",
  f1: "11~",
  f7: "18~",
  f8: "19~",
  f9: "20~",
};
/** By their code points, as the kitty protocol has them. */
const CODED: Readonly<Record<string, number>> = { enter: 13, tab: 9, escape: 27, backspace: 127, space: 32 };
/** Keys of the composer and of what lies over the screen, as often again as those that have an action. */
const OTHERS = [
  ..."up down left right home end backspace delete enter tab escape pageup pagedown ctrl+w ctrl+u ctrl+y alt+y".split(
    " ",
  ),
  ..."ctrl+_ alt+_ ctrl+a ctrl+e alt+b alt+f alt+d shift+tab ctrl+home ctrl+end f2 f10 ctrl+t ctrl+g alt+x".split(" "),
];

export const CHORDS: readonly string[] = [
  ...ACTIONS.flatMap(({ keys }) => keys).flatMap((keys) => keys.split(" ")),
  ...OTHERS,
  ...OTHERS,
];

/** The bytes of a chord, in the form that has a place for every modifier. */
export function bytesOfChord(chord: string): string {
  const parts = chord.split("+").filter((part) => part !== "");
  const name = chord.endsWith("+") ? "+" : (parts.at(-1) ?? "");
  const has = (modifier: string): number => (parts.slice(0, -1).includes(modifier) ? 1 : 0);
  const modifiers = 1 + has("shift") + 2 * has("alt") + 4 * has("ctrl");
  const named = NAMED[name];
  if (named !== undefined) return `\u001b[${named.slice(0, -1)};${modifiers}${named.slice(-1)}`;
  const code = CODED[name] ?? name.codePointAt(0) ?? 0;
  if (modifiers === 1 && CODED[name] === undefined) return name;
  return `\u001b[${code};${modifiers}u`;
}
