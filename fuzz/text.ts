/**
 * Text as bytes and back, lone surrogates included (WTF-8): strings of JavaScript can hold them, so parsers of strings
 * must be shown them, and every input is a file of bytes.
 */

export function bytesOf(text: string): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const character of text) {
    const unit = character.charCodeAt(0);
    const isLone = character.length === 1 && unit >= 0xd800 && unit <= 0xdfff;
    parts.push(
      isLone
        ? Uint8Array.of(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 63), 0x80 | (unit & 63))
        : encoder.encode(character),
    );
  }
  return new Uint8Array(Buffer.concat(parts));
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Total: what is no UTF-8 gives U+FFFD, as everywhere. */
export function textOf(bytes: Uint8Array): string {
  let text = "";
  let from = 0;
  for (let at = 0; at + 2 < bytes.length; at++) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(at, at + 3);
    if (first !== 0xed || second < 0xa0 || second > 0xbf || third < 0x80 || third > 0xbf) continue;
    text +=
      decoder.decode(bytes.subarray(from, at)) + String.fromCharCode(0xd000 | ((second & 63) << 6) | (third & 63));
    from = at + 3;
    at += 2;
  }
  return text + decoder.decode(bytes.subarray(from));
}
