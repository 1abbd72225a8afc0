/** Bytes from a terminal in raw mode to keys: total, and indifferent to where chunks are cut. */

export type Key =
  | { readonly type: "text"; readonly text: string }
  /** What stood between the marks of bracketed paste: never a command, even with line breaks in it. */
  | { readonly type: "paste"; readonly text: string }
  | { readonly type: "key"; readonly name: KeyName };

export type KeyName =
  | "enter"
  | "newline"
  | "tab"
  | "backspace"
  | "delete"
  | "left"
  | "right"
  | "up"
  | "down"
  | "home"
  | "end"
  | "word-left"
  | "word-right"
  | "kill-word"
  | "kill-to-start"
  | "kill-to-end"
  | "interrupt"
  | "end-of-input"
  | "suspend"
  | "redraw";

const CONTROL: Readonly<Record<string, KeyName>> = {
  "\r": "enter",
  "\n": "newline",
  "\t": "tab",
  "\u0001": "home",
  "\u0002": "left",
  "\u0003": "interrupt",
  "\u0004": "end-of-input",
  "\u0005": "end",
  "\u0006": "right",
  "\b": "backspace",
  "\u000b": "kill-to-end",
  "\u000c": "redraw",
  "\u000e": "down",
  "\u0010": "up",
  "\u0015": "kill-to-start",
  "\u0017": "kill-word",
  "\u001a": "suspend",
  "\u007f": "backspace",
};

const SEQUENCE: Readonly<Record<string, KeyName>> = {
  "[A": "up",
  "[B": "down",
  "[C": "right",
  "[D": "left",
  "[H": "home",
  "[F": "end",
  OA: "up",
  OB: "down",
  OC: "right",
  OD: "left",
  OH: "home",
  OF: "end",
  "[1~": "home",
  "[7~": "home",
  "[4~": "end",
  "[8~": "end",
  "[3~": "delete",
  "[1;5C": "word-right",
  "[1;3C": "word-right",
  "[1;5D": "word-left",
  "[1;3D": "word-left",
  "\r": "newline",
  "\n": "newline",
  b: "word-left",
  f: "word-right",
  "\u007f": "kill-word",
  "\b": "kill-word",
};

const PASTE_START = "\u001b[200~";
const PASTE_END = "\u001b[201~";
/** A sequence that is longer than this is none: an escape key, then text. */
const SEQUENCE_MAX = 32;
/** A paste without an end is given out in parts of this length. */
const PASTE_MAX = 1_048_576;

export class KeyReader {
  readonly #decoder = new TextDecoder();
  #pending = "";
  #paste: string | undefined;

  /** Keys that are complete with this chunk; the rest is kept for the next one. */
  read(chunk: Uint8Array): Key[] {
    this.#pending += this.#decoder.decode(chunk, { stream: true });
    const keys: Key[] = [];
    while (this.#pending !== "") {
      const before = this.#pending.length;
      if (this.#paste === undefined) this.#readKey(keys);
      else this.#readPaste(keys);
      if (this.#pending.length === before) break;
    }
    return keys;
  }

  #readKey(keys: Key[]): void {
    const first = this.#pending.charAt(0);
    if (first === "\u001b") {
      this.#readSequence(keys);
      return;
    }
    const name = CONTROL[first];
    if (name !== undefined || isControl(first)) {
      this.#pending = this.#pending.slice(1);
      if (name !== undefined) keys.push({ type: "key", name });
      return;
    }
    const text = /^[^\u0000-\u001f\u007f-\u009f]+/.exec(this.#pending)?.[0] ?? "";
    this.#pending = this.#pending.slice(text.length);
    keys.push({ type: "text", text });
  }

  #readSequence(keys: Key[]): void {
    const rest = this.#pending.slice(1);
    if (this.#pending.startsWith(PASTE_START)) {
      this.#pending = this.#pending.slice(PASTE_START.length);
      this.#paste = "";
      return;
    }
    const match = /^(?:\u001b*)(\[[0-9;:<=>?]*[ -/]*[@-~]|O[@-~]|[^[O\u001b])/u.exec(rest);
    // Also one that has come whole: what a key is does not depend on where the bytes are cut.
    if (match === null || match[0].length > SEQUENCE_MAX) {
      if (rest.length > SEQUENCE_MAX) this.#pending = rest;
      return;
    }
    this.#pending = rest.slice(match[0].length);
    const name = SEQUENCE[match[1] ?? ""];
    if (name !== undefined) keys.push({ type: "key", name });
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

function isControl(character: string): boolean {
  return /[\u0000-\u001f\u007f-\u009f]/.test(character);
}
