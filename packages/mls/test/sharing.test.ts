// What two states share, and what a state shares with whoever called: nothing that one of them may change.
import { expect, test } from "vitest";
import {
  createGroup,
  difference,
  epochAuthenticator,
  forget,
  type Group,
  joinByWelcome,
  makeCommit,
  makeGroupInfo,
  makeKeyPackage,
  open,
  parseGroupInfo,
  restore,
  seal,
} from "../src/index.ts";
import { LIFETIME, NOW, newKeyPackage, person, profile, seeded, suite, unwrap, utf8 } from "./world.ts";

const random = seeded(77);
const [ann, bob] = [person("ann", random), person("bob", random)];

const parts = (group: Group) =>
  new Map(difference(undefined, group).map(({ name, value }) => [name, new Uint8Array(value ?? [])]));

test("one key package may lead into two groups, and each forgets its own keys", () => {
  const shared = newKeyPackage(bob, random);
  const groups = ["one", "two"].map((name) => {
    const alone = unwrap(createGroup(profile, ann, utf8(name), [], LIFETIME, random));
    const made = unwrap(makeCommit(profile, alone, ann.signaturePrivateKey, { adds: [shared.bytes] }, NOW, random));
    return { ann: made.group, bob: unwrap(joinByWelcome(profile, [shared], made.welcome ?? utf8(""))).group };
  });
  const [one, two] = groups as [{ ann: Group; bob: Group }, { ann: Group; bob: Group }];
  forget(one.bob, []);
  const commit = unwrap(makeCommit(profile, two.ann, ann.signaturePrivateKey, {}, NOW, random));
  const opened = unwrap(open(profile, two.bob, commit.bytes));
  expect(epochAuthenticator(opened.group)).toEqual(epochAuthenticator(commit.group));
  expect(shared.leafPrivateKey.some((byte) => byte !== 0)).toBe(true);
});

/** As a socket gives it: a view of a pool, which others write to afterwards. */
function pooled(bytes: Uint8Array): { readonly view: Buffer; readonly overwrite: () => void } {
  const pool = Buffer.alloc(bytes.length + 64, 0xaa);
  pool.set(bytes, 32);
  return { view: pool.subarray(32, 32 + bytes.length), overwrite: () => pool.fill(0xee) };
}

test("what was read from somebody's buffer does not change with it", () => {
  const own = newKeyPackage(bob, random);
  const alone = unwrap(createGroup(profile, ann, utf8("pool"), [{ type: 3, data: utf8("\0\0\0") }], LIFETIME, random));
  const adds = pooled(own.bytes);
  const made = unwrap(makeCommit(profile, alone, ann.signaturePrivateKey, { adds: [adds.view] }, NOW, random));
  const welcome = pooled(made.welcome ?? utf8(""));
  const joined = unwrap(joinByWelcome(profile, [own], welcome.view));
  const info = pooled(unwrap(makeGroupInfo(profile, made.group, ann.signaturePrivateKey)));
  const outside = unwrap(parseGroupInfo(profile, info.view));
  const commit = unwrap(makeCommit(profile, made.group, ann.signaturePrivateKey, {}, NOW, random));
  const travelled = pooled(commit.bytes);
  const opened = unwrap(open(profile, joined.group, travelled.view));
  const before = [made.group, joined.group, opened.group].map(parts);
  const seen = structuredClone(outside.members);
  for (const { overwrite } of [adds, welcome, info, travelled]) overwrite();
  expect([made.group, joined.group, opened.group].map(parts)).toEqual(before);
  expect(outside.members).toEqual(seen);
  // From disk too, and two that were read from the same bytes do not wipe each other.
  const stored = new Map([...parts(opened.group)].map(([name, value]) => [name, Buffer.from(value)]));
  const [first, second] = [unwrap(restore(stored)), unwrap(restore(stored))];
  forget(first, []);
  for (const value of stored.values()) value.fill(0);
  expect(parts(second)).toEqual(parts(opened.group));
});

test("a group keeps nothing that its maker holds in hand", () => {
  const [groupId, identity, key, data] = [utf8("mine"), utf8("cat"), random(32), utf8("\0\0\0")];
  const cat = { ...person("cat", random), identity, signaturePrivateKey: key, signatureKey: suite.signatureKey(key) };
  const group = unwrap(createGroup(profile, cat, groupId, [{ type: 3, data }], LIFETIME, random));
  const made = makeKeyPackage(suite, cat, LIFETIME, random);
  const [before, bytes] = [parts(group), new Uint8Array(made.bytes)];
  for (const one of [groupId, identity, data]) one.fill(0xee);
  expect(parts(group)).toEqual(before);
  // The encoded context is remembered, so its fields are looked at by themselves.
  expect(group.context).toMatchObject({ groupId: utf8("mine"), extensions: [{ type: 3, data: utf8("\0\0\0") }] });
  expect(made.bytes).toEqual(bytes);
  // And what it gives away is not what it keeps.
  epochAuthenticator(group).fill(0);
  const sealed = unwrap(seal(profile, group, key, utf8("hello"), utf8(""), random));
  sealed.bytes.fill(0);
  expect(parts(group)).toEqual(before);
});
