/** Where overlays are tried: their stack, keys by name, and what a person would see, as text. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { Canvas } from "../src/full/canvas.ts";
import type { Overlay, Overlays } from "../src/full/overlay.ts";
import type { Role, Style, Theme } from "../src/full/theme.ts";
import type { Key } from "../src/screen/keys.ts";

const ALL_ROLES: Readonly<Record<Role, true>> = {
  text: true,
  dim: true,
  time: true,
  own: true,
  event: true,
  info: true,
  warning: true,
  error: true,
  ok: true,
  mention: true,
  unread: true,
  link: true,
  match: true,
  rule: true,
  marker: true,
  bar: true,
  "bar-strong": true,
  hint: true,
  key: true,
  selected: true,
  title: true,
  border: true,
  input: true,
  qr: true,
};

const ROLES = Object.keys(ALL_ROLES) as readonly Role[];

/** A role as a style that can be told from all others: the colour carries its place in the list. */
export const ROLE_THEME: Theme = {
  name: "roles",
  style: (role) => ({ fg: ROLES.indexOf(role) }),
  nick: () => ({ fg: ROLES.indexOf("own") }),
};

function roleOf(style: Style): Role | undefined {
  return typeof style.fg === "number" ? ROLES[style.fg] : undefined;
}

export class Stage implements Overlays {
  readonly stack: Overlay[] = [];
  draws = 0;
  rows = 24;
  columns = 80;

  open(overlay: Overlay): void {
    this.stack.push(overlay);
  }

  close(overlay: Overlay): void {
    const at = this.stack.indexOf(overlay);
    if (at >= 0) this.stack.splice(at, 1);
  }

  redraw(): void {
    this.draws++;
  }

  readonly size = (): { rows: number; columns: number } => ({ rows: this.rows, columns: this.columns });

  /** `<enter>` is a chord, all else is typed letter by letter. @returns what the last key did. */
  press(keys: string): "taken" | "ignored" | "close" {
    let did: "taken" | "ignored" | "close" = "ignored";
    for (const [, chord, text] of keys.matchAll(/<([^>]+)>|(.)/gsu)) {
      did = this.key(chord === undefined ? { type: "text", text: text ?? "" } : { type: "chord", chord });
    }
    return did;
  }

  key(key: Key): "taken" | "ignored" | "close" {
    const top = this.stack.at(-1);
    const did = top?.press(key) ?? "ignored";
    if (did === "close" && top !== undefined) this.close(top);
    return did;
  }

  canvas(rows = this.rows, columns = this.columns): Canvas {
    const canvas = new Canvas(rows, columns, ROLE_THEME.style("text"));
    this.rows = rows;
    this.columns = columns;
    for (const overlay of this.stack) overlay.draw(canvas, { row: 0, column: 0, rows, columns }, ROLE_THEME);
    return canvas;
  }

  /** The rows, with the cursor as `▏` before the cell it stands on. */
  see(rows = this.rows, columns = this.columns): readonly string[] {
    const canvas = this.canvas(rows, columns);
    const cursor = canvas.cursor;
    return canvas.lines().map((line, row) => {
      if (cursor?.row !== row) return line;
      let before = "";
      for (let column = 0; column < cursor.column; column++) before += canvas.cell(row, column)?.text ?? "";
      let after = "";
      for (let column = cursor.column; column < columns; column++) after += canvas.cell(row, column)?.text ?? "";
      return `${before}▏${after}`.trimEnd();
    });
  }

  /** All that is drawn in a role, row by row. */
  drawnIn(role: Role): readonly string[] {
    const canvas = this.canvas();
    const rows = Array.from({ length: canvas.rows }, (_, row) => {
      let text = "";
      for (let column = 0; column < canvas.columns; column++) {
        const cell = canvas.cell(row, column);
        if (cell !== undefined && roleOf(cell.style) === role) text += cell.text;
      }
      return text.trim();
    });
    return rows.filter((text) => text !== "");
  }
}

export const SIZES = [
  { rows: 24, columns: 80 },
  { rows: 10, columns: 40 },
] as const;

/** Compares with golden/overlays/NAME.txt, at both sizes; UPDATE_GOLDEN=1 writes it anew. `same` makes the same of what is random. */
export function expectGolden(name: string, stage: Stage, same: (text: string) => string = (text) => text): void {
  const frames = SIZES.map(
    ({ rows, columns }) => `--- ${columns}x${rows} ---\n${stage.see(rows, columns).join("\n")}\n`,
  );
  const text = same(frames.join("\n"));
  const path = fileURLToPath(new URL(`golden/overlays/${name}.txt`, import.meta.url));
  if (process.env.UPDATE_GOLDEN === "1") {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  expect(text).toBe(readFileSync(path, "utf8"));
}

/** Sizes at which nothing may throw and nothing may be drawn outside. */
export function drawAtAllSizes(stage: Stage): void {
  for (const rows of [1, 2, 3, 5, 8, 24]) {
    for (const columns of [1, 2, 3, 10, 24, 40, 80, 160]) {
      const canvas = stage.canvas(rows, columns);
      for (const line of canvas.lines()) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/u);
      const { cursor } = canvas;
      if (cursor === undefined) continue;
      expect(cursor.row).toBeLessThan(rows);
      expect(cursor.column).toBeLessThan(columns);
      expect(Math.min(cursor.row, cursor.column)).toBeGreaterThanOrEqual(0);
    }
  }
}
