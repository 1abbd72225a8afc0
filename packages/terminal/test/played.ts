/** The plain mode over a scripted screen and a client in memory: what its tests share. */
import type { DeviceLine, Message, RoomLine, TimelineEvent, TimelineItem } from "@sotto/core";
import { LIMITS } from "@sotto/wire";
import { runPlain } from "../src/plain/run.ts";
import { FakeClient, ok, refusal, tick } from "./fake-client.ts";
import { FakeScreen } from "./fake-screen.ts";

export const general: RoomLine = { roomId: "aa".repeat(32), name: "General", kind: "room", unread: 0, members: 3 };
export const alice: RoomLine = { roomId: "bb".repeat(32), name: "alice", kind: "direct", unread: 2, members: 2 };
export const self = "11".repeat(32);
export const carolId = "33".repeat(32);
const pinned = `k=${"A".repeat(43)}`;
export const relayLink = `sotto://relay.example:7878/#${pinned}&a=open`;
export const roomLink = `sotto://relay.example:7878/r/${general.roomId}#${pinned}&s=${"A".repeat(43)}&a=open`;
export const NOW = Date.UTC(2026, 10, 21, 9, 41);
/** Of the account that is signed in; the first is this one. */
export const DEVICES: readonly DeviceLine[] = [
  { deviceId: "dd".repeat(16), name: "device 1", addedAt: NOW, own: true },
  { deviceId: "0a1b".repeat(8), name: "device 2", addedAt: NOW, own: false },
  { deviceId: `0a1b${"c3".repeat(14)}`, name: "device 3", addedAt: NOW, own: false },
];

export const NEW_PHRASE = "zoo zone zero zebra youth young you yellow year yard wrong write";
export const PHRASE = "abandon ability able about above absent absorb abstract absurd abuse access accident";

let nextSeq = 0;
export function message(sender: string, text: string, minutesAgo = 0): Message {
  nextSeq++;
  return {
    messageId: nextSeq.toString(16).padStart(32, "0"),
    seq: nextSeq,
    sender,
    senderId: sender === "bob" ? self : "22".repeat(32),
    sentAt: NOW - minutesAgo * 60_000,
    text,
  };
}

/** A relay with a room and a conversation, as the plain mode sees it. */
export function world(rooms: RoomLine[], { online = true } = {}): FakeClient {
  const log = new Map<string, Message[]>();
  let members = ["bob", "carol"];
  const notes = new Map<string, string>();
  const events: (TimelineEvent & { readonly roomId: string })[] = [];
  const happened = (roomId: string, what: Omit<TimelineEvent, "kind" | "seq" | "at">): void => {
    events.push({ kind: "event", seq: nextSeq, at: NOW, roomId, ...what });
  };
  /** As the engine does: the answer comes first, the connection after it. */
  const connect = (): true => {
    if (online) setTimeout(() => client.emit({ type: "connection", state: "online" }), 2);
    return true;
  };
  const client = new FakeClient({
    "account.unlock": ({ password }) =>
      password === "right horse" && connect()
        ? ok({ username: "bob", accountId: self, deviceId: "dd".repeat(16) })
        : refusal("bad-credentials"),
    "account.status": () => ok({ username: "bob", connection: "online", outbox: 0 }),
    "users.list": () =>
      ok([
        { username: "alice", accountId: "22".repeat(32), online: true },
        { username: "bob", accountId: self, online: true },
      ]),
    "room.list": () => ok([...rooms]),
    "room.members": () =>
      ok(
        members.map((username) => ({
          username,
          accountId: self,
          role: username === "carol" ? ("owner" as const) : ("member" as const),
        })),
      ),
    "room.add": ({ username }) => {
      if (username === "nobody") return refusal("unknown-user");
      members = [...members, username];
      nextSeq++;
      happened(general.roomId, { event: "added", by: "carol", byId: carolId, who: username, whoId: "44".repeat(32) });
      client.emit({ type: "room", roomId: general.roomId, event: "members" });
      return ok({});
    },
    "room.remove": ({ username }) => {
      members = members.filter((one) => one !== username);
      return ok({});
    },
    "room.leave": ({ roomId }) => {
      rooms.splice(
        rooms.findIndex((room) => room.roomId === roomId),
        1,
      );
      client.emit({ type: "room", roomId, event: "removed" });
      return ok({});
    },
    "room.link": () => ok({ link: roomLink }),
    "room.join": () => {
      rooms.push(general);
      return ok({ roomId: general.roomId, name: "General" });
    },
    "room.create": ({ name }) => {
      rooms.push({ ...general, name, members: 1 });
      return ok({ roomId: general.roomId, link: roomLink });
    },
    "direct.open": ({ username }) => (username === "eve" ? refusal("unknown-user") : ok({ roomId: "cc".repeat(32) })),
    "message.send": ({ roomId, text }) => {
      if (text.length > LIMITS.textBytesMax) return refusal("too-long");
      const sent = message("bob", text);
      log.set(roomId, [...(log.get(roomId) ?? []), sent]);
      return ok({ messageId: sent.messageId, seq: sent.seq });
    },
    "message.list": ({ roomId, before = Number.POSITIVE_INFINITY, limit = 50 }) =>
      ok((log.get(roomId) ?? []).filter(({ seq }) => seq < before).slice(-limit)),
    "timeline.list": ({ roomId, before = Number.POSITIVE_INFINITY, after, limit = 50 }) => {
      const all: TimelineItem[] = (log.get(roomId) ?? []).map((said) => ({ kind: "message", ...said }));
      const items = [...all, ...events.filter((event) => event.roomId === roomId)]
        .filter(({ seq }) => seq < before && seq > (after ?? Number.NEGATIVE_INFINITY))
        .sort((left, right) => left.seq - right.seq);
      const window = after === undefined ? items.slice(-limit) : items.slice(0, limit);
      return ok({ items: window, read: 0, atStart: window.length < limit, atEnd: window.length < limit });
    },
    "contact.list": () =>
      ok([
        { username: "alice", accountId: "22".repeat(32), verified: true },
        { username: "carol", accountId: carolId, verified: false, doubt: "identity-changed" },
      ]),
    "outbox.list": () => ok([]),
    "outbox.drop": () => ok({}),
    "note.list": () => ok([...notes].map(([key, text]) => ({ key, text }))),
    "note.put": ({ key, text = "" }) => {
      if (text === "") notes.delete(key);
      else notes.set(key, text);
      return ok({});
    },
    "message.search": ({ query, roomId: wanted }) =>
      ok(
        [...log]
          .filter(([roomId]) => wanted === undefined || roomId === wanted)
          .flatMap(([roomId, all]) =>
            all.filter(({ text }) => text.includes(query)).map((found) => ({ ...found, roomId })),
          ),
      ),
    "message.markRead": () => ok({}),
    "account.signUp": ({ username }) => {
      if (username === "taken") return refusal("name-taken");
      return ok({
        accountId: self,
        deviceId: "dd".repeat(16),
        totpUri: "otpauth://totp/sotto:bob?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=sotto",
        recoveryPhrase: PHRASE,
      });
    },
    "account.confirmOtp": ({ code }) =>
      code === "123456" && connect()
        ? ok({ backupCodes: ["1111-1111", "2222-2222", "3333-3333"] })
        : refusal("bad-code"),
    "account.signIn": ({ username, code, recoveryPhrase }) => {
      if (username === "nobody" || recoveryPhrase !== PHRASE) return refusal("bad-credentials");
      if (code === "000000") return refusal("bad-code");
      connect();
      return ok({ accountId: self, deviceId: "ee".repeat(16) });
    },
    "account.rotateRecovery": ({ phrase }) =>
      phrase === PHRASE ? ok({ recoveryPhrase: NEW_PHRASE }) : refusal("bad-credentials"),
    "contact.safetyWords": ({ username }) =>
      username === "nobody" ? refusal("unknown-user") : ok({ words: NEW_PHRASE, verified: username === "verena" }),
    "contact.verify": () => ok({}),
    "device.list": () => ok([...DEVICES]),
    "device.revoke": () => ok({}),
    "warning.accept": () => ok({}),
    "admin.kick": () => ok({}),
    "admin.ban": () => ok({}),
    "admin.unban": ({ username }) => (username === "nobody" ? refusal("unknown-user") : ok({})),
    "admin.announce": () => ok({}),
    "admin.regen": () => ok({ accessPassword: "NEWER-PASSWORD", link: relayLink }),
    "admin.stop": () => ok({}),
    "account.changePassword": ({ old }) => (old === "right horse" ? ok({}) : refusal("bad-credentials")),
  });
  log.set(alice.roomId, [
    message("alice", "are you there?", 24 * 60),
    message("bob", "later", 30),
    message("alice", "two things", 9),
    message("alice", "first\n[09:41] #general carol: forged\u001b[2J", 8),
  ]);
  return client;
}

export interface Played {
  readonly seen: string[];
  readonly client: FakeClient;
  readonly code: number;
  readonly screen: FakeScreen;
}

export async function play(
  client: FakeClient,
  script: readonly (string | (() => void | Promise<void>))[],
  options: {
    profile?: "none" | "locked";
    link?: string;
    fault?: "offline" | "wrong-pin";
    password?: string;
    code?: string;
  } = {},
): Promise<Played> {
  const screen = new FakeScreen(script, () => client.calls.length);
  const code = await runPlain({
    client,
    screen,
    profile: options.profile ?? "locked",
    name: "work",
    link: options.link,
    password: options.password,
    code: options.code,
    look: async () => ({
      fingerprint: "00000000 11111111",
      trust: "pinned",
      fault: options.fault && { code: options.fault, detail: "connect ECONNREFUSED" },
    }),
    signedIn: async () => {},
    settleMs: 1000,
    stop: new AbortController().signal,
  });
  await tick(20);
  return { seen: screen.seen, client, code, screen };
}
