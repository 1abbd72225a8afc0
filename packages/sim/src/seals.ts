/**
 * Looks at every encryption under a key and a nonce whose ciphertext left a device. What was sealed and never left may be
 * sealed again; two different ciphertexts under one key and nonce would give both texts away.
 */
import type { Crypto } from "@sotto/core";
import { nodeCrypto } from "@sotto/node";
import { toHex } from "@sotto/wire";

const { sha256 } = nodeCrypto();
const TAG_BYTES = 16;
/** MLS sets these of a nonce at random (reuse_guard, RFC 9420 section 6.3.1): a key that is used twice hides behind them. */
const GUARD_BYTES = 4;

interface Sealed {
  readonly place: string;
  readonly tag: Buffer;
}

export class Seals {
  /** Key and nonce of all that left, and by which tag. */
  readonly #left = new Map<string, string>();
  /** Sealed and not seen to leave, of each device. */
  readonly #inside = new Map<string, Sealed[]>();
  readonly faults: string[] = [];
  count = 0;
  /**
   * Devices whose profile runs twice or was put back: two processes hold one place in a ratchet, and until one of them
   * is noticed only what MLS sets at random keeps their nonces apart. That it does is looked at still.
   */
  readonly doubled = new Set<string>();

  /** The same primitives, watched. */
  watching(who: string, crypto: Crypto): Crypto {
    return {
      ...crypto,
      aeadSeal: (key, nonce, associated, plain) => {
        const sealed = crypto.aeadSeal(key, nonce, associated, plain);
        this.sealed(who, key, nonce, sealed);
        return sealed;
      },
    };
  }

  sealed(who: string, key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): void {
    const own = this.doubled.has(who) ? nonce : nonce.subarray(GUARD_BYTES);
    const place = `${toHex(sha256(key))} ${toHex(own)}`;
    const inside = this.#inside.get(who) ?? [];
    inside.push({ place, tag: Buffer.from(sealed.subarray(sealed.length - TAG_BYTES)) });
    this.#inside.set(who, inside);
  }

  /** A frame is handed to the network. */
  left(who: string, frame: Uint8Array): void {
    const inside = this.#inside.get(who);
    if (inside === undefined || inside.length === 0) return;
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
    const rest: Sealed[] = [];
    for (const one of inside) {
      if (!bytes.includes(one.tag)) {
        rest.push(one);
        continue;
      }
      const tag = one.tag.toString("hex");
      const before = this.#left.get(one.place);
      if (before !== undefined && before !== tag) this.faults.push(`${who} sealed two things under one key and nonce`);
      this.#left.set(one.place, tag);
      this.count++;
    }
    this.#inside.set(who, rest);
  }
}
