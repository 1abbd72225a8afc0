/** What an application brings: the suite of its groups, and its judgement of credentials (RFC 9420 section 5.3.1). */
import type { LeafNode } from "./leaf-node.ts";
import { LIMITS } from "./limits.ts";
import { check, present } from "./refusal.ts";
import type { Suite } from "./suite.ts";
import type { Tree } from "./tree.ts";

/** A leaf that comes into a group, or takes the place of an older one of the same member. */
export interface LeafChange {
  readonly groupId: Uint8Array;
  readonly index: number;
  /** The leaf of the same member before: of a path, or the one that an external commit takes out. */
  readonly before: LeafNode | undefined;
  readonly after: LeafNode;
}

/** The authentication service of RFC 9420, as far as it can be asked at once. */
export interface Credentials {
  /** Whose credential it is: no two leaves of a group have one name, and a path keeps it. undefined: not one of ours. */
  name(identity: Uint8Array): string | undefined;
  /** Called for every leaf that comes in, those of a tree that one joins included. */
  accepts(change: LeafChange): boolean;
}

export interface Profile {
  readonly suite: Suite;
  readonly credentials: Credentials;
  /** Most places for leaves in a tree, a power of two; at most, and without a word, `LIMITS.leaves`. */
  readonly leavesMax?: number;
  /** Member commits travel as PublicMessage. For interoperation tests with peers that want it so, and for nothing else. */
  readonly publicCommits?: boolean;
}

export const leavesMax = (profile: Profile): number => profile.leavesMax ?? LIMITS.leaves;

export function checkCredential(profile: Profile, change: LeafChange): void {
  const name = present(profile.credentials.name(change.after.identity), "bad-credential", "5.3.1");
  const before = change.before && profile.credentials.name(change.before.identity);
  check(before === undefined || before === name, "unwanted-credential", "5.3.1");
  check(profile.credentials.accepts(change), "unwanted-credential", "5.3.1");
}

/** Every leaf of a tree that is joined. */
export function checkCredentials(profile: Profile, groupId: Uint8Array, tree: Tree): void {
  for (const [index, after] of tree.members()) checkCredential(profile, { groupId, index, before: undefined, after });
}
