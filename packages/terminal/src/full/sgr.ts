/** From one style to another in as few bytes as can be; and where a link goes. */
import type { Capabilities } from "./capabilities.ts";
import { sgrColour } from "./colours.ts";
import type { Style } from "./theme.ts";

type Depth = Capabilities["colours"];

interface Look {
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly reverse: boolean;
  readonly fg: string | undefined;
  readonly bg: string | undefined;
}

export function sameStyle(a: Style, b: Style): boolean {
  return (
    a === b ||
    (a.fg === b.fg &&
      a.bg === b.bg &&
      (a.bold ?? false) === (b.bold ?? false) &&
      (a.dim ?? false) === (b.dim ?? false) &&
      (a.italic ?? false) === (b.italic ?? false) &&
      (a.underline ?? false) === (b.underline ?? false) &&
      (a.reverse ?? false) === (b.reverse ?? false) &&
      (a.isPicture ?? false) === (b.isPicture ?? false) &&
      a.link === b.link)
  );
}

/** Styles are a theme's own, few and kept; one that is made for a moment takes its steps along when it goes. */
const known = new WeakMap<Style, WeakMap<Style, { readonly colours: Depth; readonly steps: string }>>();

/** @returns "" when both look the same on this terminal. */
export function sgr(from: Style, to: Style, colours: Depth): string {
  const ofFrom = known.get(from) ?? new WeakMap();
  const found = ofFrom.get(to);
  if (found?.colours === colours) return found.steps;
  const steps = stepsOf(from, to, colours);
  known.set(from, ofFrom.set(to, { colours, steps }));
  return steps;
}

function stepsOf(from: Style, to: Style, colours: Depth): string {
  const [before, after] = [lookOf(from, colours), lookOf(to, colours)];
  const changes = stepsBetween(before, after);
  if (changes.length === 0) return "";
  const anew = ["0", ...stepsBetween(lookOf({}, colours), after)];
  const [short, whole] = [changes.join(";"), anew.length === 1 ? "" : anew.join(";")];
  return `\u001b[${short.length <= whole.length ? short : whole}m`;
}

function lookOf(style: Style, wanted: Depth): Look {
  // A palette of 256 is what the plain mode writes its codes with, too.
  const colours = wanted === "none" && style.isPicture === true ? "256" : wanted;
  return {
    bold: style.bold ?? false,
    dim: style.dim ?? false,
    italic: style.italic ?? false,
    underline: style.underline ?? false,
    reverse: style.reverse ?? false,
    fg: sgrColour(style.fg, false, colours),
    bg: sgrColour(style.bg, true, colours),
  };
}

function stepsBetween(before: Look, after: Look): string[] {
  const steps: string[] = [];
  // One parameter ends both.
  const isLighter = (before.bold && !after.bold) || (before.dim && !after.dim);
  if (isLighter) steps.push("22");
  if (after.bold && (isLighter || !before.bold)) steps.push("1");
  if (after.dim && (isLighter || !before.dim)) steps.push("2");
  if (after.italic !== before.italic) steps.push(after.italic ? "3" : "23");
  if (after.underline !== before.underline) steps.push(after.underline ? "4" : "24");
  if (after.reverse !== before.reverse) steps.push(after.reverse ? "7" : "27");
  if (after.fg !== before.fg) steps.push(after.fg ?? "39");
  if (after.bg !== before.bg) steps.push(after.bg ?? "49");
  return steps;
}

const URI_MAX = 2000;

/** A place that a click may lead to, in printable ASCII; "" for every other. */
export function linkTarget(link: string | undefined): string {
  if (link === undefined || link.length > URI_MAX || !/^(?:https?:\/\/|mailto:)/i.test(link)) return "";
  // Of an address nothing but itself: some mail programs attach files that a link to one names.
  const place = /^mailto:/i.test(link) ? (link.split("?", 1)[0] ?? "") : link;
  const target = place.replace(/[^\x21-\x7e]+/g, encoded);
  return target.length <= URI_MAX ? target : "";
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
