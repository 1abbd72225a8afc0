/**
 * What the full screen may write beside text: a closed list. Whatever a member, a relay or a file made it show, there is
 * nothing else among its bytes.
 */
const OWN: readonly RegExp[] = [
  // Cells: the place, the style, erasing.
  /^\u001b\[[0-9]{1,3};[0-9]{1,3}H/,
  /^\u001b\[[0-9;:]{0,60}m/,
  /^\u001b\[[0-9]{0,3}[JKX]/,
  // Modes that are set when the terminal is taken, and put back: cursor, wrapping, alternate screen, pastes, focus, mouse,
  // synchronised output.
  /^\u001b\[\?(?:25|7|1049|2004|1004|1002|1006|2026)[hl]/,
  // The keyboard's flags, and the title that is kept and put back.
  /^\u001b\[(?:>1u|<u|22;2t|23;2t)/,
  /^\u001b\]2;(?:\([0-9]{1,6}\) )?sotto\u001b\\/,
  // Questions: background, synchronised output, keyboard, place of the cursor, attributes.
  /^\u001b\]11;\?\u001b\\|^\u001b\[\?2026\$p|^\u001b\[\?u|^\u001b\[6n|^\u001b\[c/,
  // Links that can be clicked. A scheme is the same in capitals (RFC 3986 section 3.1).
  /^\u001b\]8;;(?:(?:https?:\/\/|mailto:)[\u0021-\u007e]{1,2100})?\u001b\\/i,
  // A bell, where somebody is to be told.
  /^\u0007/,
];
/** No control, no format character but joiners, no half surrogate, nothing that is nobody's. */
const TEXT = /^(?:[^\p{C}\u2028\u2029]|[\u200c\u200d])+/u;

/** @returns what of the bytes is neither readable text nor on the list. */
export function foreignOnScreen(raw: Buffer): readonly string[] {
  // Of a program that runs the last character may be half there; anything else that is no UTF-8 throws.
  const text = new TextDecoder("utf-8", { fatal: true }).decode(raw, { stream: true });
  const faults: string[] = [];
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at, at + 4096);
    const known = TEXT.exec(rest)?.[0] ?? OWN.map((own) => own.exec(rest)?.[0]).find((found) => found !== undefined);
    if (known === undefined) faults.push(JSON.stringify(rest.slice(0, 40)));
    at += known?.length ?? 1;
  }
  return faults;
}
