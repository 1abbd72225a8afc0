/** Lengths of frames: they are one of a few, and a reader sees nothing of how they came about. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isPadded, padded } from "../src/frames/padding.ts";
import {
  type ClientBody,
  encodeFromClient,
  encodeFromServer,
  parseFromClient,
  parseFromServer,
  RELAY_CODES,
  type ServerBody,
} from "../src/index.ts";
import { bytes } from "./crypto.ts";
import { anyClientBody, anyServerBody, CLIENT_EXAMPLES, SERVER_EXAMPLES } from "./frame-examples.ts";

const BUCKETS = [256, 768, 1536, 4608, 17_920];
const LARGEST = 17_920;
const CARRIERS = ["append", "event", "fetched"];

const ofClient = (body: ClientBody, request = 5): Uint8Array => encodeFromClient({ request, body });
const ofServer = (body: ServerBody, request = 5): Uint8Array => encodeFromServer({ request, body });

describe("the length of a frame", () => {
  test.each(Object.entries(CLIENT_EXAMPLES))("of a client is a bucket's: %s", (_name, body) => {
    expect(BUCKETS.includes(ofClient(body).length)).toBe(!CARRIERS.includes(body.type));
  });

  test.each(Object.entries(SERVER_EXAMPLES))("of the relay is a bucket's: %s", (_name, body) => {
    expect(BUCKETS.includes(ofServer(body).length)).toBe(!CARRIERS.includes(body.type));
  });

  test("is a bucket's or above the largest for any frame that carries no entries of a log", () => {
    const holds = (length: number, type: string): boolean =>
      CARRIERS.includes(type) || BUCKETS.includes(length) || length > LARGEST - 4;
    fc.assert(fc.property(anyClientBody, (body) => holds(ofClient(body).length, body.type)));
    fc.assert(fc.property(anyServerBody, (body) => holds(ofServer(body).length, body.type)));
  });

  test("is the same for every refusal, and for what a refusal stands instead of", () => {
    const refusals = RELAY_CODES.flatMap((code) =>
      [0, Number.MAX_SAFE_INTEGER].map((head) =>
        ofServer({ type: "refused", code, head, retryMs: 86_400_000, field: "commit.header.adds[999].device" }),
      ),
    );
    const others = [
      ofServer({ type: "ack", seq: 1, previous: bytes(32, 1) }),
      ofServer({ type: "ack", seq: Number.MAX_SAFE_INTEGER, previous: bytes(32, 1) }, Number.MAX_SAFE_INTEGER),
      ofServer({ type: "done" }),
      ofServer({ type: "pong" }),
      ofServer({ type: "proof-needed" }),
    ];
    expect(new Set([...refusals, ...others].map(({ length }) => length))).toEqual(new Set([256]));
  });

  test("says nothing about a name, a password or a code", () => {
    const lengths = (make: (text: string) => ClientBody, texts: readonly string[]) =>
      new Set(texts.map((text) => ofClient(make(text)).length)).size;
    const names = ["ann", "a".repeat(32)];
    expect(lengths((name) => ({ type: "sign-in-start", name, loginRequest: bytes(96, 1) }), names)).toBe(1);
    expect(
      lengths((code) => ({ type: "sign-in-finish", loginFinish: bytes(64, 1), code }), ["123456", "ABCDE-FGHJK"]),
    ).toBe(1);
    expect(lengths((name) => ({ type: "directory", name }), ["", ...names])).toBe(1);
  });
});

describe("padding", () => {
  test("fills any rest exactly", () => {
    for (const bucket of BUCKETS) {
      for (const less of [4, 5, 6, 130, 131, 132, 200]) {
        const frame = bytes(bucket - less, 7);
        const filled = padded(frame);
        expect(filled).toHaveLength(bucket);
        expect(filled.subarray(0, frame.length)).toEqual(frame);
        expect(filled[frame.length]).toBe(0x12);
      }
    }
  });

  test("leaves a frame that fits exactly, or is longer than all buckets, and fills the next one where no rest fits", () => {
    for (const bucket of BUCKETS) expect(padded(bytes(bucket, 7))).toHaveLength(bucket);
    expect(padded(bytes(LARGEST + 1, 7))).toHaveLength(LARGEST + 1);
    for (const less of [1, 2, 3]) {
      expect(padded(bytes(256 - less, 7))).toHaveLength(768);
      expect(padded(bytes(LARGEST - less, 7))).toHaveLength(LARGEST - less);
    }
  });

  test("is ignored by readers, whatever stands in it and however its length is written", () => {
    const frame = ofServer({ type: "done" });
    const plain = frame.subarray(0, frame.indexOf(0x12, 2));
    for (const padding of [[], [0x12, 0], [0x12, 3, 1, 2, 3], [0x12, 0x83, 0x80, 0, 9, 9, 9]]) {
      const read = parseFromServer(Uint8Array.of(...plain, ...padding));
      expect(read).toEqual({ ok: true, value: { request: 5, body: { type: "done" } } });
    }
    expect(parseFromClient(ofClient({ type: "ping" }))).toEqual({
      ok: true,
      value: { request: 5, body: { type: "ping" } },
    });
  });

  test("is left out of frames that carry entries, whose content is padded inside", () => {
    for (const type of CARRIERS) expect(isPadded(type)).toBe(false);
    for (const type of ["commit", "refused", "ack", "key-packages"]) expect(isPadded(type)).toBe(true);
  });
});
