/** What every test of a refusal looks at: the code and section, the victim's state byte for byte, and that life goes on. */
import { expect } from "vitest";
import type { Forger } from "../forge/index.ts";
import {
  difference,
  type Group,
  makeCommit,
  open,
  type Profile,
  type Refusal,
  type RefusalCode,
  type Result,
  restore,
  seal,
  unspent,
} from "../src/index.ts";
import { type Device, makeWorld, memberOf, NOW, profile, seeded, toHex, unwrap, utf8 } from "./world.ts";

/**
 * The stage of most tests: alice (leaf 0) is the victim, mallory (leaf 3) the forger, leaf 4 is erin, 5 to 7 are blank.
 * Of the parents, alice's commit that added everybody set 1, 3 and 7.
 */
const world = makeWorld(["alice", "bob", "carol", "mallory", "erin"]);
export const alice: Device = memberOf(world, "alice");
export const bob: Device = memberOf(world, "bob");
export const carol: Device = memberOf(world, "carol");
export const erin: Device = memberOf(world, "erin");
export const forger: Forger = { profile, ...memberOf(world, "mallory"), random: seeded(2) };
/** Somebody who is in no group. */
export const random = seeded(3);

/** Every stored part of a state. */
export const snapshot = (group: Group): string =>
  difference(undefined, group)
    .map(({ name, value }) => `${name} ${value === undefined ? "gone" : toHex(value)}`)
    .join("\n");

/** The same state as other objects, as after a restart. */
export const stored = (group: Group): Group =>
  unwrap(restore(new Map(difference(undefined, group).flatMap(({ name, value }) => (value ? [[name, value]] : [])))));

export interface Row {
  readonly name: string;
  readonly code: RefusalCode;
  readonly section: string;
  readonly bytes: () => Uint8Array;
}

export const row = (name: string, code: RefusalCode, section: string, bytes: () => Uint8Array): Row => ({
  name,
  code,
  section,
  bytes,
});

/** Alice refuses these bytes for exactly this reason, has lost nothing by it, and the group goes on. */
export function expectRefusal(bytes: Uint8Array, refusal: Refusal, by: Profile = profile): void {
  const before = snapshot(alice.group);
  expect(open(by, alice.group, bytes)).toEqual({ ok: false, error: refusal });
  expect(snapshot(alice.group)).toBe(before);
  expectLife(alice, forger);
}

/** Both understand each other, and the one takes the other's next commit. */
export function expectLife(one: Device, other: Device): void {
  const [here, there] = [unspent(profile, one.group), unspent(profile, other.group)];
  const key = one.identity.signaturePrivateKey;
  const said = unwrap(seal(profile, here, key, utf8("still here"), new Uint8Array(0), random));
  expect(unwrap(open(profile, there, said.bytes))).toMatchObject({ type: "message", data: utf8("still here") });
  const made = unwrap(makeCommit(profile, there, other.identity.signaturePrivateKey, {}, NOW, random));
  const opened = unwrap(open(profile, said.group, made.bytes));
  expect(opened).toMatchObject({ type: "commit", added: [], removed: [] });
  expect(opened.group.context.treeHash).toEqual(made.group.context.treeHash);
}

export const refused = (result: Result<unknown>): Refusal | undefined => (result.ok ? undefined : result.error);

/** A copy in which one byte is another one. */
export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at < 0 ? bytes.length + at : at]! ^= 0x40;
  return copy;
}
export const flip = (at: number) => (bytes: Uint8Array) => flipped(bytes, at);
