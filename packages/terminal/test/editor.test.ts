import { createRequire } from "node:module";
import type { Terminal as TerminalType } from "@xterm/headless";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Composer, composerOf, textOf } from "../src/screen/composer.ts";
import { type EditName, EMPTY_EDITING, edited, editingOf } from "../src/screen/editing.ts";
import { type Completion, Editor } from "../src/screen/editor.ts";
import { type Key, KeyReader } from "../src/screen/keys.ts";
import { layOut } from "../src/screen/layout.ts";
import { graphemes, graphemeWidth, textWidth } from "../src/screen/width.ts";

// The package is CommonJS without named exports that Node can see.
const { Terminal } = createRequire(import.meta.url)("@xterm/headless") as { Terminal: typeof TerminalType };

/** The editor on a terminal that only exists in memory, with what a person would see on it. */
class Bench {
  readonly terminal: TerminalType;
  readonly editor: Editor;
  readonly submitted: string[] = [];
  readonly events: string[] = [];
  written = "";

  constructor(
    columns = 40,
    rows = 12,
    complete: (before: string) => Completion = () => ({ word: "", candidates: [] }),
  ) {
    this.terminal = new Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1000 });
    const terminal = this.terminal;
    const surface = {
      get columns(): number {
        return terminal.cols;
      },
      get rows(): number {
        return terminal.rows;
      },
      write: (text: string): void => {
        this.written += text;
        terminal.write(text);
      },
    };
    this.editor = new Editor(surface, {
      submit: (text) => this.submitted.push(text),
      endOfInput: () => this.events.push("end"),
      quit: () => this.events.push("quit"),
      suspend: () => this.events.push("suspend"),
      complete,
    });
    this.editor.setPrompt("#general> ");
    this.editor.start();
  }

  type(text: string): void {
    this.editor.feed(Buffer.from(text));
  }

  /** All rows with something on them, and the cursor as `|`. */
  async see(): Promise<string[]> {
    await new Promise<void>((resolve) => this.terminal.write("", resolve));
    const { active } = this.terminal.buffer;
    const rows: string[] = [];
    for (let row = 0; row < active.length; row++) rows.push(active.getLine(row)?.translateToString(true) ?? "");
    const at = active.baseY + active.cursorY;
    const line = active.getLine(at);
    const before = line?.translateToString(false, 0, active.cursorX) ?? "";
    rows[at] = `${before}|${line?.translateToString(true, active.cursorX) ?? ""}`.trimEnd();
    while (rows.at(-1) === "") rows.pop();
    return rows;
  }
}

describe("on a terminal", () => {
  test("a live message comes above the line that is being typed", async () => {
    const bench = new Bench();
    bench.type("half a sen");
    bench.editor.print(["[09:40] #general carol: hello"]);
    bench.type("tence");
    expect(await bench.see()).toEqual(["[09:40] #general carol: hello", "#general> half a sentence|"]);
    bench.type("\r");
    expect(bench.submitted).toEqual(["half a sentence"]);
    expect(await bench.see()).toEqual(["[09:40] #general carol: hello", "#general> |"]);
  });

  test("also when that line has wrapped and the cursor stands in the middle of it", async () => {
    const bench = new Bench(20, 8);
    bench.type(`abcdefghij${"0123456789".repeat(2)}\u0001\u001b[C\u001b[C`);
    const typed = ["#general> ab|cdefghij", "01234567890123456789"];
    expect((await bench.see()).slice(0, 2)).toEqual(typed);
    for (let number = 1; number <= 20; number++) bench.editor.print([`message ${number}`]);
    const seen = await bench.see();
    expect(seen.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, index) => `message ${index + 1}`));
    expect(seen.slice(20, 22)).toEqual(typed);
    expect(seen).toHaveLength(22);
  });

  test("a line that fills the row exactly does not lose a row", async () => {
    const bench = new Bench(20, 8);
    bench.type("0123456789");
    expect(await bench.see()).toEqual(["#general> 0123456789", "|"]);
    bench.editor.print(["x"]);
    bench.type("\u007f");
    expect(await bench.see()).toEqual(["x", "#general> 012345678|"]);
  });

  test("wide characters and emoji wrap whole", async () => {
    const bench = new Bench(20, 8);
    bench.type("日本語日本語");
    bench.editor.print(["x"]);
    expect(await bench.see()).toEqual(["x", "#general> 日本語日本", "語|"]);
    bench.type("\u001b[D\u001b[D\u001b[D\u007f");
    expect(await bench.see()).toEqual(["x", "#general> 日本|日本語"]);
  });

  test("a paste of several lines is one message and sends nothing by itself", async () => {
    const bench = new Bench();
    for (const byte of Buffer.from("\u001b[200~one\rtwo\r\nthree\n\u001b[201~")) bench.editor.feed(Buffer.from([byte]));
    expect(bench.submitted).toEqual([]);
    expect(await bench.see()).toEqual(["#general> one", "two", "three|"]);
    bench.editor.print(["live"]);
    bench.type(" end\r");
    expect(bench.submitted).toEqual(["one\ntwo\nthree end"]);
    expect(await bench.see()).toEqual(["live", "#general> |"]);
  });

  test("escapes inside a paste and a typed control are not written to the terminal", async () => {
    const bench = new Bench();
    const before = bench.written.length;
    bench.type("\u001b[200~a\u001b]0;owned\u0007\u001b[2Jb\u202ec\u001b[201~");
    expect(bench.written.slice(before)).not.toContain("]0;owned\u0007");
    expect(bench.written.slice(before)).not.toContain("\u202e");
    expect(await bench.see()).toEqual(["#general> a]0;owned[2Jb�c|"]);
  });

  test("a long text scrolls in itself and leaves what is above alone", async () => {
    const bench = new Bench(20, 8);
    bench.editor.print(["above"]);
    bench.type("\u001b[200~1\n2\n3\n4\n5\n6\n7\n8\u001b[201~");
    expect(await bench.see()).toEqual(["above", "3", "4", "5", "6", "7", "8|"]);
    bench.type("\r");
    expect(await bench.see()).toEqual(["above", "#general> |"]);
  });

  test("a change of size redraws the line and keeps what is above", async () => {
    const bench = new Bench(40, 10);
    bench.editor.print(["above"]);
    bench.type("a line of some thirty characters");
    bench.terminal.resize(24, 10);
    bench.editor.redraw();
    expect(await bench.see()).toEqual(["above", "#general> a line of some", " thirty characters|"]);
    bench.terminal.resize(60, 10);
    bench.editor.redraw();
    expect(await bench.see()).toEqual(["above", "#general> a line of some thirty characters|"]);
  });

  test("a secret is not shown, not kept in the history, and gives back the line that was typed", async () => {
    const bench = new Bench();
    bench.editor.setPrompt("password: ", "secret");
    const before = bench.written.length;
    bench.type("canary pass");
    bench.editor.print(["live"]);
    bench.type("word\r");
    bench.editor.setPrompt("#general> ");
    bench.type("\u001b[A");
    expect(bench.submitted).toEqual(["canary password"]);
    expect(bench.written.slice(before)).not.toMatch(/canary|word\b.*word/);
    expect(await bench.see()).toEqual(["live", "#general> |"]);
  });

  test("an answer to a question is shown, and Up brings neither it back nor, while it is asked, what was said", () => {
    const bench = new Bench();
    bench.type("said before\r");
    bench.editor.setPrompt("code: ", "answer");
    bench.type("\u001b[A");
    expect(bench.editor.text()).toBe("");
    bench.type("canary\r");
    bench.editor.setPrompt("#general> ");
    bench.type("\u001b[A");
    expect(bench.editor.text()).toBe("said before");
    expect(bench.submitted).toEqual(["said before", "canary"]);
  });

  test("a question in between leaves the draft where Down brings it back", () => {
    const bench = new Bench();
    bench.type("said\rmy draft\u001b[A");
    const shown = bench.editor.text();
    bench.editor.setPrompt("yes or no: ", "answer");
    bench.editor.setText("");
    bench.type("yes\r");
    bench.editor.setPrompt("#general> ");
    bench.editor.setText(shown);
    bench.type("\u001b[B");
    expect(bench.editor.text()).toBe("my draft");
  });

  test("up and down go through what was sent and come back to the draft", () => {
    const bench = new Bench();
    bench.type("one\rtwo\rdra");
    bench.type("\u001b[A");
    expect(bench.editor.text()).toBe("two");
    bench.type("\u001b[A\u001b[A\u001b[A");
    expect(bench.editor.text()).toBe("one");
    bench.type("\u001b[B\u001b[B");
    expect(bench.editor.text()).toBe("dra");
  });

  test("Tab completes one candidate, the common start of several, then shows them", async () => {
    const names = ["alice", "alina", "bob"];
    const bench = new Bench(40, 8, (before) => {
      const word = /\S*$/.exec(before)?.[0] ?? "";
      return { word, candidates: names.filter((name) => name.startsWith(word)) };
    });
    bench.type("/talk b\t");
    expect(bench.editor.text()).toBe("/talk bob ");
    bench.type("\u0015a\t");
    expect(bench.editor.text()).toBe("ali");
    bench.type("\t");
    expect(await bench.see()).toEqual(["[info] alice  alina", "#general> ali|"]);
  });

  test("Ctrl-C clears the line and quits when pressed twice on an empty one; Ctrl-D ends on an empty one", async () => {
    const bench = new Bench();
    bench.type("text\u0003");
    expect(bench.editor.text()).toBe("");
    bench.type("\u0003x\u0003\u0003");
    expect(bench.events).toEqual([]);
    bench.type("\u0003");
    expect(bench.events).toEqual(["quit"]);
    bench.type("ab\u0001\u0004");
    expect(bench.editor.text()).toBe("b");
    bench.type("\u0004\u0004\u001a");
    expect(bench.events).toEqual(["quit", "end", "suspend"]);
  });

  test("stop takes the line away and turns bracketed paste off", async () => {
    const bench = new Bench();
    bench.type("something");
    bench.editor.stop();
    expect(bench.written.endsWith("\u001b[?2004l")).toBe(true);
    expect(await bench.see()).toEqual(["|"]);
    bench.editor.print(["after"]);
    expect(await bench.see()).toEqual(["after", "|"]);
  });

  test("whatever is typed, the screen shows the layout of the text and everything printed above it", async () => {
    const piece = fc.constantFrom(
      "a",
      " ",
      "日",
      "é",
      "\u001b[D",
      "\u001b[C",
      "\u0001",
      "\u0005",
      "\u0017",
      "\u007f",
      "\u001b\r",
      "\u0002",
    );
    const step = fc.oneof({ weight: 4, arbitrary: piece }, { weight: 1, arbitrary: fc.constant("print") });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 5, max: 30 }), async (steps, columns) => {
        const bench = new Bench(columns, 10);
        const printed: string[] = [];
        for (const now of steps) {
          if (now === "print") {
            printed.push(`${printed.length}`);
            bench.editor.print([`${printed.length - 1}`]);
          } else bench.type(now);
        }
        const seen = await bench.see();
        expect(seen.slice(0, printed.length)).toEqual(printed);
        expect(seen.slice(printed.length).length).toBeLessThanOrEqual(6);
        expect(seen.filter((row) => row.includes("|"))).toHaveLength(1);
      }),
      { numRuns: 150 },
    );
  });
});

describe("editing", () => {
  const press = (text: string, ...names: EditName[]): string => {
    const { composer } = names.reduce(edited, editingOf(composerOf(text)));
    return `${composer.before}|${composer.after}`;
  };
  test.each([
    { name: "left by a whole emoji", got: () => press("a👩‍💻", "left"), want: "a|👩‍💻" },
    { name: "backspace over a whole emoji", got: () => press("a👩‍💻b", "left", "backspace"), want: "a|b" },
    { name: "home and end stay in their line", got: () => press("a\nbc", "home"), want: "a\n|bc" },
    { name: "kill a word", got: () => press("one two  ", "kill-word"), want: "one |" },
    { name: "kill to the start", got: () => press("one two", "word-left", "kill-to-start"), want: "|two" },
    { name: "kill to the end", got: () => press("one two", "word-left", "kill-to-end"), want: "one |" },
    { name: "delete", got: () => press("ab", "home", "delete"), want: "|b" },
    { name: "nothing to delete", got: () => press("", "backspace", "delete", "left", "kill-word"), want: "|" },
  ])("$name", ({ got, want }) => {
    expect(got()).toBe(want);
  });

  test("keys in chunks of any size are the same keys", () => {
    const long = `\u001b[${"1;".repeat(20)}A`;
    const text = `ab\u001b[A\u001b[1;5D日\u001bOH${long}\u001b[200~p\u001b[x\r\u001b[201~\u001b😀\u001bbq\r\u0003`;
    const whole = merge(new KeyReader().read(Buffer.from(text)));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }), (sizes) => {
        const reader = new KeyReader();
        const keys: Key[] = [];
        const bytes = Buffer.from(text);
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          keys.push(...reader.read(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(merge(keys)).toEqual(whole);
      }),
    );
    expect(whole).toContainEqual({ type: "paste", text: "p\u001b[x\r" });
    expect(whole.every((key) => !("text" in key) || key.text.isWellFormed())).toBe(true);
  });

  test("any bytes are keys, and none is stuck", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 }), (chunks) => {
        const reader = new KeyReader();
        let editing = EMPTY_EDITING;
        for (const chunk of chunks)
          for (const key of reader.read(chunk))
            if (key.type === "text" || key.type === "paste") editing = edited(editing, key);
        expect(textOf(editing.composer)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
        const after = reader.read(Buffer.from(`${"x".repeat(40)}\u001b[201~yz`));
        expect(after.length).toBeGreaterThan(0);
      }),
    );
  });
});

test("rows are never wider than the terminal, and the cursor is on one of them", () => {
  const unit = fc.constantFrom("a", "日", "👩‍💻", "\n", "\t", "e\u0301", "❤️", "\u202e");
  fc.assert(
    fc.property(
      fc.array(unit, { maxLength: 80 }),
      fc.nat(80),
      fc.integer({ min: 2, max: 40 }),
      (units, at, columns) => {
        const composer = split(units, at);
        const layout = layOut("> ", composer, columns, 6);
        for (const row of layout.rows) expect(textWidth(row)).toBeLessThanOrEqual(Math.max(columns, 4));
        expect(layout.rows.length).toBeLessThanOrEqual(6);
        expect(layout.rows[layout.cursorRow]).toBeDefined();
        expect(layout.cursorColumn).toBeLessThan(Math.max(columns, 4));
      },
    ),
  );
});

test.each([
  { text: "a", width: 1 },
  { text: "日", width: 2 },
  { text: "ﾊ", width: 1 },
  { text: "é", width: 1 },
  { text: "e\u0301", width: 1 },
  { text: "👍", width: 2 },
  { text: "👩‍💻", width: 2 },
  { text: "❤️", width: 2 },
  { text: "❤", width: 1 },
  { text: "한", width: 2 },
])("$text is $width wide", ({ text, width }) => {
  expect(graphemes(text).map(graphemeWidth)).toEqual([width]);
});

function split(units: readonly string[], at: number): Composer {
  return { before: units.slice(0, at).join(""), after: units.slice(at).join("") };
}

function merge(keys: readonly Key[]): Key[] {
  const merged: Key[] = [];
  for (const key of keys) {
    const last = merged.at(-1);
    if (key.type === "text" && last?.type === "text")
      merged[merged.length - 1] = { type: "text", text: last.text + key.text };
    else merged.push(key);
  }
  return merged;
}
