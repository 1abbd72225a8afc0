// Bytes as text: one spelling each, and everything else refused.
import fc from "fast-check";
import { expect, test } from "vitest";
import { concat, equalBytes, fromBase64url, fromHex, fromUtf8, toBase64url, toHex, utf8 } from "../src/index.ts";

const anyBytes = fc.uint8Array({ maxLength: 70 });

test("base64url is the platform's, without padding", () => {
  fc.assert(
    fc.property(anyBytes, (value) => {
      expect(toBase64url(value)).toBe(Buffer.from(value).toString("base64url"));
      expect(fromBase64url(toBase64url(value))).toEqual(value);
    }),
  );
});

test("base64url has one spelling: whatever is read is written the same", () => {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ ";
  const text = fc.string({ unit: fc.constantFrom(...digits), maxLength: 12 });
  fc.assert(
    fc.property(text, (spelling) => {
      const value = fromBase64url(spelling);
      if (value !== undefined) expect(toBase64url(value)).toBe(spelling);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  { name: "padding", text: "AA==" },
  { name: "the other alphabet", text: "+/+/" },
  { name: "a single digit", text: "A" },
  { name: "bits after the end", text: "AB" },
  { name: "bits after the end of two bytes", text: "AAB" },
  { name: "a space", text: "AA A" },
  { name: "a character outside ASCII", text: "AAÄA" },
  { name: "a character of two halves", text: "AA\u{1F600}" },
])("base64url refuses $name", ({ text }) => {
  expect(fromBase64url(text)).toBeUndefined();
});

test("hexadecimal is lower-case and whole", () => {
  fc.assert(
    fc.property(anyBytes, (value) => {
      expect(toHex(value)).toBe(Buffer.from(value).toString("hex"));
      expect(fromHex(toHex(value))).toEqual(value);
    }),
  );
  for (const text of ["0", "0G", "AA", "0x", " 00", "00\n"]) expect(fromHex(text), text).toBeUndefined();
});

test("text that is not UTF-8 is no text", () => {
  expect(fromUtf8(utf8("grün \u{1F600}"))).toBe("grün \u{1F600}");
  expect(fromUtf8(Uint8Array.of(0xc3))).toBeUndefined();
  expect(fromUtf8(Uint8Array.of(0xed, 0xa0, 0x80))).toBeUndefined();
});

test("bytes are joined and compared by value", () => {
  fc.assert(
    fc.property(anyBytes, anyBytes, (left, right) => {
      expect(concat(left, right)).toEqual(Uint8Array.from([...left, ...right]));
      expect(equalBytes(left, right)).toBe(toHex(left) === toHex(right));
    }),
  );
});
