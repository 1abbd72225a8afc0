/** What a person has set for the screen, in files of their own. What is wrong in them is named, and never fatal. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Line, warning } from "../output.ts";
import { say } from "../text/index.ts";
import type { Capabilities, Environment } from "./capabilities.ts";
import { type Keymap, keymapOf } from "./keymap.ts";
import type { Theme } from "./theme.ts";
import type { Tty } from "./tty.ts";

export interface FullConfig {
  readonly keymap: Keymap;
  readonly mouse: boolean;
  readonly faults: readonly Line[];
  theme(caps: Capabilities): Theme;
  notify(tty: Tty, text: string): void;
  /** @returns false where the terminal takes nothing. */
  copy(tty: Tty, text: string): boolean;
}

export function configOf(env: Environment): FullConfig {
  const folder = join(env.XDG_CONFIG_HOME ?? join(homedir(), ".config"), "sotto");
  const keysFile = join(folder, "keys.toml");
  const { keymap, faults } = keymapOf(textOf(keysFile));
  return {
    keymap,
    mouse: false,
    faults: faults.map(({ key, want, got }) => warning(say().full.settingsFault(keysFile, key, want, got))),
    theme: () => THEME,
    notify: (tty) => tty.write("\u0007"),
    copy: () => false,
  };
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

const THEME: Theme = {
  name: "plain",
  style: (role) =>
    role === "dim" || role === "event" || role === "time" || role === "hint"
      ? { dim: true }
      : role === "selected" || role === "bar"
        ? { reverse: true }
        : role === "title" || role === "unread" || role === "mention" || role === "key"
          ? { bold: true }
          : role === "qr"
            ? { fg: 16, bg: 231 }
            : {},
  nick: () => ({ bold: true }),
};
