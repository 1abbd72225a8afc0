/** What the key sequences of xterm, rxvt, the Linux console, tmux and the kitty protocol mean, as chords. */

const FINAL: Readonly<Record<string, string>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  F: "end",
  H: "home",
  P: "f1",
  Q: "f2",
  R: "f3",
  S: "f4",
};
/** The numeric keypad in its application mode. */
const KEYPAD: Readonly<Record<string, string>> = { M: "enter", I: "tab", X: "=" };
const NUMBERED: Readonly<Record<number, string>> = {
  1: "home",
  2: "insert",
  3: "delete",
  4: "end",
  5: "pageup",
  6: "pagedown",
  7: "home",
  8: "end",
  11: "f1",
  12: "f2",
  13: "f3",
  14: "f4",
  15: "f5",
  17: "f6",
  18: "f7",
  19: "f8",
  20: "f9",
  21: "f10",
  23: "f11",
  24: "f12",
};
/** Code points of the kitty protocol that are keys, not characters: the keypad's own are the same keys to us. */
const FUNCTIONAL: Readonly<Record<number, string>> = {
  9: "tab",
  13: "enter",
  27: "escape",
  32: "space",
  127: "backspace",
  57414: "enter",
  57417: "left",
  57418: "right",
  57419: "up",
  57420: "down",
  57421: "pageup",
  57422: "pagedown",
  57423: "home",
  57424: "end",
  57425: "insert",
  57426: "delete",
};
const KEYPAD_SIGNS = "0123456789./*-+";
const KEYPAD_SIGNS_FROM = 57399;

const SHIFT = 1;
const ALT = 2;
const CTRL = 4;
/** Super, Hyper and Meta: such keys belong to the window manager. */
const FOREIGN = 8 | 16 | 32;

function chordOf(name: string, bits: number): string | undefined {
  if ((bits & FOREIGN) !== 0) return undefined;
  const modifiers = `${bits & CTRL ? "ctrl+" : ""}${bits & ALT ? "alt+" : ""}${bits & SHIFT ? "shift+" : ""}`;
  return `${modifiers}${name}`;
}

/** A character or a chord, with Alt. */
export function alted(name: string): string {
  if (name.startsWith("ctrl+")) return `ctrl+alt+${name.slice("ctrl+".length)}`;
  if (/^[A-Z]$/.test(name)) return `alt+shift+${name.toLowerCase()}`;
  return `alt+${name === " " ? "space" : name}`;
}

/** Of a control character; C1 controls are no key. */
export function chordOfControl(character: string): string | undefined {
  const code = character.charCodeAt(0);
  if (character === "\r") return "enter";
  if (character === "\t") return "tab";
  // Ctrl-H of old terminals is the same byte: there both keys take a character away.
  if (character === "\b" || code === 0x7f) return "backspace";
  if (code === 0) return "ctrl+space";
  if (code < 0x1b) return `ctrl+${String.fromCharCode(code + 0x60)}`;
  return code < 0x20 ? `ctrl+${String.fromCharCode(code + 0x40)}` : undefined;
}

/** @param body - what follows ESC O */
export function chordOfSs3(body: string, alt: boolean): string | undefined {
  const final = body.slice(-1);
  const bits = bitsOf(/\d+$/.exec(body.slice(0, -1))?.[0]) | (alt ? ALT : 0);
  // rxvt: a small letter is the arrow with Ctrl.
  if (/^[a-d]$/.test(final)) return chordOf(FINAL[final.toUpperCase()] ?? "", bits | CTRL);
  if (/^[j-y]$/.test(final)) return chordOf(String.fromCharCode(final.charCodeAt(0) - 0x40), bits);
  const name = FINAL[final] ?? KEYPAD[final];
  return name === undefined ? undefined : chordOf(name, bits);
}

/** @param body - what follows ESC [ */
export function chordOfCsi(body: string, alt: boolean): string | undefined {
  const extra = alt ? ALT : 0;
  // The Linux console: [[A to [[E.
  if (body.startsWith("[")) return chordOf(`f${body.charCodeAt(1) - 0x40}`, extra);
  if (body === "Z") return chordOf("tab", SHIFT | extra);
  const coded = codedKey(body);
  if (coded !== undefined) return coded.name === undefined ? undefined : chordOf(coded.name, coded.bits | extra);
  const numbered = /^(\d+)(?:;(\d+)(?::1|:2)?)?([~^$@])$/.exec(body);
  if (numbered !== null) {
    const name = NUMBERED[Number(numbered[1])];
    const suffix = { "~": 0, "^": CTRL, $: SHIFT, "@": CTRL | SHIFT }[numbered[3] ?? "~"] ?? 0;
    return name === undefined ? undefined : chordOf(name, bitsOf(numbered[2]) | suffix | extra);
  }
  const letter = /^(?:(?:\d*;)?(\d+)(?::1|:2)?)?([A-DFHPQRSZa-d])$/.exec(body);
  if (letter === null) return undefined;
  const final = letter[2] ?? "";
  // rxvt: a small letter is the arrow with Shift.
  const bits = bitsOf(letter[1]) | extra | (/[a-d]/.test(final) ? SHIFT : 0);
  const name = final === "Z" ? "tab" : FINAL[final.toUpperCase()];
  return name === undefined ? undefined : chordOf(name, final === "Z" ? bits | SHIFT : bits);
}

/** A character that a terminal sends as a coded key, though nothing but Shift was held. */
export function textOfCsi(body: string): string | undefined {
  const key = codedKey(body);
  if (key?.text === undefined || (key.bits & ~SHIFT) !== 0) return undefined;
  return key.text;
}

interface CodedKey {
  readonly name: string | undefined;
  readonly bits: number;
  readonly text: string | undefined;
}

/** `code:shifted:base ; modifiers:event ; text u` of the kitty protocol, or `27 ; modifiers ; code ~` of xterm. */
function codedKey(body: string): CodedKey | undefined {
  const kitty = /^(\d+)(?::(\d*))?(?::\d*)?(?:;(\d*)(?::(\d+))?)?(?:;[\d:]*)?u$/.exec(body);
  const xterm = /^27;(\d+);(\d+)~$/.exec(body);
  if (kitty === null && xterm === null) return undefined;
  const nothing = { name: undefined, bits: 0, text: undefined };
  // A key that was let go.
  if (kitty?.[4] === "3") return nothing;
  const code = Number(kitty?.[1] ?? xterm?.[2]);
  const bits = bitsOf(kitty?.[3] ?? xterm?.[1]);
  const functional = FUNCTIONAL[code];
  if (functional !== undefined)
    return { name: functional, bits, text: functional === "space" && (bits & ~SHIFT) === 0 ? " " : undefined };
  const character = characterOf(code);
  if (character === undefined) return nothing;
  const shifted = characterOf(Number(kitty?.[2] || 0)) ?? character.toUpperCase();
  return { name: character.toLowerCase(), bits, text: (bits & SHIFT) !== 0 ? shifted : character };
}

function characterOf(code: number): string | undefined {
  const sign = KEYPAD_SIGNS.charAt(code - KEYPAD_SIGNS_FROM);
  if (sign !== "") return sign;
  // Controls and the private use area, where the other keys of the kitty protocol are.
  if (code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0xd800 && code < 0xf900) || code > 0x10ffff)
    return undefined;
  return String.fromCodePoint(code);
}

/** Modifiers travel as one more than their bits; the locks of capitals and numbers are none. */
function bitsOf(parameter: string | undefined): number {
  return (Math.min(256, Math.max(1, Number(parameter || 1))) - 1) & 63;
}

export interface Mouse {
  readonly action: "press" | "release" | "drag" | "wheel-up" | "wheel-down";
  readonly button: number;
  readonly row: number;
  readonly column: number;
}

/** `< code ; column ; row M`, with m for a button that was let go. */
export function mouseOf(body: string): Mouse | undefined {
  const match = /^<(\d{1,4});(\d{1,5});(\d{1,5})([Mm])$/.exec(body);
  if (match === null) return undefined;
  return mouse(Number(match[1]), Number(match[2]) - 1, Number(match[3]) - 1, match[4] === "m");
}

/** The old form: three characters behind M, each 32 more than its value. */
export function x10MouseOf(body: string): Mouse | undefined {
  if (!body.startsWith("M") || body.length < 4) return undefined;
  const code = body.charCodeAt(1) - 32;
  return mouse(code, body.charCodeAt(2) - 33, body.charCodeAt(3) - 33, (code & 3) === 3 && (code & 64) === 0);
}

function mouse(code: number, column: number, row: number, released: boolean): Mouse | undefined {
  if (column < 0 || row < 0 || code < 0) return undefined;
  const button = code & 3;
  if ((code & 64) !== 0)
    return button > 1 ? undefined : { action: button === 0 ? "wheel-up" : "wheel-down", button: 0, row, column };
  if ((code & 32) !== 0) return button === 3 ? undefined : { action: "drag", button, row, column };
  return { action: released ? "release" : "press", button: button === 3 ? 0 : button, row, column };
}
