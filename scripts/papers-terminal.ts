/** What docs/terminal.md says of keys, actions and commands, held to the tables that the programs are made of. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { usage } from "../packages/terminal/src/commands/command.ts";
import { COMMANDS, commandNamed } from "../packages/terminal/src/commands/table.ts";
import { ACTIONS } from "../packages/terminal/src/full/actions.ts";
import { parseChords } from "../packages/terminal/src/full/chord.ts";
import { type Keymap, keymapOf } from "../packages/terminal/src/full/keymap.ts";
import { editNameOf } from "../packages/terminal/src/screen/editing.ts";

const PAGE = "docs/terminal.md";
/** Pages that name keys and commands in their sentences. */
const PAGES = [PAGE, "docs/features.md", "README.md"] as const;
/** `| Ctrl-K, Ctrl-P | `palette` | …`: the rows of the table of keys. */
const row = /^\| ([^|]+) \| `([a-z0-9-]+)`(?: to `([a-z0-9-]+)`)? \| /gm;
const key = /(?<![\w`-])(?:(?:Ctrl|Alt|Shift)-(?:[A-Z][a-z]+|[A-Z0-9_])|F[1-9][0-2]?)(?![\w-])/g;
/** A command in code, alone or with what follows it; a path has a slash more. */
const command = /`[/!]([a-z]+)(?=[ `])/g;

export async function terminalFaults(root: string): Promise<string[]> {
  const { keymap } = keymapOf(undefined);
  const read = async (path: string): Promise<string> =>
    (await readFile(join(root, path), "utf8")).replaceAll("\\|", "|");
  const page = await read(PAGE);
  const faults = [...keyFaults(page, keymap), ...absentCommands(page)];
  for (const path of PAGES) faults.push(...wordFaults(path, await read(path), keymap));
  return faults;
}

/** Each action stands once in the table, with the keys that it has by default. */
function keyFaults(page: string, keymap: Keymap): string[] {
  const faults: string[] = [];
  const told = new Map<string, string>();
  for (const [, keys = "", from = "", until] of page.matchAll(row)) {
    const name = until === undefined ? from : `${from} to ${until}`;
    if (told.has(name)) faults.push(`${PAGE}: ${name} stands there twice`);
    told.set(name, keys);
  }
  for (const [name, keys] of wantedKeys(keymap)) {
    if (told.get(name) !== keys)
      faults.push(`${PAGE}: the keys of ${name} are ${keys}, not ${told.get(name) ?? "told"}`);
    told.delete(name);
  }
  return [...faults, ...[...told.keys()].map((name) => `${PAGE}: no action is called ${name}`)];
}

function wantedKeys(keymap: Keymap): Map<string, string> {
  const wanted = new Map<string, string>();
  for (const { name } of ACTIONS) if (!name.startsWith("room-")) wanted.set(name, keymap.keysOf(name).join(", "));
  // Eight rows that say the same of a number each are none.
  const [first, ninth, tenth] = [keymap.keyOf("room-1"), keymap.keyOf("room-9"), keymap.keyOf("room-10")];
  for (const name of ["room-up", "room-down"] as const) wanted.set(name, keymap.keysOf(name).join(", "));
  return wanted.set("room-1 to room-10", `${first} to ${ninth}, ${tenth}`);
}

/** Each command stands there as /help writes it, and each of its other names. */
function absentCommands(page: string): string[] {
  return COMMANDS.flatMap((one) => [usage(one), ...(one.aliases ?? []).map((alias) => `/${alias}`)])
    .filter((written) => !page.includes(`\`${written}\``))
    .map((written) => `${PAGE}: ${written} is missing`);
}

/** What a sentence names is there: a key with a meaning, a command of the table. */
function wordFaults(path: string, text: string, keymap: Keymap): string[] {
  const bound = new Set(ACTIONS.flatMap(({ name }) => keymap.keysOf(name)).flatMap((keys) => keys.split(" ")));
  const isKey = (written: string): boolean =>
    bound.has(written) || editNameOf(parseChords(written.replaceAll("-", "+")) ?? "") !== undefined;
  const keys = [...text.matchAll(key)].map(([written]) => written).filter((written) => !isKey(written));
  const names = [...text.matchAll(command)].map(([, name = ""]) => name).filter((name) => !isCommand(name));
  return [
    ...[...new Set(keys)].map((written) => `${path}: ${written} does nothing`),
    ...[...new Set(names)].map((name) => `${path}: there is no command /${name}`),
  ];
}

/** Those of the menu before one is signed in, and `/command` for any. */
function isCommand(name: string): boolean {
  return commandNamed(name) !== undefined || ["signup", "signin", "exit", "command", "commands"].includes(name);
}
