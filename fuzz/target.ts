/** What is fuzzed: a parser of bytes from outside, and what must hold whatever comes. */

/** How an input is built, which decides how it is changed. */
export type Format =
  /** Nothing is known of it. */
  | "bytes"
  /** Fields of Protocol Buffers, one inside the other. */
  | "protobuf"
  /** Vectors with their length before them (RFC 9420 section 2.1.2). */
  | "vectors"
  /** UTF-8, or what looks like it: see `text.ts`. */
  | "text";

export interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** One target, made ready: its state, if it has any, is the same for each input. */
export interface Trial {
  /**
   * Gives the input to the program.
   *
   * @returns in a word what became of it; an input with a word that was not heard before is built upon.
   * @throws when something is not as it must be.
   */
  readonly take: (input: Uint8Array) => string | Promise<string>;
  /** Where an input is more than one thing to read: what it may take up, with all that was thrown away since. */
  readonly memoryBytesMax?: number;
  readonly close?: () => Promise<void>;
}

export interface Target {
  readonly name: string;
  /** Where the bytes come from and who reads them, for the table in the papers. */
  readonly about: string;
  readonly format: Format;
  /** Good inputs, made by the real code from a seed: the same each time. */
  readonly samples: () => Promise<readonly Sample[]>;
  /**
   * "made": in a file, and what the code makes now. "recorded": in a file, made once, because a library that makes them
   * draws randomness of its own. "fresh": in no file, because every change of the program makes others.
   */
  readonly kept: "made" | "recorded" | "fresh";
  readonly open: () => Promise<Trial>;
  /** Pieces that stand in good inputs and that nobody finds by chance. */
  readonly words?: readonly string[];
  /** The longest input that whoever calls the parser lets through. */
  readonly bytesMax: number;
  /** How many inputs `npm test` tries. */
  readonly testInputs: number;
}

/** What must hold and does not. */
export class Broken extends Error {
  override readonly name = "Broken";
}

export function mustHold(claim: boolean, what: string): asserts claim {
  if (!claim) throw new Broken(what);
}
