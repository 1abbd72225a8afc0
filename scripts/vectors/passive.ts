/** Vectors of a client that joins by a Welcome and follows what others do. */
import { Reader } from "../../packages/mls/src/codec.ts";
import { epochAuthenticator, type Group } from "../../packages/mls/src/group.ts";
import { readKeyPackage } from "../../packages/mls/src/key-package.ts";
import { open } from "../../packages/mls/src/open.ts";
import type { Profile } from "../../packages/mls/src/profile.ts";
import type { RefusalCode } from "../../packages/mls/src/refusal.ts";
import { joinByWelcome } from "../../packages/mls/src/welcome.ts";
import {
  addBeyond,
  groupSecretsFor,
  joinBeyond,
  keyPackageOf,
  type Newcomer,
  readAnyCommit,
  readFrame,
} from "./beyond.ts";
import { fromHex, isOtherSuite, kind, same, suite, type Tally, taken } from "./tally.ts";

/** Peers of the vectors send their commits as PublicMessages; who they are is not judged. */
const profile: Profile = {
  suite,
  credentials: { name: (identity) => Buffer.from(identity).toString("hex"), accepts: () => true },
  publicCommits: true,
};

interface PassiveClient extends Newcomer {
  cipher_suite: number;
  signature_priv: string;
  initial_epoch_authenticator: string;
  epochs: { proposals: string[]; commit: string; epoch_authenticator: string }[];
}

/** Items are the Welcome and each commit. What is outside is refused, then followed by the script's own means. */
const passive = (file: string) => kind<PassiveClient>(file, "Welcomes and commits", follow);

export const passiveWelcome = passive("passive-client-welcome");
export const passiveCommit = passive("passive-client-handling-commit");
export const passiveRandom = passive("passive-client-random");

function follow(entry: PassiveClient, index: number, tally: Tally): void {
  const { epochs } = entry;
  if (isOtherSuite(entry)) return tally.skip("other suite", 1 + epochs.length);
  let group = join(entry, index, tally);
  for (const [epoch, { proposals, commit, epoch_authenticator }] of epochs.entries()) {
    const before = group;
    if (before === undefined) return tally.skip("after one that is outside", epochs.length - epoch);
    const where = `entry ${index}, epoch ${epoch}`;
    const opened = () => taken(open(profile, before, fromHex(commit))).group;
    for (const proposal of proposals) {
      // Not an item by itself: the vectors list it with the commit that takes it up.
      tally.mustRefuse(where, "standalone-proposal", () => taken(open(profile, before, fromHex(proposal))));
    }
    const outside = commitOutside(fromHex(commit));
    group = undefined;
    if (outside === undefined) {
      tally.item(where, () => {
        const next = opened();
        same("epoch authenticator", epochAuthenticator(next), epoch_authenticator);
        group = next;
      });
      continue;
    }
    tally.refused(where, outside.reason, outside.code, opened);
    if (epoch + 1 < epochs.length) {
      group = addBeyond(profile, before, proposals, commit);
      same(`epoch authenticator of epoch ${epoch}`, epochAuthenticator(group), epoch_authenticator);
    }
  }
}

function join(entry: PassiveClient, index: number, tally: Tally): Group | undefined {
  const own = {
    bytes: fromHex(entry.key_package),
    initPrivateKey: fromHex(entry.init_priv),
    leafPrivateKey: fromHex(entry.encryption_priv),
  };
  const tree = entry.ratchet_tree === null ? undefined : fromHex(entry.ratchet_tree);
  const joined = () => taken(joinByWelcome(profile, [own], fromHex(entry.welcome), () => false, tree)).group;
  const { pathSecret, psks } = groupSecretsFor(entry);
  const where = `entry ${index}, Welcome`;
  if (psks.length > 0) tally.refused(where, "Welcome with a PSK", "pre-shared-key", joined);
  else if (pathSecret === undefined) tally.refused(where, "Welcome without a path secret", "no-path", joined);
  else {
    let group: Group | undefined;
    tally.item(where, () => {
      verifyKeys(entry);
      const made = joined();
      same("epoch authenticator", epochAuthenticator(made), entry.initial_epoch_authenticator);
      group = made;
    });
    return group;
  }
  const group = joinBeyond(profile, entry);
  same("epoch authenticator", epochAuthenticator(group), entry.initial_epoch_authenticator);
  return group;
}

function verifyKeys(entry: PassiveClient): void {
  const { initKey, leaf } = keyPackageOf(entry);
  same("init key", suite.encryptionKey(fromHex(entry.init_priv)), initKey);
  same("encryption key", suite.encryptionKey(fromHex(entry.encryption_priv)), leaf.encryptionKey);
  same("signature key", suite.signatureKey(fromHex(entry.signature_priv)), leaf.signatureKey);
}

const TYPE = { add: 1, remove: 3, preSharedKey: 4, groupContextExtensions: 7 } as const;

/** What puts a commit in a PublicMessage outside the profile: the first thing in it that the profile has not. */
function commitOutside(message: Uint8Array): { readonly reason: string; readonly code: RefusalCode } | undefined {
  const commit = readAnyCommit(readFrame(message).reader);
  const proposals = new Reader(commit.proposals);
  while (proposals.left > 0) {
    if (proposals.uint8() === 2) return { reason: "proposal by reference", code: "proposal-by-reference" };
    const type = proposals.uint16();
    if (type === TYPE.add) readKeyPackage(proposals, suite);
    else if (type === TYPE.remove) proposals.uint32();
    else if (type === TYPE.groupContextExtensions) {
      if (proposals.opaque().length === 0) return { reason: "empty list of extensions", code: "no-extensions" };
    } else
      return {
        reason: type === TYPE.preSharedKey ? "PSK proposal" : `proposal of type ${type}`,
        code: "unsupported-proposal",
      };
  }
  return commit.path === undefined ? { reason: "commit without path", code: "no-path" } : undefined;
}
