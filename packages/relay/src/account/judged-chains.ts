/**
 * What the chains say that were judged last. A chain of a thousand entries costs some hundred milliseconds of signatures,
 * during which the relay does nothing else: it is verified once, and not again for each entry that comes on top.
 */
import { type AccountId, type ChainPort, type ChainState, chainEntryHash, chainStates, equalBytes } from "@sotto/wire";

/** Each of up to a thousand devices. */
const KEPT_MAX = 100;

export class JudgedChains {
  readonly #port: ChainPort;
  /** Used longest ago first. */
  readonly #states = new Map<AccountId, ChainState>();

  constructor(port: ChainPort) {
    this.#port = port;
  }

  /** What the stored chain of an account says; undefined when there is none that holds. */
  state(account: AccountId, entries: readonly Uint8Array[]): ChainState | undefined {
    const known = this.#states.get(account);
    const last = entries.at(-1);
    if (last === undefined) return undefined;
    if (known?.length === entries.length && equalBytes(known.hash, chainEntryHash(last, this.#port.hash))) return known;
    const states = chainStates(entries, this.#port);
    const state = states.ok ? states.value.at(-1) : undefined;
    if (state !== undefined) this.keep(state);
    return state;
  }

  /** The chain was judged, and stands so in the store. */
  keep(state: ChainState): void {
    this.#states.delete(state.account);
    this.#states.set(state.account, state);
    const [oldest] = this.#states.keys();
    if (this.#states.size > KEPT_MAX && oldest !== undefined) this.#states.delete(oldest);
  }
}
