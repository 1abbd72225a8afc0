/** External commits. */

import { byReference, type ForgedProposal, grease, preSharedKey, reInit } from "../../packages/mls/forge/index.ts";
import { stranger } from "../stage.ts";
import { context, type Forgery, remove, rows, type Workshop } from "./workshop.ts";

export function ofOutsiders(shop: Workshop): Forgery[] {
  const { forger, third, leaves, blank, outsider } = shop.stage;
  const { groupId } = forger.group.context;
  const also = (...proposals: ForgedProposal[]) => shop.external({ proposals });
  const namesake = { ...stranger(shop.random), identity: third.identity.identity };
  const thirdLeaf = third.group.own.leaf;
  return rows("external commit", {
    "without a fault (control)": () => shop.external(),
    "of a member over its own former leaf (control)": () =>
      shop.external({ proposals: [remove(thirdLeaf)] }, third.identity),
    "removes somebody else": () => also(remove(leaves.member)),
    "removes a member of its name but with another key": () =>
      shop.external({ proposals: [remove(thirdLeaf)] }, namesake),
    "removes a blank leaf": () => also(remove(blank)),
    "removes a leaf outside the tree": () => also(remove(60_000)),
    "removes two": () => shop.external({ proposals: [remove(thirdLeaf), remove(leaves.member)] }, third.identity),
    "has a proposal by reference": () => also(byReference(shop.random(32))),
    "has a proposal of an unknown kind": () => also(grease()),
    "has two ExternalInits": () => also({ type: "external-init", kemOutput: shop.freshKey() }),
    "has no ExternalInit": () => shop.external({ with: () => [] }),
    "has an Add": () => also(shop.add()),
    "has a change of the context": () => also(context(5)),
    "has a PreSharedKey": () => also(preSharedKey()),
    "has a ReInit": () => also(reInit(groupId)),
    "under a name that is in the group": () => shop.external({}, namesake),
    "of a member that keeps its former leaf": () => shop.external({}, third.identity),
    "with a member's signature key under another name": () =>
      shop.external({}, { ...third.identity, identity: outsider.identity }),
    "has no path": () => shop.external({ path: "none" }),
    "names a member as its sender": () =>
      shop.external({
        sender: Uint8Array.of(1, 0, 0, 0, forger.group.own.leaf),
        signingKey: forger.identity.signaturePrivateKey,
      }),
    "with another secret than it encapsulates": () => shop.external({ initSecret: shop.random(32) }),
    "from an all-zero init secret": () => shop.external({ initSecret: new Uint8Array(32) }),
    "with the members' own init secret": () => shop.external({ initSecret: forger.group.secrets.init }),
  });
}
