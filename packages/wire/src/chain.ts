/**
 * The device chain (docs/protocol.md, section 7): an account's signed list of devices. Pure: hash and verify are arguments, so
 * that the relay and every client judge with the same code.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { EMPTY, equalBytes } from "./bytes.ts";
import { decode } from "./frames/read.ts";
import * as pb from "./gen/sotto/wire/v1/chain_pb.js";
import { type AccountId, type DeviceId, idOf, type UserName, userName } from "./ids.ts";
import { LIMITS } from "./limits.ts";
import { fail, ok, type Result } from "./result.ts";
import { chainBytes, chainEntryHash, deviceHash, type Hash, type Verify } from "./signed.ts";

export interface ChainDevice {
  readonly id: DeviceId;
  /** Ed25519. */
  readonly key: Uint8Array;
  readonly addedAt: number;
}

/** What a chain says after its first `length` entries. */
export interface ChainState {
  readonly account: AccountId;
  readonly name: UserName;
  readonly relay: Uint8Array;
  readonly length: number;
  /** Hash of the last entry. */
  readonly hash: Uint8Array;
  readonly recoveryKey: Uint8Array;
  /** Devices that are in the chain and not revoked. */
  readonly devices: readonly ChainDevice[];
  /** The recovery key signed the last entry. */
  readonly byRecovery: boolean;
}

export type ChainFault =
  | "malformed"
  | "wrong-place"
  | "bad-name"
  | "unknown-signer"
  | "bad-signature"
  | "device-known"
  | "device-unknown";

export interface ChainPort {
  readonly hash: Hash;
  readonly verify: Verify;
}

/**
 * Judges one entry against the chain before it, and gives the chain after it.
 *
 * @param state - the chain so far; undefined before the first entry.
 */
export function chainStep(
  state: ChainState | undefined,
  entryBytes: Uint8Array,
  port: ChainPort,
): Result<ChainState, ChainFault> {
  const parsed = parse(entryBytes);
  if (parsed === undefined) return fail("malformed");
  const { entry, body } = parsed;
  // What a kind has no use for is empty, and keys have their length: a chain of the longest length fits one frame.
  const countersignatureBytes = body.kind === pb.ChainKind.REVOKE ? 0 : 64;
  const isSigned = entry.signature.length === 64 && entry.countersignature.length === countersignatureBytes;
  if (!hasFieldsOfKind(body) || !isSigned) return fail("malformed");
  const signed = (key: Uint8Array) =>
    key.length === 32 && port.verify(key, chainBytes(entry.body, false), entry.signature);
  const countersigned = (key: Uint8Array) =>
    key.length === 32 && port.verify(key, chainBytes(entry.body, true), entry.countersignature);
  const hash = chainEntryHash(entryBytes, port.hash);
  const time = Number(body.time);

  if (state === undefined) {
    if (body.kind !== pb.ChainKind.CREATE || body.seq !== 1 || body.previous.length !== 0) return fail("wrong-place");
    const name = userName(body.name);
    if (name === undefined || name !== body.name) return fail("bad-name");
    if (body.relay.length !== 32) return fail("malformed");
    if (!equalBytes(body.signer, body.deviceKey)) return fail("unknown-signer");
    if (!signed(body.deviceKey) || !countersigned(body.recoveryKey)) return fail("bad-signature");
    const device = { id: idOf.device(deviceHash(body.deviceKey, port.hash)), key: body.deviceKey, addedAt: time };
    return ok({
      account: idOf.account(hash),
      name,
      relay: body.relay,
      length: 1,
      hash,
      recoveryKey: body.recoveryKey,
      devices: [device],
      byRecovery: false,
    });
  }

  if (body.seq !== state.length + 1 || !equalBytes(body.previous, state.hash)) return fail("wrong-place");
  if (state.length >= LIMITS.chainEntriesMax || body.name !== "" || body.relay.length !== 0) return fail("malformed");
  const byRecovery = equalBytes(body.signer, state.recoveryKey);
  if (!byRecovery && !state.devices.some((device) => equalBytes(device.key, body.signer)))
    return fail("unknown-signer");
  if (!signed(body.signer)) return fail("bad-signature");
  const next = { ...state, length: body.seq, hash, byRecovery };
  const known = state.devices.some((device) => equalBytes(device.key, body.deviceKey));

  switch (body.kind) {
    case pb.ChainKind.ADD: {
      if (known) return fail("device-known");
      if (!countersigned(body.deviceKey)) return fail("bad-signature");
      const device = { id: idOf.device(deviceHash(body.deviceKey, port.hash)), key: body.deviceKey, addedAt: time };
      return ok({ ...next, devices: [...state.devices, device] });
    }
    case pb.ChainKind.REVOKE:
      if (!known) return fail("device-unknown");
      return ok({ ...next, devices: state.devices.filter((device) => !equalBytes(device.key, body.deviceKey)) });
    case pb.ChainKind.ROTATE_RECOVERY:
      if (!byRecovery) return fail("unknown-signer");
      if (!countersigned(body.recoveryKey)) return fail("bad-signature");
      return ok({ ...next, recoveryKey: body.recoveryKey });
    default:
      return fail("malformed");
  }
}

const hasFieldsOfKind = ({ kind, deviceKey, recoveryKey, signer, previous, seq }: pb.ChainBody): boolean => {
  const hasDevice = kind !== pb.ChainKind.ROTATE_RECOVERY;
  const hasRecovery = kind === pb.ChainKind.CREATE || kind === pb.ChainKind.ROTATE_RECOVERY;
  return (
    deviceKey.length === (hasDevice ? 32 : 0) &&
    recoveryKey.length === (hasRecovery ? 32 : 0) &&
    signer.length === 32 &&
    previous.length === (seq === 1 ? 0 : 32)
  );
};

/** Judges a whole chain. @returns every state on the way, so that prefixes can be looked up: `[length - 1]`. */
export function chainStates(
  entries: readonly Uint8Array[],
  port: ChainPort,
): Result<readonly ChainState[], ChainFault> {
  const states: ChainState[] = [];
  for (const entry of entries) {
    const step = chainStep(states.at(-1), entry, port);
    if (!step.ok) return step;
    states.push(step.value);
  }
  return ok(states);
}

/** Whether an entry says of itself that it stands on top of these; nothing of it is judged. */
export function isOnTop(entryBytes: Uint8Array, entries: readonly Uint8Array[], hash: Hash): boolean {
  const last = entries.at(-1);
  const body = parse(entryBytes)?.body;
  if (last === undefined || body === undefined) return false;
  return body.seq === entries.length + 1 && equalBytes(body.previous, chainEntryHash(last, hash));
}

/** What is said by an entry that is about to be signed. */
export type ChainDraft =
  | {
      readonly kind: "create";
      readonly name: UserName;
      readonly relay: Uint8Array;
      readonly deviceKey: Uint8Array;
      readonly recoveryKey: Uint8Array;
    }
  | { readonly kind: "add" | "revoke"; readonly deviceKey: Uint8Array; readonly signer: Uint8Array }
  | { readonly kind: "rotate-recovery"; readonly recoveryKey: Uint8Array };

/**
 * Makes an entry.
 *
 * @param before - the chain it goes on, undefined for `create`.
 * @param sign - signs with the signer's key; @param countersign - with the new key, where the kind has one.
 */
export function makeChainEntry(
  before: ChainState | undefined,
  draft: ChainDraft,
  time: number,
  sign: (message: Uint8Array) => Uint8Array,
  countersign: (message: Uint8Array) => Uint8Array = () => EMPTY,
): Uint8Array {
  const kinds = {
    create: pb.ChainKind.CREATE,
    add: pb.ChainKind.ADD,
    revoke: pb.ChainKind.REVOKE,
    "rotate-recovery": pb.ChainKind.ROTATE_RECOVERY,
  };
  const body = toBinary(
    pb.ChainBodySchema,
    create(pb.ChainBodySchema, {
      seq: (before?.length ?? 0) + 1,
      previous: before?.hash ?? EMPTY,
      kind: kinds[draft.kind],
      time: BigInt(time),
      deviceKey: "deviceKey" in draft ? draft.deviceKey : EMPTY,
      recoveryKey: "recoveryKey" in draft ? draft.recoveryKey : EMPTY,
      signer:
        draft.kind === "create" ? draft.deviceKey : "signer" in draft ? draft.signer : (before?.recoveryKey ?? EMPTY),
      ...(draft.kind === "create" ? { name: draft.name, relay: draft.relay } : {}),
    }),
  );
  const entry = {
    body,
    signature: sign(chainBytes(body, false)),
    countersignature: countersign(chainBytes(body, true)),
  };
  return toBinary(pb.ChainEntrySchema, create(pb.ChainEntrySchema, entry));
}

/**
 * The signatures cover the body and the hash covers the whole entry, so there must be one spelling only: else whoever
 * carries an entry could give it another hash, and an account another id, without any key.
 */
function parse(bytes: Uint8Array): { readonly entry: pb.ChainEntry; readonly body: pb.ChainBody } | undefined {
  if (bytes.length > LIMITS.chainEntryBytesMax) return undefined;
  try {
    const entry = decode(pb.ChainEntrySchema, bytes);
    const body = decode(pb.ChainBodySchema, entry.body);
    const { signature, countersignature } = entry;
    const once = toBinary(
      pb.ChainEntrySchema,
      create(pb.ChainEntrySchema, { body: entry.body, signature, countersignature }),
    );
    const { seq, previous, kind, deviceKey, recoveryKey, time, signer, name, relay } = body;
    const known = { seq, previous, kind, deviceKey, recoveryKey, time, signer, name, relay };
    const inner = toBinary(pb.ChainBodySchema, create(pb.ChainBodySchema, known));
    return equalBytes(once, bytes) && equalBytes(inner, entry.body) ? { entry, body } : undefined;
  } catch {
    return undefined;
  }
}
