/**
 * Who has asked the members of which room to be let in (Readmit): one open ask for each device and room, or one device
 * could fill the inboxes of a thousand others. Kept in memory alone: after a restart somebody may ask once more.
 */
import type { DeviceId, RoomId } from "@sotto/wire";
import type { RoomLog } from "./log.ts";

/** Members that are online answer within seconds; after so long the others may be told again. */
const OPEN_MS = 10 * 60 * 1000;
/** Who was let in and is out again may ask anew after so long. */
const ANEW_MS = 60 * 1000;
/** Asks kept before those that are over are swept out. */
const KEPT_MAX = 10_000;

interface Ask {
  readonly since: number;
  /** Head of the log at that time: a commit after it that adds the device answers the ask. */
  readonly head: number;
  /**
   * The device had access and was only out of step. That a commit adds it once more answers such an ask, but opens no
   * new one: two members could else let each other in and ask, in turn, and fill everybody's inbox.
   */
  readonly wasInside: boolean;
}

export class Asks {
  readonly #asks = new Map<string, Ask>();

  /** Opens an ask. False when there is an open one. */
  open(log: RoomLog, device: DeviceId, now: number): boolean {
    const key = keyOf(log.id, device);
    const ask = this.#asks.get(key);
    if (ask !== undefined && isOpen(ask, now) && !isAnswered(ask, log, device, now)) return false;
    if (this.#asks.size >= KEPT_MAX) this.#sweep(now);
    this.#asks.set(key, { since: now, head: log.head, wasInside: log.access.has(device) });
    return true;
  }

  /** It was told to nobody. */
  drop(room: RoomId, device: DeviceId): void {
    this.#asks.delete(keyOf(room, device));
  }

  #sweep(now: number): void {
    for (const [key, ask] of this.#asks) if (!isOpen(ask, now)) this.#asks.delete(key);
  }
}

const keyOf = (room: RoomId, device: DeviceId): string => `${room}${device}`;

const isAnswered = (ask: Ask, log: RoomLog, device: DeviceId, now: number): boolean =>
  !ask.wasInside && now - ask.since >= ANEW_MS && log.hasAdded(device, ask.head);

/** A clock that was set back keeps nobody waiting. */
const isOpen = ({ since }: Ask, now: number): boolean => now >= since && now - since < OPEN_MS;
