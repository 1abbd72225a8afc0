/** Conversations on paper: line after line, with the day where it changes. */
import type { Message, TimelineItem } from "@sotto/core";
import type { Asker, Me } from "../commands/desk.ts";
import { eventWords } from "../events.ts";
import { info } from "../output.ts";
import { dayOf, eventLine, messageLine, senderWord } from "./lines.ts";

export class Paper {
  readonly #screen: Pick<Asker, "print">;
  readonly #me: Me;
  readonly #tagOf: (roomId: string) => string;
  #day = dayOf(Date.now());

  constructor(screen: Pick<Asker, "print">, me: Me, tagOf: (roomId: string) => string) {
    this.#screen = screen;
    this.#me = me;
    this.#tagOf = tagOf;
  }

  item(roomId: string, item: TimelineItem): void {
    if (item.kind === "message") return this.message(roomId, item);
    this.#turnTo(item.at);
    this.#screen.print(eventLine(item.at, ...eventWords(item, this.#me.accountId, this.#tagOf(roomId))));
  }

  message(roomId: string, message: Message): void {
    this.#turnTo(message.sentAt);
    this.#screen.print(messageLine(this.#tagOf(roomId), senderWord(message, this.#me.accountId), message));
  }

  #turnTo(at: number): void {
    const day = dayOf(at);
    if (day !== this.#day) this.#screen.print(info(day));
    this.#day = day;
  }
}
