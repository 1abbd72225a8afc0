/**
 * Two logs for two halves of the people: from some point on the one half stands in a log that this relay keeps by
 * itself, messages and commits, and gives every answer about.
 */
import { nodeCrypto } from "@sotto/node";
import {
  type AppendBody,
  type CommitBody,
  type Entry,
  encodeFromServer,
  type FromClient,
  type RoomId,
  type ServerBody,
  transcriptStart,
  transcriptStep,
} from "@sotto/wire";
import type { Line } from "../network.ts";
import { type EvilRelay, type Hooks, type Instead, isOf, type Misbehaviour } from "./evil-relay.ts";

const { sha256 } = nodeCrypto();

interface Split {
  readonly room: RoomId;
  /** Devices that live in the other log. */
  readonly there: ReadonlySet<string>;
  readonly entries: Entry[];
}

const headOf = (entries: readonly Entry[]): number => entries.findLast(({ kind }) => kind === "commit")?.seq ?? 0;

function hashBefore({ room, entries }: Split, seq: number): Uint8Array {
  let hash = transcriptStart(room, sha256);
  for (const entry of entries) if (entry.seq < seq) hash = transcriptStep(hash, entry, sha256);
  return hash;
}

/** @param onCommits - it begins where somebody of the other half commits: two commits on one base. */
const splitting =
  (onCommits: boolean) =>
  (evil: EvilRelay): Hooks => {
    const splits = new Map<RoomId, Split>();
    const of = (who: string, room: RoomId): Split | undefined => {
      const split = splits.get(room);
      return split?.there.has(who) ? split : undefined;
    };
    const begin = (who: string, room: RoomId): Split | undefined => {
      if (splits.has(room) || evil.world.devices.length < 2 || !evil.takes(who)) return undefined;
      const others = evil.world.devices.filter(({ name }) => name !== who && evil.dice.chance(0.4));
      if (others.length === evil.world.devices.length - 1) others.pop();
      const entries = [...evil.log(room)];
      if (entries.length === 0) return undefined;
      const split = { room, there: new Set([who, ...others.map(({ name }) => name)]), entries };
      splits.set(room, split);
      return split;
    };
    const append = (split: Split, who: string, body: AppendBody | CommitBody): ServerBody => {
      const device = evil.refOf(who)?.device;
      const known = split.entries.find((one) => one.id === body.id && one.device === device);
      if (known !== undefined) return { type: "ack", seq: known.seq, previous: hashBefore(split, known.seq) };
      const head = headOf(split.entries);
      if (body.head !== head || device === undefined)
        return { type: "refused", code: "stale-head", head, retryMs: 0, field: "" };
      const seq = split.entries.length + 1;
      const isCommit = "header" in body;
      const { id, base, bytes } = body;
      const header = isCommit ? body.header : new Uint8Array();
      const entry: Entry = { seq, kind: isCommit ? "commit" : "message", device, id, base, header, bytes };
      split.entries.push(entry);
      evil.strikes++;
      for (const line of evil.world.network.lines) {
        if (!split.there.has(line.who)) continue;
        line.push(encodeFromServer({ request: 0, body: { type: "event", room: split.room, entries: [entry] } }));
      }
      return { type: "ack", seq, previous: hashBefore(split, seq) };
    };
    const up = ({ request, body }: FromClient, line: Line): Instead<FromClient> => {
      const isAppend = isOf(body, "append") || isOf(body, "commit");
      if (isAppend) {
        const split =
          of(line.who, body.room) ??
          ((body.type === "commit") === onCommits && !(isOf(body, "commit") && body.joinToken)
            ? begin(line.who, body.room)
            : undefined);
        if (split === undefined) return undefined;
        evil.say(line, append(split, line.who, body), request);
        return [];
      }
      if (isOf(body, "cursor") && of(line.who, body.room)) {
        evil.say(line, { type: "done" }, request);
        return [];
      }
      const split = isOf(body, "fetch") ? of(line.who, body.room) : undefined;
      if (split === undefined || !isOf(body, "fetch")) return undefined;
      const entries = split.entries.filter(({ seq }) => seq >= body.from).slice(0, body.limit || 500);
      evil.say(line, { type: "fetched", room: split.room, entries, last: split.entries.length }, request);
      return [];
    };
    return {
      up,
      down: (frame, { who }) => {
        const { body } = frame;
        if (isOf(body, "event")) return of(who, body.room) && [];
        if (!isOf(body, "session")) return undefined;
        const rooms = body.rooms.map((one) => {
          const split = of(who, one.room);
          return split === undefined ? one : { ...one, last: split.entries.length, head: headOf(split.entries) };
        });
        return [{ ...frame, body: { ...body, rooms } }];
      },
      end: () => evil.world.network.cutAll(),
    };
  };

const TELLS = [
  "log-forked",
  "relay-rolled-back",
  "relay-lies",
  "commit-skipped",
  "not-delivered",
  "chain-withheld",
] as const;

export const SPLITS: readonly Misbehaviour[] = [
  {
    name: "two-logs",
    words: "keeps two logs for two members",
    tells: TELLS,
    after: "they talk",
    arrange: splitting(false),
  },
  {
    name: "epochs-forked",
    words: "gives two halves of a room two commits on one base, and a log each",
    tells: TELLS,
    after: "some are out",
    wants: ["add", "link", "remove", "add", "link"],
    arrange: splitting(true),
  },
];
