/** What newcomers are given: GroupInfos and Welcomes for trees and secrets of any kind. */
import { EMPTY } from "../src/bytes.ts";
import { Writer } from "../src/codec.ts";
import { EXTENSION, type Extension } from "../src/extensions.ts";
import { contextBytes, type GroupContext } from "../src/group-context.ts";
import type { HpkeCiphertext } from "../src/hpke.ts";
import { startEpoch, welcomeKey, welcomeSecret } from "../src/key-schedule.ts";
import { WIRE_FORMAT, writeMessage } from "../src/message.ts";
import { writeCiphertext } from "../src/proposal.ts";
import type { Tree } from "../src/tree.ts";
import { commonAncestor } from "../src/tree-math.ts";
import type { ForgedCommit } from "./commit.ts";
import type { Forger } from "./frame.ts";
import { type Change, extensionList, type ForgedKeyPackage } from "./leaf.ts";

export interface InfoForgery {
  /** The tree that is shown, its hash in the context; bytes are taken for a `ratchet_tree`. */
  readonly tree?: Tree | Uint8Array;
  /** Anything of the context, after the tree's hash is in it. */
  readonly context?: Change<GroupContext>;
  readonly extensions?: Change<readonly Extension[]>;
  readonly tag?: Change<Uint8Array>;
  /** Everything before the signature is made. */
  readonly content?: Change<Uint8Array>;
  /** Leaf index. */
  readonly signer?: number;
  readonly signingKey?: Uint8Array;
  readonly signature?: Change<Uint8Array>;
}

export const externalPub = (key: Uint8Array): Extension => ({
  type: EXTENSION.externalPub,
  data: new Writer().opaque(key).done(),
});

function contextOf({ group, profile }: Forger, forgery: InfoForgery): GroupContext {
  const tree = forgery.tree instanceof Uint8Array ? undefined : forgery.tree;
  const treeHash = (tree ?? group.tree).hash(profile.suite);
  const right = { ...group.context, treeHash };
  return forgery.context?.(right) ?? right;
}

/** A signed GroupInfo. */
function infoBytes(
  forger: Forger,
  context: GroupContext,
  tag: Uint8Array,
  more: readonly Extension[],
  forgery: InfoForgery,
): Uint8Array {
  const { group, identity } = forger;
  const { tree = group.tree, signer = group.own.leaf, signingKey = identity.signaturePrivateKey } = forgery;
  const data = tree instanceof Uint8Array ? tree : tree.encode();
  const shown = [{ type: EXTENSION.ratchetTree, data }, ...more];
  const writer = new Writer().raw(contextBytes(context));
  extensionList(writer, forgery.extensions?.(shown) ?? shown);
  writer.opaque(forgery.tag?.(tag) ?? tag).uint32(signer);
  const right = writer.done();
  const content = forgery.content?.(right) ?? right;
  const signature = forger.profile.suite.sign(signingKey, "GroupInfoTBS", content);
  return new Writer()
    .raw(content)
    .opaque(forgery.signature?.(signature) ?? signature)
    .done();
}

/** An MLSMessage with a GroupInfo that somebody could come in by. */
export function forgeGroupInfo(forger: Forger, forgery: InfoForgery = {}): Uint8Array {
  const { group, profile } = forger;
  const external = externalPub(profile.suite.keyPair(group.secrets.external).publicKey);
  const info = infoBytes(forger, contextOf(forger, forgery), group.confirmationTag, [external], forgery);
  return writeMessage(WIRE_FORMAT.groupInfo, info);
}

export interface WelcomeForgery extends InfoForgery {
  readonly suiteId?: number;
  readonly joiner?: Uint8Array;
  /** Given the right one. */
  readonly pathSecret?: Change<Uint8Array | undefined>;
  /** The vector of PreSharedKeyIDs, without its length. */
  readonly psks?: Uint8Array;
  readonly secrets?: Change<Uint8Array>;
  readonly newMember?: Change<Uint8Array>;
  readonly sealed?: Change<HpkeCiphertext>;
  /** The key that the secrets are encrypted to. */
  readonly initKey?: Uint8Array;
  readonly encryptedInfo?: Change<Uint8Array>;
  /** How often the newcomer's secrets stand in it. */
  readonly count?: number;
}

/**
 * A Welcome into the epoch that a forged commit began.
 *
 * @param forger - with its state of before or after the commit.
 * @param newcomer - whose leaf stands at `index`.
 */
export function forgeWelcome(
  forger: Forger,
  commit: ForgedCommit,
  newcomer: ForgedKeyPackage,
  index: number,
  forgery: WelcomeForgery = {},
): Uint8Array {
  const { suite } = forger.profile;
  const inside = { ...forger, group: commit.group };
  const { joiner = commit.joiner, suiteId = suite.id, signer = commit.group.own.leaf } = forgery;
  const context = contextOf(inside, forgery);
  const tag = suite.mac(startEpoch(suite, joiner, context).confirmation, context.confirmedTranscriptHash);
  const info = infoBytes(inside, context, tag, [], forgery);
  const { key, nonce } = welcomeKey(suite, welcomeSecret(suite, joiner));
  const rightInfo = suite.aeadSeal(key, nonce, EMPTY, info);
  const sealedInfo = forgery.encryptedInfo?.(rightInfo) ?? rightInfo;
  const right = signer === index ? undefined : commit.pathSecrets.get(commonAncestor(signer, index));
  const pathSecret = forgery.pathSecret === undefined ? right : forgery.pathSecret(right);
  const writer = new Writer().opaque(joiner).optional(pathSecret, (inner, secret) => inner.opaque(secret));
  const plain = writer.opaque(forgery.psks ?? EMPTY).done();
  const { initKey = newcomer.keyPackage.initKey, secrets = (bytes) => bytes } = forgery;
  const sealed = suite.encrypt(initKey, "Welcome", sealedInfo, secrets(plain), forger.random);
  const ref = suite.refHash("MLS 1.0 KeyPackage Reference", newcomer.keyPackage.bytes);
  const body = new Writer().uint16(suiteId);
  body.vector(Array(forgery.count ?? 1).fill(forgery.sealed?.(sealed) ?? sealed), (inner, one) =>
    writeCiphertext(inner.opaque(forgery.newMember?.(ref) ?? ref), one),
  );
  return writeMessage(WIRE_FORMAT.welcome, body.opaque(sealedInfo).done());
}
