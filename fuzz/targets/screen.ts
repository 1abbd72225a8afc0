/** The full screen: whatever it is made to show, and whatever a terminal says to it. */
import { Canvas } from "../../packages/terminal/src/full/canvas.ts";
import type { Capabilities } from "../../packages/terminal/src/full/capabilities.ts";
import { paint } from "../../packages/terminal/src/full/paint.ts";
import type { State } from "../../packages/terminal/src/full/state.ts";
import type { Theme } from "../../packages/terminal/src/full/theme.ts";
import { themeOf } from "../../packages/terminal/src/full/theme-file.ts";
import { ownTheme } from "../../packages/terminal/src/full/themes.ts";
import type { Layout } from "../../packages/terminal/src/full/views/layout.ts";
import { drawScreen } from "../../packages/terminal/src/full/views/screen.ts";
import { scrolled, visible } from "../../packages/terminal/src/full/views/scroll.ts";
import type { Key } from "../../packages/terminal/src/screen/keys.ts";
import { ALL_EMOJI, SIMPLE_EMOJI, setEmojiWidths } from "../../packages/terminal/src/screen/width.ts";
import { setLanguage } from "../../packages/terminal/src/text/index.ts";
import { Dice } from "../dice.ts";
import { answered } from "../screen/answers.ts";
import { MemoryTerminal, mustBeOwn } from "../screen/memory-terminal.ts";
import { keymap, OpenOverlays } from "../screen/overlays.ts";
import { boundKeys, colours } from "../screen/settings.ts";
import { States } from "../screen/states.ts";
import { mustBeWhole } from "../screen/whole.ts";
import { mustHold, type Sample, type Target } from "../target.ts";
import { bytesOf, textOf } from "../text.ts";

const THEMES: readonly Theme[] = (["dark", "light", "high-contrast", "mono"] as const).flatMap((name) => {
  const file = ownTheme(name);
  return file === undefined ? [] : [themeOf(name, file)];
});
const SIZES = [
  { rows: 24, columns: 80 },
  { rows: 48, columns: 160 },
  { rows: 10, columns: 40 },
  { rows: 1, columns: 3 },
] as const;
const CHORDS = [
  "enter",
  "tab",
  "shift+tab",
  "up",
  "down",
  "pageup",
  "pagedown",
  "home",
  "end",
  "backspace",
  "ctrl+w",
  "ctrl+u",
  "left",
];
/** A line break in a text, since a line of the input is a text. */
const BREAK = /\u2424/g;

/** The first line is what the dice are thrown with, all others are texts. */
const screen: Target = {
  name: "screen",
  about: "hostile states through views, overlays and paint, onto a terminal in memory: terminal/src/full/",
  format: "text",
  kept: "made",
  bytesMax: 65_536,
  testInputs: 60,
  samples: async () => samplesOf(SAMPLES),
  words: [
    "\u2424",
    "\u001b[2J",
    "\u001b]8;;",
    "https://a.b/",
    "https://é.example/ü?\u0301",
    "@bob",
    "\u{1f468}\u200d",
    "\u202e",
    "\n",
    "日本",
    "قهوة",
  ],
  open: async () => ({ take: (input) => shown(textOf(input)) }),
};

const SAMPLES = [
  "1\nalice\nhello, everybody\nhttps://example.org/b/118",
  "2\n日本語の部屋\nline one\u2424line two\u2424\u2424line four\n👨\u200d👩\u200d👧 🇫🇷 ☺️ 1️⃣\n\u001b[2J\u001b[1;1Howned",
  "3\neve\n\u202egnirts\n\u009b31m\na\u0301\u0302\u0303\u0304\n\ud800\nx\u200bx\n@bob look at mailto:a@example.org",
  `4\n${"word ".repeat(200)}\n${"x".repeat(3000)}\n${"क्".repeat(40)}\n\u001b]52;c;b3duZWQ=\u0007`,
  "5\n",
];

const samplesOf = (texts: readonly string[]): readonly Sample[] =>
  texts.map((text, index) => ({ name: `${index + 1}`, bytes: bytesOf(text) }));

async function shown(input: string): Promise<string> {
  const [seed = "", ...lines] = input.split("\n");
  const dice = new Dice("screen", seed);
  const states = new States(dice, lines.length === 0 ? [""] : lines.map((line) => line.replace(BREAK, "\n")));
  const isExact = dice.oneIn(2);
  setEmojiWidths(isExact ? SIMPLE_EMOJI : ALL_EMOJI);
  setLanguage(dice.oneIn(4) ? "fr" : "en");
  const overlays = new OpenOverlays(dice, states);
  const show = new Show(dice, isExact);
  try {
    let state = states.state();
    const said: string[] = [];
    for (let frame = dice.between(2, 4); frame > 0; frame--) {
      if (dice.oneIn(4)) show.resize();
      if (dice.oneIn(3)) said.push(overlays.open(state, show.size));
      for (let keys = dice.below(4); keys > 0; keys--) overlays.stack.press(keyOf(dice, states), 0);
      await show.frame(state, overlays);
      state = states.next(state);
    }
    return `${show.size.rows} ${said.join(" ") || "bare"}`;
  } finally {
    overlays.close();
    show.close();
    setEmojiWidths(ALL_EMOJI);
    setLanguage("en");
  }
}

function keyOf(dice: Dice, states: States): Key {
  if (dice.oneIn(3)) return { type: dice.one(["text", "paste"] as const), text: states.text() };
  return { type: "chord", chord: dice.one(CHORDS) };
}

/** Frame after frame on one terminal. */
class Show {
  readonly #dice: Dice;
  readonly #isExact: boolean;
  readonly #theme: Theme;
  readonly #caps: Pick<Capabilities, "colours" | "synchronised" | "links">;
  readonly #terminal: MemoryTerminal;
  #drawn: Canvas | undefined;
  size: { readonly rows: number; readonly columns: number };

  constructor(dice: Dice, isExact: boolean) {
    this.#dice = dice;
    this.#isExact = isExact;
    this.size = this.#otherSize();
    const colours = dice.one(["none", "16", "256", "true"] as const);
    this.#caps = { colours, synchronised: dice.oneIn(2), links: !dice.oneIn(3) };
    this.#theme = dice.one(THEMES);
    this.#terminal = new MemoryTerminal(this.size.rows, this.size.columns, isExact || dice.oneIn(2));
  }

  resize(): void {
    this.size = this.#otherSize();
    this.#terminal.resize(this.size.rows, this.size.columns);
  }

  async frame(state: State, overlays: OpenOverlays): Promise<void> {
    const { rows, columns } = this.size;
    const canvas = new Canvas(rows, columns, this.#theme.style("text"));
    const isCovered = overlays.stack.top !== undefined;
    const layout = drawScreen(canvas, state, this.#theme, { utc: true, keys: keymap, isCovered });
    mustBeWhole(canvas);
    mustStandInPlace(canvas, state, layout);
    overlays.stack.draw(canvas, { row: 0, column: 0, rows, columns }, this.#theme);
    mustBeWhole(canvas);
    const bytes = paint(this.#drawn, canvas, this.#caps);
    mustBeOwn(bytes);
    mustHold(paint(canvas, canvas, this.#caps) === "", "something is drawn where nothing changed");
    await this.#terminal.write(bytes);
    this.#terminal.mustShow(canvas, this.#isExact);
    this.#drawn = canvas;
  }

  close(): void {
    this.#terminal.close();
  }

  #otherSize(): { readonly rows: number; readonly columns: number } {
    const dice = this.#dice;
    return dice.oneIn(3) ? { rows: dice.between(1, 60), columns: dice.between(2, 170) } : dice.one(SIZES);
  }
}

/** What lies beside the conversation is where it belongs, and the rows of each item are its own. */
function mustStandInPlace(canvas: Canvas, state: State, layout: Layout): void {
  const { rooms, members, timeline } = layout;
  const borders = [
    ...(rooms === undefined ? [] : [rooms.columns]),
    ...(members === undefined ? [] : [members.column - 1]),
  ];
  for (const column of borders) {
    for (let row = 0; row < canvas.rows; row++)
      mustHold(canvas.cell(row, column)?.text === "│", "a border is written over");
  }
  const { shown } = visible(state, layout);
  shown.reduce((row, one) => {
    mustHold(one.row === row || one === shown[0], "the rows of two items meet or part");
    mustHold(
      one.rows > 0 && one.rows + one.above + one.below === one.separators.length + one.text.length,
      "rows are lost",
    );
    return one.row + one.rows;
  }, timeline.row);
  const last = shown.at(-1);
  if (last !== undefined) mustHold(last.row + last.rows <= timeline.row + timeline.rows, "rows below the timeline");
  // Where there is not one row nothing moves.
  if (timeline.rows < 1) return;
  for (const step of [-Infinity, -1, 1, Infinity]) {
    const scroll = scrolled(state, layout, step);
    const keys = state.open?.items ?? [];
    const isThere = scroll.type === "follow" || keys.length === 0 || keys.some(({ key }) => key === scroll.key);
    mustHold(isThere, "it is scrolled to nothing");
  }
}

const CHUNKS = [
  "hello\r\u001b[A\u001b[1;5C\u001bOP\u001b\u001b[B",
  "\u001b]11;rgb:1c1c/1c1c/1c1c\u001b\\\u001b[?2026;2$y\u001b[?0u\u001b[2;3R\u001b[2;3R\u001b[2;2R\u001b[?62;22c",
  "\u001b[200~one\r\ntwo\u001b[2J\u001b[201~\u001b[I\u001b[O\u001b[<0;10;5M\u001b[<64;1;1m",
  "\u001bP>|XTerm(370)\u001b\\\u001b]10;rgba:ff/ff/ff/ff\u0007\u001b[97;5u\u001b[27;5;9~\u001b[M !!",
  "\u001b[[A\u001b[2$\u001b[3^\u001bOa\u001bx\u001b\r\u001b",
];

const answers: Target = {
  name: "terminal-answers",
  about: "keys and answers of a terminal, cut anywhere, to keys and to what it can do: screen/keys.ts, full/probe.ts",
  format: "text",
  kept: "made",
  bytesMax: 16_384,
  testInputs: 800,
  samples: async () => samplesOf(CHUNKS),
  words: [
    "\u001b[",
    "\u001b]",
    "\u001bP",
    "\u001b\\",
    "\u001b[200~",
    "\u001b[201~",
    ";",
    "?",
    "$y",
    "R",
    "c",
    "\u001b[?2026;",
    "\u0007",
  ],
  open: async () => ({ take: answered }),
};

const KEY_FILES = [
  'palette = ["ctrl+k", "alt+x"]\nquit = "f10"\n',
  'external-editor = ["ctrl+x ctrl+e"]\nhelp = []\nsend = ""\n',
  'palette = "ctrl+r"\nquiet = "f2"\nsearch = 3\nselect-up = ["k", "K", "Ctrl-Up"]\n',
  "palette = [",
];

const keysFile: Target = {
  name: "keys-file",
  about: "keys.toml of the full screen: terminal/src/full/keymap.ts",
  format: "text",
  kept: "made",
  bytesMax: 65_536,
  testInputs: 400,
  samples: async () => samplesOf(KEY_FILES),
  words: ["ctrl+", "alt+", "shift+", "f1", '"', "[", "]", "= ", "ctrl+x ", "__proto__", "escape", "enter"],
  open: async () => ({ take: (input) => boundKeys(textOf(input)) }),
};

const THEME_FILES = [
  'base = "light"\nbackground = "#ffffff"\nfill = true\nnicks = ["#ff0000", "#00ff00"]\n',
  '[roles]\ntext = { fg = "#cccccc", bg = 234, bold = true }\nlink = { underline = true, fg = 12 }\n',
  '[roles.text]\nfg = 300\nblink = true\n[screen]\ntheme = "light"\nmouse = false\n',
  "[screen]\ntheme = 3\nnotifications = 1\n",
];

const themeFile: Target = {
  name: "theme-file",
  about: "themes/*.toml and sotto.toml of the full screen: terminal/src/full/theme-file.ts, tty-config.ts",
  format: "text",
  kept: "made",
  bytesMax: 65_536,
  testInputs: 400,
  samples: async () => samplesOf(THEME_FILES),
  words: ["[roles]", "fg = ", "#", "bg", "nicks", "bold", "base", "__proto__", "true", "[screen]", "{", "}"],
  open: async () => ({ take: (input) => colours(textOf(input)) }),
};

export const SCREEN_TARGETS: readonly Target[] = [screen, answers, keysFile, themeFile];
