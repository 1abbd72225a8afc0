/** Everything that is valid in the group of a stage, of ours and of OpenMLS: nothing of it ever counts. */

import { forgeExternal } from "../packages/mls/forge/index.ts";
import { makeCommit, makeGroupInfo, seal, unspent } from "../packages/mls/src/index.ts";
import { profile } from "../packages/mls/test/our-side.ts";
import { unwrap } from "../packages/mls/test/world.ts";
import type { Dice } from "./dice.ts";
import { Workshop } from "./forgeries/workshop.ts";
import type { Sent, Stage } from "./stage.ts";

export interface Sample {
  readonly name: string;
  readonly kind: "message" | "group-info";
  readonly bytes: Uint8Array;
}

export const sentAs = (kind: Sample["kind"], bytes: Uint8Array): Sent => ({ kind, bytes });

export async function samplesOf(stage: Stage, dice: Dice): Promise<Sample[]> {
  return [...ourSamples(stage, dice), ...(await theirSamples(stage, dice))];
}

function ourSamples(stage: Stage, dice: Dice): Sample[] {
  const { forger, third, outsider, now } = stage;
  const { random, identity, group } = forger;
  const shop = new Workshop(stage);
  const key = identity.signaturePrivateKey;
  const removes = [third.group.own.leaf];
  const adds = () => [shop.keyPackage().bytes];
  const extensions = [{ type: 3, data: Uint8Array.of(0, 0, 2, 0, 1) }];
  const plans = [{}, { adds: adds() }, { removes }, { adds: adds(), removes, extensions }];
  const commits = plans.map((plan): Sample => {
    const { bytes } = unwrap(makeCommit(profile, group, key, plan, now, random));
    return { name: "our commit", kind: "message", bytes };
  });
  const fresh = unspent(profile, group);
  const beside = dice.bytes(dice.below(20));
  const sealed = unwrap(seal(profile, fresh, key, dice.bytes(dice.between(0, 300)), beside, random));
  const rejoin = forgeExternal(
    { ...forger, identity: third.identity },
    { proposals: [{ type: "remove", removed: third.group.own.leaf }] },
  );
  const join = forgeExternal({ ...forger, identity: outsider });
  const infos = [forger, third].map((member): Sample => {
    const bytes = unwrap(makeGroupInfo(profile, member.group, member.identity.signaturePrivateKey));
    return { name: "our GroupInfo", kind: "group-info", bytes };
  });
  return [
    ...commits,
    ...infos,
    { name: "our message", kind: "message", bytes: sealed.bytes },
    { name: "our external commit", kind: "message", bytes: join.bytes },
    ...(stage.isGhost ? [] : [{ name: "our external commit", kind: "message", bytes: rejoin.bytes } as const]),
  ];
}

async function theirSamples({ group, devices, forger, third }: Stage, dice: Dice): Promise<Sample[]> {
  const { groupId } = group;
  const { device } = devices.member;
  const info = unwrap(makeGroupInfo(profile, forger.group, forger.identity.signaturePrivateKey));
  const external = await devices.outside.joinExternal(info, { accept: false });
  const update = await device.update(groupId, { accept: false });
  const removal = await device.remove(groupId, [third.identity.identity], { accept: false });
  const message = await device.seal(groupId, dice.bytes(dice.between(0, 300)));
  const theirInfo = await device.groupInfo(groupId);
  return [
    { name: "commit of OpenMLS", kind: "message", bytes: update.commit },
    { name: "commit of OpenMLS", kind: "message", bytes: removal.commit },
    { name: "external commit of OpenMLS", kind: "message", bytes: external.commit },
    { name: "message of OpenMLS", kind: "message", bytes: message },
    ...(theirInfo ? [{ name: "GroupInfo of OpenMLS", kind: "group-info", bytes: theirInfo } as const] : []),
  ];
}
