/**
 * Which rooms a person knows to be in, over restarts: who was brought into one or taken out of one while sotto was not
 * running, or before it listened, is told at the next start, once. Kept in the vault, as a note of the engine.
 */
import type { Client, NoteLine } from "@sotto/core";
import { utf8 } from "@sotto/wire";
import { info, type Line } from "../output.ts";
import { say } from "../text/index.ts";

const KEY = "rooms";
/** That there is such a note says that rooms were kept, if only that there were none. */
const HEAD = "known";
/** What a note of the engine holds; who is in more rooms is told nothing. */
const BYTES_MAX = 65_536;

/** Tags of rooms by their ids. Conversations of two are none: nobody is brought into them. */
type Tags = ReadonlyMap<string, string>;

export class KnownRooms {
  readonly #client: Pick<Client, "request">;
  #kept: string | undefined;

  constructor(client: Pick<Client, "request">) {
    this.#client = client;
  }

  /** What happened since the last run; nothing where there was none. From here on {@link keep} is called. */
  since(notes: readonly NoteLine[], tags: Tags): readonly Line[] {
    this.#kept = notes.find(({ key }) => key === KEY)?.text;
    if (this.#kept === undefined) return [];
    const before = tagsIn(this.#kept);
    const text = say().plain.chat;
    const came = [...tags].filter(([roomId]) => !before.has(roomId)).map(([, tag]) => info(text.youWereAdded(tag)));
    const gone = [...before].filter(([roomId]) => !tags.has(roomId)).map(([, tag]) => info(text.youWereRemoved(tag)));
    return [...came, ...gone];
  }

  /** At each change of the list. */
  keep(tags: Tags): void {
    const text = [HEAD, ...[...tags].map(([roomId, tag]) => `${roomId} ${tag}`)].join("\n").toWellFormed();
    if (text === this.#kept) return;
    this.#kept = text;
    void this.#client.request("note.put", { key: KEY, text: utf8(text).length <= BYTES_MAX ? text : "" });
  }
}

function tagsIn(note: string): Tags {
  const lines = note.split("\n").flatMap((line) => {
    const [, roomId, tag] = /^([0-9a-f]{64}) (#\S+)$/.exec(line) ?? [];
    return roomId === undefined || tag === undefined ? [] : [[roomId, tag] as const];
  });
  return new Map(lines);
}

/** Of what a screen has listed. */
export function roomTags(
  rooms: readonly { readonly roomId: string; readonly kind: "room" | "direct" }[],
  tag: (roomId: string) => string,
): Tags {
  return new Map(rooms.filter(({ kind }) => kind === "room").map(({ roomId }) => [roomId, tag(roomId)]));
}
