/** Puts a text on the clipboard of the machine in front of which the person sits (OSC 52). It is never read from there. */
import { sanitiseText } from "@sotto/wire";
import type { Capabilities } from "./capabilities.ts";

/** Terminals take less than this, and some much less; a message fits in any case. */
const TEXT_BYTES_MAX = 74_994;

/**
 * Only after a key of the person: nobody else may change what they paste next.
 *
 * @returns undefined when the terminal has no way for it, or the text is too long.
 */
export function clipboardBytes({ clipboard }: Pick<Capabilities, "clipboard">, text: string): string | undefined {
  // As it is shown: what is pasted into a shell next must not end the paste there and go on as typed.
  const shown = text.split("\t").map(sanitiseText).join("\t");
  const bytes = Buffer.from(shown, "utf8");
  if (!clipboard || bytes.length > TEXT_BYTES_MAX) return undefined;
  return `\u001b]52;c;${bytes.toString("base64")}\u001b\\`;
}
