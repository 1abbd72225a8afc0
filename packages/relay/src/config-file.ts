/** Reads `sotto.toml` and the environment into the configuration. */
import { readFileSync } from "node:fs";
import { type Config, type ConfigFault, EXIT, parseConfig, type SettingInForce, settingsInForce } from "@sotto/wire";
import { parse } from "smol-toml";
import { Trouble } from "./trouble.ts";

export interface ConfigPlace {
  readonly path: string;
  /** False: it may be missing. */
  readonly required: boolean;
}

export interface ReadConfig {
  readonly config: Config;
  /** The same with where each value comes from, for who asks what is in force. */
  readonly settings: readonly SettingInForce[];
}

/** @throws {@link Trouble} that names every fault at once. */
export function readConfig(
  place: ConfigPlace,
  env: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, string>>,
): ReadConfig {
  const sources = { file: readToml(place), env, flags };
  const config = parseConfig(sources);
  if (config.ok) return { config: config.value, settings: settingsInForce(sources) };
  const faults = config.error.map(sentence).join("; ");
  throw new Trouble(
    `the configuration is wrong: ${faults}`,
    `settings come from ${place.path}, SOTTO_<SECTION>_<KEY> and flags`,
    EXIT.misused,
  );
}

function sentence({ key, want, got }: ConfigFault): string {
  return `${key === "" ? "the file" : key} wants ${want}, got ${got}`;
}

function readToml({ path, required }: ConfigPlace): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (isMissing && !required) return undefined;
    throw new Trouble(`cannot read ${path}`, "check the path after --config, and who may read it", EXIT.misused, error);
  }
  try {
    return parse(text);
  } catch (error) {
    // The first line says what is wrong; those after it quote the file, in which a password may stand.
    const what = error instanceof Error ? error.message.split("\n")[0] : "it cannot be read";
    throw new Trouble(`${path} is not TOML: ${what}`, "see docs/relay.md for an example", EXIT.misused, error);
  }
}
