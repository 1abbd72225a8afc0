/** This device as others see it. */
import { assert } from "@sotto/wire";
import type { Own } from "../group/index.ts";
import type { Turn } from "../turn.ts";

/** The leaf that this device puts into groups: it names the whole chain as this device knows it. */
export function ownLeaf(turn: Turn): Own {
  const { account, device, privateKey } = turn.me;
  const chain = turn.state.contacts.get(account)?.states.at(-1);
  assert(chain !== undefined, "the own chain is known");
  const publicKey = turn.ports.crypto.publicKey(privateKey);
  return { account, device, chainLength: chain.length, chainHash: chain.hash, privateKey, publicKey };
}
