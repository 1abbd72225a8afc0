/** What a commit did to a room, in the words of its timeline. */
import type { AccountId, DeviceId, RoomInfo } from "@sotto/wire";
import type { EventName } from "./api.ts";
import type { Leaf } from "./group/index.ts";
import { owners, sameKey } from "./rooms/judge.ts";

export interface Happening {
  readonly event: EventName;
  readonly by: AccountId;
  /** undefined: it is about who did it. */
  readonly who?: AccountId | undefined;
  readonly name?: string | undefined;
}

/** A room before or after a commit. */
export interface Standing {
  readonly info: RoomInfo;
  readonly leaves: readonly Leaf[];
}

export interface CommitWords {
  readonly by: AccountId;
  /** They came in from outside, by the link. */
  readonly external: boolean;
  /** Accounts that said that they leave. */
  readonly leaving: ReadonlySet<AccountId>;
  /** Devices that their accounts revoked. */
  readonly revoked: ReadonlySet<DeviceId>;
}

/** Who went, who came, whose devices changed, who owns the room now, what it is called, and whether its link is another. */
export function happenings(before: Standing, after: Standing, words: CommitWords): readonly Happening[] {
  const { by } = words;
  const [had, has] = [devicesByAccount(before.leaves), devicesByAccount(after.leaves)];
  const about = (account: AccountId) => (account === by ? {} : { who: account });
  // Who said that they leave, and came in again before anybody had taken them out.
  const isBack = words.external && words.leaving.has(by) && had.has(by);
  const went = [...had].filter(([account]) => !has.has(account));
  const came = [...has].filter(([account]) => !had.has(account));
  const changed = [...has].filter(([account, devices]) => {
    const known = had.get(account);
    return known !== undefined && !isSame(known, devices) && !(isBack && account === by);
  });
  return [
    ...(isBack
      ? ([
          { event: "left", by },
          { event: "joined", by },
        ] as const)
      : []),
    ...went.map(([account, devices]) => going(account, devices, words)),
    ...came.map(
      ([account]): Happening =>
        words.external && account === by ? { event: "joined", by } : { event: "added", by, ...about(account) },
    ),
    ...changed.map(([account]): Happening => ({ event: "devices", by, ...about(account) })),
    ...infoHappenings(before, after, by),
  ];
}

function going(account: AccountId, devices: ReadonlySet<DeviceId>, { by, leaving, revoked }: CommitWords): Happening {
  if (leaving.has(account) || account === by) return { event: "left", by: account };
  // Who loses a device, their last one here, is still who they are: they come back with another one.
  const isRevoked = [...devices].every((device) => revoked.has(device));
  return { event: isRevoked ? "devices" : "removed", by, who: account };
}

function infoHappenings(before: Standing, after: Standing, by: AccountId): readonly Happening[] {
  if (before.info.kind === "direct" || after.info.kind === "direct") return [];
  const made = owners(after.info).filter((account) => !owners(before.info).includes(account));
  const isRenamed = before.info.name !== after.info.name;
  // Whoever goes knows the link, so the commit that takes them out renews it as a matter of course.
  const isGone = before.leaves.some(({ device }) => !after.leaves.some((leaf) => leaf.device === device));
  const isRenewed = after.info.linkKey !== undefined && !sameKey(before.info.linkKey, after.info.linkKey);
  return [
    ...made.map((who): Happening => ({ event: "owner", by, ...(who === by ? {} : { who }) })),
    ...(isRenamed ? [{ event: "renamed", by, name: after.info.name } as const] : []),
    ...(isRenewed && !isGone ? [{ event: "link", by } as const] : []),
  ];
}

function devicesByAccount(leaves: readonly Leaf[]): ReadonlyMap<AccountId, ReadonlySet<DeviceId>> {
  const found = new Map<AccountId, Set<DeviceId>>();
  for (const { account, device } of leaves) found.set(account, (found.get(account) ?? new Set()).add(device));
  return found;
}

const isSame = (one: ReadonlySet<DeviceId>, other: ReadonlySet<DeviceId>): boolean =>
  one.size === other.size && [...one].every((device) => other.has(device));
