/** What a relay can make by itself: keys, chains and key packages that hold in every respect but whose they are. */
import { type ChainDraft, type ChainState, chainStates, type DeviceRef, makeChainEntry, userName } from "@sotto/wire";
import { groupSuite, makeKeyPackage, type Own } from "../../packages/core/src/group/index.ts";
import { chainPort } from "../../packages/core/src/identity/contacts.ts";
import { nodeCrypto } from "../../packages/node/src/crypto.ts";

export const crypto = nodeCrypto();
const suite = groupSuite(crypto);

interface Key {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

export function makeKey(): Key {
  const privateKey = crypto.random(32);
  return {
    privateKey,
    publicKey: crypto.publicKey(privateKey),
    sign: (message) => crypto.sign(privateKey, message),
  };
}

export function chainOf(entries: readonly Uint8Array[]): ChainState {
  const states = chainStates(entries, chainPort(crypto));
  const last = states.ok ? states.value.at(-1) : undefined;
  if (last === undefined) throw new Error("the chain holds");
  return last;
}

export interface Invented extends DeviceRef {
  readonly entries: readonly Uint8Array[];
  /** A key package of its one device. */
  readonly keyPackage: Uint8Array;
}

/** A whole account under any name, with a chain that holds. */
export function invent(text: string, relay: Uint8Array): Invented {
  const name = userName(text);
  if (name === undefined) throw new Error("a name is a name");
  const [device, recovery] = [makeKey(), makeKey()];
  const draft = { kind: "create", name, relay, deviceKey: device.publicKey, recoveryKey: recovery.publicKey } as const;
  const entries = [makeChainEntry(undefined, draft, Date.now(), device.sign, recovery.sign)];
  const { account, devices, hash } = chainOf(entries);
  const id = devices[0]?.id;
  if (id === undefined) throw new Error("an account has a device");
  const own = { account, device: id, chainLength: 1, chainHash: hash, ...device };
  return { account, device: id, entries, keyPackage: packageOf(own) };
}

/** @param own - whose it says it is, and the key that signs it. */
export function packageOf(own: Own, now = Date.now()): Uint8Array {
  return makeKeyPackage(suite, own, now, false).bytes;
}

/** One more entry on somebody's chain, signed by a key of the relay's own in the place of the right one. */
export function forgedEntry(entries: readonly Uint8Array[], kind: "add" | "revoke" | "rotate-recovery"): Uint8Array {
  const [before, key, thief] = [chainOf(entries), makeKey(), makeKey()];
  const signer = before.devices[0]?.key;
  if (signer === undefined) throw new Error("an account has a device");
  const draft: ChainDraft =
    kind === "rotate-recovery"
      ? { kind, recoveryKey: key.publicKey }
      : { kind, deviceKey: kind === "add" ? key.publicKey : signer, signer };
  return makeChainEntry(before, draft, Date.now(), thief.sign, kind === "revoke" ? undefined : key.sign);
}
