/** What a commit's proposals do, and whether they may stand together (RFC 9420 sections 12.2 and 12.3). */
import { equalBytes } from "./bytes.ts";
import { type Extension, requiredBy } from "./extensions.ts";
import type { Member } from "./group.ts";
import { checkKeyPackage } from "./key-package.ts";
import { checkCapabilities } from "./leaf-node.ts";
import { checkCredential, leavesMax, type Profile } from "./profile.ts";
import type { Proposal } from "./proposal.ts";
import { check, present } from "./refusal.ts";
import type { Tree } from "./tree.ts";
import { checkUnique } from "./tree-check.ts";

export interface Applied {
  /** Of the GroupContext after the commit. */
  readonly extensions: readonly Extension[];
  readonly added: readonly Member[];
  readonly removed: readonly Member[];
  /** The public keys of all nodes, by `keyOf`: a path may bring in none of them. */
  readonly keys: Set<string>;
}

/** Applies a member's proposals to the tree. @param before - the group's id and its extensions before. */
export function applyProposals(
  profile: Profile,
  tree: Tree,
  before: { readonly groupId: Uint8Array; readonly extensions: readonly Extension[] },
  proposals: readonly Proposal[],
  committer: number,
): Applied {
  const changes = proposals.filter((proposal) => proposal.type === "group-context-extensions");
  check(changes.length <= 1, "extensions-twice", "12.2");
  const extensions = changes[0]?.extensions ?? before.extensions;
  check(changes.length === 0 || extensions.length > 0, "no-extensions", "12.1.7");
  const required = requiredBy(extensions);
  const removed: Member[] = [];
  const added: Member[] = [];
  for (const proposal of proposals) {
    check(proposal.type !== "external-init", "unsupported-proposal", "12.2");
    if (proposal.type !== "remove") continue;
    check(proposal.removed !== committer, "removes-itself", "12.2");
    check(!removed.some(({ index }) => index === proposal.removed), "removed-twice", "12.2");
    removed.push(memberAt(tree, proposal.removed));
  }
  for (const { index } of removed) tree.remove(index);
  if (removed.length > 0) tree.truncate();
  for (const proposal of proposals) {
    if (proposal.type !== "add") continue;
    const { leaf } = proposal.keyPackage;
    checkKeyPackage(profile.suite, proposal.keyPackage, required);
    const index = tree.add(leaf, leavesMax(profile));
    checkCredential(profile, { groupId: before.groupId, index, before: undefined, after: leaf });
    added.push({ ...leaf, index });
  }
  if (changes.length > 0) for (const [, leaf] of tree.members()) checkCapabilities(leaf, required);
  return { extensions, added, removed, keys: checkUnique(tree, profile.credentials) };
}

/** The proposals of somebody who comes in from outside: what it joins with, and its own former leaf if it has one. */
export function applyExternal(
  profile: Profile,
  tree: Tree,
  proposals: readonly Proposal[],
): { readonly kemOutput: Uint8Array; readonly removed: Member | undefined; readonly keys: Set<string> } {
  const inits = proposals.filter((proposal) => proposal.type === "external-init");
  const removes = proposals.filter((proposal) => proposal.type === "remove");
  const [init] = inits;
  check(init !== undefined && inits.length === 1, "bad-external-commit", "12.2");
  check(removes.length <= 1, "bad-external-commit", "12.2");
  check(inits.length + removes.length === proposals.length, "bad-external-commit", "12.2");
  const [remove] = removes;
  const removed = remove && memberAt(tree, remove.removed);
  if (removed !== undefined) {
    tree.remove(removed.index);
    tree.truncate();
  }
  return { kemOutput: init.kemOutput, removed, keys: checkUnique(tree, profile.credentials) };
}

function memberAt(tree: Tree, index: number): Member {
  return { ...present(tree.leaf(index), "unknown-leaf", "12.1.3"), index };
}

/** Whether a leaf may take the place of the one that an external commit removes (section 12.2). */
export function checkRejoin(
  profile: Profile,
  removed: Member,
  joining: { readonly identity: Uint8Array; readonly signatureKey: Uint8Array },
): void {
  const [before, after] = [removed, joining].map(({ identity }) => profile.credentials.name(identity));
  check(before !== undefined && before === after, "not-own-leaf", "12.2");
  check(equalBytes(removed.signatureKey, joining.signatureKey), "signature-key-changed", "12.2");
}
