/** A chord as people write it, in their language and in `keys.toml`, and as the key reader names it. */
import { say } from "../text/index.ts";

const MODIFIERS: Readonly<Record<string, "ctrl" | "alt" | "shift">> = {
  ctrl: "ctrl",
  control: "ctrl",
  alt: "alt",
  meta: "alt",
  option: "alt",
  shift: "shift",
};
const ORDER = ["ctrl", "alt", "shift"] as const;

const NAMES: ReadonlySet<string> = new Set([
  "enter",
  "tab",
  "escape",
  "backspace",
  "delete",
  "insert",
  "up",
  "down",
  "left",
  "right",
  "home",
  "end",
  "pageup",
  "pagedown",
  "space",
  ...Array.from({ length: 12 }, (_, index) => `f${index + 1}`),
]);

const ALIASES: Readonly<Record<string, string>> = {
  return: "enter",
  esc: "escape",
  del: "delete",
  ins: "insert",
  pgup: "pageup",
  pgdn: "pagedown",
  pgdown: "pagedown",
};

/** Keys that are a byte of their own: with these modifiers they are the same byte, or another key's. */
const ONE_BYTE: Readonly<Record<string, RegExp>> = {
  enter: /ctrl|shift/,
  escape: /ctrl|alt|shift/,
  backspace: /ctrl|shift/,
  tab: /ctrl/,
  space: /shift/,
};

/** What Ctrl makes another byte of: letters, but for those whose byte is Backspace, Tab and Enter, and four signs. */
const WITH_CTRL = /^[a-gj-ln-z\\\]^_]$/;

/**
 * Most terminals send for it what they send for another key, or nothing; those with the kitty protocol tell it from all
 * others.
 */
export function isRarelySent(chords: string): boolean {
  return chords.split(" ").some((chord) => {
    const [, modifiers = "", name = ""] = /^((?:(?:ctrl|alt|shift)\+)*)(.+)$/.exec(chord) ?? [];
    if (name.length > 1) return ONE_BYTE[name]?.test(modifiers) === true;
    const hasCtrl = modifiers.includes("ctrl");
    if (modifiers.includes("shift")) return hasCtrl || !/^[a-z]$/.test(name) || !modifiers.includes("alt");
    return hasCtrl && !WITH_CTRL.test(name);
  });
}

/** Any case and order, `+` or `-` between; one chord, or two that follow each other. */
export function parseChords(text: string): string | undefined {
  const chords = text.trim().split(/\s+/).map(parseChord);
  const known = chords.filter((chord) => chord !== undefined);
  return known.length === chords.length && known.length <= 2 ? known.join(" ") : undefined;
}

function parseChord(text: string): string | undefined {
  let rest = text.toLowerCase();
  const modifiers = new Set<string>();
  for (let found = modifierOf(rest); found !== undefined; found = modifierOf(rest)) {
    modifiers.add(found.name);
    rest = rest.slice(found.length);
  }
  const name = ALIASES[rest] ?? (rest === " " ? "space" : rest);
  if (!NAMES.has(name) && !/^[!-~]$/.test(name)) return undefined;
  return [...ORDER.filter((modifier) => modifiers.has(modifier)), name].join("+");
}

function modifierOf(text: string): { readonly name: string; readonly length: number } | undefined {
  const word = /^([a-z]+)[+-](?=.)/.exec(text);
  const name = MODIFIERS[word?.[1] ?? ""];
  return word === null || name === undefined ? undefined : { name, length: word[0].length };
}

/** `ctrl+k` as it is written for people: `Ctrl-K`. */
export function chordText(chords: string): string {
  return chords.split(" ").map(oneChordText).join(" ");
}

function oneChordText(chord: string): string {
  const names: Readonly<Record<string, string>> = say().overlays.keys;
  const parts = /^((?:(?:ctrl|alt|shift)\+)*)(.+)$/s.exec(chord);
  const modifiers = parts?.[1] ?? "";
  const name = parts?.[2] ?? chord;
  // A letter alone is typed as it stands here.
  const shown = names[name] ?? (modifiers === "" && name.length === 1 ? name : name.toUpperCase());
  const before = ORDER.filter((modifier) => modifiers.includes(`${modifier}+`)).map((modifier) => names[modifier]);
  return [...before, shown].join("-");
}
