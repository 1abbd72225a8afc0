/** `sotto.toml` in the configuration folder: how the full screen looks and what it may do. Nothing in it is ever fatal. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { say } from "../text/index.ts";
import type { Environment } from "./capabilities.ts";
import { type Fault, shown, tableOf } from "./theme-file.ts";

export interface ScreenConfig {
  /** A name, or "auto": light or dark as the terminal is. */
  readonly theme: string;
  readonly mouse: boolean;
  readonly notifications: boolean;
  /** Notifications say who wrote what; else only that something came. */
  readonly content: boolean;
}

const DEFAULTS: ScreenConfig = { theme: "auto", mouse: true, notifications: true, content: false };
const FILE_MAX = 65_536;

/** `$XDG_CONFIG_HOME/sotto`, by default `~/.config/sotto`; a relative path there is to be ignored, as XDG says. */
export function configFolder(env: Environment): string {
  const given = env.XDG_CONFIG_HOME;
  const folder = given !== undefined && isAbsolute(given) ? given : join(env.HOME ?? homedir(), ".config");
  return join(folder, "sotto");
}

/** The environment goes before the file: SOTTO_THEME. */
export function readScreenConfig(env: Environment): {
  readonly config: ScreenConfig;
  readonly faults: readonly Fault[];
} {
  const toml = configText(env, "sotto.toml");
  const { config, faults } = toml === undefined ? { config: DEFAULTS, faults: [] } : parseScreenConfig(toml);
  const theme = env.SOTTO_THEME ?? "";
  return { config: theme === "" ? config : { ...config, theme }, faults };
}

export function parseScreenConfig(toml: string): { readonly config: ScreenConfig; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  let config = DEFAULTS;
  for (const [section, table] of Object.entries(tableOf(toml, faults))) {
    if (section !== "screen") faults.push({ key: section, want: "known-key", got: shown(table) });
    else if (typeof table !== "object" || table === null || Array.isArray(table))
      faults.push({ key: section, want: "table", got: shown(table) });
    else for (const [key, value] of Object.entries(table)) config = withSetting(config, key, value, faults);
  }
  return { config, faults };
}

function withSetting(config: ScreenConfig, name: string, value: unknown, faults: Fault[]): ScreenConfig {
  const key = `screen.${name}`;
  switch (name) {
    case "theme":
      if (typeof value === "string") return { ...config, theme: value };
      faults.push({ key, want: "text", got: shown(value) });
      return config;
    case "mouse":
    case "notifications":
    case "content":
      if (typeof value === "boolean") return { ...config, [name]: value };
      faults.push({ key, want: "yes-or-no", got: shown(value) });
      return config;
    default:
      faults.push({ key, want: "known-key", got: shown(value) });
      return config;
  }
}

/** A file of the configuration folder; undefined when there is none that can be read. */
export function configText(env: Environment, name: string): string | undefined {
  try {
    const text = readFileSync(join(configFolder(env), name), "utf8");
    return text.length <= FILE_MAX ? text : undefined;
  } catch {
    return undefined;
  }
}

/** One line for a person: where, what, and what should be there. */
export function faultWords(file: string, { key, want, got }: Fault): string {
  const { faults, wants } = say().terminal;
  return key === "" ? faults.unreadable(file, got) : faults.wrong(file, key, wants[want], got);
}
