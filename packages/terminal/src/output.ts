/**
 * The one way to print for a person. What came from others goes through the sanitiser here, whoever calls; the only
 * escape bytes that ever leave are the styles below, and those on a terminal with colour alone.
 */
import { sanitiseLine, sanitiseText } from "@sotto/wire";
import { say } from "./text/index.ts";

export type Style = "dim" | "bold" | "error" | "warning" | "qr";

export type Span =
  | string
  | {
      readonly text: string;
      readonly style?: Style;
      /** Keeps line breaks; the lines after the first are moved in, so that none looks like a line of ours. */
      readonly lines?: boolean;
    };

/** One line for a person, from pieces. */
export type Line = readonly Span[];

export interface Look {
  readonly isTerminal: boolean;
  readonly colour: boolean;
  /** Asked for by somebody who listens, or whose terminal is simple: no pictures. */
  readonly byEar: boolean;
}

const SGR: Readonly<Record<Style, string>> = {
  dim: "\u001b[2m",
  bold: "\u001b[1m",
  error: "\u001b[31m",
  warning: "\u001b[33m",
  // Black and white of the fixed part of the palette: themes leave these two alone.
  qr: "\u001b[38;5;16;48;5;231m",
};
const RESET = "\u001b[0m";
const INDENT = "\n    ";

/** The only function that turns a line into what is written; it has no line feed at its end. */
export function renderLine(line: Line, colour: boolean): string {
  return line.map((span) => renderSpan(typeof span === "string" ? { text: span } : span, colour)).join("");
}

function renderSpan(span: Exclude<Span, string>, colour: boolean): string {
  const clean = span.lines ? sanitiseText(span.text).replaceAll("\n", INDENT) : sanitiseLine(span.text);
  const isStyled = span.style === "qr" || (colour && span.style !== undefined);
  return isStyled && clean !== "" ? `${SGR[span.style]}${clean}${RESET}` : clean;
}

/** https://no-color.org: any value that is not empty means no colour; nothing is coloured unless a terminal reads it. */
export function lookOf(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>, plain = false): Look {
  const colour = isTerminal && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb" && env.CLICOLOR !== "0";
  return { isTerminal, colour, byEar: plain || (env.SOTTO_PLAIN ?? "") !== "" };
}

/** `sotto: what happened`, then `hint: what to do`, on standard error. */
export function complain(what: string, hint: string): void {
  process.stderr.write(
    `${renderLine([`sotto: ${what}`], false)}\n${renderLine([`${say().plain.marks.hint}${hint}`], false)}\n`,
  );
}

export const info = (...spans: Line): Line => [say().plain.marks.info, ...spans];
export const warning = (...spans: Line): Line => [{ text: say().plain.marks.warning, style: "warning" }, ...spans];
export const error = (...spans: Line): Line => [{ text: say().plain.marks.error, style: "error" }, ...spans];
export const hint = (...spans: Line): Line => [{ text: say().plain.marks.hint, style: "dim" }, ...spans];
