/** Lies about who is who: names, device chains and key packages. */
import { type AccountId, type DeviceId, idOf, type ServerBody, userName, type WarningCode } from "@sotto/wire";
import { accountOn } from "../inside.ts";
import { answering, type EvilRelay, flipped, type Hooks, isOf, type Misbehaviour } from "./evil-relay.ts";
import { chainOf, forgedEntry, type Invented, invent, makeKey, packageOf, publicKeyOf } from "./forge.ts";

const CHAIN: readonly WarningCode[] = [
  "relay-lies",
  "chain-forked",
  "chain-withheld",
  "commit-skipped",
  "identity-changed",
  "not-delivered",
  "log-forked",
];
const CHAIN_WANTS = ["device", "direct", "add", "device", "join", "phrase"] as const;
const CLAIM_WANTS = ["add", "direct", "direct", "remove", "add"] as const;

const EXPIRED_MS = 100 * 86_400_000;

type Chain = Extract<ServerBody, { type: "chains" }>["chains"][number];
type Package = Extract<ServerBody, { type: "key-packages" }>["packages"][number];

/** Chains that are given to who asks. */
const chains =
  (change: (chain: Chain, evil: EvilRelay, who: string) => readonly Chain[] | undefined) =>
  (evil: EvilRelay): Hooks =>
    answering(evil, "chains", (body, { who }) => {
      let isChanged = false;
      const all = body.chains.flatMap((one) => {
        const instead = change(one, evil, who);
        isChanged ||= instead !== undefined;
        return instead ?? [one];
      });
      return isChanged ? { ...body, chains: all } : undefined;
    });

const growing = (kind: "add" | "revoke" | "rotate-recovery") =>
  chains((one, evil) => {
    const entry = forgedEntry(evil, one.entries, kind);
    return entry && [{ ...one, entries: [...one.entries, entry] }];
  });

/** Key packages that are given to who claims them. */
const packages =
  (change: (one: Package, evil: EvilRelay, account: AccountId) => readonly Package[] | undefined) =>
  (evil: EvilRelay): Hooks =>
    answering(evil, "key-packages", (body, _line, asked) => {
      const account = asked?.type === "key-packages-claim" ? asked.account : undefined;
      if (account === undefined || body.packages.length === 0) return undefined;
      const all = body.packages.flatMap((one) => change(one, evil, account) ?? [one]);
      return { ...body, packages: all };
    });

/** Its own key package in somebody's name. */
function forged(evil: EvilRelay, account: AccountId, device: DeviceId): Package | undefined {
  const chain = chainOf(evil.world.relay.tables.chain(account));
  if (chain === undefined) return undefined;
  const own = { account, device, chainLength: chain.length, chainHash: chain.hash, ...makeKey(evil) };
  return { device, bytes: packageOf(evil, own), lastResort: false };
}

function stranger(evil: EvilRelay): Package | undefined {
  const name = userName(`ghost${evil.dice.below(1000)}`);
  const ghost = name && invent(evil, name);
  return ghost && { device: ghost.device, bytes: ghost.keyPackage, lastResort: false };
}

/** One that its device truly made and that the relay kept for too long. */
function expired(evil: EvilRelay, device: DeviceId): Uint8Array | undefined {
  const of = evil.world.devices.find(({ name }) => evil.refOf(name)?.device === device);
  const own = of && accountOn(of.disk);
  const chain = own && chainOf(evil.world.relay.tables.chain(own.account));
  if (own === undefined || chain === undefined) return undefined;
  const { account, privateKey } = own;
  const leaf = { account, device, chainLength: chain.length, chainHash: chain.hash };
  const now = evil.world.loop.now - EXPIRED_MS;
  return packageOf(evil, { ...leaf, privateKey, publicKey: publicKeyOf(privateKey) }, now);
}

/** Accounts of its own, and what it has to show for them. */
function ghosts(evil: EvilRelay) {
  const made = new Map<string, Invented>();
  return {
    of: (text: string): Invented | undefined => {
      const [name, known] = [userName(text), made.get(text)];
      const ghost = known ?? (name && invent(evil, name));
      if (ghost !== undefined) made.set(text, ghost);
      return ghost;
    },
    by: (account: AccountId): Invented | undefined => [...made.values()].find((one) => one.account === account),
  };
}

/** A name leads to an account of its own, which has everything that an account has. @param isKnown - to the one who asks. */
function takenOver(evil: EvilRelay): Hooks {
  const all = ghosts(evil);
  return {
    down: ({ request, body }, line) => {
      const asked = evil.asked(line, request);
      if (isOf(body, "directory-list") && evil.takes(line.who)) {
        const accounts = body.accounts.map((one) => ({ ...one, account: all.of(one.name)?.account ?? one.account }));
        return [{ request, body: { ...body, accounts } }];
      }
      if (asked?.type === "chain-get" && asked.accounts.some((one) => all.by(one))) {
        const known = isOf(body, "chains") ? body.chains : [];
        const own = asked.accounts.flatMap((one) => all.by(one) ?? []);
        return [{ request, body: { type: "chains", chains: [...known, ...own] } }];
      }
      const ghost = asked?.type === "key-packages-claim" ? all.by(asked.account) : undefined;
      if (ghost === undefined) return undefined;
      const { device, keyPackage: bytes } = ghost;
      return [{ request, body: { type: "key-packages", packages: [{ device, bytes, lastResort: false }] } }];
    },
  };
}

function reused(evil: EvilRelay): Hooks {
  const given = new Map<AccountId, Package>();
  return packages((one, _evil, account) => {
    const first = given.get(account);
    if (first === undefined) given.set(account, one);
    return [first ?? one];
  })(evil);
}

const person = (
  name: string,
  words: string,
  arrange: Misbehaviour["arrange"],
  more: Partial<Misbehaviour> = {},
): Misbehaviour => ({
  name,
  words,
  tells: CHAIN,
  after: "some are out",
  wants: CHAIN_WANTS,
  isAmongStrangers: true,
  arrange,
  ...more,
});

const claim = (
  name: string,
  words: string,
  arrange: Misbehaviour["arrange"],
  tells: readonly WarningCode[] = CHAIN,
): Misbehaviour => person(name, words, arrange, { wants: CLAIM_WANTS, tells });

export const PEOPLE: readonly Misbehaviour[] = [
  person("ghost-device-in-chain", "adds a device of its own to somebody's chain", growing("add")),
  person("revocation-forged", "revokes somebody's device in the chain", growing("revoke")),
  person("recovery-key-forged", "puts a recovery key of its own into somebody's chain", growing("rotate-recovery")),
  person(
    "chain-of-another",
    "gives the chain of another account",
    chains((one, evil) => {
      const other = evil.dice.of(evil.world.relay.tables.directory().filter(({ id }) => id !== one.account));
      return other && [{ ...one, entries: evil.world.relay.tables.chain(other.id) }];
    }),
  ),
  person(
    "chain-altered",
    "alters an entry of a chain",
    chains((one, evil) => {
      const at = evil.dice.below(one.entries.length);
      return [
        {
          ...one,
          entries: one.entries.map((bytes, index) => (index === at ? flipped(bytes, evil.dice.word()) : bytes)),
        },
      ];
    }),
  ),
  person(
    "chain-cut",
    "gives a chain without its newest entries",
    chains((one) => (one.entries.length < 2 ? undefined : [{ ...one, entries: one.entries.slice(0, -1) }])),
    { wants: ["device", "device", "phrase", "device", "join", "revoke", "say", "add"] },
  ),
  person(
    "chain-withheld-from-one",
    "withholds from one member the chains that it asks for",
    chains(() => []),
  ),
  person(
    "revocation-withheld",
    "withholds from one member that a device was revoked",
    chains((one) => {
      const [all, less] = [chainOf(one.entries), chainOf(one.entries.slice(0, -1))];
      const isRevocation = all !== undefined && less !== undefined && all.devices.length < less.devices.length;
      return isRevocation ? [{ ...one, entries: one.entries.slice(0, -1) }] : undefined;
    }),
    { wants: ["device", "wait", "device", "wait", "revoke", "say", "say", "revoke", "say", "say", "join", "add"] },
  ),
  person(
    "name-of-another",
    "gives another person's account under a name",
    (evil) =>
      answering(evil, "directory-list", (body) => {
        const all = evil.world.relay.tables.directory();
        const accounts = body.accounts.map((one) => {
          const other = evil.dice.of(all.filter(({ id }) => id !== one.account));
          return { ...one, account: other?.id ?? one.account };
        });
        return { ...body, accounts };
      }),
    { wants: CLAIM_WANTS },
  ),
  person("account-invented", "makes up an account under a name that one never saw", takenOver, {
    wants: ["direct", "direct", "direct", ...CLAIM_WANTS, "direct", "direct"],
  }),
  claim(
    "key-package-of-another",
    "gives a key package of another account",
    packages((_one, evil, account) => {
      const other = evil.dice.of(evil.world.relay.tables.directory().filter(({ id }) => id !== account));
      return other && evil.world.relay.tables.claimKeyPackages(other.id, true)?.packages;
    }),
  ),
  claim(
    "key-package-of-a-ghost",
    "gives a key package of an account of its own",
    packages((one, evil) => {
      const ghost = stranger(evil);
      return ghost && [{ ...one, bytes: ghost.bytes }];
    }),
  ),
  claim(
    "ghost-key-package-beside",
    "gives a key package of its own beside the true one",
    packages((one, evil) => {
      const ghost = stranger(evil);
      return ghost && [one, ghost];
    }),
  ),
  claim(
    "key-package-of-a-ghost-device",
    "gives a key package of a device of its own in somebody's account",
    packages((one, evil, account) => {
      const ghost = forged(evil, account, idOf.device(evil.dice.bytes(16)));
      return ghost && [one, ghost];
    }),
  ),
  claim(
    "key-package-forged",
    "gives a key package in somebody's name that it signed itself",
    packages((one, evil, account) => {
      const ghost = forged(evil, account, one.device);
      return ghost && [ghost];
    }),
  ),
  claim(
    "key-package-altered",
    "alters a key package",
    packages((one, { dice }) => [{ ...one, bytes: flipped(one.bytes, dice.word()) }]),
  ),
  claim(
    "key-package-cut",
    "cuts a key package",
    packages((one, { dice }) => [{ ...one, bytes: one.bytes.slice(0, dice.between(1, one.bytes.length - 1)) }]),
  ),
  claim(
    "key-package-invented",
    "makes up a key package",
    packages((one, { dice }) => [{ ...one, bytes: dice.bytes(one.bytes.length) }]),
  ),
  claim(
    "key-package-expired",
    "gives a key package that has expired",
    packages((one, evil) => {
      const bytes = expired(evil, one.device);
      return bytes && [{ ...one, bytes }];
    }),
  ),
  claim("key-package-reused", "gives a key package that was used before", reused),
  claim(
    "key-packages-withheld",
    "says that nobody has key packages",
    packages(() => []),
  ),
  claim(
    "last-resort-instead",
    "gives the last resort, so that a Welcome opens twice",
    packages((_one, evil, account) => evil.world.relay.tables.claimKeyPackages(account, true)?.packages),
    ["last-resort-used", ...CHAIN],
  ),
  claim(
    "last-resort-untold",
    "gives the last resort while others are left, and does not tell its owner",
    packages((_one, evil, account) =>
      evil.world.relay.tables.claimKeyPackages(account, true)?.packages.map((one) => ({ ...one, lastResort: false })),
    ),
    ["last-resort-used", ...CHAIN],
  ),
];
