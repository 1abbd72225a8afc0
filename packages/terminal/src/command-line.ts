/**
 * The command line of `sotto` as one table: what is understood, and what help, completion and the man page are made
 * from. The words for it are in the catalogue, section `cli`.
 */

/** What stands behind an option. */
export type ValueKind = "folder" | "file" | "number";

/** What stands behind a command. */
export type ArgumentKind = "link" | "room" | "text" | "shell" | "command";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

interface Option {
  /** As `parseArgs` of Node has it. */
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly value?: ValueKind;
}

export const OPTIONS = {
  profile: { type: "string", value: "folder" },
  "password-file": { type: "string", value: "file" },
  "code-file": { type: "string", value: "file" },
  plain: { type: "boolean" },
  rpc: { type: "boolean" },
  lines: { type: "boolean" },
  json: { type: "boolean" },
  names: { type: "boolean" },
  history: { type: "string", value: "number" },
  full: { type: "boolean" },
  version: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const satisfies Readonly<Record<string, Option>>;

export type OptionName = keyof typeof OPTIONS;

export interface Argument {
  readonly kind: ArgumentKind;
  readonly optional: boolean;
}

export interface Form {
  readonly arguments: readonly Argument[];
  /** In the order in which they are listed. */
  readonly options: readonly OptionName[];
}

const must = (kind: ArgumentKind): Argument => ({ kind, optional: false });
const may = (kind: ArgumentKind): Argument => ({ kind, optional: true });

/** What unlocks a profile. */
const UNLOCKING = ["profile", "password-file", "code-file"] as const;

/** `sotto` without a command. */
export const MAIN: Form = { arguments: [may("link")], options: [...UNLOCKING, "plain", "rpc", "version", "help"] };

/** In the order of the help. */
export const COMMANDS = {
  send: { arguments: [must("room"), may("text")], options: ["lines", ...UNLOCKING, "help"] },
  tail: { arguments: [may("room")], options: ["json", "history", ...UNLOCKING, "help"] },
  rooms: { arguments: [], options: ["json", "names", ...UNLOCKING, "help"] },
  doctor: { arguments: [], options: ["json", "full", ...UNLOCKING, "help"] },
  completion: { arguments: [must("shell")], options: ["help"] },
  help: { arguments: [may("command")], options: ["help"] },
} as const satisfies Readonly<Record<string, Form>>;

export type CommandName = keyof typeof COMMANDS;

export const COMMAND_NAMES = Object.keys(COMMANDS).filter(isCommand);

export function isCommand(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}

export function isShell(word: string): word is Shell {
  return SHELLS.some((shell) => shell === word);
}

export function optionOf(name: OptionName): Option {
  return OPTIONS[name];
}
