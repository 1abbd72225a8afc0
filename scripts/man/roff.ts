/** A man page as blocks, and its roff: plain ASCII with the macros that groff and mandoc both know. */

export type Block =
  | { readonly type: "section" | "subsection" | "paragraph"; readonly text: string }
  /** What is typed, and what it does. */
  | { readonly type: "terms"; readonly rows: readonly (readonly [typed: string, does: string])[] }
  /** Lines as they are. */
  | { readonly type: "lines"; readonly lines: readonly string[] };

export interface Page {
  readonly name: string;
  readonly section: 1 | 8;
  /** `sotto 0.1.0` */
  readonly source: string;
  /** `sotto manual` */
  readonly manual: string;
  readonly blocks: readonly Block[];
}

export function roffOf({ name, section, source, manual, blocks }: Page): string {
  const head = [
    '.\\" Made from the tables of the program by scripts/generate.ts: change those, then npm run generate.',
    // No date: the page changes with the version alone.
    `.TH ${quoted(name.toUpperCase())} ${section} "" ${quoted(source)} ${quoted(manual)}`,
    // An option that is broken at the end of a line is not found again.
    ".nh",
    ".ad l",
  ];
  return `${[...head, ...blocks.flatMap(linesOf)].join("\n")}\n`;
}

function linesOf(block: Block): readonly string[] {
  switch (block.type) {
    case "section":
      return [`.SH ${quoted(block.text)}`];
    case "subsection":
      return [`.SS ${quoted(block.text)}`];
    case "paragraph":
      return [".PP", held(text(block.text))];
    case "terms":
      return block.rows.flatMap(([typed, does]) => [".TP", `.B ${quoted(typed)}`, held(text(does))]);
    case "lines":
      return [".PP", ".RS 4", ".nf", ...block.lines.map(text), ".fi", ".RE"];
  }
}

/** A line of text: a dot or a quote at its beginning is no request. */
function text(line: string): string {
  return escaped(line).replace(/^[.']/, "\\&$&") || "\\&";
}

/** A sign that French sets apart is not torn from its word. */
const held = (line: string): string => line.replace(/(?<=[^ ;:!?]) (?=[;:!?](?: |$))/g, "\\~");

const quoted = (argument: string): string => `"${escaped(argument)}"`;

const SIGNS: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  '"': "\\(dq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
};

/** Signs as they are typed, so that what is copied from the page works; the rest of Unicode by its number. */
function escaped(given: string): string {
  return given
    .replace(/[\\\-'"`^~]/g, (sign) => SIGNS[sign] ?? sign)
    .replace(
      /[^\x20-\x7e]/gu,
      (sign) => `\\[u${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`,
    );
}

/** What is wrong with roff of ours, one a line; where groff is on a machine, a test asks it too. */
export function roffFaults(roff: string): readonly string[] {
  const known = /^\.(\\"|TH|SH|SS|PP|TP|B|RS|RE|nf|fi|nh|ad)( |$)/;
  return roff.split("\n").flatMap((line, index) => {
    const at = `line ${index + 1}`;
    if (/[^\x20-\x7e]/.test(line)) return [`${at}: is not plain ASCII`];
    if (line.startsWith(".") && !known.test(line)) return [`${at}: ${line.split(" ")[0]} is no macro of ours`];
    if (line.startsWith("'")) return [`${at}: begins with a quote`];
    if (/\s$/.test(line)) return [`${at}: ends with a space`];
    const stray = line.startsWith('.\\"')
      ? undefined
      : line.match(/\\(?![e&~-]|\((?:aq|dq|ga|ha|ti)|\[u[0-9A-F]{4,6}\])/);
    return stray === null || stray === undefined ? [] : [`${at}: a backslash that is no escape`];
  });
}
