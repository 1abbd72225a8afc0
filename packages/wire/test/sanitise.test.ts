import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escapeJson, sanitiseLine, sanitiseName, sanitiseText } from "../src/sanitise.ts";

/** Written out a second time, by number, so that a mistake in the allow list of the source is seen. */
function isHostile(code: number): boolean {
  return (
    code < 0x20 ||
    (code >= 0x7f && code <= 0x9f) ||
    code === 0xad ||
    code === 0x61c ||
    code === 0x200b ||
    (code >= 0x200e && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    code === 0xfeff ||
    (code >= 0xd800 && code <= 0xf8ff) ||
    (code >= 0xfdd0 && code <= 0xfdef) ||
    (code & 0xfffe) === 0xfffe ||
    code >= 0xe0000
  );
}

const hostilePart = fc.constantFrom(
  ..."\u0000\u0007\b\t\n\r\u001b\u007f\u0085\u009b\u009d\u00ad\u034f\u061c\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202e\u2060\u2066\u2069\ufe0f\ufeff\ud800\udc00\ue000\uffff",
  "\u{e0001}",
  "\u{e0041}",
  "\u{10ffff}",
  "\u{f0000}",
  "\u{1faff}",
  "\u0301",
  "\u3164",
  "\u001b[31m",
  "\u001b]52;c;aGk=\u0007",
  "\u009b2J",
  "👩",
  "🏽",
  "❤",
  "م",
  "a",
  " ",
  "1",
  "�",
);
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.array(hostilePart, { maxLength: 40 }).map((parts) => parts.join("")),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 }).map((units) => String.fromCharCode(...units)),
);

describe.each([
  { name: "sanitiseText", sanitise: sanitiseText, allowed: "\n" },
  { name: "sanitiseLine", sanitise: sanitiseLine, allowed: "" },
  { name: "sanitiseName", sanitise: sanitiseName, allowed: "" },
])("$name", ({ sanitise, allowed }) => {
  test("never lets a control, an escape or an invisible character through", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const character of sanitise(text)) {
          if (allowed.includes(character)) continue;
          expect(isHostile(character.codePointAt(0) ?? 0), codeOf(character)).toBe(false);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("changes nothing the second time", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const once = sanitise(text);
        expect(sanitise(once)).toBe(once);
      }),
      { numRuns: 3000 },
    );
  });

  test("leaves printable ASCII and letters of any script as they are", () => {
    for (const text of ["plain text ~!@#$%^&*()", "Ελληνικά", "русский", "日本語", "한국어", "עברית", "العربية"]) {
      expect(sanitise(text)).toBe(text);
    }
  });
});

test.each([
  { name: "a colour", text: "\u001b[31mred\u001b[0m", want: "�[31mred�[0m" },
  { name: "clear screen", text: "a\u001b[2J\u001b[Hb", want: "a�[2J�[Hb" },
  { name: "clear screen in one byte", text: "a\u009b2Jb", want: "a�2Jb" },
  { name: "a window title", text: "\u001b]0;owned\u0007", want: "�]0;owned�" },
  { name: "clipboard", text: "\u001b]52;c;cm0gLXJm\u001b\\", want: "�]52;c;cm0gLXJm�\\" },
  { name: "a hyperlink", text: "\u001b]8;;http://x\u001b\\y\u001b]8;;\u001b\\", want: "�]8;;http://x�\\y�]8;;�\\" },
  { name: "an operating system command in one byte", text: "\u009d0;x\u009c", want: "�0;x�" },
  { name: "a device control string", text: "\u001bP+q\u001b\\", want: "�P+q�\\" },
  { name: "end of bracketed paste", text: "a\u001b[201~rm", want: "a�[201~rm" },
  { name: "a bell, a backspace, a shift out", text: "a\u0007b\b\u000ec", want: "a�b�c" },
  { name: "a carriage return that overwrites the line", text: "alice: hi\rbob: hi", want: "alice: hi\nbob: hi" },
  { name: "CR LF", text: "a\r\nb", want: "a\nb" },
  { name: "vertical tab and form feed", text: "a\u000b\u000cb", want: "a�b" },
  { name: "a tab", text: "a\tb", want: "a    b" },
  { name: "delete", text: "a\u007fb", want: "a�b" },
  { name: "next line", text: "a\u0085b", want: "a\nb" },
  { name: "line and paragraph separators", text: "a\u2028b\u2029c", want: "a\nb\nc" },
  { name: "right-to-left override", text: "exe.\u202egpj", want: "exe.�gpj" },
  { name: "isolates", text: "\u2066a\u2069", want: "�a�" },
  { name: "marks of direction", text: "a\u200e\u200f\u061cb", want: "a�b" },
  { name: "zero-width space, word joiner, byte order mark", text: "a\u200bb\u2060c\ufeffd", want: "a�b�c�d" },
  { name: "soft hyphen", text: "co\u00adop", want: "co�op" },
  { name: "tags", text: "a\u{e0041}\u{e0042}b", want: "a�b" },
  { name: "surrogates that stand alone", text: "a\ud800b\udc00", want: "a�b�" },
  { name: "private use", text: "\ue000\u{f0000}\u{10fffd}", want: "�" },
  { name: "noncharacters", text: "\uffff\ufdd0\u{1fffe}", want: "�" },
  { name: "invisible letters", text: "a\u3164b\u115fc", want: "a�b�c" },
  { name: "a tower of marks", text: `a${"\u0301".repeat(200)}b`, want: `a${"\u0301".repeat(8)}�b` },
  { name: "an emoji of several", text: "👩‍💻 👩🏽‍🚀 🏳️‍🌈", want: "👩‍💻 👩🏽‍🚀 🏳️‍🌈" },
  { name: "hearts and key caps", text: "❤️ 1️⃣", want: "❤️ 1️⃣" },
  { name: "a flag", text: "🇮🇹", want: "🇮🇹" },
  { name: "a joiner between letters of Latin", text: "a\u200db\u200cc", want: "a�b�c" },
  { name: "a joiner that Persian needs", text: "می‌خواهم", want: "می‌خواهم" },
  { name: "a joiner with nothing after it", text: "👩\u200d", want: "👩�" },
  { name: "a variation selector after a letter", text: "a\ufe0f", want: "a�" },
])("of text: $name", ({ text, want }) => {
  expect(sanitiseText(text)).toBe(want);
});

test.each([
  { name: "line breaks", text: "a\nb\r\nc", line: "a⏎b⏎c", as: "a b c" },
  { name: "spaces of every width", text: " a\u00a0\u3000 b ", line: " a\u00a0\u3000 b ", as: "a b" },
  { name: "emoji of several", text: "👩‍💻", line: "👩‍💻", as: "👩�💻" },
  { name: "a variation selector", text: "❤️", line: "❤️", as: "❤�" },
  { name: "an escape", text: "\u001b[31mx", line: "�[31mx", as: "�[31mx" },
])("of lines and names: $name", ({ text, line, as }) => {
  expect(sanitiseLine(text)).toBe(line);
  expect(sanitiseName(text)).toBe(as);
});

test("JSON gives back exactly what went in, and shows none of it as a control", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const json = escapeJson({ [text]: [text, 1, null] });
      expect(JSON.parse(json)).toEqual({ [text]: [text, 1, null] });
      expect([...json].filter((character) => isHostile(character.codePointAt(0) ?? 0))).toEqual([]);
    }),
    { numRuns: 3000 },
  );
  expect(escapeJson("a\u001b\u009b\u202e\u200d\u{e0041}")).toBe(String.raw`"a\u001b\u009b\u202e\u200d\udb40\udc41"`);
});

function codeOf(character: string): string {
  return `U+${character.codePointAt(0)?.toString(16)}`;
}
