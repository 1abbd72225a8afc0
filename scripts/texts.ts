import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { saidIn, unused } from "./unused-texts.ts";

const CATALOGUE = "packages/terminal/src/text/index.ts";
/** Where every text for a person comes from the catalogue. */
const SPOKEN = "packages/terminal/src/{*,{plain,commands,full,screen,one-shot,doctor}/**/*}.ts";

/** Whatever says something of it. */
const SPEAKERS = "{packages/terminal/src/**/*.ts,scripts/man/*.ts}";

/** Texts of the catalogue that are the same in both languages, and rightly so: what is typed into a shell. */
const ALIKE = /^cli\.commands\.[a-z]+\.examples$/;
/** Literals that look like a sentence and are none, and what only a programmer reads. */
const NO_SENTENCE: ReadonlySet<string> = new Set([
  "not offered to other programs",
  "the sotto that holds this profile has ended",
]);

/**
 * What nobody has translated, what nobody says, and what is said outside the catalogue, one a line. That no key is missing
 * is a type.
 */
export async function textFaults(root: string): Promise<string> {
  const { LANGUAGES } = await import(pathToFileURL(join(root, CATALOGUE)).href);
  const faults = [...alike(LANGUAGES.en, LANGUAGES.fr, "")];
  for await (const path of glob(SPOKEN, { cwd: root })) {
    const found = spoken(await readFile(join(root, path), "utf8"));
    faults.push(...found.map(({ line, text }) => `${path}:${line}: "${text}" is not from the catalogue`));
  }
  const said = [];
  for await (const path of glob(SPEAKERS, { cwd: root, exclude: ["**/src/text/**"] }))
    said.push(...saidIn(await readFile(join(root, path), "utf8")));
  faults.push(...unused(LANGUAGES.en, said).map((name) => `${CATALOGUE}: ${name} is said by nobody`));
  return faults.sort().join("\n");
}

/** A word with a small letter, and another one behind it. */
const SENTENCE = /(?<![+\p{L}])\p{L}*\p{Ll}\p{L}*[,;:]? \p{L}{2,}/u;

/** Sentences that stand in both languages. Of functions, what is written in them. */
export function* alike(en: unknown, fr: unknown, name: string): Generator<string> {
  if (typeof en === "object" && en !== null && typeof fr === "object" && fr !== null) {
    const french = new Map(Object.entries(fr));
    for (const [key, value] of Object.entries(en)) yield* alike(value, french.get(key), `${name}${name && "."}${key}`);
  } else if (!ALIKE.test(name)) {
    const translated = new Set(sentencesOf(fr));
    for (const text of sentencesOf(en)) {
      if (translated.has(text)) yield `${CATALOGUE}: ${name} is not translated: "${text}"`;
    }
  }
}

function sentencesOf(text: unknown): readonly string[] {
  const all = typeof text === "function" ? literals(text.toString()).map((literal) => literal.text) : [`${text}`];
  return all.filter((one) => SENTENCE.test(one));
}

/** What is printed at once, be it one word. */
const SAID = /\b(?:info|error|warning|complain|print|ask)\(\s*\[?$/;
/** What is asked of the engine, whole or its beginning. */
const METHOD = /^\w+\.\w*$/;
/** What ends the program is read by who mends it. */
const FAULT = /\b(?:Error|assert|unreachable)\([^;]*$/;

/** Literals of a person's language in a source. */
export function spoken(source: string): readonly Literal[] {
  return literals(source).filter(({ text, before }) => {
    const isSaid = SENTENCE.test(text) || (SAID.test(before) && !METHOD.test(text) && /\p{L}{2}/u.test(text));
    return isSaid && !FAULT.test(before) && !NO_SENTENCE.has(text);
  });
}

interface Literal {
  readonly line: number;
  /** Of a template, without its values. */
  readonly text: string;
  /** The source right before it. */
  readonly before: string;
}

/** One of: a comment, a regular expression (behind what no value ends with), the start of a text, a brace. */
const TOKEN =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|(?<=[=(,:;!&|?{}[\n]\s*)\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/|["'`{}]/g;

function literals(source: string): readonly Literal[] {
  const found: Literal[] = [];
  /** For each brace that is open, the template that its value stands in. */
  const open: (Template | undefined)[] = [];
  const token = new RegExp(TOKEN);
  for (let match = token.exec(source); match !== null; match = token.exec(source)) {
    const [sign] = match;
    let template: Template | undefined;
    if (sign === "{") open.push(undefined);
    else if (sign === "}") template = open.pop();
    else if (sign.length === 1) template = { start: match.index, text: "", end: sign };
    if (template === undefined) continue;
    const part = partOf(template.end).exec(source.slice(token.lastIndex));
    if (part === null) break;
    token.lastIndex += part[0].length;
    const text = template.text + (part[1] ?? "");
    if (part[2] === "${") open.push({ ...template, text });
    else found.push(literalAt(source, template.start, text));
  }
  return found;
}

interface Template {
  readonly start: number;
  readonly text: string;
  readonly end: string;
}

/** Up to the end of the text, or to a value in it. */
function partOf(end: string): RegExp {
  return end === "`"
    ? /^((?:[^`\\$]|\\[\s\S]|\$(?!\{))*)(`|\$\{)/
    : new RegExp(`^((?:[^${end}\\\\\\n]|\\\\.)*)(${end})`);
}

function literalAt(source: string, start: number, text: string): Literal {
  return {
    line: source.slice(0, start).split("\n").length,
    text,
    before: source.slice(Math.max(0, start - 80), start),
  };
}
