/** Files that a person writes for the full screen: whatever stands in them, there are keys and colours, and each fault has a name. */
import { ACTIONS } from "../../packages/terminal/src/full/actions.ts";
import type { Colours } from "../../packages/terminal/src/full/capabilities.ts";
import { keymapOf } from "../../packages/terminal/src/full/keymap.ts";
import { sgr } from "../../packages/terminal/src/full/sgr.ts";
import { ROLES } from "../../packages/terminal/src/full/theme.ts";
import { baseOf, type Fault, parseTheme, themeOf } from "../../packages/terminal/src/full/theme-file.ts";
import { ownTheme } from "../../packages/terminal/src/full/themes.ts";
import { faultWords, parseScreenConfig } from "../../packages/terminal/src/full/tty-config.ts";
import { mustHold } from "../target.ts";

const COLOURS: readonly Colours[] = ["none", "16", "256", "true"];
const SGR = /^(?:\u001b\[[0-9;]{0,60}m)?$/;

/** @returns in a word what became of it. */
export function boundKeys(toml: string): string {
  const { keymap, faults } = keymapOf(toml);
  const taken = new Set<string>();
  for (const { name, context } of ACTIONS) {
    for (const text of keymap.keysOf(name)) {
      mustHold(text !== "" && !/\p{Cc}/u.test(text), "a key without a name");
      mustHold(!taken.has(`${context} ${text}`), "one key does two things");
      taken.add(`${context} ${text}`);
    }
    mustHold(keymap.keyOf(name) === (keymap.keysOf(name)[0] ?? ""), "the first key is another one");
  }
  for (const { want } of faults) mustHold(want !== "", "a fault that does not say what should be there");
  // Nobody is locked in by a slip: what is not in the file keeps its keys, unless the file gave them to others.
  if (faults.some(({ key }) => key === ""))
    mustHold(keymap.keyOf("quit") !== "", "a file that cannot be read takes keys away");
  const wants = new Set(faults.map(({ want }) => want.slice(0, 12)));
  return `${taken.size} ${[...wants].join(",")}`;
}

/** As a theme, and as what says which theme there is. */
export function colours(toml: string): string {
  const own = ownTheme(baseOf(toml) ?? "") ?? ownTheme("dark");
  const { file, faults } = parseTheme(toml, own);
  const theme = themeOf("fuzzed", file);
  const styles = [
    ...ROLES.map((role) => theme.style(role)),
    ...["", "a", "11".repeat(32)].map((key) => theme.nick(key)),
  ];
  const before = themeOf("dark", own ?? file).style("text");
  for (const depth of COLOURS)
    for (const style of styles) mustHold(SGR.test(sgr(before, style, depth)), "a colour is more than a colour");
  const screen = parseScreenConfig(toml);
  for (const fault of [...faults, ...screen.faults]) mustBeNamed(fault);
  mustHold(typeof screen.config.theme === "string" && typeof screen.config.mouse === "boolean", "no settings");
  return `${faults.length} ${[...new Set(faults.map(({ want }) => want))].join(",")}`;
}

function mustBeNamed(fault: Fault): void {
  mustHold(fault.got.length <= 120, "a fault shows the whole file");
  mustHold(faultWords("sotto.toml", fault) !== "", "a fault without words");
}
