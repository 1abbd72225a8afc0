/** Small pure functions on bytes; nothing here knows what the bytes mean. */

const HEX = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, "0"));
const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

export const EMPTY: Uint8Array = new Uint8Array(0);

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** Value of each character code as a hexadecimal digit, 255 for what is none. */
const DIGITS = new Uint8Array(128).fill(255);
for (const [value, digit] of [..."0123456789abcdef"].entries()) DIGITS[digit.charCodeAt(0)] = value;

/** @returns the bytes, or undefined when `text` is not lower-case hexadecimal of whole bytes. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    const high = DIGITS[text.charCodeAt(2 * index)] ?? 255;
    const low = DIGITS[text.charCodeAt(2 * index + 1)] ?? 255;
    if (high > 15 || low > 15) return undefined;
    bytes[index] = 16 * high + low;
  }
  return bytes;
}

/** Base64url without padding (RFC 4648 section 5). */
export function toBase64url(bytes: Uint8Array): string {
  let text = "";
  for (let index = 0; index < bytes.length; index += 3) {
    const left = bytes.length - index;
    const word = ((bytes[index] ?? 0) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    for (let digit = 0; digit < (left > 2 ? 4 : left + 1); digit++) text += BASE64URL[(word >> (18 - 6 * digit)) & 63];
  }
  return text;
}

/** @returns the bytes, or undefined unless `text` is the one spelling that {@link toBase64url} gives. */
export function fromBase64url(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let word = 0;
  let bits = 0;
  let at = 0;
  for (const character of text) {
    const value = BASE64URL.indexOf(character);
    if (value < 0) return undefined;
    word = ((word << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (word >> bits) & 255;
    }
  }
  return toBase64url(bytes) === text ? bytes : undefined;
}

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** @returns the text, or undefined when the bytes are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Compares public bytes; not for secrets, its time depends on where they differ. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
