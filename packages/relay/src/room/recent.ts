/** The newest entries of a room by sender and id, so that most repeats are known without asking the disk. */
import type { DeviceId, EntryId } from "@sotto/wire";
import type { EntryMark } from "../store/store.ts";

/** About 300 bytes each. */
const RECENT_MAX = 1024;

export class Recent {
  readonly #marks = new Map<string, EntryMark>();
  #complete: boolean;

  /** @param complete - whether the room has no entries besides those that will be added here. */
  constructor(complete: boolean) {
    this.#complete = complete;
  }

  /** Whether what is not found here is nowhere; else the store must be asked before an entry is judged. */
  get complete(): boolean {
    return this.#complete;
  }

  find(device: DeviceId, id: EntryId): EntryMark | undefined {
    return this.#marks.get(`${device}${id}`);
  }

  add(device: DeviceId, id: EntryId, mark: EntryMark): void {
    this.#marks.set(`${device}${id}`, mark);
    const [oldest] = this.#marks.keys();
    if (this.#marks.size <= RECENT_MAX || oldest === undefined) return;
    this.#marks.delete(oldest);
    this.#complete = false;
  }
}
