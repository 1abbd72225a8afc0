/** The links that one person gives another (docs/protocol.md, section 15). What follows `#` never leaves the client. */
import { fromBase64url, toBase64url } from "./bytes.ts";
import { type RoomId, roomId } from "./ids.ts";
import { LIMITS } from "./limits.ts";

/** Where a relay is and what a newcomer needs to get in; with `room`, also what joins that room. */
export interface Link {
  /** A DNS name, an IPv4 address, or an IPv6 address in brackets. */
  readonly host: string;
  readonly port: number;
  /** SHA-256 of the relay's root key (SPKI), 32 bytes; undefined: trust on first use. */
  readonly pin: Uint8Array | undefined;
  readonly accessPassword: string | undefined;
  readonly room: { readonly id: RoomId; readonly secret: Uint8Array } | undefined;
}

const SHAPE = /^sotto:\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})(?:\/(?:r\/([0-9a-f]{64}))?)?(?:#(.*))?$/;

/** @returns the link, or undefined when it is malformed (`bad-link`). */
export function parseLink(text: string): Link | undefined {
  const match = SHAPE.exec(text.trim());
  if (match === null) return undefined;
  const [, host = "", portText = "", roomText, fragment = ""] = match;
  const port = Number(portText);
  if (port < 1 || port > 65_535) return undefined;
  const parts = new Map<string, string>();
  for (const part of fragment === "" ? [] : fragment.split("&")) {
    const [key = "", value] = [part.slice(0, 1), part.slice(2)];
    if (!/^[kas]=/.test(part) || parts.has(key)) return undefined;
    parts.set(key, value);
  }
  const pin = bytesOf(parts.get("k"));
  const secret = bytesOf(parts.get("s"));
  const access = parts.get("a");
  if (pin === null || secret === null) return undefined;
  const accessPassword = access === undefined ? undefined : unescapeAccess(access);
  if (access !== undefined && accessPassword === undefined) return undefined;
  const id = roomText === undefined ? undefined : roomId(roomText);
  if ((id === undefined) !== (secret === undefined)) return undefined;
  return { host, port, pin, accessPassword, room: id && secret ? { id, secret } : undefined };
}

/** The one spelling of a link. */
export function formatLink(link: Link): string {
  const parts: string[] = [];
  if (link.pin !== undefined) parts.push(`k=${toBase64url(link.pin)}`);
  if (link.room !== undefined) parts.push(`s=${toBase64url(link.room.secret)}`);
  if (link.accessPassword !== undefined) parts.push(`a=${encodeURIComponent(link.accessPassword)}`);
  const path = link.room === undefined ? "/" : `/r/${link.room.id}`;
  return `sotto://${link.host}:${link.port}${path}${parts.length === 0 ? "" : `#${parts.join("&")}`}`;
}

/** 32 bytes, undefined when absent, null when wrong. */
function bytesOf(text: string | undefined): Uint8Array | undefined | null {
  if (text === undefined) return undefined;
  const bytes = fromBase64url(text);
  return bytes?.length === 32 ? bytes : null;
}

function unescapeAccess(text: string): string | undefined {
  try {
    const access = decodeURIComponent(text);
    // Half a surrogate has no bytes: it could be neither sent nor spelled again.
    const isText = access !== "" && access.isWellFormed();
    return isText && access.length <= LIMITS.accessPasswordBytesMax ? access : undefined;
  } catch {
    return undefined;
  }
}
