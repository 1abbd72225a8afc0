/** What the relay's rules need from outside: time and randomness. Tests and the simulator give their own. */

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `work` once after `ms`, unless the returned function was called before. */
  after(ms: number, work: () => void): () => void;
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
