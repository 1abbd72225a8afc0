/** One's own texts on their way: shown at once, in the log when the relay has them, or refused with the reason. */
import { randomBytes } from "node:crypto";
import type { Client, Refusal } from "@sotto/core";
import type { Board } from "./board.ts";
import { addedAt } from "./model/composing.ts";
import { type Model, withOwn } from "./model/model.ts";
import { type OwnText, textWith, withoutText, withText } from "./model/own.ts";
import { roomOf } from "./model/rooms.ts";
import type { Notes } from "./notes.ts";
import type { Timelines } from "./timelines.ts";

const LOST: Refusal = { code: "internal", message: "" };

export class Sending {
  readonly #client: Client;
  readonly #board: Board;
  readonly #timelines: Timelines;
  readonly #notes: Notes;
  readonly #open = new Set<Promise<void>>();
  /** Given up by the person: what the engine answers to them is no news. */
  readonly #dropped = new Set<string>();
  /** Sent from here: whatever becomes of them is answered to the request. */
  readonly #sent = new Set<string>();

  constructor(client: Client, board: Board, timelines: Timelines, notes: Notes) {
    this.#client = client;
    this.#board = board;
    this.#timelines = timelines;
    this.#notes = notes;
    board.watch((model, before) => {
      if (model.rooms !== before.rooms || model.own !== before.own) this.#bring(model);
    });
  }

  /** Returns at once; requests reach the engine in the order of the calls. */
  send(roomId: string, text: string): void {
    const messageId = randomBytes(16).toString("hex");
    const own: OwnText = { messageId, text, at: this.#board.now(), refusal: undefined };
    this.#sent.add(messageId);
    this.#board.change((model) => withOwn(model, withText(model.own, roomId, own)));
    const done: Promise<void> = this.#client
      .request("message.send", { roomId, text, id: messageId })
      .then(async (answer) => {
        if (answer.ok) await this.placed(roomId, messageId);
        else this.#refused(roomId, own, answer.error);
        this.#open.delete(done);
      });
    this.#open.add(done);
  }

  /** The text has its place in the log. */
  async placed(roomId: string, messageId: string): Promise<void> {
    await this.#timelines.follow(roomId);
    this.#board.change((model) => withOwn(model, withoutText(model.own, roomId, messageId)));
  }

  /** What waits from before this start, or was sent by another program: the engine knows. */
  async learn(): Promise<void> {
    const listed = await this.#client.request("outbox.list", {});
    if (!listed.ok) return;
    const waiting = new Set(listed.value.map(({ messageId }) => messageId));
    this.#board.change((model) => {
      let own = model.own;
      for (const { roomId, ...text } of listed.value)
        if (textWith(own, text.messageId) === undefined) own = withText(own, roomId, { ...text, refusal: undefined });
      // Of what was learned here nobody awaits an answer: where it waits no more it is in the log, or was warned of.
      for (const [roomId, texts] of own)
        for (const { messageId, refusal } of texts)
          if (refusal === undefined && this.#learned.has(messageId) && !waiting.has(messageId))
            own = withoutText(own, roomId, messageId);
      return withOwn(model, own);
    });
    for (const { messageId } of listed.value) this.#learned.add(messageId);
  }
  readonly #learned = new Set<string>();

  /** A text that waited from before this start will not be sent: the engine does not have it any more. */
  lost(roomId: string, messageId: string, text: string): void {
    if (this.#sent.has(messageId)) return;
    const failed = { messageId, text, at: this.#board.now(), refusal: LOST };
    this.#notes.keepFailed(roomId, failed);
    this.#board.change((model) => withOwn(model, withText(model.own, roomId, failed)));
  }

  /** A text that was refused is tried once more, as a new message. */
  again(messageId: string): void {
    const text = textWith(this.#board.model.own, messageId);
    if (text?.refusal === undefined) return;
    // In this order: who is killed in between has it twice, and not nowhere.
    this.send(text.roomId, text.text);
    this.#forget(text.roomId, messageId);
  }

  /**
   * Takes a text away that is not in the log.
   *
   * @returns the text; undefined when it may be on its way already.
   */
  async drop(messageId: string): Promise<string | undefined> {
    const text = textWith(this.#board.model.own, messageId);
    if (text === undefined) return undefined;
    if (text.refusal === undefined) {
      this.#dropped.add(messageId);
      const dropped = await this.#client.request("outbox.drop", { messageId });
      if (!dropped.ok) {
        this.#dropped.delete(messageId);
        return undefined;
      }
    }
    this.#forget(text.roomId, messageId);
    return text.text;
  }

  /** Texts that were refused before this start. */
  restore(roomId: string, own: OwnText): void {
    this.#board.change((model) => withOwn(model, withText(model.own, roomId, own)));
  }

  async settle(signal: AbortSignal): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.race([Promise.all(this.#open), stopped]);
  }

  #refused(roomId: string, own: OwnText, refusal: Refusal): void {
    if (this.#dropped.delete(own.messageId)) return;
    // The engine has it, and ends: it is sent when sotto runs next.
    if (refusal.code === "offline") return;
    const failed = { ...own, refusal };
    this.#notes.keepFailed(roomId, failed);
    this.#board.change((model) => withOwn(model, withText(model.own, roomId, failed)));
  }

  /** What was refused in a room that is no more goes to where no conversation is open: there it can be seen. */
  #bring({ own, rooms }: Model): void {
    const astray = [...own].flatMap(([roomId, texts]) =>
      roomOf(rooms, roomId) === undefined
        ? texts.filter(({ refusal }) => refusal !== undefined).map((text) => ({ roomId, ...text }))
        : [],
    );
    if (astray.length === 0) return;
    const together = astray.map(({ text }) => text).join("\n");
    // At once: after each change it is asked anew what is to be brought.
    this.#board.change((model) => {
      const left = astray.reduce((texts, { roomId, messageId }) => withoutText(texts, roomId, messageId), model.own);
      return addedAt(withOwn(model, left), "", together);
    });
    // In this order: who is killed in between has it twice, and not nowhere.
    void this.#notes.flush();
    for (const { roomId, messageId } of astray) this.#notes.dropFailed(roomId, messageId);
  }

  #forget(roomId: string, messageId: string): void {
    this.#board.change((model) => withOwn(model, withoutText(model.own, roomId, messageId)));
    this.#notes.dropFailed(roomId, messageId);
  }
}
