/** The escape sequences that the plain mode has of its own (output.ts, editor.ts); there are no others. */
const OWN = [
  "\u001b[0m",
  "\u001b[1m",
  "\u001b[2m",
  "\u001b[31m",
  "\u001b[33m",
  "\u001b[38;5;16;48;5;231m",
  "\u001b[J",
  "\u001b[?2004h",
  "\u001b[?2004l",
];
/** Cursor up and to the right, by as much as one line of text needs. */
const MOVE = /^\u001b\[[0-9]{1,3}[AC]/;

/** @returns what of the bytes is neither readable text nor a sequence of our own. */
export function foreign(raw: Buffer): string[] {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(raw);
  const faults: string[] = [];
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at, at + 40);
    const own = OWN.find((sequence) => rest.startsWith(sequence)) ?? MOVE.exec(rest)?.[0];
    if (own !== undefined) at += own.length;
    else {
      const isPlain = /^[^\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/.test(rest);
      if (!isPlain && !/^\r?\n|^\r/.test(rest)) faults.push(JSON.stringify(rest));
      at += 1;
    }
  }
  return faults;
}
