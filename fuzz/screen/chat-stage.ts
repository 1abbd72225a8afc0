/**
 * The whole full screen of somebody who is signed in, as `sotto` runs it: a terminal that is a file, time that stands
 * still between two steps, and an engine that is somebody else's. What it writes is held to what it may write, and shown
 * on a terminal in memory.
 */
import { EventEmitter } from "node:events";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { ReadStream, WriteStream } from "node:tty";
import { sanitiseText } from "@sotto/wire";
import { foreignOnScreen } from "../../e2e/harness/screen-bytes.ts";
import { chatOn } from "../../packages/terminal/src/full/app.ts";
import type { Canvas } from "../../packages/terminal/src/full/canvas.ts";
import type { ChatScreen } from "../../packages/terminal/src/full/chat-screen.ts";
import { configOf } from "../../packages/terminal/src/full/config.ts";
import { type Content, Display } from "../../packages/terminal/src/full/display.ts";
import type { Edited } from "../../packages/terminal/src/full/external-editor.ts";
import { textOf as composed } from "../../packages/terminal/src/screen/composer.ts";
import { mustHold } from "../target.ts";
import type { HostileEngine } from "./hostile-engine.ts";
import { ME } from "./hostile-engine.ts";
import { MemoryTerminal } from "./memory-terminal.ts";
import type { VirtualClock } from "./virtual-clock.ts";
import { mustBeWhole } from "./whole.ts";

export interface Setting {
  readonly rows: number;
  readonly columns: number;
  readonly env: Readonly<Record<string, string>>;
  /** What the terminal says when it is asked what it can do. */
  readonly answers: string;
  /** The terminal gives each code point its width, as it says. */
  readonly isModern: boolean;
}

const QUESTION = /\u001b\[(?:6n|c|\?u|\?2026\$p)|\u001b\]11;\?/;
const CLIPBOARD = /\u001b\]52;c;([A-Za-z0-9+/]*={0,2})\u001b\\/g;
/** Told in the way the terminal has for it: the words in it are held to what any text is. */
const NOTIFICATION =
  /\u001b\](?:9;sotto: ([^\u001b\u0007]*)|777;notify;sotto;([^;\u001b\u0007]*)|99;i=sotto:d=0:p=title;sotto\u001b\\\u001b\]99;i=sotto:d=1:p=body;([^\u001b\u0007]*))\u001b\\/g;
/** With this a terminal is given back. */
const GIVEN = /\u001b\[\?1049l(?:\u001b\[23;2t)?$/;
/** A window that is dragged is drawn after this. */
const RESIZED_MS = 100;
const END_MS = 60_000;
/** In a second in which nothing happens: the seconds of what goes on are counted, and no more. */
const QUIET_FRAMES_MAX = 4;
const TURNS_MAX = 600;

/** What a terminal that is taken listens to. */
const HEARD = ["exit", "uncaughtExceptionMonitor", "SIGTSTP", "SIGCONT", "SIGINT", "SIGTERM", "SIGHUP"] as const;

class Input extends EventEmitter {
  readonly destroyed = false;
  isRaw = false;
  setRawMode(on: boolean): void {
    this.isRaw = on;
  }
  pause(): void {}
  resume(): void {}
}

class Output extends EventEmitter {
  readonly fd: number;
  rows: number;
  columns: number;
  constructor(fd: number, { rows, columns }: Setting) {
    super();
    this.fd = fd;
    this.rows = rows;
    this.columns = columns;
  }
}

export class ChatStage {
  readonly #clock: VirtualClock;
  readonly #engine: HostileEngine;
  readonly #setting: Setting;
  readonly #fd: number;
  readonly #input = new Input();
  readonly #output: Output;
  readonly #terminal: MemoryTerminal;
  #display: Display | undefined;
  #chat: ChatScreen | undefined;
  #drawn: Canvas | undefined;
  #frames = 0;
  #readTo = 0;
  /** What was written last. */
  #written = "";
  readonly #heard = new Map(HEARD.map((event) => [event, new Set(process.rawListeners(event))]));
  #modes = "";
  /** Pushed and not popped again: title, keyboard. */
  #piles = { title: 0, keyboard: 0 };
  #isKeyed = false;
  #isAsking = true;
  #resizedAt = Number.NEGATIVE_INFINITY;
  #editor: PromiseWithResolvers<Edited> | undefined;
  #isStopped = false;
  #drafts: ReadonlyMap<string, string> | undefined;
  isOver = false;

  constructor(clock: VirtualClock, engine: HostileEngine, setting: Setting, file: string) {
    this.#clock = clock;
    this.#engine = engine;
    this.#setting = setting;
    this.#fd = openSync(file, "w+");
    this.#output = new Output(this.#fd, setting);
    this.#terminal = new MemoryTerminal(setting.rows, setting.columns, setting.isModern, false);
  }

  async open(): Promise<void> {
    this.#modes = await this.#clock.outside(() => this.#terminal.modes());
    const { env, answers } = this.#setting;
    const config = configOf(env);
    const opening = Display.open({
      input: this.#input as unknown as ReadStream,
      output: this.#output as unknown as WriteStream,
      env,
      mouse: config.mouse,
      theme: (tty) => config.theme(tty.capabilities),
      end: () => {
        this.isOver = true;
      },
    });
    await this.#clock.advance(1);
    this.input(Buffer.from(answers));
    await this.#clock.advance(200);
    const display = await opening;
    this.#display = display;
    const lend = display.lend.bind(display);
    // Whatever the editor would have been: what it gives is the input's to say.
    display.lend = (async () => {
      this.#editor = Promise.withResolvers<Edited>();
      const edited = await lend(() => this.#editor?.promise ?? Promise.reject(new Error("bug: no editor")));
      this.#editor = undefined;
      return edited;
    }) as Display["lend"];
    const chat = chatOn({ client: this.#engine, env }, config, display, ME, () => {
      this.isOver = true;
    });
    this.#chat = chat;
    const started = chat.start(this.#engine.updates(), { isNew: false });
    await this.#clock.advance(1000);
    await started;
    display.show(this.#content(chat));
    await this.settle(50);
    this.#isAsking = false;
  }

  /** From the terminal, in one piece. */
  input(bytes: Uint8Array): void {
    this.#isKeyed = true;
    this.#input.emit("data", Buffer.from(bytes));
  }

  resize(rows: number, columns: number): void {
    this.#terminal.resize(rows, columns);
    this.#output.rows = rows;
    this.#output.columns = columns;
    this.#resizedAt = this.#clock.nowMs;
    this.#output.emit("resize");
  }

  get size(): { readonly rows: number; readonly columns: number } {
    return this.#output;
  }

  get isEditing(): boolean {
    return this.#editor !== undefined;
  }

  /** The editor of the person ends. */
  edited(edited: Edited): void {
    this.#isKeyed = true;
    this.#editor?.resolve(edited);
  }

  /** Called in the place of the system: the shell has the terminal. */
  stopped(): void {
    this.#isStopped = true;
  }

  /** What is typed is looked at before something that nobody typed. */
  beforeUpdate(): void {
    this.#drafts = this.#typed();
  }

  afterUpdate(): void {
    const now = this.#typed();
    // What was begun in a room that is no more stands where no conversation is open.
    const elsewhere = now.get("") ?? "";
    for (const [room, text] of this.#drafts ?? []) {
      const isThere = (now.get(room) ?? "").startsWith(text) || elsewhere.includes(text);
      mustHold(isThere, "what was typed is lost by an update");
    }
  }

  /** The terminal takes what is written only afterwards. */
  async stuck(ms: number): Promise<void> {
    await this.#clock.advance(ms);
  }

  async settle(ms: number): Promise<void> {
    await this.#clock.advance(ms);
    await this.#drained();
    if (!this.#isStopped) return;
    // The shell has it as it was, and gives it back.
    this.#isStopped = false;
    await this.#mustBeGiven();
    process.emit("SIGCONT", "SIGCONT");
    await this.#clock.advance(RESIZED_MS);
    await this.#drained();
  }

  /** Nothing is under way: the terminal shows what was drawn, and nothing is drawn any more. */
  async look(): Promise<void> {
    // Updates that came at once are taken one after the other.
    for (let quiet = 0, turn = 0; quiet < 4; turn++) {
      mustHold(turn < TURNS_MAX, "it asks the engine without an end");
      const asked = this.#engine.calls.length;
      await this.settle(100);
      quiet = this.#engine.calls.length === asked ? quiet + 1 : 0;
    }
    if (this.isEditing || this.isOver) return;
    const before = this.#frames;
    await this.settle(1000);
    mustHold(this.#frames - before <= QUIET_FRAMES_MAX, "it is drawn without an end where nothing happens");
    this.#mustShow();
  }

  /** As the program ends. */
  async end(): Promise<void> {
    const display = this.#display;
    const chat = this.#chat;
    if (display === undefined || chat === undefined) return;
    this.edited({ type: "no-editor" });
    await this.settle(100);
    let isEnded = false;
    const ending = (async () => {
      display.overlays.end();
      await chat.session.end();
      await display.close();
      await this.#engine.close();
      isEnded = true;
    })();
    for (let waitedMs = 0; !isEnded && waitedMs < END_MS; waitedMs += 100) {
      await this.#clock.advance(100);
      await this.#drained();
    }
    mustHold(isEnded, "it does not end");
    await ending;
    await this.#mustBeGiven();
    mustHold(!this.#input.isRaw && this.#input.listenerCount("data") === 0, "keys are still read");
    mustHold(this.#listeners().length === 0, "signals are still listened to");
    if (!this.#engine.refusedNote) this.#mustKeepDrafts(chat);
    // What waits for a moment may do so in vain: the program ends. What goes on is another thing.
    await this.#clock.advance(END_MS);
    mustHold(this.#clock.keeping === 0, "a timer goes on after the end");
    await this.#drained();
    mustHold(GIVEN.test(this.#written), "something is written after the end");
  }

  /** Nothing may write any more. */
  close(): void {
    // Where it was given up in the middle.
    for (const { event, listener } of this.#listeners()) process.removeListener(event, listener);
    this.#terminal.close();
    closeSync(this.#fd);
  }

  #listeners(): { readonly event: string; readonly listener: (...given: unknown[]) => void }[] {
    return HEARD.flatMap((event) =>
      process
        .rawListeners(event)
        .filter((listener) => !this.#heard.get(event)?.has(listener))
        .map((listener) => ({ event, listener: listener as (...given: unknown[]) => void })),
    );
  }

  #content(chat: ChatScreen): Content {
    const drawn = (canvas: Canvas): void => {
      this.#drawn = canvas;
      this.#frames++;
    };
    return {
      get title() {
        return chat.title;
      },
      get isWaiting() {
        return chat.isWaiting;
      },
      get isBare() {
        return chat.isBare;
      },
      press: (key) => chat.press(key),
      draw(canvas, theme) {
        chat.draw(canvas, theme);
        drawn(canvas);
      },
    };
  }

  async #drained(): Promise<void> {
    const tty = this.#display?.tty;
    if (tty === undefined) return;
    for (let isDone = false; !isDone; ) {
      let isQuiet = false;
      const drained = tty.drained().then(() => {
        isQuiet = true;
      });
      await this.#clock.advance(0);
      isDone = isQuiet;
      await drained;
    }
    await this.#take();
  }

  async #take(): Promise<void> {
    const bytes = this.#read();
    const isKeyed = this.#isKeyed;
    this.#isKeyed = false;
    if (bytes.length === 0) return;
    const text = mustBeOurs(bytes, isKeyed);
    mustHold(this.#isAsking || !QUESTION.test(text), "the terminal is asked something");
    this.#written = text;
    for (const [, way] of text.matchAll(/\u001b\[2([23]);2t/g)) this.#piles.title += way === "2" ? 1 : -1;
    for (const [, way] of text.matchAll(/\u001b\[(>1|<)u/g)) this.#piles.keyboard += way === "<" ? -1 : 1;
    await this.#clock.outside(() => this.#terminal.write(text));
  }

  #read(): Buffer {
    const { size } = fstatSync(this.#fd);
    const bytes = Buffer.alloc(size - this.#readTo);
    for (let at = 0; at < bytes.length; ) at += readSync(this.#fd, bytes, at, bytes.length - at, this.#readTo + at);
    this.#readTo = size;
    return bytes;
  }

  #mustShow(): void {
    const canvas = this.#drawn;
    const display = this.#display;
    if (canvas === undefined || display === undefined || this.#clock.nowMs - this.#resizedAt < RESIZED_MS) return;
    const { rows, columns } = this.#output;
    mustHold(canvas.rows === rows && canvas.columns === columns, "it is drawn for another size");
    mustBeWhole(canvas);
    const { joined, flags, variation } = display.tty.capabilities.emoji;
    this.#terminal.mustShow(canvas, this.#setting.isModern && !joined && !flags && !variation);
  }

  async #mustBeGiven(): Promise<void> {
    await this.#take();
    const modes = await this.#clock.outside(() => this.#terminal.modes());
    mustHold(modes === this.#modes, "the terminal is not as it was found");
    mustHold(this.#piles.title === 0 && this.#piles.keyboard === 0, "what was put away is not put back");
  }

  #typed(): ReadonlyMap<string, string> {
    const editings = this.#chat?.session.board.model.editings ?? new Map();
    return new Map([...editings].map(([room, { composer }]) => [room, composed(composer)]));
  }

  #mustKeepDrafts(chat: ChatScreen): void {
    for (const [room, { composer }] of chat.session.board.model.editings) {
      const text = composed(composer).toWellFormed();
      // More than a person types is not kept whole.
      if (text.length > 65_536) continue;
      mustHold(this.#engine.draft(room) === text, "what was typed is not in the vault");
    }
  }
}

/** @returns what was written, as text. */
function mustBeOurs(bytes: Buffer, isKeyed: boolean): string {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const others = text
    .replace(CLIPBOARD, (_all, base64: string) => {
      mustHold(isKeyed, "the clipboard is filled without a key");
      const copied = Buffer.from(base64, "base64").toString("utf8");
      const parts = copied.split("\t");
      mustHold(
        parts.every((part) => sanitiseText(part) === part),
        "something hidden is copied",
      );
      return "\u0007";
    })
    .replace(NOTIFICATION, (_all, ...words: readonly (string | undefined)[]) => `\u0007${words.slice(0, 3).join("")}`);
  const [foreign] = foreignOnScreen(Buffer.from(others));
  mustHold(foreign === undefined, `this is written: ${foreign}`);
  return text;
}
