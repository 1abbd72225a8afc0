/** A whole session in each language, with every command in it, as it is read or heard from the top down. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { COMMANDS } from "../src/commands/table.ts";
import { LANGUAGES, type Language, setLanguage } from "../src/text/index.ts";
import { type FakeClient, ok, tick } from "./fake-client.ts";
import { golden } from "./golden-file.ts";
import { alice, general, message, NOW, PHRASE, play, relayLink, roomLink, world } from "./played.ts";

beforeAll(() => {
  process.env.TZ = "UTC";
});
beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
});
afterEach(() => setLanguage("en"));
afterAll(() => {
  vi.useRealTimers();
});

type Step = string | (() => Promise<void>);

function session(client: FakeClient): readonly Step[] {
  const later = (update: Parameters<FakeClient["emit"]>[0]) => async () => {
    client.emit(update);
    await tick(20);
  };
  const said = (sender: string, text: string, roomId = general.roomId): Step =>
    later({ type: "message", roomId, ...message(sender, text) });
  return [
    "wrong horse",
    "right horse",
    later({ type: "unread", total: 2, from: [{ username: "alice", count: 2 }] }),
    "/help",
    "/users",
    "/rooms",
    "is anybody here?",
    "/create General",
    "/invite dora",
    "/invite nobody",
    "/members",
    said("carol", "good morning"),
    "good morning carol",
    "/back",
    "/mute #general",
    "/rooms",
    said("carol", "while it is muted"),
    "/unmute #general",
    "/dnd on",
    said("alice", "while I am not to be disturbed", alice.roomId),
    "/dnd",
    "/dnd off",
    "/dnd perhaps",
    "/unread",
    "/history 2",
    "/history more",
    "/history 501",
    "two or three",
    "/search here two",
    "/context 1",
    "/context 9",
    "/search #general morning",
    "/search nowhere to be found",
    "/waiting",
    "/drop 9",
    "/drop 1",
    "yes",
    "/read #general",
    "/talk #general",
    "/link",
    "/qr",
    "/renew",
    "no",
    "/renew",
    "yes",
    "/remove dora",
    "no",
    "/remove dora",
    "yes",
    "/verify carol",
    "",
    "/verify carol yes",
    "/info alice",
    "/info bob",
    "/info eve",
    later({ type: "warning", code: "identity-changed", username: "carol" }),
    "/accept identity-changed carol",
    later({ type: "notice", key: "device-added", values: { name: "carol" }, text: "carol added a device" }),
    "/leave",
    "yes",
    `/join ${roomLink}`,
    "@alice from here",
    "@eve are you there?",
    later({ type: "connection", state: "offline", retryAt: NOW + 5000 }),
    later({ type: "connection", state: "online" }),
    "/devices",
    "/revoke 1",
    "/revoke 2",
    "yes",
    "/password",
    "right horse",
    "short",
    "correct horse battery",
    "correct horse battery",
    "/recovery",
    PHRASE,
    "skip",
    "/code",
    "right horse",
    "123456",
    `/connect ${relayLink}`,
    "right horse",
    "/whoami",
    "/kick carol",
    "/ban carol",
    "yes",
    "/unban carol",
    "/regen",
    "yes",
    "/announce we stop at ten",
    "/stop",
    "yes",
    "/help history",
    "/tlak",
    "/talk",
    "/quit",
  ];
}

async function played(to: Language): Promise<readonly string[]> {
  setLanguage(to);
  const client = world([alice]);
  const waiting = { messageId: "ab".repeat(16), roomId: alice.roomId, text: "not on its way yet", at: NOW };
  client.handlers["outbox.list"] = () => ok([waiting]);
  const { seen, code } = await play(client, session(client) as (string | (() => Promise<void>))[]);
  expect(code).toBe(0);
  // Which of the words are asked for is drawn by lot.
  return seen.map((line) => line.replace(/^<(word|mot) \d+/, "<$1 N"));
}

describe("a whole session", () => {
  test("reads as in the golden file, in English", async () => {
    golden("whole-en", await played("en"));
  });

  test("reads as in the golden file, in French, and no line of sotto's own is English", async () => {
    const french = await played("fr");
    golden("whole-fr", french);
    const marks = Object.values(LANGUAGES.fr.plain.marks).filter((mark) => mark !== LANGUAGES.en.plain.marks.info);
    const english = new Set(await played("en"));
    const own = french.filter((line) => marks.some((mark) => line.startsWith(mark)) || line.startsWith("[info] "));
    expect(own.length).toBeGreaterThan(50);
    expect(own.filter((line) => english.has(line) && !LOOK_ALIKE.test(line))).toEqual([]);
  });

  test("has every command in it", () => {
    const typed = session(world([])).filter((step) => typeof step === "string");
    for (const { name } of COMMANDS)
      expect(
        typed.some((line) => line.startsWith(`/${name}`)),
        name,
      ).toBe(true);
  });
});

test("the first run of a newcomer reads as in the golden file, in French", async () => {
  setLanguage("fr");
  const script = ["9", "1", "not a link", roomLink, "x", "taken", "short", "four random words", "four random words"];
  const again = ["!signup", "bob", "12", "000000", "123 456", "skip", "bonjour", "/quit"];
  const { seen, code } = await play(world([]), [...script, ...again], { profile: "none" });
  golden(
    "first-run-fr",
    seen.map((line) => line.replace(/^<mot \d+/, "<mot N")),
  );
  expect(code).toBe(0);
});

/** What is said alike: dates are not, numbers of messages are. */
const LOOK_ALIKE = /^\[info\] (?:\d+ messages?|[^ ]+)$/;
