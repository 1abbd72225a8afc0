/** Coming in and letting in: external commits, adds, Welcomes and GroupInfos that are not what they should be. */
import { seconds } from "@sotto/core/group";
import { parseKeyPackage } from "@sotto/mls";
import {
  type ForgedKeyPackage,
  forgeExternal,
  forgeKeyPackage,
  forgeWelcome,
  type WelcomeForgery,
} from "@sotto/mls/forge";
import {
  type DeviceRef,
  encodeJoinInfo,
  idBytes,
  idOf,
  JOIN_INFO_EXTENSION,
  linkBytes,
  type RoomLink,
  utf8,
  type WelcomeFor,
} from "@sotto/wire";
import { suite } from "../inside.ts";
import {
  claims,
  commit,
  committed,
  forged,
  others,
  outsider,
  type Ploy,
  type Post,
  refOf,
  type Strike,
} from "./ploy.ts";

type Identity = Ploy["forger"]["identity"];

const DAY_S = 86_400n;

/** What the link's secret gives (docs/protocol.md, section 19). */
function fromSecret({ crypto, room, secret }: Ploy, label: string): Uint8Array | undefined {
  if (secret === undefined) return undefined;
  return crypto.hkdfExpand(crypto.hkdfExtract(idBytes(room), secret), utf8(`sotto 1 ${label}`), 32);
}

/** Comes in from outside as `who`. @param link - the base that the link's key signs; undefined: nothing is signed. */
function entrance(
  ploy: Ploy,
  who: DeviceRef & { readonly identity: Identity },
  removed: readonly (DeviceRef & { readonly index: number })[],
  link: number | undefined,
  seen: Uint8Array = ploy.hash,
): readonly Post[] | undefined {
  const signKey = fromSecret(ploy, "link key");
  if (signKey === undefined || ploy.info.kind !== "room") return undefined;
  const { account, device, identity } = who;
  const leafKey = identity.signatureKey;
  const signed = linkBytes({ room: ploy.room, base: link ?? 0, account, device, leafKey });
  const linkSignature = link === undefined ? undefined : ploy.crypto.sign(signKey, signed);
  const made = forgeExternal(
    { ...ploy.forger, identity },
    {
      authenticated: claims(ploy, { linkSignature, hash: seen }),
      with: (init) => [init, ...removed.map(({ index }) => ({ type: "remove", removed: index }) as const)],
    },
  );
  const header = { adds: [{ account, device }], removes: removed.map(refOf) };
  return [committed(ploy, made.bytes, { header }, made.group)];
}

function myself(ploy: Ploy) {
  const { account, device } = ploy.me;
  return { account, device, identity: ploy.forger.identity };
}

const ownLeaf = (ploy: Ploy) => ploy.leaves.filter(({ device }) => device === ploy.me.device);

/** With the credential of one and the keys of another. */
function disguised(ploy: Ploy, as: Uint8Array): Identity {
  return { ...ploy.forger.identity, identity: as };
}

/** A device of the own account that its chain does not have. */
function ghost({ dice, crypto, me, forger }: Ploy): DeviceRef & { readonly identity: Identity } {
  const signaturePrivateKey = dice.bytes(32);
  const signatureKey = crypto.publicKey(signaturePrivateKey);
  const id = dice.bytes(16);
  const identity = forger.identity.identity.slice();
  identity.set(id, 32);
  const made = { ...forger.identity, identity, signatureKey, signaturePrivateKey };
  return { account: me.account, device: idOf.device(id), identity: made };
}

function packageOf(
  ploy: Ploy,
  identity: Identity,
  change: Parameters<typeof forgeKeyPackage>[4] = {},
): ForgedKeyPackage {
  const now = seconds(ploy.now);
  const lifetime = { notBefore: now - DAY_S, notAfter: now + 90n * DAY_S };
  return forgeKeyPackage(suite.profile.suite, identity, lifetime, ploy.dice.bytes.bind(ploy.dice), change);
}

/** Adds by a package that was made by hand. */
const adding = (ploy: Ploy, made: ForgedKeyPackage, named: readonly DeviceRef[]): readonly Post[] => [
  commit(ploy, { proposals: [{ type: "add", keyPackage: made.keyPackage }] }, { header: { adds: named.map(refOf) } }),
];

type Welcoming = (right: (forgery?: WelcomeForgery) => Uint8Array) => Uint8Array | undefined;

/** Adds somebody as everybody may, with a Welcome of one's choice. */
function welcoming(ploy: Ploy, welcome: Welcoming): readonly Post[] | undefined {
  const somebody = outsider(ploy);
  const found = somebody && parseKeyPackage(suite.profile.suite, somebody.keyPackage, seconds(ploy.now));
  if (somebody === undefined || found?.ok !== true) return undefined;
  const keyPackage = found.value;
  const made = forged(ploy, { proposals: [{ type: "add", keyPackage }] });
  const newcomer = {
    keyPackage,
    bytes: somebody.keyPackage,
    initPrivateKey: keyPackage.initKey,
    leafPrivateKey: keyPackage.initKey,
  };
  const bytes = welcome((forgery) =>
    forgeWelcome(ploy.forger, made, newcomer, made.added[0] ?? 0, withJoinInfo(ploy, forgery)),
  );
  const welcomes: readonly WelcomeFor[] = bytes === undefined ? [] : [{ device: somebody.device, bytes }];
  return [committed(ploy, made.bytes, { header: { adds: [refOf(somebody)] }, welcomes }, made.group)];
}

function withJoinInfo(ploy: Ploy, forgery: WelcomeForgery = {}, hash = ploy.hash): WelcomeForgery {
  const linkSecret = ploy.secret;
  const data = encodeJoinInfo({ groupInfo: new Uint8Array(0), seq: ploy.last, hash, linkSecret });
  return { extensions: (right) => [...right, { type: JOIN_INFO_EXTENSION, data }], ...forgery };
}

/** A commit that counts, with something at the relay that leads nobody in. */
function withLink(ploy: Ploy, groupInfo: Uint8Array): readonly Post[] | undefined {
  const token = fromSecret(ploy, "join token");
  if (token === undefined || ploy.info.kind !== "room") return undefined;
  const link: RoomLink = { tokenHash: ploy.crypto.sha256(token), groupInfo };
  return [commit(ploy, {}, { link })];
}

const JOINS = {
  "comes in again by the link": (ploy) => entrance(ploy, myself(ploy), ownLeaf(ploy), ploy.base),
  "comes in again without the link": (ploy) => entrance(ploy, myself(ploy), ownLeaf(ploy), undefined),
  "comes in again by a word for another base": (ploy) => entrance(ploy, myself(ploy), ownLeaf(ploy), ploy.base + 1),
  "comes in beside itself": (ploy) => entrance(ploy, myself(ploy), [], ploy.base),
  "comes in and throws another out": (ploy) => {
    const victim = ploy.dice.of(others(ploy));
    return victim && entrance(ploy, myself(ploy), [...ownLeaf(ploy), victim], ploy.base);
  },
  "comes in in another's place": (ploy) => {
    const victim = ploy.dice.of(others(ploy));
    return victim && entrance(ploy, myself(ploy), [victim], ploy.base);
  },
  "comes in in another's name": (ploy) => {
    const victim = ploy.dice.of(others(ploy));
    const leaf = victim && ploy.forger.group.tree.leaf(victim.index);
    if (victim === undefined || leaf === undefined) return undefined;
    return entrance(ploy, { ...refOf(victim), identity: disguised(ploy, leaf.identity) }, [victim], ploy.base);
  },
  "comes in with a device that its chain does not have": (ploy) => entrance(ploy, ghost(ploy), [], ploy.base),
  "comes in having seen another log": (ploy) =>
    entrance(ploy, myself(ploy), ownLeaf(ploy), ploy.base, ploy.dice.bytes(32)),
} as const satisfies Readonly<Record<string, Strike>>;

const ADDS = {
  "adds a device that its chain does not have": (ploy) => adding(ploy, packageOf(ploy, ghost(ploy).identity), []),
  "adds and names a device that its chain does not have": (ploy) => {
    const added = ghost(ploy);
    return adding(ploy, packageOf(ploy, added.identity), [added]);
  },
  "adds itself again": (ploy) => adding(ploy, packageOf(ploy, ploy.forger.identity), [ploy.me]),
  "adds a device in another's name": (ploy) => {
    const victim = outsider(ploy) ?? ploy.dice.of(others(ploy));
    const leaf = ploy.dice.of(others(ploy));
    const identity = leaf && ploy.forger.group.tree.leaf(leaf.index)?.identity;
    if (victim === undefined || identity === undefined) return undefined;
    const as = identity.slice();
    as.set(idBytes(victim.account), 0);
    as.set(idBytes(victim.device), 32);
    return adding(ploy, packageOf(ploy, disguised(ploy, as)), [victim]);
  },
  "adds by a damaged key package": (ploy) =>
    adding(ploy, packageOf(ploy, ploy.forger.identity, { signature: (right) => right.map((byte) => byte ^ 1) }), []),
  "adds and says so to nobody": (ploy) => {
    const posts = welcoming(ploy, () => undefined);
    const [post] = posts ?? [];
    if (post?.body.type !== "commit") return undefined;
    return [committed(ploy, post.body.bytes, {})];
  },
  "adds without a Welcome": (ploy) => welcoming(ploy, () => undefined),
  "adds with garbage for a Welcome": (ploy) => welcoming(ploy, () => ploy.dice.bytes(400)),
  "adds with a Welcome into another group": (ploy) =>
    welcoming(ploy, (right) => right({ context: (of) => ({ ...of, groupId: ploy.dice.bytes(32) }) })),
  "adds with a Welcome of the epoch before": (ploy) =>
    welcoming(ploy, (right) => right({ context: (of) => ({ ...of, epoch: of.epoch - 1n }) })),
  "adds with a Welcome of another tree": (ploy) => welcoming(ploy, (right) => right({ tree: ploy.forger.group.tree })),
  "adds with a Welcome that says nothing of the log": (ploy) =>
    welcoming(ploy, (right) => right({ extensions: (of) => of })),
  "adds with a Welcome that saw another log": (ploy) =>
    welcoming(ploy, (right) => right(withJoinInfo(ploy, {}, ploy.dice.bytes(32)))),
} as const satisfies Readonly<Record<string, Strike>>;

const LINKS = {
  "garbage for those who come by the link": (ploy) => withLink(ploy, ploy.dice.bytes(300)),
  "nothing for those who come by the link": (ploy) => withLink(ploy, new Uint8Array(0)),
  "another link's token": (ploy) =>
    ploy.info.kind === "room"
      ? [commit(ploy, {}, { link: { tokenHash: ploy.dice.bytes(32), groupInfo: ploy.dice.bytes(300) } })]
      : undefined,
  "the link off at the relay alone": (ploy) =>
    ploy.info.kind === "room" ? [commit(ploy, {}, { link: null })] : undefined,
} as const satisfies Readonly<Record<string, Strike>>;

export const ENTRANCES = { ...JOINS, ...ADDS, ...LINKS } as const;
