/**
 * Whatever comes in is refused or taken, and nothing is thrown: bytes of a stranger, what was changed on the way, and what
 * a member may have signed and encrypted, which goes deeper.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { equalBytes } from "../src/bytes.ts";
import { readAll, Writer } from "../src/codec.ts";
import { EXTENSION } from "../src/extensions.ts";
import { type Content, type FramedContent, signContent } from "../src/framing.ts";
import { signGroupInfo } from "../src/group-context.ts";
import { isFromSelf, joinByWelcome, joinFromOutside, open, parseGroupInfo, parseKeyPackage } from "../src/index.ts";
import { keyPackageRef, readKeyPackage } from "../src/key-package.ts";
import { welcomeKey, welcomeSecret } from "../src/key-schedule.ts";
import { WIRE_FORMAT, writeMessage } from "../src/message.ts";
import { encryptContent } from "../src/private-message.ts";
import { readPublicMessage, writePublicMessage } from "../src/public-message.ts";
import { attempt } from "../src/refusal.ts";
import { restore } from "../src/store.ts";
import { parseTree } from "../src/tree.ts";
import { writeGroupSecrets, writeWelcome } from "../src/welcome.ts";
import { changed } from "./changes.ts";
import { samples } from "./samples.ts";
import { memberOf, newKeyPackage, person, profile, suite, unwrap } from "./world.ts";

const made = samples();
const { random } = made.world;
const ann = memberOf(made.world, "ann");
const bob = memberOf(made.world, "bob");
const stranger = person("ida", random);
const NOTHING = new Uint8Array(0);

/** Everything that takes bytes. A throw is the only wrong answer. */
const readers: { name: string; take: (bytes: Uint8Array) => boolean }[] = [
  { name: "open", take: (bytes) => open(profile, bob.group, bytes).ok },
  { name: "isFromSelf", take: (bytes) => isFromSelf(profile, ann.group, bytes) },
  { name: "parseKeyPackage", take: (bytes) => parseKeyPackage(suite, bytes).ok },
  { name: "parseGroupInfo", take: (bytes) => parseGroupInfo(profile, bytes).ok },
  { name: "parseGroupInfo with a tree", take: (bytes) => parseGroupInfo(profile, made.groupInfo, bytes).ok },
  { name: "joinByWelcome", take: (bytes) => joinByWelcome(profile, [made.newcomer], bytes).ok },
  { name: "restore", take: (bytes) => restore(new Map([["context", bytes]])).ok },
];

const noise = fc.uint8Array({ maxLength: 400 }).map((bytes) => new Uint8Array(bytes));
const inFrame = fc
  .tuple(fc.integer({ min: 1, max: 5 }), noise)
  .map(([format, body]) => new Writer().uint16(1).uint16(format).raw(body).done());

describe("bytes of a stranger", () => {
  test.each(readers)("$name refuses them", ({ name, take }) => {
    const isLenient = name.endsWith("with a tree"); // the tree stands in the GroupInfo, and what is beside it is not read
    fc.assert(
      fc.property(fc.oneof(noise, inFrame), (bytes) => {
        expect(take(bytes)).toBe(isLenient);
      }),
      { numRuns: 500 },
    );
  });
});

describe("what was changed on the way", () => {
  const sent: { name: string; bytes: Uint8Array }[] = [
    { name: "a message", bytes: made.message },
    { name: "a commit", bytes: made.commit },
    { name: "an external commit", bytes: made.externalCommit },
    { name: "a welcome", bytes: made.welcome },
    { name: "a group info", bytes: made.groupInfo },
    { name: "a key package", bytes: made.keyPackage },
  ];

  test.each(sent)("$name is refused by everybody", ({ bytes }) => {
    fc.assert(
      fc.property(changed(bytes), (other) => {
        if (equalBytes(other, bytes)) return;
        for (const { name, take } of readers) {
          // Who sends stands in the sender data alone, and those of the unchanged message are still good.
          if (name !== "isFromSelf" && !name.endsWith("with a tree")) expect(take(other)).toBe(false);
          else take(other);
        }
      }),
      { numRuns: 150 },
    );
  });
});

const tag = random(32);

/** Ann's authentic message with any content: signed, encrypted and framed as it should be. */
function fromAnn(content: Content, contentBytes: Uint8Array): Uint8Array {
  const { context, own } = ann.group;
  const sender = { type: "member", leaf: own.leaf } as const;
  const framed = {
    groupId: context.groupId,
    epoch: context.epoch,
    sender,
    authenticated: NOTHING,
    content,
    contentBytes,
  };
  const key = ann.identity.signaturePrivateKey;
  const signature = signContent(suite, WIRE_FORMAT.privateMessage, framed, context, key);
  const confirmationTag = content.type === "commit" ? tag : undefined;
  const authentication = { signature, confirmationTag };
  return encryptContent(suite, ann.group, framed, authentication, random).bytes;
}

const message: Content = { type: "application", data: NOTHING };
const commit: Content = { type: "commit", commit: { proposals: [], path: undefined } };

describe("what a member signed and encrypted", () => {
  test("any content at all is refused, or is one opaque text", () => {
    fc.assert(
      fc.property(noise, fc.boolean(), (bytes, isCommit) => {
        const got = open(profile, bob.group, fromAnn(isCommit ? commit : message, bytes));
        if (!got.ok) return;
        expect(got.value.type === "message" && new Writer().opaque(got.value.data).done()).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  test("a commit with any change in it is refused", () => {
    fc.assert(
      fc.property(changed(made.commitContent), (bytes) => {
        expect(open(profile, bob.group, fromAnn(commit, bytes)).ok).toBe(false);
      }),
      { numRuns: 400 },
    );
  });
});

describe("what somebody signed who comes in", () => {
  const outside = unwrap(parseGroupInfo(profile, made.groupInfo));
  const { bytes: real } = unwrap(joinFromOutside(profile, stranger, outside, NOTHING, random));
  const { framed, authentication } = readAll(real.subarray(4), (reader) => readPublicMessage(reader, suite));

  test("a commit with any change in it is refused", () => {
    expect(open(profile, bob.group, real).ok).toBe(true);
    fc.assert(
      fc.property(changed(framed.contentBytes), (contentBytes) => {
        if (equalBytes(contentBytes, framed.contentBytes)) return;
        const other: FramedContent = { ...framed, contentBytes };
        const format = WIRE_FORMAT.publicMessage;
        const signature = signContent(suite, format, other, bob.group.context, stranger.signaturePrivateKey);
        const bytes = writePublicMessage(other, { ...authentication, signature }, undefined);
        expect(open(profile, bob.group, bytes).ok).toBe(false);
      }),
      { numRuns: 400 },
    );
  });
});

describe("what somebody signed who lets others in", () => {
  const { context, confirmationTag, own, tree } = ann.group;
  const external = suite.keyPair(random(32)).publicKey;

  /** Any tree, with everything around it as it should be: its hash in the context, the context signed. */
  function infoWith(treeBytes: Uint8Array, treeHash: Uint8Array): Uint8Array {
    const extensions = [
      { type: EXTENSION.ratchetTree, data: treeBytes },
      { type: EXTENSION.externalPub, data: new Writer().opaque(external).done() },
    ];
    const info = { context: { ...context, treeHash }, extensions, confirmationTag, signer: own.leaf };
    return signGroupInfo(suite, info, ann.identity.signaturePrivateKey);
  }

  const hashOf = (bytes: Uint8Array) => {
    const parsed = attempt(() => parseTree(bytes).hash(suite));
    return parsed.ok ? parsed.value : context.treeHash;
  };

  /** The newcomer's leaf is in it, so that a Welcome with it gets as far as it can. */
  const newcomer = newKeyPackage(stranger, random);
  const keyPackage = unwrap(parseKeyPackage(suite, newcomer.bytes));
  const withNewcomer = tree.copy();
  withNewcomer.add(keyPackage.leaf);

  test("a group info with any tree gives a way in that works, or is refused", () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.oneof(noise, changed(made.tree)), (bytes) => {
        const info = writeMessage(WIRE_FORMAT.groupInfo, infoWith(bytes, hashOf(bytes)));
        const got = parseGroupInfo(profile, info);
        if (!got.ok) return;
        taken++;
        joinFromOutside(profile, stranger, got.value, NOTHING, random);
      }),
      { numRuns: 400, examples: [[made.tree]] },
    );
    expect(taken).toBeGreaterThan(0);
  });

  /** A Welcome whose secrets and GroupInfo are any bytes, encrypted as they should be. */
  function welcomeWith(groupSecrets: Uint8Array, info: Uint8Array, joiner: Uint8Array): Uint8Array {
    const { key, nonce } = welcomeKey(suite, welcomeSecret(suite, joiner));
    const encryptedGroupInfo = suite.aeadSeal(key, nonce, NOTHING, info);
    const { initKey } = readAll(newcomer.bytes.subarray(4), (reader) => readKeyPackage(reader, suite));
    const sealed = suite.encrypt(initKey, "Welcome", encryptedGroupInfo, groupSecrets, random);
    const secrets = [{ newMember: keyPackageRef(suite, keyPackage), sealed }];
    return writeMessage(WIRE_FORMAT.welcome, writeWelcome(suite, { secrets, encryptedGroupInfo }));
  }

  test("a welcome with any secrets, any group info or any tree is refused", () => {
    const joiner = random(32);
    const secrets = writeGroupSecrets({ joiner, pathSecret: random(32) });
    const encoded = withNewcomer.encode();
    const info = infoWith(encoded, withNewcomer.hash(suite));
    const refused = (bytes: Uint8Array): void => {
      expect(joinByWelcome(profile, [newcomer], bytes).ok).toBe(false);
    };
    fc.assert(
      fc.property(fc.oneof(noise, changed(secrets)), (bytes) => refused(welcomeWith(bytes, info, joiner))),
      { numRuns: 150 },
    );
    fc.assert(
      fc.property(fc.oneof(noise, changed(info)), (bytes) => refused(welcomeWith(secrets, bytes, joiner))),
      { numRuns: 150 },
    );
    fc.assert(
      fc.property(changed(encoded), (bytes) => refused(welcomeWith(secrets, infoWith(bytes, hashOf(bytes)), joiner))),
      { numRuns: 300 },
    );
  });
});
