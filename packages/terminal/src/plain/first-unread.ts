/** Where what is new begins in a conversation that is opened. */
import type { TimelineItem } from "@sotto/core";

/** Index of the first of the newest `unread` messages that others wrote. */
export function firstUnread(items: readonly TimelineItem[], unread: number, self: string): number | undefined {
  let left = unread;
  for (let index = items.length - 1; index >= 0 && left > 0; index--) {
    const item = items[index];
    if (item?.kind === "message" && item.senderId !== self) left--;
    if (left === 0) return index;
  }
  return unread > 0 && items.length > 0 ? 0 : undefined;
}
