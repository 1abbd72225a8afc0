/**
 * The part of a conversation that is in memory: a run of the vault's timeline without holes. Pages are added at either
 * end; what is far from the view is let go, so that a room of a million messages costs what its window costs.
 */
import type { Answer } from "@sotto/core";
import type { Line } from "../../output.ts";
import type { TimelineItem } from "../state.ts";

export type Page = Answer<"timeline.list">;
export type Listed = Page["items"][number];
/** What stands in the log, with its place there. */
export type Placed = Extract<TimelineItem, { readonly seq: number }>;

export interface Window {
  readonly roomId: string;
  readonly items: readonly Placed[];
  readonly atStart: boolean;
  readonly atEnd: boolean;
}

export interface Reading {
  /** One's own account. */
  readonly accountId: string;
  isMention(text: string): boolean;
  eventWords(event: Extract<Listed, { readonly kind: "event" }>): Line;
}

/** Items of one page. */
export const PAGE = 100;
/** Items in memory. */
export const WINDOW_MAX = 600;

export function windowOf(roomId: string, page: Page, reading: Reading): Window {
  return { roomId, items: placed(page.items, reading), atStart: page.atStart, atEnd: page.atEnd };
}

/** The page before the window is added; the newest go where there are too many. */
export function withOlder(window: Window, page: Page, reading: Reading): Window {
  const first = window.items[0]?.seq ?? Number.POSITIVE_INFINITY;
  const items = [...placed(page.items, reading).filter(({ seq }) => seq < first), ...window.items];
  const kept = items.slice(0, WINDOW_MAX);
  return { ...window, items: kept, atStart: page.atStart, atEnd: window.atEnd && kept.length === items.length };
}

/** The page behind the window is added; the oldest go where there are too many. */
export function withNewer(window: Window, page: Page, reading: Reading): Window {
  const last = lastSeq(window);
  const items = [...window.items, ...placed(page.items, reading).filter(({ seq }) => seq > last)];
  const kept = items.slice(-WINDOW_MAX);
  return { ...window, items: kept, atStart: window.atStart && kept.length === items.length, atEnd: page.atEnd };
}

/** Two pages that meet, as before and after a place that was looked for. */
export function joined(before: Window, after: Page, reading: Reading): Window {
  return withNewer(before, after, reading);
}

/** 0 before the first one. */
export function lastSeq({ items }: Window): number {
  return items.at(-1)?.seq ?? 0;
}

function placed(listed: readonly Listed[], reading: Reading): Placed[] {
  let seqBefore = 0;
  // Several things may have happened at one place: the first is 0.
  let ordinal = 0;
  return listed.map((item): Placed => {
    ordinal = item.seq === seqBefore ? ordinal + 1 : 0;
    seqBefore = item.seq;
    if (item.kind === "event") {
      const key = `e${item.seq}.${ordinal}`;
      return { type: "event", key, seq: item.seq, at: item.at, line: reading.eventWords(item) };
    }
    const own = item.senderId === reading.accountId;
    const { messageId, seq, sender, senderId, sentAt, text } = item;
    const mention = !own && reading.isMention(text);
    return { type: "message", key: keyOf(messageId), own, mention, messageId, seq, sender, senderId, sentAt, text };
  });
}

/** The same from the moment of sending on, so that what is selected stays selected. */
export function keyOf(messageId: string): string {
  return `m${messageId}`;
}
