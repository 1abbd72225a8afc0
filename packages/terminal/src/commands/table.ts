/** Every command of the chat in one table; /help and completion are made from it. */
import { error, hint, info, type Line } from "../output.ts";
import { nearest } from "../plain/input.ts";
import { say } from "../text/index.ts";
import { ACCOUNT_COMMANDS } from "./account.ts";
import { type Command, usage } from "./command.ts";
import { OPERATOR_COMMANDS } from "./operator.ts";
import { ROOM_COMMANDS } from "./rooms.ts";
import { TALK_COMMANDS } from "./talk.ts";
import { TRUST_COMMANDS } from "./trust.ts";

/** In the order of /help. */
export const COMMANDS: readonly Command[] = [
  ...TALK_COMMANDS,
  ...ROOM_COMMANDS,
  ...TRUST_COMMANDS,
  ...ACCOUNT_COMMANDS,
  {
    name: "help",
    section: "sotto",
    argument: "[COMMAND]",
    completes: "command",
    run: async (desk, name) => desk.print(...help(name)),
  },
  {
    name: "quit",
    section: "sotto",
    argument: "",
    ends: true,
    run: async () => {},
  },
  ...OPERATOR_COMMANDS,
];

export function commandNamed(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name || command.aliases?.includes(name));
}

/** `did you mean /talk?` */
export function unknownCommand(name: string): Line[] {
  const names = COMMANDS.flatMap((command) => [command.name, ...(command.aliases ?? [])]);
  const near = nearest(name, names);
  const first = near === undefined ? "/help lists all commands" : `did you mean /${near}?`;
  return [error(`there is no command /${name}; nothing was sent`), hint(`${first} //${name} sends the text /${name}`)];
}

export function help(name: string): Line[] {
  const wanted = name.replace(/^[/!]/, "").toLowerCase();
  if (wanted !== "") {
    const command = commandNamed(wanted);
    if (command === undefined) return unknownCommand(wanted);
    const { line, more } = say().commands[command.name];
    const also = (command.aliases ?? []).map((alias) => ` (also /${alias})`).join("");
    return [info(`${usage(command)}${also}: ${line}`), ...(more === "" ? [] : [hint(more)])];
  }
  const width = Math.max(...COMMANDS.map((command) => usage(command).length)) + 2;
  const row = (command: Command): Line => [`  ${usage(command).padEnd(width)}${say().commands[command.name].line}`];
  return [
    ...COMMANDS.filter(({ section }) => section !== "operator").map(row),
    ["  for the operator of the relay:"],
    ...COMMANDS.filter(({ section }) => section === "operator").map(row),
    ["  text goes to the conversation in focus; #room text and @name text go elsewhere without moving"],
    ["  ! works like /; //text sends text that starts with a slash; /help COMMAND says more"],
  ];
}
