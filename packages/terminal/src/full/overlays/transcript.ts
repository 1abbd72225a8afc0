/** What a dialog has said and been told: lines, QR codes as wholes, questions with their answers, step by step. */
import type { Line } from "../../output.ts";
import { textWidth } from "../../screen/width.ts";
import { say } from "../../text/index.ts";
import { type Row, rowsOf, spoken } from "./rows.ts";

type Entry =
  | { readonly type: "line"; readonly line: Line }
  | { readonly type: "qr"; readonly rows: readonly string[]; readonly columns: number }
  /** A secret leaves no answer. */
  | { readonly type: "answered"; readonly question: string; readonly answer: string };

/** A row of what is shown; those of a QR code know where in it they are. */
export interface ShownRow {
  readonly row: Row;
  readonly qr?: { readonly index: number; readonly rows: number };
}

export class Transcript {
  readonly #entries: Entry[] = [];
  /** Where the step begins that is not over: what stands before is dimmed, its QR code is gone. */
  #start = 0;
  /** Behind the last answer: there the next step begins, unless the same is asked again. */
  #mark = 0;
  #question: string | undefined;

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  print(lines: readonly Line[]): void {
    for (const line of lines) {
      const picture = pictureOf(line);
      const last = this.#entries.at(-1);
      if (picture === undefined) this.#entries.push({ type: "line", line });
      else if (last?.type === "qr" && last.columns === textWidth(picture)) {
        this.#entries[this.#entries.length - 1] = { ...last, rows: [...last.rows, picture] };
      } else this.#entries.push({ type: "qr", rows: [picture], columns: textWidth(picture) });
    }
  }

  /** There may be a phrase in it, codes, the secret of the second factor: who holds the dialog must not hold them. */
  forget(): void {
    this.#entries.length = 0;
    this.#start = 0;
    this.#mark = 0;
    this.#question = undefined;
  }

  asks(question: string): void {
    if (question !== this.#question) this.#start = this.#mark;
    this.#question = question;
  }

  answered(answer: string): void {
    this.#entries.push({ type: "answered", question: this.#question ?? "", answer });
    this.#mark = this.#entries.length;
  }

  /** Lines since the last answer. */
  news(): readonly Line[] {
    return this.#entries.slice(this.#mark).flatMap((entry) => (entry.type === "line" ? [entry.line] : []));
  }

  /** The QR code of the step that is not over, with the rows below it that belong to it. */
  qr(columns: number): { readonly columns: number; readonly rows: number; readonly below: number } | undefined {
    const at = this.#entries.findLastIndex(({ type }) => type === "qr");
    const entry = this.#entries[at];
    if (at < this.#start || entry?.type !== "qr") return undefined;
    const below = this.#entries
      .slice(at + 1)
      .reduce((sum, later) => sum + this.#rowsOf(later, columns, true).length, 0);
    return { columns: entry.columns, rows: entry.rows.length, below };
  }

  /** @param room - what there is for a QR code; undefined: none is wanted. */
  rows(columns: number, room: { readonly columns: number; readonly rows: number } | undefined): readonly ShownRow[] {
    return this.#entries.flatMap((entry, index): readonly ShownRow[] => {
      const isNow = index >= this.#start;
      if (entry.type !== "qr") return this.#rowsOf(entry, columns, isNow).map((row) => ({ row }));
      if (!isNow || room === undefined) return [];
      const { rows } = entry;
      if (entry.columns > room.columns || rows.length > room.rows) {
        const words = say().overlays.dialog.qrTooSmall(entry.columns, rows.length, room.columns, room.rows);
        return rowsOf([words], columns, "warning").map((row) => ({ row }));
      }
      return rows.map((text, at) => ({
        row: [{ text, role: "qr" as const }],
        qr: { index: at, rows: rows.length },
      }));
    });
  }

  #rowsOf(entry: Exclude<Entry, { type: "qr" }> | Entry, columns: number, isNow: boolean): readonly Row[] {
    if (entry.type === "qr") return entry.rows.map((text) => [{ text, role: "qr" }]);
    const line: Line = entry.type === "line" ? spoken(entry.line) : [entry.question, entry.answer];
    const rows = rowsOf(line, columns, entry.type === "line" ? "text" : "dim");
    return isNow ? rows : rows.map((row) => row.map(({ text }) => ({ text, role: "dim" })));
  }
}

function pictureOf(line: Line): string | undefined {
  const [span, ...more] = line;
  return more.length === 0 && typeof span === "object" && span.style === "qr" ? span.text : undefined;
}
