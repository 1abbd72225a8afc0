/**
 * What the relay's rules need from outside: time, randomness, and OPAQUE, whose library draws randomness of its own. Tests
 * and the simulator give theirs.
 */
import type { UserName } from "@sotto/wire";

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `work` once after `ms`, unless the returned function was called before. */
  after(ms: number, work: () => void): () => void;
}

/** Between the two halves of a login. May be finished once: who holds it throws it away before it tries. */
export interface Login {
  readonly name: string;
  readonly state: string;
}

/** The relay's half of OPAQUE (RFC 9807). undefined: not to be read. */
export interface OpaqueServer {
  /** @returns RegistrationResponse. */
  register(name: UserName, request: Uint8Array): Uint8Array | undefined;
  /** Whether a RegistrationRecord can be logged in with: a broken one would lock its owner out for ever. */
  isRecord(name: UserName, record: Uint8Array): boolean;
  /**
   * @param record - undefined for a name that nobody has: the answer looks like any other.
   * @returns KE2 and what {@link finish} needs.
   */
  start(
    name: string,
    record: Uint8Array | undefined,
    ke1: Uint8Array,
  ): { readonly login: Login; readonly ke2: Uint8Array } | undefined;
  /** Whether KE3 shows that the password was right. */
  finish(login: Login, ke3: Uint8Array): boolean;
}

/** Cryptographically strong random bytes. */
export type Random = (length: number) => Uint8Array;

/** A line of the relay's log. Never content, never secrets; addresses and names may stand there. */
export interface Journal {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}
