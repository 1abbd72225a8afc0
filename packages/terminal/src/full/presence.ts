/** Who is there, and who is in doubt: asked for when connected, then once a minute while somebody may be looking. */
import type { Client } from "@sotto/core";
import type { Board } from "./board.ts";
import { collapsed } from "./collapsed.ts";
import type { Model } from "./model/model.ts";
import { afterContacts, afterOffline, afterUsers } from "./model/people.ts";

const EVERY_MS = 60_000;

export class Presence {
  readonly #client: Client;
  readonly #board: Board;
  #timer: NodeJS.Timeout | undefined;
  /** When the relay's list was asked for last. */
  #askedAt = 0;
  #isStopped = false;

  constructor(client: Client, board: Board) {
    this.#client = client;
    this.#board = board;
    board.watch((model, before) => {
      const isOnline = model.connection.state === "online";
      const wasOnline = before.connection.state === "online";
      if (isOnline === wasOnline && model.focused === before.focused) return;
      if (wasOnline && !isOnline) board.change((now) => withPeople(now, afterOffline(now.people)));
      this.#schedule(isOnline && !wasOnline);
    });
  }

  /** Also while an answer is awaited: nothing is asked any more. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  readonly contacts = collapsed(async () => {
    const contacts = await this.#client.request("contact.list", {});
    if (contacts.ok) this.#board.change((model) => withPeople(model, afterContacts(model.people, contacts.value)));
  });

  #schedule(now: boolean): void {
    clearTimeout(this.#timer);
    const { connection, focused } = this.#board.model;
    if (this.#isStopped) return;
    if (connection.state !== "online" || !(focused || now)) return;
    const dueMs = now ? 0 : Math.max(0, this.#askedAt + EVERY_MS - this.#board.now());
    if (dueMs === 0) void this.#ask();
    else this.#timer = setTimeout(() => void this.#ask(), dueMs);
  }

  readonly #ask = collapsed(async () => {
    this.#askedAt = this.#board.now();
    const users = await this.#client.request("users.list", {});
    if (users.ok) this.#board.change((model) => withPeople(model, afterUsers(model.people, users.value)));
    await this.contacts();
    this.#schedule(false);
  });
}

function withPeople(model: Model, people: Model["people"]): Model {
  return people === model.people ? model : { ...model, people };
}
