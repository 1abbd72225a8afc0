/** Own messages and commits: plaintext in, MLS bytes and the group after them out. */
import { type DeviceId, JOIN_INFO_EXTENSION, type RoomInfo } from "@sotto/wire";
import {
  createApplicationMessage,
  createCommit,
  createGroupInfoWithExternalPubAndRatchetTree,
  encodeMlsMessage,
  type Proposal,
} from "ts-mls";
import { consumeRatchet } from "ts-mls/secretTree.js";
import { leafToNodeIndex, toLeafIndex } from "ts-mls/treemath.js";
import { extensionsOf, type Group, groupOf, leafOfDevice, settled, stateOf } from "./group.ts";
import { parseKeyPackage } from "./key-package.ts";
import type { Suite } from "./suite.ts";

/** Encrypts padded content. The group given must not be used for sending again: its next key is spent. */
export async function seal(
  suite: Suite,
  group: Group,
  padded: Uint8Array,
  authenticated: Uint8Array,
): Promise<{ readonly bytes: Uint8Array; readonly next: Group }> {
  const made = await createApplicationMessage(stateOf(group), padded, suite.impl, authenticated);
  const bytes = encodeMlsMessage({
    version: "mls10",
    wireformat: "mls_private_message",
    privateMessage: made.privateMessage,
  });
  return { bytes, next: settled(made.newState) };
}

/** What a commit is to do; none of them at all is a healing commit, which only renews keys. */
export interface CommitPlan {
  /** Key packages of devices that come in. */
  readonly adds: readonly Uint8Array[];
  /** Devices that go. */
  readonly removes: readonly DeviceId[];
  /** The room's new info, if it changes. */
  readonly info: RoomInfo | undefined;
  readonly authenticated: Uint8Array;
  /** JoinInfo for the Welcomes. */
  readonly joinInfo: Uint8Array;
}

export interface MadeCommit {
  readonly bytes: Uint8Array;
  /** One Welcome for all that come in. */
  readonly welcome: Uint8Array | undefined;
  /** The group once the log has taken the commit. */
  readonly next: Group;
  /** The group to go on with if the log does not take it: the key that this commit spent is gone from it. */
  readonly back: Group;
}

/** Makes a commit, always with a path. The group given must not be used again: go on with `next` or `back`. */
export async function makeCommit(suite: Suite, group: Group, plan: CommitPlan): Promise<MadeCommit | undefined> {
  const proposals: Proposal[] = [];
  for (const device of plan.removes) {
    const leaf = leafOfDevice(group, device);
    if (leaf === undefined) return undefined;
    proposals.push({ proposalType: "remove", remove: { removed: leaf.index } });
  }
  for (const bytes of plan.adds) {
    const keyPackage = parseKeyPackage(bytes);
    if (keyPackage === undefined) return undefined;
    proposals.push({ proposalType: "add", add: { keyPackage } });
  }
  if (plan.info !== undefined) {
    const extensions = extensionsOf(plan.info);
    proposals.push({ proposalType: "group_context_extensions", groupContextExtensions: { extensions } });
  }
  try {
    const made = await createCommit(
      { state: stateOf(group), cipherSuite: suite.impl },
      {
        extraProposals: proposals,
        ratchetTreeExtension: true,
        authenticatedData: plan.authenticated,
        groupInfoExtensions: [{ extensionType: JOIN_INFO_EXTENSION, extensionData: plan.joinInfo }],
      },
    );
    const welcome =
      made.welcome && encodeMlsMessage({ version: "mls10", wireformat: "mls_welcome", welcome: made.welcome });
    return {
      bytes: encodeMlsMessage(made.commit),
      welcome,
      next: settled(made.newState),
      back: await spent(suite, group),
    };
  } catch {
    // A key package that does not hold: expired, of another suite, with a key that stands in the tree already.
    return undefined;
  }
}

/** The library does not give back the state whose handshake key was spent; a second commit would use it again. */
async function spent(suite: Suite, group: Group): Promise<Group> {
  const state = stateOf(group);
  const node = leafToNodeIndex(toLeafIndex(state.privatePath.leafIndex));
  const { newTree } = await consumeRatchet(state.secretTree, node, "commit", suite.impl);
  return groupOf({ ...state, secretTree: newTree });
}

/** What somebody who joins from outside needs of this epoch: an MLSMessage with the GroupInfo and its tree. */
export async function makeGroupInfo(suite: Suite, group: Group): Promise<Uint8Array> {
  const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(stateOf(group), [], suite.impl);
  return encodeMlsMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo });
}
