/**
 * The one road from what another person wrote to a screen, a file name or a log line. It is an allow list: what a
 * terminal could take for a command, and what shows nothing or reorders what is shown, does not pass.
 *
 * A run of refused characters becomes one U+FFFD, so that a reader sees that something was there. Every function is
 * total, and giving its output in again changes nothing.
 */

/** Controls, format characters (bidi and zero-width among them), surrogates, private use, unassigned, invisible. */
const REFUSED = /[\p{C}\p{Default_Ignorable_Code_Point}]/u;
const MARK = /\p{M}/u;
const PICTOGRAPH = /\p{Extended_Pictographic}/u;
/** What U+FE0F turns into an emoji: pictographs, and digits of key caps. */
const EMOJI_BASE = /[\p{Extended_Pictographic}0-9#*]/u;
/** What may stand before U+200D in an emoji made of several. */
const BEFORE_JOINER = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f/u;
/** Scripts whose spelling needs U+200C and U+200D between letters. */
const JOINING =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}]/u;

const REPLACEMENT = "\ufffd";
const VS16 = "\ufe0f";
const ZWNJ = "\u200c";
const ZWJ = "\u200d";
/** More marks than this on one letter only serve to write over the lines around it. */
const MARKS_MAX = 8;
const TAB = "    ";

/** Text of any number of lines: LF stays, CR LF and the separators of Unicode become LF, a tab becomes spaces. */
export function sanitiseText(text: string): string {
  return clean(text.replace(/\r\n?|[\u0085\u2028\u2029]/g, "\n").replaceAll("\t", TAB), true);
}

/** The same on one line: a line break shows as a sign. */
export function sanitiseLine(text: string): string {
  return sanitiseText(text).replaceAll("\n", "\u23ce");
}

/** A name: one line, no joiners, every space a plain one, none at the ends or twice. */
export function sanitiseName(name: string): string {
  const line = name.replace(/[\p{Zs}\t\r\n\u2028\u2029]+/gu, " ");
  return clean(line, false).trim();
}

/**
 * JSON in which no control, bidi or zero-width character stands as itself: harmless on a terminal, and every parser
 * gives back exactly what went in.
 */
export function escapeJson(value: unknown): string {
  const json = JSON.stringify(value) ?? "null";
  return json.replace(/[\p{C}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu, (character) => {
    let escaped = "";
    for (let at = 0; at < character.length; at++) {
      escaped += `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
    }
    return escaped;
  });
}

function clean(text: string, joiners: boolean): string {
  const characters = [...text];
  let out = "";
  let marks = 0;
  let refusing = false;
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    marks = MARK.test(character) && character !== VS16 ? marks + 1 : 0;
    const stays: boolean =
      character === "\n" ||
      (joiners && isJoiner(character) && joins(refusing ? "" : characters[at - 1], character, characters[at + 1])) ||
      (!REFUSED.test(character) && marks <= MARKS_MAX);
    if (stays) out += character;
    else if (!refusing) out += REPLACEMENT;
    refusing = !stays;
  }
  return out;
}

function isJoiner(character: string): boolean {
  return character === VS16 || character === ZWNJ || character === ZWJ;
}

/** Whether an invisible joiner does something here, so that it is not there to hide or to deceive. */
function joins(before = "", joiner: string, after = ""): boolean {
  if (joiner === VS16) return EMOJI_BASE.test(before) && !REFUSED.test(before);
  if (REFUSED.test(after)) return false;
  if (joiner === ZWJ && BEFORE_JOINER.test(before) && PICTOGRAPH.test(after)) return true;
  return JOINING.test(before) && JOINING.test(after) && !REFUSED.test(before);
}
