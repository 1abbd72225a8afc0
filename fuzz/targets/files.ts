/** Files that somebody may have damaged or written: read or refused, and left as they are either way. */
import { hash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { VaultError } from "@sotto/core";
import { parseConfig, toBase64url, toHex, utf8 } from "@sotto/wire";
import { encodeSlots, isNewer, parseSlots, type Slot } from "../../packages/node/src/key-slot.ts";
import { openProfile } from "../../packages/node/src/profile.ts";
import { hasLostCommits as isVaultDamaged } from "../../packages/node/src/wal-tail.ts";
import { LIGHT } from "../../packages/node/test/light.ts";
import { makeCertificates } from "../../packages/relay/src/certificate.ts";
import { readConfig } from "../../packages/relay/src/config-file.ts";
import { openKeys } from "../../packages/relay/src/key-file.ts";
import { readPublicCertificate } from "../../packages/relay/src/public-certificate.ts";
import { hasLostCommits as isRelayDamaged } from "../../packages/relay/src/store/wal-tail.ts";
import { Trouble } from "../../packages/relay/src/trouble.ts";
import { Dice } from "../dice.ts";
import { mustHold, type Sample, type Target, type Trial } from "../target.ts";
import { bytesOf, textOf } from "../text.ts";

/** A folder that is gone when the trial is over. */
function inFolder(trial: (folder: string) => Trial["take"]): Trial {
  const folder = mkdtempSync(join(tmpdir(), "sotto-fuzz-"));
  return { take: trial(folder), close: async () => rmSync(folder, { recursive: true, force: true }) };
}

const textSamples = (...texts: readonly string[]): readonly Sample[] =>
  texts.map((text, index) => ({ name: `${index + 1}`, bytes: bytesOf(text) }));

const fill = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

const slot = (value: number): Slot => ({
  memoryKiB: 64,
  passes: 1,
  lanes: 1,
  salt: toBase64url(fill(16, value)),
  nonce: toBase64url(fill(12, value)),
  sealed: toBase64url(fill(48, value)),
});

/** What a file may ask for at most. */
const dear: Slot = { ...slot(3), memoryKiB: 1_048_576, passes: 10, lanes: 16 };

/** The last two say what they say without a checksum, which is made to fit whatever it is; the very last one is refused. */
const KEY_FILES = [
  encodeSlots([slot(1)]),
  encodeSlots([slot(1), slot(2)]),
  utf8(JSON.stringify({ version: 1, slots: [dear] })),
  utf8(JSON.stringify({ version: 1, slots: [{ ...dear, memoryKiB: 1_048_577 }] })),
];

/** The same file with a checksum that fits what it says: whoever writes one makes it fit. */
function withCheck(text: string): Uint8Array {
  try {
    const { check: _, ...body } = JSON.parse(text);
    return utf8(`${JSON.stringify({ ...body, check: hash("sha256", JSON.stringify(body)) })}\n`);
  } catch {
    return utf8(text);
  }
}

const keySlots: Target = {
  name: "vault-key-file",
  about: "the header of a vault, also with a checksum that fits: node/src/key-slot.ts",
  format: "text",
  bytesMax: 65_536,
  kept: "made",
  samples: async () => KEY_FILES.map((bytes, index) => ({ name: `key file ${index + 1}`, bytes })),
  open: async () => ({
    take: (input) => [input, withCheck(textOf(input))].map(takeSlots).join(", "),
  }),
  words: ['"slots":[', '"version":2', '"memoryKiB":1048577', '"passes":0', "__proto__"],
  testInputs: 800,
};

function takeSlots(bytes: Uint8Array): string {
  const [slots, newer] = [parseSlots(bytes), isNewer(bytes)];
  mustHold(slots === undefined || !newer, "a file is of two versions");
  if (slots === undefined) return newer ? "newer" : "refused";
  mustHold(isDeepStrictEqual(encodeSlots(slots), new Uint8Array(bytes)), "one key file has two spellings");
  for (const { memoryKiB, passes, lanes } of slots)
    mustHold(memoryKiB <= 1_048_576 && passes <= 10 && lanes <= 16, "it may cost what it likes");
  return `${slots.length} slots`;
}

const PASSWORD = "correct horse battery";

/** A whole vault, unlocked with the right password over a key file that is not what it was. */
const vault: Target = {
  name: "vault",
  about: "a whole vault with another key file: node/src/vault.ts; no file of it changes",
  format: "text",
  bytesMax: 65_536,
  kept: "made",
  samples: async () => [
    { name: "as it was", bytes: new Uint8Array(0) },
    ...KEY_FILES.map((bytes, index) => ({ name: `key file ${index + 1}`, bytes })),
  ],
  open: openVault,
  testInputs: 25,
};

async function openVault(): Promise<Trial> {
  const folder = mkdtempSync(join(tmpdir(), "sotto-fuzz-"));
  const profile = await openProfile(join(folder, "p"), { argon2: LIGHT });
  await profile.vault.create(PASSWORD);
  await profile.vault.close();
  const keyFile = join(profile.dir, "vault.key");
  const real = readFileSync(keyFile);
  // Made with the key file as it was: what a change makes of it is worth more than what was recorded elsewhere.
  const take = async (input: Uint8Array): Promise<string> => {
    const [first = 0, second = 0, third = 0] = input;
    const whole = input.length === 0 ? real : input;
    const damaged = third % 4 === 0 ? whole : real.with((first * 256 + second) % real.length, third);
    writeFileSync(keyFile, damaged);
    const before = filesOf(profile.dir);
    const outcome = await profile.vault.unlock(PASSWORD).then(
      () => "opened",
      (error: unknown) => {
        mustHold(error instanceof VaultError, `a vault throws ${String(error)}`);
        return error.code;
      },
    );
    await profile.vault.close();
    const isSame = Buffer.compare(damaged, real) === 0;
    mustHold(isSame === (outcome === "opened"), "a vault opens with another key file");
    if (!isSame) mustHold(isDeepStrictEqual(filesOf(profile.dir), before), "a file of the vault has changed");
    return outcome;
  };
  const close = async () => {
    await profile.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { take, close };
}

/** Every file but the lock's, which nobody else may open. */
function filesOf(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder).filter((name) => name.startsWith("vault.") && name !== "vault.lock");
  return new Map(names.map((name) => [name, readFileSync(join(folder, name)).toString("hex")]));
}

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const NOW = 1_800_000_000_000;

const relayKeys: Target = {
  name: "relay-key-file",
  about: "what makes a relay this relay, also with a checksum that fits: relay/src/key-file.ts",
  format: "text",
  bytesMax: 65_536,
  kept: "recorded",
  samples: async () => {
    const folder = mkdtempSync(join(tmpdir(), "sotto-fuzz-"));
    await openKeys(folder, random, NOW);
    const bytes = new Uint8Array(readFileSync(join(folder, "relay.key")));
    rmSync(folder, { recursive: true });
    return [{ name: "keys of a relay that never was", bytes }];
  },
  open: async () =>
    inFolder((folder) => async (input) => {
      const first = await takeKeys(folder, input);
      return `${first}, ${await takeKeys(folder, spelledAnew(textOf(input)))}`;
    }),
  testInputs: 120,
};

async function takeKeys(folder: string, bytes: Uint8Array): Promise<string> {
  const file = join(folder, "relay.key");
  writeFileSync(file, bytes);
  const outcome = await openKeys(folder, random, NOW).then(
    () => "opened",
    (error: unknown) => {
      mustHold(error instanceof Trouble, `keys throw ${String(error)}`);
      return "refused";
    },
  );
  mustHold(Buffer.compare(readFileSync(file), bytes) === 0, "the key file has changed");
  mustHold(isDeepStrictEqual(readdirSync(folder), ["relay.key"]), "there is another file");
  if (outcome === "opened") {
    const text = new TextDecoder().decode(bytes);
    mustHold(`${JSON.stringify(JSON.parse(text), null, 2)}\n` === text, "one key file has two spellings");
  }
  return outcome;
}

function spelledAnew(text: string): Uint8Array {
  try {
    const { check: _, ...body } = JSON.parse(text);
    return utf8(`${JSON.stringify({ ...body, check: hash("sha256", JSON.stringify(body)) }, null, 2)}\n`);
  } catch {
    return utf8(text);
  }
}

const SECRET = "a secret that nobody sees";

const TOML = [
  `[server]\naddress = "0.0.0.0"\nport = 7878\npublic = "chat.example.org:443"\n\n[access]\npassword = "${SECRET}"\nfor = "connect"\nshare = false\n`,
  '[auth]\notp = "always"\n[security]\nmax_messages_per_sec = 2.5\nburst = 10\n[log]\nlevel = "debug"\n',
  '[limits]\nconnections = 100\nconnections_per_address = 5\ndisk_mb = 1_000\n[tls]\ncertificate = "/etc/c.pem"\nkey = "/etc/k.pem"\n',
];

const configuration: Target = {
  name: "configuration",
  about: "sotto.toml, and the same values from environment and flags: relay/src/config-file.ts, wire/src/config.ts",
  format: "text",
  bytesMax: 262_144,
  kept: "made",
  samples: async () => textSamples(...TOML),
  words: [
    "[server]",
    "[access]",
    "password = ",
    '"""',
    "'''",
    "{ a = 1 }",
    "inf",
    "nan",
    "1979-05-27",
    "0xff",
    "= true",
  ],
  open: async () => inFolder((folder) => (input) => takeConfiguration(join(folder, "sotto.toml"), input)),
  testInputs: 600,
};

function takeConfiguration(path: string, input: Uint8Array): string {
  const text = textOf(input);
  writeFileSync(path, input);
  const environments = [
    {},
    { SOTTO_ACCESS_PASSWORD: text + SECRET },
    { SOTTO_SERVER_PORT: text, SOTTO_SERVER_NOPE: text },
  ];
  const outcomes = environments.map((env, index) => configured(path, env, index === 1));
  const flags = parseConfig({ flags: { "server.address": text, "server.public": text.slice(0, 99) } });
  return [...outcomes, flags.ok].join(", ");
}

/** @param isSecret - whether what is in the environment is in no message; so is what stands in a file that is no TOML. */
function configured(path: string, env: Readonly<Record<string, string>>, isSecret: boolean): string {
  try {
    const { config, settings } = readConfig({ path, required: true }, env, {});
    mustHold(config.server.port >= 0 && config.server.port <= 65_535, "a port that is none");
    mustHold(settings.length > 0, "no settings");
    return "taken";
  } catch (error) {
    mustHold(error instanceof Trouble, `a configuration throws ${String(error)}`);
    const said = `${error.message} ${error.hint}`;
    const isToml = !said.includes("is not TOML");
    // Where the file itself has it in another place than that of a secret, nobody can know that it is one.
    const mayShow = isToml && (!isSecret || textOf(readFileSync(path)).includes(SECRET));
    mustHold(mayShow || !said.includes(SECRET), "a secret is in a message");
    mustHold(!/\p{C}/u.test(said.replace(/[\u200c\u200d]/g, "")), "a control is in a message");
    return isToml ? `${said.split(";").length} faults` : "not TOML";
  }
}

const certificates: Target = {
  name: "public-certificate",
  about: "PEM that the operator names: relay/src/public-certificate.ts",
  format: "text",
  bytesMax: 65_536,
  kept: "recorded",
  samples: async () => {
    const { leafCertificate, leafKey } = await makeCertificates(random, NOW, "chat.example.org");
    return textSamples(`${leafCertificate}\n${leafKey}\n`);
  },
  words: ["-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----", "MII"],
  open: async () =>
    inFolder((folder) => (input) => {
      const path = join(folder, "both.pem");
      writeFileSync(path, input);
      const config = parseConfig({
        file: { server: { public: "chat.example.org" }, tls: { certificate: path, key: path } },
      });
      mustHold(config.ok, "the configuration is good");
      try {
        mustHold(readPublicCertificate(config.value) !== undefined, "there is a certificate");
        return "taken";
      } catch (error) {
        mustHold(error instanceof Trouble, `a certificate throws ${String(error)}`);
        return error.message.replaceAll(path, "").slice(0, 40);
      }
    }),
  testInputs: 120,
};

const PAGE = 512;

/** A write-ahead log of three commits, each of two pages, as SQLite writes one. */
function walOf(): Uint8Array {
  const dice = new Dice("wal");
  const header = Buffer.alloc(32);
  [0x377f0683, 3_007_000, PAGE, 0, 0x01020304, 0x05060708].forEach((value, index) => {
    header.writeUInt32BE(value, 4 * index);
  });
  let sum = summed(header.subarray(0, 24), [0, 0]);
  header.writeUInt32BE(sum[0], 24);
  header.writeUInt32BE(sum[1], 28);
  const frames = [2, 3].flatMap((commit) =>
    [0, commit].map((size) => {
      const frame = Buffer.concat([Buffer.alloc(24), dice.bytes(PAGE)]);
      frame.writeUInt32BE(size, 4);
      header.copy(frame, 8, 16, 24);
      sum = summed(frame.subarray(24), summed(frame.subarray(0, 8), sum));
      frame.writeUInt32BE(sum[0], 16);
      frame.writeUInt32BE(sum[1], 20);
      return frame;
    }),
  );
  return new Uint8Array(Buffer.concat([header, ...frames]));
}

function summed(bytes: Uint8Array, [one, two]: readonly [number, number]): readonly [number, number] {
  const view = Buffer.from(bytes);
  let [first, second] = [one, two];
  for (let at = 0; at + 8 <= view.length; at += 8) {
    first = (first + view.readUInt32BE(at) + second) >>> 0;
    second = (second + view.readUInt32BE(at + 4) + first) >>> 0;
  }
  return [first, second];
}

const writeAheadLog: Target = {
  name: "write-ahead-log",
  about:
    "SQLite's log after a crash, also with a checksum that fits: node/src/wal-tail.ts, relay/src/store/wal-tail.ts",
  format: "bytes",
  bytesMax: 65_536,
  kept: "made",
  samples: async () => [{ name: "two commits", bytes: walOf() }],
  open: async () =>
    inFolder((folder) => (input) => {
      const repaired = Buffer.from(input);
      if (repaired.length >= 32) {
        const [first, second] = summed(repaired.subarray(0, 24), [0, 0]);
        repaired.writeUInt32BE(first, 24);
        repaired.writeUInt32BE(second, 28);
      }
      return [input, repaired].map((bytes) => takeLog(join(folder, "some.db"), bytes)).join(", ");
    }),
  testInputs: 500,
};

function takeLog(database: string, bytes: Uint8Array): string {
  writeFileSync(`${database}-wal`, bytes);
  const [vaultSays, relaySays] = [isVaultDamaged(database), isRelayDamaged(database)];
  mustHold(vaultSays === relaySays, "vault and relay judge one log differently");
  mustHold(toHex(readFileSync(`${database}-wal`)) === toHex(bytes), "the log has changed");
  return vaultSays ? "lost" : "whole";
}

export const FILE_TARGETS: readonly Target[] = [keySlots, vault, relayKeys, configuration, certificates, writeAheadLog];
