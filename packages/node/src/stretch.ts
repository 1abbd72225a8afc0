/** Slow hashing for what people compare: each guess of a liar costs what it costs here. */
import { hashRaw } from "@node-rs/argon2";
import type { Ports } from "@sotto/core";

/** Argon2id (RFC 9106), version 0x13, 64 MiB, 3 passes, 4 lanes: fixed, both sides must come to the same. */
export const stretch: Ports["stretch"] = async (secret, salt, length) =>
  new Uint8Array(
    await hashRaw(secret, {
      algorithm: 2,
      version: 1,
      memoryCost: 65_536,
      timeCost: 3,
      parallelism: 4,
      outputLen: length,
      salt,
    }),
  );
