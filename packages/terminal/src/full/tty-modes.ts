/** What a terminal is told when the full screen takes it, and when it is given back: each mode has both. */
import { sanitiseLine } from "@sotto/wire";
import type { Capabilities } from "./capabilities.ts";

const MOUSE_ON = "\u001b[?1002h\u001b[?1006h";
const MOUSE_OFF = "\u001b[?1006l\u001b[?1002l";
const TITLE_MAX = 80;

/** Alternate screen, no wrapping, marks around pastes, reports of focus; no cursor until one is drawn. */
export function takingBytes(caps: Capabilities, mouse: boolean): string {
  return [
    caps.title ? "\u001b[22;2t" : "",
    "\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[?2004h\u001b[?1004h",
    mouse ? MOUSE_ON : "",
    // After the alternate screen: it has flags of its own.
    caps.keyboard ? KEYBOARD_ON : "",
  ].join("");
}

/** Everything that was taken, also when it is not known how far taking it came. */
export function givingBytes(caps: Capabilities): string {
  return [
    caps.synchronised ? "\u001b[?2026l" : "",
    "\u001b[0m",
    caps.links ? "\u001b]8;;\u001b\\" : "",
    caps.keyboard ? "\u001b[<u" : "",
    MOUSE_OFF,
    "\u001b[?1004l\u001b[?2004l\u001b[?7h\u001b[?25h\u001b[?1049l",
    caps.title ? "\u001b[23;2t" : "",
  ].join("");
}

/** Keys that are the same byte otherwise are told apart: Escape from Alt, Shift-Enter from Enter. */
export const KEYBOARD_ON = "\u001b[>1u";

export function mouseBytes(on: boolean): string {
  return on ? MOUSE_ON : MOUSE_OFF;
}

/** The name of the window: counts, never a word of a message. */
export function titleBytes(caps: Capabilities, title: string): string {
  return caps.title ? `\u001b]2;${sanitiseLine(title).slice(0, TITLE_MAX).toWellFormed()}\u001b\\` : "";
}
