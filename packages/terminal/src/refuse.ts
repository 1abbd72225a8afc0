import type { Refusal } from "@sotto/core";
import { type ExitCode, exitCode } from "@sotto/wire";
import { complain } from "./output.ts";
import { refusalWords } from "./words.ts";

/** Prints a refusal on standard error. @returns the exit code that says the same. */
export function refuse(refusal: Refusal): ExitCode {
  const words = refusalWords(refusal);
  complain(words.what, words.hint);
  return exitCode(refusal.code);
}
