/** The themes that come with sotto, and those of the person's own folder. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Capabilities } from "./capabilities.ts";
import type { Theme } from "./theme.ts";
import { baseOf, type Fault, parseTheme, type ThemeFile, themeOf } from "./theme-file.ts";

export const OWN_THEMES = ["dark", "light", "high-contrast", "mono"] as const;

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const FILE_MAX = 65_536;

export interface ThemeChoice {
  /** A name, or "auto": light or dark as the terminal is. */
  readonly name: string;
  readonly capabilities: Pick<Capabilities, "background" | "colours">;
  /** Where `themes/NAME.toml` of the person's own are. */
  readonly folder: string;
}

/** Never fails: what is wrong is named, and something that can be read is shown in any case. */
export function openTheme({ name, capabilities, folder }: ThemeChoice): {
  readonly theme: Theme;
  readonly faults: readonly Fault[];
} {
  const fallback = capabilities.background === "light" ? "light" : "dark";
  // Colours that are not written cannot mark anything.
  const wanted = capabilities.colours === "none" ? "mono" : name === "auto" ? fallback : name;
  const own = ownTheme(wanted);
  if (own !== undefined) return { theme: themeOf(wanted, own), faults: [] };
  const toml = NAME.test(wanted) ? textOf(join(folder, "themes", `${wanted}.toml`)) : undefined;
  const base = (toml === undefined ? undefined : ownTheme(baseOf(toml) ?? "")) ?? ownTheme(fallback);
  if (toml === undefined)
    return {
      theme: themeOf(fallback, base ?? parseTheme("").file),
      faults: [{ key: "theme", want: "theme", got: wanted.slice(0, 60) }],
    };
  const { file, faults } = parseTheme(toml, base);
  return { theme: themeOf(wanted, file), faults };
}

export function ownTheme(name: string): ThemeFile | undefined {
  if (!OWN_THEMES.some((own) => own === name)) return undefined;
  return parseTheme(readFileSync(new URL(`../../themes/${name}.toml`, import.meta.url), "utf8")).file;
}

function textOf(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8");
    return text.length <= FILE_MAX ? text : undefined;
  } catch {
    return undefined;
  }
}
