/** This device as others see it. */
import { assert } from "@sotto/wire";
import { type Group, leafOfDevice, type Own } from "../group/index.ts";
import type { Turn } from "../turn.ts";
import type { ChainMark } from "./devices.ts";

/** The leaf that this device puts into groups: it names the whole chain as this device knows it. */
export function ownLeaf(turn: Turn): Own {
  const { account, device, privateKey } = turn.me;
  const chain = turn.state.contacts.get(account)?.states.at(-1);
  assert(chain !== undefined, "the own chain is known");
  const publicKey = turn.ports.crypto.publicKey(privateKey);
  return { account, device, chainLength: chain.length, chainHash: chain.hash, privateKey, publicKey };
}

/** The own chain, for those who know it from a leaf of this device that is older; undefined when the leaf says all. */
export function ownClaim(turn: Turn, group: Group): ChainMark | undefined {
  const newest = turn.state.contacts.get(turn.me.account)?.states.at(-1);
  // No leaf is older than a chain of one.
  if (newest === undefined || newest.length === 1) return undefined;
  const leaf = leafOfDevice(group, turn.me.device);
  return leaf !== undefined && leaf.chainLength < newest.length
    ? { length: newest.length, hash: newest.hash }
    : undefined;
}
