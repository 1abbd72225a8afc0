/** What a terminal says, keys and answers alike, at the program's side of it: whatever comes, nothing leaves but what is ours. */
import { isDeepStrictEqual } from "node:util";
import type { Capabilities } from "../../packages/terminal/src/full/capabilities.ts";
import { capabilitiesOf } from "../../packages/terminal/src/full/capabilities.ts";
import { chordText, parseChords } from "../../packages/terminal/src/full/chord.ts";
import { Probe } from "../../packages/terminal/src/full/probe.ts";
import { givingBytes, takingBytes } from "../../packages/terminal/src/full/tty-modes.ts";
import { type Key, KeyReader } from "../../packages/terminal/src/screen/keys.ts";
import { Dice } from "../dice.ts";
import { mustHold } from "../target.ts";

/** A paste without an end comes in parts of this length, wherever it is cut. */
const PASTE_MAX = 1_048_576;
const CHORD = /^(?:ctrl\+)?(?:alt\+)?(?:shift\+)?(?:[a-z0-9]{1,12}|[^\u0000-\u001f\u007f-\u009f])$/u;
const MODES = /^(?:\u001b\[(?:\?[0-9]{1,4}[hl]|22;2t|23;2t|0m|>1u|<u)|\u001b\]8;;\u001b\\)*$/;

/** @returns in a word what was read. */
export function answered(input: Uint8Array): string {
  const whole = readKeys(input, () => input.length);
  const dice = new Dice("chunks", input.length, input[0] ?? 0);
  for (const size of [() => 1, () => 2, () => dice.between(1, 9), () => dice.short(4096)])
    mustHold(isDeepStrictEqual(readKeys(input, size), whole), "keys depend on where the bytes are cut");
  for (const key of whole) mustBeKey(key);
  const before = capabilitiesOf({ TERM: "xterm-256color" });
  const probe = new Probe(before);
  for (const key of whole) if (key.type === "reply") probe.take(key.reply);
  mustBeAbilities(probe.capabilities, before);
  return whole
    .slice(0, 3)
    .map((key) => (key.type === "chord" ? key.chord : key.type === "reply" ? key.reply.type : key.type))
    .join(" ");
}

/** With text and pastes that came in pieces put together again, and the Escape at the end told from a sequence. */
function readKeys(input: Uint8Array, size: () => number): readonly Key[] {
  const reader = new KeyReader();
  const found: Key[] = [];
  const take = (keys: readonly Key[]): void => {
    for (const key of keys) {
      const last = found.at(-1);
      const goesOn = key.type === "text" && last?.type === "text";
      if (goesOn) found[found.length - 1] = { ...key, text: last.text + key.text };
      else found.push(key);
    }
  };
  for (let at = 0; at < input.length; ) {
    const end = at + Math.max(1, size());
    take(reader.read(input.subarray(at, end)));
    at = end;
  }
  take(reader.flush());
  mustHold(!reader.holdsEscape(), "an Escape is kept after it was given out");
  return found;
}

function mustBeKey(key: Key): void {
  switch (key.type) {
    case "text":
      mustHold(key.text !== "" && !/[\u0000-\u001f\u007f-\u009f]/.test(key.text), "a control is text");
      return;
    case "paste":
      mustHold(key.text.length <= PASTE_MAX + 8, "a paste has no end");
      return;
    case "chord":
      mustHold(CHORD.test(key.chord), `no name of a key: ${JSON.stringify(key.chord)}`);
      // Whatever is pressed may be shown to a person, and written into keys.toml.
      chordText(key.chord);
      parseChords(key.chord);
      return;
    case "mouse":
      mustHold(Number.isSafeInteger(key.row) && Number.isSafeInteger(key.column), "the mouse is nowhere");
      mustHold(key.row >= 0 && key.column >= 0 && key.button >= 0 && key.button <= 255, "the mouse is outside");
      return;
    case "focus":
      return;
    case "reply":
      for (const value of Object.values(key.reply))
        mustHold(
          typeof value !== "number" || (Number.isSafeInteger(value) && value >= 0),
          "an answer without a number",
        );
  }
}

/** No answer makes the program write anything but the modes that it has. */
function mustBeAbilities(caps: Capabilities, before: Capabilities): void {
  const bytes = takingBytes(caps, true) + givingBytes(caps);
  mustHold(MODES.test(bytes), `this is written: ${JSON.stringify(bytes)}`);
  const { colours, notifying, links, title, clipboard } = caps;
  const asked = { colours, notifying, links, title, clipboard };
  const { colours: a, notifying: b, links: c, title: d, clipboard: e } = before;
  mustHold(
    isDeepStrictEqual(asked, { colours: a, notifying: b, links: c, title: d, clipboard: e }),
    "it was not asked",
  );
}
