import { createRequire } from "node:module";
import type { Terminal as TerminalType } from "@xterm/headless";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Canvas } from "../src/full/canvas.ts";
import { type Painting, paint } from "../src/full/paint.ts";
import type { Style } from "../src/full/theme.ts";
import { openTheme } from "../src/full/themes.ts";
import { ALL_EMOJI, pointsWidth, SIMPLE_EMOJI, setEmojiWidths } from "../src/screen/width.ts";

// The package is CommonJS without named exports that Node can see.
const { Terminal } = createRequire(import.meta.url)("@xterm/headless") as { Terminal: typeof TerminalType };

const CAPS: Painting = { colours: "true", synchronised: true, links: true };

/** Everything that a painted screen may consist of besides text. */
const CLOSED =
  /\u001b\[(?:\d+;\d+H|[\d;]*m|2J|2X|\?25[hl]|\?2026[hl])|\u001b\]8;;(?:(?:https?:\/\/|mailto:)[\x21-\x7e]*)?\u001b\\/gi;

function strays(bytes: string): string[] {
  return bytes.replace(CLOSED, "").match(/[\u0000-\u001f\u007f-\u009f]/g) ?? [];
}

const PIECES = [
  "hello",
  "a b",
  " ",
  "日本語",
  "한글",
  "e\u0301",
  "a\u0300\u0301\u0302\u0303",
  "👨‍👩‍👧",
  "🇫🇷",
  "👍",
  "👍🏽",
  "☺️",
  "1️⃣",
  "✓",
  "│─┼",
  "क्षि",
  "की",
  "\u1112\u1161\u11ab",
  "ก็",
  "\u0301",
  "\u001b[2J",
  "\u001b]0;owned\u0007",
  "\u009b31m",
  "\u202eabc",
  "\u200b\u200d",
  "\r\n\t",
  "\u001bc",
  "क्".repeat(20),
  "👨‍".repeat(20),
  "\ud800",
];
const STYLES: readonly Style[] = [
  {},
  { bold: true },
  { dim: true, fg: "#8899aa" },
  { bold: true, dim: true },
  { fg: 3, bg: 236 },
  { reverse: true, italic: true },
  { underline: true, link: "https://example.org/\u001b[2J\u0007x" },
  { link: "javascript:alert(1)" },
  { fg: "#ff0000", bg: "#000011", underline: true },
];

interface Drawing {
  readonly row: number;
  readonly column: number;
  readonly text: string;
  readonly style: Style;
}

const drawing: fc.Arbitrary<Drawing> = fc.record({
  row: fc.integer({ min: -1, max: 50 }),
  column: fc.integer({ min: -3, max: 165 }),
  text: fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join("")),
  style: fc.constantFrom(...STYLES),
});

function drawn(rows: number, columns: number, drawings: readonly Drawing[]): Canvas {
  const canvas = new Canvas(rows, columns, {});
  for (const { row, column, text, style } of drawings)
    canvas.put(row % (rows + 1), column % (columns + 1), text, style);
  const [first] = drawings;
  if (first !== undefined && first.column % 3 !== 0)
    canvas.cursor = { row: Math.abs(first.row) % rows, column: Math.abs(first.column) % columns };
  return canvas;
}

/**
 * A terminal that only exists in memory, set up as the full screen sets it up. By itself it knows no wide emoji at all;
 * `modern` makes it one of today, that gives each code point its width, and `broad` one that gives two columns to
 * whatever is not ASCII.
 */
function terminalOf(rows: number, columns: number, kind: "old" | "modern" | "broad"): TerminalType {
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 100 });
  const wcwidth = (code: number): 0 | 1 | 2 => {
    const width = pointsWidth(String.fromCodePoint(code));
    if (kind === "broad" && width > 0 && code > 0x7e) return 2;
    return width === 0 || width === 1 ? width : 2;
  };
  terminal.unicode.register({
    version: "modern",
    wcwidth,
    charProperties: (code, preceding) => {
      const before = (preceding >> 1) & 3;
      const joins = wcwidth(code) === 0 && before > 0;
      return ((joins ? before : wcwidth(code)) << 1) | (joins ? 1 : 0);
    },
  });
  if (kind !== "old") terminal.unicode.activeVersion = "modern";
  terminal.write("\u001b[?1049h\u001b[?7l");
  return terminal;
}

function settled(terminal: TerminalType, bytes: string): Promise<void> {
  return new Promise((resolve) => terminal.write(bytes, resolve));
}

function shown(terminal: TerminalType): string[] {
  const { active } = terminal.buffer;
  return Array.from({ length: terminal.rows }, (_, row) => active.getLine(row)?.translateToString(true) ?? "").map(
    (line) => line.trimEnd(),
  );
}

function expectCursor(terminal: TerminalType, canvas: Canvas): void {
  if (canvas.cursor === undefined) return;
  const { cursorX, cursorY } = terminal.buffer.active;
  expect({ row: cursorY, column: cursorX }).toEqual(canvas.cursor);
}

describe("a terminal that measures emoji otherwise, and was asked", () => {
  beforeEach(() => setEmojiWidths(SIMPLE_EMOJI));
  afterEach(() => setEmojiWidths(ALL_EMOJI));

  test.each([
    { rows: 1, columns: 3 },
    { rows: 10, columns: 40 },
    { rows: 24, columns: 80 },
    { rows: 48, columns: 160 },
  ])("shows exactly what was drawn, frame after frame, at $columns x $rows", async ({ rows, columns }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(drawing, { maxLength: 30 }), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (frames, synchronised) => {
          const terminal = terminalOf(rows, columns, "modern");
          let before: Canvas | undefined;
          for (const frame of frames) {
            const after = drawn(rows, columns, frame);
            const bytes = paint(before, after, { ...CAPS, synchronised });
            expect(strays(bytes)).toEqual([]);
            await settled(terminal, bytes);
            expect(shown(terminal)).toEqual(after.lines());
            expectCursor(terminal, after);
            before = after;
          }
          terminal.dispose();
        },
      ),
      { numRuns: rows > 24 ? 40 : 120 },
    );
  });

  test("also when the size changes between two frames", async () => {
    const size = fc.record({ rows: fc.integer({ min: 1, max: 30 }), columns: fc.integer({ min: 3, max: 100 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(size, fc.array(drawing, { maxLength: 10 })), { minLength: 2, maxLength: 5 }),
        async (frames) => {
          const terminal = terminalOf(24, 80, "modern");
          let before: Canvas | undefined;
          for (const [{ rows, columns }, frame] of frames) {
            terminal.resize(columns, rows);
            const after = drawn(rows, columns, frame);
            await settled(terminal, paint(before, after, CAPS));
            expect(shown(terminal)).toEqual(after.lines());
            before = after;
          }
          terminal.dispose();
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** Each frame is the one before with something more in it: most of what stands beside what changes does not change. */
const growing = fc
  .array(fc.array(drawing, { maxLength: 12 }), { minLength: 1, maxLength: 5 })
  .map((added) => added.map((_, frame) => added.slice(0, frame + 1).flat()));

test.each(["old", "modern"] as const)(
  "an %s terminal that was not asked shows everything but emoji in its place",
  async (kind) => {
    await fc.assert(
      fc.asyncProperty(growing, async (frames) => {
        const terminal = terminalOf(10, 40, kind);
        let before: Canvas | undefined;
        for (const frame of frames) {
          const after = drawn(10, 40, frame);
          await settled(terminal, paint(before, after, CAPS));
          for (let row = 0; row < 10; row++) expectAsciiInPlace(terminal, after, row);
          before = after;
        }
        terminal.dispose();
      }),
      { numRuns: 250 },
    );
  },
);

test("a terminal that gives two columns to every sign shows the rest of a row in its place", async () => {
  const terminal = terminalOf(1, 40, "broad");
  const after = new Canvas(1, 40, {});
  after.put(0, 0, "ab──┼cd é✓ef", {});
  await settled(terminal, paint(undefined, after, CAPS));
  expectAsciiInPlace(terminal, after, 0);
});

test("what stood under a character that the terminal draws in one column does not stay beside it", async () => {
  const terminal = terminalOf(1, 10, "old");
  const before = new Canvas(1, 10, {});
  before.put(0, 0, "abcdef", {});
  const after = new Canvas(1, 10, {});
  after.put(0, 0, "a👍def", {});
  await settled(terminal, paint(undefined, before, CAPS) + paint(before, after, CAPS));
  expect(shown(terminal)).toEqual(["a👍 def"]);
});

test("what stands beside a character that the terminal draws in six columns is there again", async () => {
  const terminal = terminalOf(1, 12, "modern");
  const before = new Canvas(1, 12, {});
  before.put(0, 0, "abcdefghijkl", {});
  const after = new Canvas(1, 12, {});
  after.put(0, 0, "a👨‍👩‍👧defghijkl", {});
  await settled(terminal, paint(undefined, before, CAPS) + paint(before, after, CAPS));
  expect(shown(terminal)[0]).toMatch(/^a👨\p{M}*\u200d?defghijkl$/u);
});

function expectAsciiInPlace(terminal: TerminalType, canvas: Canvas, row: number): void {
  for (let column = 0; column < canvas.columns; column++) {
    const text = canvas.cell(row, column)?.text ?? "";
    const seen = terminal.buffer.active.getLine(row)?.getCell(column)?.getChars() ?? "";
    if (/^[!-~]$/.test(text)) expect(seen, `${row},${column}`).toBe(text);
    // Beside a character of one column there is nothing of what stood there before.
    if (text === "") expect(seen, `${row},${column}`).not.toMatch(/^[!-~]$/);
  }
}

describe("what is written", () => {
  const screen = (text: string, style: Style = {}): Canvas => {
    const canvas = new Canvas(24, 80, {});
    canvas.put(10, 10, text, style);
    canvas.cursor = { row: 23, column: 2 };
    return canvas;
  };

  test("is nothing when nothing changed", () => {
    expect(paint(screen("same"), screen("same"), CAPS)).toBe("");
  });

  test("is one cell for one character that changed", () => {
    const bytes = paint(screen("abcdefgh"), screen("abcdXfgh"), { ...CAPS, synchronised: false });
    expect(bytes).toBe("\u001b[?25l\u001b[11;15HX\u001b[24;3H\u001b[?25h");
  });

  test("jumps over what did not change, unless it is so little that a jump is longer", () => {
    const bytes = (after: string): string =>
      paint(screen("a".repeat(60)), screen(after), { ...CAPS, synchronised: true });
    expect(bytes(`b${"a".repeat(58)}b`)).toBe("\u001b[?2026h\u001b[11;11Hb\u001b[11;70Hb\u001b[24;3H\u001b[?2026l");
    expect(bytes(`baab${"a".repeat(56)}`)).toBe("\u001b[?2026h\u001b[11;11Hbaab\u001b[24;3H\u001b[?2026l");
  });

  test("is only the cursor when only the cursor moved", () => {
    const after = screen("same");
    after.cursor = { row: 23, column: 3 };
    expect(paint(screen("same"), after, CAPS)).toBe("\u001b[24;4H");
    after.cursor = undefined;
    expect(paint(screen("same"), after, CAPS)).toBe("\u001b[?25l");
    expect(paint(after, screen("same"), CAPS)).toBe("\u001b[24;3H\u001b[?25h");
  });

  test("has colours as the terminal has them, and none where none are wanted", () => {
    const style: Style = { fg: "#ff8800", bg: 236, bold: true };
    const sgrOf = (colours: Painting["colours"]): string =>
      /\u001b\[([\d;]*)m(?=x)/.exec(paint(screen(" "), screen("x", style), { ...CAPS, colours }))?.[1] ?? "";
    expect(sgrOf("true")).toBe("1;38;2;255;136;0;48;5;236");
    expect(sgrOf("256")).toBe("1;38;5;208;48;5;236");
    expect(sgrOf("16")).toBe("1;33;40");
    expect(sgrOf("none")).toBe("1");
  });

  test("draws a QR code black on white also where no colour is wanted", () => {
    const caps = { ...CAPS, colours: "none" } as const;
    const { theme } = openTheme({ name: "auto", capabilities: { ...caps, background: undefined }, folder: "" });
    const painted = paint(screen(" "), screen("▀", theme.style("qr")), caps);
    expect(painted).toContain("\u001b[38;5;16;48;5;231m▀");
    expect(painted).toMatch(/\u001b\[(?:0|39;49)?m/);
  });

  test("has links of three kinds only, and only where the terminal knows them", () => {
    const linksOf = (link: string, links = true): string =>
      /\u001b\]8;;([^\u001b]*)/.exec(paint(screen(" "), screen("x", { link }), { ...CAPS, links }))?.[1] ?? "";
    expect(linksOf("https://example.org/é")).toBe("https://example.org/%C3%A9");
    expect(linksOf("mailto:a@example.org")).toBe("mailto:a@example.org");
    expect(linksOf("file:///etc/passwd")).toBe("");
    expect(linksOf("https://example.org/", false)).toBe("");
    expect(linksOf(`https://example.org/${"x".repeat(3000)}`)).toBe("");
  });

  test("ends in the plain style, so that what others write after it is not coloured", () => {
    expect(paint(undefined, screen("x", { bold: true, link: "https://a.b" }), CAPS)).toMatch(
      /x\u001b\[(?:22)?m\u001b\]8;;\u001b\\/,
    );
  });
});
