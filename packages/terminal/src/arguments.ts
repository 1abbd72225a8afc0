/** The command line, parsed once into what is to be done. */
import { fail, ok, type Result } from "@sotto/wire";
import { COMMANDS, type CommandName, isCommand, isShell, MAIN, type OptionName, type Shell } from "./command-line.ts";
import { readArguments, type Words } from "./read-arguments.ts";
import { say } from "./text/index.ts";

export interface Common {
  /** Folder of the profile; undefined: the default one. */
  readonly profile: string | undefined;
  readonly passwordFile: string | undefined;
  /** For a relay that asks for a code at each connection. */
  readonly codeFile: string | undefined;
}

export type Invocation =
  | { readonly type: "help"; readonly command: CommandName | undefined }
  | { readonly type: "version" }
  | { readonly type: "completion"; readonly shell: Shell }
  | ({ readonly type: "doctor"; readonly json: boolean; readonly full: boolean } & Common)
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
  /** `names`: of the sotto that runs, without a question. */
  | ({ readonly type: "rooms"; readonly json: boolean; readonly names: boolean } & Common);

export type LinkArgument =
  | { readonly type: "none" }
  | { readonly type: "given"; readonly link: string }
  /** `sotto -`: the first line of standard input. */
  | { readonly type: "stdin" };

interface Misuse {
  readonly what: string;
  readonly hint: string;
}

type Parsed = Result<Invocation, Misuse>;

export function parseInvocation(args: readonly string[]): Parsed {
  const read = readArguments(args);
  if (!read.ok) return misuse(read.error);
  const words = read.value;
  // Options may stand before the command: sotto --profile DIR send ROOM.
  const [first = "", ...rest] = words.rest;
  const command = isCommand(first) ? first : undefined;
  const allowed: readonly OptionName[] = command === undefined ? MAIN.options : COMMANDS[command].options;
  const stray = [...words.flags, ...words.values.keys()].find((name) => !allowed.includes(name));
  if (stray !== undefined) return misuse(say().cli.misuse.unknownOption(`--${stray}`, command));
  if (words.flags.has("help")) return ok({ type: "help", command });
  return command === undefined ? main(words) : commanded(command, words, rest);
}

function main(words: Words): Parsed {
  const said = say().cli.misuse;
  const [isPlain, isRpc] = [words.flags.has("plain"), words.flags.has("rpc")];
  if (words.flags.has("version")) return ok({ type: "version" });
  const common = commonOf(words);
  if (isRpc && isPlain) return misuse(said.rpcAndPlain);
  if (isRpc && (common.passwordFile !== undefined || common.codeFile !== undefined)) return misuse(said.rpcFiles);
  if (isRpc) return words.rest.length === 0 ? ok({ type: "rpc", ...common }) : misuse(said.rpcLink);
  const [link, ...more] = words.rest;
  if (more.length > 0) return misuse(said.links);
  if (link !== undefined && link !== "-" && !link.startsWith("sotto:")) {
    return misuse(isWord(link) ? said.noCommand(link) : said.noLink);
  }
  const argument: LinkArgument =
    link === undefined ? { type: "none" } : link === "-" ? { type: "stdin" } : { type: "given", link };
  return ok({ type: "plain", asked: isPlain, link: argument, ...common });
}

function commanded(command: CommandName, words: Words, rest: readonly string[]): Parsed {
  const said = say().cli.misuse;
  const common = commonOf(words);
  const json = words.flags.has("json");
  const [first, second] = rest;
  if (rest.length > COMMANDS[command].arguments.length) return misuse(said.tooMany[command]);
  switch (command) {
    case "send": {
      const lines = words.flags.has("lines");
      if (first === undefined) return misuse(said.sendRoom);
      if (lines && second !== undefined) return misuse(said.linesText);
      return ok({ type: "send", room: first, text: second, lines, ...common });
    }
    case "tail": {
      const history = Number(words.values.get("history") ?? "0");
      if (!Number.isInteger(history) || history < 0 || history > 500) return misuse(said.history);
      return ok({ type: "tail", room: first, json, history, ...common });
    }
    case "rooms": {
      const names = words.flags.has("names");
      if (names && json) return misuse(said.namesJson);
      return ok({ type: "rooms", json, names, ...common });
    }
    case "doctor":
      return ok({ type: "doctor", json, full: words.flags.has("full"), ...common });
    case "completion":
      return first !== undefined && isShell(first) ? ok({ type: "completion", shell: first }) : misuse(said.shell);
    case "help":
      if (first === undefined) return ok({ type: "help", command: undefined });
      if (isCommand(first)) return ok({ type: "help", command: first });
      return misuse(said.noCommand(isWord(first) ? first : "…"));
  }
}

/** What may be repeated: anything else may be a link. */
const isWord = (text: string): boolean => /^[a-z-]{1,20}$/.test(text);

function commonOf({ values }: Words): Common {
  return {
    profile: values.get("profile"),
    passwordFile: values.get("password-file"),
    codeFile: values.get("code-file"),
  };
}

function misuse(what: string): Parsed {
  return fail({ what, hint: say().cli.misuse.hint });
}
