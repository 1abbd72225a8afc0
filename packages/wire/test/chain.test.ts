// Device chains: what each kind of entry does, and one row for each reason to refuse one.
import { describe, expect, test } from "vitest";
import {
  type ChainDraft,
  type ChainState,
  chainStates,
  chainStep,
  concat,
  LIMITS,
  makeChainEntry,
  toHex,
  type UserName,
} from "../src/index.ts";
import { bytes, type Key, key, port } from "./crypto.ts";

const [first, second, third, recovery, newRecovery, stranger] = [1, 2, 3, 4, 5, 6].map(key) as [
  Key,
  Key,
  Key,
  Key,
  Key,
  Key,
];
const relay = bytes(32, 7);
const name = "ann" as UserName;
const time = 1_800_000_000_000;

const create = (part: object = {}, by = first, counter = recovery) =>
  makeChainEntry(
    undefined,
    {
      kind: "create",
      name,
      relay,
      deviceKey: first.publicKey,
      recoveryKey: recovery.publicKey,
      ...part,
    } as ChainDraft,
    time,
    by.sign,
    counter.sign,
  );

const after = (...entries: Uint8Array[]): ChainState => {
  const states = chainStates(entries, port);
  if (!states.ok) throw new Error(states.error);
  return states.value.at(-1) as ChainState;
};

const add = (before: ChainState, device = second, by = first, signed = by, counter = device) =>
  makeChainEntry(
    before,
    { kind: "add", deviceKey: device.publicKey, signer: by.publicKey },
    time + 1,
    signed.sign,
    counter.sign,
  );
const revoke = (before: ChainState, device = second, by = first) =>
  makeChainEntry(before, { kind: "revoke", deviceKey: device.publicKey, signer: by.publicKey }, time + 2, by.sign);
const rotate = (before: ChainState, by = recovery, counter = newRecovery) =>
  makeChainEntry(
    before,
    { kind: "rotate-recovery", recoveryKey: newRecovery.publicKey },
    time + 3,
    by.sign,
    counter.sign,
  );

const keysOf = (state: ChainState) => state.devices.map((device) => toHex(device.key));
const one = after(create());
const two = after(create(), add(one));

describe("a chain", () => {
  test("begins with a device and a recovery key, and its account id is the hash of that", () => {
    expect(one).toMatchObject({ name: "ann", length: 1, recoveryKey: recovery.publicKey, relay });
    expect(keysOf(one)).toEqual([toHex(first.publicKey)]);
    expect(one.account).toBe(toHex(one.hash));
    expect(after(create({ name: "bob" as UserName })).account).not.toBe(one.account);
  });

  test("takes a device in by another device, or by the recovery key", () => {
    expect(keysOf(two)).toEqual([first, second].map((device) => toHex(device.publicKey)));
    expect(keysOf(after(create(), add(one, second, recovery)))).toEqual(keysOf(two));
    expect(two.account).toBe(one.account);
  });

  test("takes a device out by another device, itself, or the recovery key", () => {
    expect(keysOf(after(create(), add(one), revoke(two)))).toEqual(keysOf(one));
    expect(keysOf(after(create(), add(one), revoke(two, second, second)))).toEqual(keysOf(one));
    expect(keysOf(after(create(), add(one), revoke(two, first, recovery)))).toEqual([toHex(second.publicKey)]);
  });

  test("changes its recovery key by the old one", () => {
    const turned = after(create(), rotate(one));
    expect(turned.recoveryKey).toEqual(newRecovery.publicKey);
    expect(chainStep(turned, add(turned, second, newRecovery), port).ok).toBe(true);
    expect(chainStep(turned, add(turned, second, recovery), port)).toEqual({ ok: false, error: "unknown-signer" });
  });

  test("gives every state on the way", () => {
    const states = chainStates([create(), add(one), revoke(two)], port);
    expect(states.ok && states.value.map((state) => state.devices.length)).toEqual([1, 2, 1]);
    expect(states.ok && new Set(states.value.map((state) => toHex(state.hash))).size).toBe(3);
  });

  test("with a fault anywhere is refused whole", () => {
    expect(chainStates([create(), add(two)], port)).toEqual({ ok: false, error: "wrong-place" });
  });
});

/** Replaces the first occurrence of `from`, in an entry whose signatures then no longer hold. */
function changed(entry: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  const place = entry.findIndex((_, index) => from.every((byte, step) => entry[index + step] === byte));
  expect(place).toBeGreaterThanOrEqual(0);
  return concat(entry.subarray(0, place), to, entry.subarray(place + from.length));
}

const full: ChainState = { ...one, length: LIMITS.chainEntriesMax };
const elsewhere = { ...one, hash: bytes(32, 9) };
const revoked = after(create(), add(one), revoke(two));

describe("refused", () => {
  test.each([
    { why: "bytes that are no entry", state: undefined, entry: bytes(9, 255), error: "malformed" },
    { why: "no bytes", state: undefined, entry: bytes(0, 0), error: "malformed" },
    {
      why: "an entry over the limit",
      state: undefined,
      entry: bytes(LIMITS.chainEntryBytesMax + 1, 0),
      error: "malformed",
    },
    { why: "a first entry that adds", state: undefined, entry: add(one), error: "wrong-place" },
    { why: "a second entry that creates", state: one, entry: create(), error: "wrong-place" },
    { why: "a name in capitals", state: undefined, entry: create({ name: "Ann" }), error: "bad-name" },
    { why: "a reserved name", state: undefined, entry: create({ name: "admin" }), error: "bad-name" },
    { why: "a Cyrillic name", state: undefined, entry: create({ name: "\u0430nn" }), error: "bad-name" },
    { why: "no relay", state: undefined, entry: create({ relay: bytes(0, 0) }), error: "malformed" },
    {
      why: "a creation that another device signed",
      state: undefined,
      entry: create({}, second),
      error: "bad-signature",
    },
    {
      why: "a creation that the recovery key did not countersign",
      state: undefined,
      entry: create({}, first, stranger),
      error: "bad-signature",
    },
    {
      why: "a creation that was changed",
      state: undefined,
      entry: changed(create(), relay, bytes(32, 8)),
      error: "bad-signature",
    },
    {
      why: "a device key of another length",
      state: undefined,
      entry: create({ deviceKey: bytes(31, 1) }),
      error: "malformed",
    },
    {
      why: "a recovery key of another length",
      state: undefined,
      entry: create({ recoveryKey: bytes(33, 1) }),
      error: "malformed",
    },
    { why: "another chain before it", state: one, entry: add(elsewhere), error: "wrong-place" },
    { why: "a number that was skipped", state: one, entry: add(two, third), error: "wrong-place" },
    { why: "the same entry again", state: two, entry: add(one), error: "wrong-place" },
    { why: "one entry too many", state: full, entry: add(full), error: "malformed" },
    { why: "a stranger's signature", state: one, entry: add(one, second, stranger), error: "unknown-signer" },
    { why: "a device that signs itself in", state: one, entry: add(one, second, second), error: "unknown-signer" },
    { why: "a revoked device that signs", state: revoked, entry: add(revoked, third, second), error: "unknown-signer" },
    { why: "a signer who did not sign", state: one, entry: add(one, second, first, stranger), error: "bad-signature" },
    {
      why: "a new device that did not countersign",
      state: one,
      entry: add(one, second, first, first, stranger),
      error: "bad-signature",
    },
    { why: "a device that is in already", state: two, entry: add(two, second), error: "device-known" },
    { why: "a device that is not in", state: one, entry: revoke(one, second), error: "device-unknown" },
    { why: "a device that is out already", state: revoked, entry: revoke(revoked, second), error: "device-unknown" },
    {
      why: "a recovery key changed by a device",
      state: one,
      entry: makeChainEntry(
        { ...one, recoveryKey: first.publicKey },
        { kind: "rotate-recovery", recoveryKey: newRecovery.publicKey },
        time,
        first.sign,
        newRecovery.sign,
      ),
      error: "unknown-signer",
    },
    {
      why: "a new recovery key that did not countersign",
      state: one,
      entry: rotate(one, recovery, stranger),
      error: "bad-signature",
    },
  ])("$why", ({ state, entry, error }) => {
    expect(chainStep(state, entry, port)).toEqual({ ok: false, error });
  });

  test("an entry cut anywhere, or with a bit turned anywhere", () => {
    const entry = add(one);
    for (let end = 0; end < entry.length; end++) expect(chainStep(one, entry.subarray(0, end), port).ok).toBe(false);
    for (let index = 0; index < entry.length; index++) {
      const turned = new Uint8Array(entry);
      turned[index] = (turned[index] ?? 0) ^ (1 << (index % 8));
      expect(chainStep(one, turned, port).ok, `byte ${index}`).toBe(false);
    }
  });

  test("an entry in another spelling: who carries it could give one account two ids, and every chain two ends", () => {
    // A field that nobody knows, after the entry: the signatures cover the body alone.
    const padded = concat(create(), Uint8Array.of(0x7a, 1, 0));
    expect(chainStep(undefined, padded, port)).toEqual({ ok: false, error: "malformed" });
  });
});
