/**
 * The relay's configuration (docs/relay.md): flags over environment over file over defaults. The whole of it comes
 * out, or all faults at once; a key that nobody knows is a fault, because it is a setting that somebody believes in.
 */
import { DEFAULT_PORT, LIMITS } from "./limits.ts";
import { fail, ok, type Result } from "./result.ts";

export interface Config {
  readonly server: {
    /** Where to listen. */
    readonly address: string;
    /** 0: any that is free. */
    readonly port: number;
    /** HOST or HOST:PORT for links; undefined: the address listened on. */
    readonly public: string | undefined;
  };
  readonly access: {
    /** undefined: a new one at each start. */
    readonly password: string | undefined;
    readonly for: (typeof GATES)[number];
    /** Whether members learn it, so that the links they give let newcomers in. */
    readonly share: boolean;
  };
  readonly auth: {
    /** When a code of the second factor is asked for: only of a device that is new, or at each sign-in of any. */
    readonly otp: (typeof OTP)[number];
  };
  readonly security: {
    /** Messages of one device; 0 is off. */
    readonly maxMessagesPerSec: number;
    readonly burst: number;
  };
  readonly limits: {
    /** Open at once, of everybody. */
    readonly connections: number;
    /** Open at once from one IP address. */
    readonly connectionsPerAddress: number;
    /** How large the database may grow, in MiB; 0 is off. */
    readonly diskMb: number;
  };
  readonly log: {
    /** The least that is written. */
    readonly level: (typeof LEVELS)[number];
  };
  /** A certificate that the world believes; undefined: the relay's own, whose pin stands in links. */
  readonly tls: { readonly certificate: string; readonly key: string } | undefined;
}

const GATES = ["sign-up", "connect", "open"] as const;
const OTP = ["new-device", "always"] as const;
const LEVELS = ["debug", "info", "warn", "error"] as const;

export interface ConfigFault {
  /** As in the file: `section.key`; for an unknown environment variable its name. */
  readonly key: string;
  readonly want: string;
  /** What stands there, in short; never a secret. */
  readonly got: string;
}

/** One setting as it is in force. */
export interface SettingInForce {
  /** `section.key`. */
  readonly key: string;
  /** undefined: nothing is set, and nothing stands in its place. */
  readonly value: SettingValue | undefined;
  readonly secret: boolean;
  readonly from: "default" | "file" | "environment" | "flag";
}

type SettingValue = string | number | boolean;

/** Where settings come from, the strongest last. */
export interface ConfigSources {
  /** The parsed TOML file; undefined when there is none. */
  readonly file?: unknown;
  /** All environment variables; only `SOTTO_<SECTION>_<KEY>` of our sections are looked at. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** By `section.key`. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
}

interface Setting {
  readonly want: string;
  readonly secret?: true;
  readonly otherwise: SettingValue | undefined;
  /** @returns undefined when the value is not what is wanted. Environment and flags give text. */
  readonly read: (value: unknown) => SettingValue | undefined;
}

const HOST = /^(\[[0-9a-fA-F:.]+\]|[0-9a-fA-F:.]+|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)$/;
const PUBLIC = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)(:([0-9]{1,5}))?$/;
/** 16 TiB in MiB. */
const DISK_MB_MAX = 16_777_216;

const SETTINGS = {
  "server.address": {
    want: "an IP address or a host name",
    otherwise: "127.0.0.1",
    read: (value) => text(value, (one) => HOST.test(one)),
  },
  "server.port": wholeNumber(0, 65_535, DEFAULT_PORT),
  "server.public": {
    want: "HOST or HOST:PORT, an IPv6 address in brackets",
    otherwise: undefined,
    read: (value) => text(value, isPublic),
  },
  "access.password": {
    want: `8 to ${LIMITS.accessPasswordBytesMax} characters without controls`,
    secret: true,
    otherwise: undefined,
    read: (value) =>
      text(value, (one) => one.length >= 8 && one.length <= LIMITS.accessPasswordBytesMax && !/\p{Cc}/u.test(one)),
  },
  "access.for": choice(GATES, "sign-up"),
  "access.share": { want: "true or false", otherwise: true, read: flag },
  "auth.otp": choice(OTP, "new-device"),
  "security.max_messages_per_sec": {
    want: "a number from 0 to 10000, 0 is off",
    otherwise: 5,
    read: (value) => amount(value, 10_000),
  },
  "security.burst": wholeNumber(1, 100_000, 20),
  "limits.connections": wholeNumber(1, 1_000_000, 10_000),
  "limits.connections_per_address": wholeNumber(1, 1_000_000, 1000),
  "limits.disk_mb": wholeNumber(0, DISK_MB_MAX, 0, ", 0 is off"),
  "log.level": choice(LEVELS, "info"),
  "tls.certificate": pathOf("a certificate"),
  "tls.key": pathOf("its key"),
} as const satisfies Record<string, Setting>;

type Key = keyof typeof SETTINGS;
const KEYS = Object.keys(SETTINGS) as readonly Key[];
const SECTIONS = new Set(KEYS.map((key) => key.split(".")[0] ?? ""));

interface Taken {
  readonly value: SettingValue;
  readonly from: Exclude<SettingInForce["from"], "default">;
}

/** Reads all sources. @returns the whole configuration, or every fault in it. */
export function parseConfig(sources: ConfigSources): Result<Config, readonly ConfigFault[]> {
  const { values, faults } = readAll(sources);
  return faults.length > 0 ? fail(faults) : ok(configOf(values));
}

/** Every setting that there is, with what it wants and what it is when nobody says: for the manual. */
export function settingsKnown(): readonly { key: string; want: string; otherwise: SettingValue | undefined }[] {
  return KEYS.map((key) => ({ key, want: SETTINGS[key].want, otherwise: SETTINGS[key].otherwise }));
}

/** Every setting with the source that it comes from, for who asks what is in force. Faulty values are left out. */
export function settingsInForce(sources: ConfigSources): readonly SettingInForce[] {
  const { values } = readAll(sources);
  return KEYS.map((key) => {
    const setting: Setting = SETTINGS[key];
    const taken = values.get(key);
    return {
      key,
      value: taken === undefined ? setting.otherwise : taken.value,
      secret: setting.secret === true,
      from: taken?.from ?? "default",
    };
  });
}

function readAll(sources: ConfigSources): { readonly values: Map<Key, Taken>; readonly faults: ConfigFault[] } {
  const faults: ConfigFault[] = [];
  const values = new Map<Key, Taken>();
  const given = new Set<Key>();
  const takeFrom =
    (from: Taken["from"]): Take =>
    (name, key, value) => {
      given.add(key);
      const setting: Setting = SETTINGS[key];
      const read = setting.read(value);
      if (read !== undefined) values.set(key, { value: read, from });
      else faults.push({ key: name, want: setting.want, got: setting.secret ? "(not shown)" : shown(value) });
    };
  takeFile(sources.file, takeFrom("file"), faults);
  takeEnvironment(sources.env ?? {}, takeFrom("environment"), faults);
  const take = takeFrom("flag");
  for (const [name, value] of Object.entries(sources.flags ?? {})) {
    if (value === undefined) continue;
    if (isKey(name)) take(name, name, value);
    else faults.push({ key: name, want: "a known setting", got: "an unknown one" });
  }
  faults.push(...lonely(given, "tls.certificate", "tls.key"), ...lonely(given, "tls.key", "tls.certificate"));
  return { values, faults };
}

/** A setting that says nothing without another one. */
function lonely(given: ReadonlySet<Key>, key: Key, other: Key): readonly ConfigFault[] {
  if (!given.has(key) || given.has(other)) return [];
  return [{ key: other, want: `a path, because ${key} is set`, got: "nothing" }];
}

type Take = (name: string, key: Key, value: unknown) => void;

function takeFile(file: unknown, take: Take, faults: ConfigFault[]): void {
  if (file === undefined) return;
  if (!isTable(file)) {
    faults.push({ key: "", want: "tables such as [server]", got: shown(file) });
    return;
  }
  for (const [section, table] of Object.entries(file)) {
    if (!SECTIONS.has(section)) {
      faults.push({ key: section, want: `one of [${[...SECTIONS].join("], [")}]`, got: "an unknown section" });
    } else if (!isTable(table)) {
      faults.push({ key: section, want: "a table", got: shown(table) });
    } else {
      for (const [name, value] of Object.entries(table)) {
        const key = `${section}.${name}`;
        if (isKey(key)) take(key, key, value);
        else faults.push({ key, want: `one of ${keysOf(section)}`, got: "an unknown key" });
      }
    }
  }
}

function takeEnvironment(env: Readonly<Record<string, string | undefined>>, take: Take, faults: ConfigFault[]): void {
  for (const [name, value] of Object.entries(env)) {
    const [, section = "", rest = ""] =
      /^SOTTO_([A-Z]+)_([A-Z_]+)$/.exec(name)?.map((part) => part.toLowerCase()) ?? [];
    // Other SOTTO_ variables may belong to other programs.
    if (value === undefined || !SECTIONS.has(section)) continue;
    const key = `${section}.${rest}`;
    if (isKey(key)) take(name, key, value);
    else faults.push({ key: name, want: `one of ${keysOf(section)}`, got: "an unknown key" });
  }
}

function configOf(values: ReadonlyMap<Key, Taken>): Config {
  const inForce = (key: Key): SettingValue | undefined => (values.get(key) ?? { value: SETTINGS[key].otherwise }).value;
  const textOf = (key: Key): string | undefined => {
    const value = inForce(key);
    return typeof value === "string" ? value : undefined;
  };
  const numberOf = (key: Key): number => {
    const value = inForce(key);
    return typeof value === "number" ? value : 0;
  };
  const [certificate, key] = [textOf("tls.certificate"), textOf("tls.key")];
  return {
    server: {
      address: unbracketed(textOf("server.address") ?? ""),
      port: numberOf("server.port"),
      public: textOf("server.public"),
    },
    access: {
      password: textOf("access.password"),
      for: oneOf(GATES, textOf("access.for")) ?? "sign-up",
      share: inForce("access.share") === true,
    },
    auth: { otp: oneOf(OTP, textOf("auth.otp")) ?? "new-device" },
    security: {
      maxMessagesPerSec: numberOf("security.max_messages_per_sec"),
      burst: numberOf("security.burst"),
    },
    limits: {
      connections: numberOf("limits.connections"),
      connectionsPerAddress: numberOf("limits.connections_per_address"),
      diskMb: numberOf("limits.disk_mb"),
    },
    log: { level: oneOf(LEVELS, textOf("log.level")) ?? "info" },
    tls: certificate === undefined || key === undefined ? undefined : { certificate, key },
  };
}

function choice<const Choices extends readonly string[]>(all: Choices, otherwise: Choices[number]) {
  const quoted = all.map((one) => `"${one}"`);
  const want = `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
  return { want, otherwise, read: (value: unknown) => oneOf(all, value) };
}

function wholeNumber(min: number, max: number, otherwise: number, more = "") {
  const want = `a whole number from ${min} to ${max}${more}`;
  return { want, otherwise, read: (value: unknown) => whole(value, max, min) };
}

function pathOf(what: string) {
  const isPath = (one: string): boolean => one !== "" && !/\p{Cc}/u.test(one);
  return { want: `the path of ${what} in PEM`, otherwise: undefined, read: (value: unknown) => text(value, isPath) };
}

function oneOf<const T extends string>(all: readonly T[], value: unknown): T | undefined {
  return all.find((one) => one === value);
}

const isKey = (name: string): name is Key => Object.hasOwn(SETTINGS, name);
const keysOf = (section: string): string => KEYS.filter((key) => key.startsWith(`${section}.`)).join(", ");
const unbracketed = (host: string): string => host.replace(/^\[|\]$/g, "");

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPublic(value: string): boolean {
  const port = PUBLIC.exec(value)?.[4];
  return PUBLIC.test(value) && (port === undefined || (Number(port) >= 1 && Number(port) <= 65_535));
}

function text(value: unknown, holds: (text: string) => boolean): string | undefined {
  return typeof value === "string" && holds(value) ? value : undefined;
}

function amount(value: unknown, max: number): number | undefined {
  const number = typeof value === "string" && /^[0-9]+(\.[0-9]+)?$/.test(value) ? Number(value) : value;
  return typeof number === "number" && number >= 0 && number <= max ? number : undefined;
}

function whole(value: unknown, max: number, min = 0): number | undefined {
  const number = amount(value, max);
  return number !== undefined && Number.isInteger(number) && number >= min ? number : undefined;
}

function flag(value: unknown): boolean | undefined {
  if (value === true || value === "true") return true;
  return value === false || value === "false" ? false : undefined;
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 60));
  if (typeof value === "number" || typeof value === "boolean") return `${value}`;
  return Array.isArray(value) ? "a list" : isTable(value) ? "a table" : "nothing that can be read";
}
