/** Finds what somebody means by a few letters of it. The order is for the hand: the same letters give the same entry each time. */
import { graphemes } from "../screen/width.ts";

/** How well an entry fits, best first; entries that fit as well stay in the order in which they were given. */
const RANKS = ["whole", "prefix", "word", "initials", "inside", "scattered"] as const;
type Rank = (typeof RANKS)[number];

const SEPARATORS = /[\s!-/:-@[-`{-~]+/g;

/** Small letters without accents, one space between words. */
function folded(text: string): string {
  const plain = text
    .normalize("NFD")
    .replace(/\p{M}+/gu, "")
    .normalize("NFC");
  return plain.toLowerCase().replace(SEPARATORS, " ").trim();
}

interface Indexed<T> {
  readonly entry: T;
  /** With a space before it: what follows one begins a word. */
  readonly text: string;
  readonly initials: string;
  readonly also: string;
}

export class FuzzyIndex<T> {
  readonly #all: readonly Indexed<T>[];

  /** @param textOf - `also` is found by the beginning of its words alone, after everything that is found by `text`. */
  constructor(entries: readonly T[], textOf: (entry: T) => { readonly text: string; readonly also?: string }) {
    this.#all = entries.map((entry) => {
      const { text, also = "" } = textOf(entry);
      const words = folded(text);
      const initials = words.split(" ").map((word) => word.charAt(0));
      return { entry, text: ` ${words}`, initials: initials.join(""), also: also === "" ? "" : ` ${folded(also)}` };
    });
  }

  /** Best first; all of them without a query. */
  find(query: string): readonly T[] {
    const wanted = folded(query);
    if (wanted === "") return this.#all.map(({ entry }) => entry);
    const words = wanted.split(" ");
    const ranked: T[][] = [...RANKS, "also"].map(() => []);
    for (const indexed of this.#all) {
      const rank = rankOf(indexed, wanted, words);
      if (rank !== undefined) ranked[rank]?.push(indexed.entry);
    }
    return ranked.flat();
  }
}

function rankOf<T>(indexed: Indexed<T>, wanted: string, words: readonly string[]): number | undefined {
  const rank = words.length === 1 ? rankOfWord(indexed, wanted) : rankOfWords(indexed, wanted, words);
  if (rank !== undefined) return RANKS.indexOf(rank);
  const { text, also } = indexed;
  const isAlso = also !== "" && words.every((word) => also.includes(` ${word}`) || text.includes(` ${word}`));
  return isAlso ? RANKS.length : undefined;
}

function rankOfWord({ text, initials }: Indexed<unknown>, wanted: string): Rank | undefined {
  if (text.startsWith(wanted, 1)) return text.length === wanted.length + 1 ? "whole" : "prefix";
  const at = text.indexOf(wanted);
  if (at >= 0 && text.includes(` ${wanted}`)) return "word";
  if (isScattered(wanted, initials)) return "initials";
  if (at >= 0) return "inside";
  return isScattered(wanted, text) ? "scattered" : undefined;
}

/** Each of them must be there; together they fit as the worst of them does, and never as well as one beginning. */
function rankOfWords(indexed: Indexed<unknown>, wanted: string, words: readonly string[]): Rank | undefined {
  if (indexed.text.includes(` ${wanted}`)) return rankOfWord(indexed, wanted);
  let worst: Rank = "word";
  for (const word of words) {
    const rank = rankOfWord(indexed, word);
    if (rank === undefined) return undefined;
    if (RANKS.indexOf(rank) > RANKS.indexOf(worst)) worst = rank;
  }
  return worst;
}

/** The letters stand in this order, whatever stands between. */
function isScattered(letters: string, text: string): boolean {
  let at = 0;
  for (let index = 0; index < letters.length; index++) {
    at = text.indexOf(letters.charAt(index), at) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** Which graphemes of a text are those that were typed: for what is shown alone, one text at a time. */
export function fuzzyMarks(query: string, text: string): ReadonlySet<number> {
  const marks = new Set<number>();
  const shown = graphemes(text).map((grapheme) => folded(grapheme).charAt(0) || " ");
  const line = shown.join("");
  for (const word of folded(query).split(" ")) {
    if (word === "") continue;
    const start = line.startsWith(word) ? 0 : line.indexOf(` ${word}`) + 1;
    const at = start > 0 || line.startsWith(word) ? start : line.indexOf(word);
    if (at >= 0) for (let index = 0; index < word.length; index++) marks.add(at + index);
    else for (const index of scatteredMarks(word, line)) marks.add(index);
  }
  return marks;
}

function scatteredMarks(word: string, line: string): readonly number[] {
  const isStart = (at: number): boolean => at === 0 || line.charAt(at - 1) === " ";
  const starts = [...line].flatMap((letter, at) => (isStart(at) && letter !== " " ? [at] : []));
  return (
    placesOf(word, line, starts) ??
    placesOf(
      word,
      line,
      Array.from(line, (_, at) => at),
    ) ??
    []
  );
}

/** Of each letter the first of the places at which it may stand, in order. */
function placesOf(word: string, line: string, allowed: readonly number[]): readonly number[] | undefined {
  const places: number[] = [];
  let next = 0;
  for (const letter of word) {
    while (next < allowed.length && line.charAt(allowed[next] ?? 0) !== letter) next++;
    const place = allowed[next++];
    if (place === undefined) return undefined;
    places.push(place);
  }
  return places;
}
