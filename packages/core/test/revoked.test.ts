// core/rooms/revoked: a removal is proven by exactly the prefix of a chain that the commit names.
import { type AccountId, type ChainState, chainStates, idOf, makeChainEntry } from "@sotto/wire";
import { describe, expect, test } from "vitest";
import { nodeCrypto } from "../../node/src/crypto.ts";
import type { Leaf } from "../src/group/index.ts";
import { type Contact, chainPort, readContact } from "../src/identity/contacts.ts";
import { changesSince, devicesEver, revokedLeaves } from "../src/identity/devices.ts";
import { chainPoints, provenRevoked, unknownChains } from "../src/rooms/revoked.ts";

const crypto = nodeCrypto();
const fill = (value: number) => new Uint8Array(32).fill(value);
const relay = fill(9);
const sign = (key: Uint8Array) => (message: Uint8Array) => crypto.sign(key, message);
const pub = (key: Uint8Array) => crypto.publicKey(key);

/** create, add, revoke of that device, add of it once more (which no honest relay takes). */
function contactOf(name: string, seed: number): Contact {
  const [one, two, recovery] = [fill(seed), fill(seed + 1), fill(seed + 2)];
  const entries: Uint8Array[] = [];
  const last = (): ChainState | undefined => {
    const states = chainStates(entries, chainPort(crypto));
    return states.ok ? states.value.at(-1) : undefined;
  };
  const create = { kind: "create", name, relay, deviceKey: pub(one), recoveryKey: pub(recovery) } as const;
  entries.push(makeChainEntry(undefined, create as never, 1, sign(one), sign(recovery)));
  const add = { kind: "add", deviceKey: pub(two), signer: pub(one) } as const;
  entries.push(makeChainEntry(last(), add, 2, sign(one), sign(two)));
  entries.push(makeChainEntry(last(), { kind: "revoke", deviceKey: pub(two), signer: pub(one) }, 3, sign(one)));
  entries.push(makeChainEntry(last(), { ...add, signer: pub(recovery) }, 4, sign(recovery), sign(two)));
  const account = last()?.account as AccountId;
  const contact = readContact(crypto, relay, { account, entries, conflict: false });
  if (contact === undefined) throw new Error("the chain holds");
  return contact;
}

const ann = contactOf("ann", 10);
const bob = contactOf("bob", 20);
const contacts = new Map([ann, bob].map((contact) => [contact.account, contact]));
const [own, second] = devicesEver(ann.states);

function leafOf(contact: Contact, device: typeof own, chainLength: number): Leaf {
  if (device === undefined) throw new Error("a device");
  const chainHash = contact.states[chainLength - 1]?.hash ?? fill(0);
  const { account } = contact;
  const { id, key } = device;
  return { account, device: id, chainLength, chainHash, index: 0, signatureKey: key, encryptionKey: key };
}

const old = leafOf(ann, second, 2);
const point = (contact: Contact, length: number, hash = contact.states[length - 1]?.hash ?? fill(0)) => ({
  account: contact.account,
  length,
  hash,
});
const judged = (leaf: Leaf, ...points: ReturnType<typeof point>[]) => [
  ...provenRevoked(contacts, [leafOf(ann, own, 1), leaf], points),
];

describe("a device is proven to be revoked", () => {
  test("by the prefix in which it is not any more", () => {
    expect(judged(old, point(ann, 3))).toEqual([second?.id]);
    expect(judged(old, point(bob, 3), point(ann, 3))).toEqual([second?.id]);
  });

  test.each([
    { name: "without a point", points: [] },
    { name: "by a prefix from before it came", points: [point(ann, 1)] },
    { name: "by a prefix in which it is", points: [point(ann, 2)] },
    { name: "by a prefix in which it is again", points: [point(ann, 4)] },
    { name: "by another hash at that length", points: [point(ann, 3, fill(3))] },
    { name: "by another account's chain", points: [point(bob, 3)] },
    { name: "by a length that the chain does not have", points: [point(ann, 5)] },
  ])("not $name", ({ points }) => {
    expect(judged(old, ...points)).toEqual([]);
  });

  test("not by a prefix that is shorter than the one which brought its leaf in again", () => {
    expect(judged(leafOf(ann, second, 4), point(ann, 3))).toEqual([]);
  });

  test("and nobody else of its account with it", () => {
    expect(provenRevoked(contacts, [leafOf(ann, own, 1)], [point(ann, 3)]).size).toBe(0);
  });
});

test("chains are missing that are named for a member and longer than known", () => {
  const stranger = { account: idOf.account(fill(7)), length: 1, hash: fill(1) };
  expect(unknownChains(contacts, [old], [point(ann, 4), stranger, point(bob, 9)])).toEqual([]);
  expect(unknownChains(contacts, [old], [point(ann, 5), point(ann, 6)])).toEqual([ann.account]);
  expect(unknownChains(new Map(), [old], [point(ann, 1)])).toEqual([ann.account]);
});

test("leaves are revoked by the newest known chain, and a commit names that one for them", () => {
  const shorter = new Map([[ann.account, { ...ann, states: ann.states.slice(0, 3) }]]);
  const members = [leafOf(ann, own, 1), old];
  expect(revokedLeaves(shorter, members)).toEqual([old]);
  // It is in the chain again: nobody takes it out.
  expect(revokedLeaves(contacts, members)).toEqual([]);
  expect(revokedLeaves(shorter, members)).toEqual([old]);
  expect(chainPoints(shorter, [old, old])).toEqual([point(ann, 3)]);
});

test("each entry above a length is a change, with who signed it", () => {
  expect(changesSince(ann.states, 1)).toEqual([
    { kind: "added", byRecovery: false },
    { kind: "revoked", byRecovery: false },
    { kind: "added", byRecovery: true },
  ]);
  expect(changesSince(ann.states, 4)).toEqual([]);
});

test("a device keeps the place in which it first came", () => {
  expect(devicesEver(ann.states).map(({ addedAt }) => addedAt)).toEqual([1, 2]);
});
