import { describe, expect, test } from "vitest";
import {
  application,
  type CommitForgery,
  type FrameForgery,
  forgeCommit,
  forgeExternal,
  forgeKeyPackage,
  forgeLeaf,
  forgeMessage,
  grease,
  preSharedKey,
  reInit,
  SENDER,
  standalone,
  update,
} from "../forge/index.ts";
import { isFromSelf, LIMITS, makeCommit, open, type Profile, seal, unspent } from "../src/index.ts";
import { alice, bob, expectRefusal, flip, flipped, forger, type Row, random, row, snapshot } from "./refused.ts";
import { LIFETIME, NOW, person, profile, suite, unwrap, utf8 } from "./world.ts";

const openly: Profile = { ...profile, publicCommits: true };
const message = (forgery: FrameForgery = {}) => forgeMessage(forger, application(utf8("hello")), forgery);
const publicly = (forgery: CommitForgery = {}) => forgeCommit(forger, { isPublic: true, ...forgery }).bytes;
const outsider = { ...forger, identity: person("trudy", random) };
const external = (forgery: CommitForgery = {}) => forgeExternal(outsider, forgery).bytes;
const withBytes = (bytes: Uint8Array, at: number, ...values: readonly number[]) => {
  const copy = bytes.slice();
  copy.set(values, at);
  return copy;
};
const { context } = forger.group;
const past = { ...context, epoch: context.epoch - 1n };
const otherGroup = utf8("a group of the others");

describe("what is forged without a fault is taken", () => {
  test.each([
    { name: "a message", bytes: () => message() },
    { name: "a message with zeros behind it", bytes: () => message({ padding: new Uint8Array(100) }) },
    { name: "a message 2,000 ahead", bytes: () => message({ generation: 2000 }) },
    { name: "a commit", bytes: () => forgeCommit(forger).bytes },
    { name: "an external commit", bytes: () => external() },
  ])("$name", ({ bytes }) => {
    expect(open(profile, alice.group, bytes())).toMatchObject({ ok: true });
  });

  test("a member's commit as PublicMessage, where that is wanted", () => {
    expect(open(openly, alice.group, publicly())).toMatchObject({ ok: true });
  });
});

describe("of the frame", () => {
  const commit = (forgery: CommitForgery) => forgeCommit(forger, forgery).bytes;
  const makers: [string, (forgery: FrameForgery) => Uint8Array][] = [
    ["message", message],
    ["commit", commit],
    ["external commit", external],
  ];
  const both: Row[] = makers.flatMap(([kind, make]) => [
    row(`a ${kind} of another version`, "wrong-version", "6", () => withBytes(make({}), 0, 0, 2)),
    row(`a ${kind} of another group`, "wrong-group", "6.1", () => make({ groupId: otherGroup })),
    row(`a ${kind} of a group with a longer id`, "wrong-group", "6.1", () =>
      make({ groupId: Uint8Array.of(...context.groupId, 0) }),
    ),
    row(`a ${kind} of a group without an id`, "wrong-group", "6.1", () => make({ groupId: new Uint8Array(0) })),
    row(`a ${kind} of the epoch before`, "wrong-epoch", "12.4.2", () => make({ epoch: past.epoch })),
    row(`a ${kind} of the next epoch`, "wrong-epoch", "12.4.2", () => make({ epoch: context.epoch + 1n })),
    row(`a ${kind} of the last of all epochs`, "wrong-epoch", "12.4.2", () => make({ epoch: 2n ** 64n - 1n })),
    row(`a ${kind} with another signature`, "bad-signature", "6.1", () => make({ signature: flip(3) })),
    row(`a ${kind} without a signature`, "bad-signature", "6.1", () => make({ signature: () => new Uint8Array(0) })),
    row(`a ${kind} with a zero signature`, "bad-signature", "6.1", () => make({ signature: () => new Uint8Array(64) })),
    row(`a ${kind} signed by somebody else`, "bad-signature", "6.1", () =>
      make({ signingKey: bob.identity.signaturePrivateKey }),
    ),
    row(`a ${kind} signed as another kind of frame`, "bad-signature", "6.1", () => make({ signedFormat: 4 })),
    row(`a ${kind} signed in another epoch`, "bad-signature", "6.1", () => make({ signedContext: past })),
    row(`a ${kind} with a byte behind it`, "malformed", "2.1", () => Uint8Array.of(...make({}), 0)),
    row(`a ${kind} without its last byte`, "malformed", "2.1", () => make({}).slice(0, -1)),
  ]);
  const one = [
    row("a message over the limit", "too-long", "6", () => message({ padding: new Uint8Array(LIMITS.messageBytes) })),
    row("a commit over the limit", "too-long", "6", () => commit({ padding: new Uint8Array(LIMITS.messageBytes) })),
    row("no bytes", "malformed", "2.1", () => new Uint8Array(0)),
    row("a commit without a confirmation tag", "bad-confirmation-tag", "12.4.2", () =>
      commit({ tag: () => new Uint8Array(0) }),
    ),
    ...[0, 3, 4, 5, 6, 0xf0f0].map((format) =>
      row(`a private message that calls itself kind ${format}`, "malformed", "6", () => message({ format })),
    ),
  ];
  test.each([...both, ...one])("$name: $code", ({ bytes, code, section }) => {
    expectRefusal(bytes(), { code, section });
  });
});

describe("of private messages", () => {
  test.each([
    row("a sender at a blank leaf", "unknown-sender", "6.3.2", () => message({ leaf: 6 })),
    row("a sender outside the tree", "unknown-sender", "6.3.2", () => message({ leaf: 60_000 })),
    row("a sender at the last of all leaves", "unknown-sender", "6.3.2", () => message({ leaf: 0xffffffff })),
    row("the victim as the sender", "own-message", "6.3", () => message({ leaf: 0 })),
    row("another member as the sender", "bad-signature", "6.1", () => message({ leaf: 1 })),
    row("a message 2,001 ahead", "generation-ahead", "9.1", () => message({ generation: 2001 })),
    row("a message 4,294,967,295 ahead", "generation-ahead", "9.1", () => message({ generation: 0xffffffff })),
    row("a commit 2,001 ahead", "generation-ahead", "9.1", () => forgeCommit(forger, { generation: 2001 }).bytes),
    row("something behind the padding", "malformed", "6.3.1", () => message({ padding: Uint8Array.of(0, 0, 1) })),
    row("content of kind 0", "malformed", "6", () => message({ contentType: 0 })),
    row(
      "a commit that calls itself content of kind 4",
      "malformed",
      "6",
      () => forgeCommit(forger, { contentType: 4 }).bytes,
    ),
    row("sender data with a byte behind it", "malformed", "2.1", () =>
      message({ senderData: (data) => Uint8Array.of(...data, 0) }),
    ),
    row("sender data cut short", "malformed", "2.1", () => message({ senderData: (data) => data.slice(0, -1) })),
    row("another ciphertext", "unreadable", "6.3.1", () => flipped(message(), -1)),
    row("another sender data", "unreadable", "6.3.2", () => flipped(message(), 2 + 2 + 21 + 8 + 1 + 1 + 5)),
    row("other authenticated data", "unreadable", "6.3.1", () =>
      flipped(message({ authenticated: utf8("x") }), 2 + 2 + 21 + 8 + 1 + 1),
    ),
    row("a message that calls itself a commit", "unreadable", "6.3.2", () => withBytes(message(), 2 + 2 + 21 + 8, 3)),
  ])("$name: $code", ({ bytes, code, section }) => {
    expectRefusal(bytes(), { code, section });
  });
});

describe("of public messages", () => {
  const hello = (forgery: FrameForgery) =>
    forgeMessage(forger, application(utf8("hello")), { isPublic: true, ...forgery });
  const rows = [
    row("an open message of a member", "malformed", "6.2", () => hello({})),
    row("an open message of somebody outside", "malformed", "6.2", () => hello({ sender: SENDER.newMemberCommit() })),
    row("a sender of kind 0", "unsupported-proposal", "12.1.8", () => publicly({ sender: Uint8Array.of(0) })),
    row("a sender of kind 5", "unsupported-proposal", "12.1.8", () => publicly({ sender: Uint8Array.of(5) })),
    row("an external sender", "unsupported-proposal", "12.1.8", () => publicly({ sender: SENDER.external(0) })),
    row("a membership tag behind an external commit", "malformed", "2.1", () =>
      external({ membershipTag: (tag) => tag }),
    ),
  ];
  test.each([
    ...rows,
    row("a member's commit", "public-commit", "6.2", () => publicly()),
    row("a commit that names the victim", "public-commit", "6.2", () => publicly({ leaf: 0 })),
  ])("$name: $code", ({ bytes, code, section }) => {
    expectRefusal(bytes(), { code, section });
  });

  test.each([
    ...rows,
    row("the victim as the committer", "own-message", "6.2", () => publicly({ leaf: 0 })),
    row("a committer at a blank leaf", "unknown-sender", "6.1", () => publicly({ leaf: 6 })),
    row("a committer outside the tree", "unknown-sender", "6.1", () => publicly({ leaf: 60_000 })),
    row("another member as the committer", "bad-signature", "6.1", () => publicly({ leaf: 1 })),
    row("another membership tag", "bad-membership-tag", "6.2", () => publicly({ membershipTag: flip(0) })),
    row("no membership tag", "bad-membership-tag", "6.2", () => publicly({ membershipTag: () => new Uint8Array(0) })),
    row("another signature", "bad-signature", "6.1", () => publicly({ signature: flip(0) })),
    row("another confirmation tag", "bad-confirmation-tag", "12.4.2", () => publicly({ tag: flip(0) })),
  ])("where members commit openly, $name: $code", ({ bytes, code, section }) => {
    expectRefusal(bytes(), { code, section }, openly);
  });
});

describe("proposals standing alone", () => {
  const newcomer = forgeKeyPackage(suite, outsider.identity, LIFETIME, random).keyPackage;
  const { leaf } = newcomer;
  const place = { groupId: context.groupId, index: 3 };
  const updated = forgeLeaf(suite, { ...leaf, source: { type: "update" } }, place, random(32));
  const kinds = {
    Add: { type: "add", keyPackage: newcomer },
    Update: update(updated),
    Remove: { type: "remove", removed: 1 },
    PreSharedKey: preSharedKey(),
    ReInit: reInit(otherGroup),
    ExternalInit: { type: "external-init", kemOutput: random(32) },
    GroupContextExtensions: { type: "group-context-extensions", extensions: [] },
    unknown: grease(),
  } as const;
  const rows = Object.entries(kinds).map(([kind, proposal]) => ({ kind, content: standalone(proposal) }));

  test.each(rows)("a private $kind", ({ content }) => {
    expectRefusal(forgeMessage(forger, content, { type: 2 }), { code: "standalone-proposal", section: "12.1" });
  });

  test.each(rows)("an open $kind of a member", ({ content }) => {
    const bytes = forgeMessage(forger, content, { type: 2, isPublic: true });
    expectRefusal(bytes, { code: "standalone-proposal", section: "12.1" });
    expectRefusal(bytes, { code: "standalone-proposal", section: "12.1" }, openly);
  });

  test.each(rows)("an open $kind of somebody who says it comes in by a commit", ({ content }) => {
    const bytes = forgeMessage(outsider, content, { type: 2, isPublic: true, sender: SENDER.newMemberCommit() });
    expectRefusal(bytes, { code: "standalone-proposal", section: "12.1" });
  });

  test.each([
    ...rows.map((one) => ({ ...one, who: "an external sender", sender: SENDER.external(0) })),
    ...rows.map((one) => ({ ...one, who: "a new member", sender: SENDER.newMemberProposal() })),
  ])("an open $kind of $who", ({ content, sender }) => {
    const bytes = forgeMessage(outsider, content, { type: 2, isPublic: true, sender });
    expectRefusal(bytes, { code: "unsupported-proposal", section: "12.1.8" });
  });
});

describe("bytes that were cut or changed on the way", () => {
  const { identity, group } = bob;
  const key = identity.signaturePrivateKey;
  test.each([
    {
      kind: "message",
      bytes: unwrap(seal(profile, unspent(profile, group), key, utf8("hello"), utf8("to all"), random)).bytes,
    },
    { kind: "commit", bytes: unwrap(makeCommit(profile, group, key, { removes: [2] }, NOW, random)).bytes },
    { kind: "external commit", bytes: external() },
  ])("of a $kind no other spelling is taken", ({ bytes }) => {
    const before = snapshot(alice.group);
    const taken: string[] = [];
    for (let at = 0; at < bytes.length; at++) {
      if (open(openly, alice.group, bytes.subarray(0, at)).ok) taken.push(`cut at ${at}`);
      if (open(openly, alice.group, flipped(bytes, at)).ok) taken.push(`changed at ${at}`);
      const [here, next] = [bytes[at], bytes[at + 1]];
      if (here === undefined || next === undefined || here === next) continue;
      if (open(openly, alice.group, withBytes(bytes, at, next, here)).ok) taken.push(`swapped at ${at}`);
    }
    expect(taken).toEqual([]);
    expect(snapshot(alice.group)).toBe(before);
    expect(open(openly, alice.group, bytes).ok).toBe(true);
  });
});

describe("whether a message is one's own", () => {
  const fromSelf = (bytes: Uint8Array) => isFromSelf(profile, alice.group, bytes);
  const group = unspent(profile, alice.group);
  const key = alice.identity.signaturePrivateKey;
  const mine = (forgery: FrameForgery = {}) => message({ leaf: 0, signingKey: key, ...forgery });
  test.each([
    {
      name: "an own message",
      bytes: () => unwrap(seal(profile, group, key, utf8("x"), utf8(""), random)).bytes,
      is: true,
    },
    { name: "an own commit", bytes: () => unwrap(makeCommit(profile, group, key, {}, NOW, random)).bytes, is: true },
    { name: "somebody's message", bytes: () => message(), is: false },
    { name: "one's own, made elsewhere", bytes: () => mine(), is: true },
    { name: "the same signed by another member", bytes: () => message({ leaf: 0 }), is: false },
    { name: "the same as another kind of frame", bytes: () => mine({ format: 5 }), is: false },
    { name: "the same of another group", bytes: () => mine({ groupId: otherGroup }), is: false },
    { name: "the same of another epoch", bytes: () => mine({ epoch: past.epoch }), is: false },
    { name: "the same over the limit", bytes: () => mine({ padding: new Uint8Array(2 ** 20) }), is: false },
    { name: "an open commit", bytes: () => publicly({ leaf: 0 }), is: false },
    { name: "no bytes", bytes: () => new Uint8Array(0), is: false },
  ])("$name: $is", ({ bytes, is }) => {
    expect(fromSelf(bytes())).toBe(is);
  });

  test("what this state made is none, however it is repeated or altered: that proves no copy", () => {
    const start = unspent(profile, alice.group);
    const said = unwrap(seal(profile, start, key, utf8("x"), utf8(""), random));
    const made = unwrap(makeCommit(profile, unspent(profile, said.group), key, {}, NOW, random));
    const [last, next] = [made.back, made.group];
    for (const { bytes } of [said, made]) {
      expect(isFromSelf(profile, start, bytes)).toBe(true);
      for (let at = 0; at < bytes.length; at++) expect(isFromSelf(profile, last, flipped(bytes, at))).toBe(false);
      for (const after of [last, next]) expect(isFromSelf(profile, after, bytes)).toBe(false);
    }
  });
});
