/** Lies in inboxes: Welcomes that are another's, older, cut or made up, notices of nothing, and numbers that do not fit. */
import { type FromServer, type InboxEntry, idOf, readmitBytes, type WarningCode } from "@sotto/wire";
import type { MoveName } from "../plan.ts";
import { type EvilRelay, flipped, type Hooks, type Instead, type Misbehaviour } from "./evil-relay.ts";
import { makeKey } from "./forge.ts";

type Welcome = Extract<InboxEntry, { kind: "welcome" }>;
/** And whose it was. */
type Seen = Welcome & { readonly who: string };

const WANTS = ["direct", "add", "direct", "create", "wait", "add", "direct", "add", "remove", "add", "direct"] as const;
const ENTRIES_KEPT = 20;

/** Every inbox entry that comes down. */
function everyInboxEntry(
  frame: FromServer,
  change: (entry: InboxEntry) => readonly InboxEntry[] | undefined,
): Instead<FromServer> {
  const { body } = frame;
  if (body.type === "inbox-event") {
    const instead = change(body.entry);
    return instead?.map((entry) => ({ ...frame, body: { ...body, entry } }));
  }
  if (body.type !== "inbox-fetched") return undefined;
  let isChanged = false;
  const entries = body.entries.flatMap((entry) => {
    const instead = change(entry);
    isChanged ||= instead !== undefined;
    return instead ?? [entry];
  });
  return isChanged ? [{ ...frame, body: { ...body, entries } }] : undefined;
}

/** Puts another entry in the place of a Welcome, and says so whenever it is asked. */
const instead =
  (change: (welcome: Welcome, evil: EvilRelay, who: string, seen: readonly Seen[]) => InboxEntry | undefined) =>
  (evil: EvilRelay): Hooks => {
    const said = new Map<string, InboxEntry | undefined>();
    const seen: Seen[] = [];
    return {
      down: (frame, { who }) =>
        everyInboxEntry(frame, (entry) => {
          if (entry.kind !== "welcome") return undefined;
          const key = `${who} ${entry.number}`;
          const isTaken = evil.takes(who, key);
          if (isTaken && !said.has(key)) said.set(key, change(entry, evil, who, seen));
          seen.push({ ...entry, who });
          const other = isTaken ? said.get(key) : undefined;
          return other && [other];
        }),
    };
  };

/** A word that somebody asks to be let in, by a key of the relay's own. */
function ask(evil: EvilRelay, { number, room }: Welcome, account: Uint8Array | "of a member"): InboxEntry | undefined {
  const key = makeKey(evil);
  const member = account === "of a member" ? evil.dice.of(evil.world.devices.map(({ name }) => name)) : undefined;
  const known = member === undefined ? undefined : evil.refOf(member);
  const who = {
    account: account === "of a member" ? known?.account : idOf.account(account),
    device: evil.dice.chance(0.5) && known !== undefined ? known.device : idOf.device(evil.dice.bytes(16)),
  };
  if (who.account === undefined) return undefined;
  const ref = { account: who.account, device: who.device };
  const signature = key.sign(readmitBytes({ room, ...ref, leafKey: new Uint8Array() }));
  return { number, kind: "readmit", room, who: ref, signature };
}

/** Entries that were pushed before come again, the newest first. */
function repeatedAndReversed(evil: EvilRelay): Hooks {
  const all = new Map<string, FromServer[]>();
  return {
    down: (frame, { who }) => {
      if (frame.body.type !== "inbox-event" || !evil.takes(who)) return undefined;
      const earlier = all.get(who) ?? [];
      all.set(who, [...earlier, frame].slice(-ENTRIES_KEPT));
      return [frame, ...earlier.toReversed(), frame];
    },
  };
}

function dropped(evil: EvilRelay): Hooks {
  return {
    down: (frame, { who }) =>
      everyInboxEntry(frame, (entry) => (evil.takes(who, `${who} ${entry.number}`) ? [] : undefined)),
    end: () => evil.world.network.cutAll(),
  };
}

const WELCOME: readonly WarningCode[] = [
  "relay-lies",
  "log-forked",
  "chain-withheld",
  "not-delivered",
  "commit-skipped",
  "relay-rolled-back",
];

const inbox = (
  name: string,
  words: string,
  arrange: Misbehaviour["arrange"],
  tells: readonly WarningCode[] = WELCOME,
): Misbehaviour => ({ name, words, tells, after: "some are out", wants: WANTS, isAmongStrangers: true, arrange });

export const INBOX: readonly Misbehaviour[] = [
  inbox(
    "welcome-to-another-room",
    "says that a Welcome is for another room",
    instead((one, evil) => {
      const room = evil.otherRoom(one.room);
      return room && { ...one, room };
    }),
  ),
  inbox(
    "welcome-to-no-room",
    "says that a Welcome is for a room that nobody made",
    instead((one, evil) => ({ ...one, room: idOf.room(evil.dice.bytes(32)) })),
  ),
  inbox(
    "welcome-of-another",
    "gives somebody the Welcome of another",
    instead((one, evil, _who, seen) => {
      const other = evil.dice.of(seen.filter(({ bytes }) => bytes !== one.bytes));
      return other && { ...other, number: one.number };
    }),
  ),
  inbox(
    "welcome-cut",
    "cuts a Welcome",
    instead((one, evil) => ({ ...one, bytes: one.bytes.slice(0, evil.dice.between(1, one.bytes.length - 1)) })),
  ),
  inbox(
    "welcome-altered",
    "alters a Welcome",
    instead((one, evil) => ({ ...one, bytes: flipped(one.bytes, evil.dice.word()) })),
  ),
  inbox(
    "welcome-invented",
    "makes up the bytes of a Welcome",
    instead((one, evil) => ({ ...one, bytes: evil.dice.bytes(one.bytes.length) })),
  ),
  {
    ...inbox(
      "welcome-replayed",
      "replays an earlier Welcome of the same device",
      instead((one, evil, who, seen) => {
        const earlier = evil.dice.of(seen.filter((other) => other.who === who && other.number < one.number));
        return earlier && { ...earlier, number: one.number };
      }),
    ),
    wants: ["wait", ...Array.from({ length: 12 }, (): MoveName => "direct"), "wait", "direct", "direct"],
  },
  inbox(
    "welcome-misplaced",
    "says that a Welcome is for another place of the log",
    instead((one, evil) => ({ ...one, seq: Math.max(1, one.seq + evil.dice.of([-3, -1, 1, 2, 50])) })),
  ),
  inbox(
    "welcome-with-another-transcript",
    "gives a Welcome the transcript of another log",
    instead((one, evil) => ({ ...one, previous: evil.dice.bytes(32) })),
  ),
  inbox(
    "last-resort-use-invented",
    "says that the last resort was used, in the place of a Welcome",
    instead(({ number }) => ({ number, kind: "last-resort-used" })),
    ["last-resort-used", ...WELCOME],
  ),
  inbox(
    "sign-in-locked-invented",
    "says that sign-in is locked, in the place of a Welcome",
    instead(({ number }) => ({ number, kind: "sign-in-locked" })),
  ),
  inbox(
    "chain-growth-invented",
    "says that the own chain grew, in the place of a Welcome",
    instead(({ number }) => ({ number, kind: "chain-grew" })),
  ),
  inbox(
    "readmit-of-a-ghost-device",
    "says that a device that is in no chain asks to be let in",
    instead((one, evil) => ask(evil, one, "of a member")),
  ),
  inbox(
    "readmit-of-a-ghost-account",
    "says that an account of its own asks to be let in",
    instead((one, evil) => ask(evil, one, evil.dice.bytes(32))),
  ),
  inbox("inbox-entry-dropped", "leaves an entry of the inbox out", dropped),
  {
    ...inbox(
      "inbox-repeated-and-reversed",
      "pushes entries of the inbox twice, late and the wrong way round",
      repeatedAndReversed,
      [],
    ),
    after: "as before",
  },
  inbox("inbox-numbered-backwards", "numbers the entries of the inbox backwards", (evil) => ({
    down: (frame, { who }) =>
      everyInboxEntry(frame, (entry) =>
        evil.takes(who, `${who} ${entry.number}`)
          ? [{ ...entry, number: Math.max(1, entry.number + evil.dice.of([-2, -1, 1, 2])) }]
          : undefined,
      ),
    end: () => evil.world.network.cutAll(),
  })),
];
