/** What a person typed into a search, as words: nothing of it can be syntax of the index. */

/** Enough for any question; each further word costs a look-up. */
const WORDS_MAX = 16;

/** @returns the words; all are to be found, the last one as a prefix. Text without a letter or digit has none. */
export function wordsOf(query: string): readonly string[] {
  const runs = query.match(/[\p{L}\p{N}\p{Co}\p{M}]+/gu) ?? [];
  return runs.filter((run) => /[\p{L}\p{N}\p{Co}]/u.test(run)).slice(0, WORDS_MAX);
}

/**
 * The words in FTS5's language: each a string in quotes, the last one marked as a prefix.
 *
 * @param room - the number of the room in which they are to be found, if it is to be one.
 */
export function matchOf(words: readonly string[], room?: number): string {
  const texts = `{text} : (${words.map((word) => `"${word}"`).join(" AND ")} *)`;
  return room === undefined ? texts : `${texts} AND {room} : "${room}"`;
}
