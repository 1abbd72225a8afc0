/** The engine's updates, one after the other, into the model. */
import type { Client, Update } from "@sotto/core";
import type { Settings } from "../commands/settings.ts";
import { DiskFull } from "../disk-full.ts";
import { noticeText } from "../notices.ts";
import { hint, info, type Line, warning } from "../output.ts";
import { say } from "../text/index.ts";
import { haltWords, warningWords } from "../words.ts";
import type { Board } from "./board.ts";
import { collapsed } from "./collapsed.ts";
import { shown } from "./model/composing.ts";
import { mentionsOf } from "./model/mentions.ts";
import { arrived, roomsTold, warned } from "./model/news.ts";
import { roomOf, withRoom } from "./model/rooms.ts";
import type { Presence } from "./presence.ts";
import type { Sending } from "./sending.ts";
import type { Timelines } from "./timelines.ts";

export interface UpdateParts {
  readonly client: Client;
  readonly board: Board;
  readonly timelines: Timelines;
  readonly sending: Sending;
  readonly presence: Presence;
  readonly settings: Settings;
  /** Lines of sotto's own, where the person is. */
  print(...lines: readonly Line[]): void;
  /** Somebody wrote something that asks for a look. */
  notify(roomId: string, sender: string, text: string): void;
}

/** Unread messages in which mentions are looked for at the start, over all rooms. */
const LOOKED_AT_MAX = 500;

/** What comes so soon after the engine listed its rooms may be counted in that list already. */
const DOUBTED_MS = 300;

export class Updates {
  readonly #parts: UpdateParts;
  #listedAt = Number.NEGATIVE_INFINITY;
  #recount: NodeJS.Timeout | undefined;
  /** From a lost connection until `unread`: what was missed is counted, and not told one by one. */
  #catchingUp = true;
  /** Rooms that are no news: they were there at the start, were told of, or are entered by this person right now. */
  readonly #known = new Set<string>();

  readonly #diskFull = new DiskFull();

  constructor(parts: UpdateParts) {
    this.#parts = parts;
  }

  /** Asks the engine anew which rooms there are. */
  readonly refresh = collapsed(async () => {
    const { client, board, settings } = this.#parts;
    const listed = await client.request("room.list", {});
    if (!listed.ok) return;
    const muted = new Set(listed.value.map(({ roomId }) => roomId).filter((roomId) => settings.isMuted(roomId)));
    board.change((model) => shown(roomsTold(model, listed.value, muted)));
    this.#listedAt = performance.now();
  });

  expect(roomId: string): void {
    this.#known.add(roomId);
  }

  /** The person leaves it by themselves: the engine tells of that in the words that it has for being removed. */
  leaving(roomId: string, isLeaving: boolean): void {
    if (isLeaving) this.#leaving.add(roomId);
    else this.#leaving.delete(roomId);
  }
  readonly #leaving = new Set<string>();

  /** The rooms that are there are no news. */
  start(): Promise<void> {
    const { board } = this.#parts;
    return this.refresh().then(() => {
      for (const { roomId } of board.model.rooms) this.#known.add(roomId);
    });
  }

  /** A new account has missed nothing. */
  nothingToCatchUp(): void {
    this.#catchingUp = false;
  }

  async follow(updates: AsyncIterable<Update>): Promise<void> {
    for await (const update of updates) await this.take(update);
  }

  async take(update: Update): Promise<void> {
    const { board, timelines, sending, presence, print } = this.#parts;
    switch (update.type) {
      case "message":
        return this.#message(update);
      case "sent":
        return void sending.placed(update.roomId, update.messageId);
      case "room":
        return this.#room(update.roomId, update.event);
      case "connection":
        return this.#connection(update);
      case "unread":
        await this.refresh();
        await this.mentions();
        if (this.#catchingUp) this.#greet();
        this.#catchingUp = false;
        await sending.learn();
        return;
      case "notice":
        if (this.#diskFull.isRepeated(update, board.now())) return;
        return print(info({ text: noticeText(update), lines: true }));
      case "warning": {
        board.change((model) => warned(model, update));
        const words = warningWords(update);
        const tag = roomOf(board.model.rooms, update.roomId)?.tag;
        print(warning(`${tag === undefined ? "" : `${tag}: `}${words.what} (${update.code})`), hint(words.hint));
        void presence.contacts();
        const { roomId, messageId, text } = update;
        if (roomId !== undefined && messageId !== undefined && text !== undefined)
          sending.lost(roomId, messageId, text);
        if (update.code === "not-delivered") void sending.learn();
        if (update.roomId !== undefined) void timelines.follow(update.roomId);
        return;
      }
    }
  }

  /** In how many of the unread messages one is meant. */
  async mentions(): Promise<void> {
    const { client, board } = this.#parts;
    const { username, accountId } = board.model.me;
    const isMention = mentionsOf(username);
    let left = LOOKED_AT_MAX;
    for (const { roomId, unread } of board.model.rooms) {
      const limit = Math.min(unread, left);
      if (limit === 0) continue;
      left -= limit;
      const listed = await client.request("message.list", { roomId, limit });
      if (!listed.ok) continue;
      const mentions = listed.value.filter(({ senderId, text }) => senderId !== accountId && isMention(text)).length;
      board.change((model) => ({
        ...model,
        rooms: withRoom(model.rooms, roomId, (room) => ({ ...room, mentions: Math.min(room.unread, mentions) })),
      }));
    }
  }

  async #message(update: Extract<Update, { type: "message" }>): Promise<void> {
    const { board, timelines } = this.#parts;
    const { roomId } = update;
    // A room that is new came with its counts.
    if (roomOf(board.model.rooms, roomId) === undefined) await this.refresh();
    else {
      board.change((model) => arrived(model, roomId, update, this.#catchingUp));
      if (performance.now() - this.#listedAt < DOUBTED_MS) this.#countAgain();
    }
    void timelines.follow(roomId);
    if (!this.#catchingUp) this.#tell(update);
  }

  #countAgain(): void {
    this.#recount ??= setTimeout(() => {
      this.#recount = undefined;
      void this.refresh();
    }, DOUBTED_MS);
    this.#recount.unref();
  }

  #tell({ roomId, sender, senderId, text }: Extract<Update, { type: "message" }>): void {
    const { board, notify } = this.#parts;
    const { me, focused, covered, open, doNotDisturb, rooms } = board.model;
    const room = roomOf(rooms, roomId);
    if (senderId === me.accountId || room === undefined || room.muted || doNotDisturb) return;
    if (room.kind !== "direct" && !mentionsOf(me.username)(text)) return;
    if (!focused || covered || open?.roomId !== roomId) notify(roomId, sender, text);
  }

  /** After a while away: one notification for all of it. */
  #greet(): void {
    const { board, notify } = this.#parts;
    const { rooms, focused, doNotDisturb } = board.model;
    const asking = rooms.find(({ kind, unread, mentions, muted }) => {
      return !muted && (mentions > 0 || (kind === "direct" && unread > 0));
    });
    if (asking !== undefined && !focused && !doNotDisturb) notify(asking.roomId, "", "");
  }

  async #room(roomId: string, event: Extract<Update, { type: "room" }>["event"]): Promise<void> {
    const { board, timelines, print } = this.#parts;
    const before = roomOf(board.model.rooms, roomId);
    await this.refresh();
    const room = roomOf(board.model.rooms, roomId);
    if (event === "joined") {
      const isNews = room?.kind === "room" && !this.#known.has(roomId);
      this.#known.add(roomId);
      if (isNews) print(info(say().plain.chat.youWereAdded(room.tag)));
    }
    if (event === "removed") this.#known.delete(roomId);
    const isOwnWill = event === "removed" && this.#leaving.delete(roomId);
    if (event === "removed" && before !== undefined && !isOwnWill)
      print(info(say().plain.chat.youWereRemoved(before.tag)));
    if (board.model.open?.roomId !== roomId) return;
    // While it was entered there was nothing to be read of it.
    if (board.model.window?.roomId !== roomId) return void timelines.open(roomId);
    void timelines.members(roomId);
    void timelines.follow(roomId);
  }

  async #connection({ state, retryAt }: Extract<Update, { type: "connection" }>): Promise<void> {
    const { client, board, sending } = this.#parts;
    if (state === "offline" && board.model.connection.state === "online") this.#catchingUp = true;
    board.change((model) => ({ ...model, connection: { state, retryAt, halt: undefined } }));
    if (state === "online") void sending.learn();
    if (state !== "offline" || retryAt !== undefined) return;
    const status = await client.request("account.status", {});
    if (!status.ok || status.value.connection !== "offline") return;
    const { halted, retryAt: next } = status.value;
    const halt = halted === undefined ? undefined : haltWords(halted);
    board.change((model) => ({ ...model, connection: { state: "offline", retryAt: next, halt } }));
  }
}
