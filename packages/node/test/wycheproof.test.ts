/**
 * Wycheproof through core's own port. Every test of each file runs: what is of another size than ours is refused by the
 * wrapper, and the counts say how many that are.
 */
import { toHex } from "@sotto/wire";
import { describe, expect, test } from "vitest";
import { nodePrimitives } from "../../mls/node/index.ts";
import { nodeCrypto } from "../src/crypto.ts";
import { bytes, type Case, casesOf, tally } from "./wycheproof.ts";

const crypto = nodeCrypto();

test("MLS and core have the same primitives", () => {
  const { random, ...primitives } = crypto;
  expect(primitives).toEqual(nodePrimitives);
});

interface AeadCase extends Case {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
}

describe("aes_gcm", () => {
  function endOf(one: AeadCase): string {
    const [key, nonce, associated] = [bytes(one.key), bytes(one.iv), bytes(one.aad)];
    const seal = () => crypto.aeadSeal(key, nonce, associated, bytes(one.msg));
    const open = () => crypto.aeadOpen(key, nonce, associated, bytes(one.ct + one.tag));
    if (nonce.length !== 12) {
      expect(seal).toThrow(RangeError);
      expect(open()).toBeUndefined();
      return "refused: a nonce of another size";
    }
    if (key.length === 24) {
      expect(seal).toThrow(RangeError);
      expect(open).toThrow(RangeError);
      return "refused: a key of 192 bits";
    }
    if (one.result === "invalid") {
      expect(open()).toBeUndefined();
      expect(toHex(seal())).not.toBe(one.ct + one.tag);
      return "refused: does not authenticate";
    }
    expect(toHex(seal())).toBe(one.ct + one.tag);
    expect(toHex(open()!)).toBe(one.msg);
    return "passes";
  }

  test("seals and opens what is valid and of our sizes, and refuses the rest", () => {
    expect(tally(casesOf<object, AeadCase>("aes_gcm").map(([, one]) => endOf(one)))).toEqual({
      passes: 79,
      "refused: does not authenticate": 54,
      "refused: a nonce of another size": 119,
      "refused: a key of 192 bits": 64,
    });
  });
});

interface MacCase extends Case {
  readonly key: string;
  readonly msg: string;
  readonly tag: string;
}

describe("hmac_sha256", () => {
  function endOf({ tagSize }: { readonly tagSize: number }, one: MacCase): string {
    const tag = toHex(crypto.hmac(bytes(one.key), bytes(one.msg)).slice(0, tagSize / 8));
    expect(tag === one.tag).toBe(one.result === "valid");
    const size = tagSize === 256 ? "" : ", of a shortened tag";
    return one.result === "valid" ? `passes${size}` : `refused: another tag${size}`;
  }

  test("gives the valid tags and no others", () => {
    const cases = casesOf<{ readonly tagSize: number }, MacCase>("hmac_sha256");
    expect(tally(cases.map(([group, one]) => endOf(group, one)))).toEqual({
      passes: 33,
      "passes, of a shortened tag": 33,
      "refused: another tag": 54,
      "refused: another tag, of a shortened tag": 54,
    });
  });
});

interface HkdfCase extends Case {
  readonly ikm: string;
  readonly salt: string;
  readonly info: string;
  readonly size: number;
  readonly okm: string;
}

describe("hkdf_sha256", () => {
  function endOf(one: HkdfCase): string {
    const derive = () => {
      const key = crypto.hkdfExtract(bytes(one.salt), bytes(one.ikm));
      return toHex(crypto.hkdfExpand(key, bytes(one.info), one.size));
    };
    if (one.result === "invalid") {
      expect(derive).toThrow(RangeError);
      return "refused: more than 8160 bytes";
    }
    expect(derive()).toBe(one.okm);
    return "passes";
  }

  test("derives what is valid, and refuses more than HKDF gives", () => {
    expect(tally(casesOf<object, HkdfCase>("hkdf_sha256").map(([, one]) => endOf(one)))).toEqual({
      passes: 83,
      "refused: more than 8160 bytes": 3,
    });
  });
});

interface EddsaGroup {
  readonly publicKey: { readonly pk: string };
}
interface EddsaCase extends Case {
  readonly msg: string;
  readonly sig: string;
}

describe("ed25519", () => {
  test("verifies what is valid and nothing else", () => {
    const ends = casesOf<EddsaGroup, EddsaCase>("ed25519").map(([{ publicKey }, one]) => {
      const verified = crypto.verify(bytes(publicKey.pk), bytes(one.msg), bytes(one.sig));
      expect(verified, `${one.tcId} ${one.comment}`).toBe(one.result === "valid");
      return verified ? "passes" : "refused: no signature of it";
    });
    expect(tally(ends)).toEqual({ passes: 88, "refused: no signature of it": 63 });
  });
});

interface XdhCase extends Case {
  readonly public: string;
  readonly private: string;
  readonly shared: string;
}

describe("x25519", () => {
  /** Wycheproof leaves it to the user whether points of the twist, of low order or of a second spelling are taken. */
  function endOf(one: XdhCase): string {
    const shared = crypto.agree(bytes(one.private), bytes(one.public));
    if (/^0+$/.test(one.shared)) {
      expect(shared).toBeUndefined();
      return "refused: a point of low order, whose secret is zero";
    }
    expect(toHex(shared!)).toBe(one.shared);
    return one.result === "valid" ? "passes" : "passes, acceptable: as RFC 7748 computes it";
  }

  test("agrees as RFC 7748 does, and on no secret of zeros", () => {
    expect(tally(casesOf<object, XdhCase>("x25519").map(([, one]) => endOf(one)))).toEqual({
      passes: 264,
      "passes, acceptable: as RFC 7748 computes it": 223,
      "refused: a point of low order, whose secret is zero": 31,
    });
  });
});
