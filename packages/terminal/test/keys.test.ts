import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editNameOf } from "../src/screen/editing.ts";
import { type Key, KeyReader } from "../src/screen/keys.ts";

/** Keys of one chunk, and what is held after it as the key it is. */
function keysOf(text: string): Key[] {
  const reader = new KeyReader();
  return [...reader.read(Buffer.from(text)), ...reader.flush()];
}

function short(key: Key): string {
  switch (key.type) {
    case "text":
    case "paste":
      return `${key.type}:${key.text}`;
    case "chord":
      return key.chord;
    case "mouse":
      return `${key.action} ${key.button} ${key.row},${key.column}`;
    case "focus":
      return key.focused ? "focus" : "blur";
    case "reply":
      return JSON.stringify(key.reply);
  }
}

const shortOf = (text: string): string => keysOf(text).map(short).join(" ");

describe("a key of every terminal has one name", () => {
  test.each([
    { bytes: ["\r"], chord: "enter" },
    { bytes: ["\t"], chord: "tab" },
    { bytes: ["\n"], chord: "ctrl+j" },
    { bytes: ["\u007f", "\b"], chord: "backspace" },
    { bytes: ["\u0000", "\u001b[32;5u"], chord: "ctrl+space" },
    { bytes: ["\u0001", "\u001b[97;5u", "\u001b[27;5;97~"], chord: "ctrl+a" },
    { bytes: ["\u001f"], chord: "ctrl+_" },
    { bytes: ["\u001b", "\u001b[27u", "\u001b[27;1u"], chord: "escape" },
    { bytes: ["\u001b[A", "\u001bOA", "\u001b[1;1A", "\u001b[57419u", "\u001b[1;129A"], chord: "up" },
    { bytes: ["\u001b[1;5D", "\u001b[5D", "\u001bOd", "\u001bO5D", "\u001b[1;5:1D"], chord: "ctrl+left" },
    { bytes: ["\u001b[1;3D", "\u001b\u001b[D", "\u001b\u001bOD"], chord: "alt+left" },
    { bytes: ["\u001b[1;2A", "\u001b[a"], chord: "shift+up" },
    { bytes: ["\u001b[1;8C"], chord: "ctrl+alt+shift+right" },
    { bytes: ["\u001b[H", "\u001bOH", "\u001b[1~", "\u001b[7~"], chord: "home" },
    { bytes: ["\u001b[F", "\u001bOF", "\u001b[4~", "\u001b[8~"], chord: "end" },
    { bytes: ["\u001b[8^", "\u001b[1;5F"], chord: "ctrl+end" },
    { bytes: ["\u001b[5$", "\u001b[5;2~"], chord: "shift+pageup" },
    { bytes: ["\u001b[3@", "\u001b[3;6~"], chord: "ctrl+shift+delete" },
    { bytes: ["\u001b[2~"], chord: "insert" },
    { bytes: ["\u001b[6~"], chord: "pagedown" },
    { bytes: ["\u001bOP", "\u001b[11~", "\u001b[[A", "\u001b[P"], chord: "f1" },
    { bytes: ["\u001bOR", "\u001b[13~", "\u001b[[C"], chord: "f3" },
    { bytes: ["\u001b[15~", "\u001b[[E"], chord: "f5" },
    { bytes: ["\u001b[18~"], chord: "f7" },
    { bytes: ["\u001b[24~"], chord: "f12" },
    { bytes: ["\u001b[Z", "\u001b[9;2u", "\u001b[27;2;9~", "\u001b[1;2Z"], chord: "shift+tab" },
    { bytes: ["\u001b\r", "\u001b[13;3u", "\u001b[27;3;13~"], chord: "alt+enter" },
    { bytes: ["\u001b[13;2u", "\u001b[27;2;13~"], chord: "shift+enter" },
    { bytes: ["\u001ba", "\u001b[97;3u", "\u001b[97;3:1u"], chord: "alt+a" },
    { bytes: ["\u001bA", "\u001b[97;4u", "\u001b[97:65;4u"], chord: "alt+shift+a" },
    { bytes: ["\u001b1"], chord: "alt+1" },
    { bytes: ["\u001b<"], chord: "alt+<" },
    { bytes: ["\u001b ", "\u001b[32;3u"], chord: "alt+space" },
    { bytes: ["\u001b\u007f", "\u001b[127;3u"], chord: "alt+backspace" },
    { bytes: ["\u001b\u0001", "\u001b[97;7u"], chord: "ctrl+alt+a" },
    { bytes: ["\u001b[", "\u001b[91;3u"], chord: "alt+[" },
    { bytes: ["\u001bO"], chord: "alt+shift+o" },
    { bytes: ["\u001bOM", "\u001b[57414u"], chord: "enter" },
  ])("$chord", ({ bytes, chord }) => {
    for (const form of bytes) expect(shortOf(form), JSON.stringify(form)).toBe(chord);
  });
});

describe("everything else that comes in", () => {
  test.each([
    { bytes: "a😀é", keys: "text:a😀é" },
    { bytes: "\u001b[65;2u\u001b[97:65;2u\u001b[233u", keys: "text:A text:A text:é" },
    { bytes: "\u001b[57400u", keys: "text:1" },
    { bytes: "\u001b[97;3:3ua", keys: "text:a" },
    { bytes: "\u001b[97;9ux", keys: "text:x" },
    { bytes: "\u001b[57358u\u001b[57441;2ux", keys: "text:x" },
    { bytes: "\u001b[200~a\r\u001b[A\u001b[201~b", keys: "paste:a\r\u001b[A text:b" },
    { bytes: "\u001b[<0;5;3M\u001b[<0;5;3m", keys: "press 0 2,4 release 0 2,4" },
    { bytes: "\u001b[<64;1;1M\u001b[<65;1;1M\u001b[<34;10;20M", keys: "wheel-up 0 0,0 wheel-down 0 0,0 drag 2 19,9" },
    { bytes: "\u001b[<35;10;20Mx", keys: "text:x" },
    { bytes: "\u001b[M !\u0022\u001b[M#!\u0022", keys: "press 0 1,0 release 0 1,0" },
    { bytes: "\u001b[I\u001b[O", keys: "focus blur" },
    { bytes: "\u001b[12;40R", keys: '{"type":"cursor","row":11,"column":39}' },
    { bytes: "\u001b[1;5R", keys: "ctrl+f3" },
    { bytes: "\u001b[?62;1;4c", keys: '{"type":"attributes","values":[62,1,4]}' },
    { bytes: "\u001b[?2026;2$y", keys: '{"type":"mode","mode":2026,"state":2}' },
    { bytes: "\u001b[?5u", keys: '{"type":"keyboard","flags":5}' },
    {
      bytes: "\u001b]11;rgb:ff00/8000/0\u0007",
      keys: '{"type":"colour","of":"background","red":254,"green":128,"blue":0}',
    },
    {
      bytes: "\u001b]10;rgb:ff/ff/ff\u001b\\",
      keys: '{"type":"colour","of":"foreground","red":255,"green":255,"blue":255}',
    },
    { bytes: "\u001bP>|kitty(0.40)\u001b\\", keys: '{"type":"version","text":"kitty(0.40)"}' },
    { bytes: "\u001b]52;c;c2VjcmV0\u0007\u001b_Gi=1;OK\u001b\\\u001bP1$r0m\u001b\\x", keys: "text:x" },
    { bytes: `\u001b[${"1;".repeat(400)}A\u001b]1${"x".repeat(9000)}\u0007y`, keys: "text:y" },
    { bytes: "\u001b[?1;2;3Zx\u001b[5 qy\u001b[=z", keys: "text:x text:y" },
    { bytes: "\u009b31mx\u0085", keys: "text:31mx" },
  ])("$bytes", ({ bytes, keys }) => {
    expect(shortOf(bytes)).toBe(keys);
  });

  test("an answer that never ends does not make the keyboard dead: Enter ends it", () => {
    expect(shortOf("\u001b]1typed\rmore")).toBe("enter text:more");
    expect(shortOf("\u001b[12\rmore")).toBe("enter text:more");
  });
});

describe("Escape", () => {
  test("is held until it is known what it is", () => {
    const reader = new KeyReader();
    expect(reader.read(Buffer.from("\u001b"))).toEqual([]);
    expect(reader.holdsEscape()).toBe(true);
    expect(reader.flush()).toEqual([{ type: "chord", chord: "escape" }]);
    expect(reader.holdsEscape()).toBe(false);
    expect(reader.read(Buffer.from("[A"))).toEqual([{ type: "text", text: "[A" }]);
  });

  test("that begins a sequence goes on waiting for its end", () => {
    const reader = new KeyReader();
    reader.read(Buffer.from("\u001b[1;5"));
    expect(reader.holdsEscape()).toBe(false);
    expect(reader.flush()).toEqual([]);
    expect(reader.read(Buffer.from("D"))).toEqual([{ type: "chord", chord: "ctrl+left" }]);
  });

  test("twice, and before a key with Alt, is itself", () => {
    expect(shortOf("\u001b\u001b")).toBe("escape escape");
    expect(shortOf("\u001b\u001ba")).toBe("escape alt+a");
    expect(shortOf("\u001b\u001b\u001b[A")).toBe("escape alt+up");
  });

  test("inside a paste is part of it", () => {
    const reader = new KeyReader();
    reader.read(Buffer.from("\u001b[200~x\u001b"));
    expect(reader.holdsEscape()).toBe(false);
  });
});

const PIECE = fc.constantFrom(
  ..."\u001b \u001b[ \u001bO \u001b] \u001bP \u001b_ [ O M m ~ ^ $ @ < ? > ; : 1 2 5 27 97 200~ 201~ A R c u y $y \\ \u0007 \r \n \t \u0003 \u007f a Z é 日 👍 \u009b 11;rgb: ff/ff/ff 2026".split(
    " ",
  ),
  " ",
  "1;".repeat(200),
  "x".repeat(5000),
  "\u001b[200~",
  "\u001b[201~",
);
const INPUT = fc.oneof(
  fc.array(PIECE, { maxLength: 30 }).map((pieces) => new Uint8Array(Buffer.from(pieces.join("")))),
  fc.uint8Array({ maxLength: 60 }),
);

test("a mark of the byte order is a character, also after half of one", () => {
  const reader = new KeyReader();
  const keys = [
    [0xef, 0xbf],
    [0xef, 0xbb, 0xbf, 0x61],
  ].flatMap((bytes) => reader.read(Uint8Array.from(bytes)));
  expect(keys).toEqual([{ type: "text", text: "\ufffd\ufeffa" }]);
});

test("where the bytes are cut makes no difference", () => {
  fc.assert(
    fc.property(INPUT, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 20 }), (bytes, sizes) => {
      const reader = new KeyReader();
      const keys: Key[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const size = sizes[turn % sizes.length] ?? 1;
        keys.push(...reader.read(bytes.subarray(at, at + size)));
        at += size;
      }
      expect(merged([...keys, ...reader.flush()])).toEqual(merged(keysOfBytes(bytes)));
    }),
    { numRuns: 500 },
  );
});

test("a key after an answer that is too long is found, also when it comes alone", () => {
  for (const long of [`\u001bP2${"x".repeat(5000)}`, `\u001b[${"1;".repeat(300)}`]) {
    const reader = new KeyReader();
    const keys = [...`${long}\u0003`].flatMap((character) => reader.read(Buffer.from(character)));
    expect(keys.map(short)).toEqual(["ctrl+c"]);
  }
});

test("any bytes are keys, and after them the keyboard still works", () => {
  fc.assert(
    fc.property(INPUT, (bytes) => {
      const reader = new KeyReader();
      const keys = [...reader.read(bytes), ...reader.flush()];
      for (const key of keys) {
        if (key.type === "text") expect(key.text).toMatch(/^[^\u0000-\u001f\u007f-\u009f]+$/);
        if (key.type === "chord")
          expect(key.chord).toMatch(/^(ctrl\+)?(alt\+)?(shift\+)?([a-z0-9]+|[^\u0000-\u001f])$/u);
        if (key.type === "mouse") expect(Math.min(key.row, key.column, key.button)).toBeGreaterThanOrEqual(0);
      }
      // The end of a paste and of a string, then Enter ends whatever was begun.
      const after = reader.read(Buffer.from(`\u001b[201~${"\u001b\\"}\r\rz`));
      expect(short(after.at(-1) ?? { type: "text", text: "" })).toBe("text:z");
    }),
    { numRuns: 500 },
  );
});

test("chords of the editor are names that the reader gives", () => {
  for (const chord of ["ctrl+a", "ctrl+_", "alt+d", "alt+y", "alt+backspace", "ctrl+left", "alt+enter", "shift+enter"])
    expect(editNameOf(chord), chord).toBeDefined();
  expect(editNameOf("ctrl+c")).toBeUndefined();
  expect(editNameOf("alt+a")).toBeUndefined();
});

function keysOfBytes(bytes: Uint8Array): Key[] {
  const reader = new KeyReader();
  return [...reader.read(bytes), ...reader.flush()];
}

/** With text that came in pieces put together again. */
function merged(keys: readonly Key[]): Key[] {
  const all: Key[] = [];
  for (const key of keys) {
    const last = all.at(-1);
    if (key.type === "text" && last?.type === "text")
      all[all.length - 1] = { type: "text", text: last.text + key.text };
    else all.push(key);
  }
  return all;
}
