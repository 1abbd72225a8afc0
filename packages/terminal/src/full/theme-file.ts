/** A theme as it stands in a file: what is wrong in it is named, and the theme it is based on holds there. */
import { parse } from "smol-toml";
import { rgbOf } from "./colours.ts";
import { type Colour, ROLES, type Role, type Style, type Theme } from "./theme.ts";

export interface ThemeFile {
  /** `#rrggbb`: what stands behind the text, for the choice of colours. */
  readonly background: string;
  /** The background is drawn; else the terminal's own stays. */
  readonly fill: boolean;
  readonly nicks: readonly string[];
  readonly roles: Readonly<Record<Role, Style>>;
}

export interface Fault {
  readonly key: string;
  readonly want: Want;
  /** As it stands in the file, shortened. */
  readonly got: string;
}

/** What should have stood there; the words are in the catalogue. */
export type Want = "toml" | "table" | "known-key" | "role" | "colour" | "colours" | "yes-or-no" | "theme" | "text";

const FLAGS = ["bold", "dim", "italic", "underline", "reverse"] as const;
const EMPTY: ThemeFile = {
  background: "#000000",
  fill: false,
  nicks: [],
  roles: Object.fromEntries(ROLES.map((role) => [role, {}])) as Record<Role, Style>,
};

/** @param base - gives what is not in the file, or is wrong there. */
export function parseTheme(toml: string, base: ThemeFile = EMPTY): { file: ThemeFile; faults: readonly Fault[] } {
  const faults: Fault[] = [];
  let file = base;
  for (const [key, value] of Object.entries(tableOf(toml, faults))) {
    switch (key) {
      case "background":
        if (typeof value === "string" && rgbOf(value) !== undefined) file = { ...file, background: value };
        else faults.push({ key, want: "colour", got: shown(value) });
        break;
      case "fill":
        if (typeof value === "boolean") file = { ...file, fill: value };
        else faults.push({ key, want: "yes-or-no", got: shown(value) });
        break;
      case "nicks":
        if (isColours(value)) file = { ...file, nicks: value };
        else faults.push({ key, want: "colours", got: shown(value) });
        break;
      case "roles":
        file = { ...file, roles: { ...file.roles, ...rolesOf(value, faults) } };
        break;
      case "base":
        // Read before by {@link baseOf}.
        break;
      default:
        faults.push({ key, want: "known-key", got: shown(value) });
    }
  }
  return { file, faults };
}

/** The name of the theme that gives what is not in this file. */
export function baseOf(toml: string): string | undefined {
  const base = tableOf(toml, []).base;
  return typeof base === "string" ? base : undefined;
}

export function tableOf(toml: string, faults: Fault[]): Readonly<Record<string, unknown>> {
  try {
    return parse(toml);
  } catch (cause) {
    const got = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : "";
    faults.push({ key: "", want: "toml", got: got.slice(0, 120) });
    return {};
  }
}

const SHOWN_MAX = 60;

/** What stood there, in a few characters. */
export function shown(value: unknown): string {
  try {
    const text = JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner)) ?? "";
    return text.slice(0, SHOWN_MAX).toWellFormed();
  } catch {
    // Lists in lists in lists, deeper than this program can follow.
    return "[[[…";
  }
}

function rolesOf(value: unknown, faults: Fault[]): Partial<Record<Role, Style>> {
  if (!isTable(value)) {
    faults.push({ key: "roles", want: "table", got: shown(value) });
    return {};
  }
  const roles: Partial<Record<Role, Style>> = {};
  for (const [name, style] of Object.entries(value)) {
    const role = ROLES.find((known) => known === name);
    if (role === undefined) faults.push({ key: `roles.${name}`, want: "role", got: name.slice(0, 60) });
    else if (!isTable(style)) faults.push({ key: `roles.${name}`, want: "table", got: shown(style) });
    else roles[role] = styleOf(name, style, faults);
  }
  return roles;
}

function styleOf(role: string, table: Readonly<Record<string, unknown>>, faults: Fault[]): Style {
  let style: Style = {};
  for (const [name, value] of Object.entries(table)) {
    const key = `roles.${role}.${name}`;
    const flag = FLAGS.find((known) => known === name);
    if (name === "fg" || name === "bg") {
      if (isColour(value)) style = { ...style, [name]: value };
      else faults.push({ key, want: "colour", got: shown(value) });
    } else if (flag === undefined) faults.push({ key, want: "known-key", got: shown(value) });
    else if (typeof value === "boolean") style = { ...style, [flag]: value };
    else faults.push({ key, want: "yes-or-no", got: shown(value) });
  }
  return style;
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isColour(value: unknown): value is Colour {
  if (typeof value === "string") return rgbOf(value) !== undefined;
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 255;
}

function isColours(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string" && rgbOf(one) !== undefined);
}

/** Styles are made once: a cell that did not change is the same value. */
export function themeOf(name: string, { background, fill, nicks, roles }: ThemeFile): Theme {
  const ofRole = (role: Role): Style => (role === "qr" ? { ...roles.qr, isPicture: true } : roles[role]);
  const filled = (style: Style): Style => (fill && style.bg === undefined ? { ...style, bg: background } : style);
  const styles = new Map<Role, Style>(ROLES.map((role) => [role, filled(ofRole(role))]));
  const names = nicks.map((fg) => filled({ fg, bold: true }));
  const plain = filled({ bold: true });
  return {
    name,
    style: (role) => styles.get(role) ?? {},
    nick: (key) => names[hash(key) % Math.max(1, names.length)] ?? plain,
  };
}

/** FNV-1a, and stirred, since few of its bits are taken: the same account has the same colour everywhere. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}
