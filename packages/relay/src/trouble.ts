/** What keeps a relay from starting, in words for the operator: a line that says what, and one that says what to do. */
import { EXIT, type ExitCode, sanitiseLine } from "@sotto/wire";

/** What it quotes (an argument, a path, a key of a file) may hold anything: nothing of it reaches a terminal as more than text. */
export class Trouble extends Error {
  readonly hint: string;
  readonly exit: ExitCode;
  constructor(message: string, hint: string, exit: ExitCode = EXIT.failed, cause?: unknown) {
    super(sanitiseLine(message), cause === undefined ? undefined : { cause });
    this.name = "Trouble";
    this.hint = sanitiseLine(hint);
    this.exit = exit;
  }
}
