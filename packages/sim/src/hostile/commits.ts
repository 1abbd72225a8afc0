/** Commits of members that no client of ours would make: what MLS refuses, and what it takes and a room does not. */
import type { Leaf } from "@sotto/core/group";
import {
  byReference,
  byValue,
  type CommitForgery,
  contextExtensions,
  type ForgedProposal,
  grease,
  preSharedKey,
  reInit,
  update,
} from "@sotto/mls/forge";
import { type CommitHeader, encodeRoomInfo, ROOM_INFO_EXTENSION, type RoomInfo } from "@sotto/wire";
import {
  claims,
  commit,
  committed,
  forged,
  isOwner,
  others,
  outsider,
  type Ploy,
  type Post,
  refOf,
  type Strike,
} from "./ploy.ts";

const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 1);

export const removing = (...leaves: readonly Leaf[]): readonly ForgedProposal[] =>
  leaves.map(({ index }) => ({ type: "remove", removed: index }));

export const settingInfo = (info: RoomInfo): ForgedProposal =>
  contextExtensions([{ type: ROOM_INFO_EXTENSION, data: encodeRoomInfo(info) }]);

/** The forger must put into its own state what it says of the context. */
function withInfo(info: RoomInfo, more: readonly ForgedProposal[] = []): CommitForgery {
  const extensions = [{ type: ROOM_INFO_EXTENSION, data: encodeRoomInfo(info) }];
  return { proposals: [...more, settingInfo(info)], extensions };
}

/** A commit with one wrong thing in it and a header that fits what it does. */
const plain = (ploy: Ploy, forgery: CommitForgery, header: Partial<CommitHeader> = {}): readonly Post[] => [
  commit(ploy, forgery, { header }),
];

/** Takes out somebody of another account. */
function removal(ploy: Ploy, whom: Leaf | undefined, forgery: CommitForgery = {}): readonly Post[] | undefined {
  if (whom === undefined) return undefined;
  return plain(ploy, { proposals: removing(whom), ...forgery }, { removes: [refOf(whom)] });
}

/** Somebody who owns nothing. */
const commoner = (ploy: Ploy): Leaf | undefined =>
  ploy.dice.of(others(ploy).filter(({ account }) => !owns(ploy, account)));
const owner = (ploy: Ploy): Leaf | undefined => ploy.dice.of(others(ploy).filter(({ account }) => owns(ploy, account)));
const owns = ({ info }: Ploy, account: Leaf["account"]): boolean =>
  info.kind === "room" && info.owners.includes(account);

function changedInfo(ploy: Ploy, change: Partial<Extract<RoomInfo, { kind: "room" }>>): readonly Post[] | undefined {
  if (ploy.info.kind !== "room") return undefined;
  return plain(ploy, withInfo({ ...ploy.info, ...change }));
}

/** Of the path secrets one is told as something else, to whoever is under one node beside it. */
function unreadableForOne(ploy: Ploy): NonNullable<CommitForgery["path"]> {
  return {
    nodes: (nodes) => {
      const step = ploy.dice.below(Math.max(1, nodes.length));
      const at = ploy.dice.below(Math.max(1, nodes[step]?.encryptedPathSecret.length ?? 0));
      return nodes.map((node, index) =>
        index !== step
          ? node
          : {
              ...node,
              encryptedPathSecret: node.encryptedPathSecret.map((sealed, place) =>
                place === at ? { ...sealed, ciphertext: flipped(sealed.ciphertext) } : sealed,
              ),
            },
      );
    },
  };
}

/** Bytes that MLS takes in nobody's hands, under a header that the relay believes. */
function garbage(ploy: Ploy, header: Partial<CommitHeader> = {}): Post {
  return committed(ploy, ploy.dice.bytes(200), { header });
}

/** Refused by MLS, in every member's hands. */
const BROKEN = {
  "a commit with a false confirmation tag": (ploy) => plain(ploy, { tag: flipped }),
  "a commit with a false signature": (ploy) => plain(ploy, { signature: flipped }),
  "a commit without a path": (ploy) => plain(ploy, { path: "none" }),
  "a commit that is not encrypted": (ploy) => plain(ploy, { isPublic: true }),
  "a commit of the epoch before": (ploy) =>
    ploy.earlier === undefined ? undefined : [commit({ ...ploy, forger: { ...ploy.forger, group: ploy.earlier } })],
  "a commit of an epoch to come": (ploy) => plain(ploy, { epoch: ploy.forger.group.context.epoch + 1n }),
  "a commit in another's name": (ploy) => {
    const victim = ploy.dice.of(others(ploy));
    return victim && plain(ploy, { leaf: victim.index });
  },
  "a commit with a path of another's leaf": (ploy) => {
    const victim = ploy.dice.of(others(ploy));
    const leaf = victim && ploy.forger.group.tree.leaf(victim.index);
    return leaf && plain(ploy, { path: { leaf: (right) => ({ ...right, identity: leaf.identity }) } });
  },
  "a commit with a key that stands in the tree": (ploy) => {
    const victim = ploy.dice.of(others(ploy));
    return victim && plain(ploy, { path: { leaf: (right) => ({ ...right, encryptionKey: victim.encryptionKey }) } });
  },
  "a commit that removes who makes it": (ploy) => {
    const own = ploy.leaves.find(({ device }) => device === ploy.me.device);
    return own && plain(ploy, { proposals: removing(own), apply: () => [] }, { removes: [refOf(own)] });
  },
  "a commit that removes somebody twice": (ploy) => {
    const victim = ploy.dice.of(others(ploy));
    return victim && plain(ploy, { proposals: removing(victim, victim) }, { removes: [refOf(victim)] });
  },
  "a commit that removes who is not there": (ploy) =>
    plain(ploy, { proposals: [{ type: "remove", removed: 40 }], apply: () => [] }),
  "a commit with an update": (ploy) => {
    const own = ploy.forger.group.tree.leaf(ploy.forger.group.own.leaf);
    return own && plain(ploy, { proposals: [update(own)] });
  },
  "a commit with a pre-shared key": (ploy) => plain(ploy, { proposals: [preSharedKey()] }),
  "a commit that begins another group": (ploy) =>
    plain(ploy, { proposals: [reInit(ploy.forger.group.context.groupId)] }),
  "a commit with a proposal of no known kind": (ploy) => plain(ploy, { proposals: [grease()] }),
  "a commit with a proposal by reference": (ploy) => plain(ploy, { proposals: [byReference(ploy.dice.bytes(32))] }),
  "a commit with bytes for a proposal": (ploy) => plain(ploy, { proposals: [byValue(3, ploy.dice.bytes(2))] }),
  "a commit with two lists of extensions": (ploy) =>
    plain(ploy, { proposals: [settingInfo(ploy.info), settingInfo(ploy.info)] }),
  "a commit that nobody can read": (ploy) => plain(ploy, { path: { told: () => ploy.dice.bytes(32) } }),
} as const satisfies Readonly<Record<string, Strike>>;

/** Taken by MLS, and not by the rules of a room. */
const FORBIDDEN = {
  "garbage under a header that throws everybody out": (ploy) => [garbage(ploy, { removes: others(ploy).map(refOf) })],
  "garbage under an empty header": (ploy) => [garbage(ploy)],
  "a flood of commits": (ploy) => Array.from({ length: 8 }, () => garbage(ploy)),
  "a header that throws another out": (ploy) => {
    const victim = ploy.dice.of(others(ploy));
    return victim && [commit(ploy, {}, { header: { removes: [refOf(victim)] } })];
  },
  "a header that lets another in": (ploy) => {
    const somebody = outsider(ploy);
    return somebody && [commit(ploy, {}, { header: { adds: [refOf(somebody)] } })];
  },
  "a header that names its maker twice": (ploy) => {
    const { account, device } = ploy.me;
    return [
      commit(
        ploy,
        {},
        {
          header: {
            adds: [
              { account, device },
              { account, device },
            ],
          },
        },
      ),
    ];
  },
  "a header that hides a removal": (ploy) => {
    const victim = ploy.dice.of(others(ploy));
    return victim && [commit(ploy, { proposals: removing(victim) })];
  },
  "a header that cannot be read": (ploy) => [commit(ploy, {}, { header: ploy.dice.bytes(40) })],
  "a removal by who may not": (ploy) => (isOwner(ploy) ? undefined : removal(ploy, commoner(ploy))),
  "a removal of the owner": (ploy) => (isOwner(ploy) ? undefined : removal(ploy, owner(ploy))),
  "a removal that makes its maker owner": (ploy) => {
    const victim = owner(ploy);
    if (isOwner(ploy) || victim === undefined || ploy.info.kind !== "room") return undefined;
    const info = { ...ploy.info, owners: [ploy.me.account], linkKey: undefined };
    return removal(ploy, victim, withInfo(info, removing(victim)));
  },
  "a removal that keeps the link": (ploy) => {
    const { info } = ploy;
    const isOn = info.kind === "room" && info.linkKey !== undefined;
    return isOwner(ploy) && isOn ? removal(ploy, ploy.dice.of(others(ploy))) : undefined;
  },
  "a removal by a leaver's word that is forged": (ploy) => {
    const victim = ploy.dice.of(others(ploy));
    if (isOwner(ploy) || victim === undefined) return undefined;
    const leaves = [{ device: victim.device, signature: ploy.dice.bytes(64) }];
    return removal(ploy, victim, { authenticated: claims(ploy, { leaves }) });
  },
  "a removal by a revocation that is not": (ploy) => {
    const victim = ploy.dice.of(others(ploy));
    if (isOwner(ploy) || victim === undefined) return undefined;
    const revocations = [{ account: victim.account, length: victim.chainLength + 1, hash: ploy.dice.bytes(32) }];
    return removal(ploy, victim, { authenticated: claims(ploy, { revocations }) });
  },
  "a commit under an older base": (ploy) =>
    ploy.base === 0
      ? undefined
      : [commit(ploy, { authenticated: claims(ploy, { base: 0 }) }, { base: ploy.entries[ploy.base - 1]?.base ?? 0 })],
  "a commit that says it has another base": (ploy) => [
    commit(ploy, { authenticated: claims(ploy, { base: ploy.base === 0 ? 1 : 0 }) }),
  ],
  "a commit with a message for its base": (ploy) => {
    const seq = ploy.entries.findLast(({ kind }) => kind === "message")?.seq;
    return seq === undefined ? undefined : [commit(ploy, {}, { base: seq })];
  },
  "a commit without authenticated data": (ploy) => plain(ploy, { authenticated: new Uint8Array(0) }),
  "two commits of one epoch": (ploy) => [commit(ploy), commit(ploy)],
  "another name for the room": (ploy) => (isOwner(ploy) ? undefined : changedInfo(ploy, { name: "taken over" })),
  "another owner": (ploy) => (isOwner(ploy) ? undefined : changedInfo(ploy, { owners: [ploy.me.account] })),
  "no owner": (ploy) => changedInfo(ploy, { owners: [] }),
  "another link": (ploy) => (isOwner(ploy) ? undefined : changedInfo(ploy, { linkKey: ploy.dice.bytes(32) })),
  "a room that becomes a conversation": (ploy) => {
    const [one, two] = [...new Set(ploy.leaves.map(({ account }) => account))].sort();
    if (one === undefined || two === undefined || ploy.info.kind !== "room") return undefined;
    return plain(ploy, withInfo({ kind: "direct", sides: [one, two] }));
  },
  "a setting that is none of ours": (ploy) => {
    const extensions = [
      { type: ROOM_INFO_EXTENSION, data: encodeRoomInfo(ploy.info) },
      { type: 0xf0a9, data: Uint8Array.of(1) },
    ];
    return plain(ploy, { proposals: [contextExtensions(extensions)], extensions });
  },
  "a leaf that names a chain that is not": (ploy) => plain(ploy, { path: { leaf: longerChain } }),
} as const satisfies Readonly<Record<string, Strike>>;

/** The length stands behind account and device. */
const CHAIN_LENGTH_AT = 51;

function longerChain<T extends { readonly identity: Uint8Array }>(leaf: T): T {
  const identity = leaf.identity.slice();
  identity[CHAIN_LENGTH_AT] = (identity[CHAIN_LENGTH_AT] ?? 0) + 5;
  return { ...leaf, identity };
}

/** What counts for some or for all, and says something that is not so. */
const HALF_RIGHT = {
  "a commit that one cannot read": (ploy) => plain(ploy, { path: unreadableForOne(ploy) }),
  "a commit that saw another log": (ploy) =>
    plain(ploy, { authenticated: claims(ploy, { hash: ploy.dice.bytes(32) }) }),
  "a commit that saw more than there was": (ploy) =>
    plain(ploy, { authenticated: claims(ploy, { seq: ploy.last + 9 }) }),
  "a commit that names a chain that is not": (ploy) =>
    plain(ploy, { authenticated: claims(ploy, { chain: { length: 40, hash: ploy.dice.bytes(32) } }) }),
  "a commit that asks for nothing": (ploy) => plain(ploy, {}),
  "a commit again, under the right header": (ploy) => {
    const victim = ploy.dice.of(others(ploy));
    const made = forged(ploy, {});
    const lying = victim && committed(ploy, made.bytes, { header: { removes: [refOf(victim)] } });
    return lying && [lying, committed(ploy, made.bytes, {}, made.group)];
  },
} as const satisfies Readonly<Record<string, Strike>>;

export const COMMITS = { ...BROKEN, ...FORBIDDEN, ...HALF_RIGHT } as const;
