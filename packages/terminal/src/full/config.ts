/** What a person has set for the screen, as it takes effect. What is wrong in the files is named, and never fatal. */
import { join } from "node:path";
import { type Line, warning } from "../output.ts";
import { say } from "../text/index.ts";
import type { Capabilities, Environment } from "./capabilities.ts";
import { faultsAt, type Keymap, keymapOf } from "./keymap.ts";
import type { Theme } from "./theme.ts";
import { openTheme } from "./themes.ts";
import { configFolder, configText, faultWords, readScreenConfig } from "./tty-config.ts";

export interface FullConfig {
  readonly keymap: Keymap;
  readonly mouse: boolean;
  readonly notifications: boolean;
  /** Notifications say who wrote what. */
  readonly content: boolean;
  /** As the terminal is by now: it may say late whether it is light or dark. */
  theme(capabilities: Capabilities): Theme;
  faults(capabilities: Capabilities): readonly Line[];
}

export function configOf(env: Environment): FullConfig {
  const folder = configFolder(env);
  const screen = readScreenConfig(env);
  const keys = keymapOf(configText(env, "keys.toml"));
  let opened: { readonly capabilities: Capabilities; readonly made: ReturnType<typeof openTheme> } | undefined;
  const open = (capabilities: Capabilities): ReturnType<typeof openTheme> => {
    if (opened?.capabilities !== capabilities)
      opened = { capabilities, made: openTheme({ name: screen.config.theme, capabilities, folder }) };
    return opened.made;
  };
  return {
    keymap: keys.keymap,
    mouse: screen.config.mouse,
    notifications: screen.config.notifications,
    content: screen.config.content,
    theme: (capabilities) => open(capabilities).theme,
    faults: (capabilities) => {
      const text = say().full.settingsFault;
      const keysFile = join(folder, "keys.toml");
      return [
        ...[...screen.faults, ...open(capabilities).faults].map((fault) => faultWords("sotto.toml", fault)),
        ...faultsAt(keys.faults, capabilities).map(({ key, want, got }) => text(keysFile, key, want, got)),
      ].map((words) => warning(words));
    },
  };
}
