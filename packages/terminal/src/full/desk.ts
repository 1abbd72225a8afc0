/**
 * The full screen as commands see it. Each run of a command has a desk of its own: what it prints is collected, and
 * shown where it fits when the command ends, or in the dialog in which it asks.
 */
import type { Answer, Client, ConnectionState, Method, Params, Refusal, RoomLine, TimelineItem } from "@sotto/core";
import { sanitiseName } from "@sotto/wire";
import type { Asker, Desk, Me, Warning } from "../commands/desk.ts";
import type { Recall } from "../commands/recall.ts";
import type { Settings } from "../commands/settings.ts";
import { eventWords } from "../events.ts";
import { error, hint, info, type Line } from "../output.ts";
import { eventLine, messageLine, senderWord } from "../plain/lines.ts";
import { findRoom, type Rooms, roomsOf, tagOf } from "../plain/rooms.ts";
import { type Composer, isEmpty } from "../screen/composer.ts";
import { say } from "../text/index.ts";
import { haltWords, refusalWords, type Words } from "../words.ts";
import type { Board } from "./board.ts";
import type { DialogScreen } from "./dialog-screen.ts";
import { shown } from "./model/composing.ts";
import { accepted, roomsTold } from "./model/news.ts";
import { roomOf } from "./model/rooms.ts";
import type { Presence } from "./presence.ts";
import type { Sending } from "./sending.ts";
import type { Timelines } from "./timelines.ts";
import type { Updates } from "./updates.ts";

export interface DeskParts {
  readonly client: Client;
  readonly board: Board;
  readonly timelines: Timelines;
  readonly sending: Sending;
  readonly presence: Presence;
  readonly updates: Updates;
  readonly settings: Settings;
  readonly recall: Recall;
}

export class FullDesk implements Desk {
  readonly #parts: DeskParts;
  readonly screen: Asker;
  readonly showsOwnDeeds = true;
  #latest: Line | undefined;
  #isRefused = false;
  /** What stood in the line when this run began. */
  readonly #before: Composer;

  /** @param screen - of this run alone: it opens over the chat with its first question. */
  constructor(parts: DeskParts, screen: DialogScreen) {
    this.#parts = parts;
    this.screen = screen;
    this.#before = parts.board.model.composer.composer;
  }

  get client(): Client {
    return this.#parts.client;
  }

  get me(): Me {
    return this.#parts.board.model.me;
  }

  get connection(): ConnectionState {
    return this.#parts.board.model.connection.state;
  }

  get settings(): Settings {
    return this.#parts.settings;
  }

  get recall(): Recall {
    return this.#parts.recall;
  }

  /** As the engine listed them, with what has become unread since. */
  get rooms(): Rooms {
    const { lines, rooms } = this.#parts.board.model;
    const unread = new Map(rooms.map((room) => [room.roomId, room.unread]));
    return roomsOf(lines.map((line) => ({ ...line, unread: unread.get(line.roomId) ?? line.unread })));
  }

  get people(): readonly string[] {
    const { people, lines, me } = this.#parts.board.model;
    const directs = lines.filter(({ kind }) => kind === "direct").map(({ name }) => name);
    const names = [...people.values()].map(({ username }) => username);
    return [...new Set([...names, ...directs])].filter((name) => name !== me.username && name !== "");
  }

  get focus(): RoomLine | undefined {
    const open = this.#parts.board.model.open?.roomId;
    return open === undefined ? undefined : this.rooms.all.find(({ roomId }) => roomId === open);
  }

  get warnings(): readonly Warning[] {
    return this.#parts.board.model.warnings;
  }

  /** What was printed last. */
  get latest(): Line | undefined {
    return this.#latest;
  }

  /** Something that was asked for was not done, and may be another time, or in other words. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  print(...lines: readonly Line[]): void {
    this.#latest = lines.at(-1) ?? this.#latest;
    this.screen.print(...lines);
  }

  async ask<M extends Method>(method: M, params: Params<M>): Promise<Answer<M> | undefined> {
    const { updates } = this.#parts;
    const leaving = method === "room.leave" && "roomId" in params ? String(params.roomId) : undefined;
    if (leaving !== undefined) updates.leaving(leaving, true);
    const result = await this.client.request(method, params);
    if (!result.ok) {
      if (leaving !== undefined) updates.leaving(leaving, false);
      this.refused(result.error);
      return undefined;
    }
    this.#learn(method, params);
    return result.value;
  }

  refused(refusal: Refusal): void {
    // What one may not do one may not do again: there is nothing to put right in the line.
    this.#isRefused ||= refusal.code !== "not-allowed";
    const words = refusalWords(refusal);
    this.print(error(words.what), hint(words.hint));
  }

  async halt(): Promise<Words | undefined> {
    const status = await this.client.request("account.status", {});
    return status.ok && status.value.halted !== undefined ? haltWords(status.value.halted) : undefined;
  }

  refresh(): Promise<void> {
    return this.#parts.updates.refresh();
  }

  tag(roomId: string): string {
    return roomOf(this.#parts.board.model.rooms, roomId)?.tag ?? tagOf(this.rooms, roomId);
  }

  find(word: string): RoomLine | undefined {
    const text = say().plain.chat;
    const found = findRoom(this.rooms, word);
    if (found.type === "room") return found.room;
    this.#isRefused = true;
    if (found.type === "several") this.print(error(text.several(found.tags.join(", "))));
    else this.print(error(text.noRoom(sanitiseName(word))), hint(text.noRoomHint));
    return undefined;
  }

  expect(roomId: string): void {
    this.#parts.updates.expect(roomId);
  }

  knowDirect(roomId: string, username: string): void {
    const { board, settings } = this.#parts;
    if (roomOf(board.model.rooms, roomId) !== undefined) return;
    const direct: RoomLine = { roomId, name: username, kind: "direct", unread: 0, members: 2 };
    const { lines } = board.model;
    const muted = new Set(lines.map((line) => line.roomId).filter((id) => settings.isMuted(id)));
    board.change((model) => shown(roomsTold(model, [...lines, direct], muted)));
  }

  async open(roomId: string): Promise<void> {
    const { board, timelines } = this.#parts;
    if (roomOf(board.model.rooms, roomId) === undefined) await this.refresh();
    const { composer } = board.model.composer;
    // Who has typed on meanwhile ends the sentence where it was begun: Enter must not send it to others.
    const isTyping = composer !== this.#before && !isEmpty(composer);
    if (isTyping && board.model.open?.roomId !== roomId) this.print(info(say().full.isThere(this.tag(roomId))));
    else await timelines.open(roomId);
  }

  back(): RoomLine | undefined {
    const left = this.focus;
    this.#parts.timelines.close();
    return left;
  }

  send(roomId: string, text: string): void {
    this.#parts.sending.send(roomId, text);
  }

  history(roomId: string, items: readonly TimelineItem[]): void {
    if (items.length === 0) this.print(info(say().plain.chat.noMessages));
    const tag = this.tag(roomId);
    const { accountId } = this.me;
    const lines = items.map((item) =>
      item.kind === "message"
        ? messageLine(tag, senderWord(item, accountId), item)
        : eventLine(item.at, ...eventWords(item, accountId, tag)),
    );
    this.print(...lines);
  }

  around(roomId: string, seq: number): Promise<void> {
    return this.#parts.timelines.jump(roomId, seq, true);
  }

  /** What a person did here may change what is shown of others. */
  #learn<M extends Method>(method: M, params: Params<M>): void {
    const { presence, board } = this.#parts;
    if (method === "contact.verify") void presence.contacts();
    if (method !== "warning.accept") return;
    void presence.contacts();
    if ("code" in params && typeof params.code === "string") {
      const { code } = params;
      const roomId = "roomId" in params && typeof params.roomId === "string" ? params.roomId : undefined;
      const username = "username" in params && typeof params.username === "string" ? params.username : undefined;
      board.change((model) => accepted(model, code, roomId, username));
    }
  }
}
