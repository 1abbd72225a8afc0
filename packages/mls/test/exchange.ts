/** Messages and commits that a whole {@link World} takes part in. */
import {
  type CommitPlan,
  joinByWelcome,
  joinFromOutside,
  type MadeCommit,
  makeCommit,
  makeGroupInfo,
  type OpenedCommit,
  type OpenedMessage,
  open,
  parseGroupInfo,
  seal,
} from "../src/index.ts";
import { memberOf, NOW, newKeyPackage, person, profile, unwrap, utf8, type World } from "./world.ts";

const NOTHING = new Uint8Array(0);

/** All but one open these bytes, and go on with the group that they get. */
function openAll(world: World, from: string, bytes: Uint8Array): Map<string, OpenedCommit | OpenedMessage> {
  const opened = new Map<string, OpenedCommit | OpenedMessage>();
  for (const [name, device] of world.members) {
    if (name === from) continue;
    const got = unwrap(open(profile, device.group, bytes));
    opened.set(name, got);
    if (got.group.isRemoved) world.members.delete(name);
    else world.members.set(name, { ...device, group: got.group });
  }
  return opened;
}

/** One member's message. @returns it, and how the others opened it, by name. */
export function exchange(world: World, from: string, text: string) {
  const { identity, group } = memberOf(world, from);
  const sent = unwrap(seal(profile, group, identity.signaturePrivateKey, utf8(text), NOTHING, world.random));
  const opened = openAll(world, from, sent.bytes);
  world.members.set(from, { identity, group: sent.group });
  return { bytes: sent.bytes, opened };
}

/** One member's commit, by names. Who is added gets fresh keys and joins by the Welcome. */
export function commit(
  world: World,
  from: string,
  { add = [], remove = [], ...rest }: { add?: readonly string[]; remove?: readonly string[] } & CommitPlan = {},
): { readonly made: MadeCommit; readonly opened: ReadonlyMap<string, OpenedCommit | OpenedMessage> } {
  const { random } = world;
  const { identity, group } = memberOf(world, from);
  const people = add.map((name) => {
    const newcomer = person(name, random);
    return { name, identity: newcomer, keyPackage: newKeyPackage(newcomer, random) };
  });
  const removes = remove.map((name) => memberOf(world, name).group.own.leaf);
  const adds = people.map(({ keyPackage }) => keyPackage.bytes);
  const made = unwrap(
    makeCommit(profile, group, identity.signaturePrivateKey, { ...rest, adds, removes }, NOW, random),
  );
  const opened = openAll(world, from, made.bytes);
  world.members.set(from, { identity, group: made.group });
  for (const { name, identity: newcomer, keyPackage } of people) {
    const joined = unwrap(joinByWelcome(profile, [keyPackage], made.welcome ?? NOTHING));
    world.members.set(name, { identity: newcomer, group: joined.group });
  }
  return { made, opened };
}

/** Somebody comes in with the GroupInfo of a member; a former device of that name is out then. */
export function enter(world: World, name: string, by: string) {
  const host = memberOf(world, by);
  const info = unwrap(makeGroupInfo(profile, host.group, host.identity.signaturePrivateKey));
  const identity = world.members.get(name)?.identity ?? person(name, world.random);
  const joined = unwrap(
    joinFromOutside(profile, identity, unwrap(parseGroupInfo(profile, info)), NOTHING, world.random),
  );
  const opened = openAll(world, "", joined.bytes);
  world.members.set(name, { identity, group: joined.group });
  return { info, bytes: joined.bytes, opened };
}
