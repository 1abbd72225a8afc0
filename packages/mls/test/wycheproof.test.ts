/** Which of Wycheproof's X25519 keys may stand in a tree: the stricter look, before anybody agrees with one. */
import { expect, test } from "vitest";
import { type Case, casesOf, tally } from "../../node/test/wycheproof.ts";
import { fromHex, suite } from "./world.ts";

interface XdhCase extends Case {
  readonly public: string;
  readonly shared: string;
}

const PRIME = 2n ** 255n - 19n;
const spelled = (hex: string): bigint => fromHex(hex).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

test("x25519: a public key in a second spelling, or that makes nothing of every private key, is none", () => {
  const ends = casesOf<object, XdhCase>("x25519").map(([, one]) => {
    const why = /^0+$/.test(one.shared) ? "low order" : spelled(one.public) >= PRIME ? "a second spelling" : undefined;
    expect(suite.isEncryptionKey(fromHex(one.public)), one.comment).toBe(why === undefined);
    return why ?? "a key";
  });
  expect(tally(ends)).toEqual({ "a key": 474, "low order": 31, "a second spelling": 13 });
});
