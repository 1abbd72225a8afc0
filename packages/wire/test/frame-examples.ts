/** One of each frame, and arbitrary ones for properties. */
import fc from "fast-check";
import {
  type ClientBody,
  type CommitBody,
  type Entry,
  encodeHeader,
  type InboxEntry,
  idOf,
  RELAY_CODES,
  type ServerBody,
} from "../src/index.ts";
import { bytes } from "./crypto.ts";

export const room = idOf.room(bytes(32, 0x11));
export const account = idOf.account(bytes(32, 0x22));
export const device = idOf.device(bytes(16, 0x33));
export const entryId = idOf.entry(bytes(16, 0x44));
export const header = encodeHeader({ adds: [{ account, device }], removes: [] });

export const commit: CommitBody = {
  room,
  id: entryId,
  head: 7,
  base: 6,
  bytes: bytes(3, 0x55),
  header,
  welcomes: [{ device, bytes: bytes(2, 0x66) }],
  link: { tokenHash: bytes(32, 0x77), groupInfo: bytes(2, 0x88) },
  joinToken: bytes(32, 0x99),
};

const entry: Entry = { seq: 8, kind: "commit", device, id: entryId, base: 6, header, bytes: bytes(3, 0x55) };
const welcome: InboxEntry = { number: 4, kind: "welcome", room, seq: 8, previous: bytes(32, 0xaa), bytes: bytes(2, 1) };

const NOTES: readonly InboxEntry[] = [
  { number: 5, kind: "sign-in-locked" },
  { number: 6, kind: "chain-grew" },
  { number: 7, kind: "readmit", room, who: { account, device }, signature: bytes(64, 9) },
];

/** One of each kind that a client sends, by what it means. */
export const CLIENT_EXAMPLES: Readonly<Record<string, ClientBody>> = {
  hello: { type: "hello", versions: [1], nonce: bytes(32, 1), accessPassword: "open sesame" },
  resume: { type: "resume", account, device, counter: 9, signature: bytes(64, 2) },
  "sign-up-start": { type: "sign-up-start", name: "ann", accessPassword: "", registrationRequest: bytes(32, 3) },
  "sign-up-finish": { type: "sign-up-finish", registrationRecord: bytes(4, 4), chainEntry: bytes(5, 5) },
  "sign-up-confirm": { type: "sign-up-confirm", code: "123456" },
  "sign-in-start": { type: "sign-in-start", name: "ann", loginRequest: bytes(4, 6) },
  "sign-in-finish": { type: "sign-in-finish", loginFinish: bytes(4, 7), code: "123456" },
  "password-start": { type: "password-start", loginRequest: bytes(4, 8), registrationRequest: bytes(4, 9) },
  "password-finish": { type: "password-finish", loginFinish: bytes(4, 10), registrationRecord: bytes(4, 11) },
  append: { type: "append", room, id: entryId, head: 7, base: 6, bytes: bytes(3, 12), continues: true },
  commit: { type: "commit", ...commit },
  "commit that turns the link off": { type: "commit", ...commit, link: null, welcomes: [], joinToken: undefined },
  "commit that leaves the link": { type: "commit", ...commit, link: undefined },
  "room-create": { type: "room-create", room, header, link: commit.link ?? undefined, commit: undefined },
  "room-create with a commit": { type: "room-create", room, header, link: undefined, commit },
  fetch: { type: "fetch", room, from: 1, limit: 500 },
  cursor: { type: "cursor", room, seq: 12 },
  "inbox-fetch": { type: "inbox-fetch", from: 3 },
  "inbox-cursor": { type: "inbox-cursor", number: 3 },
  "key-packages-put": { type: "key-packages-put", packages: [bytes(3, 13)], lastResort: bytes(3, 14), replace: false },
  "key-packages-put without a last resort": {
    type: "key-packages-put",
    packages: [],
    lastResort: undefined,
    replace: true,
  },
  "key-packages-claim": { type: "key-packages-claim", account },
  "chain-get": { type: "chain-get", accounts: [account] },
  "chain-append": { type: "chain-append", entry: bytes(3, 15) },
  directory: { type: "directory", name: "ann" },
  "group-info-get": { type: "group-info-get", room, token: bytes(32, 16) },
  ping: { type: "ping" },
  readmit: { type: "readmit", room, signature: bytes(64, 17) },
  restore: { type: "restore", room, previous: bytes(32, 18), entries: [entry], link: commit.link ?? undefined },
  "admin: kick": { type: "admin", action: "kick", name: "ann" },
  "admin: ban": { type: "admin", action: "ban", name: "ann" },
  "admin: unban": { type: "admin", action: "unban", name: "ann" },
  "admin: announce": { type: "admin", action: "announce", text: "back at noon" },
  "admin: regen": { type: "admin", action: "regen" },
  "admin: stop": { type: "admin", action: "stop" },
};

/** One of each kind that a relay sends, by what it means. */
export const SERVER_EXAMPLES: Readonly<Record<string, ServerBody>> = {
  challenge: {
    type: "challenge",
    version: 1,
    nonce: bytes(32, 1),
    relay: bytes(32, 2),
    generation: bytes(16, 3),
    accessNeeded: true,
  },
  session: {
    type: "session",
    confirmed: true,
    admin: false,
    rooms: [{ room, last: 12, head: 8 }],
    inboxLast: 4,
    keyPackages: 20,
    accessPassword: "open sesame",
    address: "chat.example:7878",
    chainLength: 1,
    accountRooms: [room],
  },
  "sign-up-response": { type: "sign-up-response", registrationResponse: bytes(4, 4) },
  "sign-up-pending": { type: "sign-up-pending", totpSecret: bytes(20, 5), heldUntil: 1_800_000_000_000 },
  confirmed: { type: "confirmed", backupCodes: ["one", "two"] },
  "sign-in-response": { type: "sign-in-response", loginResponse: bytes(4, 6) },
  "signed-in": { type: "signed-in", account, chain: [bytes(3, 7)] },
  "password-response": { type: "password-response", loginResponse: bytes(4, 8), registrationResponse: bytes(4, 9) },
  ack: { type: "ack", seq: 8, previous: bytes(32, 0xaa) },
  "refused: stale-head": { type: "refused", code: "stale-head", head: 8, retryMs: 0, field: "" },
  "refused: bad-request": { type: "refused", code: "bad-request", head: 0, retryMs: 0, field: "header.adds[0]" },
  event: { type: "event", room, entries: [entry] },
  fetched: { type: "fetched", room, entries: [{ ...entry, kind: "message", header: bytes(0, 0) }], last: 12 },
  "inbox-event": { type: "inbox-event", entry: welcome },
  "inbox-fetched": { type: "inbox-fetched", entries: [{ number: 3, kind: "last-resort-used" }, welcome, ...NOTES] },
  "key-packages": { type: "key-packages", packages: [{ device, bytes: bytes(3, 13), lastResort: true }] },
  chains: { type: "chains", chains: [{ account, entries: [bytes(3, 15)] }] },
  "directory-list": { type: "directory-list", accounts: [{ name: "ann", account, online: true }] },
  "group-info": { type: "group-info", base: 8, head: 8, sealed: bytes(30, 16) },
  done: { type: "done" },
  drain: { type: "drain", retryMs: 1000 },
  notice: { type: "notice", text: "back at noon" },
  pong: { type: "pong" },
  "proof-needed": { type: "proof-needed" },
  "access-password": { type: "access-password", accessPassword: "open sesame" },
};

const any = (min: number, max = min) => fc.uint8Array({ minLength: min, maxLength: max });
const count = (min = 0) => fc.maxSafeNat().map((value) => Math.max(min, value));
const ids = {
  account: any(32).map(idOf.account),
  device: any(16).map(idOf.device),
  room: any(32).map(idOf.room),
  entry: any(16).map(idOf.entry),
};
const link = fc.record({ tokenHash: any(32), groupInfo: any(1, 40) });
const anyCommit: fc.Arbitrary<CommitBody> = fc.record({
  room: ids.room,
  id: ids.entry,
  head: count(),
  base: count(),
  bytes: any(1, 60),
  header: any(0, 40),
  welcomes: fc.array(fc.record({ device: ids.device, bytes: any(1, 30) }), { maxLength: 3 }),
  link: fc.option(fc.option(link, { nil: null }), { nil: undefined }),
  joinToken: fc.option(any(32), { nil: undefined }),
});
const is = <T extends string>(type: T) => fc.constant(type);
const name = fc.string({ maxLength: 40 });

const anyEntry: fc.Arbitrary<Entry> = fc.record({
  seq: count(1),
  kind: fc.constantFrom("message", "commit"),
  device: ids.device,
  id: ids.entry,
  base: count(),
  header: any(0, 40),
  bytes: any(1, 60),
});

export const anyClientBody: fc.Arbitrary<ClientBody> = fc.oneof(
  fc.record({
    type: is("hello"),
    versions: fc.array(fc.nat(), { maxLength: 16 }),
    nonce: any(32),
    accessPassword: name,
  }),
  fc.record({
    type: is("resume"),
    account: ids.account,
    device: ids.device,
    counter: count(1),
    signature: any(64),
  }),
  fc.record({ type: is("sign-up-start"), name, accessPassword: name, registrationRequest: any(1, 40) }),
  fc.record({ type: is("sign-up-finish"), registrationRecord: any(1, 40), chainEntry: any(1, 40) }),
  fc.record({ type: is("sign-up-confirm"), code: name }),
  fc.record({ type: is("sign-in-start"), name, loginRequest: any(1, 40) }),
  fc.record({ type: is("sign-in-finish"), loginFinish: any(1, 40), code: name }),
  fc.record({ type: is("password-start"), loginRequest: any(1, 40), registrationRequest: any(1, 40) }),
  fc.record({ type: is("password-finish"), loginFinish: any(1, 40), registrationRecord: any(1, 40) }),
  fc.record({
    type: is("append"),
    room: ids.room,
    id: ids.entry,
    head: count(),
    base: count(),
    bytes: any(1, 60),
    continues: fc.boolean(),
  }),
  anyCommit.map((value) => ({ type: "commit" as const, ...value })),
  fc.record({
    type: is("room-create"),
    room: ids.room,
    header: any(1, 40),
    link: fc.option(link, { nil: undefined }),
    commit: fc.option(anyCommit, { nil: undefined }),
  }),
  fc.record({ type: is("fetch"), room: ids.room, from: count(1), limit: fc.integer({ min: 1, max: 500 }) }),
  fc.record({ type: is("cursor"), room: ids.room, seq: count() }),
  fc.record({ type: is("inbox-fetch"), from: count(1) }),
  fc.record({ type: is("inbox-cursor"), number: count() }),
  fc.record({
    type: is("key-packages-put"),
    packages: fc.array(any(1, 30), { maxLength: 4 }),
    lastResort: fc.option(any(1, 30), { nil: undefined }),
    replace: fc.boolean(),
  }),
  fc.record({ type: is("key-packages-claim"), account: ids.account }),
  fc.record({ type: is("chain-get"), accounts: fc.array(ids.account, { maxLength: 4 }) }),
  fc.record({ type: is("chain-append"), entry: any(1, 40) }),
  fc.record({ type: is("directory"), name }),
  fc.record({ type: is("group-info-get"), room: ids.room, token: any(32) }),
  fc.record({ type: is("ping") }),
  fc.record({ type: is("readmit"), room: ids.room, signature: any(64) }),
  fc.record({
    type: is("restore"),
    room: ids.room,
    previous: any(32),
    entries: fc.array(anyEntry, { maxLength: 3 }),
    link: fc.option(link, { nil: undefined }),
  }),
  fc.record({ type: is("admin"), action: fc.constantFrom("kick", "ban", "unban"), name }),
  fc.record({ type: is("admin"), action: is("announce"), text: name }),
  fc.record({ type: is("admin"), action: fc.constantFrom("regen", "stop") }),
);

const anyInbox: fc.Arbitrary<InboxEntry> = fc.oneof(
  fc.record({
    number: count(1),
    kind: is("welcome"),
    room: ids.room,
    seq: count(1),
    previous: any(32),
    bytes: any(1, 60),
  }),
  fc.record({ number: count(1), kind: fc.constantFrom("last-resort-used", "sign-in-locked", "chain-grew") }),
  fc.record({
    number: count(1),
    kind: is("readmit"),
    room: ids.room,
    who: fc.record({ account: ids.account, device: ids.device }),
    signature: any(64),
  }),
);
const entries = fc.array(anyEntry, { maxLength: 4 });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

export const anyServerBody: fc.Arbitrary<ServerBody> = fc.oneof(
  fc.record({
    type: is("challenge"),
    version: u32,
    nonce: any(32),
    relay: any(32),
    generation: any(16),
    accessNeeded: fc.boolean(),
  }),
  fc.record({
    type: is("session"),
    confirmed: fc.boolean(),
    admin: fc.boolean(),
    rooms: fc.array(fc.record({ room: ids.room, last: count(), head: count() }), { maxLength: 4 }),
    inboxLast: count(),
    keyPackages: u32,
    accessPassword: name,
    address: name,
    chainLength: u32,
    accountRooms: fc.array(ids.room, { maxLength: 3 }),
  }),
  fc.record({ type: is("sign-up-response"), registrationResponse: any(1, 40) }),
  fc.record({ type: is("sign-up-pending"), totpSecret: any(20), heldUntil: count() }),
  fc.record({ type: is("confirmed"), backupCodes: fc.array(name, { maxLength: 4 }) }),
  fc.record({ type: is("sign-in-response"), loginResponse: any(1, 40) }),
  fc.record({ type: is("signed-in"), account: ids.account, chain: fc.array(any(1, 40), { maxLength: 3 }) }),
  fc.record({ type: is("password-response"), loginResponse: any(1, 40), registrationResponse: any(1, 40) }),
  fc.record({ type: is("ack"), seq: count(), previous: any(32) }),
  fc.record({
    type: is("refused"),
    code: fc.constantFrom(...RELAY_CODES),
    head: count(),
    retryMs: u32,
    field: name,
  }),
  fc.record({ type: is("event"), room: ids.room, entries }),
  fc.record({ type: is("fetched"), room: ids.room, entries, last: count() }),
  fc.record({ type: is("inbox-event"), entry: anyInbox }),
  fc.record({ type: is("inbox-fetched"), entries: fc.array(anyInbox, { maxLength: 4 }) }),
  fc.record({
    type: is("key-packages"),
    packages: fc.array(fc.record({ device: ids.device, bytes: any(1, 30), lastResort: fc.boolean() }), {
      maxLength: 3,
    }),
  }),
  fc.record({
    type: is("chains"),
    chains: fc.array(fc.record({ account: ids.account, entries: fc.array(any(1, 30), { maxLength: 3 }) }), {
      maxLength: 3,
    }),
  }),
  fc.record({
    type: is("directory-list"),
    accounts: fc.array(fc.record({ name, account: ids.account, online: fc.boolean() }), { maxLength: 3 }),
  }),
  fc.record({ type: is("group-info"), base: count(), head: count(), sealed: any(0, 60) }),
  fc.record({ type: is("done") }),
  fc.record({ type: is("drain"), retryMs: u32 }),
  fc.record({ type: is("notice"), text: name }),
  fc.record({ type: is("pong") }),
  fc.record({ type: is("proof-needed") }),
  fc.record({ type: is("access-password"), accessPassword: name }),
);
