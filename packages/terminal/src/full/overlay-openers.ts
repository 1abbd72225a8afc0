/** Which overlays lie over the chat, and what follows from a choice in them. */
import type { Client } from "@sotto/core";
import { conversation } from "../commands/talk.ts";
import type { Line } from "../output.ts";
import { say } from "../text/index.ts";
import type { Keymap } from "./keymap.ts";
import { added, typed } from "./model/composing.ts";
import { roomOf } from "./model/rooms.ts";
import type { OverlayStack } from "./overlay-stack.ts";
import { Help } from "./overlays/help.ts";
import { linksOverlay } from "./overlays/links.ts";
import { membersOverlay } from "./overlays/members.ts";
import { Pager } from "./overlays/pager.ts";
import { type PaletteChoice, palette } from "./overlays/palette.ts";
import { roomsOverlay } from "./overlays/rooms.ts";
import { type SearchParts, searchOverlay } from "./overlays/search.ts";
import type { Performing } from "./performing.ts";
import type { Session } from "./session.ts";
import { hasRoomForPanes } from "./views/layout.ts";

export interface OpenerParts {
  readonly client: Client;
  readonly overlays: OverlayStack;
  readonly session: Session;
  readonly keymap: Keymap;
  readonly performing: () => Performing;
}

/** Asked as the search opens, its answer thrown away: the first one of a start takes two to four times as long as the next. */
const WARMING = { query: "e", limit: 1 };

export class OverlayOpeners {
  readonly #parts: OpenerParts;

  constructor(parts: OpenerParts) {
    this.#parts = parts;
  }

  palette(): void {
    const { overlays, session, keymap } = this.#parts;
    overlays.open(palette({ state: session.board.model, keymap, run: (choice) => this.#chosen(choice) }));
  }

  search(scope: "room" | "all"): void {
    const room = this.#openRoom;
    this.#search({ room, everywhere: scope === "all" });
    void this.#parts.client.request(
      "message.search",
      room === undefined ? WARMING : { ...WARMING, roomId: room.roomId },
    );
  }

  /** With words in it, in one conversation; without one everywhere. */
  searched(words: string, room: SearchParts["room"]): void {
    this.#search({ words, room: room ?? this.#openRoom, everywhere: room === undefined });
  }

  get #openRoom(): SearchParts["room"] {
    const { rooms, open } = this.#parts.session.board.model;
    return roomOf(rooms, open?.roomId);
  }

  #search(how: Pick<SearchParts, "room" | "everywhere" | "words">): void {
    const { client, overlays, session } = this.#parts;
    const { me } = session.board.model;
    overlays.open(
      searchOverlay({
        client,
        overlays,
        me: me.accountId,
        ...how,
        tag: (roomId) => roomOf(session.board.model.rooms, roomId)?.tag ?? "",
        jump: ({ roomId, seq, words }) => void session.timelines.jump(roomId, seq, true, words),
      }),
    );
  }

  help(): void {
    this.#parts.overlays.open(new Help(this.#parts.keymap));
  }

  pager(title: string, lines: readonly Line[]): void {
    this.#parts.overlays.open(new Pager(title, lines));
  }

  links(links: readonly string[], pick: (link: string) => void): void {
    this.#parts.overlays.open(linksOverlay(links, pick));
  }

  /** Beside the conversation where there is room, else over it. */
  pane(pane: "rooms" | "members", columns: number): void {
    const { board } = this.#parts.session;
    if (hasRoomForPanes(columns)[pane])
      return board.change((model) => ({ ...model, panes: { ...model.panes, [pane]: !model.panes[pane] } }));
    if (pane === "rooms") this.#rooms();
    else this.#members();
  }

  #rooms(): void {
    const { overlays, session, keymap } = this.#parts;
    const { board } = session;
    overlays.open(
      roomsOverlay({
        rooms: () => board.model.rooms,
        people: () => board.model.people,
        keymap,
        open: (roomId) => this.#go(roomId),
      }),
    );
  }

  #members(): void {
    const { overlays, session } = this.#parts;
    const { board } = session;
    const { open, rooms, me } = board.model;
    if (open === undefined) return session.toasts.show(say().full.noneOpen);
    overlays.open(
      membersOverlay({
        tag: roomOf(rooms, open.roomId)?.tag ?? "",
        me: me.accountId,
        members: () => board.model.open?.members ?? [],
        people: () => board.model.people,
        open: ({ username }) => void this.talk(username),
        verify: ({ username }) => void session.entering.run("verify", username),
      }),
    );
  }

  #chosen(choice: PaletteChoice): void {
    const { session, performing } = this.#parts;
    switch (choice.type) {
      case "room":
        return this.#go(choice.roomId);
      case "person":
        return void this.talk(choice.username);
      case "command":
        return void session.entering.run(choice.text.replace(/^\//, "").trim(), "");
      case "compose":
        // What was typed before is not thrown away for it.
        if (typed(session.board.model) !== "") return session.toasts.show(say().full.typeIt(choice.text));
        return session.board.change((model) => added(model, choice.text));
      case "action":
        return performing().perform(choice.name);
    }
  }

  #go(roomId: string): void {
    this.#parts.performing().go(roomId, "");
  }

  /** Opens the conversation with a person, who may never have been written to. */
  async talk(username: string): Promise<void> {
    const { session } = this.#parts;
    const { desk, screen } = session.desk(`@${username}`);
    const roomId = await conversation(desk, `@${username}`);
    if (roomId !== undefined && desk.focus?.roomId !== roomId) await desk.open(roomId);
    session.show(`@${username}`, screen.finish());
  }
}
