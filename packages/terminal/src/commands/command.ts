/** What a command of the chat is, and what several of them need. */
import type { RoomLine } from "@sotto/core";
import { error, hint } from "../output.ts";
import { type Catalogue, LANGUAGES, say } from "../text/index.ts";
import type { Asker, Desk } from "./desk.ts";

export type CommandName = keyof Catalogue["commands"];
export type Section = keyof Catalogue["commands"]["help"]["sections"];

/** What it does in words: `say().commands[name]`, one `line` and `more` beyond it. */
export interface Command {
  readonly name: CommandName;
  readonly aliases?: readonly string[];
  /** "operator": the relay refuses it to everybody but its operator. */
  readonly section: Section;
  /** As in the English /help: `NAME`, `[N]`; "" takes none. In the person's language: {@link usage}. */
  readonly argument: string;
  /** What Tab offers for the argument; a list is offered as it is. */
  readonly completes?: "person" | "room" | "conversation" | "command" | readonly string[];
  /** The program ends after it. */
  readonly ends?: true;
  run(desk: Desk, argument: string): Promise<void>;
}

/** `/talk NAME` */
export function usage({ name, argument }: Pick<Command, "name" | "argument">): string {
  return argument === "" ? `/${name}` : `/${name} ${argumentWords(argument)}`;
}

/** `[NAME]` in the language of the person. */
export function argumentWords(argument: string): string {
  const words: Readonly<Record<string, string>> = say().plain.argument;
  return argument.replace(/[A-Za-z]+/g, (word) => words[word] ?? word);
}

/** Commands that are of no use without an argument. */
type Needing = {
  [K in CommandName]: Catalogue["commands"][K] extends { readonly needs: string } ? K : never;
}[CommandName];

/** Whether the argument is missing, which is printed; `written` is how the table writes it. */
export function missing(desk: Desk, argument: string, name: Needing, written: string): boolean {
  if (argument !== "") return false;
  const what = say().commands[name].needs;
  desk.print(error(say().commands.help.needs(`/${name}`, what)), hint(usage({ name, argument: written })));
  return true;
}

type Keyword = "yes" | "here" | "more";

/** Whether somebody typed this word, in any of the languages. */
export function isWord(typed: string, word: Keyword): boolean {
  return Object.values(LANGUAGES).some(({ plain }) => plain.argument[word] === typed.trim().toLowerCase());
}

/** The conversation in focus; that there is none is printed. */
export function focused(desk: Desk): RoomLine | undefined {
  if (desk.focus === undefined) desk.print(error(say().commands.help.noFocus), hint(say().commands.help.noFocusHint));
  return desk.focus;
}

/** The room that is named, or the one in focus without a name; that there is none is printed. */
export function roomOf(desk: Desk, word: string): RoomLine | undefined {
  return word === "" ? focused(desk) : desk.find(word);
}

export function personOf(name: string): string {
  return name.trim().replace(/^@/, "").toLowerCase();
}

const YES: ReadonlySet<string> = new Set(["yes", "y", "oui", "o"]);
const NO: ReadonlySet<string> = new Set(["no", "n", "non"]);

/** What was answered, in any of the languages; undefined when it was neither. */
export function yesOrNo(answer: string): boolean | undefined {
  const word = answer.trim().toLowerCase();
  if (YES.has(word)) return true;
  return NO.has(word) ? false : undefined;
}

/** Asks before what cannot be undone. Everything but a yes is a no, the end of input too. */
export async function isSure(screen: Asker, question: string): Promise<boolean> {
  const { yesWord, noWord } = say().overlays.confirm;
  const choices = [yesWord, noWord];
  while (true) {
    const answer = await screen.ask(say().plain.yesOrNo(question), { choices, byKey: say().plain.yOrN(question) });
    if (answer === undefined || answer.trim() === "") return false;
    const known = yesOrNo(answer);
    if (known !== undefined) return known;
    screen.print(error(say().plain.answerYesOrNo));
  }
}
