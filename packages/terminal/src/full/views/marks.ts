/** What stands out within a message: links, words that were searched for, one's own name. */
import type { Mark } from "./rich.ts";

const LINK = /\b(?:https?:\/\/|mailto:)[^\s<>"\u300c-\u300f\ufffd]+/giu;

/** http, https and mailto, without the punctuation of the sentence around them. */
export function linksIn(line: string): readonly Mark[] {
  if (!line.includes(":")) return [];
  return Array.from(line.matchAll(LINK), (found) => {
    const link = withoutEnd(found[0]);
    return { start: found.index, end: found.index + link.length, role: "link" as const, link };
  }).filter(({ link }) => /:(?:\/\/)?[^/]/.test(link));
}

function withoutEnd(link: string): string {
  let end = link.length;
  let open = link.split("(").length - link.split(")").length;
  for (; end > 0 && /[.,;:!?'"()\]}…»]/.test(link[end - 1] ?? ""); end--) {
    // A bracket that was opened within the link belongs to it.
    if (link[end - 1] === ")" && open >= 0) break;
    if (link[end - 1] === ")") open++;
    if (link[end - 1] === "(") open--;
  }
  return link.slice(0, end);
}

/** @param words - as they were typed into the search; upper and lower case are the same. */
export function wordsIn(line: string, words: readonly string[]): readonly Mark[] {
  const wanted = words.filter((word) => word !== "").map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  if (wanted.length === 0) return [];
  return found(line, new RegExp(wanted.join("|"), "giu"), "match");
}

/** The name as a word of its own, with or without `@`. */
export function nameIn(line: string, name: string): readonly Mark[] {
  const escaped = name.replaceAll(".", "\\.");
  if (!/^[\w.-]+$/.test(name)) return [];
  return found(line, new RegExp(`(?<![\\w.-])@?${escaped}(?![\\w-])`, "giu"), "mention");
}

function found(line: string, pattern: RegExp, role: "match" | "mention"): readonly Mark[] {
  return Array.from(line.matchAll(pattern), ({ 0: text, index }) => ({ start: index, end: index + text.length, role }));
}
