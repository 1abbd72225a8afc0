/**
 * Keeps the messages of one connection in the order in which they were sent. A client may send the next Append before
 * the last was answered, and marks it as continuing. When one was refused those behind it must be refused too, or they
 * would overtake it; the first that does not continue starts anew.
 */
import type { AppendBody, RoomId } from "@sotto/wire";
import type { Answer } from "../room/rooms.ts";

export class Refusals {
  readonly #refused = new Set<RoomId>();

  /** Whether the append comes behind one that was refused. */
  follows({ room, continues }: Pick<AppendBody, "room" | "continues">): boolean {
    if (!continues) this.#refused.delete(room);
    return this.#refused.has(room);
  }

  /** From now on those behind it are refused too. */
  add({ room }: Pick<AppendBody, "room">): void {
    this.#refused.add(room);
  }

  /** Passes the answer on and remembers when it is a refusal. */
  watch({ room }: Pick<AppendBody, "room">, answer: Answer): Answer {
    return (body) => {
      if (body.type === "refused") this.#refused.add(room);
      answer(body);
    };
  }
}
