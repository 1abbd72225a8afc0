/** The presentation language: one spelling of everything, and no reading beyond the end. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EMPTY } from "../src/bytes.ts";
import { Reader, readAll, Writer } from "../src/codec.ts";
import { type Extension, NOTHING_REQUIRED, readExtensions, writeExtensions } from "../src/extensions.ts";
import { contextBytes, readGroupContext, readGroupInfo, signGroupInfo } from "../src/group-context.ts";
import { joinByWelcome, open, parseGroupInfo, parseKeyPackage, type Result } from "../src/index.ts";
import { checkKeyPackage, readKeyPackage } from "../src/key-package.ts";
import { checkLeaf, type LeafNode, readLeafNode } from "../src/leaf-node.ts";
import { readCiphertext, readCommit, writeCiphertext, writeCommit } from "../src/proposal.ts";
import { readPublicMessage, writePublicMessage } from "../src/public-message.ts";
import { attempt } from "../src/refusal.ts";
import { parseTree } from "../src/tree.ts";
import { readGroupSecrets, readWelcome, writeGroupSecrets, writeWelcome } from "../src/welcome.ts";
import { changed } from "./changes.ts";
import { samples } from "./samples.ts";
import { fromHex, memberOf, profile, refusalCode, suite, toHex } from "./world.ts";

const bytesMax = 100;
const opaque = fc.uint8Array({ maxLength: bytesMax }).map((bytes) => new Uint8Array(bytes));
const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });

describe("lengths (RFC 9420 section 2.1.2)", () => {
  test.each([
    { length: 0, hex: "00" },
    { length: 63, hex: "3f" },
    { length: 64, hex: "4040" },
    { length: 16_383, hex: "7fff" },
    { length: 16_384, hex: "80004000" },
    { length: 2 ** 30 - 1, hex: "bfffffff" },
  ])("$length is $hex, and nothing else", ({ length, hex }) => {
    expect(toHex(new Writer().length(length).done())).toBe(hex);
    expect(readAll(fromHex(hex), (reader) => reader.length())).toBe(length);
  });

  test.each([
    { name: "0 in two bytes", hex: "4000", section: "2.1.2" },
    { name: "63 in two bytes", hex: "403f", section: "2.1.2" },
    { name: "0 in four bytes", hex: "80000000", section: "2.1.2" },
    { name: "63 in four bytes", hex: "8000003f", section: "2.1.2" },
    { name: "16,383 in four bytes", hex: "80003fff", section: "2.1.2" },
    { name: "a prefix that is none", hex: "c0", section: "2.1.2" },
    { name: "a prefix that is none, with bytes for it", hex: "c000000000004000", section: "2.1.2" },
    { name: "no byte", hex: "", section: "2.1" },
    { name: "one of two bytes", hex: "40", section: "2.1" },
    { name: "three of four bytes", hex: "800040", section: "2.1" },
    { name: "a byte after it", hex: "0000", section: "2.1" },
  ])("$name is refused", ({ hex, section }) => {
    const got = attempt(() => readAll(fromHex(hex), (reader) => reader.length()));
    expect(got).toEqual({ ok: false, error: { code: "malformed", section } });
  });

  test("one that has no spelling is not written", () => {
    expect(refusalCode(attempt(() => new Writer().length(2 ** 30)))).toBe("too-long");
  });
});

describe("values", () => {
  const pair = (reader: Reader) => [reader.uint8(), reader.uint8()];

  test.each([
    { name: "an opaque longer than what is left", hex: "0301", read: (reader: Reader) => reader.opaque() },
    { name: "a long opaque of which nothing is there", hex: "bfffffff", read: (reader: Reader) => reader.opaque() },
    { name: "a list longer than what is left", hex: "040102", read: (reader: Reader) => reader.vector(pair) },
    { name: "a list whose last item goes beyond it", hex: "0301020304", read: (reader: Reader) => reader.vector(pair) },
    { name: "a presence of 2", hex: "0200", read: (reader: Reader) => reader.optional((item) => item.uint8()) },
    { name: "a presence of 2 with nothing after it", hex: "02", read: (reader: Reader) => reader.optional(pair) },
    { name: "a presence of 255", hex: "ff00", read: (reader: Reader) => reader.optional((item) => item.uint8()) },
    { name: "nothing present", hex: "01", read: (reader: Reader) => reader.optional((item) => item.uint8()) },
    { name: "half of a number", hex: "000000", read: (reader: Reader) => reader.uint32() },
    { name: "a byte after an opaque", hex: "010101", read: (reader: Reader) => reader.opaque() },
    { name: "a byte after something absent", hex: "0000", read: (reader: Reader) => reader.optional(pair) },
  ])("$name is refused", ({ hex, read }) => {
    expect(refusalCode(attempt(() => readAll<unknown>(fromHex(hex), read)))).toBe("malformed");
  });

  test("what is not there is refused where it is asked for, not only at the end", () => {
    expect(refusalCode(attempt(() => new Reader(fromHex("0301")).opaque()))).toBe("malformed");
    expect(refusalCode(attempt(() => new Reader(fromHex("01")).take(2)))).toBe("malformed");
    expect(refusalCode(attempt(() => new Reader(fromHex("0301")).vector((item) => item.uint8())))).toBe("malformed");
  });

  test("numbers come back", () => {
    fc.assert(
      fc.property(uint(8), uint(16), uint(32), fc.bigInt(0n, 2n ** 64n - 1n), (one, two, four, eight) => {
        const bytes = new Writer().uint8(one).uint16(two).uint32(four).uint64(eight).done();
        expect(bytes.length).toBe(15);
        const read = readAll(bytes, (reader) => [reader.uint8(), reader.uint16(), reader.uint32(), reader.uint64()]);
        expect(read).toEqual([one, two, four, eight]);
      }),
    );
  });

  test("lists of optional opaques come back, from 0 bytes to more than two bytes of length tell", () => {
    fc.assert(
      fc.property(fc.array(fc.option(opaque, { nil: undefined }), { maxLength: 400 }), (list) => {
        const write = (writer: Writer, bytes: Uint8Array) => writer.opaque(bytes);
        const bytes = new Writer().vector(list, (writer, item) => writer.optional(item, write)).done();
        const read = readAll(bytes, (reader) => reader.vector((item) => item.optional((inner) => inner.opaque())));
        expect(read).toEqual(list);
      }),
      { numRuns: 30 },
    );
  });

  test("what is read is a copy: the input may be overwritten", () => {
    const input = fromHex("0301020305");
    const reader = new Reader(input);
    const [opened, since] = [reader.opaque(), reader.since(0)];
    input.fill(0xff);
    expect(toHex(opened)).toBe("010203");
    expect(toHex(since)).toBe("03010203");
  });
});

/** A leaf keeps the bytes that it was read from. This is what its fields encode to: what it signs, and its signature. */
function leafAgain(leaf: LeafNode): Uint8Array {
  const signed = new Map<string, Uint8Array>();
  const verify = (_: Uint8Array, label: string, content: Uint8Array) => signed.set(label, content).size > 0;
  attempt(() => checkLeaf(listening(verify), leaf, undefined, NOTHING_REQUIRED));
  const content = signed.get("LeafNodeTBS");
  // A leaf that no group of any suite would take is not encoded by any check.
  return content === undefined ? leaf.bytes : new Writer().raw(content).opaque(leaf.signature).done();
}

/** A suite to which every key and signature is good. */
const listening = (verify: typeof suite.verify) => ({ ...suite, isEncryptionKey: () => true, verify });

function keyPackageAgain(bytes: Uint8Array): Uint8Array {
  const keyPackage = readAll(bytes, (reader) => readKeyPackage(reader, suite));
  const signed = new Map<string, Uint8Array>();
  const verify = (_: Uint8Array, label: string, content: Uint8Array) => signed.set(label, content).size > 0;
  attempt(() => checkKeyPackage(listening(verify), keyPackage, NOTHING_REQUIRED));
  const content = signed.get("KeyPackageTBS");
  return content === undefined ? keyPackage.bytes : new Writer().raw(content).opaque(keyPackage.signature).done();
}

const made = samples();

/** Every structure that has a reader and a writer: an example, and how it is read and written again. */
const structures: { name: string; bytes: Uint8Array; again: (bytes: Uint8Array) => Uint8Array }[] = [
  { name: "a leaf", bytes: made.leaf, again: (bytes) => leafAgain(readAll(bytes, readLeafNode)) },
  { name: "a key package", bytes: made.keyPackage.slice(4), again: keyPackageAgain },
  {
    name: "a commit",
    bytes: made.commitContent,
    again: (bytes) => writeCommit(readAll(bytes, (reader) => readCommit(reader, suite))),
  },
  {
    name: "a public message",
    bytes: made.publicCommit,
    again(bytes) {
      const read = readAll(bytes.subarray(4), (reader) => readPublicMessage(reader, suite));
      const again = writePublicMessage(read.framed, read.authentication, read.membershipTag);
      return new Writer().raw(bytes.slice(0, 4)).raw(again.slice(4)).done();
    },
  },
  {
    name: "a ciphertext",
    bytes: made.ciphertext,
    again(bytes) {
      const writer = new Writer();
      writeCiphertext(writer, readAll(bytes, readCiphertext));
      return writer.done();
    },
  },
  {
    name: "a list of extensions",
    bytes: made.extensions,
    again(bytes) {
      const writer = new Writer();
      writeExtensions(writer, readAll(bytes, readExtensions));
      return writer.done();
    },
  },
  { name: "a group context", bytes: made.context, again: (bytes) => contextBytes(readAll(bytes, readGroupContext)) },
  {
    name: "a group info",
    bytes: made.groupInfo.slice(4),
    again(bytes) {
      const info = readAll(bytes, readGroupInfo);
      return signGroupInfo({ ...suite, sign: () => info.signature }, info, EMPTY);
    },
  },
  {
    name: "a welcome",
    bytes: made.welcome.slice(4),
    again: (bytes) =>
      writeWelcome(
        suite,
        readAll(bytes, (reader) => readWelcome(reader, suite)),
      ),
  },
  {
    name: "group secrets",
    bytes: made.groupSecrets,
    again: (bytes) => writeGroupSecrets(readAll(bytes, readGroupSecrets)),
  },
  { name: "a tree", bytes: made.tree, again: (bytes) => parseTree(bytes).encode() },
];

describe.each(structures)("$name", ({ bytes, again }) => {
  test("is written as it was read", () => {
    expect(toHex(again(bytes))).toBe(toHex(bytes));
  });

  test("is refused when it is cut anywhere, or has a byte more", () => {
    for (let length = 0; length < bytes.length; length++) {
      const got = attempt(() => again(bytes.slice(0, length)));
      if (refusalCode(got) !== "malformed") expect.fail(`cut to ${length} bytes: ${refusalCode(got)}`);
    }
    expect(refusalCode(attempt(() => again(new Writer().raw(bytes).uint8(0).done())))).toBe("malformed");
  });

  test("has one spelling: changed bytes are refused, or read as something that is written just so", () => {
    let taken = 0;
    fc.assert(
      fc.property(changed(bytes), (other) => {
        const got = attempt(() => again(other));
        if (!got.ok) return;
        taken++;
        expect(toHex(got.value)).toBe(toHex(other));
      }),
      { numRuns: 500 },
    );
    // Else nothing was shown.
    expect(taken).toBeGreaterThan(0);
  });
});

test("extensions of one type twice are refused", () => {
  const one: Extension = { type: 0xf001, data: EMPTY };
  const writer = new Writer();
  writeExtensions(writer, [one, { ...one, data: Uint8Array.of(1) }]);
  expect(refusalCode(attempt(() => readAll(writer.done(), readExtensions)))).toBe("repeated-extension");
});

test("group secrets of any length come back", () => {
  fc.assert(
    fc.property(opaque, fc.option(opaque, { nil: undefined }), (joiner, pathSecret) => {
      expect(readAll(writeGroupSecrets({ joiner, pathSecret }), readGroupSecrets)).toEqual({ joiner, pathSecret });
    }),
  );
});

describe("MLSMessages", () => {
  const { group } = memberOf(made.world, "bob");
  const kinds: { name: string; bytes: Uint8Array; read: (bytes: Uint8Array) => Result<unknown> }[] = [
    { name: "a key package", bytes: made.keyPackage, read: (bytes) => parseKeyPackage(suite, bytes) },
    { name: "a group info", bytes: made.groupInfo, read: (bytes) => parseGroupInfo(profile, bytes) },
    {
      name: "a welcome",
      bytes: made.welcome,
      read: (bytes) => joinByWelcome(profile, [made.newcomer], bytes),
    },
    { name: "a message", bytes: made.message, read: (bytes) => open(profile, group, bytes) },
    { name: "a commit", bytes: made.commit, read: (bytes) => open(profile, group, bytes) },
    { name: "an external commit", bytes: made.externalCommit, read: (bytes) => open(profile, group, bytes) },
  ];

  test.each(kinds)(
    "$name is taken whole, and refused cut, longer, of another version or of another kind",
    ({ bytes, read }) => {
      expect(refusalCode(read(bytes))).toBeUndefined();
      for (let length = 0; length < bytes.length; length++) {
        const code = refusalCode(read(bytes.slice(0, length)));
        if (code !== "malformed") expect.fail(`cut to ${length} bytes: ${code}`);
      }
      expect(refusalCode(read(new Writer().raw(bytes).uint8(0).done()))).toBe("malformed");
      const headed = (head: string) => new Writer().raw(fromHex(head)).raw(bytes.slice(4)).done();
      for (const version of ["0000", "0002", "0100", "ffff"]) {
        expect(refusalCode(read(headed(version + toHex(bytes.slice(2, 4)))))).toBe("wrong-version");
      }
      const kind = toHex(bytes.slice(2, 4));
      for (const other of ["0000", "0001", "0002", "0003", "0004", "0005", "0006", "0100"]) {
        if (other !== kind) expect(read(headed(`0001${other}`)).ok).toBe(false);
      }
    },
  );

  test("one of more than a mebibyte is refused before it is read", () => {
    for (const { bytes, read } of kinds) {
      expect(
        refusalCode(
          read(
            new Writer()
              .raw(bytes)
              .raw(new Uint8Array(2 ** 20))
              .done(),
          ),
        ),
      ).toBe("too-long");
    }
  });
});
