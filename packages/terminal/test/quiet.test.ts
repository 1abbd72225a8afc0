/** What people type about reading back, finding, waiting and not being disturbed: what is asked of the engine, and what they read. */
import type { RoomLine } from "@sotto/core";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { Settings } from "../src/commands/settings.ts";
import { eventWords } from "../src/events.ts";
import { renderLine } from "../src/output.ts";
import { senderWord } from "../src/plain/lines.ts";
import { setLanguage } from "../src/text/index.ts";
import { type FakeClient, ok, refusal, tick } from "./fake-client.ts";
import { alice, carolId, general, message, NOW, play, self, world } from "./played.ts";

beforeAll(() => {
  process.env.TZ = "UTC";
});
beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
});
afterAll(() => {
  vi.useRealTimers();
});

type Script = readonly (string | (() => void | Promise<void>))[];

async function typed(lines: Script, client: FakeClient): Promise<readonly string[]> {
  const { seen } = await play(client, [caughtUp(client), ...lines], { password: "right horse" });
  return seen.slice(seen.indexOf("[info] opening the profile") + 1);
}

function asked(client: FakeClient, method: string): unknown[] {
  return client.calls.filter((call) => call.method === method).map(({ params }) => params);
}

/** Without the list of rooms that is kept for the next start. */
function notesPut(client: FakeClient): unknown[] {
  return asked(client, "note.put").filter((note) => !(note instanceof Object && "key" in note && note.key === "rooms"));
}

function caughtUp(client: FakeClient): () => Promise<void> {
  return emits(client, { type: "unread", total: 0, from: [] });
}

function emits(client: FakeClient, update: Parameters<FakeClient["emit"]>[0]): () => Promise<void> {
  return async () => {
    client.emit(update);
    await tick(20);
  };
}

const said = (client: FakeClient, text: string, roomId = general.roomId): (() => Promise<void>) =>
  emits(client, { type: "message", roomId, ...message("carol", text) });

describe("a muted room", () => {
  test("is not shown until it is opened, and that is kept in the vault", async () => {
    const client = world([general, alice]);
    const seen = await typed(
      ["/mute #general", said(client, "unheard"), "/unmute #general", said(client, "heard")],
      client,
    );
    expect(seen.join("\n")).not.toContain("unheard");
    expect(seen).toContain("[09:41] #General carol: heard");
    const key = `mute/${general.roomId}`;
    expect(notesPut(client)).toEqual([{ key, text: "on" }, { key }]);
  });

  test("is muted the next time too, and shown while it is open", async () => {
    const client = world([general]);
    client.handlers["note.list"] = () => ok([{ key: `mute/${general.roomId}`, text: "on" }]);
    const seen = await typed([said(client, "unheard"), "/talk #general", said(client, "heard"), "/rooms"], client);
    expect(seen.join("\n")).not.toContain("unheard");
    expect(seen).toContain("[09:41] #General carol: heard");
    expect(seen).toContain("  #General (in focus)  3 members, muted");
  });

  test("stays as it is when the vault cannot keep it", async () => {
    const client = world([general]);
    client.handlers["note.put"] = () => refusal("internal");
    const seen = await typed(["/mute #general", said(client, "heard")], client);
    expect(seen).toContain("[error] something went wrong inside sotto");
    expect(seen).toContain("[09:41] #General carol: heard");
  });
});

describe("do not disturb", () => {
  test("shows nothing but the conversation in focus", async () => {
    const client = world([general, alice]);
    const script = ["/talk #general", "/dnd on", said(client, "unheard", alice.roomId), said(client, "heard")];
    const seen = await typed([...script, "/dnd off", said(client, "heard again", alice.roomId)], client);
    expect(seen.join("\n")).not.toContain("unheard");
    expect(seen).toContain("[09:41] #General carol: heard");
    expect(seen).toContain("[09:41] @alice carol: heard again");
    expect(notesPut(client)).toEqual([{ key: "dnd", text: "on" }, { key: "dnd" }]);
  });

  test("tells who asked for the settings of each change", async () => {
    let changes = 0;
    const client = world([general]);
    const settings = new Settings(client, () => changes++);
    await settings.setDoNotDisturb(true);
    await settings.mute(general.roomId, true);
    expect([settings.doNotDisturb, settings.isMuted(general.roomId), changes]).toEqual([true, true, 2]);
    const later = new Settings(client);
    await later.load();
    expect([later.doNotDisturb, later.isMuted(general.roomId)]).toEqual([true, true]);
  });
});

describe("/unread opens", () => {
  const room = (digit: string, unread: number, kind: RoomLine["kind"] = "room"): RoomLine => {
    return { roomId: digit.repeat(64), name: `r${digit}`, kind, unread, members: 3 };
  };
  const plain = room("1", 2);
  const direct = room("2", 1, "direct");
  const named = room("3", 1);

  async function opened(rooms: RoomLine[], muted: readonly RoomLine[] = []): Promise<string | undefined> {
    const client = world(rooms);
    client.handlers["note.list"] = () => ok(muted.map(({ roomId }) => ({ key: `mute/${roomId}`, text: "on" })));
    client.handlers["message.list"] = ({ roomId }) =>
      ok([message("carol", roomId === named.roomId ? "ask Bob, please" : "bobby, not bob.by")]);
    const seen = await typed(["/unread"], client);
    return seen.findLast((line) => /^\[info\] (in|conversation with|nothing unread)/.test(line));
  }

  test("a mention before a person before a room", async () => {
    expect(await opened([plain, direct, named])).toBe("[info] in #r3, 3 members");
    expect(await opened([plain, direct])).toBe("[info] conversation with @r2");
    expect(await opened([plain])).toBe("[info] in #r1, 3 members");
  });

  test("a muted room only for a mention", async () => {
    expect(await opened([plain, named], [plain, named])).toBe("[info] in #r3, 3 members");
    expect(await opened([plain], [plain])).toBe("[info] nothing unread");
    expect(await opened([])).toBe("[info] nothing unread");
  });
});

describe("reading back", () => {
  test("/read marks a room as read up to its newest message, without opening it", async () => {
    const client = world([general, alice]);
    client.handlers["message.list"] = () => ok([message("alice", "the newest")]);
    const seen = await typed(["/read alice", "/read"], client);
    expect(asked(client, "message.markRead")).toEqual([{ roomId: alice.roomId, seq: expect.any(Number) }]);
    expect(seen).toContain("[info] @alice is read");
    expect(seen).toContain("[error] you are in no conversation");
  });

  test("/history more goes on before what was shown, until nothing is left", async () => {
    const client = world([general]);
    const all = Array.from({ length: 50 }, (_, index) => message("carol", `number ${index}`));
    client.handlers["message.list"] = ({ before = Number.POSITIVE_INFINITY, limit = 50 }) =>
      ok(all.filter(({ seq }) => seq < before).slice(-limit));
    client.handlers["timeline.list"] = ({ before = Number.POSITIVE_INFINITY, after = 0, limit = 50 }) => {
      const found = all.filter(({ seq }) => seq < before && seq > after).slice(-limit);
      return ok({ items: found.map((one) => ({ kind: "message", ...one })), read: 0, atStart: true, atEnd: true });
    };
    const seen = await typed(["/talk #general", "/history more", "/history suite", "/history more"], client);
    const numbers = seen.flatMap((line) => /number (\d+)$/.exec(line)?.[1] ?? []).map(Number);
    const upTo = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);
    expect(numbers).toEqual([...upTo(30, 50), ...upTo(10, 30), ...upTo(0, 10)]);
    expect(seen).toContain("[info] nothing was said before that");
  });

  test("/search looks everywhere, here, or in one place, and its numbers lead to what stands around", async () => {
    const client = world([general, alice]);
    const seen = await typed(
      [
        "/talk #general",
        "/search two",
        "/search here two",
        "/search @alice two",
        "/search #nowhere two",
        "/search two things",
        "/search #alone",
        "/context 1",
      ],
      client,
    );
    expect(asked(client, "message.search")).toEqual([
      { query: "two" },
      { query: "two", roomId: general.roomId },
      { query: "two", roomId: alice.roomId },
      { query: "two things" },
      { query: "#alone" },
    ]);
    expect(seen).toContain(" 1  Sat 21 Nov 09:32 @alice alice: two things");
    expect(seen).toContain("[error] there is no room #nowhere");
    // The last search found nothing, and its numbers count.
    expect(seen).toContain("[error] nothing was found with the number 1");
  });
});

describe("what waits", () => {
  const texts = ["the first", "the second"].map((text, index) => {
    return { messageId: `${index}${"ab".repeat(15)}0`, roomId: general.roomId, text, at: NOW };
  });

  test("is numbered, and is given up by its number after a yes", async () => {
    const client = world([general]);
    client.handlers["outbox.list"] = () => ok(texts);
    const seen = await typed(["/drop 2", "/waiting", "/drop 2", "no", "/drop 2", "yes"], client);
    expect(seen).toContain("[error] no message waits with the number 2");
    expect(seen).toContain(" 2  Sat 21 Nov 09:41 #General: the second");
    expect(asked(client, "outbox.drop")).toEqual([{ messageId: texts[1]?.messageId }]);
    expect(seen).toContain("[info] it goes on waiting");
    expect(seen).toContain("[info] it is given up and will not be sent");
  });

  test("from before a restart is told at the start, and stands there when it is sent", async () => {
    const client = world([general]);
    client.handlers["outbox.list"] = () => ok(texts);
    const sent = { type: "sent" as const, roomId: general.roomId, seq: 1000 };
    const seen = await typed(
      [
        emits(client, { ...sent, messageId: texts[0]?.messageId ?? "" }),
        emits(client, { ...sent, messageId: "ef".repeat(16) }),
      ],
      client,
    );
    expect(seen).toContain("[info] 2 messages not sent yet; see /waiting");
    expect(seen.filter((line) => line.includes("#General you:"))).toEqual(["[09:41] #General you: the first"]);
  });

  test("cannot be given up once the relay may have it", async () => {
    const client = world([general]);
    client.handlers["outbox.list"] = () => ok(texts);
    client.handlers["outbox.drop"] = () => refusal("not-allowed");
    const seen = await typed(["/waiting", "/drop 1", "yes"], client);
    expect(seen).toContain("[error] it may be with the relay already and cannot be given up");
  });
});

describe("what cannot be undone is asked before", () => {
  test.each([
    { lines: ["/leave #general", "no"], method: "room.leave", times: 0 },
    { lines: ["/leave #general", "yes"], method: "room.leave", times: 1 },
    { lines: ["/talk #general", "/remove carol"], method: "room.remove", times: 0 },
    { lines: ["/talk #general", "/remove carol", "oui"], method: "room.remove", times: 1 },
  ])("$lines", async ({ lines, method, times }) => {
    const client = world([general]);
    await typed(lines, client);
    expect(asked(client, method)).toHaveLength(times);
  });
});

describe("/info", () => {
  test("says what is known of a person: account, verification, doubt, presence, rooms", async () => {
    const client = world([general]);
    client.handlers["contact.list"] = () =>
      ok([{ username: "carol", accountId: carolId, verified: false, doubt: "chain-forked" }]);
    client.handlers["users.list"] = () => refusal("offline");
    const seen = await typed(["/info @Carol"], client);
    expect(seen).toEqual(
      expect.arrayContaining([
        `  account      ${carolId}`,
        "  verified     no",
        "  in doubt     the relay shows two different lists of devices for one person (chain-forked)",
        "  presence     not known while offline",
        "  together in  #General",
      ]),
    );
  });
});

describe("what happens in a room", () => {
  const event = { kind: "event", seq: 1, at: NOW, by: "alice", byId: "22".repeat(32) } as const;
  const who = { who: "carol", whoId: carolId };
  const me = { who: "bob", whoId: self };

  test.each([
    { happened: { ...event, event: "made" }, en: "alice made #g", fr: "alice a créé #g" },
    {
      happened: { ...event, event: "joined" },
      en: "alice joined #g by the link",
      fr: "alice a rejoint #g par le lien",
    },
    {
      happened: { ...event, event: "added", ...who },
      en: "alice added carol to #g",
      fr: "alice a fait entrer carol dans #g",
    },
    {
      happened: { ...event, event: "added", ...me },
      en: "alice added you to #g",
      fr: "alice vous a fait entrer dans #g",
    },
    {
      happened: { ...event, byId: self, event: "added", ...who },
      en: "you added carol to #g",
      fr: "vous avez fait entrer carol dans #g",
    },
    { happened: { ...event, event: "left" }, en: "alice left #g", fr: "alice a quitté #g" },
    {
      happened: { ...event, event: "removed", ...who },
      en: "alice removed carol from #g",
      fr: "alice a retiré carol de #g",
    },
    {
      happened: { ...event, event: "devices" },
      en: "alice's devices changed",
      fr: "alice n'a plus les mêmes appareils",
    },
    {
      happened: { ...event, event: "devices", ...me },
      en: "your devices changed",
      fr: "vos appareils ont changé",
    },
    {
      happened: { ...event, event: "link" },
      en: "alice renewed the link of #g",
      fr: "alice a renouvelé le lien de #g",
    },
    {
      happened: { ...event, event: "renamed", name: "x\u001b[2J" },
      en: "alice renamed #g to x\ufffd[2J",
      fr: "alice a renommé #g en x\ufffd[2J",
    },
    {
      happened: { ...event, event: "owner", ...who },
      en: "carol owns #g now",
      fr: "carol est maintenant propriétaire de #g",
    },
  ] as const)("is said in plain words: $en", ({ happened, en, fr }) => {
    expect(renderLine(eventWords(happened, self, "#g"), false)).toBe(en);
    setLanguage("fr");
    const french = renderLine(eventWords(happened, self, "#g"), false);
    setLanguage("en");
    expect(french).toBe(fr);
  });

  test.each([
    { kind: "room", en: "alice made this room", fr: "alice a créé ce salon" },
    { kind: "direct", en: "alice made this conversation", fr: "alice a créé cette conversation" },
  ] as const)("of a $kind without its tag says what was made", ({ kind, en, fr }) => {
    const made = { ...event, event: "made" as const };
    expect(renderLine(eventWords(made, self, "", kind), false)).toBe(en);
    setLanguage("fr");
    const french = renderLine(eventWords(made, self, "", kind), false);
    setLanguage("en");
    expect(french).toBe(fr);
  });

  test("stands among the messages of a conversation that is opened, and is told as it happens", async () => {
    const client = world([general]);
    const items = [
      { ...event, seq: 1, event: "joined" as const },
      { kind: "message" as const, ...message("carol", "welcome"), seq: 2 },
    ];
    client.handlers["message.list"] = () => ok([]);
    client.handlers["timeline.list"] = () => ok({ items: [...items], read: 0, atStart: true, atEnd: true });
    const happens = async (): Promise<void> => {
      items.push({ ...event, seq: 3, event: "left" as never });
      client.emit({ type: "room", roomId: general.roomId, event: "members" });
      client.emit({ type: "room", roomId: general.roomId, event: "members" });
      await tick(20);
    };
    const seen = await typed(["/talk #general", happens], client);
    expect(seen).toEqual(
      expect.arrayContaining(["[09:41] * alice joined #General by the link", "[09:41] #General carol: welcome"]),
    );
    expect(seen.filter((line) => line === "[09:41] * alice left #General")).toHaveLength(1);
  });
});

test("nobody passes for oneself by a name that is the word for it in a language", () => {
  const other = { sender: "vous", senderId: carolId };
  setLanguage("fr");
  const shown = [senderWord(other, self), senderWord({ sender: "bob", senderId: self }, self)];
  setLanguage("en");
  expect(shown).toEqual(["@vous", "vous"]);
  expect(senderWord(other, self)).toBe("vous");
});
