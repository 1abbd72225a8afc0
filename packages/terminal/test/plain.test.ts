// Over 400 lines: the whole plain mode over one scripted client.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CODES, LIMITS, WARNINGS } from "@sotto/wire";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { COMMANDS, help, unknownCommand } from "../src/commands/table.ts";
import { lookOf, renderLine } from "../src/output.ts";
import { nearest, parseInput } from "../src/plain/input.ts";
import { unreadDigest } from "../src/plain/lines.ts";
import { qrCode } from "../src/plain/qr.ts";
import { findRoom, roomsOf } from "../src/plain/rooms.ts";
import { say } from "../src/text/index.ts";
import { passwordStrength, refusalWords, warningWords } from "../src/words.ts";
import { type FakeClient, ok, refusal, tick } from "./fake-client.ts";
import { golden } from "./golden-file.ts";
import { alice, general, message, NOW, play, relayLink, roomLink, world } from "./played.ts";

beforeAll(() => {
  process.env.TZ = "UTC";
});
beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
});
afterAll(() => {
  vi.useRealTimers();
});

describe("a session", () => {
  test("reads as in the golden file", async () => {
    const client = world([general, alice]);
    const later = (update: Parameters<FakeClient["emit"]>[0]) => async () => {
      client.emit(update);
      await tick(20);
    };
    const { seen, code } = await play(client, [
      "wrong horse",
      "right horse",
      later({ type: "message", roomId: general.roomId, ...message("carol", "missed while away", 3) }),
      later({
        type: "unread",
        total: 4,
        from: [
          { username: "alice", count: 3 },
          { username: "carol", count: 1 },
        ],
      }),
      "hello?",
      "/rooms",
      "/users",
      "!talk alice",
      later({ type: "message", roomId: alice.roomId, ...message("alice", "and now live") }),
      later({ type: "message", roomId: general.roomId, ...message("carol", "can you check my key?", 1) }),
      "hi alice\nsecond line",
      "//slash",
      "#general not here",
      "@eve psst",
      "/talk frank",
      "hello frank",
      "/talk alice",
      "/tlak alice",
      "/talk",
      "/talk #nowhere",
      "/back",
      "/back",
      "/talk #general",
      "/invite nobody",
      "/invite dora",
      "/members",
      "/link",
      "/history 1",
      "/history x",
      "/search slash",
      later({ type: "connection", state: "offline" }),
      later({ type: "connection", state: "dialing" }),
      later({ type: "message", roomId: alice.roomId, ...message("alice", "counted, not printed") }),
      later({ type: "connection", state: "online" }),
      later({ type: "unread", total: 1, from: [{ username: "alice", count: 1 }] }),
      later({ type: "warning", code: "log-forked", roomId: general.roomId }),
      later({ type: "notice", text: "the relay stops at 10:00\u0007", key: "relay-says", values: { text: "" } }),
      "x".repeat(LIMITS.textBytesMax + 1),
      "/whoami",
      "/help talk",
      "/password",
      "right horse",
      "short",
      "correct horse battery",
      "correct horse batterz",
      "correct horse battery",
      "correct horse battery",
      later({ type: "room", roomId: general.roomId, event: "removed" }),
      "exit",
    ]);
    golden(
      "session",
      seen.map((line) => (line.length > 300 ? `${line.slice(0, 40)}…` : line)),
    );
    expect(code).toBe(0);
    const reads = client.calls.filter(({ method }) => method === "message.markRead").map(({ params }) => params);
    expect(reads).toContainEqual({ roomId: alice.roomId, seq: expect.any(Number) });
    const sent = client.calls.filter(({ method }) => method === "message.send").map(({ params }) => params);
    expect(sent.slice(0, 3)).toEqual([
      { roomId: alice.roomId, text: "hi alice\nsecond line" },
      { roomId: alice.roomId, text: "/slash" },
      { roomId: general.roomId, text: "not here" },
    ]);
    for (const line of seen) expect(line).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  test("of a newcomer reads as in the golden file: every mistake leads back to its step", async () => {
    const { seen, client, code } = await play(
      world([]),
      [
        "9",
        "1",
        "not a link",
        roomLink,
        "x",
        "taken",
        "too short",
        "taken-or-not",
        "four random words",
        "four random word",
        "four random words",
        "four random words",
        "1",
        "bob",
        "12",
        "000000",
        "123 456",
        "skip",
        "hi all",
        "/quit",
      ],
      { profile: "none" },
    );
    golden(
      "first-run",
      seen.map((line) => line.replace(/^<word \d+/, "<word N")),
    );
    expect(code).toBe(0);
    expect(client.calls.find(({ method }) => method === "account.signUp")?.params).toMatchObject({ link: roomLink });
  });

  test("of a newcomer with a room link enters that room and opens it", async () => {
    const { seen, client } = await play(
      world([]),
      ["1", "bob", "four random words", "four random words", "123456", "", "hi all"],
      { profile: "none", link: roomLink },
    );
    expect(client.calls.map(({ method }) => method)).toContain("room.join");
    expect(seen).toContain("[info] in #General, 3 members");
    expect(seen).toContain("[09:41] #General you: hi all");
    expect(seen.join("\n")).not.toContain("four random words");
  });

  test("a relay that cannot be reached is said with its reason, and the link is asked again", async () => {
    const { seen, code } = await play(world([]), ["1", relayLink], { profile: "none", fault: "offline" });
    expect(seen.join("\n")).toContain("[error] the relay cannot be reached (connect ECONNREFUSED)");
    expect(seen.at(-1)).toBe("<link (somebody who is in gives it to you): (end)");
    expect(code).toBe(3);
  });

  test("a message sent offline is said to wait, and stands there when it went", async () => {
    const client = world([general], { online: false });
    let arrive: () => void = () => {};
    client.handlers["account.status"] = () => ok({ username: "bob", connection: "offline", outbox: 0 });
    client.handlers["message.send"] = ({ text }) =>
      new Promise((resolve) => {
        arrive = () => resolve(ok({ messageId: message("bob", text).messageId, seq: 99 }));
      });
    const { seen } = await play(
      client,
      [
        "/talk #general",
        "going nowhere",
        () => tick(250),
        () => client.emit({ type: "connection", state: "online" }),
        () => arrive(),
      ],
      { password: "right horse" },
    );
    expect(seen).toContain("[info] connecting");
    expect(seen).toContain("[info] waiting: offline, 1 not sent yet");
    expect(seen.indexOf("[09:41] #General you: going nowhere")).toBeGreaterThan(seen.indexOf("[info] online"));
    expect(seen).toContain("<(offline) #General> going nowhere");
  });

  test("the end of input says what is not sent, with an exit code", async () => {
    const client = world([general], { online: false });
    client.handlers["account.status"] = () => ok({ username: "bob", connection: "offline", outbox: 2 });
    client.handlers["message.send"] = () => new Promise(() => {});
    const { seen, code } = await play(client, ["#general one", "#general two"], { password: "right horse" });
    expect(seen.at(-1)).toBe("[info] 2 messages not sent yet; sent when sotto runs next");
    expect(code).toBe(4);
  });

  test("an account that was left before its first code is asked for it after unlocking", async () => {
    const client = world([general]);
    let confirmed = false;
    const list = client.handlers["room.list"];
    client.handlers["room.list"] = (params) =>
      confirmed && list !== undefined ? list(params) : refusal("otp-pending");
    client.handlers["account.confirmOtp"] = () => {
      confirmed = true;
      return ok({ backupCodes: ["1111-1111"] });
    };
    const { seen, code } = await play(client, ["123456", "/rooms"], { password: "right horse" });
    expect(seen).toContain("[info] the account waits for its first code");
    expect(seen).toContain("  1111-1111");
    expect(seen).toContain("  #General  3 members");
    expect(code).toBe(0);
  });

  test("a wrong --password-file ends instead of asking", async () => {
    const { seen, code } = await play(world([]), ["right horse"], { password: "wrong" });
    expect(seen).toEqual(["[info] opening the profile", "[error] wrong password", "hint: try again"]);
    expect(code).toBe(1);
  });

  test("messages that arrive while a conversation is opened come after the earlier ones, once", async () => {
    const client = world([alice]);
    const both = message("alice", "in both");
    const after = message("alice", "after");
    let opened = false;
    client.handlers["timeline.list"] = async ({ limit = 50 }) => {
      if (opened || limit < 500) return ok({ items: [], read: 0, atStart: true, atEnd: true });
      opened = true;
      client.emit({ type: "message", roomId: alice.roomId, ...both });
      client.emit({ type: "message", roomId: alice.roomId, ...after });
      await tick(20);
      const items = [message("alice", "earlier"), both].map((said) => ({ kind: "message" as const, ...said }));
      return ok({ items, read: 0, atStart: true, atEnd: true });
    };
    const { seen } = await play(client, [() => client.emit({ type: "unread", total: 0, from: [] }), "/talk alice"], {
      password: "right horse",
    });
    const said = seen.filter((line) => line.includes("] @alice alice:")).map((line) => line.split(": ")[1]);
    expect(said).toEqual(["earlier", "in both", "after"]);
  });

  test("a member who is called in a room is called there, everybody else is written to alone", async () => {
    const client = world([general, alice]);
    const script = ["/talk #general", "@carol can you look?", "@Carol, please", "@alice psst", "@carol", "/talk alice"];
    const { seen } = await play(client, [...script, "@carol in private"], { password: "right horse" });
    const sent = client.calls.filter(({ method }) => method === "message.send").map(({ params }) => params);
    expect(sent).toEqual([
      { roomId: general.roomId, text: "@carol can you look?" },
      { roomId: general.roomId, text: "@Carol, please" },
      { roomId: alice.roomId, text: "psst" },
      { roomId: "cc".repeat(32), text: "in private" },
    ]);
    expect(seen).toContain("[error] there is no text after @carol");
  });

  test("the name of a room or person alone opens that conversation", async () => {
    const { seen } = await play(world([general, alice]), ["#general", "@alice"], { password: "right horse" });
    expect(seen.filter((line) => /in #|conversation with|no text/.test(line))).toEqual([
      "[info] in #General, 3 members",
      "[info] conversation with @alice",
    ]);
  });

  test("Tab offers commands, people and rooms", async () => {
    const { screen } = await play(world([general, alice]), [() => tick(20)], { password: "right horse" });
    expect(screen.complete("/ta")).toEqual({ word: "/ta", candidates: ["/talk"] });
    expect(screen.complete("!he").candidates).toEqual(["!help"]);
    expect(screen.complete("/talk al").candidates).toEqual(["alice"]);
    expect(screen.complete("/talk #").candidates).toEqual(["#General"]);
    expect(screen.complete("@a").candidates).toEqual(["@alice"]);
    expect(screen.complete("#g").candidates).toEqual(["#General"]);
    expect(screen.complete("/history ").candidates).toEqual(["more"]);
    expect(screen.complete("/whoami ").candidates).toEqual([]);
    expect(screen.complete("well :thumbsu")).toMatchObject({ word: ":thumbsu", candidates: ["👍"] });
    expect(screen.complete(":thumbs").labels).toEqual(["👎 :thumbsdown:", "👍 :thumbsup:"]);
    expect(screen.complete(":star:").candidates).toEqual(["⭐"]);
    expect(screen.complete("note:").candidates).toEqual([]);
  });
});

describe("input", () => {
  test.each([
    { line: "", want: { type: "empty" } },
    { line: "  ", want: { type: "empty" } },
    { line: "exit", want: { type: "command", name: "quit", rest: "" } },
    { line: "exit now", want: { type: "text", text: "exit now" } },
    { line: "/talk  bob ", want: { type: "command", name: "talk", rest: "bob" } },
    { line: "!TALK bob", want: { type: "command", name: "talk", rest: "bob" } },
    { line: "/", want: { type: "command", name: "", rest: "" } },
    { line: "/usr/bin\nx", want: { type: "command", name: "usr/bin", rest: "x" } },
    { line: "//x", want: { type: "text", text: "/x" } },
    { line: "!!x", want: { type: "text", text: "!x" } },
    { line: "!", want: { type: "text", text: "!" } },
    { line: "!? what", want: { type: "text", text: "!? what" } },
    { line: "##1", want: { type: "text", text: "#1" } },
    { line: "#ops it works", want: { type: "to", target: "#ops", text: "it works" } },
    { line: "@bob a\nb", want: { type: "to", target: "@bob", text: "a\nb" } },
    { line: "@bob", want: { type: "to", target: "@bob", text: "" } },
    { line: "# a", want: { type: "text", text: "# a" } },
    { line: " /x", want: { type: "text", text: " /x" } },
  ])("$line", ({ line, want }) => {
    expect(parseInput(line)).toEqual(want);
  });

  test.each([
    { word: "tlak", want: "talk" },
    { word: "hist", want: "history" },
    { word: "qiut", want: "quit" },
    { word: "memebrs", want: "members" },
    { word: "xyzzy", want: undefined },
    { word: "", want: undefined },
  ])("the command nearest to $word is $want", ({ word, want }) => {
    expect(
      nearest(
        word,
        COMMANDS.map(({ name }) => name),
      ),
    ).toBe(want);
  });

  test("half a million letters behind a slash are nearest to nothing, and that is known at once", () => {
    const startedAt = performance.now();
    expect(nearest(`talk${"k".repeat(500_000)}`, ["talk"])).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(100);
  });
});

describe("rooms", () => {
  const other = { ...general, roomId: "ab".repeat(32) };

  test("of one name are told apart, and a name without more is refused", () => {
    const rooms = roomsOf([general, other]);
    expect([...rooms.tags.values()]).toEqual(["#General~aaaa", "#General~abab"]);
    expect(findRoom(rooms, "#general")).toEqual({ type: "several", tags: ["#General~aaaa", "#General~abab"] });
    expect(findRoom(rooms, "#General~abab")).toEqual({ type: "room", room: other });
    expect(findRoom(rooms, other.roomId)).toEqual({ type: "room", room: other });
  });

  test("whose name looks like a message are shown as one word", () => {
    const rooms = roomsOf([{ ...general, name: "x bob: hi\u001b[2J\u202e" }]);
    expect([...rooms.tags.values()]).toEqual(["#x-bob-hi�[2J�"]);
  });
});

test("every command stands in the manual", () => {
  const manual = readFileSync(join(import.meta.dirname, "../../../docs/terminal.md"), "utf8");
  const named = COMMANDS.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  for (const name of named) expect(manual, name).toMatch(new RegExp(`^\\|.*\`/${name}[ \`]`, "m"));
});

test("every command is in /help, and no line of it is longer than 96 characters", () => {
  const lines = help("").map((line) => renderLine(line, false));
  for (const { name } of COMMANDS) expect(lines.join("\n")).toContain(`  /${name}`);
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(96);
  expect(
    unknownCommand("hlep")
      .map((line) => renderLine(line, false))
      .join("\n"),
  ).toContain("did you mean /help?");
});

test("of a message that will not be sent the text is shown, and none of its lines looks like one of ours", async () => {
  const client = world([general, alice]);
  const lost = { roomId: general.roomId, messageId: "0a".repeat(16), text: "a long\n[error] thought" };
  const tell = () => client.emit({ type: "warning", code: "not-delivered", ...lost });
  const { seen } = await play(client, [tell, () => tick(20)], { password: "right horse" });
  expect(seen.join("\n")).toContain("[info] the text was: a long\n    [error] thought\n");
});

test("every refusal and warning has words and a hint", () => {
  for (const code of CODES) {
    const { what, hint } = refusalWords({ code, message: "" });
    expect(what).toMatch(/^[a-z].*[^.]$/);
    expect(hint.length).toBeGreaterThan(5);
  }
  for (const code of WARNINGS) expect(warningWords({ type: "warning", code }).what.length).toBeGreaterThan(5);
  expect(refusalWords({ code: "locked", message: "", retryMs: 61_000 }).hint).toBe("try again in 61 seconds");
  expect(Object.keys(say().words.refusals).sort()).toEqual([...CODES].sort());
});

test("whatever a line is made of, only the styles of this program are escapes, and only with colour", () => {
  const hostile = "a\u001b[31mb\u009b2J\r\n\u202ec\u0007";
  const line = [hostile, { text: hostile }, { text: hostile, style: "bold" as const }, { text: hostile, lines: true }];
  const shown = "a\ufffd[31mb\ufffd2J\u23ce\ufffdc\ufffd";
  const plain = `${shown}${shown}${shown}${shown.replace("\u23ce", "\n    ")}`;
  expect(renderLine(line, false)).toBe(plain);
  expect(renderLine(line, true).replace("\u001b[1m", "").replace("\u001b[0m", "")).toBe(plain);
});

test("the digest names who wrote, and not a hundred of them", () => {
  expect(
    unreadDigest([
      { username: "alice", count: 3 },
      { username: "bob", count: 1 },
    ]),
  ).toBe("3 unread from alice, 1 from bob");
  const many = Array.from({ length: 12 }, (_, index) => ({ username: `u${index}`, count: 1 }));
  expect(unreadDigest(many)).toMatch(/u9 and 2 others$/);
});

test.each([
  { password: "short", want: "short" },
  { password: "my-BOB-password", want: "has-name" },
  { password: "aaaaaaaaaaaaaa", want: "fair" },
  { password: "hello hello hello", want: "fair" },
  { password: "four random words", want: "good" },
  { password: "correct horse battery staple", want: "strong" },
])("the password $password is $want", ({ password, want }) => {
  expect(passwordStrength(password, "bob")).toBe(want);
});

describe("a QR code", () => {
  const terminal = { isTerminal: true, colour: true, byEar: false };
  const uri = "otpauth://totp/sotto:alice%40chat.example.org?issuer=sotto&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

  test("is black on white with a quiet zone, and fits a terminal of 80 by 24", () => {
    const qr = qrCode(uri, terminal, { columns: 80, rows: 24 }, 2);
    expect(qr.type).toBe("lines");
    if (qr.type !== "lines") return;
    const rows = qr.lines.map((line) => renderLine(line, true));
    expect(rows.length).toBeLessThanOrEqual(22);
    for (const row of rows) expect(row).toMatch(/^\u001b\[38;5;16;48;5;231m[ ▀▄█]+\u001b\[0m$/);
    expect(rows[0]).not.toMatch(/[▀▄█]/);
  });

  test("is black on white also for who wants no colour: in any other way it may not be read", () => {
    const qr = qrCode(uri, lookOf(true, { NO_COLOR: "1" }), { columns: 80, rows: 24 }, 2);
    const rows = qr.type === "lines" ? qr.lines.map((line) => renderLine(line, false)) : [];
    expect(rows.length).toBeGreaterThan(10);
    for (const row of rows) expect(row).toMatch(/^\u001b\[38;5;16;48;5;231m[ ▀▄█]+\u001b\[0m$/);
  });

  test("is not clipped by a small terminal, and not drawn without a terminal or for who asked for plain lines", () => {
    expect(qrCode(uri, lookOf(true, { SOTTO_PLAIN: "1" }), { columns: 80, rows: 24 }, 2)).toEqual({ type: "none" });
    expect(qrCode(uri, lookOf(true, {}, true), { columns: 80, rows: 24 }, 2)).toEqual({ type: "none" });
    expect(lookOf(true, { NO_COLOR: "1" }).colour).toBe(false);
    expect(lookOf(false, {}).colour).toBe(false);
    expect(qrCode(uri, terminal, { columns: 40, rows: 10 }, 2)).toMatchObject({ type: "too-small" });
    // No code holds it.
    expect(qrCode("é".repeat(1500), terminal, { columns: 300, rows: 200 }, 2)).toMatchObject({ type: "too-small" });
    expect(qrCode("\ud800", terminal, { columns: 80, rows: 24 }, 2)).toMatchObject({ type: "lines" });
    expect(qrCode(uri, { ...terminal, isTerminal: false }, { columns: 80, rows: 24 }, 2)).toEqual({ type: "none" });
  });
});
