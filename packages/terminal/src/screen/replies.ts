/** What terminals answer when they are asked: told apart from keys by their form alone. */

export type Reply =
  /** Where the cursor stands, from 0. */
  | { readonly type: "cursor"; readonly row: number; readonly column: number }
  /** Each part from 0 to 255. */
  | {
      readonly type: "colour";
      readonly of: "foreground" | "background";
      readonly red: number;
      readonly green: number;
      readonly blue: number;
    }
  /** What kind of terminal it is; every terminal answers this one. */
  | { readonly type: "attributes"; readonly values: readonly number[] }
  /** DECRQM: 0 is unknown, 1 and 3 set, 2 and 4 not set. */
  | { readonly type: "mode"; readonly mode: number; readonly state: number }
  /** Flags of the kitty keyboard protocol that are set now: it is there. */
  | { readonly type: "keyboard"; readonly flags: number }
  /** Name and version of the terminal. */
  | { readonly type: "version"; readonly text: string };

/** @param body - what follows ESC [ */
export function replyOfCsi(body: string): Reply | undefined {
  const cursor = /^\??(\d{1,5});(\d{1,5})R$/.exec(body);
  if (cursor !== null) {
    const [row, column] = [Number(cursor[1]), Number(cursor[2])];
    // F3 with modifiers looks like a cursor in the first row: we never ask for the cursor there.
    if (row === 1 && column <= 64 && !body.startsWith("?")) return undefined;
    return row < 1 || column < 1 ? undefined : { type: "cursor", row: row - 1, column: column - 1 };
  }
  const attributes = /^\?([\d;]*)c$/.exec(body);
  if (attributes !== null) return { type: "attributes", values: (attributes[1] ?? "").split(";").map(Number) };
  const mode = /^\??(\d{1,5});(\d)\$y$/.exec(body);
  if (mode !== null) return { type: "mode", mode: Number(mode[1]), state: Number(mode[2]) };
  const keyboard = /^\?(\d{1,5})u$/.exec(body);
  return keyboard === null ? undefined : { type: "keyboard", flags: Number(keyboard[1]) };
}

/** @param text - an OSC or DCS string, without ESC before and the end mark behind. */
export function replyOfString(text: string): Reply | undefined {
  const colour = /^\](10|11);rgba?:([\da-f]{1,4})\/([\da-f]{1,4})\/([\da-f]{1,4})/i.exec(text);
  if (colour !== null)
    return {
      type: "colour",
      of: colour[1] === "10" ? "foreground" : "background",
      red: part(colour[2]),
      green: part(colour[3]),
      blue: part(colour[4]),
    };
  const version = /^P>\|([\x20-\x7e]{1,100})$/.exec(text);
  return version === null ? undefined : { type: "version", text: version[1] ?? "" };
}

/** One to four hexadecimal digits are a fraction of their largest value. */
function part(digits = "0"): number {
  return Math.round((Number.parseInt(digits, 16) / (16 ** digits.length - 1)) * 255);
}
