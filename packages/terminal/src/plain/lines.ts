/** The lines of the plain mode: append only, words rather than signs. */
import type { Message } from "@sotto/core";
import { sanitiseName } from "@sotto/wire";
import type { Line } from "../output.ts";
import { say } from "../text/index.ts";

/** `[09:40] #general carol: text`; `sender` is sanitised as a name, or is the word for oneself. */
export function messageLine(tag: string, sender: string, message: Pick<Message, "sentAt" | "text">): Line {
  return [
    { text: `[${timeOf(message.sentAt)}]`, style: "dim" },
    ` ${tag} `,
    { text: sender, style: "bold" },
    ": ",
    { text: message.text, lines: true },
  ];
}

/** Who wrote it: "you", in the language of the person, or a name. Somebody whose name is that word gets a sign before it. */
export function senderWord({ sender, senderId }: Pick<Message, "sender" | "senderId">, self: string): string {
  const { you } = say().plain;
  if (senderId === self) return you;
  const name = sanitiseName(sender);
  return name.toLowerCase() === you ? `@${name}` : name;
}

/** `[09:41] * bob joined #general` */
export function eventLine(at: number, ...what: Line): Line {
  return [{ text: `[${timeOf(at)}]`, style: "dim" }, " * ", ...what];
}

/** `3 unread from alice, 1 from bob` */
export function unreadDigest(from: readonly { readonly username: string; readonly count: number }[]): string {
  const text = say().plain.chat;
  const parts = from.map(({ username, count }, index) => {
    const who = sanitiseName(username);
    return index === 0 ? text.unreadFrom(count, who) : text.moreFrom(count, who);
  });
  const shown = parts.slice(0, 10).join(", ");
  return parts.length > 10 ? text.andOthers(shown, parts.length - 10) : shown;
}

/** Local time; the sender's clock may say anything. */
export function timeOf(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return "--:--";
  return `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
}

/** `Saturday 21 November 2026` */
export function dayOf(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return say().words.unknownDay;
  return say().words.date(date.getDay(), date.getDate(), date.getMonth(), date.getFullYear());
}

/** `Sat 21 Nov` */
export function shortDayOf(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return say().words.unknownDay;
  return say().words.shortDate(date.getDay(), date.getDate(), date.getMonth());
}
