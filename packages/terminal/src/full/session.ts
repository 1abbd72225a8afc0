/** A signed-in person's full screen without its terminal: every part of it, put together. */
import type { Client, Message, NoteLine, Refusal, Update } from "@sotto/core";
import type { Me } from "../commands/desk.ts";
import { KnownRooms, roomTags } from "../commands/known-rooms.ts";
import { Recall } from "../commands/recall.ts";
import { Settings } from "../commands/settings.ts";
import { eventWords } from "../events.ts";
import { error, info, type Line } from "../output.ts";
import { say } from "../text/index.ts";
import { haltWords, refusalWords } from "../words.ts";
import { Board } from "./board.ts";
import { type DeskParts, FullDesk } from "./desk.ts";
import type { DialogScreen } from "./dialog-screen.ts";
import { Entering } from "./entering.ts";
import { shown } from "./model/composing.ts";
import { modelOf, withLocal } from "./model/model.ts";
import { roomOf } from "./model/rooms.ts";
import { lastOpen, Notes } from "./notes.ts";
import type { RichParts } from "./overlays/rich.ts";
import { Presence } from "./presence.ts";
import { ReadMarks } from "./read-marks.ts";
import { Selection } from "./selection.ts";
import { Sending } from "./sending.ts";
import { Timelines } from "./timelines.ts";
import { Toasts } from "./toasts.ts";
import { Updates } from "./updates.ts";
import { type Size, Viewport } from "./viewport.ts";
import type { ViewOptions } from "./views/layout.ts";

export interface SessionParts {
  readonly client: Client;
  readonly me: Me;
  readonly view: ViewOptions;
  size(): Size;
  /** For commands that have a dialog of their own. */
  readonly rich: RichParts;
  dialog(title: string): DialogScreen;
  /** More lines than the conversation has room for. */
  pager(title: string, lines: readonly Line[]): void;
  notify(text: string): void;
  quit(): void;
}

/** As many lines of sotto's own stand in the conversation; more get a page of their own. */
const LOCAL_LINES_MAX = 3;

export class Session {
  readonly board: Board;
  readonly viewport: Viewport;
  readonly timelines: Timelines;
  readonly notes: Notes;
  readonly sending: Sending;
  readonly presence: Presence;
  readonly readMarks: ReadMarks;
  readonly selection: Selection;
  readonly settings: Settings;
  readonly toasts: Toasts;
  readonly updates: Updates;
  readonly entering: Entering;
  readonly #parts: SessionParts;
  readonly #deskParts: DeskParts;
  #locals = 0;
  #tick: NodeJS.Timeout | undefined;

  constructor(parts: SessionParts) {
    const { client, me } = parts;
    this.#parts = parts;
    this.board = new Board(modelOf(me, Date.now()));
    const { board } = this;
    this.settings = new Settings(client, () => this.#settingsChanged());
    this.viewport = new Viewport(board, parts.view, parts.size);
    this.timelines = new Timelines(
      client,
      board,
      (event) => eventWords(event, me.accountId, "", roomOf(board.model.rooms, board.model.open?.roomId)?.kind),
      (key) => this.viewport.reveal(key, "middle"),
      (roomId) => this.readMarks.readTo(roomId),
    );
    this.notes = new Notes(client, board, (refusal) => this.#keeping(refusal));
    this.sending = new Sending(client, board, this.timelines, this.notes);
    this.presence = new Presence(client, board);
    this.readMarks = new ReadMarks(client, board);
    this.selection = new Selection(board, this.viewport);
    this.toasts = new Toasts(board);
    const shared = {
      client,
      board,
      timelines: this.timelines,
      sending: this.sending,
      presence: this.presence,
      settings: this.settings,
    };
    this.updates = new Updates({
      ...shared,
      print: (...lines) => this.print(...lines),
      notify: (_roomId, sender, text) => parts.notify(sender === "" ? text : `${sender}: ${text}`),
    });
    this.#deskParts = { ...shared, updates: this.updates, recall: new Recall() };
    this.entering = new Entering({
      ...this.#deskParts,
      toasts: this.toasts,
      rich: parts.rich,
      dialog: parts.dialog,
      show: (title, lines) => this.show(title, lines),
      quit: parts.quit,
    });
    board.watch(() => this.#count());
  }

  /** Before the first update is taken: what is there already is no news. */
  async start({ isNew }: { readonly isNew: boolean }): Promise<void> {
    const { client } = this.#parts;
    const { board } = this;
    if (isNew) this.updates.nothingToCatchUp();
    const listed = await client.request("note.list", {});
    const notes = listed.ok ? listed.value : [];
    this.settings.take(notes);
    await this.updates.start();
    for (const { roomId, ...text } of this.notes.restore(notes)) this.sending.restore(roomId, text);
    board.change(shown);
    const last = lastOpen(notes);
    if (last !== undefined && roomOf(board.model.rooms, last) !== undefined) void this.timelines.open(last);
    this.#tellRooms(notes);
    await Promise.all([this.sending.learn(), this.presence.contacts(), this.#learnConnection()]);
    void this.updates.mentions();
  }

  follow(updates: AsyncIterable<Update>): Promise<void> {
    return this.updates.follow(updates);
  }

  /** A message that another program sent through this one. */
  echo(roomId: string, _message: Message): void {
    void this.timelines.follow(roomId);
  }

  /** For completion, and for what is done without a command. */
  desk(title: string): { readonly desk: FullDesk; readonly screen: DialogScreen } {
    const screen = this.#parts.dialog(title);
    return { desk: new FullDesk(this.#deskParts, screen), screen };
  }

  print(...lines: readonly Line[]): void {
    const key = `l${++this.#locals}`;
    this.board.change((model) => withLocal(model, key, this.board.now(), lines));
  }

  show(title: string, lines: readonly Line[]): void {
    if (lines.length === 0) return;
    if (lines.length > LOCAL_LINES_MAX) return this.#parts.pager(title, lines);
    this.print(...lines);
    // It stands at the end, which who has scrolled up does not see.
    const [first = []] = lines;
    if (this.board.model.open?.scroll.type === "at") this.toasts.show(...first);
  }

  /** Reads on where the view comes near the edge of what is in memory. */
  readAhead(): void {
    const { start, end } = this.viewport.near();
    if (start) void this.timelines.older();
    else if (end) void this.timelines.newer();
  }

  /** What was typed is in the vault; nothing of this wakes any more. */
  async end(): Promise<void> {
    this.presence.stop();
    this.toasts.clear();
    clearInterval(this.#tick);
    await Promise.all([this.notes.flush(), this.readMarks.end()]);
  }

  async #learnConnection(): Promise<void> {
    const status = await this.#parts.client.request("account.status", {});
    if (!status.ok) return;
    const { connection: state, retryAt, halted } = status.value;
    // A device that was shut out stays so: no connection of this start says it again.
    const isHalted = state === "offline" && retryAt === undefined;
    const halt = isHalted && halted !== undefined ? haltWords(halted) : undefined;
    this.board.change((model) => ({ ...model, connection: { state, retryAt, halt } }));
  }

  /** Who was brought into a room or taken out of one while nobody listened. */
  #tellRooms(notes: readonly NoteLine[]): void {
    const known = new KnownRooms(this.#parts.client);
    const tags = () => roomTags(this.board.model.rooms, (roomId) => roomOf(this.board.model.rooms, roomId)?.tag ?? "");
    const news = known.since(notes, tags());
    if (news.length > 0) this.print(...news);
    known.keep(tags());
    this.board.watch((model, before) => {
      if (model.rooms !== before.rooms) known.keep(tags());
    });
  }

  /** The disk is full, or the vault is: what is typed is there as long as sotto runs. */
  #keeping(refusal: Refusal | undefined): void {
    if (refusal === undefined) this.toasts.show(...info(say().full.keptAgain));
    else this.toasts.show(...error(say().full.notKept(refusalWords(refusal).what)));
  }

  #settingsChanged(): void {
    this.board.change((model) => ({
      ...model,
      doNotDisturb: this.settings.doNotDisturb,
      rooms: model.rooms.map((room) => ({ ...room, muted: this.settings.isMuted(room.roomId) })),
    }));
  }

  /** The seconds to the next try are counted only while somebody may see them. */
  #count(): void {
    const { connection, focused } = this.board.model;
    const isCounting = connection.state === "offline" && connection.retryAt !== undefined && focused;
    if (isCounting === (this.#tick !== undefined)) return;
    clearInterval(this.#tick);
    this.#tick = isCounting ? setInterval(() => this.board.change((model) => ({ ...model })), 1000) : undefined;
    this.#tick?.unref();
  }
}
