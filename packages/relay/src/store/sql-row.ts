/** Rows to values: the second of the three places where `unknown` comes in. A row that is not as it was written is damage. */
import {
  type AccountId,
  type DeviceId,
  type EntryId,
  idOf,
  type RoomId,
  type UserName,
  userName,
} from "@sotto/wire/ids";
import { StoreError } from "./store.ts";

export type Row = Readonly<Record<string, unknown>>;

export function row(value: unknown): Row {
  if (typeof value !== "object" || value === null) throw damaged("a row");
  return value as Row;
}

export function number(from: Row, column: string): number {
  const value = from[column];
  if (typeof value !== "number") throw damaged(column);
  return value;
}

export function bytes(from: Row, column: string): Uint8Array {
  const value = from[column];
  if (!(value instanceof Uint8Array)) throw damaged(column);
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

export function text(from: Row, column: string): string {
  const value = from[column];
  if (typeof value !== "string") throw damaged(column);
  return value;
}

export const optionalText = (from: Row, column: string): string | undefined =>
  from[column] === null ? undefined : text(from, column);
export const optionalNumber = (from: Row, column: string): number | undefined =>
  from[column] === null ? undefined : number(from, column);
export const optionalBytes = (from: Row, column: string): Uint8Array | undefined =>
  from[column] === null ? undefined : bytes(from, column);

export const account = (from: Row, column: string): AccountId => idOf.account(bytes(from, column));
export const device = (from: Row, column: string): DeviceId => idOf.device(bytes(from, column));
export const room = (from: Row, column: string): RoomId => idOf.room(bytes(from, column));
export const entry = (from: Row, column: string): EntryId => idOf.entry(bytes(from, column));

export function name(from: Row, column: string): UserName {
  const value = from[column];
  const checked = typeof value === "string" ? userName(value) : undefined;
  if (checked === undefined) throw damaged(column);
  return checked;
}

function damaged(what: string): StoreError {
  return new StoreError("failed", `the database is damaged: ${what} is not as it was written`);
}
