// Labels: what is signed or hashed for one thing is never what is signed or hashed for another.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  authBytes,
  chainBytes,
  chainEntryHash,
  deviceHash,
  directRoom,
  idOf,
  isRoomIdOf,
  leaveBytes,
  linkBytes,
  readmitBytes,
  roomIdOf,
  safetyWordsBytes,
  toHex,
  transcriptStart,
  transcriptStep,
  u64,
} from "../src/index.ts";
import { bytes, hash, key, port } from "./crypto.ts";

const any = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const account = any(32).map(idOf.account);
const device = any(16).map(idOf.device);
const room = any(32).map(idOf.room);
/** Bytes that somebody else may choose: also such as look like the beginning of another kind. */
const chosen = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.constantFrom("auth", "link", "chain").map(labelOf));

function labelOf(label: string): Uint8Array {
  const name = new TextEncoder().encode(`sotto 1 ${label}`);
  return Uint8Array.from([name.length, ...name]);
}

const identity = (data: Uint8Array) => data;
/** Every byte string that is signed, and every one that is hashed: what stands under the hash, not the hash. */
const kinds: Readonly<Record<string, fc.Arbitrary<Uint8Array>>> = {
  auth: fc
    .record({
      relay: any(32),
      account,
      device,
      clientNonce: any(32),
      serverNonce: any(32),
      version: fc.nat(),
      generation: any(16),
      counter: fc.maxSafeNat(),
    })
    .map(authBytes),
  chain: chosen.map((body) => chainBytes(body, false)),
  "chain counter": chosen.map((body) => chainBytes(body, true)),
  link: fc.record({ room, base: fc.maxSafeNat(), account, device, leafKey: any(32) }).map(linkBytes),
  leave: fc.record({ room, account, device, leafKey: any(32) }).map(leaveBytes),
  // Of a device without a leaf in the room the key is empty.
  readmit: fc.record({ room, account, device, leafKey: fc.oneof(any(32), any(0)) }).map(readmitBytes),
  "safety words": fc.tuple(account, account).map(([one, other]) => safetyWordsBytes(one, other)),
  "chain entry": chosen.map((entry) => chainEntryHash(entry, identity)),
  device: any(32).map((deviceKey) => {
    let seen: Uint8Array = deviceKey;
    deviceHash(deviceKey, (data) => {
      seen = data;
      return data;
    });
    return seen;
  }),
  direct: fc.tuple(account, account).map(([one, other]) => directRoom(one, other, identity)),
  room: room.map((id) => transcriptStart(id, identity)),
  "room id": fc.tuple(account, any(16)).map(([creator, nonce]) => {
    let seen: Uint8Array = nonce;
    roomIdOf(creator, nonce, (data) => {
      seen = data;
      return data;
    });
    return seen;
  }),
  transcript: fc
    .record({
      seq: fc.maxSafeNat(),
      kind: fc.constantFrom("message" as const, "commit" as const),
      device,
      id: any(16).map(idOf.entry),
      base: fc.maxSafeNat(),
      header: chosen,
      bytes: chosen,
    })
    .map((entry) => transcriptStep(bytes(32, 1), entry, identity)),
};

describe("every kind against every other", () => {
  const names = Object.keys(kinds);
  const pairs = names.flatMap((one) => names.filter((other) => other !== one).map((other) => [one, other] as const));

  test.each(pairs)("a signature of %s does not hold for %s", (one, other) => {
    const { publicKey, sign } = key(1);
    const [mine, theirs] = [kinds[one], kinds[other]];
    if (mine === undefined || theirs === undefined) throw new Error("a kind");
    fc.assert(
      fc.property(mine, theirs, (message, claimed) => {
        expect(port.verify(publicKey, message, sign(message))).toBe(true);
        expect(port.verify(publicKey, claimed, sign(message))).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  test("no kind is missing here: the labels are exactly those of the source", () => {
    const source = readFileSync(new URL("../src/signed.ts", import.meta.url), "utf8");
    const union = /^type Label =\n((?: {2}\| "[a-z ]+";?\n)+)/m.exec(source)?.[1] ?? "";
    const labels = [...union.matchAll(/"([a-z ]+)"/g)].map(([, label]) => label);
    expect(labels.length).toBeGreaterThan(10);
    expect(labels.toSorted()).toEqual(names.toSorted());
    for (const name of names) {
      const [sample] = fc.sample(kinds[name] as fc.Arbitrary<Uint8Array>, 1);
      expect(toHex(sample ?? bytes(0, 0)).startsWith(toHex(labelOf(name)))).toBe(true);
    }
  });

  test("the labels alone tell them apart: none is the beginning of another", () => {
    const heads = names.map((name) => fc.sample(kinds[name] as fc.Arbitrary<Uint8Array>, 1)[0] as Uint8Array);
    const labels = heads.map((head) => toHex(head.subarray(0, 1 + (head[0] ?? 0))));
    expect(new Set(labels).size).toBe(names.length);
    for (const one of labels) for (const other of labels) if (one !== other) expect(other.startsWith(one)).toBe(false);
  });

  test("an MLS signature is none of ours: its label begins otherwise", () => {
    // RFC 9420 section 5.1.2: SignContent begins with the length of "MLS 1.0 " + label, then that text.
    for (const arbitrary of Object.values(kinds)) {
      const [sample] = fc.sample(arbitrary, 1);
      expect(new TextDecoder().decode(sample?.subarray(1, 9))).toBe("sotto 1 ");
    }
  });
});

describe("every field counts", () => {
  const auth = {
    relay: bytes(32, 1),
    account: idOf.account(bytes(32, 2)),
    device: idOf.device(bytes(16, 3)),
    clientNonce: bytes(32, 4),
    serverNonce: bytes(32, 5),
    version: 1,
    generation: bytes(16, 6),
    counter: 7,
  };
  const others = {
    relay: bytes(32, 9),
    account: idOf.account(bytes(32, 9)),
    device: idOf.device(bytes(16, 9)),
    clientNonce: bytes(32, 9),
    serverNonce: bytes(32, 9),
    version: 2,
    generation: bytes(16, 9),
    counter: 8,
  };
  test.each(Object.keys(auth))("of a Resume: %s", (field) => {
    const changed = { ...auth, [field]: others[field as keyof typeof others] };
    expect(authBytes(changed)).not.toEqual(authBytes(auth));
  });

  const join = {
    room: idOf.room(bytes(32, 1)),
    base: 1,
    account: idOf.account(bytes(32, 2)),
    device: idOf.device(bytes(16, 3)),
    leafKey: bytes(32, 4),
  };
  test.each([
    { room: idOf.room(bytes(32, 9)) },
    { base: 2 },
    { account: idOf.account(bytes(32, 9)) },
    { device: idOf.device(bytes(16, 9)) },
    { leafKey: bytes(32, 9) },
  ])("of a join by link, of a leave and of a readmission: %o", (part) => {
    expect(linkBytes({ ...join, ...part })).not.toEqual(linkBytes(join));
    if ("base" in part) return;
    expect(leaveBytes({ ...join, ...part })).not.toEqual(leaveBytes(join));
    expect(readmitBytes({ ...join, ...part })).not.toEqual(readmitBytes(join));
  });

  test("of safety words: both accounts, in either order", () => {
    const [one, other, third] = [2, 3, 4].map((fill) => idOf.account(bytes(32, fill))) as [
      typeof join.account,
      typeof join.account,
      typeof join.account,
    ];
    expect(safetyWordsBytes(one, other)).toEqual(safetyWordsBytes(other, one));
    expect(safetyWordsBytes(one, third)).not.toEqual(safetyWordsBytes(one, other));
    expect(safetyWordsBytes(third, other)).not.toEqual(safetyWordsBytes(one, other));
  });

  const entry = {
    seq: 1,
    kind: "message" as const,
    device: idOf.device(bytes(16, 1)),
    id: idOf.entry(bytes(16, 2)),
    base: 0,
    header: bytes(2, 3),
    bytes: bytes(2, 4),
  };
  test.each([
    { seq: 2 },
    { kind: "commit" as const },
    { device: idOf.device(bytes(16, 9)) },
    { id: idOf.entry(bytes(16, 9)) },
    { base: 1 },
    { header: bytes(1, 3), bytes: Uint8Array.of(3, 4, 4) },
    { header: bytes(0, 0) },
    { bytes: bytes(0, 0) },
  ])("of a transcript: %o", (part) => {
    const start = transcriptStart(join.room, hash);
    expect(transcriptStep(start, { ...entry, ...part }, hash)).not.toEqual(transcriptStep(start, entry, hash));
    expect(transcriptStep(bytes(32, 0), entry, hash)).not.toEqual(transcriptStep(start, entry, hash));
  });

  test("a direct room is the same from both sides", () => {
    const [one, other] = [join.account, idOf.account(bytes(32, 5))];
    expect(directRoom(one, other, hash)).toEqual(directRoom(other, one, hash));
    expect(directRoom(one, one, hash)).not.toEqual(directRoom(one, other, hash));
  });

  test("a room id is its creator's alone, with its own nonce", () => {
    const [creator, other] = [join.account, idOf.account(bytes(32, 5))];
    const own = roomIdOf(creator, bytes(16, 6), hash);
    expect(own.subarray(0, 16)).toEqual(bytes(16, 6));
    expect(own).toHaveLength(32);
    expect(isRoomIdOf(idOf.room(own), creator, hash)).toBe(true);
    expect(isRoomIdOf(idOf.room(own), other, hash)).toBe(false);
    expect(roomIdOf(other, bytes(16, 6), hash)).not.toEqual(own);
    expect(roomIdOf(creator, bytes(16, 7), hash).subarray(16)).not.toEqual(own.subarray(16));
    expect(() => roomIdOf(creator, bytes(17, 6), hash)).toThrow("16 bytes");
    for (const index of own.keys()) {
      const turned = own.map((byte, at) => (at === index ? byte ^ 1 : byte));
      expect(isRoomIdOf(idOf.room(turned), creator, hash)).toBe(false);
    }
  });

  test("a direct room is no account's own", () => {
    fc.assert(
      fc.property(account, account, (one, other) => {
        const direct = idOf.room(directRoom(one, other, hash));
        expect(isRoomIdOf(direct, one, hash) || isRoomIdOf(direct, other, hash)).toBe(false);
      }),
    );
  });

  test("a number is eight bytes, high byte first, up to the largest seq", () => {
    expect(toHex(u64(0x0102030405))).toBe("0000000102030405");
    expect(toHex(u64(Number.MAX_SAFE_INTEGER))).toBe("001fffffffffffff");
  });
});
