/** Every refusal and every warning in words: what happened, and what to do, in the language of the person. */
import type { Refusal, Update } from "@sotto/core";
import { type Code, LIMITS } from "@sotto/wire";
import { type Catalogue, say } from "./text/index.ts";

export interface Words {
  /** A sentence without a full stop, lower-case. */
  readonly what: string;
  /** What to do now. */
  readonly hint: string;
}

export function codeWords(code: Code): Words {
  return say().words.refusals[code];
}

/** Why there is no connection, and none is tried by itself. */
export function haltWords(code: Code): Words {
  const { halts } = say().words;
  if (code === "bad-code" || code === "bad-access-password") return halts[code];
  return codeWords(code);
}

/** A refusal in words, with the wait if there is one. */
export function refusalWords(refusal: Refusal): Words {
  const { what, hint } = codeWords(refusal.code);
  const detail = refusal.code === "bad-request" && refusal.message !== "" ? `${what} (${refusal.message})` : what;
  return refusal.retryMs === undefined
    ? { what: detail, hint }
    : { what: detail, hint: say().words.waitHint(duration(refusal.retryMs)) };
}

export function warningWords(warning: Extract<Update, { type: "warning" }>): Words {
  const { what, hint } = say().words.warnings[warning.code];
  return { what: warning.username === undefined ? what : say().words.about(warning.username, what), hint };
}

/** `3 seconds`, `2 minutes`; never less than a second. */
export function duration(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  if (seconds < 90) return count(seconds, "second");
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? count(minutes, "minute") : count(Math.ceil(minutes / 60), "hour");
}

export type Noun = keyof Catalogue["words"]["count"];

/** `3 members`, with the plural of the language. */
export function count(number: number, noun: Noun): string {
  return say().words.count[noun](number);
}

export type Strength = keyof Catalogue["words"]["strength"];

/** How hard a password is to guess; `name` is the user name it must not contain. In words: `say().words.strength`. */
export function passwordStrength(password: string, name: string): Strength {
  const length = [...password].length;
  if (length < LIMITS.passwordCharactersMin) return "short";
  if (name !== "" && password.toLowerCase().includes(name.toLowerCase())) return "has-name";
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/].filter((kind) => kind.test(password)).length;
  const different = new Set(password).size;
  const bits = Math.min(length, different * 2) * (2 + kinds * 0.75);
  return bits >= 75 ? "strong" : bits >= 45 ? "good" : "fair";
}
