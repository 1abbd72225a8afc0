/** How many may be connected at once, of everybody and from one address. Counts sockets, from their first byte on. */
import type { Config } from "@sotto/wire";

/** Above the limit so many are still told why not; beyond that a socket is closed without a word. */
const TOLD = { all: 256, host: 32 };
/** How long somebody is told to stay away when there is no place. */
const FULL_MS = 10_000;

export class Admission {
  readonly #limits: Config["limits"];
  readonly #hosts = new Map<string, number>();
  #all = 0;

  constructor(limits: Config["limits"]) {
    this.#limits = limits;
  }

  /** @returns what to call once it is closed; undefined: close it at once. */
  enter(host: string): (() => void) | undefined {
    const count = this.#hosts.get(host) ?? 0;
    const { connections, connectionsPerAddress } = this.#limits;
    if (this.#all >= connections + TOLD.all || count >= connectionsPerAddress + TOLD.host) return undefined;
    this.#all++;
    this.#hosts.set(host, count + 1);
    return () => this.#leave(host);
  }

  #leave(host: string): void {
    this.#all--;
    const count = (this.#hosts.get(host) ?? 1) - 1;
    if (count > 0) this.#hosts.set(host, count);
    else this.#hosts.delete(host);
  }

  /** How long somebody who is in should come back after; 0: there is a place. */
  waitMs(host: string): number {
    const { connections, connectionsPerAddress } = this.#limits;
    return this.#all > connections || (this.#hosts.get(host) ?? 0) > connectionsPerAddress ? FULL_MS : 0;
  }
}
