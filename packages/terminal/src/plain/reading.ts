/** Tells the engine up to where each conversation is read: one request at a time, and for each only the newest place. */
import type { Client } from "@sotto/core";

export class Reading {
  readonly #client: Pick<Client, "request">;
  readonly #wanted = new Map<string, number>();
  #isTelling = false;

  constructor(client: Pick<Client, "request">) {
    this.#client = client;
  }

  /** Returns at once. */
  upTo(roomId: string, seq: number): void {
    this.#wanted.set(roomId, seq);
    if (!this.#isTelling) void this.#tell();
  }

  async #tell(): Promise<void> {
    this.#isTelling = true;
    // What is wanted meanwhile is visited too.
    for (const [roomId, seq] of this.#wanted) {
      this.#wanted.delete(roomId);
      await this.#client.request("message.markRead", { roomId, seq });
    }
    this.#isTelling = false;
  }
}
