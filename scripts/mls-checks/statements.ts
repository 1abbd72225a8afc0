/** The places where packages/mls refuses something, and its source as it would be without one of them. */

export interface Statement {
  /** `file:line:column`. */
  readonly name: string;
  /** What it refuses with: code and section. */
  readonly refusal: string;
  readonly start: number;
  readonly end: number;
  /** What stands there without it: the claim, evaluated and not looked at. */
  readonly instead: string;
}

const OPENING = /(?<![\w.$])(?:check|present|throw new Refused)\(/g;

/** Finds `check(claim, code, section)`, `present(value, code, section)` and `throw new Refused(code, section)`. */
export function statementsIn(file: string, source: string): Statement[] {
  const code = blanked(source);
  return Array.from(code.matchAll(OPENING), ({ 0: opening, index: start }): Statement => {
    const parts = argumentsAt(code, start + opening.length);
    const end = (parts.at(-1)?.end ?? start) + 1;
    const text = ({ start, end }: Span) => source.slice(start, end).trim();
    const filled = parts.filter((part) => text(part) !== "");
    const refusal = filled.slice(-2).map((part) => text(part).replaceAll('"', ""));
    const [claim] = filled;
    if (claim === undefined || filled.length !== (opening.startsWith("throw") ? 2 : 3))
      throw new Error(`${file}: a check is not understood: ${source.slice(start, end)}`);
    const before = source.slice(0, start).split("\n");
    return {
      name: `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`,
      refusal: refusal.join(" "),
      start,
      end,
      instead: opening.startsWith("check")
        ? `void (${text(claim)})`
        : opening.startsWith("present")
          ? `(${text(claim)})`
          : "void 0",
    };
  });
}

export function without(source: string, { start, end, instead }: Statement): string {
  return source.slice(0, start) + instead + source.slice(end);
}

/** The source with spaces for what stands in comments and texts; every place stays where it is. */
function blanked(source: string): string {
  const passive = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
  return source.replace(passive, (text) => text.replace(/[^\n]/g, " "));
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The arguments of a call from behind its parenthesis; the last one ends where the call is closed. */
function argumentsAt(code: string, start: number): Span[] {
  const found: Span[] = [];
  let [depth, from] = [0, start];
  for (let at = start; at < code.length; at++) {
    const character = code[at] ?? "";
    if (depth === 0 && (character === "," || character === ")")) {
      found.push({ start: from, end: at });
      if (character === ")") return found;
      from = at + 1;
    } else if ("([{".includes(character)) depth++;
    else if (")]}".includes(character)) depth--;
  }
  throw new Error("a call is not closed");
}
