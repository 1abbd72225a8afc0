/** What a command of the chat is, and what several of them need. */
import { error, hint } from "../../output.ts";
import type { Screen } from "../../screen/screen.ts";
import type { Chat } from "../chat.ts";

export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** As in /help: `NAME`, `[N]`. */
  readonly argument: string;
  /** One line of /help. */
  readonly line: string;
  /** What `/help NAME` says beyond that. */
  readonly more: string;
  /** What Tab offers for the argument. */
  readonly completes?: "person" | "room" | "conversation" | "command";
  /** Stands in a section of its own in /help: the relay refuses it to everybody but its operator. */
  readonly operator?: true;
  /** The program ends after it. */
  readonly ends?: true;
  run(chat: Chat, argument: string): Promise<void>;
}

/** The conversation in focus; that there is none is printed. */
export function focused(chat: Chat): Chat["focus"] {
  if (chat.focus === undefined)
    chat.print(error("you are in no conversation"), hint("/talk NAME opens one; /rooms lists yours"));
  return chat.focus;
}

/** Whether the argument is missing, which is printed: `usage` is how the command is written. */
export function missing(chat: Chat, argument: string, usage: string, what: string): boolean {
  if (argument !== "") return false;
  chat.print(error(`${usage.split(" ")[0]} needs ${what}`), hint(usage));
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
export async function isSure(screen: Screen, question: string): Promise<boolean> {
  while (true) {
    const answer = (await screen.ask(`${question} yes or no: `))?.trim().toLowerCase();
    if (answer === "yes" || answer === "y") return true;
    if (answer === undefined || answer === "" || answer === "no" || answer === "n") return false;
    screen.print(error("please answer yes or no"));
  }
}
