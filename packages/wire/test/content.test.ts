// What stands inside the ciphertext and beside MLS: round trips, and no bytes that throw.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Authenticated,
  type Content,
  encodeAuthenticated,
  encodeContent,
  encodeJoinInfo,
  encodeRoomInfo,
  idOf,
  isRoomName,
  type JoinInfo,
  LIMITS,
  parseAuthenticated,
  parseContent,
  parseJoinInfo,
  parseRoomInfo,
  type RoomInfo,
} from "../src/index.ts";
import { bytes } from "./crypto.ts";

const any = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const common = { id: any(16).map(idOf.entry), sentAt: fc.maxSafeNat() };
const maybe = (length: number) => fc.option(any(length), { nil: undefined });
const is = <T extends string>(type: T) => fc.constant(type);

type Known = Exclude<Content, { type: "unknown" }>;
const anyContent: fc.Arbitrary<Known> = fc.oneof(
  fc.record({ ...common, type: is("text"), text: fc.string({ unit: "binary" }).filter((text) => text.isWellFormed()) }),
  fc.record({ ...common, type: is("leave"), signature: any(64) }),
  fc.record({ ...common, type: is("link-secret"), secret: any(32) }),
);
const anyInfo: fc.Arbitrary<RoomInfo> = fc.oneof(
  fc.record({
    kind: is("room"),
    name: fc.string({ unit: "binary", minLength: 1, maxLength: 64 }).filter(isRoomName),
    owners: fc.array(any(32).map(idOf.account), { maxLength: 3 }),
    linkKey: maybe(32),
  }),
  fc
    .tuple(any(32).map(idOf.account), any(32).map(idOf.account))
    .filter(([one, other]) => one !== other)
    .map(([one, other]) => ({ kind: "direct" as const, sides: one < other ? [one, other] : [other, one] }) as RoomInfo),
);
const anyProofs = fc.array(fc.record({ device: any(16).map(idOf.device), signature: any(64) }), { maxLength: 3 });
const anyAuthenticated: fc.Arbitrary<Authenticated> = fc.record({
  room: any(32).map(idOf.room),
  base: fc.maxSafeNat(),
  seq: fc.maxSafeNat(),
  hash: any(32),
  linkSignature: maybe(64),
  leaves: anyProofs,
  chain: fc.option(fc.record({ length: fc.integer({ min: 1, max: 1000 }), hash: any(32) }), { nil: undefined }),
  readmits: anyProofs,
  revocations: fc.array(
    fc.record({ account: any(32).map(idOf.account), length: fc.integer({ min: 1, max: 1000 }), hash: any(32) }),
    { maxLength: 3 },
  ),
});
const anyJoinInfo: fc.Arbitrary<JoinInfo> = fc.record({
  groupInfo: fc.uint8Array({ maxLength: 60 }),
  seq: fc.maxSafeNat(),
  hash: any(32),
  linkSecret: maybe(32),
});

const kinds = [
  { name: "Content", values: anyContent, encode: encodeContent, parse: parseContent },
  { name: "RoomInfo", values: anyInfo, encode: encodeRoomInfo, parse: parseRoomInfo },
  { name: "Authenticated", values: anyAuthenticated, encode: encodeAuthenticated, parse: parseAuthenticated },
  { name: "JoinInfo", values: anyJoinInfo, encode: encodeJoinInfo, parse: parseJoinInfo },
] as unknown as readonly {
  name: string;
  values: fc.Arbitrary<object>;
  encode: (value: object) => Uint8Array;
  parse: (bytes: Uint8Array) => object | undefined;
}[];

describe.each(kinds)("$name", ({ values, encode, parse }) => {
  test("is read back as it was", () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(parse(encode(value))).toEqual(value);
      }),
    );
  });

  test("any bytes give a value or nothing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => void parse(input)),
      { numRuns: 2000 },
    );
  });

  test("changed bytes give a value or nothing", () => {
    fc.assert(
      fc.property(values, fc.nat(), fc.nat(255), (value, place, byte) => {
        const changed = encode(value);
        if (changed.length > 0) changed[place % changed.length] = byte;
        void parse(changed);
      }),
      { numRuns: 2000 },
    );
  });
});

const id = idOf.entry(bytes(16, 1));
const [low, high] = [idOf.account(bytes(32, 1)), idOf.account(bytes(32, 2))];

test("a content that this version does not know is unknown, not an error", () => {
  const leave = encodeContent({ id, sentAt: 1, type: "leave", signature: bytes(64, 1) });
  const place = leave.indexOf(0x5a); // field 11: leave
  const newer = Uint8Array.from([...leave.subarray(0, place), 0xfa, 0x01, 0]); // field 31
  expect(parseContent(newer)).toEqual({ id, sentAt: 1, type: "unknown" });
});

test("a text of the largest size is one, a larger one is none, counted in UTF-8", () => {
  const sized = (length: number) => encodeContent({ id, sentAt: 1, type: "text", text: "ü".repeat(length / 2) });
  expect(parseContent(sized(LIMITS.textBytesMax))).toBeDefined();
  expect(parseContent(sized(LIMITS.textBytesMax + 2))).toBeUndefined();
});

test.each([
  { why: "sides in the wrong order", info: { kind: "direct", sides: [high, low] } },
  { why: "one side twice", info: { kind: "direct", sides: [low, low] } },
  { why: "one side", info: { kind: "direct", sides: [low] } },
  { why: "three sides", info: { kind: "direct", sides: [low, high, idOf.account(bytes(32, 3))] } },
  { why: "no name", info: { kind: "room", name: "", owners: [], linkKey: undefined } },
  { why: "a name with a control", info: { kind: "room", name: "a\u001b[2J", owners: [], linkKey: undefined } },
  { why: "an owner that is none", info: { kind: "room", name: "a", owners: ["22"], linkKey: undefined } },
  { why: "a short link key", info: { kind: "room", name: "a", owners: [], linkKey: bytes(31, 1) } },
])("a RoomInfo is refused: $why", ({ info }) => {
  expect(parseRoomInfo(encodeRoomInfo(info as unknown as RoomInfo))).toBeUndefined();
});
