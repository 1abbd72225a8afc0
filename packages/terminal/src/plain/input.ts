/** What a line means that a person entered. A mistyped command is never a message. */

export type Input =
  | { readonly type: "empty" }
  | { readonly type: "command"; readonly name: string; readonly rest: string }
  /** To the room or person named, without leaving the conversation in focus. */
  | { readonly type: "to"; readonly target: string; readonly text: string }
  | { readonly type: "text"; readonly text: string };

export function parseInput(line: string): Input {
  if (line.trim() === "") return { type: "empty" };
  if (line.trim() === "exit") return { type: "command", name: "quit", rest: "" };
  // Twice the sign is the sign itself.
  if (/^(\/\/|!!|##|@@)/.test(line)) return { type: "text", text: line.slice(1) };
  const command = /^(?:\/|!(?=[a-zA-Z]))(\S*)\s*([\s\S]*)$/.exec(line);
  if (command !== null) {
    const [, name = "", rest = ""] = command;
    return { type: "command", name: name.toLowerCase(), rest: rest.trimEnd() };
  }
  const to = /^([#@][^\s]+)(?:\s+([\s\S]*))?$/.exec(line);
  if (to !== null) return { type: "to", target: to[1] ?? "", text: (to[2] ?? "").trimEnd() };
  return { type: "text", text: line };
}

/**
 * Whether a line to `target` calls somebody who is in the room: then it is said there, as everybody in it expects, and
 * goes to nobody alone. `@alice,` calls alice as well.
 */
export function callsMember(target: string, members: readonly { readonly username: string }[]): boolean {
  const name = /^@(.+)$/.exec(target.toLowerCase())?.[1];
  if (name === undefined) return false;
  const names = [name, name.replace(/[,.:;!?]+$/, "")];
  return members.some(({ username }) => names.includes(username));
}

/** What is longer was not mistyped but pasted, and to compare it would take as long as it is. */
const MISTYPED_MAX = 64;

/** The known word that is most like `word`; undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > MISTYPED_MAX) return undefined;
  const ranked = known
    .map((name) => ({ name, far: name.startsWith(word) && word !== "" ? 0.5 : distance(word, name) }))
    .sort((left, right) => left.far - right.far);
  const [best] = ranked;
  return best !== undefined && best.far <= Math.max(1, Math.floor(word.length / 2)) ? best.name : undefined;
}

/** Levenshtein's, with neighbours swapped counting once. */
function distance(left: string, right: string): number {
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, index) => index)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= left.length; row++) {
    const costs = [row];
    rows.push(costs);
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1] ? 0 : 1;
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      costs.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + same,
          swapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(left.length, right.length);
}
