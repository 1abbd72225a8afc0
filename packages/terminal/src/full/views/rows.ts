/** Items of the timeline as rows of text. The work is done once for an item and a width: a frame costs what it shows. */
import { sanitiseLine, sanitiseText } from "@sotto/wire";
import type { Line, Span, Style as SpanStyle } from "../../output.ts";
import { language, say } from "../../text/index.ts";
import { spoken } from "../overlays/rows.ts";
import type { State, TimelineItem } from "../state.ts";
import type { Role } from "../theme.ts";
import type { Frame } from "./frame.ts";
import type { ViewOptions } from "./layout.ts";
import { linksIn, nameIn, wordsIn } from "./marks.ts";
import { type Mark, type Row, richRows } from "./rich.ts";

/** What rows of an item depend on, beside itself. */
export interface RowsContext {
  readonly frame: Frame;
  readonly matches: readonly string[];
  readonly username: string;
  readonly options: ViewOptions;
}

export function rowsContext(state: State, frame: Frame, options: ViewOptions): RowsContext {
  return { frame, matches: state.open?.matches ?? NO_MATCHES, username: state.me.username, options };
}

const NO_MATCHES: readonly string[] = [];

interface Kept {
  readonly width: number;
  readonly matches: readonly string[];
  readonly language: string;
  readonly rows: readonly Row[];
  /** What it is in memory, nearly: a row, or a piece of one. */
  readonly size: number;
}

/** The one that was asked for last is the last. */
const kept = new Map<TimelineItem, Kept>();
let keptSize = 0;
/** A message may have sixteen thousand rows, which take a hundred times what it takes itself. */
const KEPT_SIZE_MAX = 65_536;
/** Whatever their size: a frame asks for what it shows and for what is beside it. */
const KEPT_MIN = 4;

function keep(item: TimelineItem, made: Kept): void {
  forget(item);
  kept.set(item, made);
  keptSize += made.size;
  for (const oldest of kept.keys()) {
    if (keptSize <= KEPT_SIZE_MAX || kept.size <= KEPT_MIN) return;
    forget(oldest);
  }
}

function forget(item: TimelineItem): void {
  keptSize -= kept.get(item)?.size ?? 0;
  kept.delete(item);
}

/** The rows of an item's text, one at least, without what stands beside and above it. */
export function rowsOf(item: TimelineItem, context: RowsContext): readonly Row[] {
  const { frame, matches } = context;
  const side = isOwn(item) ? frame.stateColumns : 0;
  const width = Math.max(1, frame.width - frame.textColumn - side);
  const known = kept.get(item);
  if (known?.width === width && isSame(known.matches, matches) && known.language === language()) {
    kept.delete(item);
    kept.set(item, known);
    return known.rows;
  }
  const rows = madeRows(item, width, context);
  const size = rows.reduce((sum, row) => sum + 1 + row.length, 0);
  keep(item, { width, matches, language: language(), rows, size });
  return rows;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one === other || (one.length === other.length && one.every((word, index) => word === other[index]));
}

/** Own messages say at their right edge how far they got. */
export function isOwn(item: TimelineItem): boolean {
  return item.type === "waiting" || item.type === "failed" || (item.type === "message" && item.own);
}

function madeRows(item: TimelineItem, width: number, context: RowsContext): readonly Row[] {
  switch (item.type) {
    case "message": {
      return foldedRows(item.text, width, context, item.mention ? context.username : "");
    }
    case "waiting":
      return foldedRows(item.text, width, context, "");
    case "failed":
      return [
        ...foldedRows(item.text, width, context, ""),
        ...lineRows(failedLine(item.why), "error", width),
        ...lineRows(failedKeys(context.options), "hint", width),
      ];
    case "event":
      return lineRows(item.line, "event", width);
    case "local":
      return item.lines.length === 0 ? [[]] : item.lines.flatMap((line) => lineRows(spoken(line), "info", width));
  }
}

function marksOf(line: string, matches: readonly string[], name: string): readonly Mark[] {
  return [...linksIn(line), ...(name === "" ? [] : nameIn(line, name)), ...wordsIn(line, matches)];
}

/** Nobody scrolls through thousands of rows to what was said before them. */
const WHOLE_ROWS_MAX = 200;
/** What stands of a text that has more. */
const HEAD_ROWS = 40;

function foldedRows(text: string, width: number, context: RowsContext, name: string): readonly Row[] {
  const rows = textRows(text, width, (line) => marksOf(line, context.matches, name));
  if (rows.length <= WHOLE_ROWS_MAX) return rows;
  const { keys } = context.options;
  const [select, open] = [keys.keyOf("select"), keys.keyOf("read-whole")];
  const { folded, unfold } = say().timeline;
  const how = select === "" || open === "" ? "" : `: ${unfold(select, open)}`;
  const more = `${folded(rows.length - HEAD_ROWS)}${how}`;
  return [...rows.slice(0, HEAD_ROWS), ...lineRows([more], "hint", width)];
}

function textRows(text: string, width: number, marks: (line: string) => readonly Mark[]): readonly Row[] {
  const clean = /^[\x20-\x7e]*$/.test(text) ? text : sanitiseText(text);
  return clean.split("\n").flatMap((line) => richRows(line, marks(line), "text", width));
}

function failedLine(why: { readonly what: string; readonly hint: string }): Line {
  return [`✗ ${say().timeline.notSent(why.what)}; ${why.hint}`];
}

function failedKeys({ keys }: ViewOptions): Line {
  const words = say().timeline;
  const offers = [
    { key: keys.keyOf("send-again"), what: words.again },
    { key: keys.keyOf("edit-failed"), what: words.edit },
    { key: keys.keyOf("drop-failed"), what: words.away },
  ].filter(({ key }) => key !== "");
  return [offers.map(({ key, what }) => `${key} ${what}`).join(" · ")];
}

const LOOKS: Readonly<Record<SpanStyle, { readonly role: Role } | { readonly isBold: true }>> = {
  dim: { role: "dim" },
  bold: { isBold: true },
  error: { role: "error" },
  warning: { role: "warning" },
  qr: { role: "qr" },
};

/** A line made for the plain mode: its pieces keep what they mean. */
export function lineRows(line: Line, role: Role, width: number): readonly Row[] {
  const lines: { text: string; marks: Mark[] }[] = [{ text: "", marks: [] }];
  for (const span of line) {
    cleanLines(span).forEach((text, index) => {
      if (index > 0) lines.push({ text: "", marks: [] });
      const last = lines.at(-1);
      if (last === undefined) return;
      const style = typeof span === "string" ? undefined : span.style;
      const end = last.text.length + text.length;
      if (style !== undefined) last.marks.push({ start: last.text.length, end, ...LOOKS[style] });
      last.text += text;
    });
  }
  return lines.flatMap(({ text, marks }) => richRows(text, [...marks, ...linksIn(text)], role, width));
}

function cleanLines(span: Span): readonly string[] {
  if (typeof span === "string") return [sanitiseLine(span)];
  return span.lines ? sanitiseText(span.text).split("\n") : [sanitiseLine(span.text)];
}
