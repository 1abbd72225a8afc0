/** Core's primitives: those of MLS, and where randomness comes from. */
import { randomBytes } from "node:crypto";
import type { Crypto } from "@sotto/core";
import { nodePrimitives } from "@sotto/mls/node";

/** @param random - where random bytes come from; a test or a simulation gives a seeded one. */
export function nodeCrypto(random: (length: number) => Uint8Array = randomBytes): Crypto {
  // A copy: `slice` of a Buffer is a view of its pool, and core relies on copies.
  return { ...nodePrimitives, random: (length) => new Uint8Array(random(length)) };
}
