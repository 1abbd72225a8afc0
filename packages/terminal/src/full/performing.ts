/** What each action does. */
import { sanitiseName } from "@sotto/wire";
import { complete } from "../commands/complete.ts";
import type { Desk } from "../commands/desk.ts";
import type { Settings } from "../commands/settings.ts";
import { error, info, type Line } from "../output.ts";
import { composerOf, isEmpty } from "../screen/composer.ts";
import { edited, replaced } from "../screen/editing.ts";
import { say } from "../text/index.ts";
import { refusalWords } from "../words.ts";
import type { ActionName } from "./actions.ts";
import type { Board } from "./board.ts";
import type { Entering } from "./entering.ts";
import type { Keymap } from "./keymap.ts";
import { added, addedAt, completed, editingIn, thrownAway, withEditing } from "./model/composing.ts";
import { place } from "./model/model.ts";
import { neighbour } from "./model/rooms.ts";
import { factsOf, linesOf, linksIn, quoted, senderOf } from "./of-message.ts";
import type { ReadMarks } from "./read-marks.ts";
import type { Selectable, Selection } from "./selection.ts";
import type { Sending } from "./sending.ts";
import type { Timelines } from "./timelines.ts";
import type { Toasts } from "./toasts.ts";
import type { Viewport } from "./viewport.ts";
import { unreadRooms } from "./views/unread.ts";

export interface PerformingParts {
  readonly board: Board;
  readonly desk: Desk;
  readonly entering: Entering;
  readonly keymap: Keymap;
  readonly readMarks: ReadMarks;
  readonly selection: Selection;
  readonly sending: Sending;
  readonly settings: Settings;
  readonly timelines: Timelines;
  readonly toasts: Toasts;
  readonly viewport: Viewport;
  palette(): void;
  search(scope: "room" | "all"): void;
  help(): void;
  /** Where there is no room for a pane it lies over the conversation. */
  pane(pane: "rooms" | "members"): void;
  show(title: string, lines: readonly Line[]): void;
  /** @returns false where the terminal takes nothing. */
  copy(text: string): boolean;
  openLink(link: string): boolean;
  /** Asks which of several links is meant. */
  choose(links: readonly string[], pick: (link: string) => void): void;
  editOutside(): void;
  redraw(): void;
  suspend(): void;
  quit(): void;
}

/** How long the second press of two is waited for. */
const TWICE_MS = 5000;

export class Performing {
  readonly #parts: PerformingParts;
  readonly #board: Board;
  #previous: string | undefined;
  /** The action that ends sotto when it comes once more, and until when. */
  #leaving: { readonly action: ActionName; readonly until: number } | undefined;

  constructor(parts: PerformingParts) {
    this.#parts = parts;
    this.#board = parts.board;
    parts.board.watch((model, before) => {
      if (before.open !== undefined && before.open.roomId !== model.open?.roomId) this.#previous = before.open.roomId;
    });
  }

  perform(action: ActionName): void {
    if (action !== this.#leaving?.action) this.#leaving = undefined;
    const room = /^room-(\d+)$/.exec(action)?.[1];
    if (room !== undefined) this.#goNumber(Number(room));
    else if (!this.#general(action) && !this.#moves(action)) this.#ofMessage(action);
  }

  /** Opens a conversation; the one before is a key away. */
  go(roomId: string | undefined, otherwise: string): void {
    if (roomId === undefined) return this.#parts.toasts.show(otherwise);
    if (roomId !== this.#board.model.open?.roomId) void this.#parts.timelines.open(roomId);
  }

  #goNumber(number: number): void {
    const room = this.#board.model.rooms.find((one) => one.number === number);
    this.go(room?.roomId, say().full.noRoom(number));
  }

  #general(action: ActionName): boolean {
    const parts = this.#parts;
    switch (action) {
      case "palette":
        parts.palette();
        return true;
      case "search":
        parts.search(this.#board.model.open === undefined ? "all" : "room");
        return true;
      case "search-all":
        parts.search("all");
        return true;
      case "help":
        parts.help();
        return true;
      case "send":
        parts.entering.enter();
        return true;
      case "newline":
        this.#board.change((model) => withEditing(model, edited(editingIn(model), "newline")));
        return true;
      case "complete":
      case "complete-back":
        this.#board.change((model) =>
          completed(model, action === "complete" ? 1 : -1, (before) => complete(parts.desk, before)),
        );
        return true;
      case "external-editor":
        parts.editOutside();
        return true;
      case "toggle-rooms":
        parts.pane("rooms");
        return true;
      case "toggle-members":
        parts.pane("members");
        return true;
      case "do-not-disturb":
        void this.#disturb();
        return true;
      case "bare":
        this.#bare();
        return true;
      case "redraw":
        parts.redraw();
        return true;
      case "suspend":
        parts.suspend();
        return true;
      case "interrupt":
        this.#interrupt();
        return true;
      case "quit":
        this.#leave("quit");
        return true;
      default:
        return false;
    }
  }

  #moves(action: ActionName): boolean {
    const { timelines, viewport, toasts, readMarks } = this.#parts;
    const { rooms, open } = this.#board.model;
    const text = say().full;
    switch (action) {
      case "next-unread":
        this.go(unreadRooms(this.#board.model)[0]?.roomId, text.noUnread);
        return true;
      case "room-up":
        this.go(neighbour(rooms, open?.roomId, -1)?.roomId, text.noPrevious);
        return true;
      case "room-down":
        this.go(neighbour(rooms, open?.roomId, 1)?.roomId, text.noPrevious);
        return true;
      case "previous-room":
        this.go(rooms.find(({ roomId }) => roomId === this.#previous)?.roomId, text.noPrevious);
        return true;
      case "scroll-up":
        viewport.page(-1);
        return true;
      case "scroll-down":
        viewport.page(1);
        return true;
      case "scroll-top":
        void timelines.toStart();
        return true;
      case "scroll-end":
      case "scroll-end-empty":
      case "select-newest":
        void timelines.toEnd();
        return true;
      case "first-unread":
        if (open === undefined || open.newAfter === 0) toasts.show(text.noUnreadHere);
        else void timelines.jump(open.roomId, open.newAfter + 1, false);
        return true;
      case "next-mention":
      case "previous-mention":
        void timelines.mention(action === "next-mention" ? 1 : -1).then((found) => {
          if (!found) toasts.show(text.noMention);
        });
        return true;
      case "mark-read":
        if (open !== undefined) void readMarks.mark(open.roomId).then(() => toasts.show(text.marked));
        return true;
      default:
        return false;
    }
  }

  #ofMessage(action: ActionName): void {
    const { selection, toasts, timelines } = this.#parts;
    const text = say().full;
    switch (action) {
      case "select":
        if (!selection.move(-1)) toasts.show(text.nothingToSelect);
        return;
      case "select-up":
        selection.move(-1);
        return;
      case "select-down":
        // Below the last one is the composer.
        if (!selection.move(1)) {
          selection.end();
          void timelines.toEnd();
        }
        return;
      case "select-end":
        return selection.end();
      default: {
        const { item } = selection;
        if (item !== undefined) this.#withItem(action, item);
      }
    }
  }

  #withItem(action: ActionName, item: Selectable): void {
    const { selection, toasts, entering, sending, show, copy } = this.#parts;
    const text = say().full;
    switch (action) {
      case "read-whole":
        // Who has something in the line means that: a click selects, too.
        if (!isEmpty(editingIn(this.#board.model).composer)) return entering.enter();
        return show(senderOf(item), linesOf(item));
      case "quote":
        selection.end();
        return this.#board.change((model) => added(model, quoted(item)));
      case "copy":
        return toasts.show(copy(item.text) ? text.copied : text.notCopied);
      case "open-link": {
        const links = linksIn(item.text);
        const [link] = links;
        if (link === undefined) return toasts.show(text.noLink);
        return links.length === 1 ? this.#openLink(link) : this.#parts.choose(links, (one) => this.#openLink(one));
      }
      case "verify-sender":
        if (item.type === "message" && !item.own) void entering.run("verify", sanitiseName(item.sender));
        return;
      case "info":
        return show(text.info.id, factsOf(item, this.#board.model.people));
      case "send-again":
        if (item.type !== "failed") return toasts.show(text.notFailed);
        selection.end();
        return sending.again(item.messageId);
      case "edit-failed":
      case "drop-failed":
        if (item.type === "message") return toasts.show(text.notFailed);
        void this.#takeBack(item.messageId, action === "edit-failed");
        return;
      default:
    }
  }

  /** Where there is no browser, as over SSH, it is copied instead. */
  #openLink(link: string): void {
    const { openLink, copy, toasts } = this.#parts;
    if (!openLink(link)) toasts.show(copy(link) ? say().full.linkCopied : say().full.notCopied);
  }

  async #takeBack(messageId: string, edit: boolean): Promise<void> {
    const { sending, toasts, selection } = this.#parts;
    // Another conversation may be open by the time the engine has answered.
    const room = place(this.#board.model);
    const text = await sending.drop(messageId);
    if (text === undefined) return toasts.show(...error(say().full.onTheWay));
    selection.end();
    this.#board.change((model) => (edit ? addedAt : thrownAway)(model, room, text));
    if (!edit) toasts.show(say().full.takenBack);
  }

  async #disturb(): Promise<void> {
    const { settings, toasts } = this.#parts;
    const off = !settings.doNotDisturb;
    const refusal = await settings.setDoNotDisturb(off);
    if (refusal === undefined) toasts.show(...info(say().full.disturb(off)));
    else toasts.show(...error(refusalWords(refusal).what));
  }

  #bare(): void {
    this.#board.change((model) => ({ ...model, bare: !model.bare }));
    if (this.#board.model.bare) this.#parts.toasts.show(say().full.bare(this.#parts.keymap.keyOf("bare")));
  }

  /** Ends a selection, clears what is typed, or is on the way out. */
  #interrupt(): void {
    const { model } = this.#board;
    if (model.open?.selected !== undefined) return this.#parts.selection.end();
    if (isEmpty(editingIn(model).composer)) return this.#leave("interrupt");
    this.#board.change((now) => withEditing(now, replaced(editingIn(now), composerOf(""))));
  }

  #leave(action: "interrupt" | "quit"): void {
    const now = this.#board.now();
    if (this.#leaving !== undefined && now < this.#leaving.until) return this.#parts.quit();
    this.#leaving = { action, until: now + TWICE_MS };
    this.#parts.toasts.show(say().full.quitAgain(this.#parts.keymap.keyOf(action)));
  }

  /** Any other key: it was not meant to end. */
  stay(): void {
    this.#leaving = undefined;
  }
}
