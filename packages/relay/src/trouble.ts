/** What keeps a relay from starting, in words for the operator: a line that says what, and one that says what to do. */
import { EXIT, type ExitCode } from "@sotto/wire";

export class Trouble extends Error {
  readonly hint: string;
  readonly exit: ExitCode;
  constructor(message: string, hint: string, exit: ExitCode = EXIT.failed, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "Trouble";
    this.hint = hint;
    this.exit = exit;
  }
}
