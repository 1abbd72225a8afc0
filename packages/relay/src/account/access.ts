/** The access password: what a newcomer needs before the relay talks to them. */
import type { Config } from "@sotto/wire";
import { crockford, equalSecrets, grouped } from "../crypto.ts";
import type { Random } from "../ports.ts";

export class AccessGate {
  readonly #for: Config["access"]["for"];
  readonly #share: boolean;
  readonly #isFixed: boolean;
  #password: string;

  /** A new password at each start, unless the configuration fixes one. */
  constructor({ password, for: gate, share }: Config["access"], random: Random) {
    this.#for = gate;
    this.#share = share;
    this.#isFixed = password !== undefined;
    this.#password = password ?? newPassword(random);
  }

  /** The setting that keeps the password from being renewed; empty when nothing does. */
  get fixedBy(): string {
    if (this.#for === "open") return "access.for";
    return this.#isFixed ? "access.password" : "";
  }

  /** @returns the new password, which counts from now on; undefined when none can be made, see {@link fixedBy}. */
  renew(random: Random): string | undefined {
    if (this.fixedBy !== "") return undefined;
    this.#password = newPassword(random);
    return this.#password;
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

/** 80 bits, in groups that can be read aloud. */
const newPassword = (random: Random): string => grouped(crockford(random(10)), 4);
