/** What is said of one message, or taken from it. */
import { sanitiseName, sanitiseText } from "@sotto/wire";
import type { Line } from "../output.ts";
import { dayOf, timeOf } from "../plain/lines.ts";
import { say } from "../text/index.ts";
import type { Selectable } from "./selection.ts";
import type { Person } from "./state.ts";

const QUOTED_LINES = 6;

/** As the start of an answer. */
export function quoted(item: Selectable): string {
  const lines = sanitiseText(item.text).split("\n");
  const shown = lines.length > QUOTED_LINES ? [...lines.slice(0, QUOTED_LINES), "…"] : lines;
  const [first = "", ...rest] = shown;
  const who = item.type === "message" ? `${sanitiseName(item.sender)}: ` : "";
  return `${[`> ${who}${first}`, ...rest.map((line) => `> ${line}`)].join("\n")}\n`;
}

/** For a page of its own. */
export function linesOf({ text }: Selectable): readonly Line[] {
  return sanitiseText(text)
    .split("\n")
    .map((line) => [line]);
}

export function senderOf(item: Selectable): string {
  return item.type === "message" && !item.own ? sanitiseName(item.sender) : say().timeline.you;
}

/** Those that may be opened, each once. */
export function linksIn(text: string): readonly string[] {
  const found = sanitiseText(text).matchAll(/(?:https?:\/\/|mailto:)[^\s<>"'`]+/gi);
  const links = [...found].map(([link]) => link.replace(/[.,;:!?)\]}]+$/, "")).filter((link) => URL.canParse(link));
  return [...new Set(links.map((link) => opened(new URL(link))))];
}

/** An address alone: what else a link to one says some mail programs do, such as attaching a file of this machine. */
function opened(url: URL): string {
  if (url.protocol === "mailto:") url.search = "";
  return url.href;
}

export function factsOf(item: Selectable, people: ReadonlyMap<string, Person>): readonly Line[] {
  const text = say().full.info;
  const at = item.type === "message" ? item.sentAt : item.at;
  const rows: (readonly [string, string])[] = [];
  if (item.type === "message") rows.push([text.sender, sanitiseName(item.sender)], [text.account, item.senderId]);
  if (item.type === "message" && !item.own) rows.push([text.trust, trustOf(people.get(item.senderId))]);
  rows.push([text.sent, `${dayOf(at)} ${timeOf(at)}`]);
  if (item.type === "message") rows.push([text.place, String(item.seq)]);
  rows.push([text.id, item.messageId], [text.state, stateOf(item)]);
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, value]) => [{ text: name.padEnd(width), style: "dim" }, value]);
}

function trustOf(person: Person | undefined): string {
  const text = say().full.info;
  if (person?.doubt !== undefined) return text.doubt;
  return person?.verified === true ? text.verified : text.unverified;
}

function stateOf(item: Selectable): string {
  const text = say().full.info;
  if (item.type === "message") return text.inLog;
  return item.type === "waiting" ? text.waiting : `${text.failed}: ${item.why.what}`;
}
