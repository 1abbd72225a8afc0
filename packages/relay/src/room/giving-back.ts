/**
 * Restore: a relay that went back in time - a backup, a disk that lost its last writes - is given the entries that it
 * lacks, in the places that they had. Members notice by the transcript if one of them was not what stood there.
 *
 * The relay cannot tell entries that it lost from such as were never sent: they come from one member, in the names of
 * all, and what proves their senders is inside the encryption. Nor can it know that it went back. (The counter of the
 * giver's Resume proves nothing: the giver chooses it, and whoever was signed in before and after has no jump in it.)
 * So that a lie is worth little:
 *
 * - Entries are taken only until the first new one came into the room in this life of the relay. A running relay does
 *   not go back, and behind a new entry none fits that was lost: no honest giver is refused by this.
 * - They are put on top of what is there. Nothing is ever replaced, and what was stored by its id already is refused.
 * - Whose word a restored entry is for membership is the **giver's account**, not its sender's: else one member could
 *   give back a commit in the name of a second and confirm it in the name of a third, and shut everybody out. A removal
 *   that was given back takes effect when somebody else builds on it, or after a day, as for any commit.
 */
import {
  type CommitHeader,
  type DeviceId,
  type Entry,
  type FromClient,
  fail,
  ok,
  parseHeader,
  type Result,
  type RoomId,
} from "@sotto/wire";
import { type Refusal, refused } from "../refusal.ts";
import type { Access } from "./access.ts";
import type { Wanted } from "./log.ts";
import { applied, type DeviceList, type Membership, sizeOf } from "./membership.ts";

export type Restore = Extract<FromClient["body"], { readonly type: "restore" }>;

/** An entry that may stand in its place. */
export interface Step {
  readonly device: DeviceId;
  readonly wanted: Wanted;
  /** Of commits. */
  readonly header: CommitHeader | undefined;
}

/** Whether they are some, and are those after `last` without a gap. */
export const follows = ({ entries }: Restore, last: number): boolean =>
  entries.length > 0 && entries.every(({ seq }, index) => seq === last + 1 + index);

/**
 * Judges entries one after the other, and changes nothing: they are taken all or none.
 *
 * @param wanted - whose entries follow what is there ({@link follows}).
 */
export function judgeRestore(
  { room, entries }: Restore,
  membership: Membership,
  access: Access,
): Result<readonly Step[], Refusal> {
  const judged = { membership, access, lists: new Map<number, DeviceList>(), came: new Set<DeviceId>(), refs: 0 };
  const ids = new Set<string>();
  const steps: Step[] = [];
  for (const [index, entry] of entries.entries()) {
    const at = `entries[${index}]`;
    const name = `${entry.device}${entry.id}`;
    if (ids.has(name)) return fail(refused("bad-request", { field: `${at}.id` }));
    ids.add(name);
    const step = judgeOne(room, entry, judged, at);
    if (!step.ok) return step;
    steps.push(step.value);
  }
  return ok(steps);
}

interface Judged {
  readonly membership: Membership;
  readonly access: Access;
  /** Lists of the commits before, by seq. */
  readonly lists: Map<number, DeviceList>;
  /** Devices that these brought in. */
  readonly came: Set<DeviceId>;
  /** How many devices their headers named. */
  refs: number;
}

function judgeOne(room: RoomId, entry: Entry, judged: Judged, at: string): Result<Step, Refusal> {
  const { membership, access, lists, came } = judged;
  const { device, id, base, bytes } = entry;
  const bad = (field: string) => fail(refused("bad-request", { field: `${at}.${field}` }));
  if (!membership.isBase(base) && !lists.has(base)) return bad("base");
  if (entry.kind === "message") {
    if (entry.header.length > 0) return bad("header");
    // Who was taken out, and has not read that yet, may have written before.
    if (access.member(device) === undefined && !came.has(device)) return bad("device");
    // Not a `head` that anybody named: what it is to be compared with stands in the log already.
    return ok({
      device,
      wanted: { type: "append", room, id, head: base, base, bytes, continues: false },
      header: undefined,
    });
  }
  const header = parseHeader(entry.header);
  if (!header.ok) return bad(`header.${header.error.field}`);
  for (const ref of header.value.adds) came.add(ref.device);
  if (access.member(device) === undefined && !came.has(device)) return bad("device");
  const before = lists.get(base) ?? membership.list(base);
  const fault = membership.fault(before, header.value, judged.refs);
  if (fault !== undefined) return fail(refused(fault.code, { field: `${at}.${fault.field}` }));
  judged.refs += sizeOf(header.value);
  lists.set(entry.seq, applied(before, header.value));
  const commit = { room, id, head: base, base, bytes, header: entry.header };
  const wanted = { type: "commit", ...commit, welcomes: [], link: undefined, joinToken: undefined } as const;
  return ok({ device, wanted, header: header.value });
}
