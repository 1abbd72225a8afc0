/** The lines of the plain mode: append only, words rather than signs. */
import type { Message } from "@sotto/core";
import { sanitiseName } from "@sotto/wire";
import type { Line } from "../output.ts";
import { count } from "../words.ts";

/** `[09:40] #general carol: text` */
export function messageLine(tag: string, sender: string, message: Pick<Message, "sentAt" | "text">): Line {
  const shown = sender === "you" ? sender : sanitiseName(sender);
  return [
    { text: `[${timeOf(message.sentAt)}]`, style: "dim" },
    ` ${tag} `,
    { text: shown, style: "bold" },
    ": ",
    { text: message.text, lines: true },
  ];
}

/** `[09:41] * bob joined #general` */
export function eventLine(at: number, ...what: Line): Line {
  return [{ text: `[${timeOf(at)}]`, style: "dim" }, " * ", ...what];
}

/** `3 unread from alice, 1 from bob` */
export function unreadDigest(from: readonly { readonly username: string; readonly count: number }[]): string {
  const parts = from.map(({ username, count: number }, index) => {
    return `${number}${index === 0 ? " unread" : ""} from ${sanitiseName(username)}`;
  });
  const shown = parts.slice(0, 10).join(", ");
  return parts.length > 10 ? `${shown} and ${count(parts.length - 10, "other")}` : shown;
}

/** Local time; the sender's clock may say anything. */
export function timeOf(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return "--:--";
  return `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = "January February March April May June July August September October November December".split(" ");

/** `Saturday 21 November 2026` */
export function dayOf(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return "an unknown day";
  return `${DAYS[date.getDay()]} ${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`;
}
