/** What happens to a full screen, one line of the input after the other: what others send, what is typed, what its terminal says and does. */
import type { Edited } from "../../packages/terminal/src/full/external-editor.ts";
import type { Dice } from "../dice.ts";
import { bytesOf } from "../text.ts";
import type { ChatStage } from "./chat-stage.ts";
import { bytesOfChord, CHORDS } from "./chords.ts";
import type { HostileEngine } from "./hostile-engine.ts";

const UPDATES = ["say", "event", "room", "connection", "unread", "sent", "notice", "warning"];
const KEYS = ["key", "type", "raw", "paste", "mouse", "answer", "focus", "enter", "command"];
const OTHERS = ["size", "wait", "stuck", "editor", "look"];
const VERBS = new Set([...UPDATES, ...KEYS, ...OTHERS, "some"]);
/** What one is mostly told of, and what one mostly does. */
const USUAL = [
  ...UPDATES,
  ...KEYS,
  ...OTHERS,
  ..."say say say event room notice warning key key key key key type enter command mouse".split(" "),
];
const SIZES: readonly (readonly [number, number])[] = [
  [1, 3],
  [2, 2],
  [5, 12],
  [10, 40],
  [24, 80],
  [48, 160],
  [100, 300],
];
const WAITS_MS = [0, 1, 5, 35, 60, 120, 400, 5000, 60_000];
const SOME = 8;
/** More in one day show nothing that a day with another seed does not. */
const STEPS_MAX = 80;
const COMMANDS =
  "users talk back unread read history search context waiting drop create join leave link qr renew invite remove members rooms mute unmute dnd verify info accept devices revoke password recovery code connect whoami kick ban unban regen announce stop help quit".split(
    " ",
  );
/** Known and unknown, whole and cut, without an end. */
const ANSWERS = [
  "\u001b[?62;22c",
  "\u001b]11;rgb:ffff/ffff/ffff\u001b\\",
  "\u001b]11;rgb:0000/0000/0000\u0007",
  "\u001b[?2026;2$y",
  "\u001b[?2026;0$y",
  "\u001b[?1u",
  "\u001b[2;3R",
  "\u001b[2;2R",
  "\u001b[2;9R",
  "\u001bP>|xterm(1)\u001b\\",
  "\u001bP1+r544e=78\u001b\\",
  "\u001b]52;c;b3duZWQ=\u0007",
  "\u001b]4;1;rgb:00/00/00\u001b\\",
  "\u001b]11;rgb:",
  "\u001bP",
  "\u001b]",
  "\u001b_G",
  "\u001b[",
  "\u001b[?999999999999;",
];

export class Steps {
  readonly #dice: Dice;
  readonly #stage: ChatStage;
  readonly #engine: HostileEngine;
  readonly #text: () => string;
  /** Verbs that were carried out. */
  readonly done = new Set<string>();
  #taken = 0;

  constructor(dice: Dice, stage: ChatStage, engine: HostileEngine, text: () => string) {
    this.#dice = dice;
    this.#stage = stage;
    this.#engine = engine;
    this.#text = text;
  }

  /** @param line - a verb with what belongs to it; any other text is what somebody sends, or types, or pastes. */
  async take(line: string): Promise<void> {
    const { verb, rest } = partsOf(line);
    if (verb === "some") for (let left = SOME; left > 0; left--) await this.#step(this.#dice.one(USUAL), this.#text());
    else await this.#step(verb ?? this.#dice.one(USUAL), rest);
  }

  async #step(verb: string, rest: string): Promise<void> {
    const stage = this.#stage;
    if (stage.isOver || this.#taken++ >= STEPS_MAX) return;
    this.done.add(verb);
    if (UPDATES.includes(verb)) return this.#update(verb, rest);
    if (KEYS.includes(verb)) return this.#keys(this.#typed(verb, rest));
    switch (verb) {
      case "size":
        stage.resize(...this.#size(rest));
        return this.#pause();
      case "wait":
        return stage.settle(this.#dice.one(WAITS_MS));
      case "stuck":
        this.#engine.update(this.#dice.one(UPDATES), rest);
        return stage.stuck(this.#dice.one([10, 100, 450, 2000]));
      case "editor":
        stage.edited(this.#edited(rest));
        return this.#pause();
      default:
        return stage.look();
    }
  }

  async #update(verb: string, rest: string): Promise<void> {
    const stage = this.#stage;
    // What was typed right before has its effects first.
    await stage.settle(40);
    stage.beforeUpdate();
    for (let times = this.#dice.oneIn(8) ? this.#dice.short(100) : 1; times > 0; times--)
      this.#engine.update(verb, rest);
    await this.#pause();
    stage.afterUpdate();
  }

  async #keys(bytes: Uint8Array): Promise<void> {
    const dice = this.#dice;
    const stage = this.#stage;
    for (let at = 0; at < bytes.length && !stage.isOver; ) {
      const length = dice.oneIn(3) ? dice.between(1, 5) : bytes.length;
      stage.input(bytes.subarray(at, at + length));
      at += length;
      if (dice.oneIn(4)) await stage.settle(dice.below(30));
    }
    return this.#pause();
  }

  #typed(verb: string, rest: string): Uint8Array {
    const dice = this.#dice;
    switch (verb) {
      case "key":
        return bytesOf(bytesOfChord(CHORDS.includes(rest) ? rest : dice.one(CHORDS)));
      case "raw":
        return new Uint8Array(Buffer.from(rest, "latin1"));
      case "paste":
        return bytesOf(`\u001b[200~${rest}${dice.oneIn(6) ? "" : "\u001b[201~"}`);
      case "mouse":
        return bytesOf(this.#mouse());
      case "answer":
        return bytesOf(dice.oneIn(3) ? `${dice.one(ANSWERS)}${rest}` : dice.one(ANSWERS));
      case "focus":
        return bytesOf(dice.one(["\u001b[I", "\u001b[O"]));
      case "enter":
        return bytesOf(`${oneLine(rest)}\r`);
      case "command":
        return bytesOf(`/${dice.one(COMMANDS)} ${oneLine(rest)}\r`);
      default:
        return bytesOf(oneLine(rest));
    }
  }

  #mouse(): string {
    const dice = this.#dice;
    const { rows, columns } = this.#stage.size;
    const button = dice.one([0, 0, 0, 1, 2, 32, 35, 64, 65, 99]);
    const [row, column] = [dice.between(0, rows + 1), dice.between(0, columns + 1)];
    return `\u001b[<${button};${column};${row}${dice.one(["M", "m"])}`;
  }

  #size(rest: string): readonly [number, number] {
    const [, rows = "", columns = ""] = /^(\d{1,3}) (\d{1,3})$/.exec(rest) ?? [];
    if (rows !== "") return [within(Number(rows), 1, 100), within(Number(columns), 2, 300)];
    return this.#dice.oneIn(3) ? [this.#dice.between(1, 60), this.#dice.between(2, 200)] : this.#dice.one(SIZES);
  }

  #edited(rest: string): Edited {
    const dice = this.#dice;
    return dice.one<Edited>([
      { type: "text", text: rest, onDisk: undefined },
      { type: "text", text: rest, onDisk: rest },
      { type: "no-editor" },
      { type: "failed", editor: rest },
      { type: "ended", code: dice.below(300) },
      { type: "no-file", folder: rest },
    ]);
  }

  async #pause(): Promise<void> {
    await this.#stage.settle(this.#dice.one([0, 0, 1, 5, 40, 40, 120, 400]));
    if (this.#dice.oneIn(5)) await this.#stage.look();
  }
}

export function partsOf(line: string): { readonly verb: string | undefined; readonly rest: string } {
  const [, verb = "", rest = ""] = /^([a-z]+)(?: (.*))?$/su.exec(line) ?? [];
  return VERBS.has(verb) ? { verb, rest } : { verb: undefined, rest: line };
}

function within(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}

/** Typed, and not sent by a break within it; what suspends is a key of its own. */
const oneLine = (text: string): string => text.replace(/[\r\n]/g, " ");
