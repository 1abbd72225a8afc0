/** How many columns a text takes, and how it breaks into rows. Terminals differ on emoji; this is what most of them do. */

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}]*$/u;
const MARK = /^\p{M}*$/u;
const EMOJI = /\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|[0-9#*]\ufe0f/u;
/** A space before a sign that French sets apart from its word, up to the end of it: `quoi ?`, `quoi ?! Non`. */
const HELD = /(?<=[^ ;:!?]) (?=[;:!?»]{1,4}(?: |$))/y;
const PRESENTED = /^\p{Emoji_Presentation}$/u;
const FLAG = /^[\u{1f1e6}-\u{1f1ff}]{2}$/u;
/** Each of these is one character whatever stands beside it, but for marks and joiners, which are not among them. */
const SINGLE =
  /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u0370-\u0482\u048a-\u0590\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2100-\u2bff\u3001-\u3029\u3041-\u3096\u30a1-\u30fc\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff60]*$/;
/** The longest emoji that people know has ten code points; what is longer only wants to be long. */
const SEQUENCE_MAX = 10;
const CACHE_MAX = 8192;

/** First and last code points that East Asian terminals draw two columns wide (Unicode UAX #11, W and F). */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2ff],
  [0x20000, 0x3fffd],
];

/** Which kinds of emoji the terminal measures as we do. Where it does not, something simpler is drawn. */
export interface EmojiWidths {
  /** Several joined into one: a family. Else the first of them alone. */
  readonly joined: boolean;
  /** Two letters that are a flag. Else the two letters. */
  readonly flags: boolean;
  /** A sign that U+FE0F turns into an emoji of two columns. Else the sign alone, in one. */
  readonly variation: boolean;
}

export const ALL_EMOJI: EmojiWidths = { joined: true, flags: true, variation: true };
export const SIMPLE_EMOJI: EmojiWidths = { joined: false, flags: false, variation: false };

let emoji = ALL_EMOJI;
const widths = new Map<string, number>();

/** Once, when the terminal has been asked: what was measured before has other widths. */
export function setEmojiWidths(to: EmojiWidths): void {
  emoji = to;
  widths.clear();
}

/** What a person sees as single characters; none is more than two columns wide. */
export function graphemes(text: string): string[] {
  if (SINGLE.test(text)) return text.split("");
  const all: string[] = [];
  for (const { segment } of segmenter.segment(text)) {
    if (segment.length === 1) all.push(segment);
    else pushSegment(all, segment);
  }
  return all;
}

/** Scripts that join letters without end, and towers of emoji, are taken apart where a terminal takes them apart. */
function pushSegment(all: string[], segment: string): void {
  const points = [...segment];
  const isEmoji = EMOJI.test(segment);
  if (isEmoji ? points.length <= SEQUENCE_MAX : columnsOf(points) <= 2) {
    all.push(segment);
    return;
  }
  let piece = "";
  for (const point of points) {
    if (piece !== "" && codePointWidth(point) > 0) {
      all.push(piece);
      piece = "";
    }
    piece += point;
  }
  all.push(piece);
}

/** Columns of one grapheme, as it is drawn. */
export function graphemeWidth(grapheme: string): number {
  if (grapheme.length === 1) {
    const code = grapheme.charCodeAt(0);
    if (code < 0x300) return code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0xad ? 0 : 1;
  }
  const known = widths.get(grapheme);
  if (known !== undefined) return known;
  const width = widthOf(grapheme);
  if (widths.size >= CACHE_MAX) widths.clear();
  widths.set(grapheme, width);
  return width;
}

function widthOf(grapheme: string): number {
  const drawn = drawnAs(grapheme);
  if (ZERO.test(drawn) || MARK.test(drawn)) return 0;
  if (EMOJI.test(drawn)) return 2;
  return Math.min(2, columnsOf([...drawn]));
}

export function textWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  return graphemes(text).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0);
}

/** What stands for a grapheme on a terminal that measures some of them otherwise. */
export function drawnAs(grapheme: string): string {
  if (grapheme.length === 1 || (emoji.joined && emoji.flags && emoji.variation)) return grapheme;
  if (!emoji.flags && FLAG.test(grapheme))
    return [...grapheme].map((point) => String.fromCharCode((point.codePointAt(0) ?? 0) - 0x1f1e6 + 0x41)).join("");
  let drawn = grapheme;
  if (!emoji.joined && EMOJI.test(drawn)) {
    const [first = "", second = ""] = [...drawn];
    drawn = second === "\ufe0f" ? first + second : first;
  }
  if (!emoji.variation && drawn.includes("\ufe0f") && !PRESENTED.test(drawn.charAt(0)))
    drawn = drawn.replace(/\ufe0f\u20e3?/gu, "");
  return drawn;
}

/** Whether no row ends at this place of a line, though a space is there: what follows belongs to the word before it. */
export function isHeld(line: string, at: number): boolean {
  HELD.lastIndex = at;
  return HELD.test(line);
}

/** Columns that a terminal takes which looks at one code point after the other. */
export function pointsWidth(grapheme: string): number {
  return columnsOf([...grapheme]);
}

function columnsOf(points: readonly string[]): number {
  return points.reduce((sum, point) => sum + codePointWidth(point), 0);
}

function codePointWidth(point: string): number {
  const code = point.codePointAt(0) ?? 0;
  if (code < 0x300) return code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0xad ? 0 : 1;
  // The vowels and ends of Korean syllables stand in the columns of their beginning.
  if ((code >= 0x1160 && code <= 0x11ff) || ZERO.test(point)) return 0;
  if (PRESENTED.test(point)) return 2;
  return WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}
