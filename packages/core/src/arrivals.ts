/**
 * Frames on their way from a connection into the loop. Entries that are pushed close upon each other come in together:
 * one turn, one commit with its sync and one word to the relay then stand for all of them, where each would cost that.
 */
import { type FromServer, parseFromServer } from "@sotto/wire";
import type { Clock } from "./ports.ts";

/** Entries that come in at once after a pause: a talk never waits. */
const BURST = 5;
/** How long others then wait for company. */
const GATHER_MS = 200;

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
  #allowance = BURST;
  #countedAt = 0;
  #cancel: (() => void) | undefined;

  constructor(ports: ArrivalPorts) {
    this.#ports = ports;
  }

  take(bytes: Uint8Array): void {
    const read = parseFromServer(bytes);
    const frame = read.ok ? read.value : undefined;
    this.#held.push(frame);
    const wait = (1 - this.#allowed()) * GATHER_MS;
    const { clock } = this.#ports;
    // Whoever waits for an answer does not wait for others' entries.
    if (wait <= 0 || this.#isUrgent(frame)) this.flush();
    else this.#cancel ??= clock.wake(clock.now() + wait, () => this.flush());
  }

  #allowed(): number {
    const now = this.#ports.clock.now();
    // Somebody may have set it back.
    const passed = Math.max(0, now - this.#countedAt);
    this.#countedAt = now;
    this.#allowance = Math.min(BURST, this.#allowance + passed / GATHER_MS);
    return this.#allowance;
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
    if (frames.some(isPushed)) this.#allowance = Math.max(0, this.#allowed() - 1);
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
