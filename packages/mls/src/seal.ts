/** Own messages and commits: what a member sends (RFC 9420 sections 6.3, 12.4.1 and 15). */
import { wipe } from "./bytes.ts";
import { readAll, Writer } from "./codec.ts";
import { nextEpoch, provisionalContext } from "./epoch.ts";
import { type Extension, ownExtensions, requiredBy } from "./extensions.ts";
import { type Content, type FramedContent, signContent } from "./framing.ts";
import { checkUsable, type Group, spend } from "./group.ts";
import { readKeyPackage } from "./key-package.ts";
import { checkLeaf, checkLifetime } from "./leaf-node.ts";
import { readMessage, WIRE_FORMAT } from "./message.ts";
import { makePath } from "./path.ts";
import type { Random } from "./primitives.ts";
import { encryptContent } from "./private-message.ts";
import { checkCredential, type Profile } from "./profile.ts";
import { type Proposal, writeCommit } from "./proposal.ts";
import { applyProposals } from "./proposal-list.ts";
import { membershipTag, writePublicMessage } from "./public-message.ts";
import { assert, attempt, type Result } from "./refusal.ts";
import { makeWelcome } from "./welcome.ts";

/** What a member says in an epoch. */
function frame(group: Group, authenticated: Uint8Array, content: Content, contentBytes: Uint8Array): FramedContent {
  const { groupId, epoch } = group.context;
  const sender = { type: "member", leaf: group.own.leaf } as const;
  return { groupId, epoch, sender, authenticated, content, contentBytes };
}

/**
 * Encrypts a message.
 *
 * @param authenticated - readable by whoever carries the message, and signed.
 * @returns the MLSMessage, and the group to go on with: the one given refuses to send again.
 */
export function seal(
  profile: Profile,
  group: Group,
  signaturePrivateKey: Uint8Array,
  data: Uint8Array,
  authenticated: Uint8Array,
  random: Random,
): Result<{ readonly bytes: Uint8Array; readonly group: Group }> {
  return attempt(() => {
    checkUsable(group);
    const { suite } = profile;
    const { context } = group;
    const framed = frame(group, authenticated, { type: "application", data }, new Writer().opaque(data).done());
    const signature = signContent(suite, WIRE_FORMAT.privateMessage, framed, context, signaturePrivateKey);
    const authentication = { signature, confirmationTag: undefined };
    const { bytes, secretTree } = encryptContent(suite, group, framed, authentication, random);
    spend(profile, group, "application");
    return { bytes, group: { ...group, secretTree } };
  });
}

/** What a commit is to do; nothing at all makes it renew this member's keys only. */
export interface CommitPlan {
  /** Key packages, as MLSMessages. */
  readonly adds?: readonly Uint8Array[];
  /** Leaf indices. */
  readonly removes?: readonly number[];
  /** The GroupContext's extensions from now on, all of them. */
  readonly extensions?: readonly Extension[];
  /** Readable by whoever carries the commit, and signed. */
  readonly authenticated?: Uint8Array;
  /** For the newcomers alone: extensions of the Welcome's GroupInfo. */
  readonly welcomeExtensions?: readonly Extension[];
  /** The member's credential from now on. */
  readonly identity?: Uint8Array;
}

export interface MadeCommit {
  readonly bytes: Uint8Array;
  /** One for all that come in; undefined when nobody does. */
  readonly welcome: Uint8Array | undefined;
  /** The group once the commit counts. */
  readonly group: Group;
  /** The group to go on with if it does not: the key that it was encrypted with is gone from it. */
  readonly back: Group;
}

/** Makes a commit, always with a path. @param nowSeconds - since 1970, for the lifetimes of those who come in. */
export function makeCommit(
  profile: Profile,
  group: Group,
  signaturePrivateKey: Uint8Array,
  plan: CommitPlan,
  nowSeconds: bigint,
  random: Random,
): Result<MadeCommit> {
  return attempt(() => {
    checkUsable(group);
    const { suite } = profile;
    const { context, own } = group;
    const proposals = readPlan(profile, plan, nowSeconds);
    const tree = group.tree.copy();
    const applied = applyProposals(profile, tree, context, proposals, own.leaf);
    const contextFor = provisionalContext(context, applied.extensions);
    const leafBefore = tree.leaf(own.leaf);
    assert(leafBefore !== undefined, "a member has a leaf");
    const newLeaves = new Set(applied.added.map(({ index }) => index));
    const { identity = leafBefore.identity, authenticated = new Uint8Array(0) } = plan;
    const leaf = { ...leafBefore, identity };
    const made = makePath(suite, tree, context.groupId, own, leaf, signaturePrivateKey, newLeaves, contextFor, random);
    const place = { groupId: context.groupId, index: own.leaf };
    checkLeaf(suite, made.path.leaf, place, requiredBy(applied.extensions));
    checkCredential(profile, { ...place, before: leafBefore, after: made.path.leaf });
    const commit = { proposals, path: made.path };
    const format = profile.publicCommits === true ? WIRE_FORMAT.publicMessage : WIRE_FORMAT.privateMessage;
    const framed = frame(group, authenticated, { type: "commit", commit }, writeCommit(commit));
    const signature = signContent(suite, format, framed, context, signaturePrivateKey);
    const { group: next, joiner } = nextEpoch(
      profile,
      group,
      contextFor(tree.hash(suite)),
      tree,
      { leaf: own.leaf, privateKeys: made.privateKeys },
      group.secrets.init,
      made.commitSecret,
      { format, framed, signature },
    );
    const { bytes, back } = protect(profile, group, framed, signature, next.confirmationTag, random);
    const keyPackages = proposals.flatMap((proposal) => (proposal.type === "add" ? [proposal.keyPackage] : []));
    const newcomers = keyPackages.map((keyPackage, position) => {
      const index = applied.added[position]?.index;
      assert(index !== undefined, "who is added has a leaf");
      return { index, keyPackage };
    });
    const { welcomeExtensions = [] } = plan;
    const welcome =
      newcomers.length === 0
        ? undefined
        : makeWelcome(
            profile,
            next,
            joiner,
            made.pathSecrets,
            newcomers,
            welcomeExtensions,
            signaturePrivateKey,
            random,
          );
    wipe(joiner, ...made.pathSecrets.values());
    // Last, so that whatever was refused before has cost no key.
    if (profile.publicCommits !== true) spend(profile, group, "handshake");
    return { bytes, welcome, group: next, back };
  });
}

function readPlan(profile: Profile, plan: CommitPlan, nowSeconds: bigint): Proposal[] {
  const proposals: Proposal[] = (plan.removes ?? []).map((removed) => ({ type: "remove", removed }));
  for (const bytes of plan.adds ?? []) {
    const body = readMessage(bytes, WIRE_FORMAT.keyPackage);
    const keyPackage = readAll(body, (reader) => readKeyPackage(reader, profile.suite));
    checkLifetime(keyPackage.leaf, nowSeconds);
    proposals.push({ type: "add", keyPackage });
  }
  const { extensions } = plan;
  if (extensions !== undefined) {
    proposals.push({ type: "group-context-extensions", extensions: ownExtensions(extensions) });
  }
  return proposals;
}

/** The commit as it travels, and the group without the key that it took. */
function protect(
  profile: Profile,
  group: Group,
  framed: FramedContent,
  signature: Uint8Array,
  confirmationTag: Uint8Array,
  random: Random,
): { readonly bytes: Uint8Array; readonly back: Group } {
  const { suite } = profile;
  const authentication = { signature, confirmationTag };
  assert(framed.sender.type === "member", "members make these commits");
  if (profile.publicCommits === true) {
    const tag = membershipTag(suite, group.secrets.membership, group.context, framed, authentication);
    return { bytes: writePublicMessage(framed, authentication, tag), back: group };
  }
  const { bytes, secretTree } = encryptContent(suite, group, framed, authentication, random);
  return { bytes, back: { ...group, secretTree } };
}
