/** Whether somebody is meant in a text: their name stands in it as a word, with or without the sign. */

/** A test for one person's name; names are of `a-z 0-9 . _ -`, so neighbours of these and letters make another word. */
export function mentionsOf(username: string): (text: string) => boolean {
  const name = username.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  // A full stop behind the name ends a sentence, unless a word goes on after it.
  const word = new RegExp(`(?<![\\p{L}\\p{N}._-])${name}(?![\\p{L}\\p{N}_-]|\\.[\\p{L}\\p{N}])`, "iu");
  return (text) => username !== "" && word.test(text);
}
