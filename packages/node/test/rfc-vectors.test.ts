/** The figures that RFCs and NIST print for the primitives of core's port and of the relay, every one that is ours. */
import { readFileSync } from "node:fs";
import { fromHex, toHex, utf8 } from "@sotto/wire";
import { describe, expect, test, vi } from "vitest";
import { sha256 as relaySha256 } from "../../relay/src/crypto.ts";
import { nodeCrypto } from "../src/crypto.ts";
import { casesOf } from "./wycheproof.ts";

// A hundred thousand hashes take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const crypto = nodeCrypto();
const bytes = (hex: string) => fromHex(hex)!;

/** Bytes that count up, as RFC 4231 and RFC 5869 have them. */
const counting = (from: number, length: number) => toHex(Uint8Array.from({ length }, (_, index) => from + index));

// A.4 to A.7 are of SHA-1.
test.each([
  {
    section: "A.1",
    ikm: "0b".repeat(22),
    salt: counting(0, 13),
    info: counting(0xf0, 10),
    prk: "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
    okm: "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
  },
  {
    section: "A.2",
    ikm: counting(0, 80),
    salt: counting(0x60, 80),
    info: counting(0xb0, 80),
    prk: "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
    okm: "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
  },
  {
    section: "A.3",
    ikm: "0b".repeat(22),
    salt: "",
    info: "",
    prk: "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
    okm: "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
  },
])("HKDF: RFC 5869 $section", ({ ikm, salt, info, prk, okm }) => {
  const key = crypto.hkdfExtract(bytes(salt), bytes(ikm));
  expect(toHex(key)).toBe(prk);
  expect(toHex(crypto.hkdfExpand(key, bytes(info), okm.length / 2))).toBe(okm);
});

test.each([
  {
    number: 1,
    key: "0b".repeat(20),
    data: utf8("Hi There"),
    tag: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  },
  {
    number: 2,
    key: toHex(utf8("Jefe")),
    data: utf8("what do ya want for nothing?"),
    tag: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  },
  {
    number: 3,
    key: "aa".repeat(20),
    data: bytes("dd".repeat(50)),
    tag: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
  },
  {
    number: 4,
    key: counting(1, 25),
    data: bytes("cd".repeat(50)),
    tag: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
  },
  // Shortened to 128 bits in the RFC, and nowhere here.
  {
    number: 5,
    key: "0c".repeat(20),
    data: utf8("Test With Truncation"),
    tag: "a3b6167473100ee06e0c796c2955552b",
  },
  {
    number: 6,
    key: "aa".repeat(131),
    data: utf8("Test Using Larger Than Block-Size Key - Hash Key First"),
    tag: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  },
  {
    number: 7,
    key: "aa".repeat(131),
    data: utf8(
      "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
    ),
    tag: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
  },
])("HMAC: RFC 4231 test case $number", ({ key, data, tag }) => {
  expect(toHex(crypto.hmac(bytes(key), data)).slice(0, tag.length)).toBe(tag);
});

/** TEST 1024 has a long message, which Wycheproof's file prints too. */
const long = casesOf<object, { tcId: number; comment: string; result: "valid"; msg: string }>("ed25519").find(
  ([, { comment }]) => comment.endsWith("Test 1024"),
)![1].msg;

test.each([
  {
    name: "TEST 1",
    seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    key: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    message: "",
    signature:
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  },
  {
    name: "TEST 2",
    seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    key: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    message: "72",
    signature:
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  },
  {
    name: "TEST 3",
    seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    key: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    message: "af82",
    signature:
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  },
  {
    name: "TEST 1024",
    seed: "f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5",
    key: "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e",
    message: long,
    signature:
      "0aab4c900501b3e24d7cdf4663326a3a87df5e4843b2cbdb67cbf6e460fec350aa5371b1508f9f4528ecea23c436d94b5e8fcd4f681e30a6ac00a9704a188a03",
  },
  {
    name: "TEST SHA(abc)",
    seed: "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
    key: "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
    message:
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    signature:
      "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
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

describe("X25519: RFC 7748", () => {
  test.each([
    {
      number: "first",
      scalar: "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
      u: "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
      result: "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    },
    {
      number: "second",
      scalar: "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
      u: "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
      result: "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
    },
  ])("section 5.2, the $number", ({ scalar, u, result }) => {
    expect(toHex(crypto.agree(bytes(scalar), bytes(u))!)).toBe(result);
  });

  // The figure after a million takes minutes.
  test("section 5.2, again and again: once and a thousand times", () => {
    let [scalar, u] = [bytes(`09${"00".repeat(31)}`), bytes(`09${"00".repeat(31)}`)];
    for (let count = 1; count <= 1000; count++) {
      [scalar, u] = [crypto.agree(scalar, u)!, scalar];
      if (count === 1) expect(toHex(scalar)).toBe("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    }
    expect(toHex(scalar)).toBe("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
  });

  test("section 6.1", () => {
    const alice = bytes("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    const bob = bytes("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    expect(toHex(crypto.agreementKey(alice))).toBe("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    expect(toHex(crypto.agreementKey(bob))).toBe("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    const shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
    expect(toHex(crypto.agree(alice, crypto.agreementKey(bob))!)).toBe(shared);
    expect(toHex(crypto.agree(bob, crypto.agreementKey(alice))!)).toBe(shared);
  });
});

/** The pairs of a file of NIST's, `NAME = value`, in their order. */
const nist = (name: string): readonly (readonly [string, string])[] =>
  readFileSync(new URL(`vectors/nist/${name}.rsp`, import.meta.url), "utf8")
    .split("\n")
    .flatMap((line) => {
      const [name, value] = line.trim().split(" = ");
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    });

describe.each([
  { who: "core", sha256: crypto.sha256 },
  { who: "the relay", sha256: relaySha256 },
])("SHA-256 of $who: NIST's vectors for whole bytes", ({ sha256 }) => {
  test.each([
    { name: "SHA256ShortMsg", count: 65 },
    { name: "SHA256LongMsg", count: 64 },
  ])("$name", ({ name, count }) => {
    const values = nist(name);
    const [lengths, messages, digests] = ["Len", "Msg", "MD"].map((key) =>
      values.filter(([one]) => one === key).map(([, value]) => value),
    );
    expect(digests).toHaveLength(count);
    const made = messages!.map((message, index) => toHex(sha256(bytes(message).slice(0, Number(lengths![index]) / 8))));
    expect(made).toEqual(digests);
  });
});

// SHAVS section 6.4: each digest is of the three before it; every thousandth is printed, and starts the next thousand.
test("SHA-256 of core: NIST's Monte Carlo test", () => {
  const values = nist("SHA256Monte");
  const digests = values.filter(([one]) => one === "MD").map(([, value]) => value);
  expect(digests).toHaveLength(100);
  let seed = bytes(values.find(([one]) => one === "Seed")![1]);
  const made = digests.map(() => {
    let last = [seed, seed, seed];
    for (let count = 0; count < 1000; count++)
      last = [last[1]!, last[2]!, crypto.sha256(new Uint8Array(Buffer.concat(last)))];
    seed = last[2]!;
    return toHex(seed);
  });
  expect(made).toEqual(digests);
});
