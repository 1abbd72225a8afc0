/** Wycheproof through the relay's own verifier, and both sides' verdict on the keys that libraries judge differently. */
import { generateKeyPairSync, sign } from "node:crypto";
import { fromBase64url, fromHex } from "@sotto/wire";
import { expect, test } from "vitest";
import { ed25519Verify, isWeakKey as isWeakToClients } from "../../mls/node/ed25519.ts";
import { bytes, type Case, casesOf, tally } from "../../node/test/wycheproof.ts";
import { isWeakKey, verifyEd25519 } from "../src/crypto.ts";

interface EddsaCase extends Case {
  readonly msg: string;
  readonly sig: string;
}

test("ed25519: verifies what is valid and nothing else", () => {
  const cases = casesOf<{ readonly publicKey: { readonly pk: string } }, EddsaCase>("ed25519");
  const ends = cases.map(([{ publicKey }, one]) => {
    const verified = verifyEd25519(bytes(publicKey.pk), bytes(one.msg), bytes(one.sig));
    expect(verified, `${one.tcId} ${one.comment}`).toBe(one.result === "valid");
    return verified ? "passes" : "refused: no signature of it";
  });
  expect(tally(ends)).toEqual({ passes: 88, "refused: no signature of it": 63 });
});

/** y of the points of small order, and those that have a second spelling; each with both signs of x. */
const weak = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ...Array.from({ length: 19 }, (_, more) => `${(0xed + more).toString(16)}${"ff".repeat(30)}7f`),
].flatMap((hex) => [fromHex(hex)!, fromHex(hex)!.with(31, fromHex(hex)![31]! | 0x80)]);

// OpenSSL's own verdict is another from one Node to the next: 22 takes such keys and 24 does not.
test("a key of small order, or in a second spelling, is none for the relay and for clients alike", () => {
  for (const key of weak) {
    expect(isWeakKey(key)).toBe(true);
    expect(isWeakToClients(key)).toBe(true);
    for (const point of [fromHex(`01${"00".repeat(31)}`)!, key]) {
      const signature = Uint8Array.from([...point, ...new Uint8Array(32)]);
      for (let message = 0; message < 16; message++) {
        expect(verifyEd25519(key, Uint8Array.of(message), signature)).toBe(false);
        expect(ed25519Verify(key, Uint8Array.of(message), signature)).toBe(false);
      }
    }
  }
});

test("keys that are made are not weak, and what they sign holds", () => {
  for (let count = 0; count < 100; count++) {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const key = fromBase64url(publicKey.export({ format: "jwk" }).x!)!;
    expect(isWeakKey(key)).toBe(false);
    expect(verifyEd25519(key, Uint8Array.of(count), sign(null, Uint8Array.of(count), privateKey))).toBe(true);
  }
});
