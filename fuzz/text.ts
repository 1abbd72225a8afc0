/**
 * Text as bytes and back, lone surrogates included (WTF-8): strings of JavaScript can hold them, so parsers of strings
 * must be shown them, and every input is a file of bytes.
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export function bytesOf(text: string): Uint8Array {
  if (text.isWellFormed()) return encoder.encode(text);
  const parts: Uint8Array[] = [];
  for (const character of text) {
    const unit = character.charCodeAt(0);
    const isLone = character.length === 1 && unit >= 0xd800 && unit <= 0xdfff;
    const lone = () => Uint8Array.of(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 63), 0x80 | (unit & 63));
    parts.push(isLone ? lone() : encoder.encode(character));
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** Total: what is no UTF-8 gives U+FFFD, as everywhere. */
export function textOf(bytes: Uint8Array): string {
  let text = "";
  let from = 0;
  for (let at = bytes.indexOf(0xed); at >= 0; at = bytes.indexOf(0xed, at + 1)) {
    const [second = 0, third = 0] = bytes.subarray(at + 1, at + 3);
    if (second < 0xa0 || second > 0xbf || third < 0x80 || third > 0xbf) continue;
    text +=
      decoder.decode(bytes.subarray(from, at)) + String.fromCharCode(0xd000 | ((second & 63) << 6) | (third & 63));
    from = at + 3;
  }
  return text + decoder.decode(bytes.subarray(from));
}
