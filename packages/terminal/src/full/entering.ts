/** What Enter does: a command is carried out, a text goes to the open conversation. Nothing that was typed is lost. */
import { LIMITS, utf8 } from "@sotto/wire";
import { commandNamed, unknownCommand } from "../commands/table.ts";
import { conversation } from "../commands/talk.ts";
import { error, hint, type Line, warning } from "../output.ts";
import { parseInput } from "../plain/input.ts";
import { say } from "../text/index.ts";
import type { Board } from "./board.ts";
import { type DeskParts, FullDesk } from "./desk.ts";
import type { DialogScreen } from "./dialog-screen.ts";
import { emptied, isSaidHere, returned, typed } from "./model/composing.ts";
import { type Model, place } from "./model/model.ts";
import { RICH_COMMANDS, type RichParts } from "./overlays/rich.ts";
import type { Timelines } from "./timelines.ts";
import type { Toasts } from "./toasts.ts";

export interface EnteringParts extends DeskParts {
  readonly toasts: Toasts;
  /** For commands that have a dialog of their own. */
  readonly rich: RichParts;
  /** For one run of a command. */
  dialog(title: string): DialogScreen;
  /** What a command printed. */
  show(title: string, lines: readonly Line[]): void;
  quit(): void;
}

/** A command that takes longer says what it is doing. */
const SLOW_MS = 400;

export class Entering {
  readonly #parts: EnteringParts;
  readonly #board: Board;
  readonly #timelines: Timelines;

  constructor(parts: EnteringParts) {
    this.#parts = parts;
    this.#board = parts.board;
    this.#timelines = parts.timelines;
    parts.board.watch((model, before) => this.#tellTurn(model, before));
  }

  enter(): void {
    const line = typed(this.#board.model);
    const input = parseInput(line);
    switch (input.type) {
      case "empty":
        return;
      case "command":
        return this.#command(input.name, input.rest, line);
      case "to":
        return this.#to(input.target, input.text, line);
      case "text":
        return this.#text(input.text);
    }
  }

  /** As if it had been typed; what is in the composer stays. @returns false where it was refused. */
  async run(name: string, rest: string): Promise<boolean> {
    const command = commandNamed(name);
    if (command === undefined) return false;
    const screen = this.#parts.dialog(`/${command.name}`);
    const desk = new FullDesk(this.#parts, screen);
    const isDone = await RICH_COMMANDS[command.name]?.(desk, rest, this.#parts.rich);
    const slow = setTimeout(() => {
      if (!screen.isOpen) this.#parts.toasts.show(...(desk.latest ?? [`/${command.name}`]));
    }, SLOW_MS);
    if (isDone !== true) await command.run(desk, rest);
    clearTimeout(slow);
    this.#parts.show(`/${command.name}`, screen.finish());
    if (command.ends) this.#parts.quit();
    return !desk.isRefused;
  }

  #command(name: string, rest: string, line: string): void {
    if (commandNamed(name) === undefined) {
      const [what = []] = unknownCommand(name);
      return this.#parts.toasts.show(...what);
    }
    this.#parts.toasts.clear();
    const room = place(this.#board.model);
    this.#board.change(emptied);
    void this.#runTyped(name, rest, line, room);
  }

  /** What went nowhere stands in the line again, where something was to be said with it. */
  async #runTyped(name: string, rest: string, line: string, room: string): Promise<void> {
    const isDone = await this.run(name, rest);
    if (!isDone && rest.trim() !== "") this.#board.change((model) => returned(model, room, line));
  }

  /** To the room or person named, without leaving the open conversation; the name alone opens theirs. */
  #to(target: string, text: string, line: string): void {
    const words = say().plain.input;
    const isHere = isSaidHere(this.#board.model, target);
    if (text !== "" && isHere) return this.#text(line);
    if (text === "" && !isHere) return this.#command("talk", target, line);
    // Of a name alone, of somebody who is in the room, it is not clear which of the two is meant.
    if (text === "")
      return this.#parts.toasts.show(...error(words.noText(target)), " ", ...hint(words.noTextHint(target)));
    if (this.#isTooLong(text)) return;
    const room = place(this.#board.model);
    this.#board.change(emptied);
    void this.#sendTo(target, text, room);
  }

  /** @param from - where it was typed. */
  async #sendTo(target: string, text: string, from: string): Promise<void> {
    const screen = this.#parts.dialog(target);
    const desk = new FullDesk(this.#parts, screen);
    const roomId = await conversation(desk, target);
    if (roomId !== undefined) desk.send(roomId, text);
    else desk.print(hint(say().plain.input.nothingSent(target.charAt(0), target)));
    this.#parts.show(target, screen.finish());
    if (roomId === undefined) this.#board.change((model) => returned(model, from, `${target} ${text}`));
  }

  #text(text: string): void {
    const { open } = this.#board.model;
    if (open === undefined) return this.#parts.toasts.show(...error(say().full.noConversation));
    if (this.#isTooLong(text)) return;
    this.#parts.toasts.clear();
    this.#board.change(emptied);
    this.#parts.sending.send(open.roomId, text);
    void this.#timelines.toEnd();
  }

  /** Somebody came or went, and with that a line that names them goes to others than it would have a moment ago. */
  #tellTurn({ composer, open }: Model, before: Model): void {
    const isOther = composer.composer !== before.composer.composer || open?.roomId !== before.open?.roomId;
    if (isOther || composer.prompt === before.composer.prompt || (before.open?.members.length ?? 0) === 0) return;
    if (open?.members !== before.open?.members) this.#parts.toasts.show(...warning(say().full.turned(composer.prompt)));
  }

  #isTooLong(text: string): boolean {
    const bytes = utf8(text.toWellFormed()).length;
    if (bytes <= LIMITS.textBytesMax) return false;
    this.#parts.toasts.show(...error(say().full.tooLong(bytes, LIMITS.textBytesMax)));
    return true;
  }
}
