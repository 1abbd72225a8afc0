/** Proposals as they stand in a commit, those that the package cannot write among them. */
import { EMPTY } from "../src/bytes.ts";
import { Writer } from "../src/codec.ts";
import type { Extension } from "../src/extensions.ts";
import type { LeafNode } from "../src/leaf-node.ts";
import { type Proposal, writeProposal } from "../src/proposal.ts";
import { extensionList } from "./leaf.ts";

/** Extensions of a GroupContext, repeated ones too. */
export const contextExtensions = (extensions: readonly Extension[]): Uint8Array =>
  byValue(7, extensionList(new Writer(), extensions).done());

/** A proposal that travels by value; bytes are taken for a whole ProposalOrRef. */
export type ForgedProposal = Proposal | Uint8Array;

const BY_VALUE = 1;
const BY_REFERENCE = 2;

/** A Proposal by value, of any kind and content. */
export const byValue = (type: number, body: Uint8Array): Uint8Array =>
  new Writer().uint8(BY_VALUE).uint16(type).raw(body).done();

export const byReference = (hash: Uint8Array): Uint8Array => new Writer().uint8(BY_REFERENCE).opaque(hash).done();

export const update = (leaf: LeafNode): Uint8Array => byValue(2, leaf.bytes);

/** An external PSK, none of which anybody has. */
export const preSharedKey = (): Uint8Array =>
  byValue(4, new Writer().uint8(1).opaque(Uint8Array.of(7)).opaque(new Uint8Array(32)).done());

export const reInit = (groupId: Uint8Array): Uint8Array =>
  byValue(5, new Writer().opaque(groupId).uint16(1).uint16(1).length(0).done());

/** A kind that the registry keeps free so that nobody relies on its absence (RFC 9420 section 13.5). */
export const grease = (): Uint8Array => byValue(0x0a0a, new Writer().opaque(EMPTY).done());

export function proposalBytes(proposal: ForgedProposal): Uint8Array {
  if (proposal instanceof Uint8Array) return proposal;
  const writer = new Writer().uint8(BY_VALUE);
  writeProposal(writer, proposal);
  return writer.done();
}

/** The content of a message that holds one proposal and nothing else. */
export const standalone = (proposal: ForgedProposal): Uint8Array => proposalBytes(proposal).slice(1);
