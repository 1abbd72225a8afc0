/** The whole full screen over time: whatever others send, a person types and a terminal says, in any order. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ALL_EMOJI, setEmojiWidths } from "../../packages/terminal/src/screen/width.ts";
import { setLanguage } from "../../packages/terminal/src/text/index.ts";
import { Dice } from "../dice.ts";
import { ChatStage, type Setting } from "../screen/chat-stage.ts";
import { partsOf, Steps } from "../screen/chat-steps.ts";
import { HostileEngine } from "../screen/hostile-engine.ts";
import { VirtualClock } from "../screen/virtual-clock.ts";
import type { Target } from "../target.ts";
import { bytesOf, textOf } from "../text.ts";
import { HOSTILE_DAYS } from "./chat-samples.ts";

const TERMS = ["xterm-256color", "xterm-256color", "xterm-kitty", "foot", "rxvt-unicode", "linux", "dumb"];
/** Of a terminal that says all, one without emoji of several parts, and one that says nothing. */
const ANSWERS = [
  "\u001b]11;rgb:1c1c/1c1c/1c1c\u001b\\\u001b[?2026;2$y\u001b[?0u\u001b[2;7R\u001b[2;5R\u001b[2;2R\u001b[?62;22c",
  "\u001b[2;7R\u001b[2;5R\u001b[2;2R\u001b[?62;22c",
  "\u001b[2;3R\u001b[2;3R\u001b[2;3R\u001b[?2026;2$y\u001b[?62c",
  "",
];
const LINES_MAX = 60;
/** A day draws hundreds of frames of long texts. Nothing of it stays, but nobody says when it is collected. */
const MEMORY_BYTES_MAX = 768 * 1024 * 1024;
/** A line break in a text, since a line of the input is a step. */
const BREAK = /\u2424/g;
/** `7×word`: the text so many times. */
const MANY = /^(\d{1,5})×(.+)$/su;

/** The first line is what the dice are thrown with, each other one a step, or a text of somebody. */
export const chatScreen: Target = {
  name: "chat-screen",
  about: "hostile updates, keys, pastes, answers and sizes in any order, to the whole screen: terminal/src/full/",
  format: "text",
  kept: "made",
  bytesMax: 8192,
  testInputs: 8,
  samples: async () => HOSTILE_DAYS.map((text, index) => ({ name: `${index + 1}`, bytes: bytesOf(text) })),
  words: [
    ..."say event room connection unread sent notice warning key type raw paste mouse answer focus enter command".split(
      " ",
    ),
    ..."size wait stuck editor look some".split(" ").map((verb) => `\n${verb} `),
    "\u2424",
    "\u001b[2J",
    "\u001b]8;;",
    "\u001b[201~",
    "\u001b]52;c;eA==\u0007",
    "\u009b31m",
    "@bob",
    "2000×",
    "\u{1f468}\u200d",
    "\u202e",
    "日本",
    "قهوة",
  ],
  open: async () => {
    const folder = mkdtempSync(join(tmpdir(), "sotto-fuzz-"));
    // One of them has notifications say what came.
    for (const [name, toml] of Object.entries({
      plain: "",
      telling: "[screen]\ncontent = true\nnotifications = true\n",
    })) {
      mkdirSync(join(folder, name, "sotto"), { recursive: true });
      writeFileSync(join(folder, name, "sotto", "sotto.toml"), toml);
    }
    return {
      take: (input) => lived(textOf(input), folder),
      memoryBytesMax: MEMORY_BYTES_MAX,
      close: async () => rmSync(folder, { recursive: true }),
    };
  },
};

async function lived(input: string, folder: string): Promise<string> {
  const [seed = "", ...lines] = input.split("\n", LINES_MAX).map((line) => line.replace(BREAK, "\n"));
  const dice = new Dice("chat-screen", seed);
  const texts = lines.map((line) => many(partsOf(line).rest));
  const text = (): string => (texts.length === 0 ? "" : dice.one(texts));
  const clock = new VirtualClock();
  const faults: unknown[] = [];
  const rejected = (reason: unknown): void => void faults.push(reason);
  const kill = process.kill;
  process.on("unhandledRejection", rejected);
  clock.install();
  setLanguage(dice.oneIn(4) ? "fr" : "en");
  let stage: ChatStage | undefined;
  try {
    const engine = new HostileEngine(dice, text, dice.one([5, 30, 1_000_000, 1_000_000]));
    stage = new ChatStage(clock, engine, settingOf(dice, folder), join(folder, "terminal"));
    const stopped = stage.stopped.bind(stage);
    // The whole group would be stopped, and whoever runs this.
    process.kill = () => {
      stopped();
      return true;
    };
    await stage.open();
    const steps = new Steps(dice, stage, engine, text);
    for (const line of lines) {
      const { verb, rest } = partsOf(line);
      await steps.take(verb === undefined ? many(rest) : `${verb} ${many(rest)}`);
      if (faults.length > 0) throw faults[0];
    }
    if (!stage.isOver && dice.oneIn(2)) await stage.look();
    // What is typed last is kept too.
    if (!stage.isOver) stage.input(bytesOf("last words"));
    await stage.end();
    await clock.outside(() => new Promise((resolve) => setImmediate(resolve)));
    if (faults.length > 0) throw faults[0];
    return [...steps.done].sort().join(" ") || "nothing";
  } finally {
    clock.restore();
    process.kill = kill;
    process.off("unhandledRejection", rejected);
    stage?.close();
    setEmojiWidths(ALL_EMOJI);
    setLanguage("en");
  }
}

function settingOf(dice: Dice, folder: string): Setting {
  const [rows, columns] = dice.one<readonly [number, number]>([
    [24, 80],
    [24, 80],
    [48, 160],
    [10, 40],
    [dice.between(1, 60), dice.between(2, 200)],
  ]);
  const TERM = dice.one(TERMS);
  const env = {
    TERM,
    XDG_CONFIG_HOME: join(folder, dice.one(["plain", "telling"])),
    ...(dice.oneIn(5) ? { NO_COLOR: "1" } : { COLORTERM: dice.one(["", "truecolor"]) }),
    ...(dice.oneIn(5) ? { TMUX: "/tmp/tmux,1,0" } : {}),
  };
  return { rows, columns, env, answers: dice.one(ANSWERS), isModern: dice.oneIn(2) };
}

function many(text: string): string {
  const [, times = "", one = ""] = MANY.exec(text) ?? [];
  return times === "" ? text : one.repeat(Math.min(Number(times), Math.ceil(40_000 / one.length)));
}
