/** The command line of `sottoctl`. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { EXIT, fail, ok, type Result } from "@sotto/wire";
import { type AdminRequest, isNotice, noticeWanted, parseAdminRequest } from "../admin/protocol.ts";
import { defaultDataFolder } from "../data-folder.ts";
import { Trouble } from "../trouble.ts";
import { helpOf, type Usage } from "../usage.ts";

export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "ask"; readonly data: string; readonly request: AdminRequest; readonly json: boolean };

/** What each command wants behind its name. */
const WANTED = {
  status: "",
  online: "",
  users: "",
  audit: "",
  link: "",
  config: "",
  regen: "",
  kick: "NAME",
  ban: "NAME",
  unban: "NAME",
  announce: "TEXT",
  stop: "",
} as const satisfies Record<AdminRequest["command"], string>;

const KNOWN = Object.keys(WANTED).join(", ");
const AUDIT_LINES = 50;

export const USAGE: Usage = {
  name: "sottoctl",
  line: "ask the relay on this machine, and give it orders",
  about:
    "what the relay on this machine knows, and orders to it. It speaks to the running sottod over a socket in the data folder, which nobody but the owner of that folder can open.",
  synopsis: "sottoctl [--data DIR] [--json] COMMAND",
  commands: [
    ["status", "version, address, since when, how many accounts and connections"],
    ["online", "who is connected: id, address, registered or anonymous, name, since when"],
    [
      "users",
      "who has an account: fingerprint of the password's verifier (the OPAQUE record; never the password), last address, active, held or banned, online, admin",
    ],
    ["audit", `the newest lines of the journal of actions [--limit N, default ${AUDIT_LINES}]`],
    ["config", "every setting in force and where it comes from; secrets are not shown"],
    ["link", "the link to give to newcomers; it carries the access password"],
    ["regen", "make a new access password: links given before let nobody new in"],
    ["kick NAME", "end the connections of an account; its devices come back by themselves"],
    ["ban NAME", "the same, and refuse it until unban"],
    ["unban NAME", "let it in again"],
    ["announce TEXT", "tell everybody who is online"],
    ["stop", "stop the relay in order, as a signal does"],
  ],
  options: [
    ["--data DIR", "the data folder of the relay (default ~/.local/share/sottod)"],
    ["--json", "one JSON object per line, for scripts"],
    ["--version", "print the version"],
    ["--help", "print this"],
  ],
  examples: [
    "sottoctl online",
    "sottoctl users --json | jq -r 'select(.status == \"held\").name'",
    'sottoctl announce "the relay moves at noon and is back in five minutes"',
    "sudo -u sotto sottoctl --data /var/lib/sottod status",
  ],
  notes: "Times are UTC. Exit codes: 0 done, 1 failed (no relay runs there, or it refused), 2 misused.",
};

export const HELP = helpOf(USAGE);

export function parseCommand(args: readonly string[]): Result<Command, Trouble> {
  let read: ReturnType<typeof readArgs>;
  try {
    read = readArgs(args);
  } catch (error) {
    const message = error instanceof Error ? (error.message.split(". ")[0] ?? error.message) : String(error);
    return fail(misused(message.charAt(0).toLowerCase() + message.slice(1)));
  }
  const { values, positionals } = read;
  if (values.help === true) return ok({ kind: "help" });
  if (values.version === true) return ok({ kind: "version" });
  const [name, ...rest] = positionals;
  if (name === undefined) return fail(misused("a command is missing"));
  if (!isCommand(name)) return fail(misused(`unknown command ${JSON.stringify(name)}`));
  if (values.limit !== undefined && name !== "audit") return fail(misused("--limit is for audit"));
  const request = requestOf(name, rest, values.limit);
  if (!request.ok) return fail(misused(request.error));
  const data = resolve(values.data ?? defaultDataFolder());
  return ok({ kind: "ask", data, request: request.value, json: values.json === true });
}

function requestOf(
  command: AdminRequest["command"],
  rest: readonly string[],
  limit: string | undefined,
): Result<AdminRequest, string> {
  const wanted: string = WANTED[command];
  const text = rest.join(" ");
  if (wanted === "" && rest.length > 0) return fail(`${command} takes nothing more, not ${JSON.stringify(text)}`);
  if (wanted === "NAME" && rest.length !== 1) return fail(`${command} wants one NAME`);
  if (wanted === "TEXT" && !isNotice(text)) return fail(noticeWanted);
  const whole = limit === undefined ? AUDIT_LINES : /^[0-9]+$/.test(limit) ? Number(limit) : Number.NaN;
  return parseAdminRequest(JSON.stringify({ command, name: rest[0], text, limit: whole }));
}

function readArgs(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    strict: true,
    allowPositionals: true,
    options: {
      data: { type: "string" },
      json: { type: "boolean" },
      limit: { type: "string" },
      help: { type: "boolean", short: "h" },
      version: { type: "boolean" },
    },
  });
}

const isCommand = (name: string): name is AdminRequest["command"] => Object.hasOwn(WANTED, name);

function misused(message: string): Trouble {
  return new Trouble(message, `usage: sottoctl [--data DIR] [--json] COMMAND, one of ${KNOWN}`, EXIT.misused);
}
