/** The command line, parsed once into what is to be done. */
import { parseArgs } from "node:util";
import { fail, ok, type Result } from "@sotto/wire";

export interface Common {
  /** Folder of the profile; undefined: the default one. */
  readonly profile: string | undefined;
  readonly passwordFile: string | undefined;
  /** For a relay that asks for a code at each connection. */
  readonly codeFile: string | undefined;
}

export type Invocation =
  | { readonly type: "help"; readonly command: OneShot | undefined }
  | { readonly type: "version" }
  | ({ readonly type: "rpc" } & Common)
  | ({ readonly type: "plain"; readonly asked: boolean; readonly link: LinkArgument } & Common)
  | ({
      readonly type: "send";
      readonly room: string;
      readonly text: string | undefined;
      readonly lines: boolean;
    } & Common)
  | ({
      readonly type: "tail";
      readonly room: string | undefined;
      readonly json: boolean;
      readonly history: number;
    } & Common)
  | ({ readonly type: "rooms"; readonly json: boolean } & Common);

export type OneShot = "send" | "tail" | "rooms";

export type LinkArgument =
  | { readonly type: "none" }
  | { readonly type: "given"; readonly link: string }
  /** `sotto -`: the first line of standard input. */
  | { readonly type: "stdin" };

interface Misuse {
  readonly what: string;
  readonly hint: string;
}

const COMMON = {
  profile: { type: "string" },
  "password-file": { type: "string" },
  "code-file": { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

const MAIN = { ...COMMON, plain: { type: "boolean" }, rpc: { type: "boolean" }, version: { type: "boolean" } } as const;
const SEE_HELP = "sotto --help shows how";

export function parseInvocation(args: readonly string[]): Result<Invocation, Misuse> {
  try {
    // Flags may stand before the command: sotto --profile DIR send ROOM.
    const at = args.findIndex((arg, index) => !arg.startsWith("-") && !takesValue(args[index - 1]));
    const command = args[at] ?? "";
    return isOneShot(command) ? oneShot(command, args.toSpliced(at, 1)) : main(args);
  } catch (cause) {
    // parseArgs names the flag in its message, never the value of a link.
    const what = cause instanceof Error ? (cause.message.split(". ")[0] ?? "") : "";
    return misuse(what.charAt(0).toLowerCase() + what.slice(1));
  }
}

function isOneShot(arg: string): arg is OneShot {
  return arg === "send" || arg === "tail" || arg === "rooms";
}

function takesValue(arg: string | undefined): boolean {
  return arg === "--profile" || arg === "--password-file" || arg === "--code-file";
}

function main(args: readonly string[]): Result<Invocation, Misuse> {
  const { values, positionals } = parseArgs({ args: [...args], options: MAIN, allowPositionals: true });
  if (values.help) return ok({ type: "help", command: undefined });
  if (values.version) return ok({ type: "version" });
  const common = commonOf(values);
  if (values.rpc && values.plain) return misuse("--rpc and --plain exclude each other");
  if (values.rpc && (common.passwordFile !== undefined || common.codeFile !== undefined)) {
    return misuse("--rpc takes password and code in account.unlock, not from a file");
  }
  if (values.rpc) return positionals.length === 0 ? ok({ type: "rpc", ...common }) : misuse("--rpc takes no link");
  const [link, ...more] = positionals;
  if (more.length > 0) return misuse("there is more than one link");
  if (link !== undefined && link !== "-" && !link.startsWith("sotto:")) {
    return misuse(/^[a-z-]{1,20}$/.test(link) ? `there is no command ${link}` : "a link starts with sotto://");
  }
  const argument: LinkArgument =
    link === undefined ? { type: "none" } : link === "-" ? { type: "stdin" } : { type: "given", link };
  return ok({ type: "plain", asked: values.plain ?? false, link: argument, ...common });
}

function oneShot(command: OneShot, args: readonly string[]): Result<Invocation, Misuse> {
  switch (command) {
    case "send": {
      const options = { ...COMMON, lines: { type: "boolean" } } as const;
      const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
      if (values.help) return ok({ type: "help", command });
      const [room, text, ...more] = positionals;
      if (room === undefined) return misuse("send needs the name or id of a room");
      if (more.length > 0) return misuse("send takes one text: put it in quotes");
      const lines = values.lines ?? false;
      if (lines && text !== undefined) return misuse("--lines reads standard input and takes no text");
      return ok({ type: "send", room, text, lines, ...commonOf(values) });
    }
    case "tail": {
      const options = { ...COMMON, json: { type: "boolean" }, history: { type: "string" } } as const;
      const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
      if (values.help) return ok({ type: "help", command });
      const [room, ...more] = positionals;
      if (more.length > 0) return misuse("tail takes one room, or none for all");
      const history = Number(values.history ?? "0");
      if (!Number.isInteger(history) || history < 0 || history > 500) return misuse("--history takes 0 to 500");
      return ok({ type: "tail", room, json: values.json ?? false, history, ...commonOf(values) });
    }
    case "rooms": {
      const options = { ...COMMON, json: { type: "boolean" } } as const;
      const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
      if (values.help) return ok({ type: "help", command });
      if (positionals.length > 0) return misuse("rooms takes no name");
      return ok({ type: "rooms", json: values.json ?? false, ...commonOf(values) });
    }
  }
}

interface CommonValues {
  readonly profile?: string | undefined;
  readonly "password-file"?: string | undefined;
  readonly "code-file"?: string | undefined;
}

function commonOf(values: CommonValues): Common {
  return { profile: values.profile, passwordFile: values["password-file"], codeFile: values["code-file"] };
}

function misuse(what: string): Result<Invocation, Misuse> {
  return fail({ what, hint: SEE_HELP });
}
