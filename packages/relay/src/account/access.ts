/** The access password: what a newcomer needs before the relay talks to them. */
import type { Config } from "@sotto/wire";
import { crockford, equalSecrets, grouped } from "../crypto.ts";
import type { Random } from "../ports.ts";

export class AccessGate {
  readonly #for: Config["access"]["for"];
  readonly #share: boolean;
  readonly #password: string;

  /** A new password at each start, 80 bits, unless the configuration fixes one. */
  constructor({ password, for: gate, share }: Config["access"], random: Random) {
    this.#for = gate;
    this.#share = share;
    this.#password = password ?? grouped(crockford(random(10)), 4);
  }

  /** Whether SignUpStart has to give it. */
  get neededToSignUp(): boolean {
    return this.#for === "sign-up";
  }

  /** What links carry; undefined for an open relay. */
  get password(): string | undefined {
    return this.#for === "open" ? undefined : this.#password;
  }

  /** What members learn, so that the links they give work; empty when it is not shared or none is needed. */
  get shared(): string {
    return this.#share ? (this.password ?? "") : "";
  }

  mayConnect(given: string): boolean {
    return this.#for !== "connect" || equalSecrets(given, this.#password);
  }

  maySignUp(given: string): boolean {
    return this.#for !== "sign-up" || equalSecrets(given, this.#password);
  }
}
