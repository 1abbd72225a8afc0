/** Frames around any content: private and public, by any sender, with any signature and any tag. */
import { EMPTY } from "../src/bytes.ts";
import { Writer } from "../src/codec.ts";
import type { Group } from "../src/group.ts";
import { contextBytes, type GroupContext } from "../src/group-context.ts";
import type { Identity } from "../src/key-package.ts";
import { WIRE_FORMAT } from "../src/message.ts";
import type { Random } from "../src/primitives.ts";
import type { Profile } from "../src/profile.ts";
import { ratchetOf, takeKey } from "../src/secret-tree.ts";
import type { Change } from "./leaf.ts";

/** Who forges: a member with its state and keys, or any state of a group with the keys of an outsider. Never changed. */
export interface Forger {
  readonly profile: Pick<Profile, "suite">;
  readonly identity: Identity;
  readonly group: Group;
  readonly random: Random;
}

export interface FrameForgery {
  /** Sent as PublicMessage. */
  readonly isPublic?: boolean;
  /** Kind of the MLSMessage, whatever it holds. */
  readonly format?: number;
  readonly groupId?: Uint8Array;
  readonly epoch?: bigint;
  /** Leaf index of the sender, also where the keys are taken from. */
  readonly leaf?: number;
  /** The whole Sender, of PublicMessages. */
  readonly sender?: Uint8Array;
  readonly contentType?: number;
  readonly authenticated?: Uint8Array;
  readonly content?: Change<Uint8Array>;
  /** What the signature is made over and with. */
  readonly signedFormat?: number;
  readonly signedContext?: GroupContext;
  readonly signingKey?: Uint8Array;
  readonly signature?: Change<Uint8Array>;
  /** The confirmation tag of a commit. */
  readonly tag?: Change<Uint8Array>;
  readonly membershipTag?: Change<Uint8Array>;
  readonly generation?: number;
  readonly padding?: Uint8Array;
  /** Plain sender data. */
  readonly senderData?: Change<Uint8Array>;
}

export const CONTENT = { application: 1, proposal: 2, commit: 3 } as const;
/** Senders other than a member, as they travel. */
export const SENDER = {
  external: (index: number) => new Writer().uint8(2).uint32(index).done(),
  newMemberProposal: () => Uint8Array.of(3),
  newMemberCommit: () => Uint8Array.of(4),
} as const;

export interface Frame {
  readonly format: number;
  readonly leaf: number;
  readonly contentType: number;
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly authenticated: Uint8Array;
  /** FramedContent. */
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
  readonly signature: Uint8Array;
  /** FramedContentTBS. */
  readonly signed: Uint8Array;
}

/** Puts content into a frame and signs it. */
export function frame(forger: Forger, type: number, right: Uint8Array, forgery: FrameForgery): Frame {
  const { identity, group, profile } = forger;
  const { groupId = group.context.groupId, epoch = group.context.epoch, leaf = group.own.leaf } = forgery;
  const { contentType = type, authenticated = EMPTY } = forgery;
  const sender = forgery.sender ?? new Writer().uint8(1).uint32(leaf).done();
  const content = forgery.content?.(right) ?? right;
  const writer = new Writer().opaque(groupId).uint64(epoch).raw(sender).opaque(authenticated);
  const bytes = writer.uint8(contentType).raw(content).done();
  const format = forgery.isPublic === true ? WIRE_FORMAT.publicMessage : WIRE_FORMAT.privateMessage;
  const toSign = new Writer()
    .uint16(1)
    .uint16(forgery.signedFormat ?? format)
    .raw(bytes);
  // Section 6.1: who is outside of the group does not know its context, but for who comes in by a commit.
  if (sender[0] === 1 || sender[0] === 4) toSign.raw(contextBytes(forgery.signedContext ?? group.context));
  const signed = toSign.done();
  const key = forgery.signingKey ?? identity.signaturePrivateKey;
  const signature = profile.suite.sign(key, "FramedContentTBS", signed);
  const changed = forgery.signature?.(signature) ?? signature;
  return { format, leaf, contentType, groupId, epoch, authenticated, bytes, content, signature: changed, signed };
}

/** The MLSMessage. @param tag - of commits. */
export function protect(forger: Forger, made: Frame, tag: Uint8Array | undefined, forgery: FrameForgery): Uint8Array {
  const authentication = new Writer().opaque(made.signature);
  if (tag !== undefined) authentication.opaque(forgery.tag?.(tag) ?? tag);
  const tail = authentication.done();
  const body =
    forgery.isPublic === true ? publicBody(forger, made, tail, forgery) : privateBody(forger, made, tail, forgery);
  return new Writer()
    .uint16(1)
    .uint16(forgery.format ?? made.format)
    .raw(body)
    .done();
}

function publicBody({ profile, group }: Forger, made: Frame, tail: Uint8Array, forgery: FrameForgery): Uint8Array {
  const writer = new Writer().raw(made.bytes).raw(tail);
  const right = profile.suite.mac(group.secrets.membership, new Writer().raw(made.signed).raw(tail).done());
  const isMember = forgery.sender === undefined || forgery.sender[0] === 1;
  if (isMember || forgery.membershipTag !== undefined) writer.opaque(forgery.membershipTag?.(right) ?? right);
  return writer.done();
}

/** The generation that the forger's next message has when it forges none. */
export const nextGeneration = ({ group, profile }: Forger): number =>
  ratchetOf(profile.suite, group.secretTree, group.tree.leaves, group.own.leaf, "application").generation;

/** How far ahead a key is really derived for a forgery that claims more. */
const DERIVED_MAX = 5000;

function privateBody(forger: Forger, made: Frame, tail: Uint8Array, forgery: FrameForgery): Uint8Array {
  const { group, random } = forger;
  const { suite } = forger.profile;
  const { secretTree, tree, secrets } = group;
  const kind = made.contentType === CONTENT.application ? "application" : "handshake";
  const next = ratchetOf(suite, secretTree, tree.leaves, made.leaf, kind).generation;
  const { generation = next, padding = EMPTY } = forgery;
  const taken = takeKey(suite, secretTree, tree.leaves, made.leaf, kind, Math.min(generation, next + DERIVED_MAX)).key;
  const guard = random(4);
  const nonce = taken.nonce.map((byte, index) => byte ^ (guard[index] ?? 0));
  const head = new Writer().opaque(made.groupId).uint64(made.epoch).uint8(made.contentType).done();
  const aad = new Writer().raw(head).opaque(made.authenticated).done();
  const plain = new Writer().raw(made.content).raw(tail).raw(padding).done();
  const ciphertext = suite.aeadSeal(taken.key, nonce, aad, plain);
  const data = new Writer().uint32(made.leaf).uint32(generation).raw(guard).done();
  const sample = ciphertext.subarray(0, suite.secretBytes);
  const key = suite.expand(secrets.senderData, "key", sample, suite.keyBytes);
  const outer = suite.expand(secrets.senderData, "nonce", sample, suite.nonceBytes);
  const sealed = suite.aeadSeal(key, outer, head, forgery.senderData?.(data) ?? data);
  return new Writer().raw(aad).opaque(sealed).opaque(ciphertext).done();
}

/** A message of any content: application data by default, or a proposal standing alone. */
export function forgeMessage(
  forger: Forger,
  content: Uint8Array,
  forgery: FrameForgery & { readonly type?: number } = {},
): Uint8Array {
  const made = frame(forger, forgery.type ?? CONTENT.application, content, forgery);
  return protect(forger, made, undefined, forgery);
}

/** Application data as a content. */
export const application = (data: Uint8Array): Uint8Array => new Writer().opaque(data).done();
