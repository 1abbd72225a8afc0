/** Words of the command line as options and the rest, by the table. What a command makes of them is not known here. */
import { parseArgs } from "node:util";
import { fail, ok, type Result } from "@sotto/wire";
import { OPTIONS, type OptionName, optionOf } from "./command-line.ts";
import { say } from "./text/index.ts";

export interface Words {
  readonly flags: ReadonlySet<OptionName>;
  readonly values: ReadonlyMap<OptionName, string>;
  /** What is no option, in order. */
  readonly rest: readonly string[];
}

/** @returns a sentence about the first option that is wrong; never a value, which may be a link. */
export function readArguments(args: readonly string[]): Result<Words, string> {
  const flags = new Set<OptionName>();
  const values = new Map<OptionName, string>();
  const rest: string[] = [];
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === "positional") rest.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    if (!isOption(name)) return fail(say().cli.misuse.unknownOption(isWord(rawName) ? rawName : "…"));
    const { type, value: kind } = optionOf(name);
    if (type === "boolean" && value !== undefined) return fail(say().cli.misuse.noValue(rawName));
    if (kind === undefined || value === undefined) flags.add(name);
    else values.set(name, value);
    // An option in the place of a value was meant as one.
    const isMissing = value === undefined || (inlineValue !== true && value.length > 1 && value.startsWith("-"));
    if (kind !== undefined && isMissing) return fail(say().cli.misuse.valueMissing(rawName, say().cli.values[kind]));
  }
  return ok({ flags, values, rest });
}

/** What may be repeated: behind dashes a link may stand too. */
const isWord = (option: string): boolean => /^--?[\w-]{1,30}$/.test(option);

const isOption = (name: string): name is OptionName => Object.hasOwn(OPTIONS, name);
