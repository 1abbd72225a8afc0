// Frames: every value survives the way over the wire, any bytes give a value or a reason, and each reason is named.
// Over 400 lines: one row for each field of each frame that can be wrong.
import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode } from "../src/frames/read.ts";
import { PingSchema } from "../src/gen/sotto/wire/v1/frame_pb.js";
import {
  type ClientBody,
  encodeFromClient,
  encodeFromServer,
  encodeHeader,
  LIMITS,
  parseFromClient,
  parseFromServer,
  parseHeader,
  type ServerBody,
} from "../src/index.ts";
import { bytes } from "./crypto.ts";
import {
  account,
  anyClientBody,
  anyServerBody,
  CLIENT_EXAMPLES,
  commit,
  device,
  entryId,
  room,
  SERVER_EXAMPLES,
} from "./frame-examples.ts";

const request = fc.integer({ min: 1, max: LIMITS.seqMax });

describe("round trips", () => {
  test("every client frame", () => {
    fc.assert(
      fc.property(request, anyClientBody, (number, body) => {
        const frame = { request: number, body };
        expect(parseFromClient(encodeFromClient(frame))).toEqual({ ok: true, value: frame });
      }),
      { numRuns: 1000 },
    );
  });

  test("every relay frame", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), anyServerBody, (number, body) => {
        const frame = { request: number, body };
        expect(parseFromServer(encodeFromServer(frame))).toEqual({ ok: true, value: frame });
      }),
      { numRuns: 1000 },
    );
  });

  test.each(Object.entries(CLIENT_EXAMPLES))("client: %s", (_name, body) => {
    expect(parseFromClient(encodeFromClient({ request: 5, body }))).toEqual({ ok: true, value: { request: 5, body } });
  });

  test.each(Object.entries(SERVER_EXAMPLES))("relay: %s", (_name, body) => {
    expect(parseFromServer(encodeFromServer({ request: 0, body }))).toEqual({ ok: true, value: { request: 0, body } });
  });

  test("of a field that nobody knows nothing is kept", () => {
    expect(decode(PingSchema, Uint8Array.of(0x78, 1))).toEqual(create(PingSchema));
  });

  test("commit headers", () => {
    const value = { adds: [{ account, device }], removes: [{ account, device }] };
    expect(parseHeader(encodeHeader(value))).toEqual({ ok: true, value });
    expect(parseHeader(bytes(0, 0))).toEqual({ ok: true, value: { adds: [], removes: [] } });
  });
});

describe("totality", () => {
  const parsers = [
    { name: "client", parse: parseFromClient, encode: encodeFromClient as (frame: never) => Uint8Array },
    { name: "relay", parse: parseFromServer, encode: encodeFromServer as (frame: never) => Uint8Array },
    { name: "header", parse: parseHeader, encode: encodeHeader as (header: never) => Uint8Array },
  ];
  const examples = [
    ...Object.values(CLIENT_EXAMPLES).map((body) => encodeFromClient({ request: 5, body })),
    ...Object.values(SERVER_EXAMPLES).map((body) => encodeFromServer({ request: 5, body })),
  ];

  describe.each(parsers)("$name", ({ parse, encode }) => {
    const check = (input: Uint8Array) => {
      const got = parse(input);
      if (got.ok) expect(parse(encode(got.value as never))).toEqual(got);
      else expect(["malformed", "bad-length", "out-of-bounds"]).toContain(got.error.code);
    };

    test("any bytes give a value or a reason", () => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), check), { numRuns: 2000 });
    });

    test("a changed frame gives a value that survives the way, or a reason", () => {
      const changed = fc
        .record({
          frame: fc.constantFrom(...examples),
          edits: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        })
        .map(({ frame, edits }) => {
          const copy = new Uint8Array(frame);
          for (const [place, value] of edits) copy[place % copy.length] = value;
          return copy;
        });
      fc.assert(fc.property(changed, check), { numRuns: 5000 });
    });

    test("a frame cut anywhere gives a value or a reason", () => {
      for (const frame of examples) for (let end = 0; end < frame.length; end++) check(frame.subarray(0, end));
    });
  });

  test("a frame over the limit is not even decoded", () => {
    const fault = { ok: false, error: { code: "bad-length", field: "" } };
    expect(parseFromClient(new Uint8Array(LIMITS.frameBytesMax + 1))).toEqual(fault);
    expect(parseFromServer(new Uint8Array(LIMITS.frameBytesMax + 1))).toEqual(fault);
  });

  test("filling is ignored", () => {
    const plain = encodeFromClient({ request: 5, body: { type: "ping" } });
    const padded = new Uint8Array([...plain, 0x12, 3, 0, 0, 0]); // field 2: padding
    expect(parseFromClient(padded)).toEqual(parseFromClient(plain));
  });

  test("a code that this version does not know is internal", () => {
    const frame = encodeFromServer({
      request: 1,
      body: { type: "refused", code: "busy", head: 0, retryMs: 0, field: "" },
    });
    const place = frame.lastIndexOf(24);
    frame[place] = 99;
    expect(parseFromServer(frame)).toMatchObject({ ok: true, value: { body: { code: "internal" } } });
  });
});

const ref = (length: number) => ({ account, device: "33".repeat(length) as never });
const long = (length: number) => bytes(length, 1);
const wrong = <T>(value: string) => value as unknown as T;

describe("refusals of client frames", () => {
  const [hello, resume, append] = [CLIENT_EXAMPLES.hello, CLIENT_EXAMPLES.resume, CLIENT_EXAMPLES.append];
  const rows: readonly { name: string; body: object; code: string; field: string; request?: number }[] = [
    { name: "request 0", body: { type: "ping" }, request: 0, code: "out-of-bounds", field: "request" },
    {
      name: "too many versions",
      body: { ...hello, versions: Array(17).fill(1) },
      code: "out-of-bounds",
      field: "versions",
    },
    { name: "a short nonce", body: { ...hello, nonce: long(31) }, code: "bad-length", field: "nonce" },
    {
      name: "a long access password",
      body: { ...hello, accessPassword: "x".repeat(257) },
      code: "bad-length",
      field: "access_password",
    },
    {
      name: "a short account",
      body: { ...resume, account: wrong("22".repeat(31)) },
      code: "bad-length",
      field: "account",
    },
    {
      name: "a long device",
      body: { ...resume, device: wrong("33".repeat(17)) },
      code: "bad-length",
      field: "device",
    },
    { name: "a counter of 0", body: { ...resume, counter: 0 }, code: "out-of-bounds", field: "counter" },
    { name: "a short signature", body: { ...resume, signature: long(63) }, code: "bad-length", field: "signature" },
    {
      name: "an empty OPAQUE message",
      body: { ...CLIENT_EXAMPLES["sign-up-start"], registrationRequest: long(0) },
      code: "bad-length",
      field: "registration_request",
    },
    {
      name: "a long OPAQUE message",
      body: { ...CLIENT_EXAMPLES["sign-in-start"], loginRequest: long(1025) },
      code: "bad-length",
      field: "login_request",
    },
    {
      name: "a long name",
      body: { ...CLIENT_EXAMPLES["sign-in-start"], name: "x".repeat(257) },
      code: "bad-length",
      field: "name",
    },
    {
      name: "a long code",
      body: { type: "sign-up-confirm", code: "1".repeat(65) },
      code: "bad-length",
      field: "code",
    },
    {
      name: "a long chain entry",
      body: { ...CLIENT_EXAMPLES["sign-up-finish"], chainEntry: long(1025) },
      code: "bad-length",
      field: "chain_entry",
    },
    { name: "a short room", body: { ...append, room: wrong("11".repeat(31)) }, code: "bad-length", field: "room" },
    { name: "a short id", body: { ...append, id: wrong("44".repeat(15)) }, code: "bad-length", field: "id" },
    { name: "a head above 2^53", body: { ...append, head: 2 ** 53 }, code: "out-of-bounds", field: "head" },
    { name: "an empty entry", body: { ...append, bytes: long(0) }, code: "bad-length", field: "bytes" },
    {
      name: "an entry over the limit",
      body: { ...append, bytes: long(LIMITS.entryBytesMax + 1) },
      code: "bad-length",
      field: "bytes",
    },
    {
      name: "a token of the wrong length",
      body: { type: "commit", ...commit, joinToken: long(31) },
      code: "bad-length",
      field: "join_token",
    },
    {
      name: "a link hash of the wrong length",
      body: { type: "commit", ...commit, link: { tokenHash: long(31), groupInfo: long(1) } },
      code: "bad-length",
      field: "link.token_hash",
    },
    {
      name: "a link hash without a GroupInfo",
      body: { type: "commit", ...commit, link: { tokenHash: long(32), groupInfo: long(0) } },
      code: "bad-length",
      field: "link.group_info",
    },
    {
      name: "a welcome for no device",
      body: { type: "commit", ...commit, welcomes: [{ device: ref(15).device, bytes: long(1) }] },
      code: "bad-length",
      field: "welcomes[0].device",
    },
    {
      name: "an empty second welcome",
      body: { type: "commit", ...commit, welcomes: [...commit.welcomes, { device, bytes: long(0) }] },
      code: "bad-length",
      field: "welcomes[1].bytes",
    },
    {
      name: "too many welcomes",
      body: { type: "commit", ...commit, welcomes: Array(1001).fill({ device, bytes: long(1) }) },
      code: "out-of-bounds",
      field: "welcomes",
    },
    {
      name: "a creation without devices",
      body: { type: "room-create", room, header: long(0), link: undefined, commit: undefined },
      code: "bad-length",
      field: "header",
    },
    { name: "a fetch from 0", body: { type: "fetch", room, from: 0, limit: 1 }, code: "out-of-bounds", field: "from" },
    {
      name: "a fetch of nothing",
      body: { type: "fetch", room, from: 1, limit: 0 },
      code: "out-of-bounds",
      field: "limit",
    },
    {
      name: "a fetch of too much",
      body: { type: "fetch", room, from: 1, limit: 501 },
      code: "out-of-bounds",
      field: "limit",
    },
    { name: "an inbox fetch from 0", body: { type: "inbox-fetch", from: 0 }, code: "out-of-bounds", field: "from" },
    {
      name: "too many key packages",
      body: { type: "key-packages-put", packages: Array(101).fill(long(1)), lastResort: undefined },
      code: "out-of-bounds",
      field: "packages",
    },
    {
      name: "a long key package",
      body: { type: "key-packages-put", packages: [long(1), long(4097)], lastResort: undefined },
      code: "bad-length",
      field: "packages[1]",
    },
    {
      name: "a long last resort",
      body: { type: "key-packages-put", packages: [], lastResort: long(4097) },
      code: "bad-length",
      field: "last_resort",
    },
    {
      name: "too many chains",
      body: { type: "chain-get", accounts: Array(501).fill(account) },
      code: "out-of-bounds",
      field: "accounts",
    },
    {
      name: "a short token",
      body: { type: "group-info-get", room, token: long(31) },
      code: "bad-length",
      field: "token",
    },
  ];

  test.each(rows)("$name", ({ body, code, field, request: number = 5 }) => {
    const frame = encodeFromClient({ request: number, body: body as ClientBody });
    expect(parseFromClient(frame)).toEqual({ ok: false, error: { code, field } });
  });

  test.each([
    { name: "nothing", frame: [], code: "out-of-bounds", field: "request" },
    { name: "no body", frame: [8, 5], code: "malformed", field: "body" },
    { name: "not a frame", frame: [255, 255], code: "malformed", field: "" },
    { name: "a body that is cut", frame: [8, 5, 0x52, 40, 8], code: "malformed", field: "" },
  ])("$name", ({ frame, code, field }) => {
    expect(parseFromClient(Uint8Array.from(frame))).toEqual({ ok: false, error: { code, field } });
  });
});

describe("refusals of relay frames", () => {
  const [entry] = (SERVER_EXAMPLES.event as Extract<ServerBody, { type: "event" }>).entries;
  const inbox = (SERVER_EXAMPLES["inbox-event"] as Extract<ServerBody, { type: "inbox-event" }>).entry;
  const challenge = SERVER_EXAMPLES.challenge;
  test.each([
    {
      name: "a short generation",
      body: { ...challenge, generation: long(15) },
      code: "bad-length",
      field: "generation",
    },
    { name: "a short relay id", body: { ...challenge, relay: long(31) }, code: "bad-length", field: "relay" },
    {
      name: "a short room in the session",
      body: { ...SERVER_EXAMPLES.session, rooms: [{ room: wrong("11"), last: 1, head: 1 }] },
      code: "bad-length",
      field: "rooms[0].room",
    },
    {
      name: "a TOTP secret of another length",
      body: { type: "sign-up-pending", totpSecret: long(19), heldUntil: 1 },
      code: "bad-length",
      field: "totp_secret",
    },
    {
      name: "too many backup codes",
      body: { type: "confirmed", backupCodes: Array(33).fill("x") },
      code: "out-of-bounds",
      field: "backup_codes",
    },
    {
      name: "an ack without a hash",
      body: { type: "ack", seq: 1, previous: long(0) },
      code: "bad-length",
      field: "previous",
    },
    {
      name: "an entry with seq 0",
      body: { type: "event", room, entries: [{ ...entry, seq: 0 }] },
      code: "out-of-bounds",
      field: "entries[0].seq",
    },
    {
      name: "an entry with a short id",
      body: { type: "fetched", room, last: 1, entries: [entry, { ...entry, id: wrong("44") }] },
      code: "bad-length",
      field: "entries[1].id",
    },
    {
      name: "an entry without bytes",
      body: { type: "event", room, entries: [{ ...entry, bytes: long(0) }] },
      code: "bad-length",
      field: "entries[0].bytes",
    },
    {
      name: "an inbox entry with number 0",
      body: { type: "inbox-event", entry: { ...inbox, number: 0 } },
      code: "out-of-bounds",
      field: "entry.number",
    },
    {
      name: "a welcome for seq 0",
      body: { type: "inbox-fetched", entries: [{ ...inbox, seq: 0 }] },
      code: "out-of-bounds",
      field: "entries[0].seq",
    },
    {
      name: "a chain with an entry that is too long",
      body: { type: "chains", chains: [{ account, entries: [long(1025)] }] },
      code: "bad-length",
      field: "chains[0].entries[0]",
    },
    {
      name: "a GroupInfo over the limit",
      body: { type: "group-info", base: 1, head: 1, sealed: long(LIMITS.groupInfoBytesMax + 1) },
      code: "bad-length",
      field: "sealed",
    },
    {
      name: "a notice over the limit",
      body: { type: "notice", text: "x".repeat(LIMITS.textBytesMax + 1) },
      code: "bad-length",
      field: "text",
    },
  ])("$name", ({ body, code, field }) => {
    const frame = encodeFromServer({ request: 0, body: body as ServerBody });
    expect(parseFromServer(frame)).toEqual({ ok: false, error: { code, field } });
  });

  test("an entry of an unknown kind", () => {
    const frame = encodeFromServer({ request: 0, body: SERVER_EXAMPLES.event as ServerBody });
    const place = frame.findIndex((value, index) => value === 0x10 && frame[index + 1] === 2);
    frame[place + 1] = 7;
    expect(parseFromServer(frame)).toEqual({ ok: false, error: { code: "malformed", field: "entries[0].kind" } });
  });

  test("a header whose devices are none", () => {
    const cut = encodeHeader({ adds: [], removes: [{ account, device: wrong("33") }] });
    expect(parseHeader(cut)).toEqual({ ok: false, error: { code: "bad-length", field: "removes[0].device" } });
    const many = encodeHeader({ adds: Array(1001).fill({ account, device }), removes: [] });
    expect(parseHeader(many)).toEqual({ ok: false, error: { code: "out-of-bounds", field: "adds" } });
  });

  test("an id in hexadecimal stands for its bytes", () => {
    const got = parseFromClient(encodeFromClient({ request: 1, body: { type: "cursor", room, seq: 1 } }));
    expect(got).toMatchObject({ value: { body: { room: "11".repeat(32) } } });
    expect(entryId).toBe("44".repeat(16));
  });
});
