/** Who came and who went: the engine says that the members of a room changed, this says how. */
import type { Client, RoomLine } from "@sotto/core";

export interface MemberChange {
  readonly username: string;
  readonly event: "joined" | "left";
}

export class Members {
  readonly #client: Client;
  readonly #known = new Map<string, ReadonlySet<string>>();

  constructor(client: Client) {
    this.#client = client;
  }

  async know(rooms: readonly RoomLine[]): Promise<void> {
    for (const { roomId } of rooms) await this.changes(roomId);
  }

  /** Changes since the last call; none the first time. */
  async changes(roomId: string): Promise<MemberChange[]> {
    const members = await this.#client.request("room.members", { roomId });
    if (!members.ok) return [];
    const now = new Set(members.value.map(({ username }) => username));
    const before = this.#known.get(roomId);
    this.#known.set(roomId, now);
    if (before === undefined) return [];
    return [
      ...[...now].filter((name) => !before.has(name)).map((username) => ({ username, event: "joined" as const })),
      ...[...before].filter((name) => !now.has(name)).map((username) => ({ username, event: "left" as const })),
    ];
  }
}
