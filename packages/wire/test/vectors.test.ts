// vectors/wire.json: published for other implementations. UPDATE_VECTORS=1 writes it anew; a change of it is a change
// of the protocol and belongs into docs/protocol.md and the changelog.
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  authBytes,
  type ChainState,
  chainStates,
  chainStep,
  directRoom,
  encodeFromClient,
  encodeFromServer,
  formatLink,
  fromHex,
  idOf,
  type Link,
  leaveBytes,
  linkBytes,
  makeChainEntry,
  parseFromClient,
  parseFromServer,
  parseLink,
  roomIdOf,
  toHex,
  transcriptStart,
  transcriptStep,
  type UserName,
} from "../src/index.ts";
import { bytes, hash, key, port } from "./crypto.ts";
import { account, CLIENT_EXAMPLES, device, entryId, header, room, SERVER_EXAMPLES } from "./frame-examples.ts";

const path = new URL("../../../vectors/wire.json", import.meta.url);

/** JSON with bytes as hexadecimal. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, one) => (one instanceof Uint8Array ? toHex(one) : one)));

const joined = (link: Link) => formatLink(link);

function chain() {
  const [first, second, recovery, renewed] = [key(1), key(2), key(4), key(5)];
  const entries: { name: string; entry: Uint8Array }[] = [];
  const state = (): ChainState | undefined => {
    const states = chainStates(
      entries.map(({ entry }) => entry),
      port,
    );
    return states.ok ? states.value.at(-1) : undefined;
  };
  const time = 1_800_000_000_000;
  const draft = {
    kind: "create",
    name: "ann" as UserName,
    relay: bytes(32, 7),
    deviceKey: first.publicKey,
    recoveryKey: recovery.publicKey,
  } as const;
  entries.push({ name: "create", entry: makeChainEntry(undefined, draft, time, first.sign, recovery.sign) });
  const add = { kind: "add", deviceKey: second.publicKey, signer: first.publicKey } as const;
  entries.push({ name: "add", entry: makeChainEntry(state(), add, time + 1, first.sign, second.sign) });
  const rotate = { kind: "rotate-recovery", recoveryKey: renewed.publicKey } as const;
  entries.push({
    name: "rotate-recovery",
    entry: makeChainEntry(state(), rotate, time + 2, recovery.sign, renewed.sign),
  });
  const revoke = { kind: "revoke", deviceKey: first.publicKey, signer: renewed.publicKey } as const;
  entries.push({ name: "revoke by the recovery key", entry: makeChainEntry(state(), revoke, time + 3, renewed.sign) });
  return entries;
}

/** What the file should say. */
function made() {
  const entries = chain();
  const states = chainStates(
    entries.map(({ entry }) => entry),
    port,
  );
  if (!states.ok) throw new Error(states.error);
  const [one, two] = [entries[0]?.entry, entries[1]?.entry] as [Uint8Array, Uint8Array];
  const turned = new Uint8Array(two);
  turned[turned.length - 1] = (turned.at(-1) ?? 0) ^ 1;
  const message = {
    seq: 1,
    kind: "message",
    device,
    id: entryId,
    base: 0,
    header: bytes(0, 0),
    bytes: bytes(3, 1),
  } as const;
  const commit = { seq: 2, kind: "commit", device, id: entryId, base: 0, header, bytes: bytes(3, 2) } as const;
  const start = transcriptStart(room, hash);
  const next = transcriptStep(start, message, hash);
  const pin = bytes(32, 1);
  const other = idOf.account(bytes(32, 0x23));
  const links: { name: string; link: Link }[] = [
    { name: "a relay", link: { host: "chat.example", port: 7878, pin, accessPassword: undefined, room: undefined } },
    {
      name: "a relay with its access password",
      link: { host: "192.0.2.7", port: 443, pin, accessPassword: "open sesame & more", room: undefined },
    },
    {
      name: "a relay to be trusted on first use",
      link: { host: "[::1]", port: 1, pin: undefined, accessPassword: undefined, room: undefined },
    },
    {
      name: "a room",
      link: {
        host: "chat.example",
        port: 7878,
        pin,
        accessPassword: "sesame",
        room: { id: room, secret: bytes(32, 2) },
      },
    },
  ];
  return plain({
    comment: "Bytes are hexadecimal. What each field is: docs/protocol.md and packages/wire/proto.",
    clientFrames: Object.entries(CLIENT_EXAMPLES).map(([name, body]) => ({
      name,
      frame: encodeFromClient({ request: 5, body }),
      request: 5,
      body,
    })),
    serverFrames: Object.entries(SERVER_EXAMPLES).map(([name, body]) => ({
      name,
      frame: encodeFromServer({ request: 5, body }),
      request: 5,
      body,
    })),
    refusedClientFrames: [
      { name: "no body", frame: "0805", code: "malformed", field: "body" },
      { name: "request 0", frame: "8a0200", code: "out-of-bounds", field: "request" },
      { name: "a nonce of one byte", frame: "0805520512010a0801", code: "bad-length", field: "nonce" },
    ],
    deviceKeys: [1, 2, 4, 5].map((fill) => ({ seed: bytes(32, fill), publicKey: key(fill).publicKey })),
    chain: entries.map(({ name, entry }, index) => {
      const state = states.value[index];
      return {
        name,
        entry,
        hash: state?.hash,
        account: state?.account,
        recoveryKey: state?.recoveryKey,
        devices: state?.devices.map(({ id, key: publicKey }) => ({ id, key: publicKey })),
      };
    }),
    refusedChains: [
      { name: "a chain that begins with an add", entries: [two], error: "wrong-place" },
      { name: "the same entry twice", entries: [one, one], error: "wrong-place" },
      { name: "a countersignature with a bit turned", entries: [one, turned], error: "bad-signature" },
    ],
    transcript: {
      room,
      start,
      entries: [
        { ...message, hash: next },
        { ...commit, hash: transcriptStep(next, commit, hash) },
      ],
    },
    signed: [
      {
        name: "auth",
        fields: {
          relay: bytes(32, 1),
          account,
          device,
          clientNonce: bytes(32, 2),
          serverNonce: bytes(32, 3),
          version: 1,
          generation: bytes(16, 4),
          counter: 9,
        },
        bytes: authBytes({
          relay: bytes(32, 1),
          account,
          device,
          clientNonce: bytes(32, 2),
          serverNonce: bytes(32, 3),
          version: 1,
          generation: bytes(16, 4),
          counter: 9,
        }),
      },
      {
        name: "link",
        fields: { room, base: 6, account, device, leafKey: bytes(32, 5) },
        bytes: linkBytes({ room, base: 6, account, device, leafKey: bytes(32, 5) }),
      },
      {
        name: "leave",
        fields: { room, account, device, leafKey: bytes(32, 5) },
        bytes: leaveBytes({ room, account, device, leafKey: bytes(32, 5) }),
      },
    ],
    rooms: [{ creator: account, nonce: bytes(16, 6), room: roomIdOf(account, bytes(16, 6), hash) }],
    directRooms: [{ sides: [account, other], room: directRoom(account, other, hash) }],
    links: links.map(({ name, link }) => ({ name, text: joined(link), link })),
    refusedLinks: [
      { name: "a room without its secret", text: `sotto://h:1/r/${room}` },
      { name: "a secret without its room", text: joined(links[3]?.link as Link).replace(`r/${room}`, "") },
      { name: "a key twice", text: `${joined(links[0]?.link as Link)}&a=x&a=x` },
      { name: "port 0", text: "sotto://h:0/" },
    ],
  });
}

if (process.env.UPDATE_VECTORS === "1") writeFileSync(path, `${JSON.stringify(made(), undefined, 1)}\n`);
const published = JSON.parse(readFileSync(path, "utf8"));
const hex = (text: string) => fromHex(text) ?? bytes(0, 0);

test("the published vectors are what this implementation makes", () => {
  expect(published).toEqual(made());
});

describe("read from the file alone", () => {
  test.each(published.clientFrames as { name: string; frame: string; request: number; body: object }[])(
    "client: $name",
    ({ frame, request, body }) => {
      expect(plain(parseFromClient(hex(frame)))).toEqual({ ok: true, value: { request, body } });
    },
  );
  test.each(published.serverFrames as { name: string; frame: string; request: number; body: object }[])(
    "relay: $name",
    ({ frame, request, body }) => {
      expect(plain(parseFromServer(hex(frame)))).toEqual({ ok: true, value: { request, body } });
    },
  );
  test.each(published.refusedClientFrames as { name: string; frame: string; code: string; field: string }[])(
    "refused: $name",
    ({ frame, code, field }) => {
      expect(parseFromClient(hex(frame))).toEqual({ ok: false, error: { code, field } });
    },
  );
  test.each(published.refusedChains as { name: string; entries: string[]; error: string }[])(
    "refused: $name",
    ({ entries, error }) => {
      expect(chainStates(entries.map(hex), port)).toEqual({ ok: false, error });
    },
  );
  test("the chain, entry by entry", () => {
    let state: ChainState | undefined;
    for (const entry of published.chain as { name: string; entry: string; hash: string; account: string }[]) {
      const step = chainStep(state, hex(entry.entry), port);
      expect(step.ok, entry.name).toBe(true);
      if (step.ok) state = step.value;
      expect({ hash: toHex(state?.hash ?? bytes(0, 0)), account: state?.account }).toEqual({
        hash: entry.hash,
        account: entry.account,
      });
    }
  });
  test.each(published.links as { name: string; text: string; link: object }[])("link: $name", ({ text, link }) => {
    const parsed = parseLink(text);
    expect(plain(parsed)).toEqual(link);
    expect(parsed && formatLink(parsed)).toBe(text);
  });
  test.each(published.refusedLinks as { name: string; text: string }[])("refused link: $name", ({ text }) => {
    expect(parseLink(text)).toBeUndefined();
  });
});
