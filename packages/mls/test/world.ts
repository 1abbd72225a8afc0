/** Members, profile and randomness for the tests: the same seed gives the same bytes. */
import { createHash } from "node:crypto";
import { nodePrimitives } from "../node/index.ts";
import {
  createGroup,
  type Group,
  type Identity,
  joinByWelcome,
  type Lifetime,
  makeCommit,
  makeKeyPackage,
  type OwnKeyPackage,
  type Profile,
  type Random,
  type RefusalCode,
  type Result,
  suite1,
} from "../src/index.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

export const utf8 = (text: string): Uint8Array => encoder.encode(text);
export const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Seconds since 1970. */
export const NOW = 1_800_000_000n;
export const LIFETIME: Lifetime = { notBefore: NOW - 3600n, notAfter: NOW + 2_592_000n };
export const GROUP_ID: Uint8Array = utf8("a group of the tests");

/** Whoever has a text for its identity is one of us; its name is that text. */
export const profile: Profile = {
  suite: suite1(nodePrimitives),
  credentials: {
    name(identity) {
      try {
        return decoder.decode(identity);
      } catch {
        return undefined;
      }
    },
    accepts: () => true,
  },
};
export const { suite } = profile;

/** A source of bytes that one number decides: SHA-256 of the seed and a count. */
export function seeded(seed: number): Random {
  let count = 0;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) {
      const block = createHash("sha256").update(`${seed}/${count++}`).digest();
      bytes.set(block.subarray(0, Math.min(32, length - at)), at);
    }
    return bytes;
  };
}

export function person(name: string, random: Random): Identity {
  const signaturePrivateKey = random(32);
  return {
    identity: utf8(name),
    signatureKey: suite.signatureKey(signaturePrivateKey),
    signaturePrivateKey,
    capabilities: { versions: [1], suites: [suite.id], extensions: [], proposals: [], credentials: [1] },
  };
}

export function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${result.error.code} (section ${result.error.section})`);
  return result.value;
}

export function refusalCode(result: Result<unknown>): RefusalCode | undefined {
  return result.ok ? undefined : result.error.code;
}

export interface Device {
  readonly identity: Identity;
  readonly group: Group;
}

/** Who is in the group, all in one epoch, by name. */
export interface World {
  readonly members: Map<string, Device>;
  readonly random: Random;
}

export const newKeyPackage = (identity: Identity, random: Random): OwnKeyPackage =>
  makeKeyPackage(suite, identity, LIFETIME, random);

/** The first one creates the group and adds the others, in their order, in one commit. */
export function makeWorld(names: readonly string[], seed = 1): World {
  const random = seeded(seed);
  const [first, ...others] = names.map((name) => person(name, random));
  if (first === undefined) throw new Error("a world has somebody in it");
  const alone = unwrap(createGroup(profile, first, GROUP_ID, [], LIFETIME, random));
  const packages = others.map((identity) => newKeyPackage(identity, random));
  const adds = packages.map(({ bytes }) => bytes);
  const made = unwrap(makeCommit(profile, alone, first.signaturePrivateKey, { adds }, NOW, random));
  const members = new Map<string, Device>([[names[0] ?? "", { identity: first, group: made.group }]]);
  for (const [index, identity] of others.entries()) {
    const own = packages[index];
    if (own === undefined || made.welcome === undefined) throw new Error("everybody who comes in has a key package");
    const { group } = unwrap(joinByWelcome(profile, [own], made.welcome));
    members.set(names[index + 1] ?? "", { identity, group });
  }
  return { members, random };
}

export function memberOf(world: World, name: string): Device {
  const device = world.members.get(name);
  if (device === undefined) throw new Error(`${name} is not in the group`);
  return device;
}
