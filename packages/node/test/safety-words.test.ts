// Safety words with the real stretching, against what is published.
import { readFileSync } from "node:fs";
import { idOf, toHex } from "@sotto/wire";
import { expect, test, vi } from "vitest";
import { asWords, wordsOf } from "../../core/src/identity/safety-words.ts";
import { stretch } from "../src/stretch.ts";

vi.setConfig({ testTimeout: 30_000 });

const path = new URL("../../../vectors/safety-words.json", import.meta.url);
const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"));

interface Published {
  readonly cases: readonly { readonly one: string; readonly other: string; readonly words: string }[];
  readonly encoding: readonly { readonly bytes: string; readonly words: string }[];
}

const { cases, encoding } = JSON.parse(readFileSync(path, "utf8")) as Published;

test.each(cases)("the words of $one and $other, from both sides", async ({ one, other, words }) => {
  const [left, right] = [idOf.account(hex(one)), idOf.account(hex(other))];
  expect(await wordsOf(stretch, left, right)).toBe(words);
  expect(await wordsOf(stretch, right, left)).toBe(words);
});

test.each(encoding)("17 bytes are twelve words: $words", ({ bytes, words }) => {
  expect(asWords(hex(bytes))).toBe(words);
});

test("the last four bits are left over, and every other one counts", () => {
  const seen = new Set(
    Array.from({ length: 136 }, (_, bit) => {
      const bytes = new Uint8Array(17);
      bytes[bit >> 3] = 0x80 >> (bit & 7);
      return asWords(bytes);
    }),
  );
  expect(seen.size).toBe(133);
  expect(toHex(new Uint8Array(1))).toBe("00");
});
