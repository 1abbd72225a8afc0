/** Lies about commits: altered, replaced, withheld, with a header that the relay wrote, from nobody at all. */
import { type CommitBody, type Entry, encodeHeader, idOf, parseHeader, type WarningCode } from "@sotto/wire";
import type { Line } from "../network.ts";
import { everyEntry, replacing } from "./entries.ts";
import { asking, type EvilRelay, flipped, type Hooks, type Misbehaviour } from "./evil-relay.ts";

const COMMIT: readonly WarningCode[] = [
  "commit-skipped",
  "relay-lies",
  "log-forked",
  "not-delivered",
  "relay-rolled-back",
  "chain-withheld",
];
const WANTS = ["create", "add", "link", "remove", "join", "wait", "add", "add"] as const;

/** Of everybody's commits that come up. */
const onTheWay =
  (change: (body: CommitBody, evil: EvilRelay, line: Line) => CommitBody | undefined) => (evil: EvilRelay) =>
    asking(evil, "commit", (body, line) => {
      const changed = change(body, evil, line);
      return changed && { type: "commit", ...changed };
    });

/** Of those that come down to one who is lied to. */
const onTheWayDown = (change: (entry: Entry, evil: EvilRelay) => Entry) =>
  replacing((entry, evil) => (entry.kind === "commit" ? change(entry, evil) : undefined));

function withHeader(
  body: CommitBody,
  change: (header: Parameters<typeof encodeHeader>[0]) => Parameters<typeof encodeHeader>[0] | undefined,
): CommitBody | undefined {
  const header = parseHeader(body.header);
  const changed = header.ok ? change(header.value) : undefined;
  return changed && { ...body, header: encodeHeader(changed) };
}

/** A member whom the header throws out, by the relay's own hand. */
const thrownOut = onTheWay((body, evil, { who }) =>
  withHeader(body, (header) => {
    const own = evil.refOf(who)?.device;
    const others = evil.world.devices.flatMap(({ name }) => evil.refOf(name) ?? []);
    const victim = evil.dice.of(others.filter(({ device }) => device !== own));
    return victim && { ...header, removes: [...header.removes, victim] };
  }),
);

/** Someone of its own, in the account of a member. */
const ghostAdded = onTheWay((body, evil) =>
  withHeader(body, (header) => {
    const account = evil.dice.of(evil.world.relay.tables.directory())?.id;
    const device = idOf.device(evil.dice.bytes(16));
    return account && { ...header, adds: [...header.adds, { account, device }] };
  }),
);

/** One member does not get it, nor anything behind it, for a while. */
function withheld(evil: EvilRelay): Hooks {
  const until = new Map<string, number>();
  return {
    down: (frame, { who }) =>
      everyEntry(frame, (entry, room) => {
        const key = `${who} ${room}`;
        const known = until.get(key);
        if (known === undefined) {
          if (entry.kind !== "commit" || !evil.takes(who)) return undefined;
          until.set(key, evil.world.loop.now + evil.dice.between(500, 30_000));
          return [];
        }
        return evil.world.loop.now < known ? [] : undefined;
      }),
    end: () => evil.world.network.cutAll(),
  };
}

/** A commit of a device that is in no chain: what comes into the log by it counts for nobody. */
const fromNobody = onTheWayDown((entry, evil) => {
  const account = evil.dice.of(evil.world.relay.tables.directory())?.id;
  const device = idOf.device(evil.dice.bytes(16));
  const adds = account === undefined ? [] : [{ account, device }];
  return { ...entry, device, id: idOf.entry(evil.dice.bytes(16)), header: encodeHeader({ adds, removes: [] }) };
});

const commit = (name: string, words: string, arrange: Misbehaviour["arrange"]): Misbehaviour => ({
  name,
  words,
  tells: COMMIT,
  after: "some are out",
  wants: WANTS,
  isAmongStrangers: true,
  arrange,
});

export const COMMITS: readonly Misbehaviour[] = [
  commit(
    "commit-altered",
    "alters the bytes of a commit",
    onTheWay((body, evil) => ({ ...body, bytes: flipped(body.bytes, evil.dice.word()) })),
  ),
  commit(
    "commit-altered-for-one",
    "alters a commit for one member alone",
    onTheWayDown((entry, evil) => ({ ...entry, bytes: flipped(entry.bytes, evil.dice.word()) })),
  ),
  commit("commit-header-changed", "changes a commit's header so that it throws a member out", thrownOut),
  commit("ghost-device-in-header", "adds a device of its own to a commit's header", ghostAdded),
  commit(
    "commit-rebased",
    "gives a commit another base",
    onTheWayDown((entry, evil) => ({
      ...entry,
      base: entry.base + evil.dice.of([-1, 1, 2]) * (entry.base > 0 ? 1 : 0) + (entry.base > 0 ? 0 : 1),
    })),
  ),
  commit(
    "commit-replaced",
    "puts bytes of its own in the place of a commit",
    onTheWayDown((entry, evil) => ({ ...entry, bytes: evil.dice.bytes(entry.bytes.length) })),
  ),
  commit("ghost-commit", "shows a commit of a device that nobody has", fromNobody),
  commit("commit-withheld", "withholds a commit from one member for a while", withheld),
  commit(
    "welcomes-withheld",
    "takes a commit and throws its Welcomes away",
    onTheWay((body) => (body.welcomes.length === 0 ? undefined : { ...body, welcomes: [] })),
  ),
  commit(
    "link-token-swapped",
    "stores another token for a room's link",
    onTheWay((body, { dice }) =>
      body.link ? { ...body, link: { ...body.link, tokenHash: dice.bytes(32) } } : undefined,
    ),
  ),
];
