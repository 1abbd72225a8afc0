/** Changes to text: characters that are not what they seem, numbers, lines, and values inside of JSON. */
import type { Dice } from "../dice.ts";
import { bytesOf, textOf } from "../text.ts";
import type { Change, Material } from "./bytes.ts";
import { NUMBERS } from "./numbers.ts";

/** Each has made some program believe, show or split something wrong. */
const NASTY: readonly string[] = [
  "\u0000",
  "\r",
  "\n",
  "\r\n",
  "\t",
  "\u001b",
  "\u001b[2J",
  "\u001b]0;title\u0007",
  "\u009b",
  "\u0085",
  "\u2028",
  "\u2029",
  "\u200b",
  "\u200c",
  "\u200d",
  "\u202e",
  "\u2066",
  "\ufe0f",
  "\ufeff",
  "\ufffd",
  "\uffff",
  "\ue000",
  "\ud800",
  "\udc00",
  "\udfff\ud800",
  "\u00ad",
  "\u034f",
  "\u0301".repeat(20),
  "\u3000",
  "\u00a0",
  "\u0130",
  "\u0131",
  "\u212a",
  "\u017f",
  "\u0430",
  "e\u0301",
  "\uff21",
  "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67",
  "\ud83c\uddec\ud83c\udde7",
  "\u{e0041}",
  "\u{10ffff}",
  "__proto__",
  "constructor",
  "toString",
  "%00",
  "%",
  "%e0%a4%a",
  "%ed%a0%80",
  "..",
  "/",
  "\\",
  "'",
  '"',
  "--",
  "=",
  "#",
  "&",
  "NaN",
  "Infinity",
  "-0",
  "1e309",
  "0x10",
  "1_000",
  "null",
  "true",
];

type TextChange = (text: string, material: Material) => string;

function piece(text: string, dice: Dice): { readonly at: number; readonly length: number } {
  const at = dice.below(text.length + 1);
  return { at, length: Math.min(dice.short(text.length), text.length - at) };
}

const put = (text: string, at: number, gone: number, what: string): string =>
  text.slice(0, at) + what + text.slice(at + gone);

const insert: TextChange = (text, { dice, words }) => {
  const { at, length } = piece(text, dice);
  const all = words.length > 0 && dice.oneIn(2) ? textOf(dice.one(words)) : dice.one(NASTY);
  return put(text, at, dice.oneIn(2) ? 0 : length, all);
};

const remove: TextChange = (text, { dice }) => {
  const { at, length } = piece(text, dice);
  return put(text, at, Math.max(1, length), "");
};

const repeat: TextChange = (text, { dice, bytesMax }) => {
  const { at, length } = piece(text, dice);
  const times = dice.oneIn(300) ? Math.floor(bytesMax / (length + 1)) : dice.short(60);
  return put(text, at, 0, text.slice(at, at + length).repeat(times));
};

const swapCase: TextChange = (text, { dice }) => {
  const { at, length } = piece(text, dice);
  const old = text.slice(at, at + length);
  return put(text, at, length, dice.oneIn(2) ? old.toUpperCase() : old.toLowerCase());
};

const otherNumber: TextChange = (text, { dice }) => {
  // A number that stands alone says more than a digit inside of a word.
  const alone = [...text.matchAll(/(?<![\w-])[0-9]+(?![\w-])/g)];
  const found = alone.length > 0 && !dice.oneIn(4) ? alone : [...text.matchAll(/[0-9]+/g)];
  if (found.length === 0) return text;
  const { index, 0: old } = dice.one(found);
  const number = dice.oneIn(3) ? BigInt(old.slice(0, 18)) + 1n : dice.one(NUMBERS);
  const sign = dice.one(["", "", "", "-", "+", "0", "."]);
  return put(text, index, old.length, `${sign}${number}`);
};

const lines: TextChange = (text, { dice, others }) => {
  const all = text.split("\n");
  const other = others.length === 0 ? all : textOf(dice.one(others)).split("\n");
  const index = dice.below(all.length);
  const line = all[index] ?? "";
  const made = [
    () => all.toSpliced(index, 1),
    () => all.toSpliced(index, 0, line),
    () => all.toSpliced(dice.below(all.length), 0, dice.one(other)),
    () => all.toSpliced(index, 1).toSpliced(dice.below(all.length), 0, line),
  ];
  return dice.one(made)().join("\n");
};

const words: TextChange = (text, { dice, others }) => {
  const all = text.split(/(?<=[^\p{L}\p{N}])|(?=[^\p{L}\p{N}])/u);
  const other = others.length === 0 ? all : textOf(dice.one(others)).split(/(?<=[^\p{L}\p{N}])|(?=[^\p{L}\p{N}])/u);
  const index = dice.below(all.length);
  return all.toSpliced(index, dice.below(2), ...(other.length === 0 ? [] : [dice.one(other)])).join("");
};

/** One value of a JSON text is another one, or stands there twice. */
const inJson: TextChange = (text, { dice }) => {
  let made: string;
  try {
    made = JSON.stringify(otherValue(JSON.parse(text), dice));
  } catch {
    // No JSON, or so deep that nobody could write it.
    return text;
  }
  // A key that comes twice can only be made in the text.
  const key = /"[^"\\]*":("[^"\\]*"|[0-9]+|true|false|null)/.exec(made);
  return key !== null && dice.oneIn(6) ? put(made, key.index, 0, `${key[0]},`) : made;
};

function otherValue(value: unknown, dice: Dice): unknown {
  if (Array.isArray(value) && value.length > 0 && !dice.oneIn(5)) {
    const index = dice.below(value.length);
    if (dice.oneIn(6)) return value.toSpliced(index, 1);
    if (dice.oneIn(6)) return value.toSpliced(index, 0, value[index]);
    return value.with(index, otherValue(value[index], dice));
  }
  const fields = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  if (fields.length > 0 && !dice.oneIn(6)) {
    const index = dice.below(fields.length);
    const [name = "x", inner] = fields[index] ?? [];
    if (dice.oneIn(8)) return Object.fromEntries(fields.toSpliced(index, 1));
    if (dice.oneIn(8)) return Object.fromEntries([...fields, [dice.one(NASTY), inner]]);
    if (dice.oneIn(8)) return Object.fromEntries(fields.with(index, [dice.one(NASTY), inner]));
    return Object.fromEntries(fields.with(index, [name, otherValue(inner, dice)]));
  }
  if (typeof value === "string" && dice.oneIn(2))
    return put(value, piece(value, dice).at, dice.below(3), dice.one(NASTY));
  const number = Number(dice.one(NUMBERS));
  return dice.one<unknown>([
    null,
    true,
    false,
    number,
    -number,
    0.5,
    "",
    String(number),
    [],
    {},
    [value],
    { $: value },
    { toJSON: 1 },
    nested(dice.one([10, 100, 1000])),
  ]);
}

function nested(depth: number): unknown {
  let value: unknown = [];
  for (let count = 0; count < depth; count++) value = [value];
  return value;
}

const asChange =
  (change: TextChange): Change =>
  (input, material) =>
    bytesOf(change(textOf(input), material));

export const TEXT_CHANGES: readonly Change[] = [
  insert,
  insert,
  insert,
  remove,
  repeat,
  swapCase,
  otherNumber,
  lines,
  words,
  inJson,
  inJson,
].map(asChange);
