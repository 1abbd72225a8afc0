/** What people, scripts and terminals give: lines, keys, arguments, names, codes. Whatever it is, nothing is thrown. */
// Over 400 lines: thirteen small targets of one kind.
import { isDeepStrictEqual } from "node:util";
import {
  escapeJson,
  fromBase64url,
  fromHex,
  idOf,
  isRoomName,
  LIMITS,
  roomId,
  sanitiseLine,
  sanitiseName,
  sanitiseText,
  toBase64url,
  toHex,
  userName,
} from "@sotto/wire";
import { Secret, TOTP } from "otpauth";
import { readRecovery, recoveryOf } from "../../packages/core/src/identity/recovery.ts";
import { nodeCrypto } from "../../packages/node/src/crypto.ts";
import { profileDir } from "../../packages/node/src/profile.ts";
import { backupCodeHash } from "../../packages/relay/src/account/backup-codes.ts";
import { totpStep } from "../../packages/relay/src/account/totp.ts";
import { parseAdminReply, parseAdminRequest } from "../../packages/relay/src/admin/protocol.ts";
import { parseCommand as parseSottod } from "../../packages/relay/src/command-line.ts";
import { parseCommand as parseSottoctl } from "../../packages/relay/src/sottoctl/command-line.ts";
import { parseInvocation } from "../../packages/terminal/src/arguments.ts";
import { commandNamed, help, unknownCommand } from "../../packages/terminal/src/commands/table.ts";
import { renderLine } from "../../packages/terminal/src/output.ts";
import { parseInput } from "../../packages/terminal/src/plain/input.ts";
import { lines } from "../../packages/terminal/src/rpc/lines.ts";
import { METHODS } from "../../packages/terminal/src/rpc/params.ts";
import { parseRequest } from "../../packages/terminal/src/rpc/request.ts";
import { Editor } from "../../packages/terminal/src/screen/editor.ts";
import { type Key, KeyReader } from "../../packages/terminal/src/screen/keys.ts";
import { mustHold, type Target, type Trial } from "../target.ts";
import { bytesOf, textOf } from "../text.ts";

interface TextTarget {
  readonly name: string;
  readonly about: string;
  readonly bytesMax: number;
  readonly samples: readonly string[];
  readonly words?: readonly string[];
  readonly take: (text: string, input: Uint8Array) => string | Promise<string>;
  readonly testInputs?: number;
}

function text({ name, about, bytesMax, samples, words = [], take, testInputs = 1500 }: TextTarget): Target {
  const trial: Trial = { take: (input) => take(textOf(input), input) };
  return {
    name,
    about,
    format: "text",
    kept: "made",
    bytesMax,
    words,
    samples: async () => samples.map((sample, index) => ({ name: `${index + 1}`, bytes: bytesOf(sample) })),
    open: async () => trial,
    testInputs,
  };
}

/** Controls, format characters, half surrogates, private use, unassigned. */
const HOSTILE = /\p{C}/u;
const JOINERS = /[\u200c\u200d]/g;

const sanitiser = text({
  name: "sanitiser",
  about: "what others wrote, on its way to any output: wire/src/sanitise.ts",
  bytesMax: LIMITS.textBytesMax,
  samples: [
    "hello, world",
    "two\nlines\tand a tab",
    "\u001b[31mred\u001b[0m",
    "\u202egnirts\u202c",
    "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67 \u2764\ufe0f 1\ufe0f\u20e3",
    "\u0646\u200c\u0627 \u0915\u094d\u200d\u0937",
    "z\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u030a",
    "  a\u3000name\u00a0 ",
  ],
  take: (input) => {
    for (const sanitise of [sanitiseText, sanitiseLine, sanitiseName]) {
      const shown = sanitise(input);
      mustHold(sanitise(shown) === shown, `${sanitise.name} changes what it gave`);
      const bare = sanitise === sanitiseName ? shown : shown.replace(JOINERS, "");
      mustHold(
        !HOSTILE.test(sanitise === sanitiseText ? bare.replaceAll("\n", "") : bare),
        `${sanitise.name} lets it through`,
      );
      mustHold(shown.length <= 4 * input.length, `${sanitise.name} makes much of little`);
    }
    const json = escapeJson({ input });
    mustHold(!HOSTILE.test(json), "escapeJson lets it through");
    mustHold(isDeepStrictEqual(JSON.parse(json), { input }), "escapeJson says something else");
    return sanitiseText(input) === input ? "as it was" : "changed";
  },
});

const RPC_SAMPLES = [
  ["message.send", { roomId: "11".repeat(32), text: "hello", id: "44".repeat(16) }],
  ["message.list", { roomId: "11".repeat(32), before: 7, limit: 50 }],
  ["room.join", { link: "sotto://chat.example:7878/#k=" }],
  ["room.link", { roomId: "11".repeat(32), renew: true }],
  ["device.revoke", { deviceId: "33".repeat(16) }],
  ["account.status", {}],
] as const;

const rpc = text({
  name: "rpc-line",
  about: "JSON-RPC of scripts and of other programs of the same person: terminal/src/rpc/request.ts",
  testInputs: 600,
  bytesMax: LIMITS.frameBytesMax,
  samples: RPC_SAMPLES.map(([method, params], id) => JSON.stringify({ jsonrpc: "2.0", id, method, params })),
  words: METHODS,
  take: (line) => {
    const parsed = parseRequest(line);
    if (!parsed.ok) {
      const { id, error } = parsed.error;
      mustHold(id === null || typeof id === "string" || Number.isFinite(id), "an answer without an id");
      return `${error.code} ${error.message.slice(0, 40)}`;
    }
    const { id, call } = parsed.value;
    const again = parseRequest(JSON.stringify({ jsonrpc: "2.0", id, ...call }));
    // 0 and -0 are one number in JSON.
    const isSame = again.ok && JSON.stringify(again.value) === JSON.stringify(parsed.value);
    mustHold(isSame, "what was taken comes back as something else");
    return call.method;
  },
});

const LINE_BYTES_MAX = 100;

const rpcLines = text({
  name: "rpc-stream",
  about: "bytes of standard input to lines, wherever they are cut: terminal/src/rpc/lines.ts",
  bytesMax: 300,
  testInputs: 500,
  samples: ['{"id":1}\n{"id":2}\r\n\n', `${"x".repeat(150)}\nafter`, "\u00e4\n\ufefflast"],
  take: async (_, input) => {
    const cuts: readonly number[] = [input.length, 1, 7];
    const read = await Promise.all(
      cuts.map((size) => collect(lines(chunks(input, Math.max(1, size)), LINE_BYTES_MAX))),
    );
    const [whole = []] = read;
    for (const other of read) mustHold(isDeepStrictEqual(other, whole), "lines depend on where the bytes are cut");
    return whole
      .map(({ type }) => type.charAt(0))
      .join("")
      .slice(0, 6);
  },
});

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect<T>(all: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const one of all) found.push(one);
  return found;
}

const ADMIN_WORDS = ["status", "online", "users", "link", "regen", "config", "stop", "audit", "kick", "announce"];

const adminRequest = text({
  name: "admin-request",
  about: "a line that sottod reads from its admin socket: relay/src/admin/protocol.ts",
  bytesMax: 65_536,
  samples: [
    '{"command":"status"}',
    '{"command":"kick","name":"ann"}',
    '{"command":"audit","limit":50}',
    '{"command":"announce","text":"back at noon"}',
  ],
  words: ADMIN_WORDS,
  take: (line) => {
    const parsed = parseAdminRequest(line);
    if (!parsed.ok) return parsed.error;
    const again = parseAdminRequest(JSON.stringify(parsed.value));
    mustHold(again.ok && isDeepStrictEqual(again.value, parsed.value), "what was taken comes back as something else");
    return parsed.value.command;
  },
});

const adminReply = text({
  name: "admin-reply",
  about: "a line that sottoctl reads from the socket: relay/src/admin/protocol.ts",
  bytesMax: LIMITS.frameBytesMax,
  samples: [
    '{"ok":true,"rows":[{"name":"ann","online":true,"id":1,"address":null}]}',
    '{"ok":false,"message":"there is no ann","hint":"sottoctl users lists them"}',
  ],
  take: (line) => {
    const parsed = parseAdminReply(line);
    if (parsed === undefined) return "refused";
    const again = parseAdminReply(JSON.stringify(parsed));
    // 0 and -0 are one number in JSON.
    mustHold(JSON.stringify(again) === JSON.stringify(parsed), "what was taken comes back as something else");
    return `${parsed.ok}`;
  },
});

const plainInput = text({
  name: "plain-input",
  about: "a line that a person types in the plain mode: terminal/src/plain/input.ts, commands/table.ts",
  testInputs: 600,
  bytesMax: LIMITS.frameBytesMax,
  samples: [
    "hello",
    "/talk ann",
    "!help",
    "#den hello",
    "@bob hi\nthere",
    "//not a command",
    "/tlak ann",
    "exit",
    "/help leave",
  ],
  words: ["/join", "/help ", "/leave", "/quit", "##", "@@", "!!", "@", "#"],
  take: (line) => {
    const input = parseInput(line);
    const mayBeText = !line.startsWith("/") || line.startsWith("//");
    mustHold(input.type !== "text" || mayBeText, "a mistyped command is a message");
    if (input.type !== "command") return input.type;
    const command = commandNamed(input.name);
    const said = command === undefined ? unknownCommand(input.name) : help(input.rest);
    for (const one of said) {
      const shown = renderLine(one, false).replace(JOINERS, "");
      mustHold(!HOSTILE.test(shown), "a line for people has a control in it");
    }
    return command?.name ?? "unknown";
  },
});

const keys = text({
  name: "keys",
  about: "bytes of a terminal in raw mode, and the line that they edit: terminal/src/screen/keys.ts, editor.ts",
  bytesMax: 256,
  testInputs: 120,
  samples: [
    "hello\r",
    "\u001b[A\u001b[B\u001b[1;5C\u001b[3~",
    "\u001b[200~pasted\r\ntext\u001b[201~\r",
    "a\u0001b\u0005\u007f\u0017\u0015\u000b",
    "\u001bb\u001bf\u001bOA\u001b[Z\t",
    "e\u0301\ud83d\udc69\u200d\ud83d\udc67\b\b\u0003\u0003",
  ],
  words: ["\u001b[200~", "\u001b[201~", "\u001b[", "\u001bO", "\u001b", "\r", "\t", "\u0010"],
  take: (_, input) => {
    const [whole, single] = [readKeys(input, input.length), readKeys(input, 1)];
    mustHold(isDeepStrictEqual(whole, single), "keys depend on where the bytes are cut");
    edited(input);
    return whole
      .map((key) => (key.type === "chord" ? key.chord : key.type))
      .slice(0, 2)
      .join(" ");
  },
});

/** Keys, with text that came in pieces put together again. */
function readKeys(input: Uint8Array, size: number): readonly Key[] {
  const reader = new KeyReader();
  const found: Key[] = [];
  for (let at = 0; at < input.length; at += Math.max(1, size)) {
    for (const key of reader.read(input.subarray(at, at + Math.max(1, size)))) {
      const last = found.at(-1);
      if (key.type === "text" && last?.type === "text")
        found[found.length - 1] = { ...key, text: last.text + key.text };
      else found.push(key);
    }
  }
  return found;
}

/** Only these leave the editor; all else that a terminal could take for a command does not. */
const OWN_SEQUENCES = /\u001b\[(?:\?2004[hl]|[0-9]+[AC]|J)|[\r\n]/g;

function edited(input: Uint8Array): void {
  let written = "";
  const write = (piece: string): void => {
    written += piece;
  };
  const surface = { columns: 20, rows: 6, write };
  const nothing = () => undefined;
  const complete = () => ({ word: "", candidates: ["one", "other"] });
  const editor = new Editor(surface, {
    submit: nothing,
    endOfInput: nothing,
    quit: nothing,
    suspend: nothing,
    complete,
  });
  editor.start();
  editor.feed(input);
  editor.stop();
  mustHold(!HOSTILE.test(written.replace(OWN_SEQUENCES, "").replace(JOINERS, "")), "a control reaches the terminal");
}

/** The beginning of a message, without what it quotes. */
const gist = (message: string): string =>
  message
    .replace(/["'][\s\S]*/, "")
    .split(" ")
    .slice(0, 3)
    .join(" ");

const ARGUMENTS = [
  "--profile",
  "--password-file",
  "--code-file",
  "--help",
  "--plain",
  "--rpc",
  "--json",
  "--lines",
  "--",
];

const sottoArguments = text({
  name: "arguments-sotto",
  about: "arguments of sotto, one a line: terminal/src/arguments.ts",
  bytesMax: 65_536,
  samples: [
    "",
    "--rpc",
    "send\nden\nhello",
    "--profile\nwork\ntail\n--json\n--history\n20",
    "sotto://h:1/",
    "-",
    "rooms\n--json",
  ],
  words: [...ARGUMENTS, "send", "tail", "rooms", "--history", "--version", "-h"],
  take: (input) => {
    const parsed = parseInvocation(input === "" ? [] : input.split("\n"));
    return parsed.ok ? parsed.value.type : gist(parsed.error.what);
  },
});

const sottodArguments = text({
  name: "arguments-sottod",
  about: "arguments of sottod, one a line: relay/src/command-line.ts",
  bytesMax: 65_536,
  samples: [
    "",
    "--data\nfolder",
    "--listen\n0.0.0.0:7878\n--json",
    "--listen\n[::1]:0",
    "--config\nsotto.toml",
    "--help",
  ],
  words: ["--data", "--listen", "--config", "--json", "--version", "-h", ":7878", "[::]:1"],
  take: (input) => {
    const parsed = parseSottod(input === "" ? [] : input.split("\n"));
    return parsed.ok ? parsed.value.kind : gist(parsed.error.message);
  },
});

const sottoctlArguments = text({
  name: "arguments-sottoctl",
  about: "arguments of sottoctl, one a line: relay/src/sottoctl/command-line.ts",
  bytesMax: 65_536,
  samples: ["status", "audit\n--limit\n20\n--json", "--data\nfolder\nkick\nann", "announce\nback\nat noon", "ban\nann"],
  words: [...ADMIN_WORDS, "--limit", "--data", "--json", "unban", "ban"],
  take: (input) => {
    const parsed = parseSottoctl(input === "" ? [] : input.split("\n"));
    if (!parsed.ok) return gist(parsed.error.message);
    return "request" in parsed.value ? parsed.value.request.command : parsed.value.kind;
  },
});

const crypto = nodeCrypto();
const entropy = (value: number): Uint8Array => new Uint8Array(16).fill(value);

const recovery = text({
  name: "recovery-phrase",
  about: "twelve words that somebody types: core/src/identity/recovery.ts",
  testInputs: 600,
  bytesMax: 65_536,
  samples: [0, 7, 255].map((value) => recoveryOf(crypto, entropy(value)).phrase),
  words: ["abandon", "about", "zoo", "wrong", " ", "\u3000"],
  take: (phrase) => {
    const read = readRecovery(crypto, phrase);
    if (read === undefined) return "refused";
    const again = readRecovery(crypto, read.phrase);
    mustHold(
      isDeepStrictEqual(again, read) && read.phrase.split(" ").length === 12,
      "a phrase comes back as another one",
    );
    return "taken";
  },
});

const NOW = 1_800_000_000_000;
const secret = new Uint8Array(20).fill(2);
const totp = new TOTP({ secret: new Secret({ buffer: Uint8Array.from(secret).buffer }), digits: 6, period: 30 });
const account = idOf.account(new Uint8Array(32).fill(1));
const codeAt = (timestamp: number): string => totp.generate({ timestamp });

const oneTimeCode = text({
  name: "one-time-code",
  about: "codes of the second factor and backup codes: relay/src/account/totp.ts, backup-codes.ts",
  bytesMax: 1024,
  samples: [
    codeAt(NOW),
    codeAt(NOW - 30_000),
    codeAt(NOW + 30_000),
    codeAt(NOW + 60_000),
    "ABCDE-FGH1J",
    "o0oil-23456",
  ],
  take: (code) => {
    const step = totpStep(secret, code, NOW);
    const expected = [-1, 0, 1].some((delta) => codeAt(NOW + delta * 30_000) === code);
    mustHold((step !== undefined) === expected, "a wrong code is taken, or a right one is not");
    const hash = backupCodeHash(account, code);
    mustHold(hash === undefined || hash.length === 32, "a backup code has no hash");
    return `${step === undefined ? "wrong" : "right"} ${hash === undefined ? "no" : "maybe a"} backup code`;
  },
});

const names = text({
  name: "names",
  about:
    "names of people, rooms and profiles, and bytes as text: wire/src/ids.ts, bytes.ts, content.ts, node/src/profile.ts",
  bytesMax: 4096,
  samples: ["ann", "Bob_2", "den", "11".repeat(32), toBase64url(new Uint8Array(33).fill(0xfb)), "work", "../up", "..."],
  words: ["admin", "system", "..", "/", "-_", "ff"],
  take: (name) => {
    const user = userName(name);
    mustHold(
      user === undefined || (/^[a-z0-9._-]{2,32}$/.test(user) && userName(user) === user),
      "no name of a person",
    );
    mustHold(!isRoomName(name) || (name.isWellFormed() && [...name].length <= 64), "no name of a room");
    const [hex, base64] = [fromHex(name), fromBase64url(name)];
    mustHold(hex === undefined || toHex(hex) === name, "hexadecimal has two spellings");
    mustHold(base64 === undefined || toBase64url(base64) === name, "base64url has two spellings");
    const dir = profileDir(name, { XDG_DATA_HOME: "/data" });
    const isInside = dir === undefined || name.includes("/") || dir === `/data/sotto/${name}`;
    mustHold(isInside && dir !== "/data/sotto" && !dir?.includes("/../"), "a profile lies elsewhere");
    return [user, isRoomName(name) || undefined, roomId(name), hex, base64, dir]
      .map((one) => Number(one !== undefined))
      .join("");
  },
});

export const TEXT_TARGETS: readonly Target[] = [
  sanitiser,
  rpc,
  rpcLines,
  adminRequest,
  adminReply,
  plainInput,
  keys,
  sottoArguments,
  sottodArguments,
  sottoctlArguments,
  recovery,
  oneTimeCode,
  names,
];
