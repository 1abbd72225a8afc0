/** Where something says that it belongs, who says it, and how it is wrapped. */

import { type FrameForgery, SENDER } from "../../packages/mls/forge/index.ts";
import { concat } from "../../packages/mls/src/bytes.ts";
import { utf8 } from "../../packages/mls/test/world.ts";
import { type Forgery, flip, NOTHING, remove, rows, type Workshop } from "./workshop.ts";

export function ofPlaces(shop: Workshop): Forgery[] {
  const { forger, leaves, blank } = shop.stage;
  const { context: here } = forger.group;
  const { groupId, epoch } = here;
  const makers = {
    message: (forgery: FrameForgery) => shop.message(forgery),
    commit: (forgery: FrameForgery) => shop.commit(forgery),
    "external commit": (forgery: FrameForgery) => shop.external(forgery),
  } as const;
  return [
    ...Object.entries(makers).flatMap(([kind, make]) =>
      rows("another group or epoch", {
        [`${kind} of another group`]: () => make({ groupId: utf8("another") }),
        [`${kind} of the epoch before`]: () => make({ epoch: epoch - 1n }),
        [`${kind} of the next epoch`]: () => make({ epoch: epoch + 1n }),
        [`${kind} of the epoch after the next`]: () => make({ epoch: epoch + 2n }),
        [`${kind} of the last of all epochs`]: () => make({ epoch: 2n ** 64n - 1n }),
        [`${kind} signed in another epoch`]: () => make({ signedContext: { ...here, epoch: epoch - 1n } }),
        [`${kind} signed in another group`]: () =>
          make({ signedContext: { ...here, groupId: concat([groupId, Uint8Array.of(0)]) } }),
      }).map((forgery) => ({ ...forgery, row: forgery.name.replace(kind, "a message or commit") })),
    ),
    ...rows("leaves outside the tree", {
      "a Remove of a blank leaf": () => shop.proposing(remove(blank)),
      "a Remove outside the tree": () => shop.proposing(remove(60_000)),
      "a Remove of leaf 4,294,967,295": () => shop.proposing(remove(0xffffffff)),
      "a Remove of oneself": () => shop.proposing(remove(forger.group.own.leaf)),
      "a Remove twice": () => shop.proposing(remove(leaves.member), remove(leaves.member)),
      "a message from a blank leaf": () => shop.message({ leaf: blank }),
      "a message from outside the tree": () => shop.message({ leaf: 60_000 }),
      "a message from leaf 4,294,967,295": () => shop.message({ leaf: 0xffffffff }),
      "a message in another's name": () => shop.message({ leaf: leaves.member }),
      "a commit from a blank leaf": () => shop.commit({ leaf: blank }),
      "a commit from outside the tree": () => shop.commit({ leaf: 60_000 }),
      "a commit in another's name": () => shop.commit({ leaf: leaves.member }),
    }),
  ];
}

export function ofRatchets(shop: Workshop): Forgery[] {
  return rows("generations", {
    "a message (control)": () => shop.message(),
    "a message 1,000 ahead": () => shop.message({ generation: 1000 }),
    "a message 1,001 ahead": () => shop.message({ generation: 1001 }),
    "a message 2,000 ahead": () => shop.message({ generation: 2000 }),
    "a message 2,001 ahead": () => shop.message({ generation: 2001 }),
    "a message 4,294,967,295 ahead": () => shop.message({ generation: 0xffffffff }),
  });
}

export function ofFrames(shop: Workshop): Forgery[] {
  const { forger, third, outsider } = shop.stage;
  const hello = (forgery: FrameForgery) => shop.message({ isPublic: true, ...forgery });
  return rows("frames", {
    "a commit encrypted (OpenMLS takes none)": () => shop.commit({ isPublic: false }),
    "a message in the open": () => hello({}),
    "a message in the open of somebody outside": () => hello({ sender: SENDER.newMemberCommit() }),
    "a commit of an external sender": () => shop.commit({ sender: SENDER.external(0) }),
    "a commit of a new member that proposes": () => shop.commit({ sender: SENDER.newMemberProposal() }),
    "a commit of a sender of kind 0": () => shop.commit({ sender: Uint8Array.of(0) }),
    "a commit with another membership tag": () => shop.commit({ membershipTag: flip }),
    "a commit without a membership tag": () => shop.commit({ membershipTag: () => NOTHING }),
    "an external commit with a membership tag": () => shop.external({ membershipTag: (tag) => tag }),
    "a commit with another signature": () => shop.commit({ signature: flip }),
    "a commit without a signature": () => shop.commit({ signature: () => NOTHING }),
    "a commit signed by another member": () => shop.commit({ signingKey: third.identity.signaturePrivateKey }),
    "a commit signed as another frame": () => shop.commit({ signedFormat: 2 }),
    "an external commit signed by somebody else": () =>
      shop.external({ signingKey: forger.identity.signaturePrivateKey }),
    "a message with another signature": () => shop.message({ signature: flip }),
    "a message signed by an outsider": () => shop.message({ signingKey: outsider.signaturePrivateKey }),
    "a message signed as another frame": () => shop.message({ signedFormat: 1 }),
    "a message with something behind the padding": () => shop.message({ padding: Uint8Array.of(0, 0, 1) }),
    "a message with zeros as padding (control)": () => shop.message({ padding: new Uint8Array(100) }),
    "a message with authenticated data (control)": () => shop.message({ authenticated: utf8("to all") }),
    "a message as content of kind 0": () => shop.message({ contentType: 0 }),
    "a message as content of kind 4": () => shop.message({ contentType: 4 }),
    "sender data with a byte behind it": () => shop.message({ senderData: (data) => concat([data, Uint8Array.of(0)]) }),
    "sender data cut short": () => shop.message({ senderData: (data) => data.slice(0, -1) }),
    "something behind the content": () => shop.commit({ content: (bytes) => concat([bytes, Uint8Array.of(1)]) }),
    "a longer spelling of a length": () => shop.commit({ content: (bytes) => concat([Uint8Array.of(0x40), bytes]) }),
    "a commit as a private message by name only": () => shop.commit({ format: 2 }),
    "a message as a public message by name only": () => shop.message({ format: 1 }),
    "a message as a Welcome by name only": () => shop.message({ format: 3 }),
  });
}
