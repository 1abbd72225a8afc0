/**
 * Frames on their way from a connection into the loop. Entries that are pushed close upon each other come in together:
 * one turn, one commit with its sync and one word to the relay then stand for all of them, where each would cost that.
 */
import { type FromServer, parseFromServer } from "@sotto/wire";
import type { Clock } from "./ports.ts";

/** After entries were let in, for how long others wait for company. The first ones after a pause never do. */
const GATHER_MS = 50;

/** A frame that was read; undefined: it was none. */
export type Frame = FromServer | undefined;

export interface ArrivalPorts {
  readonly clock: Clock;
  /** Gets frames in the order in which they came. */
  letIn(frames: readonly Frame[]): void;
  /** Whether somebody waits for what a frame answers. */
  isAwaited(request: number): boolean;
}

export class Arrivals {
  readonly #ports: ArrivalPorts;
  #held: Frame[] = [];
  #letInAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(ports: ArrivalPorts) {
    this.#ports = ports;
  }

  take(bytes: Uint8Array): void {
    const read = parseFromServer(bytes);
    const frame = read.ok ? read.value : undefined;
    this.#held.push(frame);
    const { clock } = this.#ports;
    const left = this.#letInAt + GATHER_MS - clock.now();
    // Somebody may have set the clock back; and whoever waits for an answer does not wait for others' entries.
    if (left <= 0 || left > GATHER_MS || this.#isUrgent(frame)) this.flush();
    else this.#cancel ??= clock.wake(clock.now() + left, () => this.flush());
  }

  #isUrgent(frame: Frame): boolean {
    if (frame === undefined || frame.request === 0) return !isPushed(frame);
    return this.#ports.isAwaited(frame.request);
  }

  /** Lets in what waits. */
  flush(): void {
    this.stop();
    const frames = this.#held;
    this.#held = [];
    if (frames.some(isPushed)) this.#letInAt = this.#ports.clock.now();
    if (frames.length > 0) this.#ports.letIn(frames);
  }

  /** Nothing comes in any more by itself. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}

/** Whether it tells of entries of a room's log that nobody asked for. */
export const isPushed = (frame: Frame): boolean => frame?.request === 0 && frame.body.type === "event";
