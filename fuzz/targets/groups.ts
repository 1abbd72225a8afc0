/** `core/src/group`: entries, links, Welcomes and key packages as a room's members meet them. */
import { concat, encodeAuthenticated, equalBytes, idOf, LIMITS, PLAIN_AUTHENTICATED, utf8 } from "@sotto/wire";
import {
  createGroup,
  type Group,
  groupDifference,
  groupSuite,
  isFromSelf,
  joinExternal,
  keyPackageLeaf,
  makeCommit,
  makeGroupInfo,
  makeKeyPackage,
  type Own,
  open,
  openWelcome,
  readGroupInfo,
  type Suite,
  seal,
} from "../../packages/core/src/group/index.ts";
import { decodeRecord, encodeRecord } from "../../packages/core/src/records.ts";
import { nodeCrypto } from "../../packages/node/src/crypto.ts";
import { Dice } from "../dice.ts";
import { mustHold, type Sample, type Target } from "../target.ts";

const NOW = 1_800_000_000_000;
const room = idOf.room(new Uint8Array(32).fill(0x11));
const authenticated = encodeAuthenticated({ room, base: 0, seq: 0, hash: new Uint8Array(32), ...PLAIN_AUTHENTICATED });

const plain = nodeCrypto();

function device(name: string): Own {
  const account = idOf.account(plain.sha256(utf8(name)));
  const privateKey = plain.sha256(utf8(`${name} 1`));
  const publicKey = plain.publicKey(privateKey);
  const id = idOf.device(plain.sha256(publicKey).slice(0, 16));
  return { account, device: id, chainLength: 1, chainHash: plain.sha256(utf8(account)), privateKey, publicKey };
}

/** Ann, Bob and Cat in a room, what Ann sends there, and Dan, whom she brings in. */
function scene() {
  const dice = new Dice("groups");
  const suite: Suite = groupSuite(nodeCrypto((length) => dice.bytes(length)));
  const [ann, bob, cat, dan] = ["ann", "bob", "cat", "dan"].map(device);
  if (ann === undefined || bob === undefined || cat === undefined || dan === undefined)
    throw new Error("there are four");
  const info = { kind: "room", name: "den", owners: [ann.account], linkKey: new Uint8Array(32).fill(7) } as const;
  const alone = createGroup(suite, ann, room, info, NOW);
  const packages = [bob, cat, dan].map((own) => makeKeyPackage(suite, own, NOW, false));
  const [ofBob, ofCat, ofDan] = packages;
  if (ofBob === undefined || ofCat === undefined || ofDan === undefined) throw new Error("there are three packages");
  const nobody = { removes: [], info: undefined, authenticated, joinInfo: utf8("join"), now: NOW };
  const first = makeCommit(suite, ann, alone, { ...nobody, adds: [ofBob.bytes, ofCat.bytes] });
  const atBob = first?.welcome && openWelcome(suite, [ofBob], first.welcome);
  if (first === undefined || atBob === undefined) throw new Error("Bob comes in");
  const { bytes: message, next } = seal(suite, ann, first.next, utf8("padded"), authenticated);
  const groupInfo = makeGroupInfo(suite, ann, next);
  const outside = readGroupInfo(suite, groupInfo);
  const joined = outside && joinExternal(suite, device("eve"), outside, authenticated);
  const second = makeCommit(suite, ann, next, { ...nobody, adds: [ofDan.bytes], removes: [cat.device] });
  if (joined === undefined || second?.welcome === undefined) throw new Error("Dan and Eve come in");
  return {
    suite,
    ann: next,
    bob: atBob.group,
    packages,
    message,
    commit: second.bytes,
    external: joined.bytes,
    welcome: second.welcome,
    groupInfo,
  };
}

let made: ReturnType<typeof scene> | undefined;
function stage(): ReturnType<typeof scene> {
  made ??= scene();
  return made;
}

const groupText = (group: Group): string =>
  groupDifference(undefined, group)
    .map(({ name, value }) => `${name} ${Buffer.from(value ?? []).toString("hex")}`)
    .join("\n");

const entriesOf = (): readonly Sample[] => [
  { name: "message", bytes: stage().message },
  { name: "commit", bytes: stage().commit },
  { name: "external commit", bytes: stage().external },
];

const entry: Target = {
  name: "group-entry",
  about: "entries of a room's log: core/src/group/open.ts; the group stays as it was, byte for byte",
  format: "vectors",
  bytesMax: LIMITS.entryBytesMax,
  kept: "made",
  samples: async () => entriesOf(),
  open: async () => {
    const { suite, ann, bob } = stage();
    const real = entriesOf().map(({ bytes }) => bytes);
    const [before, annBefore] = [groupText(bob), groupText(ann)];
    const take = (input: Uint8Array): string => {
      const opened = (["message", "commit"] as const).map((kind) => open(suite, bob, kind, input));
      const isReal = real.some((bytes) => equalBytes(bytes, input));
      mustHold(isReal || opened.every((one) => one === undefined), "what was changed on the way is taken");
      const isOwn = isFromSelf(suite, ann, input);
      mustHold(groupText(bob) === before && groupText(ann) === annBefore, "a group is another one");
      return `${opened.find((one) => one !== undefined)?.type ?? "refused"} ${isOwn}`;
    };
    return { take };
  },
  testInputs: 600,
};

const door: Target = {
  name: "group-door",
  about: "GroupInfos, Welcomes and key packages: core/src/group/join.ts, key-package.ts",
  format: "vectors",
  bytesMax: LIMITS.entryBytesMax,
  kept: "made",
  samples: async () => {
    const { welcome, groupInfo, packages } = stage();
    const keyPackages = packages.map(({ bytes }, index) => ({ name: `key package ${index + 1}`, bytes }));
    return [{ name: "welcome", bytes: welcome }, { name: "group info", bytes: groupInfo }, ...keyPackages];
  },
  open: async () => {
    const { suite, packages, welcome, groupInfo } = stage();
    const led = openWelcome(suite, packages, welcome);
    const into = led && groupText(led.group);
    const real = [welcome, groupInfo, ...packages.map(({ bytes }) => bytes)];
    const take = (input: Uint8Array): string => {
      const read = [
        openWelcome(suite, packages, input),
        readGroupInfo(suite, input),
        keyPackageLeaf(suite, input, NOW),
      ] as const;
      const [welcomed, ...others] = read;
      const isReal = real.some((bytes) => equalBytes(bytes, input));
      mustHold(isReal || others.every((one) => one === undefined), "what was changed on the way is taken");
      // Nobody signs whom a Welcome is for: a name more, or another order, leads into the same group.
      if (welcomed !== undefined) mustHold(groupText(welcomed.group) === into, "a Welcome leads elsewhere");
      return read.map((one) => Number(one !== undefined)).join("");
    };
    return { take };
  },
  testInputs: 500,
};

const someRecord = {
  account: "22".repeat(32),
  privateKey: new Uint8Array(32).fill(3),
  port: 7878,
  pin: undefined,
  confirmed: true,
  entries: [new Uint8Array(2), new Uint8Array(0)],
  task: { type: "text", text: '{"$":"AAAA"}' },
  link: { tokenHash: new Uint8Array(32), groupInfo: new Uint8Array(3) },
};

/** A version byte, then JSON: nothing that is read comes back as something else. */
const record: Target = {
  name: "record",
  about: "a record of the vault: core/src/records.ts",
  format: "text",
  bytesMax: 262_144,
  kept: "made",
  samples: async () => [{ name: "of everything", bytes: encodeRecord(someRecord).slice(1) }],
  words: ['{"$":"', '{"$":"AAAA"}', '"__proto__":', "1e999", "-0"],
  open: async () => ({
    take: (input) => {
      const read = decodeRecord<object>(concat(Uint8Array.of(1), input));
      mustHold(decodeRecord(concat(Uint8Array.of(2), input)) === undefined, "another version is read");
      if (read === undefined) return "refused";
      return isSame(read, input) ? "read" : "too deep to be written";
    },
  }),
  testInputs: 1000,
};

/** @returns false for what nests so deep that it can be read and not be written: nobody wrote it. */
function isSame(read: object, input: Uint8Array): boolean {
  try {
    const said = utf8(JSON.stringify(JSON.parse(new TextDecoder().decode(input))));
    mustHold(equalBytes(encodeRecord(read).subarray(1), said), "a record says something else than what was read");
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

export const GROUP_TARGETS: readonly Target[] = [entry, door, record];
