/** Leaves: who a member is. The credential is account id, device id and the chain prefix that proves them. */
import type { Capabilities, Member, Identity as MlsIdentity } from "@sotto/mls";
import { type AccountId, concat, type DeviceId, idBytes, idOf, ROOM_INFO_EXTENSION } from "@sotto/wire";

/** What a credential claims: judged against exactly that prefix of the account's device chain. */
export interface Identity {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly chainLength: number;
  readonly chainHash: Uint8Array;
}

/** A member's leaf. */
export interface Leaf extends Identity {
  readonly index: number;
  /** The device key. */
  readonly signatureKey: Uint8Array;
  readonly encryptionKey: Uint8Array;
}

/** This device, as it stands in groups. */
export interface Own extends Identity {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

const LENGTH = 32 + 16 + 4 + 32;

/** The identity of a basic credential. */
export function credentialOf(identity: Identity): Uint8Array {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, identity.chainLength);
  return concat(idBytes(identity.account), idBytes(identity.device), length, identity.chainHash);
}

/** @returns undefined when the credential is not one of ours. */
export function identityOf(bytes: Uint8Array): Identity | undefined {
  if (bytes.length !== LENGTH) return undefined;
  return {
    account: idOf.account(bytes.subarray(0, 32)),
    device: idOf.device(bytes.subarray(32, 48)),
    chainLength: new DataView(bytes.buffer, bytes.byteOffset).getUint32(48),
    chainHash: bytes.slice(52, 84),
  };
}

/** @returns undefined when the credential is not one of ours. */
export function leafOf({ identity, index, signatureKey, encryptionKey }: Omit<Member, "bytes">): Leaf | undefined {
  const claimed = identityOf(identity);
  return claimed && { ...claimed, index, signatureKey, encryptionKey };
}

/** A path keeps account and device; its chain prefix may grow. */
export function isSameDevice(before: Uint8Array, after: Uint8Array): boolean {
  const [was, is] = [identityOf(before), identityOf(after)];
  if (was === undefined || is === undefined) return false;
  return was.account === is.account && was.device === is.device && is.chainLength >= was.chainLength;
}

const CAPABILITIES: Capabilities = {
  versions: [1],
  suites: [1],
  extensions: [ROOM_INFO_EXTENSION],
  proposals: [],
  credentials: [1],
};

export function memberOf(own: Own): MlsIdentity {
  return {
    identity: credentialOf(own),
    signatureKey: own.publicKey,
    signaturePrivateKey: own.privateKey,
    capabilities: CAPABILITIES,
  };
}
