import { fromHex, toHex, utf8 } from "@sotto/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isWeakKey } from "../../mls/node/ed25519.ts";
import { nodeCrypto } from "../src/crypto.ts";

const crypto = nodeCrypto();
const bytes = (hex: string) => fromHex(hex)!;

describe("published vectors", () => {
  test("HKDF: RFC 5869 A.1", () => {
    const key = crypto.hkdfExtract(bytes("000102030405060708090a0b0c"), bytes("0b".repeat(22)));
    expect(toHex(key)).toBe("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
    expect(toHex(crypto.hkdfExpand(key, bytes("f0f1f2f3f4f5f6f7f8f9"), 42))).toBe(
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    );
  });

  test("HKDF without a salt: RFC 5869 A.3", () => {
    const key = crypto.hkdfExtract(new Uint8Array(0), bytes("0b".repeat(22)));
    expect(toHex(crypto.hkdfExpand(key, new Uint8Array(0), 42))).toBe(
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
    );
  });

  test.each([
    {
      name: "test 1",
      seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      key: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
      message: "",
      signature:
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    },
    {
      name: "test 2",
      seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      key: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
      message: "72",
      signature:
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    },
    {
      name: "test 3",
      seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      key: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
      message: "af82",
      signature:
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    },
  ])("Ed25519: RFC 8032 section 7.1, $name", ({ seed, key, message, signature }) => {
    expect(toHex(crypto.publicKey(bytes(seed)))).toBe(key);
    expect(toHex(crypto.sign(bytes(seed), bytes(message)))).toBe(signature);
    expect(crypto.verify(bytes(key), bytes(message), bytes(signature))).toBe(true);
  });

  test.each([
    {
      name: "128 bits, case 4",
      key: "feffe9928665731c6d6a8f9467308308",
      sealed:
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47",
    },
    {
      name: "256 bits, case 16",
      key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
      sealed:
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
    },
  ])("AES-GCM: the specification's test vectors, $name", ({ key, sealed }) => {
    const nonce = bytes("cafebabefacedbaddecaf888");
    const associated = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    const plain = bytes(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    );
    expect(toHex(crypto.aeadSeal(bytes(key), nonce, associated, plain))).toBe(sealed);
    expect(crypto.aeadOpen(bytes(key), nonce, associated, bytes(sealed))).toEqual(plain);
  });

  test("HMAC: RFC 4231 case 2", () => {
    expect(toHex(crypto.hmac(utf8("Jefe"), utf8("what do ya want for nothing?")))).toBe(
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
  });
});

test("what is sealed opens, and not with one bit of anything changed", () => {
  const [key, nonce] = [crypto.random(32), crypto.random(12)];
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.uint8Array({ maxLength: 32 }),
      fc.nat(),
      (plain, associated, at) => {
        const sealed = crypto.aeadSeal(key, nonce, associated, plain);
        expect(crypto.aeadOpen(key, nonce, associated, sealed)).toEqual(plain);
        sealed[at % sealed.length]! ^= 1 << (at % 8);
        expect(crypto.aeadOpen(key, nonce, associated, sealed)).toBeUndefined();
      },
    ),
  );
});

test("sealed bytes of any length that do not authenticate are undefined", () => {
  const [key, nonce] = [crypto.random(16), crypto.random(12)];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (sealed) => {
      expect(crypto.aeadOpen(key, nonce, new Uint8Array(0), sealed)).toBeUndefined();
    }),
  );
});

test("verify is false, and does not throw, for keys and signatures of any length and content", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), fc.uint8Array({ maxLength: 70 }), (key, signature) => {
      expect(crypto.verify(key, utf8("x"), signature)).toBe(false);
    }),
  );
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ minLength: 64, maxLength: 64 }),
      (key, signature) => {
        expect(crypto.verify(key, utf8("x"), signature)).toBe(false);
      },
    ),
  );
});

// The eight points of small order, and every second spelling of one (y not below the prime), with both signs.
const weak = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
].flatMap((hex) => [bytes(hex), bytes(hex.slice(0, 62) + (Number.parseInt(hex.slice(62), 16) | 0x80).toString(16))]);

test.each(weak.map((key) => ({ key, name: toHex(key) })))("no signature is valid for the key $name", ({ key }) => {
  // Also by our own look: OpenSSL refuses such keys in 3.5, and takes them in 3.0.
  expect(isWeakKey(key)).toBe(true);
  // R = A or the identity and S = 0 holds for such keys, for every or every few messages, where nobody refuses them.
  const identity = bytes(`01${"00".repeat(31)}`);
  for (const point of [identity, key]) {
    const signature = new Uint8Array([...point, ...new Uint8Array(32)]);
    for (let message = 0; message < 64; message++) {
      expect(crypto.verify(key, Uint8Array.of(message), signature)).toBe(false);
    }
  }
});

test("keys that are made are not weak", () => {
  for (let count = 0; count < 200; count++) expect(isWeakKey(crypto.publicKey(crypto.random(32)))).toBe(false);
});

test("a signature with S not below the order is refused", () => {
  const seed = crypto.random(32);
  const signature = crypto.sign(seed, utf8("x"));
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  let s = [...signature.subarray(32)].reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n) + order;
  for (let at = 32; at < 64; at++, s >>= 8n) signature[at] = Number(s & 255n);
  expect(crypto.verify(crypto.publicKey(seed), utf8("x"), signature)).toBe(false);
});

test("more keys than are kept still give right answers, and answers are no views of shared memory", () => {
  const seeds = Array.from({ length: 150 }, () => crypto.random(32));
  const signed = seeds.map((seed) => crypto.sign(seed, utf8("x")));
  seeds.forEach((seed, index) => {
    expect(crypto.verify(crypto.publicKey(seed), utf8("x"), signed[index]!)).toBe(true);
    expect(crypto.verify(crypto.publicKey(seed), utf8("x"), signed[(index + 1) % 150]!)).toBe(false);
  });
  const made = [crypto.random(8), crypto.sha256(seeds[0]!), crypto.hmac(seeds[0]!, seeds[1]!), signed[0]!];
  for (const value of made) {
    expect(value.constructor).toBe(Uint8Array);
    expect(value.buffer.byteLength).toBe(value.byteLength);
  }
});

test("randomness comes from where it was given", () => {
  const seeded = nodeCrypto((length) => new Uint8Array(length).fill(7));
  expect(seeded.random(3)).toEqual(Uint8Array.of(7, 7, 7));
});
