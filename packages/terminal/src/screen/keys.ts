/** Bytes from a terminal in raw mode to keys: total, and indifferent to where chunks are cut. */
import { alted, chordOfControl, chordOfCsi, chordOfSs3, mouseOf, textOfCsi, x10MouseOf } from "./key-names.ts";
import { type Reply, replyOfCsi, replyOfString } from "./replies.ts";

export type Key =
  | { readonly type: "text"; readonly text: string }
  /** What stood between the marks of bracketed paste: never a command, even with line breaks in it. */
  | { readonly type: "paste"; readonly text: string }
  /** `ctrl+alt+shift+` in this order, then a name: `a`, `enter`, `pageup`, `f1`, `space`, or a sign. */
  | { readonly type: "chord"; readonly chord: string }
  | {
      readonly type: "mouse";
      readonly action: "press" | "release" | "drag" | "wheel-up" | "wheel-down";
      /** 0 is the left one, 1 the middle one, 2 the right one. */
      readonly button: number;
      readonly row: number;
      readonly column: number;
    }
  | { readonly type: "focus"; readonly focused: boolean }
  /** What the terminal answered to a question. */
  | { readonly type: "reply"; readonly reply: Reply };

const PASTE_START = "[200~";
const PASTE_END = "\u001b[201~";
/** A paste without an end is given out in parts of this length. */
const PASTE_MAX = 1_048_576;
/** Of what is longer than this nothing is kept, and its end is awaited. */
const SEQUENCE_MAX = 256;
const STRING_MAX = 4096;

/** After ESC, ESC ESC too: these begin a sequence, and are a key with Alt when nothing follows. */
const INTRODUCER = /^[[O\]P_^X]$/;
// The old form of mouse reports has three characters behind its end; rxvt ends a key with Shift in a dollar sign.
const CSI = /^\[(?:\[[A-E]|M[^\u001b]{3}|\d+\$|(?![[M])[ -?]*[@-~])/u;
const CSI_BEGUN = /^\[(?:\[|M[^\u001b]{0,2}|[ -?]*)$/u;
const SS3 = /^O[0-9;]{0,8}[@-~]/;
const SS3_BEGUN = /^O[0-9;]{0,8}$/;
const BROKEN = /^(?:\[M[^\u001b]{0,2}|\[[ -?]*|O[0-9;]{0,8})/u;
/** What a string must begin with to be one: else it is a key with Alt, and text. */
const STRING = /^(?:\]\d|P[0-9>!|+$?]|_G|\^\d|X\d)/;
const STRING_END = /\u0007|\u001b\\|[\u0000-\u0006\u0008-\u001a\u001c-\u001f]|\u001b(?=[^\\])/;

export class KeyReader {
  // A mark of the byte order is a character like others: whether one is taken away would depend on where chunks are cut.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #pending = "";
  #paste: string | undefined;
  /** The rest of a sequence that was too long is read over. */
  #skipping: "csi" | "string" | undefined;

  /** Keys that are complete with this chunk; the rest is kept for the next one. */
  read(chunk: Uint8Array): Key[] {
    this.#pending += this.#decoder.decode(chunk, { stream: true });
    return this.#readAll();
  }

  /** An Escape is held that may be a key, or begin a sequence: {@link flush} is due when nothing has come for 50 ms. */
  holdsEscape(): boolean {
    return this.#paste === undefined && this.#skipping === undefined && isHeldKey(this.#pending);
  }

  /** Nothing came after what is held: it was a key. Longer beginnings of sequences go on waiting for their end. */
  flush(): Key[] {
    if (!this.holdsEscape()) return [];
    const held = this.#pending;
    this.#pending = "";
    const escapes = held.lastIndexOf("\u001b");
    const last = held.slice(escapes + 1);
    const keys: Key[] = Array.from({ length: last === "" ? escapes + 1 : escapes }, () => chord("escape"));
    if (last !== "") keys.push(chord(alted(last)));
    return keys;
  }

  #readAll(): Key[] {
    const keys: Key[] = [];
    while (this.#pending !== "") {
      const before = this.#pending.length;
      const skipped = this.#skipping;
      if (this.#paste !== undefined) this.#readPaste(keys);
      else if (this.#skipping !== undefined) this.#skip();
      else this.#readKey(keys);
      if (this.#pending.length === before && this.#skipping === skipped) break;
    }
    return keys;
  }

  #take(length: number): string {
    const taken = this.#pending.slice(0, length);
    this.#pending = this.#pending.slice(length);
    return taken;
  }

  #readKey(keys: Key[]): void {
    const first = this.#pending.charAt(0);
    if (first === "\u001b") {
      this.#readEscape(keys);
      return;
    }
    if (isControl(first)) {
      this.#take(1);
      const name = chordOfControl(first);
      if (name !== undefined) keys.push(chord(name));
      return;
    }
    const text = /^[^\u0000-\u001f\u007f-\u009f]+/.exec(this.#pending)?.[0] ?? "";
    keys.push({ type: "text", text: this.#take(text.length) });
  }

  #readEscape(keys: Key[]): void {
    const escapes = /^\u001b+/.exec(this.#pending)?.[0].length ?? 1;
    const rest = this.#pending.slice(escapes);
    if (rest === "") return;
    // Two before a sequence are Alt with it, as rxvt says it; those before that are keys of their own.
    const twice = escapes > 1 && /^[[O]/.test(rest);
    for (let extra = twice ? 2 : 1; extra < escapes; extra++) keys.push(chord("escape"));
    const used = escapes - (twice ? 2 : 1);
    if (used > 0) this.#take(used);
    this.#readSequence(rest, twice ? 2 : 1, keys);
  }

  /** `rest` follows `escapes` escapes, at most two, with which `#pending` begins. */
  #readSequence(rest: string, escapes: number, keys: Key[]): void {
    const csi = CSI.exec(rest)?.[0];
    if (csi !== undefined && csi.length <= SEQUENCE_MAX) {
      this.#take(escapes + csi.length);
      if (csi === PASTE_START) this.#paste = "";
      else push(keys, keyOfCsi(csi.slice(1), escapes === 2));
      return;
    }
    const ss3 = SS3.exec(rest)?.[0];
    if (ss3 !== undefined) {
      this.#take(escapes + ss3.length);
      const name = chordOfSs3(ss3.slice(1), escapes === 2);
      if (name !== undefined) keys.push(chord(name));
      return;
    }
    if (csi !== undefined || CSI_BEGUN.test(rest) || SS3_BEGUN.test(rest)) {
      if (rest.length <= SEQUENCE_MAX) return;
      this.#take(escapes + 1);
      this.#skipping = "csi";
      return;
    }
    if (STRING.test(rest)) this.#readString(rest, keys);
    else if (!INTRODUCER.test(rest)) this.#readAlt(rest, escapes, keys);
  }

  #readAlt(rest: string, escapes: number, keys: Key[]): void {
    const broken = BROKEN.exec(rest)?.[0] ?? "";
    // The beginning of a sequence that something else came into: gone, unless it is only the key itself.
    if (broken.length > 1) {
      this.#take(escapes + broken.length);
      return;
    }
    for (let extra = 1; extra < escapes; extra++) keys.push(chord("escape"));
    const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
    this.#take(escapes + character.length);
    const name = isControl(character) ? chordOfControl(character) : character;
    if (name !== undefined) keys.push(chord(alted(name)));
  }

  #readString(rest: string, keys: Key[]): void {
    const end = STRING_END.exec(rest);
    if (end === null || end.index > STRING_MAX) {
      if (rest.length <= STRING_MAX + 2) return;
      this.#take(1);
      this.#skipping = "string";
      return;
    }
    // A control that ends it, but is no end mark, is a key again: one wrong byte does not make the keyboard dead.
    const isWhole = end[0] === "\u0007" || end[0] === "\u001b\\";
    this.#take(1 + end.index + (isWhole ? end[0].length : 0));
    const reply = isWhole ? replyOfString(rest.slice(0, end.index)) : undefined;
    if (reply !== undefined) keys.push({ type: "reply", reply });
  }

  #skip(): void {
    const { index, length } = endOfSkipped(this.#pending, this.#skipping === "csi");
    if (index >= 0) {
      this.#skipping = undefined;
      this.#take(index + length);
    } else this.#pending = this.#pending.endsWith("\u001b") ? "\u001b" : "";
  }

  #readPaste(keys: Key[]): void {
    const end = this.#pending.indexOf(PASTE_END);
    // What may be the beginning of the end mark stays for the next chunk.
    const kept = end < 0 ? Math.max(0, this.#pending.length - PASTE_END.length + 1) : end;
    this.#paste += this.#pending.slice(0, kept);
    this.#pending = this.#pending.slice(end < 0 ? kept : end + PASTE_END.length);
    if (end < 0 && (this.#paste?.length ?? 0) < PASTE_MAX) return;
    if (this.#paste !== undefined && this.#paste !== "") keys.push({ type: "paste", text: this.#paste });
    this.#paste = end < 0 ? "" : undefined;
  }
}

/** Where a sequence that is read over ends; the end mark goes with it, any other control stays. */
function endOfSkipped(pending: string, isCsi: boolean): { readonly index: number; readonly length: number } {
  const end = (isCsi ? /[@-~]|[^ -?]/ : STRING_END).exec(pending);
  if (end === null) return { index: -1, length: 0 };
  const isMark = isCsi ? /[@-~]/.test(end[0]) : end[0] === "\u0007" || end[0] === "\u001b\\";
  return { index: end.index, length: isMark ? end[0].length : 0 };
}

function isHeldKey(pending: string): boolean {
  const escapes = /^\u001b+/.exec(pending)?.[0].length ?? 0;
  const rest = pending.slice(escapes);
  return escapes > 0 && (rest === "" || INTRODUCER.test(rest));
}

/** @param body - what follows ESC [ */
function keyOfCsi(body: string, alt: boolean): Key | undefined {
  if (body === "I" || body === "O") return { type: "focus", focused: body === "I" };
  const mouse = mouseOf(body) ?? x10MouseOf(body);
  if (mouse !== undefined) return { type: "mouse", ...mouse };
  const reply = replyOfCsi(body);
  if (reply !== undefined) return { type: "reply", reply };
  const text = textOfCsi(body);
  if (text !== undefined && !alt) return { type: "text", text };
  const name = chordOfCsi(body, alt);
  return name === undefined ? undefined : chord(name);
}

function push(keys: Key[], key: Key | undefined): void {
  if (key !== undefined) keys.push(key);
}

function chord(name: string): Key {
  return { type: "chord", chord: name };
}

function isControl(character: string): boolean {
  return /[\u0000-\u001f\u007f-\u009f]/.test(character);
}
