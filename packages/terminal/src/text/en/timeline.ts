/** What stands between and beside the messages of a conversation. */
import { many } from "./plural.ts";

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export const timeline = {
  you: "you",
  sotto: "sotto",
  /** @param weekday - 0 is Sunday; @param month - 0 is January; @param year - undefined: this one. */
  day: (weekday: number, date: number, month: number, year: number | undefined) =>
    `${WEEKDAYS[weekday] ?? ""} ${date} ${MONTHS[month] ?? ""}${year === undefined ? "" : ` ${year}`}`,
  unknownDay: "an unknown day",
  new: (count: number) => `${count} new`,
  newBelow: (count: number) => `↓ ${count} new`,
  moreBelow: "↓ more",
  notSent: (why: string) => `not sent: ${why}`,
  folded: (rows: number) => `… ${many(rows, "more line")}`,
  unfold: (select: string, open: string) => `${select} selects the message, ${open} opens all of it`,
  again: "again",
  edit: "edit",
  away: "drop",
  empty: "No messages yet.",
  emptyRoom: (invite: string) => `Write the first one below, or bring somebody in with ${invite}.`,
  emptyDirect: (name: string) => `Write to ${name} below. Nobody but you two can read it.`,
  welcome: "No conversation is open.",
  welcomePalette: (key: string) => `${key} finds rooms, people and commands`,
  welcomeJoin: "/join LINK enters a room, /create NAME makes one",
  welcomeHelp: "/help shows everything else",
};
