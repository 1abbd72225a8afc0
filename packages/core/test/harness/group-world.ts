/** Members of a group on the level of core/group. */
import type { Profile } from "@sotto/mls";
import {
  type AccountId,
  encodeAuthenticated,
  idOf,
  PLAIN_AUTHENTICATED,
  type RoomId,
  type RoomInfo,
} from "@sotto/wire";
import { nodeCrypto } from "../../../node/src/crypto.ts";
import {
  createGroup,
  type Group,
  groupDifference,
  groupSuite,
  joinExternal,
  type MadeCommit,
  makeCommit,
  makeGroupInfo,
  makeKeyPackage,
  type Own,
  open,
  openWelcome,
  readGroupInfo,
  type StoredKeyPackage,
  type Suite,
  seal,
} from "../../src/group/index.ts";

export const crypto = nodeCrypto();
export const suite: Suite = groupSuite(crypto);
export const now = Date.now();
export const room: RoomId = idOf.room(new Uint8Array(32).fill(0x11));
export const text = (value: string) => new TextEncoder().encode(value);

/** A suite that takes every credential: for members who mean ill. */
export const careless: Suite = {
  crypto,
  profile: {
    suite: suite.profile.suite,
    credentials: { name: (identity) => Buffer.from(identity).toString("hex"), accepts: () => true },
  } satisfies Profile,
};

/** A device: the same account for the same name. */
export function device(name: string, one = 1): Own {
  const account = idOf.account(crypto.sha256(text(name)));
  const privateKey = crypto.sha256(text(`${name} ${one}`));
  const publicKey = crypto.publicKey(privateKey);
  const id = idOf.device(crypto.sha256(publicKey).slice(0, 16));
  return { account, device: id, chainLength: 1, chainHash: crypto.sha256(text(account)), privateKey, publicKey };
}

export interface Member {
  readonly own: Own;
  readonly group: Group;
}

export const infoOf = (...owners: AccountId[]): RoomInfo => ({
  kind: "room",
  name: "den",
  owners,
  linkKey: new Uint8Array(32).fill(7),
});

export const authenticated = (base = 0) =>
  encodeAuthenticated({ room, base, seq: 0, hash: new Uint8Array(32), ...PLAIN_AUTHENTICATED });

export interface Plan {
  readonly adds?: readonly Uint8Array[];
  readonly removes?: readonly Own["device"][];
  readonly info?: RoomInfo;
}

export const planOf = (plan: Plan) => ({
  adds: plan.adds ?? [],
  removes: plan.removes ?? [],
  info: plan.info,
  authenticated: authenticated(),
  joinInfo: text("join"),
  now,
});

export function commit({ own, group }: Member, plan: Plan = {}): MadeCommit {
  const made = makeCommit(suite, own, group, planOf(plan));
  if (made === undefined) throw new Error("the commit could not be made");
  return made;
}

export const packageOf = (own: Own): StoredKeyPackage => makeKeyPackage(suite, own, now, false);

/** A group of these people, the first of whom made it and added the others. */
export function groupWith(...names: string[]): Member[] {
  const [first, ...others] = names.map((name) => device(name));
  if (first === undefined) throw new Error("a group has somebody");
  const alone = createGroup(suite, first, room, infoOf(first.account), now);
  if (others.length === 0) return [{ own: first, group: alone }];
  const packages = others.map(packageOf);
  const made = commit({ own: first, group: alone }, { adds: packages.map(({ bytes }) => bytes) });
  const members = [{ own: first, group: made.next }];
  for (const [index, own] of others.entries()) {
    const used = packages[index];
    const welcomed = used && made.welcome && openWelcome(suite, [used], made.welcome);
    if (welcomed === undefined) throw new Error("the Welcome could not be opened");
    members.push({ own, group: welcomed.group });
  }
  return members;
}

export const opened = (group: Group, kind: "message" | "commit", bytes: Uint8Array) => open(suite, group, kind, bytes);

/** The group after a commit that holds. */
export function after(group: Group, bytes: Uint8Array): Group {
  const got = open(suite, group, "commit", bytes);
  if (got === undefined) throw new Error("the commit does not hold");
  return got.next;
}

export const say = ({ own, group }: Member, what: string) => seal(suite, own, group, text(what), authenticated());

/** All that a group is on disk, in one value that can be compared. */
export function bytesOf(group: Group): string {
  const parts = groupDifference(undefined, group).map(
    ({ name, value }) => `${name} ${Buffer.from(value ?? []).toString("hex")}`,
  );
  return parts.sort().join("\n");
}

export const outside = ({ own, group }: Member) => makeGroupInfo(suite, own, group);

export function join(own: Own, info: Uint8Array) {
  const found = readGroupInfo(suite, info);
  const made = found && joinExternal(suite, own, found, authenticated());
  if (made === undefined) throw new Error("the join could not be made");
  return made;
}
