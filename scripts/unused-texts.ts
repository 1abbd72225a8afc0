/** Which texts of the catalogue somebody says: read off the sources, path by path. */

/** `*` is any key at that place, `**` at the end all that is below. */
export type Path = readonly string[];

/** Names of texts that no path leads to, as `plain.start.link`. */
export function unused(catalogue: unknown, said: readonly Path[]): readonly string[] {
  return [...leaves(catalogue, [])]
    .filter((leaf) => !said.some((path) => leads(path, leaf)))
    .map((leaf) => leaf.join("."));
}

function* leaves(value: unknown, path: Path): Generator<Path> {
  if (typeof value !== "object" || value === null) yield path;
  else for (const [key, inner] of Object.entries(value)) yield* leaves(inner, [...path, key]);
}

function leads(path: Path, leaf: Path): boolean {
  const isWhole = path.at(-1) === "**";
  const keys = isWhole ? path.slice(0, -1) : path;
  if (isWhole ? keys.length > leaf.length : keys.length !== leaf.length) return false;
  return keys.every((key, at) => key === "*" || key === leaf[at]);
}

/** What a source says: chains behind `say()`, and behind the constants that hold a part of it. */
export function saidIn(source: string): readonly Path[] {
  const code = withoutWords(source);
  const said: Path[] = [];
  const open: Holder[] = [
    { root: /\bsay\(\)|\bLANGUAGES(?:\.\w+|\[[^\]]*\])/g, path: [], from: 0, until: code.length },
  ];
  for (let holder = open.shift(); holder !== undefined; holder = open.shift()) {
    for (const { index, 0: root } of code.matchAll(holder.root)) {
      if (index < holder.from || index >= holder.until) continue;
      const { keys, end } = chainAt(code, index + root.length);
      const path = [...holder.path, ...keys];
      const held = code.charAt(end) === ";" ? heldIn(code, index, path) : undefined;
      if (held === undefined) said.push(path, [...path, "**"]);
      else {
        said.push(...held.said);
        open.push(...held.holders);
      }
    }
  }
  return said;
}

/** A constant for a part of the catalogue, as far as its block goes. */
interface Holder {
  readonly root: RegExp;
  readonly path: Path;
  readonly from: number;
  readonly until: number;
}

/** `.link`, `?.link`, `[name]`: what stands in brackets may be any key. */
const STEP = /\s*(?:\??\.\s*([A-Za-z_$][\w$]*)|(?:\?\.)?\[[^\]]*\])/y;

function chainAt(code: string, from: number): { readonly keys: Path; readonly end: number } {
  const keys: string[] = [];
  const step = new RegExp(STEP);
  step.lastIndex = from;
  let end = from;
  for (let match = step.exec(code); match !== null; match = step.exec(code)) {
    keys.push(match[1] ?? "*");
    end = step.lastIndex;
  }
  return { keys, end };
}

/** `const text = `, `const text = () => `, `const { link, steps: names } = ` */
const HOLDS = /\bconst (?:([\w$]+)|\{([^{}]*)\})(?::[^=;]*)? =\s*(\(\) =>\s*)?$/;

function heldIn(
  code: string,
  at: number,
  path: Path,
): { readonly said: readonly Path[]; readonly holders: readonly Holder[] } | undefined {
  const match = HOLDS.exec(code.slice(Math.max(0, at - 400), at));
  if (match === null) return undefined;
  const [, name, parts, isAsked] = match;
  const until = endOfBlock(code, at);
  const holder = (held: string, held_path: Path): Holder => ({
    root: new RegExp(`(?<![.\\w$])${held.replaceAll("$", "\\$")}${isAsked === undefined ? "\\b(?!:)" : "\\(\\)"}`, "g"),
    path: held_path,
    from: at,
    until,
  });
  if (name !== undefined) return { said: [path], holders: [holder(name, path)] };
  const keys = (parts ?? "").split(",").map((part) => part.trim().split(/\s*[:=]\s*/));
  const holders = keys.filter(([key]) => key !== "").map(([key = "", held = key]) => holder(held, [...path, key]));
  // What is taken out by name is said: the linter knows of names that nobody uses.
  return { said: holders.map((one) => one.path), holders };
}

function endOfBlock(code: string, from: number): number {
  let depth = 0;
  for (let at = from; at < code.length; at++) {
    if (code.charAt(at) === "{") depth++;
    if (code.charAt(at) === "}" && --depth < 0) return at;
  }
  return code.length;
}

/** Comments and texts are blanks: words in them are no names. */
function withoutWords(source: string): string {
  const blank = (text: string): string => text.replace(/[^\n]/g, " ");
  return source
    .replace(/\/\*[\s\S]*?\*\//g, blank)
    .replace(/(?<=^|\s)\/\/[^\n]*/g, blank)
    .replace(/"(?:[^"\\\n$]|\\.)*"/g, (text) => `"${blank(text.slice(2))}"`);
}
