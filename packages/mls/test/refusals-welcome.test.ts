import { describe, expect, test } from "vitest";
import {
  forgeCommit,
  forgeGroupInfo,
  forgeKeyPackage,
  forgeWelcome,
  type InfoForgery,
  type WelcomeForgery,
} from "../forge/index.ts";
import {
  joinByWelcome,
  makeCommit,
  type OwnKeyPackage,
  open,
  type Profile,
  parseGroupInfo,
  unspent,
} from "../src/index.ts";
import { badKeys } from "./bad-keys.ts";
import { alice, bob, erin, expectLife, flip, forger, random, refused, row } from "./refused.ts";
import { GROUP_ID, LIFETIME, NOW, newKeyPackage, person, profile, suite, toHex, unwrap } from "./world.ts";

const trudy = person("trudy", random);
const own = forgeKeyPackage(suite, trudy, LIFETIME, random);
const adding = forgeCommit(forger, { proposals: [{ type: "add", keyPackage: own.keyPackage }] });
const [place] = adding.added;
const PLACE = place ?? 0;
const inside = { ...forger, group: adding.group };
const welcome = (forgery: WelcomeForgery = {}) => forgeWelcome(forger, adding, own, PLACE, forgery);
const info = (forgery: InfoForgery = {}) => forgeGroupInfo(inside, forgery);
const join = (bytes: Uint8Array, by = profile, owns: readonly OwnKeyPackage[] = [own]) =>
  joinByWelcome(by, owns, bytes);
const keys = () => [own.bytes, own.initPrivateKey, own.leafPrivateKey].map(toHex);
const edited = (at: number, value: number) => (bytes: Uint8Array) => bytes.with(at, value);
const { tree } = adding.group;

/** The Welcome is refused for this reason, and a right one is taken with the same key package. */
function expectRefusal(bytes: Uint8Array, refusal: { code: string; section: string }, by = profile): void {
  const before = keys();
  expect(refused(join(bytes, by))).toEqual(refusal);
  expect(keys()).toEqual(before);
  const joined = unwrap(join(welcome()));
  const opened = unwrap(open(profile, unspent(profile, alice.group), adding.bytes));
  expectLife({ identity: trudy, group: joined.group }, { ...alice, group: opened.group });
}

test("what is forged without a fault is taken", () => {
  const joined = unwrap(join(welcome()));
  expect(joined).toMatchObject({ adder: 3, used: 0 });
  expect(unwrap(parseGroupInfo(profile, info()))).toMatchObject({ signer: 3, epoch: joined.group.context.epoch });
});

describe("a Welcome", () => {
  test.each([
    row("of another version", "wrong-version", "6", () => edited(1, 2)(welcome())),
    row("that calls itself a GroupInfo", "malformed", "6", () => edited(3, 4)(welcome())),
    row("of another suite", "wrong-suite", "12.4.3.1", () => welcome({ suiteId: 2 })),
    row("with a byte behind it", "malformed", "2.1", () => Uint8Array.of(...welcome(), 0)),
    row("for more newcomers than a commit may add", "too-long", "12.4.3.1", () => welcome({ count: 513 })),
    row("for another key package", "no-key-package", "12.4.3.1", () => welcome({ newMember: flip(0) })),
    row("for nobody", "no-key-package", "12.4.3.1", () => welcome({ newMember: () => new Uint8Array(0) })),
    row("encrypted to another key", "unreadable", "RFC 9180 6.1", () =>
      welcome({ initKey: suite.keyPair(random(32)).publicKey }),
    ),
    row("whose secrets were changed", "unreadable", "RFC 9180 6.1", () =>
      welcome({ sealed: ({ kemOutput, ciphertext }) => ({ kemOutput, ciphertext: flip(3)(ciphertext) }) }),
    ),
    row("whose secrets are too short to be any", "malformed", "7.6", () =>
      welcome({ sealed: ({ kemOutput }) => ({ kemOutput: kemOutput.slice(1), ciphertext: new Uint8Array(0) }) }),
    ),
    row("whose GroupInfo was changed", "unreadable", "RFC 9180 6.1", () => flip(-1)(welcome())),
    row("with another's GroupInfo", "unreadable", "12.4.3.1", () => welcome({ encryptedInfo: flip(0) })),
    row("without a GroupInfo", "unreadable", "12.4.3.1", () => welcome({ encryptedInfo: () => new Uint8Array(0) })),
    row("with a pre-shared key", "pre-shared-key", "12.4.3.1", () => welcome({ psks: Uint8Array.of(1, 1, 7, 1, 9) })),
    row("with something behind the secrets", "malformed", "2.1", () =>
      welcome({ secrets: (bytes) => Uint8Array.of(...bytes, 0) }),
    ),
    row("without secrets", "malformed", "2.1", () => welcome({ secrets: () => new Uint8Array(0) })),
    row("without a path secret", "no-path", "12.4.3.1", () => welcome({ pathSecret: () => undefined })),
    row("with another path secret", "wrong-path-key", "7.5", () => welcome({ pathSecret: () => random(32) })),
    row("with a zero path secret", "wrong-path-key", "7.5", () => welcome({ pathSecret: () => new Uint8Array(32) })),
    row("with a path secret of no bytes", "wrong-path-key", "7.4", () =>
      welcome({ pathSecret: () => new Uint8Array(0) }),
    ),
    row("with a zero behind the path secret", "wrong-path-key", "7.4", () =>
      welcome({ pathSecret: (secret = new Uint8Array(0)) => Uint8Array.of(...secret, 0) }),
    ),
    ...badKeys.map(({ name, key: kemOutput }) =>
      row(`for an encapsulated key ${name}`, "bad-key", "RFC 9180 7.1.4", () =>
        welcome({ sealed: ({ ciphertext }) => ({ kemOutput, ciphertext }) }),
      ),
    ),
  ])("$name: $code", ({ bytes, code, section }) => {
    expectRefusal(bytes(), { code, section });
  });

  test("for a group that one is in already: known-group", () => {
    const known = joinByWelcome(profile, [own], welcome(), (groupId) => toHex(groupId) === toHex(GROUP_ID));
    expect(refused(known)).toEqual({ code: "known-group", section: "12.4.3.1" });
    expect(joinByWelcome(profile, [own], welcome(), (groupId) => toHex(groupId) !== toHex(GROUP_ID)).ok).toBe(true);
  });

  test("into a tree of more places than the application wants: too-long", () => {
    const small = (leavesMax: number): Profile => ({ ...profile, leavesMax });
    expect(join(welcome(), small(8)).ok).toBe(true);
    expectRefusal(welcome(), { code: "too-long", section: "12.4.3.3" }, small(4));
    expect(refused(parseGroupInfo(small(4), info()))).toEqual({ code: "too-long", section: "12.4.3.3" });
  });

  test("for a key package that was used already: no-key-package", () => {
    const others = [newKeyPackage(trudy, random), newKeyPackage(trudy, random)];
    const { used } = unwrap(join(welcome(), profile, [...others, own]));
    expect(used).toBe(2);
    const left = [...others, own].filter((_, position) => position !== used);
    expect(refused(join(welcome(), profile, left))).toEqual({ code: "no-key-package", section: "12.4.3.1" });
    expect(refused(join(welcome(), profile, []))).toEqual({ code: "no-key-package", section: "12.4.3.1" });
  });

  test("signed by the newcomer itself: unknown-sender", () => {
    const bytes = welcome({
      signer: PLACE,
      signingKey: trudy.signaturePrivateKey,
      pathSecret: () => adding.pathSecrets.get(tree.root),
    });
    expectRefusal(bytes, { code: "unknown-sender", section: "12.4.3.1" });
  });

  test("by a member that set no path: wrong-path-key", () => {
    // Erin is beside trudy and has committed nothing: no key stands where their paths meet.
    const bytes = welcome({ signer: 4, signingKey: erin.identity.signaturePrivateKey, pathSecret: () => random(32) });
    expectRefusal(bytes, { code: "wrong-path-key", section: "12.4.3.1" });
  });

  test("into a tree in which the newcomer is not: no-own-leaf", () => {
    const other = forgeKeyPackage(suite, trudy, LIFETIME, random);
    const made = forgeCommit(forger, { proposals: [{ type: "add", keyPackage: other.keyPackage }] });
    expectRefusal(forgeWelcome(forger, made, own, PLACE), { code: "no-own-leaf", section: "12.4.3.1" });
  });

  test("no other spelling of one is taken, nor a part", () => {
    const bytes = welcome();
    const taken: string[] = [];
    for (let at = 0; at < bytes.length; at++) {
      if (join(flip(at)(bytes)).ok) taken.push(`changed at ${at}`);
      if (at % 7 === 0 && join(bytes.subarray(0, at)).ok) taken.push(`cut at ${at}`);
    }
    expect(taken).toEqual([]);
    expectRefusal(bytes.slice(0, -1), { code: "malformed", section: "2.1" });
  });
});

describe("what a newcomer is shown of the group", () => {
  const rows: { name: string; code: string; section: string; forgery: WelcomeForgery; by?: Profile }[] = [
    {
      name: "another version of the context",
      code: "wrong-version",
      section: "8.1",
      forgery: { content: edited(1, 2) },
    },
    {
      name: "another suite of the context",
      code: "wrong-suite",
      section: "12.4.3.1",
      forgery: { context: (context) => ({ ...context, suiteId: 2 }) },
    },
    { name: "no tree", code: "no-tree", section: "12.4.3.3", forgery: { extensions: () => [] } },
    {
      name: "an extension twice",
      code: "repeated-extension",
      section: "13.4",
      forgery: { extensions: (list) => [...list, ...list] },
    },
    {
      name: "another tree than the hash says",
      code: "bad-tree-hash",
      section: "12.4.3.1",
      forgery: { context: (context) => ({ ...context, treeHash: random(32) }) },
    },
    { name: "a signer at a blank leaf", code: "unknown-sender", section: "12.4.3.1", forgery: { signer: 6 } },
    { name: "a signer outside the tree", code: "unknown-sender", section: "12.4.3.1", forgery: { signer: 60_000 } },
    { name: "another member as the signer", code: "bad-signature", section: "12.4.3.1", forgery: { signer: 1 } },
    { name: "another signature", code: "bad-signature", section: "12.4.3.1", forgery: { signature: flip(0) } },
    {
      name: "no signature",
      code: "bad-signature",
      section: "12.4.3.1",
      forgery: { signature: () => new Uint8Array(0) },
    },
    {
      name: "a member that lacks what the group requires",
      code: "missing-capability",
      section: "13.4",
      forgery: { context: (context) => ({ ...context, extensions: [{ type: 0xff01, data: new Uint8Array(0) }] }) },
    },
    {
      name: "a member that the application does not want",
      code: "unwanted-credential",
      section: "5.3.1",
      forgery: {},
      by: { ...profile, credentials: { ...profile.credentials, accepts: ({ index }) => index !== 1 } },
    },
    {
      name: "members that are nobody",
      code: "bad-credential",
      section: "5.3.1",
      forgery: {},
      by: { ...profile, credentials: { ...profile.credentials, name: () => undefined } },
    },
    {
      name: "members of one name",
      code: "duplicate-member",
      section: "12.2",
      forgery: {},
      by: { ...profile, credentials: { ...profile.credentials, name: () => "everybody" } },
    },
  ];

  test.each(rows)("in a Welcome $name: $code", ({ code, section, forgery, by }) => {
    expectRefusal(welcome(forgery), { code, section }, by);
  });

  test.each(rows)("in a GroupInfo $name: $code", ({ code, section, forgery, by }) => {
    const where = code === "wrong-suite" ? "12.4.3.2" : section;
    expect(refused(parseGroupInfo(by ?? profile, info(forgery)))).toEqual({ code, section: where });
  });

  test.each([
    { name: "another confirmation tag", forgery: { tag: flip(0) } },
    { name: "a zero confirmation tag", forgery: { tag: () => new Uint8Array(32) } },
  ])("in a Welcome $name: bad-confirmation-tag", ({ forgery }) => {
    expectRefusal(welcome(forgery), { code: "bad-confirmation-tag", section: "12.4.3.1" });
  });

  test("a tree beside a GroupInfo stands for one in it", () => {
    const bare = info({ extensions: () => [] });
    expect(parseGroupInfo(profile, bare, tree.encode()).ok).toBe(true);
    expect(refused(parseGroupInfo(profile, bare, bob.group.tree.encode()))).toMatchObject({ code: "bad-tree-hash" });
  });

  test.each([
    row("that calls itself a Welcome", "malformed", "6", () => edited(3, 3)(info())),
    row("with a byte behind it", "malformed", "2.1", () => Uint8Array.of(...info(), 0)),
    row("without its last byte", "malformed", "2.1", () => info().slice(0, -1)),
    row("of another version", "wrong-version", "6", () => edited(1, 2)(info())),
  ])("a GroupInfo $name: $code", ({ bytes, code, section }) => {
    expect(refused(parseGroupInfo(profile, bytes()))).toEqual({ code, section });
  });
});

test("a Welcome into a tree with a key above the newcomer that it is not told is refused, not believed", () => {
  // Trudy is added, erin beside her commits for her leaf, and only then comes a Welcome: without the key that erin set.
  const open1 = unwrap(open(profile, unspent(profile, erin.group), adding.bytes));
  const key = erin.identity.signaturePrivateKey;
  const erins = unwrap(makeCommit(profile, open1.group, key, {}, NOW, random));
  const mallorys = unwrap(open(profile, adding.group, erins.bytes));
  const later = forgeCommit({ ...forger, group: mallorys.group });
  const bytes = forgeWelcome({ ...forger, group: mallorys.group }, later, own, PLACE);
  expectRefusal(bytes, { code: "bad-unmerged-leaves", section: "7.1" });
});
