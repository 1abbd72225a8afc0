/** The files with settings of the screen: which there are, and what in them has no effect. */
import { type Capabilities, capabilitiesOf, type Environment } from "../full/capabilities.ts";
import { faultsAt, keymapOf } from "../full/keymap.ts";
import { openTheme } from "../full/themes.ts";
import { configFolder, configText, readScreenConfig } from "../full/tty-config.ts";
import { say } from "../text/index.ts";
import { type Finding, fine, look } from "./finding.ts";

const SCREEN = "sotto.toml";
const KEYS = "keys.toml";

export function settingsFinding(env: Environment, found: Capabilities = capabilitiesOf(env)): Finding {
  const said = say().cli.doctor;
  const texts = new Map([SCREEN, KEYS].map((name) => [name, configText(env, name)]));
  const there = [...texts].filter(([, text]) => text !== undefined).map(([name]) => name);
  const screen = readScreenConfig(env);
  const theme = openTheme({ name: screen.config.theme, capabilities: found, folder: configFolder(env) });
  const wrong = [
    ...[...screen.faults, ...theme.faults].map(({ key }) => `${SCREEN} ${shown(key)}`),
    ...faultsAt(keymapOf(texts.get(KEYS)).faults, found).map(({ key }) => `${KEYS} ${shown(key)}`),
  ].map((one) => one.trim());
  if (wrong.length > 0) return look("settings", said.settingsWrong([...new Set(wrong)].join(", ")), said.settingsTodo);
  return fine("settings", there.length === 0 ? said.settingsNone : there.join(", "));
}

/** The name of a setting; what does not look like one is not repeated. */
function shown(key: string): string {
  return key === "" || /^[\w.-]{1,40}$/.test(key) ? key : say().cli.doctor.unusual;
}
