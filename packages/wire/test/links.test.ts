// Links: what one person gives another. One spelling, and nothing malformed gives half a link.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatLink, idOf, type Link, parseLink, toBase64url } from "../src/index.ts";
import { bytes } from "./crypto.ts";

const pin = bytes(32, 1);
const secret = bytes(32, 2);
const id = idOf.room(bytes(32, 3));
const k = `k=${toBase64url(pin)}`;
const s = `s=${toBase64url(secret)}`;
const r = `r/${id}`;

const anyLink: fc.Arbitrary<Link> = fc.record({
  host: fc.oneof(
    fc.constantFrom("localhost", "chat.example.org", "192.0.2.7", "[2001:db8::7]", "[::1]"),
    fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,20}$/),
  ),
  port: fc.integer({ min: 1, max: 65_535 }),
  pin: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }), { nil: undefined }),
  accessPassword: fc.option(fc.string({ unit: "binary", minLength: 1, maxLength: 40 }).filter(isWellFormed), {
    nil: undefined,
  }),
  room: fc.option(
    fc.record({
      id: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(idOf.room),
      secret: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    }),
    { nil: undefined },
  ),
});

function isWellFormed(text: string): boolean {
  return text.isWellFormed();
}

test("a link is read back as it was", () => {
  fc.assert(
    fc.property(anyLink, (link) => {
      expect(parseLink(formatLink(link))).toEqual(link);
    }),
    { numRuns: 1000 },
  );
});

test("a link has one spelling, which every other spelling leads to", () => {
  fc.assert(
    fc.property(anyLink, (link) => {
      const text = formatLink(link);
      const again = parseLink(` ${text}\n`);
      expect(again && formatLink(again)).toBe(text);
    }),
  );
});

test("a link to a room is never one to a relay alone, nor the other way round", () => {
  fc.assert(
    fc.property(anyLink, (link) => {
      const got = parseLink(formatLink(link));
      expect(got?.room === undefined).toBe(link.room === undefined);
    }),
  );
  expect(parseLink(`sotto://h:1/${r}#${k}`)).toBeUndefined();
  expect(parseLink(`sotto://h:1/#${k}&${s}`)).toBeUndefined();
});

test("any text gives a link or nothing", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (tail) => {
      for (const text of [tail, `sotto://${tail}`, `sotto://h:1/#${tail}`]) {
        const link = parseLink(text);
        if (link !== undefined) expect(parseLink(formatLink(link))).toEqual(link);
      }
    }),
    { numRuns: 2000 },
  );
});

test("what a link says", () => {
  expect(parseLink(`sotto://chat.example:7878/${r}#${k}&${s}&a=open%20sesame`)).toEqual({
    host: "chat.example",
    port: 7878,
    pin,
    accessPassword: "open sesame",
    room: { id, secret },
  });
});

describe("malformed", () => {
  test.each([
    { why: "nothing", text: "" },
    { why: "another scheme", text: `https://h:1/#${k}` },
    { why: "the scheme in capitals", text: `SOTTO://h:1/#${k}` },
    { why: "no host", text: `sotto://:1/#${k}` },
    { why: "a host with a space", text: `sotto://a b:1/#${k}` },
    { why: "a host with an underscore", text: `sotto://a_b:1/#${k}` },
    { why: "a host with an escape", text: `sotto://a\u001b[2J:1/#${k}` },
    { why: "a host with Cyrillic letters", text: `sotto://\u0430:1/#${k}` },
    { why: "a user in front of the host", text: `sotto://me@h:1/#${k}` },
    { why: "an open bracket", text: `sotto://[::1:1/#${k}` },
    { why: "no port", text: `sotto://h/#${k}` },
    { why: "port 0", text: `sotto://h:0/#${k}` },
    { why: "port 65536", text: `sotto://h:65536/#${k}` },
    { why: "a port of six digits", text: `sotto://h:123456/#${k}` },
    { why: "a port with a sign", text: `sotto://h:+1/#${k}` },
    { why: "another path", text: `sotto://h:1/x/${id}#${k}&${s}` },
    { why: "something after the room", text: `sotto://h:1/${r}/x#${k}&${s}` },
    { why: "a query", text: `sotto://h:1/?x=1#${k}` },
    { why: "a room in capitals", text: `sotto://h:1/r/${"AB".repeat(32)}#${k}&${s}` },
    { why: "a short room", text: `sotto://h:1/r/${id.slice(2)}#${k}&${s}` },
    { why: "a room without its secret", text: `sotto://h:1/${r}#${k}` },
    { why: "a secret without its room", text: `sotto://h:1/#${k}&${s}` },
    { why: "a short pin", text: `sotto://h:1/#k=${toBase64url(bytes(31, 1))}` },
    { why: "a long pin", text: `sotto://h:1/#k=${toBase64url(bytes(33, 1))}` },
    { why: "an empty pin", text: "sotto://h:1/#k=" },
    { why: "a pin with padding", text: `sotto://h:1/#${k}=` },
    { why: "a pin in another spelling", text: `sotto://h:1/#${k.slice(0, -1)}F` },
    { why: "a short secret", text: `sotto://h:1/${r}#${k}&s=${toBase64url(bytes(31, 1))}` },
    { why: "an unknown key", text: `sotto://h:1/#${k}&x=1` },
    { why: "a key twice", text: `sotto://h:1/#${k}&${k}` },
    { why: "the secret twice", text: `sotto://h:1/${r}#${k}&${s}&${s}` },
    { why: "an empty part", text: `sotto://h:1/#${k}&` },
    { why: "a key without a value", text: `sotto://h:1/#${k}&a` },
    { why: "a key in capitals", text: `sotto://h:1/#K=${toBase64url(pin)}` },
    { why: "an empty access password", text: `sotto://h:1/#${k}&a=` },
    { why: "an access password that is not UTF-8", text: `sotto://h:1/#${k}&a=%ff` },
    { why: "an access password with half a surrogate", text: `sotto://h:1/#${k}&a=x\ud800` },
    { why: "a broken escape", text: `sotto://h:1/#${k}&a=%e` },
    { why: "an access password over the limit", text: `sotto://h:1/#${k}&a=${"x".repeat(257)}` },
    { why: "a link inside a text", text: `join sotto://h:1/#${k}` },
    { why: "two links", text: `sotto://h:1/#${k} sotto://h:1/#${k}` },
    { why: "a line end in the middle", text: `sotto://h:1/\n#${k}` },
  ])("$why", ({ text }) => {
    expect(parseLink(text)).toBeUndefined();
  });
});
