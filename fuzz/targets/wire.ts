/** What travels and what stands inside the ciphertext: any bytes give a value or a reason, and a value has one spelling. */
import { isDeepStrictEqual } from "node:util";
import {
  encodeAuthenticated,
  encodeContent,
  encodeFromClient,
  encodeFromServer,
  encodeHeader,
  encodeJoinInfo,
  encodeRoomInfo,
  formatLink,
  idOf,
  LIMITS,
  type Link,
  PLAIN_AUTHENTICATED,
  parseAuthenticated,
  parseContent,
  parseFromClient,
  parseFromServer,
  parseHeader,
  parseJoinInfo,
  parseLink,
  parseRoomInfo,
  type Result,
} from "@sotto/wire";
import { CLIENT_EXAMPLES, SERVER_EXAMPLES } from "../../packages/wire/test/frame-examples.ts";
import { type Format, mustHold, type Sample, type Target } from "../target.ts";
import { bytesOf, textOf } from "../text.ts";

const fill = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);
const room = idOf.room(fill(32, 0x11));
const account = idOf.account(fill(32, 0x22));
const other = idOf.account(fill(32, 0x23));
const device = idOf.device(fill(16, 0x33));
const entry = idOf.entry(fill(16, 0x44));

interface Codec<T> {
  readonly name: string;
  readonly about: string;
  readonly format: Format;
  readonly bytesMax: number;
  readonly samples: readonly Sample[];
  readonly words?: readonly string[];
  readonly parse: (input: Uint8Array) => Result<T, string>;
  /** undefined: a value that this version reads and does not write. */
  readonly encode: (value: T) => Uint8Array | undefined;
  readonly kind: (value: T) => string;
}

/** Whatever was taken is the same after it went out and came in again, and is spelled the same way each time. */
function codec<T>(one: Codec<T>): Target {
  const take = (input: Uint8Array): string => {
    const parsed = one.parse(input);
    if (!parsed.ok) return parsed.error;
    const encoded = one.encode(parsed.value);
    if (encoded === undefined) return one.kind(parsed.value);
    const again = one.parse(encoded);
    mustHold(again.ok && isDeepStrictEqual(again.value, parsed.value), "what was taken comes back as something else");
    mustHold(isDeepStrictEqual(one.encode(again.value), encoded), "one value has two spellings");
    return one.kind(parsed.value);
  };
  const { name, about, format, bytesMax, words = [] } = one;
  return {
    name,
    about,
    format,
    kept: "made",
    bytesMax,
    words,
    samples: async () => one.samples,
    open: async () => ({ take }),
    testInputs: 2000,
  };
}

const framed = <T>(parsed: Result<T, { readonly code: string; readonly field: string }>): Result<T, string> =>
  parsed.ok ? parsed : { ok: false, error: `${parsed.error.code} ${parsed.error.field.replace(/[0-9]+/g, "N")}` };

const present = <T>(value: T | undefined): Result<T, string> =>
  value === undefined ? { ok: false, error: "refused" } : { ok: true, value };

const clientFrame = codec({
  name: "client-frame",
  about: "frames to the relay: wire/src/frames/from-client.ts",
  format: "protobuf",
  bytesMax: LIMITS.frameBytesMax,
  samples: Object.entries(CLIENT_EXAMPLES).map(([name, body]) => ({
    name,
    bytes: encodeFromClient({ request: 5, body }),
  })),
  parse: (input) => framed(parseFromClient(input)),
  encode: encodeFromClient,
  kind: ({ body }) => body.type,
});

const relayFrame = codec({
  name: "relay-frame",
  about: "frames from the relay: wire/src/frames/from-server.ts",
  format: "protobuf",
  bytesMax: LIMITS.frameBytesMax,
  samples: Object.entries(SERVER_EXAMPLES).map(([name, body]) => ({
    name,
    bytes: encodeFromServer({ request: 5, body }),
  })),
  parse: (input) => framed(parseFromServer(input)),
  encode: encodeFromServer,
  kind: ({ body }) => body.type,
});

const header = codec({
  name: "commit-header",
  about: "what a commit does to a room's devices: parseHeader in wire/src/frames/from-client.ts",
  format: "protobuf",
  bytesMax: LIMITS.frameBytesMax,
  samples: [
    { name: "empty", bytes: encodeHeader({ adds: [], removes: [] }) },
    { name: "one comes", bytes: encodeHeader({ adds: [{ account, device }], removes: [] }) },
    {
      name: "one comes and one goes",
      bytes: encodeHeader({ adds: [{ account, device }], removes: [{ account: other, device }] }),
    },
  ],
  parse: (input) => framed(parseHeader(input)),
  encode: encodeHeader,
  kind: ({ adds, removes }) => `+${Math.min(adds.length, 3)} -${Math.min(removes.length, 3)}`,
});

const content = codec({
  name: "content",
  about: "the plaintext of a message: parseContent in wire/src/content.ts",
  format: "protobuf",
  bytesMax: LIMITS.entryBytesMax,
  samples: [
    { name: "text", bytes: encodeContent({ id: entry, sentAt: 1_800_000_000_000, type: "text", text: "hello" }) },
    { name: "leave", bytes: encodeContent({ id: entry, sentAt: 1, type: "leave", signature: fill(64, 1) }) },
    { name: "link secret", bytes: encodeContent({ id: entry, sentAt: 1, type: "link-secret", secret: fill(32, 2) }) },
  ],
  parse: (input) => present(parseContent(input)),
  encode: (value) => (value.type === "unknown" ? undefined : encodeContent(value)),
  kind: ({ type }) => type,
});

const roomInfo = codec({
  name: "room-info",
  about: "the GroupContext extension that says what a room is: parseRoomInfo in wire/src/content.ts",
  format: "protobuf",
  bytesMax: LIMITS.entryBytesMax,
  samples: [
    { name: "room", bytes: encodeRoomInfo({ kind: "room", name: "den", owners: [account], linkKey: fill(32, 3) }) },
    {
      name: "room without a link",
      bytes: encodeRoomInfo({ kind: "room", name: "den", owners: [], linkKey: undefined }),
    },
    { name: "direct", bytes: encodeRoomInfo({ kind: "direct", sides: [account, other] }) },
  ],
  parse: (input) => present(parseRoomInfo(input)),
  encode: encodeRoomInfo,
  kind: ({ kind }) => kind,
});

const point = { account, length: 2, hash: fill(32, 5) };
const proof = { device, signature: fill(64, 6) };
const plain = { room, base: 6, seq: 7, hash: fill(32, 4), ...PLAIN_AUTHENTICATED };

const authenticated = codec({
  name: "authenticated",
  about: "the authenticated data of an entry: parseAuthenticated in wire/src/content.ts",
  format: "protobuf",
  bytesMax: LIMITS.entryBytesMax,
  samples: [
    { name: "plain", bytes: encodeAuthenticated(plain) },
    { name: "of a joiner", bytes: encodeAuthenticated({ ...plain, linkSignature: fill(64, 7), chain: point }) },
    {
      name: "with the words of others",
      bytes: encodeAuthenticated({ ...plain, leaves: [proof], readmits: [proof], revocations: [point] }),
    },
  ],
  parse: (input) => present(parseAuthenticated(input)),
  encode: encodeAuthenticated,
  kind: ({ linkSignature, leaves, chain, readmits, revocations }) =>
    [linkSignature, leaves[0], chain, readmits[0], revocations[0]]
      .map((one) => (one === undefined ? "-" : "x"))
      .join(""),
});

const joinInfo = codec({
  name: "join-info",
  about: "what a link's sealed GroupInfo and a Welcome hold beside MLS: parseJoinInfo in wire/src/content.ts",
  format: "protobuf",
  bytesMax: LIMITS.groupInfoBytesMax,
  samples: [
    {
      name: "of a link",
      bytes: encodeJoinInfo({ groupInfo: fill(20, 8), seq: 7, hash: fill(32, 9), linkSecret: undefined }),
    },
    {
      name: "of a Welcome",
      bytes: encodeJoinInfo({ groupInfo: fill(0, 0), seq: 7, hash: fill(32, 9), linkSecret: fill(32, 1) }),
    },
  ],
  parse: (input) => present(parseJoinInfo(input)),
  encode: encodeJoinInfo,
  kind: ({ linkSecret }) => (linkSecret === undefined ? "of a link" : "of a Welcome"),
});

const toRelay: Link = {
  host: "chat.example.org",
  port: 7878,
  pin: fill(32, 1),
  accessPassword: "open sesame",
  room: undefined,
};
const LINKS: readonly Link[] = [
  toRelay,
  { ...toRelay, host: "[2001:db8::1]", pin: undefined, accessPassword: undefined },
  { ...toRelay, accessPassword: "ä&=#%", room: { id: room, secret: fill(32, 2) } },
];

const link = codec({
  name: "link",
  about: "links that people give each other: wire/src/link.ts",
  format: "text",
  bytesMax: 8192,
  samples: LINKS.map((one) => ({ name: one.host, bytes: bytesOf(formatLink(one)) })),
  words: ["sotto://", ":7878", "/r/", "#k=", "&s=", "&a=", "k=", "%41"],
  parse: (input) => present(parseLink(textOf(input))),
  encode: (value) => bytesOf(formatLink(value)),
  kind: ({ pin, accessPassword, room: to }) =>
    [pin, accessPassword, to].map((one) => (one === undefined ? "-" : "x")).join(""),
});

/** Bytes and texts of small things, each with its own reader. */
export const WIRE_TARGETS: readonly Target[] = [
  clientFrame,
  relayFrame,
  header,
  content,
  roomInfo,
  authenticated,
  joinInfo,
  link,
];
