/** `@sotto/mls`: what travels, and below it what members may have signed and encrypted. A refusal leaves a group as it was. */
import { equalBytes } from "../../packages/mls/src/bytes.ts";
import { readAll, Writer } from "../../packages/mls/src/codec.ts";
import { EXTENSION } from "../../packages/mls/src/extensions.ts";
import { type Content, type FramedContent, signContent } from "../../packages/mls/src/framing.ts";
import { signGroupInfo } from "../../packages/mls/src/group-context.ts";
import {
  difference,
  type Group,
  isFromSelf,
  joinByWelcome,
  joinFromOutside,
  LIMITS,
  open,
  parseGroupInfo,
  parseKeyPackage,
  type Result,
  restore,
} from "../../packages/mls/src/index.ts";
import { keyPackageRef, readKeyPackage } from "../../packages/mls/src/key-package.ts";
import { welcomeKey, welcomeSecret } from "../../packages/mls/src/key-schedule.ts";
import { WIRE_FORMAT, writeMessage } from "../../packages/mls/src/message.ts";
import { encryptContent } from "../../packages/mls/src/private-message.ts";
import { writeCommit } from "../../packages/mls/src/proposal.ts";
import { readPublicMessage, writePublicMessage } from "../../packages/mls/src/public-message.ts";
import { attempt } from "../../packages/mls/src/refusal.ts";
import { parseTree } from "../../packages/mls/src/tree.ts";
import { writeGroupSecrets, writeWelcome } from "../../packages/mls/src/welcome.ts";
import { samples as makeSamples, type Samples } from "../../packages/mls/test/samples.ts";
import { memberOf, newKeyPackage, person, profile, seeded, suite, unwrap } from "../../packages/mls/test/world.ts";
import { mustHold, type Sample, type Target, type Trial } from "../target.ts";

const NOTHING = new Uint8Array(0);
const outcome = (result: Result<unknown>): string =>
  result.ok ? "taken" : `${result.error.code} ${result.error.section}`;

/** All that a group is on disk. */
export const groupText = (group: Group): string =>
  difference(undefined, group)
    .map(({ name, value }) => `${name} ${Buffer.from(value ?? NOTHING).toString("hex")}`)
    .join("\n");

interface Stage {
  readonly made: Samples;
  readonly sent: readonly Sample[];
}

/** Made when it is first needed, and the same each time. */
let stage: Stage | undefined;
function staged(): Stage {
  if (stage !== undefined) return stage;
  const made = makeSamples();
  const { message, commit, publicCommit, externalCommit, welcome, groupInfo, keyPackage } = made;
  const all = { message, commit, publicCommit, externalCommit, welcome, groupInfo, keyPackage };
  stage = { made, sent: Object.entries(all).map(([name, bytes]) => ({ name, bytes })) };
  return stage;
}

/** What was changed on the way is refused by everybody who may read it. */
const travelling: Target = {
  name: "mls-message",
  about: "MLSMessages of every kind, given to every reader: mls/src/open.ts, welcome.ts, outside.ts, key-package.ts",
  format: "vectors",
  bytesMax: LIMITS.messageBytes,
  kept: "made",
  samples: async () => staged().sent,
  open: async () => {
    const { made, sent } = staged();
    const [ann, bob] = [memberOf(made.world, "ann"), memberOf(made.world, "bob")];
    const before = groupText(bob.group);
    const into = groupText(unwrap(joinByWelcome(profile, [made.newcomer], made.welcome)).group);
    const take = (input: Uint8Array): string => {
      const read = [
        open(profile, bob.group, input),
        parseKeyPackage(suite, input),
        parseGroupInfo(profile, input),
        joinByWelcome(profile, [made.newcomer], input),
      ] as const;
      const isOwn = isFromSelf(profile, ann.group, input);
      const isReal = sent.some(({ bytes }) => equalBytes(bytes, input));
      const welcomed = read[3];
      // Nobody signs whom a Welcome is for: a name more, or another order, leads into the same group.
      if (welcomed.ok) mustHold(groupText(welcomed.value.group) === into, "a Welcome leads elsewhere");
      mustHold(isReal || !read.slice(0, 3).some(({ ok }) => ok), "what was changed on the way is taken");
      mustHold(isReal || !isOwn || input.length > 40, "a few bytes are from oneself");
      mustHold(groupText(bob.group) === before, "the group is another one");
      return read.map(outcome).join(", ");
    };
    return { take };
  },
  testInputs: 800,
};

const message: Content = { type: "application", data: NOTHING };
const emptyCommit: Content = { type: "commit", commit: { proposals: [], path: undefined } };

/** What Ann may have signed and encrypted: the first byte says as what. */
const byMember: Target = {
  name: "mls-member",
  about: "the content of a message or commit, signed and encrypted as it should be: mls/src/framing.ts, proposal.ts",
  format: "vectors",
  bytesMax: 16_384,
  kept: "made",
  samples: async () => {
    const { made } = staged();
    const texts = [NOTHING, Uint8Array.of(1, 65), made.message.slice(0, 60)].map((data) =>
      new Writer().opaque(data).done(),
    );
    return [
      ...texts.map((bytes, index) => ({ name: `message ${index + 1}`, bytes: Uint8Array.of(1, ...bytes) })),
      { name: "commit", bytes: Uint8Array.of(3, ...made.commitContent) },
      { name: "commit of nothing, without a path", bytes: Uint8Array.of(3, 0, 0) },
    ];
  },
  open: async () => {
    const { made } = staged();
    const [ann, bob] = [memberOf(made.world, "ann"), memberOf(made.world, "bob")];
    const { context, own } = ann.group;
    const random = seeded(7);
    const before = groupText(bob.group);
    const take = (input: Uint8Array): string => {
      const content = input[0] === 3 ? emptyCommit : message;
      const contentBytes = input.slice(1);
      const sender = { type: "member", leaf: own.leaf } as const;
      const place = { groupId: context.groupId, epoch: context.epoch };
      const framed = { ...place, sender, authenticated: NOTHING, content, contentBytes };
      const key = ann.identity.signaturePrivateKey;
      const signature = signContent(suite, WIRE_FORMAT.privateMessage, framed, context, key);
      const confirmationTag = content.type === "commit" ? random(32) : undefined;
      const { bytes } = encryptContent(suite, ann.group, framed, { signature, confirmationTag }, random);
      const got = open(profile, bob.group, bytes);
      mustHold(groupText(bob.group) === before, "the group is another one");
      if (!got.ok) return outcome(got);
      mustHold(got.value.type === "message", "a commit without its tag is taken");
      mustHold(equalBytes(new Writer().opaque(got.value.data).done(), contentBytes), "one text has two spellings");
      return "taken";
    };
    return { take };
  },
  testInputs: 600,
};

/** What somebody signs who comes in by the link. */
const byNewcomer: Target = {
  name: "mls-newcomer",
  about: "the external commit of somebody who comes in, signed as it should be: mls/src/proposal-list.ts, path.ts",
  format: "vectors",
  bytesMax: 65_536,
  kept: "made",
  samples: async () => {
    const { framed } = readAll(staged().made.externalCommit.subarray(4), (reader) => readPublicMessage(reader, suite));
    const { content } = framed;
    if (content.type !== "commit") throw new Error("an external commit is one");
    return [
      { name: "content", bytes: framed.contentBytes.slice() },
      { name: "content without its path", bytes: writeCommit({ ...content.commit, path: undefined }) },
    ];
  },
  open: async () => {
    const { made } = staged();
    const bob = memberOf(made.world, "bob");
    const stranger = person("ida", seeded(8));
    const outside = unwrap(parseGroupInfo(profile, made.groupInfo));
    const { bytes: real } = unwrap(joinFromOutside(profile, stranger, outside, NOTHING, seeded(9)));
    const { framed, authentication } = readAll(real.subarray(4), (reader) => readPublicMessage(reader, suite));
    const before = groupText(bob.group);
    const take = (contentBytes: Uint8Array): string => {
      const other: FramedContent = { ...framed, contentBytes };
      const format = WIRE_FORMAT.publicMessage;
      const signature = signContent(suite, format, other, bob.group.context, stranger.signaturePrivateKey);
      const got = open(profile, bob.group, writePublicMessage(other, { ...authentication, signature }, undefined));
      const isReal = equalBytes(contentBytes, framed.contentBytes);
      mustHold(isReal || !got.ok, "a commit with a change in it is taken");
      mustHold(groupText(bob.group) === before, "the group is another one");
      return outcome(got);
    };
    return { take };
  },
  testInputs: 400,
};

/** What somebody signs who lets others in: any tree, with its hash where it belongs. */
const tree: Target = {
  name: "mls-tree",
  about: "the ratchet tree of a GroupInfo and of a Welcome, signed as it should be: mls/src/tree.ts, tree-check.ts",
  format: "vectors",
  bytesMax: 65_536,
  kept: "made",
  samples: async () => {
    const { made } = staged();
    const withNewcomer = memberOf(made.world, "ann").group.tree.copy();
    withNewcomer.add(unwrap(parseKeyPackage(suite, newcomerOf().bytes)).leaf);
    const withoutSigner = withNewcomer.copy();
    withoutSigner.remove(memberOf(made.world, "ann").group.own.leaf);
    return [
      { name: "tree", bytes: made.tree },
      { name: "tree with a newcomer", bytes: withNewcomer.encode() },
      { name: "tree without who signs", bytes: withoutSigner.encode() },
    ];
  },
  open: openTrees,
  testInputs: 300,
};

const newcomerOf = () => newKeyPackage(person("ida", seeded(10)), seeded(11));

async function openTrees(): Promise<Trial> {
  const { made } = staged();
  const ann = memberOf(made.world, "ann");
  const stranger = person("jim", seeded(12));
  const { context, confirmationTag, own } = ann.group;
  const external = suite.keyPair(seeded(13)(32)).publicKey;
  const newcomer = newcomerOf();
  const keyPackage = unwrap(parseKeyPackage(suite, newcomer.bytes));
  const { initKey } = readAll(newcomer.bytes.subarray(4), (reader) => readKeyPackage(reader, suite));
  const joiner = seeded(14)(32);
  const groupSecrets = writeGroupSecrets({ joiner, pathSecret: seeded(15)(32) });
  const random = seeded(16);
  const take = (input: Uint8Array): string => {
    const parsed = attempt(() => parseTree(input).hash(suite));
    const extensions = [
      { type: EXTENSION.ratchetTree, data: input },
      { type: EXTENSION.externalPub, data: new Writer().opaque(external).done() },
    ];
    const unsigned = {
      context: { ...context, treeHash: parsed.ok ? parsed.value : context.treeHash },
      extensions,
      confirmationTag,
      signer: own.leaf,
    };
    const info = signGroupInfo(suite, unsigned, ann.identity.signaturePrivateKey);
    const outside = parseGroupInfo(profile, writeMessage(WIRE_FORMAT.groupInfo, info));
    const joined = outside.ok ? joinFromOutside(profile, stranger, outside.value, NOTHING, random) : undefined;
    const { key, nonce } = welcomeKey(suite, welcomeSecret(suite, joiner));
    const encryptedGroupInfo = suite.aeadSeal(key, nonce, NOTHING, info);
    const sealed = suite.encrypt(initKey, "Welcome", encryptedGroupInfo, groupSecrets, random);
    const secrets = [{ newMember: keyPackageRef(suite, keyPackage), sealed }];
    const bytes = writeMessage(WIRE_FORMAT.welcome, writeWelcome(suite, { secrets, encryptedGroupInfo }));
    const welcomed = joinByWelcome(profile, [newcomer], bytes);
    mustHold(!welcomed.ok, "a Welcome with secrets of no group is taken");
    return [outside, joined, welcomed].map((one) => (one === undefined ? "-" : outcome(one))).join(", ");
  };
  return { take };
}

function partsBytes(group: Group): Uint8Array {
  const writer = new Writer();
  for (const { name, value } of difference(undefined, group))
    writer.opaque(new TextEncoder().encode(name)).opaque(value ?? NOTHING);
  return writer.done();
}

/** Parts by name, as vectors: the store authenticates them, and still nothing is thrown. */
const stored: Target = {
  name: "mls-stored",
  about: "the parts of a group as the vault keeps them: mls/src/store.ts",
  format: "vectors",
  bytesMax: 262_144,
  kept: "made",
  samples: async () => {
    const { group } = memberOf(staged().made.world, "bob");
    return [
      { name: "of a member", bytes: partsBytes(group) },
      { name: "of somebody who is out", bytes: partsBytes({ ...group, isRemoved: true }) },
    ];
  },
  open: async () => ({
    take: (input) => {
      const parts = new Map<string, Uint8Array>();
      const read = attempt(() =>
        readAll(input, (reader) => {
          while (reader.left > 0) parts.set(new TextDecoder().decode(reader.opaque()), reader.opaque());
        }),
      );
      if (!read.ok) return "no parts";
      const [form, whole] = [restore(parts), restore(parts, suite)];
      if (form.ok) {
        for (const { name, value } of difference(undefined, form.value)) {
          const given = parts.get(name);
          mustHold(given !== undefined && equalBytes(given, value ?? NOTHING), `a part has two spellings: ${name}`);
        }
      }
      return `${outcome(form)}, ${outcome(whole)}`;
    },
  }),
  testInputs: 300,
};

export const MLS_TARGETS: readonly Target[] = [travelling, byMember, byNewcomer, tree, stored];
