/** The chat on the screen: the session, its keys and its overlays, from signing in to the end. */
import { spawn } from "node:child_process";
import type { Client, Update } from "@sotto/core";
import { parseLink } from "@sotto/wire";
import type { Me } from "../commands/desk.ts";
import { join } from "../commands/rooms.ts";
import { error, hint, info, type Line } from "../output.ts";
import { composerOf, textOf } from "../screen/composer.ts";
import { EMPTY_EDITING, replaced } from "../screen/editing.ts";
import type { Key } from "../screen/keys.ts";
import { say } from "../text/index.ts";
import { refusalWords } from "../words.ts";
import type { Canvas } from "./canvas.ts";
import type { DialogScreen } from "./dialog-screen.ts";
import { type Edited, editOutside } from "./external-editor.ts";
import type { Keymap } from "./keymap.ts";
import { KeysToActions } from "./keys-to-actions.ts";
import { editingIn, shown, withDraft } from "./model/composing.ts";
import { place } from "./model/model.ts";
import { unreadTotal } from "./model/rooms.ts";
import { OverlayOpeners } from "./overlay-openers.ts";
import type { OverlayStack } from "./overlay-stack.ts";
import { Performing } from "./performing.ts";
import { Session } from "./session.ts";
import type { Theme } from "./theme.ts";
import type { Size } from "./viewport.ts";
import type { ViewOptions } from "./views/layout.ts";
import { drawScreen } from "./views/screen.ts";

export interface ChatParts {
  readonly client: Client;
  readonly me: Me;
  readonly overlays: OverlayStack;
  readonly keymap: Keymap;
  readonly env: Readonly<Record<string, string | undefined>>;
  size(): Size;
  dialog(title: string): DialogScreen;
  /** Something that is drawn has changed. */
  changed(): void;
  focus(focused: boolean): void;
  notify(text: string): void;
  copy(text: string): boolean;
  /** Leaves the terminal to somebody else for as long as `use` takes. */
  lend<T>(use: () => Promise<T>): Promise<T>;
  redraw(): void;
  suspend(): void;
  quit(): void;
}

/** How long the room of a link waits for the connection. */
const JOIN_WAIT_MS = 10_000;

export class ChatScreen {
  readonly session: Session;
  readonly #parts: ChatParts;
  readonly #view: ViewOptions;
  readonly #keys: KeysToActions;
  #rows = 0;
  #columns = 0;

  constructor(parts: ChatParts) {
    this.#parts = parts;
    const { client, me, overlays, keymap } = parts;
    this.#view = { utc: false, keys: keymap };
    this.session = new Session({
      client,
      me,
      view: this.#view,
      size: parts.size,
      rich: {
        overlays,
        copy: parts.copy,
        help: () => openers.help(),
        search: (words, room) => openers.searched(words, room),
      },
      dialog: parts.dialog,
      pager: (title, lines) => openers.pager(title, lines),
      notify: parts.notify,
      quit: parts.quit,
    });
    const { session } = this;
    const openers = new OverlayOpeners({ client, overlays, session, keymap, performing: () => performing });
    const performing = new Performing({
      board: session.board,
      desk: session.desk("").desk,
      entering: session.entering,
      keymap,
      readMarks: session.readMarks,
      selection: session.selection,
      sending: session.sending,
      settings: session.settings,
      timelines: session.timelines,
      toasts: session.toasts,
      viewport: session.viewport,
      palette: () => openers.palette(),
      search: (scope) => openers.search(scope),
      help: () => openers.help(),
      pane: (pane) => openers.pane(pane, parts.size().columns),
      show: (title, lines) => openers.pager(title, lines),
      copy: parts.copy,
      openLink: (link) => openLink(link, parts.env),
      choose: (links, pick) => openers.links(links, pick),
      editOutside: () => void this.#editOutside(),
      redraw: parts.redraw,
      suspend: parts.suspend,
      quit: parts.quit,
    });
    const { board, selection, toasts, viewport } = session;
    const talk = (username: string): void => void openers.talk(username);
    this.#keys = new KeysToActions({ board, keymap, overlays, performing, selection, toasts, viewport, talk });
    board.watch(() => parts.changed());
    overlays.watch(() => {
      const covered = overlays.top !== undefined;
      board.change((model) => (model.covered === covered ? model : { ...model, covered }));
    });
  }

  /** The title of the window: never a word of what somebody wrote. */
  get title(): string {
    const unread = unreadTotal(this.session.board.model.rooms);
    return unread === 0 ? "sotto" : `(${unread}) sotto`;
  }

  /** Nothing of the conversation that was chosen is there yet: what stands on the screen may stay for a moment. */
  get isWaiting(): boolean {
    return this.session.timelines.isOpening;
  }

  get isBare(): boolean {
    return this.session.board.model.bare;
  }

  press(key: Key): void {
    if (key.type === "focus") this.#parts.focus(key.focused);
    this.#keys.press(key);
  }

  draw(canvas: Canvas, theme: Theme): void {
    const isCovered = this.#parts.overlays.top !== undefined;
    drawScreen(canvas, this.session.board.model, theme, { ...this.#view, isCovered });
    const isResized = this.#rows !== canvas.rows || this.#columns !== canvas.columns;
    this.#rows = canvas.rows;
    this.#columns = canvas.columns;
    // After the frame: what is read changes the next one.
    setImmediate(() => {
      if (isResized) this.session.selection.reveal();
      this.session.readAhead();
    });
  }

  async start(updates: AsyncIterable<Update>, { isNew }: { readonly isNew: boolean }): Promise<void> {
    await this.session.start({ isNew });
    // A fault in here is a bug: nobody catches it, and it ends the program.
    void this.session.follow(updates);
  }

  /** A link that was given to a person who is signed in: its room is entered, once there is a connection. */
  async followLink(
    text: string,
    { isNew, stop }: { readonly isNew: boolean; readonly stop: AbortSignal },
  ): Promise<void> {
    const { session } = this;
    const link = parseLink(text);
    if (link === undefined) {
      const words = refusalWords({ code: "bad-link", message: "" });
      return session.print(error(words.what), hint(words.hint));
    }
    if (link.room === undefined) {
      if (!isNew) session.print(info(say().full.signedInAs(this.#parts.me.username)));
      return;
    }
    await this.#online(stop);
    const { desk, screen } = session.desk("/join");
    await join(desk, text);
    session.show("/join", screen.finish());
  }

  #online(stop: AbortSignal): Promise<void> {
    const { board } = this.session;
    const isOnline = (): boolean => board.model.connection.state === "online";
    if (isOnline()) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        unwatch();
        stop.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, JOIN_WAIT_MS);
      const unwatch = board.watch(() => isOnline() && done());
      stop.addEventListener("abort", done, { once: true });
    });
  }

  async #editOutside(): Promise<void> {
    const { board, toasts, notes } = this.session;
    // Another conversation may be open, or none, by the time the editor ends.
    const room = place(board.model);
    const before = textOf(editingIn(board.model).composer);
    await notes.flush();
    // What comes meanwhile is not seen, though the window has the keyboard.
    board.change((model) => ({ ...model, focused: false }));
    const edited = await this.#parts.lend(() => editOutside(before, this.#parts.env));
    board.change((model) => ({ ...model, focused: true }));
    const lines = toldOf(edited);
    if (lines !== undefined) toasts.show(...lines);
    if (edited.type !== "text") return;
    const { text } = edited;
    board.change((model) => {
      const editing = model.editings.get(room) ?? EMPTY_EDITING;
      return shown(withDraft(model, room, replaced(editing, composerOf(text))));
    });
  }
}

function toldOf(edited: Edited): Line | undefined {
  const text = say().full.editor;
  switch (edited.type) {
    case "text":
      return edited.onDisk === undefined ? undefined : info(text.onDisk(edited.onDisk));
    case "no-editor":
      return error(text.none);
    case "no-file":
      return error(text.noFile(edited.folder));
    case "failed":
      return error(text.failed(edited.editor));
    case "ended":
      return error(text.ended(edited.code));
  }
}

/** Where a desktop is at hand. @returns false where there is none, as on a machine one has logged in to. */
function openLink(link: string, env: ChatParts["env"]): boolean {
  const isRemote = (env.SSH_CONNECTION ?? "") !== "";
  const hasDesktop = process.platform === "darwin" || (env.DISPLAY ?? env.WAYLAND_DISPLAY ?? "") !== "";
  if (isRemote || !hasDesktop) return false;
  const program = process.platform === "darwin" ? "open" : "xdg-open";
  const child = spawn(program, [link], { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
  return true;
}
