/** The command line of `sottod`. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { EXIT, fail, ok, type Result } from "@sotto/wire";
import { defaultDataFolder } from "./data-folder.ts";
import { Trouble } from "./trouble.ts";
import { helpOf, type Usage } from "./usage.ts";

export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | {
      readonly kind: "run";
      readonly data: string;
      /** The configuration file, and whether it was asked for: one that was asked for must be there. */
      readonly config: { readonly path: string; readonly required: boolean };
      /** Settings by `section.key`. */
      readonly settings: Readonly<Record<string, string>>;
      readonly json: boolean;
    };

export const USAGE: Usage = {
  name: "sottod",
  line: "the relay of an end-to-end encrypted chat",
  about:
    "the relay of sotto. It knows accounts and rooms, keeps every message until everyone has it, and can read none of them.",
  synopsis: "sottod [--data DIR] [--listen HOST:PORT] [--config FILE] [--json]",
  commands: [],
  options: [
    ["--data DIR", "where keys and database are (default ~/.local/share/sottod)"],
    ["--listen HOST:PORT", "where to listen (default 127.0.0.1:7878); port 0 takes any that is free"],
    ["--config FILE", "settings (default DIR/sotto.toml, which need not exist)"],
    ["--json", "print one line of JSON when it listens, for scripts"],
    ["--version", "print the version"],
    ["--help", "print this"],
  ],
  examples: [
    "sottod                              for yourself, on this machine",
    "sottod --listen 0.0.0.0:7878        for others; give them the link that is printed",
    "SOTTO_SERVER_PUBLIC=chat.example.org sottod --listen 0.0.0.0:7878",
    "                                    the same, with a name in the link",
  ],
  notes: "Back up the data folder: the key file in it cannot be made again. Log lines go to standard error.",
};

export const HELP = helpOf(USAGE);

export function parseCommand(args: readonly string[]): Result<Command, Trouble> {
  let values: ReturnType<typeof read>;
  try {
    values = read(args);
  } catch (error) {
    const message = error instanceof Error ? (error.message.split(". ")[0] ?? error.message) : String(error);
    return fail(misused(message.charAt(0).toLowerCase() + message.slice(1)));
  }
  if (values.help === true) return ok({ kind: "help" });
  if (values.version === true) return ok({ kind: "version" });
  const settings: Record<string, string> = {};
  if (values.listen !== undefined) {
    const place = /^(\[[^\]]+\]|[^:]+):([0-9]+)$/.exec(values.listen);
    if (place === null) return fail(misused(`--listen wants HOST:PORT, not ${JSON.stringify(values.listen)}`));
    settings["server.address"] = place[1] ?? "";
    settings["server.port"] = place[2] ?? "";
  }
  const data = values.data ?? defaultDataFolder();
  const config = { path: values.config ?? join(data, "sotto.toml"), required: values.config !== undefined };
  return ok({ kind: "run", data, config, settings, json: values.json === true });
}

function read(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    allowPositionals: false,
    options: {
      data: { type: "string" },
      listen: { type: "string" },
      config: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
      version: { type: "boolean" },
    },
  });
  return values;
}

function misused(message: string): Trouble {
  return new Trouble(message, "sottod --help shows what it understands", EXIT.misused);
}
