/** Every command of the chat in one table: /help, completion, palette and man pages are made from it. */
import { error, hint, info, type Line } from "../output.ts";
import { nearest } from "../plain/input.ts";
import { say } from "../text/index.ts";
import { ACCOUNT_COMMANDS } from "./account.ts";
import { type Command, type Section, usage } from "./command.ts";
import { OPERATOR_COMMANDS } from "./operator.ts";
import { PAST_COMMANDS } from "./past.ts";
import { QUIET_COMMANDS } from "./quiet.ts";
import { ROOM_COMMANDS } from "./rooms.ts";
import { TALK_COMMANDS } from "./talk.ts";
import { TRUST_COMMANDS } from "./trust.ts";
import { WAITING_COMMANDS } from "./waiting.ts";

/** In the order of /help. */
export const SECTIONS: readonly Section[] = ["talk", "rooms", "trust", "account", "sotto", "operator"];

/** In the order of /help within each section. */
export const COMMANDS: readonly Command[] = [
  ...TALK_COMMANDS,
  ...PAST_COMMANDS,
  ...WAITING_COMMANDS,
  ...ROOM_COMMANDS,
  ...QUIET_COMMANDS,
  ...TRUST_COMMANDS,
  ...ACCOUNT_COMMANDS,
  {
    name: "help",
    section: "sotto",
    argument: "[COMMAND]",
    completes: "command",
    run: async (desk, name) => desk.print(...help(name)),
  },
  { name: "quit", section: "sotto", argument: "", ends: true, run: async () => {} },
  ...OPERATOR_COMMANDS,
];

export function commandNamed(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name || command.aliases?.includes(name));
}

/** `did you mean /talk?` */
export function unknownCommand(name: string): Line[] {
  const text = say().commands.help;
  const names = COMMANDS.flatMap((command) => [command.name, ...(command.aliases ?? [])]);
  const near = nearest(name, names);
  const first = near === undefined ? text.listsAll : text.didYouMean(near);
  return [error(text.unknown(name)), hint(`${first} ${text.sends(name)}`)];
}

export function help(name: string): Line[] {
  const wanted = name.replace(/^[/!]/, "").toLowerCase();
  return wanted === "" ? helpOfAll() : helpOf(wanted);
}

function helpOf(name: string): Line[] {
  const command = commandNamed(name);
  if (command === undefined) return unknownCommand(name);
  const { line, more } = say().commands[command.name];
  const also = (command.aliases ?? []).map(say().commands.help.also).join("");
  return [info(say().words.about(`${usage(command)}${also}`, line)), ...(more === "" ? [] : [hint(more)])];
}

function helpOfAll(): Line[] {
  const text = say().commands.help;
  const width = Math.max(...COMMANDS.map((command) => usage(command).length)) + 2;
  const rows = SECTIONS.flatMap((section): Line[] => [
    [`  ${text.sections[section]}`],
    ...COMMANDS.filter((command) => command.section === section).map(
      (command): Line => [`  ${usage(command).padEnd(width)}${say().commands[command.name].line}`],
    ),
  ]);
  return [...rows, [`  ${text.whereTextGoes}`], [`  ${text.calling}`], [`  ${text.signs}`]];
}
