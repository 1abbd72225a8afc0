/** Messages on their way: each ends as a line with its text, or as an error with what to do. */
import type { Client } from "@sotto/core";
import { error, hint, info } from "../output.ts";
import { aborted } from "../rpc/serve.ts";
import type { Screen } from "../screen/screen.ts";
import { say } from "../text/index.ts";
import { refusalWords } from "../words.ts";

export interface SendingEvents {
  isOnline(): boolean;
  sent(roomId: string, message: { messageId: string; seq: number; text: string; sentAt: number }): void;
}

/** A message that takes longer than this is said to be waiting. */
const SLOW_MS = { online: 2000, offline: 150 } as const;

export class Sending {
  readonly #client: Client;
  readonly #screen: Screen;
  readonly #events: SendingEvents;
  readonly #open = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(client: Client, screen: Screen, events: SendingEvents) {
    this.#client = client;
    this.#screen = screen;
    this.#events = events;
  }

  /** Returns at once; requests reach the client in the order of the calls. */
  send(roomId: string, text: string): void {
    const sentAt = Date.now();
    const request = this.#client.request("message.send", { roomId, text });
    const done: Promise<void> = request.then((result) => {
      this.#open.delete(done);
      if (result.ok) {
        this.#events.sent(roomId, { ...result.value, text, sentAt });
        return;
      }
      const words = refusalWords(result.error);
      this.#screen.print(error(say().plain.sending.notSent(words.what)), hint(words.hint));
    });
    this.#open.add(done);
    // A burst of lines from a pipe gives one line about the wait, not one each.
    this.#timer ??= setTimeout(() => this.#tellWaiting(), this.#events.isOnline() ? SLOW_MS.online : SLOW_MS.offline);
  }

  async settle(signal: AbortSignal): Promise<void> {
    await Promise.race([Promise.all(this.#open), aborted(signal)]);
    clearTimeout(this.#timer);
  }

  #tellWaiting(): void {
    this.#timer = undefined;
    if (this.#open.size === 0) return;
    const { slow, offline } = say().plain.sending;
    this.#screen.print(info((this.#events.isOnline() ? slow : offline)(this.#open.size)));
  }
}
