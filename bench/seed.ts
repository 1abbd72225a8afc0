/**
 * A data folder with accounts in it, written through the relay's own store before the relay starts. Signing up costs a
 * quarter of a second of Argon2 for each account and is not what is measured here; a device that is in the store
 * resumes with its key alone.
 */
import { randomBytes } from "node:crypto";
import { nodeCrypto } from "@sotto/node";
import { sqliteStore, systemRandom } from "@sotto/relay";
import {
  type AccountId,
  chainEntryHash,
  type DeviceId,
  deviceHash,
  idOf,
  makeChainEntry,
  type UserName,
  userName,
} from "@sotto/wire";
import { databaseFile, openKeys, type RelayKeys } from "../packages/relay/src/key-file.ts";

export interface Device {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly key: Uint8Array;
  readonly name: UserName;
  readonly totpSecret: Uint8Array;
}

/** Makes what the relay keeps of a password, with the relay's own half. */
export type Registration = (name: UserName, keys: Pick<RelayKeys, "opaqueSetup" | "relay">) => Uint8Array;

export interface Seeded {
  readonly data: string;
  readonly rootCertificate: string;
  readonly leafCertificate: string;
  readonly leafKey: string;
  readonly devices: readonly Device[];
}

const { sha256, publicKey, sign } = nodeCrypto();
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

/** @param registration - by default nobody can sign in with a password, and nobody will. */
export async function seed(data: string, count: number, registration?: Registration): Promise<Seeded> {
  const now = Date.now();
  const keys = await openKeys(data, systemRandom, now);
  await using store = await sqliteStore({ file: databaseFile(data), key: keys.databaseKey, generation: random(16) });
  const devices: Device[] = [];
  const writes: Promise<unknown>[] = [];
  for (let index = 0; index < count; index++) {
    const [key, recovery] = [random(32), random(32)];
    const name = userName(`bench${index}`)!;
    const draft = {
      kind: "create",
      name,
      relay: keys.relay,
      deviceKey: publicKey(key),
      recoveryKey: publicKey(recovery),
    } as const;
    const countersign = (message: Uint8Array): Uint8Array => sign(recovery, message);
    const chainEntry = makeChainEntry(undefined, draft, now, (message) => sign(key, message), countersign);
    const account = idOf.account(chainEntryHash(chainEntry, sha256));
    const device = idOf.device(deviceHash(draft.deviceKey, sha256));
    const totpSecret = random(20);
    devices.push({ account, device, key, name, totpSecret });
    writes.push(
      store.hold(
        {
          id: account,
          name,
          registration: registration?.(name, keys) ?? random(192),
          totpSecret,
          heldUntil: now + 3_600_000,
          chainEntry,
          device: { id: device, key: draft.deviceKey },
        },
        now,
      ),
      store.confirm(account, 1, [], now),
    );
  }
  await Promise.all(writes);
  const { rootCertificate, leafCertificate, leafKey } = keys;
  return { data, rootCertificate, leafCertificate, leafKey, devices };
}
