// The small formats of a device: records of the vault, padding, the recovery phrase, and what a link's secret gives.
import { readFileSync, writeFileSync } from "node:fs";
import { concat, fromHex, idOf, toHex } from "@sotto/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nodeCrypto } from "../../node/src/crypto.ts";
import { pad, unpad } from "../src/content.ts";
import { makeRecovery, readRecovery } from "../src/identity/recovery.ts";
import { decodeRecord, encodeRecord, KEYS } from "../src/records.ts";
import { linkKeys, openJoinInfo, sealJoinInfo } from "../src/rooms/link-keys.ts";

const crypto = nodeCrypto();
const fill = (value: number, length = 32) => new Uint8Array(length).fill(value);

describe("records", () => {
  const leaf = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.uint8Array({ maxLength: 40 }),
  );
  const record = fc.dictionary(
    fc.string({ minLength: 2, maxLength: 8 }).filter((key) => key !== "__proto__"),
    fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }), fc.record({ one: leaf, two: leaf })),
    { noNullPrototype: true },
  );

  test("are read back as they were, bytes and half characters too", () => {
    fc.assert(
      fc.property(record, (value) => {
        expect(decodeRecord(encodeRecord(value))).toEqual(value);
      }),
    );
  });

  test("a text that looks like bytes stays a text", () => {
    const value = { text: '{"$":"AAAA"}', bytes: fill(1, 3), none: new Uint8Array(0) };
    expect(decodeRecord(encodeRecord(value))).toEqual(value);
  });

  test("in which something damaged stands instead of bytes are none", () => {
    const record = (json: string) => Uint8Array.of(1, ...new TextEncoder().encode(json));
    expect(decodeRecord(record('{"key":{"$":"AAAA"}}'))).toEqual({ key: fill(0, 3) });
    for (const text of ["AAAA=", "AAA!", "AAB", "A"]) {
      expect(decodeRecord(record(`{"key":{"$":"${text}"}}`)), text).toBeUndefined();
      expect(decodeRecord(record(`{"keys":[{"$":"${text}"}]}`)), text).toBeUndefined();
    }
  });

  test("of another version are none", () => {
    const bytes = encodeRecord({ a: 1 });
    expect(bytes[0]).toBe(1);
    for (const version of [0, 2, 255]) {
      const other = new Uint8Array(bytes);
      other[0] = version;
      expect(decodeRecord(other)).toBeUndefined();
    }
    expect(decodeRecord(new Uint8Array(0))).toBeUndefined();
  });

  test("keys keep intents and packages in their order", () => {
    const orders = [1, 2, 9, 10, 11, 99, 100, 1_000_000];
    for (const key of [KEYS.intent, KEYS.keyPackage]) {
      const keys = orders.map(key);
      expect([...keys].sort()).toEqual(keys);
    }
  });
});

describe("padding", () => {
  const plain = fc.uint8Array({ maxLength: 17_407, size: "max" });
  test("is undone, and tells one of four lengths", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(plain, (bytes) => {
        const padded = pad(bytes);
        expect([256, 1024, 4096, 17_408]).toContain(padded.length);
        expect(padded.length > bytes.length).toBe(true);
        expect(unpad(padded)).toEqual(bytes);
      }),
    );
  });

  test.each([0, 255, 256, 1023, 1024, 4095, 4096, 17_407])("of %d bytes", (length) => {
    expect(unpad(pad(fill(0x80, length)))).toEqual(fill(0x80, length));
    expect(unpad(pad(fill(0, length)))).toEqual(fill(0, length));
  });

  test("of more than fits is a mistake of this program", () => {
    expect(() => pad(fill(1, 17_408))).toThrow("bug");
  });

  test.each([
    { why: "no bucket", bytes: concat(fill(1, 9), Uint8Array.of(0x80)) },
    { why: "nothing but zeros", bytes: fill(0, 256) },
    { why: "no mark", bytes: fill(1, 256) },
    { why: "another mark", bytes: concat(fill(1, 255), Uint8Array.of(0x81)) },
    { why: "a bucket larger than needed", bytes: concat(fill(1, 9), Uint8Array.of(0x80), fill(0, 1014)) },
    { why: "nothing", bytes: fill(0, 0) },
  ])("is refused: $why", ({ bytes }) => {
    expect(unpad(bytes)).toBeUndefined();
  });

  test("any bytes are padding or not, and there is one spelling", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 256, maxLength: 256 }), (bytes) => {
        const got = unpad(bytes);
        if (got !== undefined) expect(pad(got)).toEqual(bytes);
      }),
    );
  });
});

describe("the recovery phrase", () => {
  // BIP-39's own vectors: https://github.com/trezor/python-mnemonic/blob/master/vectors.json
  const vectors = [
    { entropy: "00".repeat(16), words: `${"abandon ".repeat(11)}about` },
    {
      entropy: "7f".repeat(16),
      words: "legal winner thank year wave sausage worth useful legal winner thank yellow",
    },
    {
      entropy: "80".repeat(16),
      words: "letter advice cage absurd amount doctor acoustic avoid letter advice cage above",
    },
    { entropy: "ff".repeat(16), words: `${"zoo ".repeat(11)}wrong` },
    {
      entropy: "9e885d952ad362caeb4efe34a8e91bd2",
      words: "ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic",
    },
  ];

  test.each(vectors)("of $entropy is $words", ({ entropy, words }) => {
    const seeded = nodeCrypto((length) => (fromHex(entropy) ?? fill(0)).slice(0, length));
    const made = makeRecovery(seeded);
    expect(made.phrase).toBe(words);
    expect(readRecovery(crypto, words)).toEqual(made);
    expect(readRecovery(crypto, `  ${words.toUpperCase().replaceAll(" ", "\n ")} `)).toEqual(made);
  });

  test.each([
    { why: "nothing", phrase: "" },
    { why: "eleven words", phrase: "abandon ".repeat(11).trim() },
    { why: "twelve words with a wrong sum", phrase: "abandon ".repeat(12).trim() },
    { why: "a word that is none", phrase: `${"abandon ".repeat(11)}abouts` },
    { why: "24 words", phrase: `${"abandon ".repeat(23)}art` },
    {
      why: "two words the other way round",
      phrase: "winner legal thank year wave sausage worth useful legal winner thank yellow",
    },
  ])("is refused: $why", ({ phrase }) => {
    expect(readRecovery(crypto, phrase)).toBeUndefined();
  });
});

describe("derivations", () => {
  const path = new URL("../../../vectors/derivations.json", import.meta.url);
  const made = () => {
    const [room, secret] = [idOf.room(fill(0x11)), fill(0x22)];
    const keys = linkKeys(crypto, room, secret);
    const nonce = fill(0x33, 12);
    const joinInfo = fill(0x44, 20);
    const sealed = sealJoinInfo(
      nodeCrypto(() => nonce),
      keys,
      room,
      joinInfo,
    );
    const phrase = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    const recovery = readRecovery(crypto, phrase);
    return {
      comment: "Bytes are hexadecimal. Labels, inputs and outputs: docs/protocol.md, Signed bytes and derivations.",
      link: {
        room,
        secret: toHex(secret),
        joinToken: toHex(keys.joinToken),
        tokenHash: toHex(keys.tokenHash),
        linkKeySeed: toHex(keys.signKey),
        linkKey: toHex(keys.publicKey),
        groupInfoKey: toHex(keys.infoKey),
      },
      sealedJoinInfo: { nonce: toHex(nonce), joinInfo: toHex(joinInfo), sealed: toHex(sealed) },
      recovery: {
        phrase,
        entropy: "7f".repeat(16),
        seed: toHex(recovery?.signKey ?? fill(0)),
        publicKey: toHex(recovery?.publicKey ?? fill(0)),
      },
      padding: [
        { plain: "", padded: toHex(pad(fill(0, 0))) },
        { plain: "0102", padded: toHex(pad(Uint8Array.of(1, 2))) },
      ],
    };
  };

  test("are those that are published", () => {
    if (process.env.UPDATE_VECTORS === "1") writeFileSync(path, `${JSON.stringify(made(), undefined, 1)}\n`);
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(made());
  });

  test("of a link are HKDF of RFC 5869 with the room as salt", () => {
    const published = JSON.parse(readFileSync(path, "utf8"));
    const bytes = (text: string) => fromHex(text) ?? fill(0);
    const extracted = crypto.hmac(bytes(published.link.room), bytes(published.link.secret));
    const expanded = crypto.hmac(extracted, concat(new TextEncoder().encode("sotto 1 join token"), Uint8Array.of(1)));
    expect(toHex(expanded)).toBe(published.link.joinToken);
    expect(toHex(crypto.sha256(expanded))).toBe(published.link.tokenHash);
  });

  test("of another room or secret share nothing", () => {
    const all = [
      linkKeys(crypto, idOf.room(fill(1)), fill(2)),
      linkKeys(crypto, idOf.room(fill(2)), fill(2)),
      linkKeys(crypto, idOf.room(fill(1)), fill(3)),
    ].flatMap((keys) => Object.values(keys as unknown as Record<string, Uint8Array>).map(toHex));
    expect(new Set(all).size).toBe(all.length);
  });
});

describe("a sealed JoinInfo", () => {
  const room = idOf.room(fill(1));
  const keys = linkKeys(crypto, room, fill(2));
  const sealed = sealJoinInfo(crypto, keys, room, fill(9, 100));

  test("is opened with the link's keys, for its room", () => {
    expect(openJoinInfo(crypto, keys, room, sealed)).toEqual(fill(9, 100));
    expect(openJoinInfo(crypto, keys, idOf.room(fill(3)), sealed)).toBeUndefined();
    expect(openJoinInfo(crypto, linkKeys(crypto, room, fill(3)), room, sealed)).toBeUndefined();
  });

  test("that is cut or changed anywhere is refused", () => {
    for (let end = 0; end < sealed.length; end++) {
      expect(openJoinInfo(crypto, keys, room, sealed.subarray(0, end))).toBeUndefined();
      const turned = new Uint8Array(sealed);
      turned[end] = (turned[end] ?? 0) ^ 1;
      expect(openJoinInfo(crypto, keys, room, turned)).toBeUndefined();
    }
  });
});
