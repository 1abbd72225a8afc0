/** What the plain mode talks to: a terminal with line editing, or two pipes. */
import type { Line, Look } from "../output.ts";
import type { Completion } from "./editor.ts";

export interface AskOptions {
  readonly secret?: boolean;
  /** Answers that the full screen takes by their first letter, without Enter. */
  readonly choices?: readonly string[];
  /** The question where one key answers it. */
  readonly byKey?: string;
  /** Who asks can go back: a key of the full screen says so, and gives no answer. */
  readonly canGoBack?: boolean;
}

/** Where one is in a row of questions. */
export interface Step {
  readonly name: string;
  /** From 1. */
  readonly place: number;
  readonly of: number;
}

export interface Screen {
  readonly look: Look;
  size(): { readonly columns: number; readonly rows: number };
  print(...lines: readonly Line[]): void;
  /** What stands before the line that is typed; pipes show none. */
  prompt(text: string): void;
  /** The next line that was entered; undefined when there are no more. */
  read(): Promise<string | undefined>;
  /** Keeps a line that was entered readable above, where entering it took it away. */
  entered(line: string): void;
  /** The answer to one question; undefined when there are no more lines. A secret is never shown. */
  ask(question: string, options?: AskOptions): Promise<string | undefined>;
  /** The last question got no answer because the person wants to go back, not because there are no more lines. */
  readonly wentBack?: boolean;
  /** What is asked from here on belongs to this step; undefined: to none. */
  step?(step: Step | undefined): void;
  /** Waits until what was printed is read, where it would be gone otherwise. */
  pause?(): Promise<void>;
  setCompletion(complete: (before: string) => Completion): void;
  /** Puts the terminal back as it was. */
  close(): void;
}
