/** Rows as a person reads them. What others chose (names, texts) passes the sanitiser on its way to the terminal. */
import { sanitiseLine } from "@sotto/wire";
import type { AdminCommand, Row } from "../admin/protocol.ts";

type Value = Row[string] | undefined;

/** The columns of those commands that answer with a table, and what stands above them. */
const COLUMNS: { readonly [C in AdminCommand]?: Readonly<Record<string, string>> } = {
  online: { id: "ID", address: "ADDRESS", status: "STATUS", name: "NAME", since: "SINCE" },
  users: {
    name: "NAME",
    verifierFingerprint: "VERIFIER FINGERPRINT",
    lastAddress: "LAST ADDRESS",
    status: "STATUS",
    online: "ONLINE",
    admin: "ADMIN",
  },
  audit: { time: "TIME", event: "EVENT", address: "ADDRESS", name: "NAME", about: "ABOUT", code: "CODE" },
  config: { key: "SETTING", value: "VALUE", from: "FROM" },
};

export function print(command: AdminCommand, rows: readonly Row[]): string {
  const columns = COLUMNS[command];
  if (columns !== undefined) return table(columns, rows);
  const row = rows[0] ?? {};
  switch (command) {
    case "link":
      return `${shown(row.link)}\n`;
    case "kick":
      return `kicked ${shown(row.name)}: ${counted(row.connectionsEnded, "connection")} ended\n`;
    case "ban":
      return `banned ${shown(row.name)}: ${counted(row.connectionsEnded, "connection")} ended\n`;
    case "unban":
      return row.wasBanned === true ? `${shown(row.name)} may come in again\n` : `${shown(row.name)} was not banned\n`;
    case "announce":
      return `announced to ${counted(row.devicesReached, "device")}\n`;
    case "stop":
      return `the relay (process ${shown(row.pid)}) is stopping\n`;
    default:
      return list(row);
  }
}

function table(columns: Readonly<Record<string, string>>, rows: readonly Row[]): string {
  const keys = Object.keys(columns);
  const lines = [Object.values(columns), ...rows.map((row) => keys.map((key) => shown(row[key])))];
  const widths = keys.map((_, at) => Math.max(...lines.map((cells) => widthOf(cells[at] ?? ""))));
  const text = lines.map((cells) =>
    cells
      .map((cell, at) => padded(cell, widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${text.join("\n")}\n`;
}

/** `accessPassword` is told as `access password`. */
function list(row: Row): string {
  const lines = Object.entries(row).map(([key, value]) => [
    key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
    shown(value),
  ]);
  const width = Math.max(0, ...lines.map(([label = ""]) => label.length));
  return lines.map(([label = "", value = ""]) => `${padded(label, width)}  ${value}\n`).join("");
}

function shown(value: Value): string {
  if (value === undefined || value === null) return "-";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return sanitiseLine(String(value));
}

const widthOf = (text: string): number => [...text].length;
const padded = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - widthOf(text)));
const counted = (count: Value, what: string): string => `${shown(count)} ${what}${count === 1 ? "" : "s"}`;
