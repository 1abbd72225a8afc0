/** What a command of the chat is, and what several of them need. */
import { error, hint } from "../output.ts";
import type { Catalogue } from "../text/index.ts";
import type { Asker, Desk } from "./desk.ts";

export type CommandName = keyof Catalogue["commands"];
export type Section = "talk" | "rooms" | "trust" | "account" | "sotto" | "operator";

/** What it does in words: `say().commands[name]`, one `line` and `more` beyond it. */
export interface Command {
  readonly name: CommandName;
  readonly aliases?: readonly string[];
  /** "operator": the relay refuses it to everybody but its operator. */
  readonly section: Section;
  /** As in the English /help: `NAME`, `[N]`; "" takes none. */
  readonly argument: string;
  /** What Tab offers for the argument. */
  readonly completes?: "person" | "room" | "conversation" | "command" | readonly string[];
  /** The program ends after it. */
  readonly ends?: true;
  run(desk: Desk, argument: string): Promise<void>;
}

/** The conversation in focus; that there is none is printed. */
export function focused(desk: Desk): Desk["focus"] {
  if (desk.focus === undefined)
    desk.print(error("you are in no conversation"), hint("/talk NAME opens one; /rooms lists yours"));
  return desk.focus;
}

/** Whether the argument is missing, which is printed: `usage` is how the command is written. */
export function missing(desk: Desk, argument: string, usage: string, what: string): boolean {
  if (argument !== "") return false;
  desk.print(error(`${usage.split(" ")[0]} needs ${what}`), hint(usage));
  return true;
}

export function personOf(name: string): string {
  return name.trim().replace(/^@/, "").toLowerCase();
}

/** `/talk NAME` */
export function usage(command: Command): string {
  return `/${command.name}${command.argument === "" ? "" : ` ${command.argument}`}`;
}

/** Asks before what cannot be undone. Everything but a yes is a no, the end of input too. */
export async function isSure(screen: Asker, question: string): Promise<boolean> {
  while (true) {
    const answer = (await screen.ask(`${question} yes or no: `))?.trim().toLowerCase();
    if (answer === "yes" || answer === "y") return true;
    if (answer === undefined || answer === "" || answer === "no" || answer === "n") return false;
    screen.print(error("please answer yes or no"));
  }
}
