/** Leaves: who a member is. The credential is account id, device id and the chain prefix that proves them. */
import { type AccountId, concat, type DeviceId, idBytes, idOf, ROOM_INFO_EXTENSION } from "@sotto/wire";
import type { Capabilities, Credential } from "ts-mls";
import type { LeafNode } from "ts-mls/leafNode.js";

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

export function credentialOf(identity: Identity): Credential {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, identity.chainLength);
  return {
    credentialType: "basic",
    identity: concat(idBytes(identity.account), idBytes(identity.device), length, identity.chainHash),
  };
}

/** @returns undefined when the credential is not one of ours. */
export function identityOf(credential: Credential): Identity | undefined {
  if (credential.credentialType !== "basic" || credential.identity.length !== LENGTH) return undefined;
  const bytes = credential.identity;
  return {
    account: idOf.account(bytes.subarray(0, 32)),
    device: idOf.device(bytes.subarray(32, 48)),
    chainLength: new DataView(bytes.buffer, bytes.byteOffset).getUint32(48),
    chainHash: bytes.slice(52, 84),
  };
}

export function leafOf(node: LeafNode, index: number): Leaf | undefined {
  const identity = identityOf(node.credential);
  if (identity === undefined) return undefined;
  return { ...identity, index, signatureKey: node.signaturePublicKey, encryptionKey: node.hpkePublicKey };
}

/** Written by hand: the library's default is made up anew with each call. */
export const CAPABILITIES: Capabilities = {
  versions: ["mls10"],
  ciphersuites: ["MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"],
  extensions: [ROOM_INFO_EXTENSION],
  proposals: [],
  credentials: ["basic"],
};
