/** Colours as numbers: parsed, compared, and brought down to what a terminal has. */
import type { Colours } from "./capabilities.ts";
import type { Colour } from "./theme.ts";

export interface Rgb {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
}

/** What xterm shows for the first sixteen; other terminals are near it. */
const BASIC: readonly Rgb[] = [
  "000000",
  "cd0000",
  "00cd00",
  "cdcd00",
  "0000ee",
  "cd00cd",
  "00cdcd",
  "e5e5e5",
  "7f7f7f",
  "ff0000",
  "00ff00",
  "ffff00",
  "5c5cff",
  "ff00ff",
  "00ffff",
  "ffffff",
].map((hex) => parsed(hex));
const STEPS: readonly number[] = [0, 95, 135, 175, 215, 255];

/** @param text - `#rrggbb` */
export function rgbOf(text: string): Rgb | undefined {
  const hex = /^#([0-9a-f]{6})$/i.exec(text)?.[1];
  return hex === undefined ? undefined : parsed(hex);
}

function parsed(hex: string): Rgb {
  const part = (at: number): number => Number.parseInt(hex.slice(at, at + 2), 16);
  return { red: part(0), green: part(2), blue: part(4) };
}

/** Of a number of the palette: 16 basic ones, a cube of 216, 24 greys. */
export function paletteRgb(index: number): Rgb {
  const basic = BASIC[index];
  if (basic !== undefined) return basic;
  if (index >= 232) {
    const grey = 8 + 10 * (Math.min(255, index) - 232);
    return { red: grey, green: grey, blue: grey };
  }
  const at = index - 16;
  const step = (value: number): number => STEPS[value % 6] ?? 0;
  return { red: step(Math.floor(at / 36)), green: step(Math.floor(at / 6)), blue: step(at) };
}

/** The parameters of SGR that give a colour; undefined where the terminal's own is to stay. */
export function sgrColour(colour: Colour, isBackground: boolean, colours: Colours): string | undefined {
  if (colours === "none" || colour === undefined) return undefined;
  const base = isBackground ? 48 : 38;
  const rgb = typeof colour === "string" ? rgbOf(colour) : undefined;
  if (typeof colour === "string" && rgb === undefined) return undefined;
  if (rgb !== undefined && colours === "true") return `${base};2;${rgb.red};${rgb.green};${rgb.blue}`;
  const index = typeof colour === "number" ? colour : nearest(rgb ?? paletteRgb(0), 16, 256);
  if (index < 16 || colours === "16") {
    const basic =
      index < 16 ? index : nearest(typeof colour === "number" ? paletteRgb(colour) : (rgb ?? paletteRgb(0)), 0, 16);
    const offset = isBackground ? 10 : 0;
    return String((basic < 8 ? 30 + basic : 82 + basic) + offset);
  }
  return `${base};5;${index}`;
}

const found = new Map<string, number>();

function nearest(rgb: Rgb, from: number, until: number): number {
  const key = `${rgb.red},${rgb.green},${rgb.blue},${from}`;
  const known = found.get(key);
  if (known !== undefined) return known;
  let best = from;
  let least = Number.POSITIVE_INFINITY;
  for (let index = from; index < until; index++) {
    const far = distance(rgb, paletteRgb(index));
    if (far < least) [best, least] = [index, far];
  }
  // Themes have few colours: this does not grow.
  found.set(key, best);
  return best;
}

/** Weighted as the eye is: green counts most, blue least. */
function distance(a: Rgb, b: Rgb): number {
  return 3 * (a.red - b.red) ** 2 + 6 * (a.green - b.green) ** 2 + (a.blue - b.blue) ** 2;
}

/** From 0 to 1, as WCAG 2 counts it. */
export function luminance({ red, green, blue }: Rgb): number {
  const linear = (part: number): number => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** WCAG 2: from 1 to 21; 4.5 is enough for text. */
export function contrast(a: Rgb, b: Rgb): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}
