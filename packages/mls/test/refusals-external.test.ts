import { describe, expect, test } from "vitest";
import {
  byReference,
  type ExternalForgery,
  externalPub,
  type ForgedProposal,
  type Forger,
  forgeExternal,
  forgeGroupInfo,
  forgeKeyPackage,
  grease,
  type PathForgery,
  preSharedKey,
  reInit,
  SENDER,
} from "../forge/index.ts";
import { joinFromOutside, makeGroupInfo, open, type Profile, parseGroupInfo, unspent } from "../src/index.ts";
import type { Proposal } from "../src/proposal.ts";
import { badKeys, badTreeKeys } from "./bad-keys.ts";
import {
  alice,
  bob,
  carol,
  expectLife,
  expectRefusal,
  flip,
  forger,
  random,
  refused,
  row,
  snapshot,
} from "./refused.ts";
import { GROUP_ID, LIFETIME, person, profile, suite, unwrap, utf8 } from "./world.ts";

const trudy = person("trudy", random);
/** Whoever has a GroupInfo knows what this takes of mallory's state. */
const outsider: Forger = { ...forger, identity: trudy };
const external = (forgery: ExternalForgery = {}, who = outsider) => forgeExternal(who, forgery).bytes;
const path = (forgery: PathForgery) => external({ path: forgery });
const also = (...proposals: ForgedProposal[]) => external({ proposals });
const remove = (removed: number): Proposal => ({ type: "remove", removed });
const as = (identity: typeof trudy): Forger => ({ ...outsider, identity });
const NOTHING = new Uint8Array(0);
const { tree } = forger.group;

describe("what is forged without a fault is taken", () => {
  test("somebody new comes in at the first free leaf", () => {
    const opened = unwrap(open(profile, alice.group, external()));
    expect(opened).toMatchObject({ type: "commit", isExternal: true, sender: { index: 5 }, removed: [] });
  });

  test("a member comes in again, and its former leaf is gone", () => {
    const made = forgeExternal(as(bob.identity), { proposals: [remove(1)] });
    const opened = unwrap(open(profile, alice.group, made.bytes));
    expect(opened).toMatchObject({ type: "commit", sender: { index: 1 }, removed: [{ index: 1 }] });
    expectLife({ ...alice, group: opened.group }, { ...bob, group: made.group });
  });

  test("but not with the key that it had: encryption-key-kept", () => {
    const { encryptionKey } = tree.leaf(1)!;
    const leaf = { leaf: <T>(one: T) => ({ ...one, encryptionKey }) };
    const bytes = external({ proposals: [remove(1)], path: leaf }, as(bob.identity));
    expectRefusal(bytes, { code: "encryption-key-kept", section: "12.2" });
  });

  test("the victim itself comes in again, and its former state is of no more use", () => {
    const bytes = external({ proposals: [remove(0)] }, as(alice.identity));
    const opened = unwrap(open(profile, alice.group, bytes));
    expect(opened.group.isRemoved).toBe(true);
    expect(snapshot({ ...opened.group, isRemoved: false })).toBe(snapshot(alice.group));
  });
});

describe("proposals of somebody outside", () => {
  const { keyPackage } = forgeKeyPackage(suite, person("ted", random), LIFETIME, random);
  const context = { type: "group-context-extensions", extensions: [{ type: 5, data: NOTHING }] } as const;
  const init = (forgery: ExternalForgery["with"]) => external({ ...(forgery && { with: forgery }) });
  test.each([
    row("no ExternalInit", "bad-external-commit", "12.2", () => init(() => [])),
    row("no ExternalInit but a Remove", "bad-external-commit", "12.2", () =>
      external({ with: () => [remove(1)] }, as(bob.identity)),
    ),
    row("two ExternalInits", "bad-external-commit", "12.2", () => init((one) => [one, one])),
    row("two different ExternalInits", "bad-external-commit", "12.2", () =>
      also({ type: "external-init", kemOutput: suite.keyPair(random(32)).publicKey }),
    ),
    row("two Removes", "bad-external-commit", "12.2", () =>
      external({ proposals: [remove(1), remove(2)] }, as(bob.identity)),
    ),
    row("one Remove twice", "bad-external-commit", "12.2", () =>
      external({ proposals: [remove(1), remove(1)] }, as(bob.identity)),
    ),
    row("an Add", "bad-external-commit", "12.2", () => also({ type: "add", keyPackage })),
    row("a change of the context", "bad-external-commit", "12.2", () => also(context)),
    row("one by reference", "proposal-by-reference", "12.4", () => also(byReference(random(32)))),
    row("a PreSharedKey", "unsupported-proposal", "12.1", () => also(preSharedKey())),
    row("a ReInit", "unsupported-proposal", "12.1", () => also(reInit(GROUP_ID))),
    row("one of an unknown kind", "unsupported-proposal", "12.1", () => also(grease())),
    row("removing somebody else", "not-own-leaf", "12.2", () => also(remove(1))),
    row("removing the victim", "not-own-leaf", "12.2", () => also(remove(0))),
    row("removing a member of one's own name but another key", "signature-key-changed", "12.2", () =>
      external({ proposals: [remove(1)] }, as(person("bob", random))),
    ),
    row("removing a blank leaf", "unknown-leaf", "12.1.3", () => also(remove(6))),
    row("removing a leaf outside the tree", "unknown-leaf", "12.1.3", () => also(remove(60_000))),
    row("600 Removes", "too-many-proposals", "12.4", () => also(...Array(600).fill(remove(1)))),
  ])("$name: $code", ({ bytes, code, section }) => {
    expectRefusal(bytes(), { code, section });
  });
});

describe("the leaf of somebody outside", () => {
  const member = tree.leaf(1)!;
  test.each([
    row("a member's name", "duplicate-member", "12.2", () => external({}, as(person("bob", random)))),
    row("a member that keeps its former leaf", "duplicate-key", "7.3", () => external({}, as(bob.identity))),
    row("a member's signature key under another name", "duplicate-key", "7.3", () =>
      external({}, as({ ...bob.identity, identity: utf8("trudy") })),
    ),
    row("a member's encryption key", "duplicate-key", "7.3", () =>
      path({ leaf: (leaf) => ({ ...leaf, encryptionKey: member.encryptionKey }) }),
    ),
    row("a parent's encryption key", "duplicate-key", "7.3", () =>
      path({ leaf: (leaf) => ({ ...leaf, encryptionKey: tree.keyAt(tree.root)! }) }),
    ),
    row("an identity that is nobody's", "bad-credential", "5.3.1", () =>
      external({}, as({ ...trudy, identity: Uint8Array.of(0xff) })),
    ),
    row("an X.509 credential", "bad-credential", "5.3", () => path({ leafForgery: { credential: 2 } })),
    row("no support of the suite", "missing-capability", "7.3", () =>
      external({}, as({ ...trudy, capabilities: { ...trudy.capabilities, suites: [2] } })),
    ),
    row("no support of basic credentials", "missing-capability", "7.3", () =>
      external({}, as({ ...trudy, capabilities: { ...trudy.capabilities, credentials: [2] } })),
    ),
    row("another signature", "bad-signature", "7.3", () => path({ leafForgery: { signature: flip(0) } })),
    row("a leaf signed for another place", "bad-signature", "7.3", () => external({ index: 6 })),
    row("a member's signature key that it has not", "bad-signature", "6.1", () =>
      path({ leaf: (leaf) => ({ ...leaf, signatureKey: member.signatureKey }) }),
    ),
    row("a leaf of a key package", "bad-leaf-source", "7.3", () =>
      path({ leaf: (leaf) => ({ ...leaf, source: { type: "key-package", ...LIFETIME } }) }),
    ),
    row("a leaf of more than 2 KB", "too-long", "7.2", () =>
      external({}, as({ ...trudy, identity: utf8("t".repeat(2048)) })),
    ),
    ...badTreeKeys.map(({ name, key }) =>
      row(`an encryption key ${name}`, "bad-key", "7.2", () =>
        path({ leaf: (leaf) => ({ ...leaf, encryptionKey: key }) }),
      ),
    ),
  ])("$name: $code", ({ bytes, code, section }) => {
    expectRefusal(bytes(), { code, section });
  });

  test("somebody whom the application does not want: unwanted-credential", () => {
    const accepts = () => false;
    const strict: Profile = { ...profile, credentials: { ...profile.credentials, accepts } };
    expectRefusal(external(), { code: "unwanted-credential", section: "5.3.1" }, strict);
  });
});

describe("the path and the secrets of somebody outside", () => {
  test.each([
    row("no path", "no-path", "12.4.3.2", () => external({ path: "none" })),
    row("a node too few", "wrong-path-length", "7.5", () => path({ nodes: (nodes) => nodes.slice(1) })),
    row("no ciphertexts", "wrong-ciphertext-count", "7.6", () =>
      path({ nodes: (nodes) => nodes.map((node) => ({ ...node, encryptedPathSecret: [] })) }),
    ),
    row("another parent hash", "bad-parent-hash", "7.9.2", () =>
      path({ leaf: (leaf) => ({ ...leaf, source: { type: "commit", parentHash: random(32) } }) }),
    ),
    row("a key that does not follow", "wrong-path-key", "7.5", () =>
      path({ keys: (keys) => keys.map(() => suite.keyPair(random(32)).publicKey) }),
    ),
    row("another secret than the one that was encapsulated", "bad-confirmation-tag", "12.4.2", () =>
      external({ initSecret: random(32) }),
    ),
    row("a zero init secret", "bad-confirmation-tag", "12.4.2", () => external({ initSecret: new Uint8Array(32) })),
    row("the members' own init secret", "bad-confirmation-tag", "12.4.2", () =>
      external({ initSecret: forger.group.secrets.init }),
    ),
    row("a secret for another external key", "bad-confirmation-tag", "12.4.2", () =>
      external({ externalKey: suite.keyPair(random(32)).publicKey }),
    ),
    ...badKeys.map(({ name, key: kemOutput }) =>
      row(`an encapsulated key ${name}`, "bad-key", "RFC 9180 7.1.4", () =>
        external({ with: () => [{ type: "external-init", kemOutput }] }),
      ),
    ),
  ])("$name: $code", ({ bytes, code, section }) => {
    expectRefusal(bytes(), { code, section });
  });

  test("an external commit of a member that stays is none", () => {
    expectRefusal(external({}, forger), { code: "duplicate-key", section: "7.3" });
  });

  test("an external commit that names a member as its sender is none", () => {
    expectRefusal(external({ sender: Uint8Array.of(1, 0, 0, 0, 3) }), { code: "public-commit", section: "6.2" });
    const openly = { ...profile, publicCommits: true };
    const bytes = external({ sender: Uint8Array.of(1, 0, 0, 0, 3), signingKey: forger.identity.signaturePrivateKey });
    expectRefusal(bytes, { code: "unsupported-proposal", section: "12.2" }, openly);
  });

  test("a member's commit that names nobody as its sender is none", () => {
    const bytes = external({ with: () => [] }, { ...forger, group: carol.group });
    expectRefusal(bytes, { code: "bad-external-commit", section: "12.2" });
  });
});

describe("who comes in refuses before it sends anything", () => {
  const shown = (forgery = {}) => unwrap(parseGroupInfo(profile, forgeGroupInfo(forger, forgery)));
  const join = (identity = trudy, info = shown(), by = profile) => joinFromOutside(by, identity, info, NOTHING, random);
  const refusing = (accepts: Profile["credentials"]["accepts"]): Profile => ({
    ...profile,
    credentials: { ...profile.credentials, accepts },
  });
  const without = { extensions: (list: readonly { type: number; data: Uint8Array }[]) => list.slice(0, 1) };
  const withKey = (key: Uint8Array) => ({
    extensions: (list: readonly { type: number; data: Uint8Array }[]) => [...list.slice(0, 1), externalPub(key)],
  });

  test("without any fault it is taken", () => {
    const joined = unwrap(join());
    const opened = unwrap(open(profile, alice.group, joined.bytes));
    expectLife({ ...alice, group: opened.group }, { identity: trudy, group: joined.group });
  });

  test.each([
    {
      name: "no external key",
      result: () => join(trudy, shown(without)),
      code: "no-external-key",
      section: "12.4.3.2",
    },
    {
      name: "an external key with something behind it",
      result: () =>
        join(
          trudy,
          shown({
            extensions: () => [
              { type: 2, data: tree.encode() },
              { type: 4, data: Uint8Array.of(1, 1, 1) },
            ],
          }),
        ),
      code: "malformed",
      section: "2.1",
    },
    ...badKeys.map(({ name, key }) => ({
      name: `an external key ${name}`,
      result: () => join(trudy, shown(withKey(key))),
      code: "bad-key",
      section: "RFC 9180 7.1.4",
    })),
    {
      name: "its own name with another key in the group",
      result: () => join(person("bob", random)),
      code: "signature-key-changed",
      section: "12.2",
    },
    {
      name: "its own key under another name in the group",
      result: () => join({ ...bob.identity, identity: utf8("trudy") }),
      code: "duplicate-key",
      section: "7.3",
    },
    {
      name: "an identity of its own that is none",
      result: () => join({ ...trudy, identity: Uint8Array.of(0xff) }),
      code: "bad-credential",
      section: "5.3.1",
    },
    {
      name: "an identity of its own that the application does not want",
      result: () =>
        join(
          trudy,
          shown(),
          refusing(({ after }) => after.identity.length !== trudy.identity.length),
        ),
      code: "unwanted-credential",
      section: "5.3.1",
    },
    {
      name: "capabilities of its own that lack the suite",
      result: () => join({ ...trudy, capabilities: { ...trudy.capabilities, suites: [] } }),
      code: "missing-capability",
      section: "7.3",
    },
    {
      name: "a leaf of its own of more than 2 KB",
      result: () => join({ ...trudy, identity: utf8("t".repeat(2048)) }),
      code: "too-long",
      section: "7.2",
    },
  ])("$name: $code", ({ result, code, section }) => {
    expect(refused(result())).toEqual({ code, section });
    expectLife(alice, forger);
  });

  test("a GroupInfo serves one epoch", () => {
    const info = unwrap(makeGroupInfo(profile, forger.group, forger.identity.signaturePrivateKey));
    const [first, second] = ["ted", "tom"].map((name) =>
      unwrap(join(person(name, random), unwrap(parseGroupInfo(profile, info)))),
    );
    const opened = unwrap(open(profile, unspent(profile, alice.group), first!.bytes));
    const before = snapshot(opened.group);
    expect(refused(open(profile, opened.group, second!.bytes))).toEqual({ code: "wrong-epoch", section: "12.4.2" });
    expect(refused(open(profile, opened.group, first!.bytes))).toEqual({ code: "wrong-epoch", section: "12.4.2" });
    expect(snapshot(opened.group)).toBe(before);
  });

  test("somebody outside cannot sign as a member", () => {
    expectRefusal(external({ sender: SENDER.newMemberCommit(), signingKey: random(32) }), {
      code: "bad-signature",
      section: "6.1",
    });
  });
});
