/** What happened in rooms while one looks on: each event is told once, from where the room stood at the start. */
import type { Client, RoomLine, TimelineEvent } from "@sotto/core";

/** Of the newest items, more than happen between two updates. */
const WINDOW = 100;

export class Happened {
  readonly #client: Pick<Client, "request">;
  /** Up to where each room is told. */
  readonly #told = new Map<string, number>();

  constructor(client: Pick<Client, "request">) {
    this.#client = client;
  }

  async know(rooms: readonly RoomLine[]): Promise<void> {
    for (const { roomId } of rooms) await this.news(roomId);
  }

  /** Items up to there were shown. */
  told(roomId: string, seq: number): void {
    this.#told.set(roomId, Math.max(this.#told.get(roomId) ?? 0, seq));
  }

  /** Events since the last call; none the first time. Oldest first. */
  async news(roomId: string): Promise<readonly TimelineEvent[]> {
    const told = this.#told.get(roomId);
    const limit = told === undefined ? 1 : WINDOW;
    const page = await this.#client.request("timeline.list", { roomId, limit });
    if (!page.ok) return [];
    const { items } = page.value;
    this.told(roomId, Math.max(0, ...items.map(({ seq }) => seq)));
    if (told === undefined) return [];
    return items.filter((item) => item.kind === "event").filter(({ seq }) => seq > told);
  }
}
