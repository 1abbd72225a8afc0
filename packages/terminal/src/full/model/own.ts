/** Texts of one's own that are not in the log: on their way, or refused. By room. */
import type { Refusal } from "@sotto/core";
import { refusalWords } from "../../words.ts";
import type { TimelineItem } from "../state.ts";
import { keyOf } from "./window.ts";

export interface OwnText {
  readonly messageId: string;
  readonly text: string;
  /** When it was to be sent. */
  readonly at: number;
  /** Why it was not; undefined: it is on its way. */
  readonly refusal: Refusal | undefined;
}

export type OwnTexts = ReadonlyMap<string, readonly OwnText[]>;

export function withText(texts: OwnTexts, roomId: string, text: OwnText): OwnTexts {
  const others = (texts.get(roomId) ?? []).filter(({ messageId }) => messageId !== text.messageId);
  return new Map(texts).set(roomId, [...others, text]);
}

export function withoutText(texts: OwnTexts, roomId: string, messageId: string): OwnTexts {
  const all = texts.get(roomId);
  if (all === undefined || !all.some((text) => text.messageId === messageId)) return texts;
  const left = all.filter((text) => text.messageId !== messageId);
  const after = new Map(texts).set(roomId, left);
  // At each change of rooms all of it is looked through.
  if (left.length === 0) after.delete(roomId);
  return after;
}

export function textWith(texts: OwnTexts, messageId: string): (OwnText & { readonly roomId: string }) | undefined {
  for (const [roomId, all] of texts) {
    const text = all.find((one) => one.messageId === messageId);
    if (text !== undefined) return { ...text, roomId };
  }
  return undefined;
}

export function waitingCount(texts: OwnTexts): number {
  let waiting = 0;
  for (const all of texts.values()) for (const { refusal } of all) if (refusal === undefined) waiting++;
  return waiting;
}

/** The same value each time for the same text: what was worked out for it is kept by it. */
export function itemOf(text: OwnText): TimelineItem {
  const known = items.get(text);
  if (known !== undefined) return known;
  const item = madeItem(text);
  items.set(text, item);
  return item;
}

const items = new WeakMap<OwnText, TimelineItem>();

function madeItem({ messageId, text, at, refusal }: OwnText): TimelineItem {
  const key = keyOf(messageId);
  if (refusal === undefined) return { type: "waiting", key, messageId, at, text };
  return { type: "failed", key, messageId, at, text, why: refusalWords(refusal) };
}
