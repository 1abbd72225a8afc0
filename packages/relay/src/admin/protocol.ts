/** What `sottoctl` and `sottod` say to each other over the socket in the data folder: one line of JSON each way. */
import { fail, LIMITS, ok, type Result } from "@sotto/wire";

export type AdminRequest =
  | { readonly command: "status" | "online" | "users" | "link" | "regen" | "config" | "stop" }
  | { readonly command: "audit"; readonly limit: number }
  | { readonly command: "kick" | "ban" | "unban"; readonly name: string }
  | { readonly command: "announce"; readonly text: string };

export type AdminCommand = AdminRequest["command"];

/** One line of a table; null stands for nothing. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

export type AdminReply =
  | { readonly ok: true; readonly rows: readonly Row[] }
  | { readonly ok: false; readonly message: string; readonly hint: string };

export const ADMIN_LINE_CHARACTERS_MAX = 64 * 1024;
const AUDIT_LINES_MAX = 10_000;

/** @returns the request, or what is wrong with it. */
export function parseAdminRequest(line: string): Result<AdminRequest, string> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return fail("not a line of JSON");
  }
  if (typeof value !== "object" || value === null) return fail("not an object");
  const field = (name: string): unknown => (Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined);
  const [command, name, text, limit] = [field("command"), field("name"), field("text"), field("limit")];
  switch (command) {
    case "status":
    case "online":
    case "users":
    case "link":
    case "regen":
    case "config":
    case "stop":
      return ok({ command });
    case "kick":
    case "ban":
    case "unban":
      return typeof name === "string" ? ok({ command, name }) : fail(`${command} wants a name`);
    case "announce":
      return isNotice(text) ? ok({ command, text }) : fail(noticeWanted);
    case "audit":
      if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1 || limit > AUDIT_LINES_MAX)
        return fail(`audit wants a limit from 1 to ${AUDIT_LINES_MAX}`);
      return ok({ command, limit });
    default:
      return fail("an unknown command");
  }
}

/** As the wire has it, so that every client takes it. */
export function isNotice(text: unknown): text is string {
  return (
    typeof text === "string" && text.trim() !== "" && text.isWellFormed() && text.length <= LIMITS.noticeCharactersMax
  );
}

export const noticeWanted = `announce wants a text of at most ${LIMITS.noticeCharactersMax} characters`;

/** What came over the socket, or undefined: the other end is no sottod of this version. */
export function parseAdminReply(line: string): AdminReply | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("ok" in value)) return undefined;
  if (value.ok === true && "rows" in value && Array.isArray(value.rows) && value.rows.every(isRow))
    return { ok: true, rows: value.rows };
  if (value.ok !== false || !("message" in value) || !("hint" in value)) return undefined;
  return { ok: false, message: String(value.message), hint: String(value.hint) };
}

function isRow(value: unknown): value is Row {
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).every((one) => one === null || ["string", "number", "boolean"].includes(typeof one));
}
