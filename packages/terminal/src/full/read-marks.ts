/** Tells the engine up to where the person has read: while the end of a conversation is in view and the window has the keyboard. */
import type { Client } from "@sotto/core";
import type { Board } from "./board.ts";
import { collapsed } from "./collapsed.ts";
import { type Model, withOpen } from "./model/model.ts";
import { allRead, isReading } from "./model/news.ts";
import { roomOf } from "./model/rooms.ts";
import { lastSeq } from "./model/window.ts";

/** Each is a write to the disk: while messages stream in, the next one waits so long. */
const PAUSE_MS = 500;

export class ReadMarks {
  readonly #client: Client;
  readonly #board: Board;
  #goOn: () => void = () => {};
  #isOver = false;
  /** The highest that was told, by room. */
  readonly #told = new Map<string, number>();
  readonly #wanted = new Map<string, number>();

  constructor(client: Client, board: Board) {
    this.#client = client;
    this.#board = board;
    board.watch((model) => this.#look(model));
  }

  /** What the person has read of a room since sotto runs, up to this place; 0: nothing. */
  readTo(roomId: string): number {
    return this.#told.get(roomId) ?? 0;
  }

  /** The person says so: all of it is read, and the marker goes. */
  async mark(roomId: string): Promise<void> {
    const newest = await this.#client.request("timeline.list", { roomId, limit: 1 });
    const last = newest.ok ? newest.value.items.at(-1) : undefined;
    if (last !== undefined) this.#want(roomId, last.seq);
    this.#board.change((model) => {
      const read = allRead(model, roomId);
      return read.open?.roomId === roomId ? withOpen(read, { newAfter: 0, newCount: 0, newBelow: 0 }) : read;
    });
  }

  /** What has been read is in the vault; nothing of this wakes any more. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#goOn();
    await this.#tell();
  }

  #look(model: Model): void {
    const { open, window } = model;
    if (open === undefined || window === undefined || !isReading(model)) return;
    const last = lastSeq(window);
    const isUnread = (roomOf(model.rooms, open.roomId)?.unread ?? 0) > 0;
    if (last > (this.#told.get(open.roomId) ?? 0)) this.#want(open.roomId, last);
    if (isUnread) this.#board.change((now) => allRead(now, open.roomId));
  }

  #want(roomId: string, seq: number): void {
    this.#told.set(roomId, seq);
    this.#wanted.set(roomId, seq);
    void this.#tell();
  }

  /** One request at a time, always for the newest. */
  readonly #tell = collapsed(async () => {
    for (const [roomId, seq] of this.#wanted) {
      this.#wanted.delete(roomId);
      await this.#client.request("message.markRead", { roomId, seq });
      await this.#pause();
    }
  });

  async #pause(): Promise<void> {
    if (this.#isOver) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PAUSE_MS);
      timer.unref();
      this.#goOn = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
