/** What a mutation is, and whether the table still fits the repository. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** One place in which the code is broken on purpose, and the test that must fail for it. */
export interface Mutation {
  /** How it is chosen: `--only NAME`. */
  readonly name: string;
  /** What the program does wrong with it, in words. */
  readonly breaks: string;
  readonly file: string;
  /** Stands once in the file, exactly so. */
  readonly text: string;
  readonly by: string;
  readonly test: TestName;
  /** The test waits for an end that does not come any more. Any other test that runs out of time is no proof. */
  readonly hangs?: true;
}

export interface TestName {
  readonly file: string;
  /** As it stands in that file or in one beside it that it imports; a `%s` or `$name` in it is any text. */
  readonly title: string;
  /** What stands in the title for one of its rows, where a title has a place for that. */
  readonly row?: string;
}

/** The source with the mutation in it; undefined when its text does not stand there exactly once. */
export function mutated(source: string, { text, by }: Pick<Mutation, "text" | "by">): string | undefined {
  const [before, after, ...more] = source.split(text);
  return after === undefined || more.length > 0 ? undefined : `${before}${by}${after}`;
}

/** For vitest's `-t`, which compares the end of describe blocks and title, with spaces between. */
export function patternOf({ title, row }: Pick<TestName, "title" | "row">): string {
  const pattern = escaped(title).replaceAll(/%[sdifjo]|\\\$\w+(\\\.\w+)*/g, ".*");
  return `${row === undefined ? pattern : pattern.replace(".*", () => `.*${escaped(row)}.*`)}$`;
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

/** What of the table does not stand in the repository any more, one a line. */
export async function tableFaults(root: string, table: readonly Mutation[]): Promise<string> {
  const faults: string[] = [];
  const names = new Set<string>();
  for (const mutation of table) {
    const { name, file, text, by, test } = mutation;
    if (names.has(name)) faults.push(`${name}: there are two of that name`);
    names.add(name);
    if (text === by) faults.push(`${name}: changes nothing`);
    const source = await read(join(root, file));
    if (source === undefined) faults.push(`${name}: ${file} is not there`);
    else if (mutated(source, mutation) === undefined) faults.push(`${name}: ${file} does not have its text once`);
    if (!(await hasTest(root, test))) faults.push(`${name}: ${test.file} has no test "${test.title}"`);
  }
  return faults.join("\n");
}

async function hasTest(root: string, { file, title, row = "" }: TestName): Promise<boolean> {
  const source = await read(join(root, file));
  if (source === undefined) return false;
  if (isIn(source, title) && source.includes(row)) return true;
  // A suite that several files run stands beside them.
  for (const [, beside = ""] of source.matchAll(/from "(\.\/[^"]+\.ts)"/g)) {
    const suite = await read(join(root, dirname(file), beside));
    if (suite !== undefined && isIn(suite, title) && suite.includes(row)) return true;
  }
  return false;
}

const isIn = (source: string, title: string): boolean =>
  [JSON.stringify(title), `\`${title}\``].some((quoted) => source.includes(quoted));

async function read(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch(() => undefined);
}
