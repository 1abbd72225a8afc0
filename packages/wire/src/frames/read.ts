/** Readers for the fields of decoded frames: each gives a checked value or throws a fault, which the parser catches. */

import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import type { AccountId, DeviceId, EntryId, RoomId } from "../ids.ts";
import { idOf } from "../ids.ts";
import { LIMITS } from "../limits.ts";

/** Why a frame is refused; `field` is the way to the field, empty for the whole frame. */
export interface FrameFault {
  readonly code: "malformed" | "bad-length" | "out-of-bounds";
  readonly field: string;
}

export class Fault extends Error {
  readonly fault: FrameFault;
  constructor(code: FrameFault["code"], field: string) {
    super(`${field}: ${code}`);
    this.fault = { code, field };
  }
}

/** Fields that this version does not know are passed over: kept, each would take up fifty times what it measures. */
export function decode<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
  return fromBinary(schema, bytes, { readUnknownFields: false });
}

export function need<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new Fault("malformed", field);
  return value;
}

export function exactly(bytes: Uint8Array, length: number, field: string): Uint8Array {
  if (bytes.length !== length) throw new Fault("bad-length", field);
  return bytes;
}

export function upTo(bytes: Uint8Array, max: number, field: string, min = 0): Uint8Array {
  if (bytes.length > max || bytes.length < min) throw new Fault("bad-length", field);
  return bytes;
}

export function text(value: string, max: number, field: string): string {
  if (value.length > max) throw new Fault("bad-length", field);
  return value;
}

export function list<T, U>(
  values: readonly T[],
  max: number,
  field: string,
  one: (value: T, field: string) => U,
): readonly U[] {
  if (values.length > max) throw new Fault("out-of-bounds", field);
  return values.map((value, index) => one(value, `${field}[${index}]`));
}

/** A 64-bit field as a number, refused above 2^53 - 1. */
export function count(value: bigint, field: string, min = 0): number {
  if (value > BigInt(LIMITS.seqMax) || value < BigInt(min)) throw new Fault("out-of-bounds", field);
  return Number(value);
}

export function between(value: number, min: number, max: number, field: string): number {
  if (value < min || value > max) throw new Fault("out-of-bounds", field);
  return value;
}

export const account = (bytes: Uint8Array, field: string): AccountId => idOf.account(exactly(bytes, 32, field));
export const device = (bytes: Uint8Array, field: string): DeviceId => idOf.device(exactly(bytes, 16, field));
export const room = (bytes: Uint8Array, field: string): RoomId => idOf.room(exactly(bytes, 32, field));
export const entry = (bytes: Uint8Array, field: string): EntryId => idOf.entry(exactly(bytes, 16, field));
