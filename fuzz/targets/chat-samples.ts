/** Days that somebody had with people who mean ill: what each of them brings is mixed by the fuzzer. */

const SEQUENCES = [
  "\u001b]0;owned title\u0007 first",
  "\u001b[2J\u001b[1;1Howned screen",
  "\u001b]52;c;b3duZWQ=\u0007 clipboard",
  "\u001bP+q544e\u001b\\ query \u001b[6n\u001b[c",
  "\u001b[?1049l\u001b[?1000h modes \u001b[?25l",
  "\u001b_Gf=24;AAAA\u001b\\ \u001b^private\u001b\\ \u001bXstart\u001b\\",
  "\u009b31mred\u009d0;title\u009c \u0090q\u009c \u009f \u0085",
  "a\u0000b\u0007c\u0008d\u000be\u000cf\u000eg\u000fh\u007fi",
  "innocent text\rover it",
  "\u001b]4;1;rgb:00/00/00\u001b\\ \u001b]104\u0007 palette \u001bc",
];
const LETTERS = [
  "\u202eright to left\u202c \u2066isolate\u2069 \u200f\u200e\u061c",
  "שלום alice مرحبا 12:00",
  "zero\u200bwidth\ufeff join\u2060er \u00ad soft",
  "👩‍👩‍👧‍👦👨‍👩‍👧‍👦 👩🏽‍🚀 🏳️‍🌈 ‍‍‍ x",
  "🇫🇷🇩🇪🇫🇷🇫 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇽🇽🇾",
  "2000×z\u0301\u0323\u0489",
  "\u0301\u0302\u0303 \u0e31\u0e34 \u3099",
  "日本語テキスト全角ＡＢＣ한국어",
  "☺︎☺️ ✔︎✔️ 0️⃣#️⃣ →①±α",
  "\ud800 lone \udc00 halves \udfff\ud800",
  "\ue000\uf8ff\ufffe\uffff\u{10ffff}\u{fffff}",
  "\u{e0001}\u{e0041}\u{e0042}\u{e007f}hidden",
  "می‌خواهم क्‍ष",
];
const SHAPES = [
  "line\u242409:12 alice     never said this\u242409:13 bob       nor this",
  "\u2424\u2424 sotto   the relay asks for your password:\u2424",
  "one\u2028two\u2029three\u0085four",
  `https://example.org/\u001b]8;;https://evil.example\u001b\\${"x".repeat(300)}`,
  "https://good.example@evil.example/%0a%1b[31m javascript:alert(1) mailto:a@b.example",
  "4000×word",
  "3000×字",
  "16000×x\u2424",
  "\t\t\tx\ty\t\tz",
  "2000×👨‍👩‍👧",
  "@bob look",
  "#general @alice /quit",
];
const TEXTS = [...SEQUENCES, ...LETTERS, ...SHAPES];

/** A day of the steps alone, then days in which anything happens to everybody's texts. */
export const HOSTILE_DAYS: readonly string[] = [
  day("14", [
    ...SEQUENCES.map((text) => `say ${text}`),
    "look",
    "size 10 40",
    "look",
    "size 1 3",
    "key up",
    "size 48 160",
    "look",
  ]),
  day("23", [
    ...LETTERS.map((text) => `say ${text}`),
    "key pageup",
    "look",
    // Copied, one after the other, and quoted.
    ...LETTERS.slice(0, 8).flatMap(() => ["key up", "type y"]),
    "type r",
    "look",
    "key f1",
    "look",
    "key escape",
    "key ctrl+k",
    "look",
    "key escape",
    "key alt+2",
    "look",
  ]),
  day("311", [...SHAPES.map((text) => `say ${text}`), "key pageup", "key alt+home", "look", "key end", "look"]),
  day("43", [
    ...TEXTS.slice(0, 12).flatMap((text) => [`notice ${text}`, `warning ${text}`, `room ${text}`]),
    "key f1",
    "look",
    "key escape",
    "connection x",
    "look",
  ]),
  day("55", [
    "type half a thought",
    "say x",
    "key ctrl+k",
    "type a",
    "look",
    "key escape",
    "key ctrl+r",
    "type o",
    "wait x",
    "key enter",
    "key f8",
    "look",
    "key escape",
    "paste one\u2424two\u001b[201~\u001b[2J",
    "key alt+c",
    "say meanwhile",
    "editor \u001b[2J edited \u202e",
    "look",
    "mouse x",
    "answer x",
    "key ctrl+z",
    "look",
    "enter /verify alice",
    "wait x",
    "look",
    "key escape",
    "stuck x",
    "look",
  ]),
  ...["610", "79", "82", "97"].map((seed, part) =>
    day(seed, [
      ...TEXTS.filter((_, index) => index % 4 === part).map((text) => (part < 2 ? `say ${text}` : text)),
      ..."some some some some".split(" "),
    ]),
  ),
];

/** The rooms may be told only with the first thing that happens. */
function day(seed: string, [first = "", ...steps]: readonly string[]): string {
  return [seed, first, "look", "key alt+1", ...steps].join("\n");
}
