/** Device chains: as a relay gives them, and as a device that means ill may sign them. */
import {
  type ChainState,
  chainStates,
  chainStep,
  concat,
  encodeFromServer,
  equalBytes,
  idOf,
  LIMITS,
  makeChainEntry,
  parseFromServer,
  userName,
} from "@sotto/wire";
import { chainBytes } from "../../packages/wire/src/signed.ts";
import { bytes, key, port } from "../../packages/wire/test/crypto.ts";
import { mustHold, type Target } from "../target.ts";

const [first, second, third, recovery, newRecovery] = [1, 2, 3, 4, 5].map(key);
if (first === undefined || second === undefined || third === undefined) throw new Error("there are keys");
if (recovery === undefined || newRecovery === undefined) throw new Error("there are recovery keys");
const time = 1_800_000_000_000;
const relay = bytes(32, 7);
const name = userName("ann");
if (name === undefined) throw new Error("ann is a name");

const creation = { kind: "create", name, relay, deviceKey: first.publicKey, recoveryKey: recovery.publicKey } as const;
const entries = [makeChainEntry(undefined, creation, time, first.sign, recovery.sign)];
const state = (): ChainState => {
  const states = chainStates(entries, port);
  const last = states.ok ? states.value.at(-1) : undefined;
  if (last === undefined) throw new Error("the chain holds");
  return last;
};
const signer = first.publicKey;
entries.push(
  makeChainEntry(state(), { kind: "add", deviceKey: second.publicKey, signer }, time, first.sign, second.sign),
);
const rotation = { kind: "rotate-recovery", recoveryKey: newRecovery.publicKey } as const;
entries.push(makeChainEntry(state(), rotation, time, recovery.sign, newRecovery.sign));
const before = state();
const addition = { kind: "add", deviceKey: third.publicKey, signer } as const;
const more = [
  makeChainEntry(before, addition, time, first.sign, third.sign),
  makeChainEntry(before, { kind: "revoke", deviceKey: second.publicKey, signer }, time, first.sign),
  makeChainEntry(before, { ...rotation, recoveryKey: recovery.publicKey }, time, newRecovery.sign, recovery.sign),
];

/** What no chain takes, signed as it should be: good to begin with. */
const refused = [
  makeChainEntry(before, { ...addition, deviceKey: second.publicKey }, time, first.sign, second.sign),
  makeChainEntry(before, { ...addition, kind: "revoke" }, time, first.sign),
  makeChainEntry(before, { ...addition, signer: third.publicKey }, time, third.sign, third.sign),
];

/** Nobody but the owner of a key can make an entry: whatever holds is what was made. */
const chain: Target = {
  name: "chain",
  about: "a device chain as a relay tells it: wire/src/chain.ts",
  format: "protobuf",
  bytesMax: LIMITS.frameBytesMax,
  kept: "made",
  samples: async () =>
    [entries, [...entries, ...more.slice(0, 1)], [...entries, ...more.slice(1, 2)], [...entries, ...more.slice(2)]].map(
      (told, index) => ({
        name: `${index + 1}`,
        bytes: encodeFromServer({
          request: 1,
          body: { type: "signed-in", account: idOf.account(bytes(32, 1)), chain: told },
        }),
      }),
    ),
  open: async () => ({
    take: (input) => {
      const frame = parseFromServer(input);
      if (!frame.ok || frame.value.body.type !== "signed-in") return "no frame";
      const told = frame.value.body.chain;
      const states = chainStates(told, port);
      if (!states.ok) return states.error;
      const isReal = told.every((one, index) =>
        [entries[index], ...more].some((real) => real && equalBytes(one, real)),
      );
      mustHold(isReal, "a chain holds that nobody signed");
      return `${told.length} entries`;
    },
  }),
  testInputs: 1000,
};

const keys = [first, second, third, recovery, newRecovery];

/** The body of an entry, out of the entry: its first field, with a length of one or two bytes. */
function bodyOf(entry: Uint8Array): Uint8Array {
  const length = (entry[1] ?? 0) & 0x7f;
  const isLong = (entry[1] ?? 0) > 0x7f;
  const start = isLong ? 3 : 2;
  return entry.slice(start, start + (isLong ? length + (entry[2] ?? 0) * 128 : length));
}

function field(number: number, value: Uint8Array): Uint8Array {
  const { length } = value;
  if (length === 0) return value;
  const size = length < 128 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
  return concat(Uint8Array.of((number << 3) | 2, ...size), value);
}

/** Any body at all, signed and countersigned by every pair of keys that somebody may hold. */
const chainBody: Target = {
  name: "chain-body",
  about: "what a device may sign and put on its own chain: wire/src/chain.ts",
  format: "protobuf",
  bytesMax: LIMITS.chainEntryBytesMax,
  kept: "made",
  samples: async () =>
    [...entries, ...more, ...refused].map((entry, index) => ({ name: `${index + 1}`, bytes: bodyOf(entry) })),
  open: async () => ({
    take: (input) => {
      const outcomes = new Set<string>();
      const signing = keys.filter(({ publicKey }) => Buffer.from(input).includes(Buffer.from(publicKey)));
      for (const one of [...signing, first]) {
        const signature = one.sign(chainBytes(input, false));
        const countersigned = signing.map((other) => other.sign(chainBytes(input, true)));
        for (const countersignature of [new Uint8Array(0), ...countersigned]) {
          const entry = concat(field(1, input), field(2, signature), field(3, countersignature));
          for (const from of [before, undefined]) outcomes.add(step(from, entry));
        }
      }
      return [...outcomes].sort().join(" ").slice(0, 60);
    },
  }),
  testInputs: 250,
};

function step(from: ChainState | undefined, entry: Uint8Array): string {
  const after = chainStep(from, entry, port);
  if (!after.ok) return after.error;
  const { length, devices, account, name: said, relay: at } = after.value;
  mustHold(length === (from?.length ?? 0) + 1, "a chain grew by more than one");
  mustHold(new Set(devices.map(({ id }) => id)).size === devices.length, "a device stands in it twice");
  mustHold(devices.every((one) => one.key.length === 32) && after.value.recoveryKey.length === 32, "a key is none");
  mustHold(userName(said) === said && at.length === 32, "a chain of nobody");
  if (from !== undefined) mustHold(account === from.account && said === from.name, "a chain is somebody else's now");
  mustHold(!chainStep(after.value, entry, port).ok, "an entry counts twice");
  return "taken";
}

export const CHAIN_TARGETS: readonly Target[] = [chain, chainBody];
