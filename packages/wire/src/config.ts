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
    readonly for: "sign-up" | "connect" | "open";
    /** Whether members learn it, so that the links they give let newcomers in. */
    readonly share: boolean;
  };
  readonly security: {
    /** Messages of one device; 0 is off. */
    readonly maxMessagesPerSec: number;
    readonly burst: number;
  };
}

export interface ConfigFault {
  /** As in the file: `section.key`; for an unknown environment variable its name. */
  readonly key: string;
  readonly want: string;
  /** What stands there, in short; never a secret. */
  readonly got: string;
}

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
  /** @returns undefined when the value is not what is wanted. Environment and flags give text. */
  readonly read: (value: unknown) => string | number | boolean | undefined;
}

const HOST = /^(\[[0-9a-fA-F:.]+\]|[0-9a-fA-F:.]+|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)$/;
const PUBLIC = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)(:([0-9]{1,5}))?$/;

const SETTINGS = {
  "server.address": { want: "an IP address or a host name", read: (value) => text(value, (one) => HOST.test(one)) },
  "server.port": { want: "a whole number from 0 to 65535", read: (value) => whole(value, 65_535) },
  "server.public": { want: "HOST or HOST:PORT, an IPv6 address in brackets", read: (value) => text(value, isPublic) },
  "access.password": {
    want: `8 to ${LIMITS.accessPasswordBytesMax} characters without controls`,
    secret: true,
    read: (value) =>
      text(value, (one) => one.length >= 8 && one.length <= LIMITS.accessPasswordBytesMax && !/\p{Cc}/u.test(one)),
  },
  "access.for": {
    want: '"sign-up", "connect" or "open"',
    read: (value) => text(value, (one) => /^(sign-up|connect|open)$/.test(one)),
  },
  "access.share": { want: "true or false", read: flag },
  "security.max_messages_per_sec": {
    want: "a number from 0 to 10000, 0 is off",
    read: (value) => amount(value, 10_000),
  },
  "security.burst": { want: "a whole number from 1 to 100000", read: (value) => whole(value, 100_000, 1) },
} as const satisfies Record<string, Setting>;

type Key = keyof typeof SETTINGS;
const KEYS = Object.keys(SETTINGS) as readonly Key[];
const SECTIONS = new Set(KEYS.map((key) => key.split(".")[0] ?? ""));

/** Reads all sources. @returns the whole configuration, or every fault in it. */
export function parseConfig(sources: ConfigSources): Result<Config, readonly ConfigFault[]> {
  const faults: ConfigFault[] = [];
  const values = new Map<Key, string | number | boolean>();
  const take = (name: string, key: Key, value: unknown): void => {
    const setting: Setting = SETTINGS[key];
    const read = setting.read(value);
    if (read !== undefined) values.set(key, read);
    else faults.push({ key: name, want: setting.want, got: setting.secret ? "(not shown)" : shown(value) });
  };
  takeFile(sources.file, take, faults);
  takeEnvironment(sources.env ?? {}, take, faults);
  for (const [name, value] of Object.entries(sources.flags ?? {})) {
    if (value === undefined) continue;
    if (isKey(name)) take(name, name, value);
    else faults.push({ key: name, want: "a known setting", got: "an unknown one" });
  }
  return faults.length > 0 ? fail(faults) : ok(configOf(values));
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

function configOf(values: ReadonlyMap<Key, string | number | boolean>): Config {
  const textOf = (key: Key): string | undefined => {
    const value = values.get(key);
    return typeof value === "string" ? value : undefined;
  };
  const numberOf = (key: Key, otherwise: number): number => {
    const value = values.get(key);
    return typeof value === "number" ? value : otherwise;
  };
  const gate = textOf("access.for");
  return {
    server: {
      address: unbracketed(textOf("server.address") ?? "127.0.0.1"),
      port: numberOf("server.port", DEFAULT_PORT),
      public: textOf("server.public"),
    },
    access: {
      password: textOf("access.password"),
      for: gate === "connect" || gate === "open" ? gate : "sign-up",
      share: values.get("access.share") !== false,
    },
    security: {
      maxMessagesPerSec: numberOf("security.max_messages_per_sec", 5),
      burst: numberOf("security.burst", 20),
    },
  };
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
