/** HPKE against RFC 9180's own figures, and against a second, plain writing of it that gives the same figures. */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nodePrimitives } from "../node/index.ts";
import { concat, EMPTY } from "../src/bytes.ts";
import { deriveKeyPair, hpkeOpen, hpkeSeal, type KeyPair, receiveExport, sendExport } from "../src/hpke.ts";
import type { Primitives } from "../src/primitives.ts";
import { attempt } from "../src/refusal.ts";
import { fromHex, refusalCode, seeded, suite, toHex, utf8 } from "./world.ts";

interface Figures {
  readonly info: string;
  readonly ikmE: string;
  readonly skEm: string;
  readonly ikmR: string;
  readonly pkRm: string;
  readonly skRm: string;
  readonly enc: string;
  readonly shared_secret: string;
  readonly key_schedule_context: string;
  readonly secret: string;
  readonly key: string;
  readonly base_nonce: string;
  readonly exporter_secret: string;
  readonly encryption: { readonly pt: string; readonly aad: string; readonly ct: string };
  readonly exports: readonly { readonly exporter_context: string; readonly exported_value: string }[];
}

const figures: Figures = JSON.parse(readFileSync(new URL("vectors/hpke.json", import.meta.url), "utf8"));
const info = fromHex(figures.info);
const receiver: KeyPair = { privateKey: fromHex(figures.skRm), publicKey: fromHex(figures.pkRm) };
/** The ephemeral key is derived from what the source of randomness gives: here the vector's. */
const fromVector = () => fromHex(figures.ikmE);
const sealed = { kemOutput: fromHex(figures.enc), ciphertext: fromHex(figures.encryption.ct) };

describe("RFC 9180 appendix A.1.1", () => {
  test("a key pair is derived", () => {
    expect(toHex(deriveKeyPair(nodePrimitives, fromHex(figures.ikmR)).privateKey)).toBe(figures.skRm);
    expect(toHex(deriveKeyPair(nodePrimitives, fromHex(figures.ikmR)).publicKey)).toBe(figures.pkRm);
    expect(toHex(deriveKeyPair(nodePrimitives, fromHex(figures.ikmE)).privateKey)).toBe(figures.skEm);
  });

  test("a message is sealed", () => {
    const { pt, aad, ct } = figures.encryption;
    const { primitives, secrets } = overheard();
    const made = hpkeSeal(primitives, receiver.publicKey, info, fromHex(aad), fromHex(pt), fromVector);
    expect(toHex(made.kemOutput)).toBe(figures.enc);
    expect(toHex(made.ciphertext)).toBe(ct);
    for (const name of ["shared_secret", "secret", "key", "base_nonce"] as const)
      expect(secrets).toContain(figures[name]);
  });

  test("a message is opened", () => {
    const opened = hpkeOpen(nodePrimitives, receiver, sealed, info, fromHex(figures.encryption.aad));
    expect(toHex(opened)).toBe(figures.encryption.pt);
  });

  // The exporter is called without info only, and the figures have one: so they hold the plain writing to the RFC, and
  // that holds ours to it.
  test("the plain writing exports the RFC's values", () => {
    const exporter = plainExporter(fromHex(figures.shared_secret), info);
    expect(toHex(exporter.secret)).toBe(figures.exporter_secret);
    expect(toHex(exporter.context)).toBe(figures.key_schedule_context);
    for (const { exporter_context, exported_value } of figures.exports) {
      expect(toHex(exporter.export(fromHex(exporter_context)))).toBe(exported_value);
    }
  });

  test("both sides export what the plain writing does", () => {
    const { kemOutput, secret } = sendExport(nodePrimitives, receiver.publicKey, utf8("a context"), fromVector);
    const expected = plainExporter(fromHex(figures.shared_secret), EMPTY).export(utf8("a context"));
    expect(toHex(kemOutput)).toBe(figures.enc);
    expect(toHex(secret)).toBe(toHex(expected));
    expect(toHex(receiveExport(nodePrimitives, receiver, kemOutput, utf8("a context")))).toBe(toHex(expected));
  });
});

describe("what does not authenticate", () => {
  test("any bit of a ciphertext or of its key, or another info or associated data, and nothing is opened", () => {
    const open = (kemOutput: Uint8Array, ciphertext: Uint8Array, about = info, aad = fromHex(figures.encryption.aad)) =>
      refusalCode(attempt(() => hpkeOpen(nodePrimitives, receiver, { kemOutput, ciphertext }, about, aad)));
    expect(open(sealed.kemOutput, sealed.ciphertext)).toBeUndefined();
    for (let bit = 0; bit < 8 * sealed.ciphertext.length; bit++) {
      expect(open(sealed.kemOutput, flipped(sealed.ciphertext, bit))).toBe("unreadable");
    }
    // The topmost bit of a key is no part of the point, but it is hashed with it.
    for (let bit = 0; bit < 256; bit++)
      expect(open(flipped(sealed.kemOutput, bit), sealed.ciphertext)).toBe("unreadable");
    expect(open(sealed.kemOutput, sealed.ciphertext, utf8("other"))).toBe("unreadable");
    expect(open(sealed.kemOutput, sealed.ciphertext, info, EMPTY)).toBe("unreadable");
    for (let length = 0; length < sealed.ciphertext.length; length++) {
      expect(open(sealed.kemOutput, sealed.ciphertext.slice(0, length))).toBe("unreadable");
    }
  });

  test("what is sealed for one key opens with it, and with no other", () => {
    const random = seeded(1);
    const other = deriveKeyPair(nodePrimitives, random(32));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 50 }), (plain, about) => {
        const made = hpkeSeal(nodePrimitives, receiver.publicKey, about, EMPTY, plain, random);
        expect(hpkeOpen(nodePrimitives, receiver, made, about, EMPTY)).toEqual(new Uint8Array(plain));
        expect(refusalCode(attempt(() => hpkeOpen(nodePrimitives, other, made, about, EMPTY)))).toBe("unreadable");
      }),
      { numRuns: 50 },
    );
  });
});

/** The order of Curve25519's field, 2^255 - 19, and the u coordinates that X25519 makes nothing of, in it. */
const PRIME = 2n ** 255n - 19n;
const LOW_ORDER = [
  0n,
  1n,
  PRIME - 1n,
  0x00b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0n,
  0x57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5fn,
];

/** Every 32 bytes that spell such a coordinate: with the prime added where it still fits, and with the bit that does not count. */
const weakKeys = LOW_ORDER.flatMap((u) => [u, u + PRIME])
  .filter((u) => u < 2n ** 255n)
  .flatMap((u) => [u, u + 2n ** 255n])
  .map((u) => fromHex(u.toString(16).padStart(64, "0")).reverse());
const ofWrongLength = [0, 1, 31, 33, 64].map((length) => seeded(length)(length));
const badKeys = [...weakKeys, ...ofWrongLength].map((key) => ({
  name: `${key.length} bytes, ${toHex(key.slice(0, 40))}`,
  key,
}));

describe("keys that are none", () => {
  test("there are seven spellings of low order, each with a bit that does not count", () => {
    expect(new Set(weakKeys.map(toHex)).size).toBe(14);
  });

  test.each(badKeys)("$name", ({ key }) => {
    const refused = (work: () => unknown) => expect(refusalCode(attempt(work))).toBe("bad-key");
    const random = seeded(3);
    expect(suite.isEncryptionKey(key)).toBe(false);
    expect(nodePrimitives.agree(receiver.privateKey, key)).toBeUndefined();
    refused(() => hpkeSeal(nodePrimitives, key, info, EMPTY, EMPTY, random));
    refused(() => hpkeOpen(nodePrimitives, receiver, { ...sealed, kemOutput: key }, info, EMPTY));
    refused(() => sendExport(nodePrimitives, key, EMPTY, random));
    refused(() => receiveExport(nodePrimitives, receiver, key, EMPTY));
  });

  test("a key of somebody is one", () => {
    const random = seeded(4);
    for (let count = 0; count < 50; count++) {
      expect(suite.isEncryptionKey(deriveKeyPair(nodePrimitives, random(32)).publicKey)).toBe(true);
    }
  });
});

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = bytes.slice();
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return changed;
}

/** Primitives that tell everything that they derived. */
function overheard(): { readonly primitives: Primitives; readonly secrets: string[] } {
  const secrets: string[] = [];
  const told = (secret: Uint8Array) => {
    secrets.push(toHex(secret));
    return secret;
  };
  const primitives = {
    ...nodePrimitives,
    hkdfExtract: (salt: Uint8Array, secret: Uint8Array) => told(nodePrimitives.hkdfExtract(salt, secret)),
    hkdfExpand: (key: Uint8Array, about: Uint8Array, length: number) =>
      told(nodePrimitives.hkdfExpand(key, about, length)),
  };
  return { primitives, secrets };
}

/** KeySchedule and Export of RFC 9180 sections 5.1 and 5.3 once more, from HMAC and nothing of ours. */
function plainExporter(shared: Uint8Array, about: Uint8Array) {
  const id = concat([utf8("HPKE"), fromHex("002000010001")]);
  const hmac = (key: Uint8Array, bytes: Uint8Array) => new Uint8Array(createHmac("sha256", key).update(bytes).digest());
  const extract = (salt: Uint8Array, label: string, ikm: Uint8Array) =>
    hmac(salt, concat([utf8("HPKE-v1"), id, utf8(label), ikm]));
  // One block of HKDF-Expand is enough for 32 bytes.
  const expand = (key: Uint8Array, label: string, more: Uint8Array) =>
    hmac(key, concat([fromHex("0020"), utf8("HPKE-v1"), id, utf8(label), more, Uint8Array.of(1)]));
  const context = concat([Uint8Array.of(0), extract(EMPTY, "psk_id_hash", EMPTY), extract(EMPTY, "info_hash", about)]);
  const secret = expand(extract(shared, "secret", EMPTY), "exp", context);
  return { context, secret, export: (exported: Uint8Array) => expand(secret, "sec", exported) };
}
