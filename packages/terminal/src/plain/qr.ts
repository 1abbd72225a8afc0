/** A QR code from half blocks, black on white whatever the theme, or the reason why there is none. */
import { encode } from "uqr";
import type { Line, Look } from "../output.ts";

export type Qr =
  | { readonly type: "lines"; readonly lines: readonly Line[] }
  /** No terminal, or somebody who listens to it. */
  | { readonly type: "none" }
  | { readonly type: "too-small"; readonly columns: number; readonly rows: number };

/** Modules of white around it: four as the standard asks, two when the terminal has no more room. */
const QUIET = [4, 2] as const;
/** What the largest code of all holds (version 40, level L), and its width in modules. */
const BYTES_MAX = 2953;
const MODULES_MAX = 177;

/** @param below - rows that follow and must not push the top of the code off the screen. */
export function qrCode(
  text: string,
  look: Look,
  size: { readonly columns: number; readonly rows: number },
  below: number,
): Qr {
  // Who wants no colour gets it black on white all the same: that is the code itself, and in any other way it may not be read.
  if (!look.isTerminal || look.byEar) return { type: "none" };
  // More than any code holds needs a larger one than there is.
  if (Buffer.byteLength(text) > BYTES_MAX)
    return { type: "too-small", columns: MODULES_MAX + 1, rows: Math.ceil(MODULES_MAX / 2) + below };
  let needed = { columns: 0, rows: 0 };
  for (const border of QUIET) {
    const { data } = encode(text.toWellFormed(), { ecc: "L", boostEcc: false, border });
    needed = { columns: data.length, rows: Math.ceil(data.length / 2) };
    if (needed.columns <= size.columns && needed.rows + below <= size.rows)
      return { type: "lines", lines: halfBlocks(data) };
  }
  return { type: "too-small", columns: needed.columns, rows: needed.rows + below };
}

function halfBlocks(modules: readonly (readonly boolean[])[]): Line[] {
  const lines: Line[] = [];
  for (let row = 0; row < modules.length; row += 2) {
    const upper = modules[row] ?? [];
    const lower = modules[row + 1] ?? [];
    const text = upper.map((top, column) => block(top, lower[column] ?? false)).join("");
    lines.push([{ text, style: "qr" }]);
  }
  return lines;
}

function block(top: boolean, bottom: boolean): string {
  if (top) return bottom ? "█" : "▀";
  return bottom ? "▄" : " ";
}
