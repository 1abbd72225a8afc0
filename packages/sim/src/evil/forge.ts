/** What a relay can make by itself: keys, chains and key packages that hold in every respect but whose they are. */

import { groupSuite, makeKeyPackage, type Own } from "@sotto/core/group";
import { nodeCrypto } from "@sotto/node";
import {
  type ChainDraft,
  type ChainState,
  chainStates,
  type DeviceId,
  type DeviceRef,
  makeChainEntry,
  type UserName,
} from "@sotto/wire";
import type { EvilRelay } from "./evil-relay.ts";

export interface Key {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

const plain = nodeCrypto();

export const publicKeyOf = (privateKey: Uint8Array): Uint8Array => plain.publicKey(privateKey);

export function makeKey({ dice }: EvilRelay): Key {
  const privateKey = dice.bytes(32);
  return { privateKey, publicKey: plain.publicKey(privateKey), sign: (message) => plain.sign(privateKey, message) };
}

const statesOf = (entries: readonly Uint8Array[]) =>
  chainStates(entries, {
    hash: (bytes) => plain.sha256(bytes),
    verify: (key, message, signature) => plain.verify(key, message, signature),
  });

export function chainOf(entries: readonly Uint8Array[]): ChainState | undefined {
  const states = statesOf(entries);
  return states.ok ? states.value.at(-1) : undefined;
}

/** Every device that a chain ever had. */
export function everIn(entries: readonly Uint8Array[]): readonly DeviceId[] {
  const states = statesOf(entries);
  return states.ok ? states.value.flatMap(({ devices }) => devices.map(({ id }) => id)) : [];
}

export interface Invented extends DeviceRef {
  readonly entries: readonly Uint8Array[];
  readonly keyPackage: Uint8Array;
}

/** A whole account under any name, with a chain that holds. */
export function invent(evil: EvilRelay, name: UserName): Invented | undefined {
  const [device, recovery] = [makeKey(evil), makeKey(evil)];
  const { now } = evil.world.loop;
  const relay = evil.world.relay.pin;
  const draft = { kind: "create", name, relay, deviceKey: device.publicKey, recoveryKey: recovery.publicKey } as const;
  const entries = [makeChainEntry(undefined, draft, now, device.sign, recovery.sign)];
  const chain = chainOf(entries);
  const id = chain?.devices[0]?.id;
  if (chain === undefined || id === undefined) return undefined;
  const own = { account: chain.account, device: id, chainLength: 1, chainHash: chain.hash, ...device };
  return { account: chain.account, device: id, entries, keyPackage: packageOf(evil, own) };
}

/** @param own - whose it says it is, and the key that signs it. */
export function packageOf(evil: EvilRelay, own: Own, now = evil.world.loop.now): Uint8Array {
  const suite = groupSuite(nodeCrypto((length) => evil.dice.bytes(length)));
  return makeKeyPackage(suite, own, now, false).bytes;
}

/** One more entry on somebody's chain, signed by a key of the relay's own in the place of the right one. */
export function forgedEntry(
  evil: EvilRelay,
  entries: readonly Uint8Array[],
  kind: "add" | "revoke" | "rotate-recovery",
): Uint8Array | undefined {
  const [before, key, thief] = [chainOf(entries), makeKey(evil), makeKey(evil)];
  const signer = before?.devices[0]?.key;
  if (before === undefined || signer === undefined) return undefined;
  const draft: ChainDraft =
    kind === "rotate-recovery"
      ? { kind, recoveryKey: key.publicKey }
      : { kind, deviceKey: kind === "add" ? key.publicKey : signer, signer };
  const { now } = evil.world.loop;
  return makeChainEntry(before, draft, now, thief.sign, kind === "revoke" ? undefined : key.sign);
}
