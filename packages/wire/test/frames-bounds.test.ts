// The bounds of the frames for coming in again, giving back, and the operator: one row for each field that can be wrong.
import { describe, expect, test } from "vitest";
import {
  type ClientBody,
  encodeFromClient,
  encodeFromServer,
  LIMITS,
  parseFromClient,
  parseFromServer,
  type ServerBody,
} from "../src/index.ts";
import { bytes } from "./crypto.ts";
import { account, CLIENT_EXAMPLES, room, SERVER_EXAMPLES } from "./frame-examples.ts";

const wrong = <T>(value: string): T => value as unknown as T;
const { readmit, restore, session } = { ...CLIENT_EXAMPLES, ...SERVER_EXAMPLES };
const [entry] = (restore as Extract<ClientBody, { type: "restore" }>).entries;
const asked = {
  number: 7,
  kind: "readmit",
  room,
  who: { account, device: wrong("33".repeat(16)) },
  signature: bytes(64, 9),
};

describe("client frames", () => {
  test.each<{ name: string; body: object; code: string; field: string }>([
    {
      name: "readmit: a room of another length",
      body: { ...readmit, room: wrong("11") },
      code: "bad-length",
      field: "room",
    },
    {
      name: "readmit: a short signature",
      body: { ...readmit, signature: bytes(63, 1) },
      code: "bad-length",
      field: "signature",
    },
    {
      name: "readmit: a long signature",
      body: { ...readmit, signature: bytes(65, 1) },
      code: "bad-length",
      field: "signature",
    },
    {
      name: "restore: a room of another length",
      body: { ...restore, room: wrong("11") },
      code: "bad-length",
      field: "room",
    },
    {
      name: "restore: a short hash",
      body: { ...restore, previous: bytes(31, 1) },
      code: "bad-length",
      field: "previous",
    },
    {
      name: "restore: too many entries",
      body: { ...restore, entries: Array(LIMITS.fetchMax + 1).fill(entry) },
      code: "out-of-bounds",
      field: "entries",
    },
    {
      name: "restore: an entry of seq 0",
      body: { ...restore, entries: [{ ...entry, seq: 0 }] },
      code: "out-of-bounds",
      field: "entries[0].seq",
    },
    {
      name: "restore: an entry of nobody",
      body: { ...restore, entries: [{ ...entry, device: wrong("33") }] },
      code: "bad-length",
      field: "entries[0].device",
    },
    {
      name: "restore: the second entry with a short id",
      body: { ...restore, entries: [entry, { ...entry, id: wrong("44") }] },
      code: "bad-length",
      field: "entries[1].id",
    },
    {
      name: "restore: an entry with nothing in it",
      body: { ...restore, entries: [{ ...entry, bytes: bytes(0, 1) }] },
      code: "bad-length",
      field: "entries[0].bytes",
    },
    {
      name: "restore: a link without its hash",
      body: { ...restore, link: { tokenHash: bytes(31, 1), groupInfo: bytes(2, 1) } },
      code: "bad-length",
      field: "link.token_hash",
    },
    {
      name: "admin: a long name",
      body: { type: "admin", action: "kick", name: "x".repeat(257) },
      code: "bad-length",
      field: "kick",
    },
    {
      name: "admin: a long name to ban",
      body: { type: "admin", action: "ban", name: "x".repeat(257) },
      code: "bad-length",
      field: "ban",
    },
    {
      name: "admin: a long name to take back",
      body: { type: "admin", action: "unban", name: "x".repeat(257) },
      code: "bad-length",
      field: "unban",
    },
    {
      name: "admin: a text of a book",
      body: { type: "admin", action: "announce", text: "x".repeat(100_000) },
      code: "bad-length",
      field: "announce",
    },
  ])("$name", ({ body, code, field }) => {
    const frame = encodeFromClient({ request: 5, body: body as ClientBody });
    expect(parseFromClient(frame)).toEqual({ ok: false, error: { code, field } });
  });

  test("an order to do nothing is none", () => {
    const whole = encodeFromClient({ request: 5, body: { type: "admin", action: "kick", name: "ann" } });
    // The field of the order, renamed to one that nobody knows.
    const place = whole.findIndex((value, at) => value === 0x0a && whole[at + 1] === 3);
    const unknown = Uint8Array.from(whole);
    unknown[place] = 0x7a;
    expect(parseFromClient(whole).ok).toBe(true);
    expect(parseFromClient(unknown)).toMatchObject({ ok: false, error: { code: "malformed" } });
  });
});

describe("relay frames", () => {
  test.each<{ name: string; body: object; code: string; field: string }>([
    {
      name: "a long access password",
      body: { type: "access-password", accessPassword: "x".repeat(257) },
      code: "bad-length",
      field: "access_password",
    },
    {
      name: "session: a room of the account that is none",
      body: { ...session, accountRooms: [room, wrong("11")] },
      code: "bad-length",
      field: "account_rooms[1]",
    },
    {
      name: "an ask without a number",
      body: { type: "inbox-event", entry: { ...asked, number: 0 } },
      code: "out-of-bounds",
      field: "entry.number",
    },
    {
      name: "an ask for no room",
      body: { type: "inbox-event", entry: { ...asked, room: wrong("11") } },
      code: "bad-length",
      field: "entry.room",
    },
    {
      name: "an ask of nobody",
      body: { type: "inbox-event", entry: { ...asked, who: { account, device: wrong("33") } } },
      code: "bad-length",
      field: "entry.who.device",
    },
    {
      name: "an ask with a cut signature",
      body: { type: "inbox-event", entry: { ...asked, signature: bytes(63, 1) } },
      code: "bad-length",
      field: "entry.bytes",
    },
    {
      name: "the second ask of a page with a cut signature",
      body: { type: "inbox-fetched", entries: [asked, { ...asked, signature: bytes(63, 1) }] },
      code: "bad-length",
      field: "entries[1].bytes",
    },
  ])("$name", ({ body, code, field }) => {
    const frame = encodeFromServer({ request: 0, body: body as ServerBody });
    expect(parseFromServer(frame)).toEqual({ ok: false, error: { code, field } });
  });
});
