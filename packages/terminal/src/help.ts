/** `sotto --help`: teaches by example, and offers only what is there. All of it is made from the table and the catalogue. */
import {
  type Argument,
  COMMAND_NAMES,
  COMMANDS,
  type CommandName,
  type Form,
  MAIN,
  type OptionName,
  optionOf,
} from "./command-line.ts";
import { say } from "./text/index.ts";

/** What stands on the left, and what it is. */
export type Row = readonly [left: string, right: string];

const WIDTH = 80;
const GAP = 2;
const INDENT = "  ";
const UNBROKEN = "\u00a0";

export function helpText(command: CommandName | undefined): string {
  return command === undefined ? mainHelp() : commandHelp(command);
}

function mainHelp(): string {
  const { title, headings, examples, inTheChat, exitCodes } = say().cli;
  const commands = COMMAND_NAMES.map((name): Row => [usageOf(name), say().cli.commands[name].short]);
  return [
    `${title}\n`,
    table(ways()),
    table(commands),
    `${headings.options}\n${table(optionRows(undefined))}`,
    `${headings.examples}${examples}`,
    `${wrap(inTheChat, WIDTH).join("\n")}\n${headed(headings.exitCodes, Object.entries(exitCodes))}`,
  ].join("\n");
}

/** `sotto LINK`, `sotto`, `sotto -`. */
export function ways(): readonly Row[] {
  const { ways: said, arguments: words } = say().cli;
  return [
    [`sotto ${words.link}`, said.link],
    ["sotto", said.open],
    ["sotto -", said.stdin],
  ];
}

function commandHelp(name: CommandName): string {
  const { headings } = say().cli;
  const { line, more, examples } = say().cli.commands[name];
  const rows = [...argumentRows(name), ...optionRows(name)];
  const left = `${usageOf(name)}    `;
  const heading = left + wrap(line, WIDTH - left.length).join(`\n${" ".repeat(left.length)}`);
  const parts = [`${heading}\n`, table(rows)];
  if (more !== "") parts.push(`${wrap(more, WIDTH).join("\n")}\n`);
  if (examples !== "") parts.push(`${headings.examples}${examples}`);
  return parts.join("\n");
}

/** `sotto send ROOM [TEXT]` */
export function usageOf(name: CommandName): string {
  const { arguments: wanted }: Form = COMMANDS[name];
  return ["sotto", name, ...wanted.map(argumentWord)].join(" ");
}

function argumentWord({ kind, optional }: Argument): string {
  const word = say().cli.arguments[kind];
  return optional ? `[${word}]` : word;
}

export function argumentRows(name: CommandName): readonly Row[] {
  const texts: Readonly<Record<string, string>> = say().cli.commands[name].arguments;
  const { arguments: wanted }: Form = COMMANDS[name];
  return wanted.map(({ kind }): Row => [say().cli.arguments[kind], texts[kind] ?? ""]);
}

/** @param name - undefined: `sotto` without a command. */
export function optionRows(name: CommandName | undefined): readonly Row[] {
  const { options }: Form = name === undefined ? MAIN : COMMANDS[name];
  return options.map((option): Row => [optionWord(option), optionText(name, option)]);
}

/** `--profile DIR` */
export function optionWord(option: OptionName): string {
  const { value } = optionOf(option);
  return value === undefined ? `--${option}` : `--${option} ${say().cli.values[value]}`;
}

/** What an option does, in this command. */
export function optionText(name: CommandName | undefined, option: OptionName): string {
  const own: Readonly<Record<string, string>> = name === undefined ? {} : say().cli.commands[name].options;
  const shared: Readonly<Record<string, string>> = say().cli.options;
  return own[option] ?? shared[option] ?? "";
}

/** Two columns; the right one is broken at the width of a page. */
function table(rows: readonly Row[]): string {
  const left = INDENT.length + Math.max(0, ...rows.map(([word]) => word.length)) + GAP;
  const line = ([word, text]: Row): string =>
    `${(INDENT + word).padEnd(left)}${wrap(text, WIDTH - left).join(`\n${" ".repeat(left)}`)}\n`;
  return rows.map(line).join("");
}

/** `exit codes: 0 done, 1 failed`, broken behind a comma and moved in. */
function headed(heading: string, entries: readonly (readonly [string, string])[]): string {
  const text = entries.map(([code, meaning]) => `${code} ${meaning}`.replaceAll(" ", UNBROKEN)).join(", ");
  const left = `${heading} `;
  const lines = wrap(text, WIDTH - left.length).join(`\n${" ".repeat(left.length)}`);
  return `${left}${lines}\n`;
}

/** Broken at plain spaces, but not before a sign that French sets apart. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.replace(/ ([;:!?])/g, `${UNBROKEN}$1`).split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => line.replaceAll(UNBROKEN, " "));
}
