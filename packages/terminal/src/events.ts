/** What happened in a room, in plain words. */
import type { RoomLine, TimelineEvent } from "@sotto/core";
import { sanitiseName } from "@sotto/wire";
import type { Line } from "./output.ts";
import { say } from "./text/index.ts";

/**
 * `alice added bob`; one's own account is "you".
 *
 * @param self - one's own account id.
 * @param tag - names the room where that is not clear: `alice added bob to #general`.
 * @param kind - of the room, where it has no tag here.
 */
export function eventWords(
  event: TimelineEvent,
  self: string,
  tag = "",
  kind: RoomLine["kind"] | undefined = undefined,
): Line {
  const text = say().plain.events;
  const by = event.byId === self ? "" : sanitiseName(event.by);
  const who = event.whoId === self ? "" : sanitiseName(event.who ?? event.by);
  const about = event.whoId === undefined ? by : who;
  switch (event.event) {
    case "made":
      return [text.made(by, tag || (kind === "direct" ? text.thisConversation : text.thisRoom))];
    case "joined":
      return [text.joined(by, tag)];
    case "added":
      return [text.added(by, who, tag)];
    case "left":
      return [text.left(by, tag)];
    case "removed":
      return [text.removed(by, who, tag)];
    case "devices":
      return [text.devices(about)];
    case "link":
      return [text.link(by, tag)];
    case "renamed":
      return [text.renamed(by, sanitiseName(event.name ?? ""), tag)];
    case "owner":
      return [text.owner(about, tag)];
  }
}
