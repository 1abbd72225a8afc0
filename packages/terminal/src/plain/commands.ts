/** Every command of the chat in one table; /help and completion are made from it. */
import { error, hint, info, type Line } from "../output.ts";
import { ACCOUNT_COMMANDS } from "./commands/account.ts";
import { type Command, usage } from "./commands/command.ts";
import { OPERATOR_COMMANDS } from "./commands/operator.ts";
import { ROOM_COMMANDS } from "./commands/rooms.ts";
import { TALK_COMMANDS } from "./commands/talking.ts";
import { TRUST_COMMANDS } from "./commands/trust.ts";
import { nearest } from "./input.ts";

/** In the order of /help. */
export const COMMANDS: readonly Command[] = [
  ...TALK_COMMANDS,
  ...ROOM_COMMANDS,
  ...TRUST_COMMANDS,
  ...ACCOUNT_COMMANDS,
  {
    name: "help",
    argument: "[COMMAND]",
    line: "all commands, or one in detail",
    more: "",
    completes: "command",
    run: async (chat, name) => chat.print(...help(name)),
  },
  {
    name: "quit",
    argument: "",
    line: "end sotto (also: exit)",
    more: "What is not sent yet is sent when sotto runs the next time.",
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
    const also = (command.aliases ?? []).map((alias) => ` (also /${alias})`).join("");
    return [info(`${usage(command)}${also}: ${command.line}`), ...(command.more === "" ? [] : [hint(command.more)])];
  }
  const width = Math.max(...COMMANDS.map((command) => usage(command).length)) + 2;
  const row = (command: Command): Line => [`  ${usage(command).padEnd(width)}${command.line}`];
  return [
    ...COMMANDS.filter(({ operator }) => !operator).map(row),
    ["  for the operator of the relay:"],
    ...COMMANDS.filter(({ operator }) => operator).map(row),
    ["  text goes to the conversation in focus; #room text and @name text go elsewhere without moving"],
    ["  ! works like /; //text sends text that starts with a slash; /help COMMAND says more"],
  ];
}
