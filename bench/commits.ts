/** Figure 5: commits and joins, each in milliseconds, and what a message writes of a group's state. */
import { type Figure, type Options, type Round, type Row, row } from "./figure.ts";
import { NO_PEERS, tsMlsGroup } from "./peers.ts";
import { type CoreGroup, coreCommit, coreGroup, coreJoin, coreWritten } from "./sealing-core.ts";

const SIZES = [2, 50, 100, 200, 1000] as const;
/** ts-mls takes a second for a commit in larger groups. */
const TS_MLS_SIZES: readonly number[] = [2, 50, 100, 200];

export async function commits({ quick, tell, hasTime }: Options): Promise<Figure> {
  const rows: Row[] = [];
  const notes: string[] = [];
  let isAlone = false;
  for (const members of quick ? SIZES.slice(0, 2) : SIZES) {
    tell(`${members} members`);
    let ours = coreGroup(members);
    const theirs = TS_MLS_SIZES.includes(members) ? await tsMlsGroup(members) : undefined;
    isAlone ||= theirs === undefined && TS_MLS_SIZES.includes(members);
    const made: { make: Round[]; open: Round[]; join: Round[] } = { make: [], open: [], join: [] };
    const peer: { make: Round[]; open: Round[] } = { make: [], open: [] };
    for (let index = 0; index < 3 || (index < 9 && hasTime()); index++) {
      made.join.push({ value: coreJoin(ours) });
      const commit = coreCommit(ours);
      made.make.push({ value: commit.makeMs });
      made.open.push({ value: commit.openMs });
      ours = { ...commit.next, welcome: ours.welcome, used: ours.used };
      if (theirs === undefined) continue;
      const start = performance.now();
      const bytes = await theirs.creator.emptyCommit();
      const middle = performance.now();
      await theirs.joiner.process(bytes);
      peer.make.push({ value: middle - start });
      peer.open.push({ value: performance.now() - middle });
    }
    const title = `${members} members`;
    for (const [what, own, other] of [
      ["an empty commit, made", made.make, peer.make],
      ["  and read by another", made.open, peer.open],
    ] as const) {
      const first = row(`${title}: ${what.trim()}`, own);
      rows.push(first);
      if (other.length > 0) rows.push(row("  ts-mls", other, first));
    }
    rows.push(row(`${title}: joined by Welcome`, made.join));
    notes.push(written(members, ours));
  }
  if (isAlone) notes.push(NO_PEERS);
  const title = "empty commits in a tree right after one that added everybody, and joins; a ratio below 1 is faster";
  return { name: "commits", title, unit: "ms", rows, notes };
}

function written(members: number, group: CoreGroup): string {
  const { sent, received } = coreWritten(group);
  const [first, next] = received;
  return `${members} members: a message writes ${sent[1]} bytes of group state where it is sent, ${next} where it is read (${first} for a sender's first in an epoch)`;
}
