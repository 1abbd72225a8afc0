/**
 * What a person has set for all interfaces of this profile: which rooms are muted, and do not disturb. Kept in the
 * vault, as notes of the engine.
 */
import type { Client, NoteLine, Refusal } from "@sotto/core";

const MUTED = "mute/";
const DO_NOT_DISTURB = "dnd";
/** What stands in such a note: that it is there says it. */
const SET = "on";

export class Settings {
  readonly #client: Pick<Client, "request">;
  readonly #changed: () => void;
  #muted: ReadonlySet<string> = new Set();
  #doNotDisturb = false;

  /** @param changed - called after each change. */
  constructor(client: Pick<Client, "request">, changed: () => void = () => {}) {
    this.#client = client;
    this.#changed = changed;
  }

  get doNotDisturb(): boolean {
    return this.#doNotDisturb;
  }

  isMuted(roomId: string): boolean {
    return this.#muted.has(roomId);
  }

  /** What was set before; once somebody is signed in. */
  async load(): Promise<readonly NoteLine[]> {
    const notes = await this.#client.request("note.list", {});
    if (!notes.ok) return [];
    this.take(notes.value);
    return notes.value;
  }

  /** For who has asked for the notes already. */
  take(notes: readonly NoteLine[]): void {
    const keys = notes.map(({ key }) => key);
    this.#muted = new Set(keys.filter((key) => key.startsWith(MUTED)).map((key) => key.slice(MUTED.length)));
    this.#doNotDisturb = keys.includes(DO_NOT_DISTURB);
    this.#changed();
  }

  /** @returns why it could not be kept; nothing is changed then. */
  async mute(roomId: string, muted: boolean): Promise<Refusal | undefined> {
    const refusal = await this.#put(`${MUTED}${roomId}`, muted);
    if (refusal !== undefined) return refusal;
    const others = [...this.#muted].filter((id) => id !== roomId);
    this.#muted = new Set(muted ? [...others, roomId] : others);
    this.#changed();
    return undefined;
  }

  /** @returns why it could not be kept; nothing is changed then. */
  async setDoNotDisturb(on: boolean): Promise<Refusal | undefined> {
    const refusal = await this.#put(DO_NOT_DISTURB, on);
    if (refusal !== undefined) return refusal;
    this.#doNotDisturb = on;
    this.#changed();
    return undefined;
  }

  async #put(key: string, isSet: boolean): Promise<Refusal | undefined> {
    const done = await this.#client.request("note.put", isSet ? { key, text: SET } : { key });
    return done.ok ? undefined : done.error;
  }
}
