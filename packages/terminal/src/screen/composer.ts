/**
 * The line that is being typed, as a value: no terminal in here. Two strings with the cursor between them, so that what
 * a key costs does not grow with what was pasted before.
 */
import { graphemes } from "./width.ts";

export interface Composer {
  /** What stands before the cursor; line breaks are "\n". */
  readonly before: string;
  readonly after: string;
}

export const EMPTY_COMPOSER: Composer = { before: "", after: "" };

/** The cursor stands behind the text. */
export function composerOf(text: string): Composer {
  return { before: text, after: "" };
}

export function textOf({ before, after }: Composer): string {
  return before + after;
}

export function isEmpty({ before, after }: Composer): boolean {
  return before === "" && after === "";
}

export function insert({ before, after }: Composer, added: string): Composer {
  return { before: before + added, after };
}

/** What was typed or pasted, as it stands in a text: line breaks are "\n", and no control is in it. */
export function plainText(text: string): string {
  // Line breaks come out of a paste as CR; other controls in it would only make a terminal do something.
  return text.replace(/\r\n?/g, "\n").replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}

/** A paste is one text: the line breaks at its end are what the selection took along. */
export function pastedText(text: string): string {
  return plainText(text).replace(/\n{1,1000}$/, "");
}

/** Characters as a person sees them are looked for in this much around the cursor. */
const WINDOW = 256;

/** How long the last grapheme of a text is, in code units. */
export function lastLength(text: string): number {
  const last = text.charCodeAt(text.length - 1);
  const previous = text.charCodeAt(text.length - 2);
  if (text.length < 2 || (last < 0x80 && previous < 0x80)) return Math.min(1, text.length);
  return graphemes(tail(text)).at(-1)?.length ?? 0;
}

/** How long the first one is. */
export function firstLength(text: string): number {
  if (text.length < 2 || (text.charCodeAt(0) < 0x80 && text.charCodeAt(1) < 0x80)) return Math.min(1, text.length);
  return graphemes(text.slice(0, WINDOW))[0]?.length ?? 0;
}

/** The end of a text, from a place on where a character begins for certain if there is one. */
function tail(text: string): string {
  if (text.length <= WINDOW) return text;
  const end = text.slice(-WINDOW);
  const safe = /[\u0000-\u007f](?=[\u0000-\u007f])/.exec(end.slice(0, WINDOW / 2));
  return safe === null ? end : end.slice(safe.index + 1);
}

/** Where the line begins in which the text ends. */
export function lineStart(text: string): number {
  return text.lastIndexOf("\n") + 1;
}

/** Where the first line of a text ends. */
export function lineEnd(text: string): number {
  const feed = text.indexOf("\n");
  return feed < 0 ? text.length : feed;
}

/** A word that is longer is taken in parts: a paste may be one word of a megabyte. */
const WORD_MAX = 4096;

/** Where the last word of a text begins. */
export function wordStart(text: string): number {
  const least = Math.max(0, text.length - WORD_MAX);
  let at = text.length;
  while (at > least && /\s/.test(text.charAt(at - 1))) at--;
  while (at > least && !/\s/.test(text.charAt(at - 1))) at--;
  return isInside(text, at) ? at + 1 : at;
}

/** Where the first word of a text ends. */
export function wordEnd(text: string): number {
  const most = Math.min(text.length, WORD_MAX);
  let at = 0;
  while (at < most && /\s/.test(text.charAt(at))) at++;
  while (at < most && !/\s/.test(text.charAt(at))) at++;
  return isInside(text, at) ? at - 1 : at;
}

/** Between the two halves of one code point. */
function isInside(text: string, at: number): boolean {
  return at > 0 && at < text.length && (text.codePointAt(at - 1) ?? 0) > 0xffff;
}
