/** Cases that are easily got wrong (ts-mls did), with the committer on either side and the receivers mixed. */
import { Disagreement, type MixedGroup, type Ours, type Party } from "./mixed-group.ts";
import { OpenMlsRefusal } from "./open-mls.ts";

export interface Cast {
  ours(): Ours;
  theirs(): Promise<Party>;
}

interface Case {
  readonly name: string;
  run(group: MixedGroup, cast: Cast, committer: Party["side"]): Promise<void>;
}

/** Somebody of ours founds the group and adds the others, alternating, `at` being of the side that is asked for. */
async function seat(
  group: MixedGroup,
  cast: Cast,
  size: number,
  at: number,
  side: Party["side"],
): Promise<readonly Party[]> {
  const seats: Party[] = [];
  for (let leaf = 0; leaf < size; leaf++) {
    const isOurs = leaf === at ? side === "ours" : leaf === 0 || leaf % 2 === 1;
    seats.push(isOurs ? cast.ours() : await cast.theirs());
  }
  const [first, ...others] = seats;
  if (first === undefined) throw new Error("somebody founds the group");
  await group.begin(first);
  // Only ours can add with a path: where OpenMLS founds the group, one of ours comes in from outside.
  const adder = first.side === "ours" ? first : others.find((party) => party.side === "ours");
  if (adder === undefined) throw new Error("one of ours is there");
  if (adder !== first) {
    const { groupInfo } = await foundersUpdate(group, first);
    await group.enter(adder, groupInfo);
  }
  await group.commit(adder, { add: others.filter((party) => party !== adder) });
  return seats;
}

async function foundersUpdate(group: MixedGroup, first: Party): Promise<{ groupInfo: Uint8Array }> {
  await group.commit(first, {});
  if (group.theirInfo === undefined) throw new Error("OpenMLS gives a GroupInfo with its commit");
  return { groupInfo: group.theirInfo };
}

/** Whoever is left can still talk and renew their keys. */
async function goOn(group: MixedGroup): Promise<void> {
  for (const member of group.members) {
    const data = new TextEncoder().encode(`still here: ${member.identity}`);
    await group.receive(member, await group.seal(member, data, new Uint8Array(0)), data);
  }
  for (const member of [...group.members]) await group.commit(member, {});
}

const cases: readonly Case[] = [
  {
    name: "leaf 2 of 4 removes 0 and 1",
    async run(group, cast, committer) {
      const seats = await seat(group, cast, 4, 2, committer);
      const [zero, one, two] = seats;
      if (zero === undefined || one === undefined || two === undefined) throw new Error("there are four");
      await group.commit(two, { remove: [zero, one] });
      await goOn(group);
    },
  },
  ...[4, 8, 13].map(
    (size): Case => ({
      name: `the left half of ${size} is removed by the right`,
      async run(group, cast, committer) {
        const half = 2 ** Math.floor(Math.log2(size - 1));
        const seats = await seat(group, cast, size, size - 1, committer);
        const last = seats.at(-1);
        if (last === undefined) throw new Error("there is a last one");
        await group.commit(last, { remove: seats.slice(0, half) });
        await goOn(group);
      },
    }),
  ),
  ...[2, 3, 5, 8].flatMap((size) =>
    [0, size - 1].map(
      (at): Case => ({
        name: `all of ${size} but leaf ${at} are removed, then one is added`,
        async run(group, cast, committer) {
          const seats = await seat(group, cast, size, at, committer);
          const left = seats[at];
          if (left === undefined) throw new Error("one is left");
          await group.commit(left, { remove: seats.filter((party) => party !== left) });
          if (left.side === "ours") {
            await group.commit(left, { add: [await cast.theirs(), cast.ours()] });
          } else {
            // What OpenMLS adds has no path, so one of ours comes in by itself and adds the next.
            const { groupInfo } = await foundersUpdate(group, left);
            const newcomer = cast.ours();
            await group.enter(newcomer, groupInfo);
            await group.commit(newcomer, { add: [await cast.theirs()] });
          }
          await goOn(group);
        },
      }),
    ),
  ),
];

/**
 * What OpenMLS does wrong and random runs keep away from (see {@link MixedGroup.hitsGhost}): leaf 2 of 4 is blank, and
 * leaf 3 comes in again over itself. RFC 9420 section 7.7: the removal leaves a tree of two, the joiner gets leaf 2 of
 * a new right half whose leaf 3 is blank. OpenMLS finds the old leaf 3 there.
 */
async function runGhost(group: MixedGroup, cast: Cast, side: Party["side"]): Promise<void> {
  const [zero, one, two] = [cast.ours(), await cast.theirs(), cast.ours()];
  const three = side === "ours" ? cast.ours() : await cast.theirs();
  await group.begin(zero);
  await group.commit(zero, { add: [one, two, three] });
  await group.commit(zero, { remove: [two] });
  if (!group.hitsGhost(three)) throw new Error("this is the constellation");
  try {
    await group.enter(three, await group.groupInfoOf(zero));
  } catch (error) {
    if (error instanceof OpenMlsRefusal || error instanceof Disagreement) return;
    throw error;
  }
  throw new Disagreement("OpenMLS has no ghost any more: MixedGroup.hitsGhost and this case can go");
}

/** @param make - gives a fresh group and its cast for each case. */
export async function runFixedCases(
  make: (name: string) => Promise<{ readonly group: MixedGroup; readonly cast: Cast }>,
): Promise<number> {
  let count = 0;
  for (const committer of ["ours", "OpenMLS"] as const) {
    for (const { name, run } of cases) {
      const { group, cast } = await make(`${name}, committer ${committer}`);
      await run(group, cast, committer);
      await group.end();
      count++;
    }
    const { group, cast } = await make(`the ghost, for ${committer}`);
    await runGhost(group, cast, committer);
  }
  return count;
}
