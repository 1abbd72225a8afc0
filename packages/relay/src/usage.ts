/** How a program is used, as data: its `--help` and its man page are made from it. */

export interface Usage {
  readonly name: string;
  /** What it is, in a few words. */
  readonly line: string;
  readonly about: string;
  readonly synopsis: string;
  /** What is typed, and what it does. */
  readonly commands: readonly UsageRow[];
  readonly options: readonly UsageRow[];
  /** Lines as they are. */
  readonly examples: readonly string[];
  /** What else there is to know. */
  readonly notes: string;
}

export type UsageRow = readonly [typed: string, does: string];

const WIDTH = 110;
const GAP = 2;

/** What `--help` prints. */
export function helpOf({ name, about, synopsis, commands, options, examples, notes }: Usage): string {
  const blocks = [
    wrap(`${name}: ${about}`, WIDTH),
    [`usage: ${synopsis}`],
    ...(commands.length > 0 ? [table(commands)] : []),
    table(options),
    ["examples:", ...examples.map((line) => `  ${line}`)],
    wrap(notes, WIDTH),
  ];
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function table(rows: readonly UsageRow[]): readonly string[] {
  const left = GAP + Math.max(...rows.map(([typed]) => typed.length)) + GAP;
  return rows.flatMap(([typed, does]) =>
    wrap(does, WIDTH - left).map((line, index) => `${(index === 0 ? `  ${typed}` : "").padEnd(left)}${line}`),
  );
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
