import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { rowsOf as factRows } from "../src/commands/rows.ts";
import { keymapOf } from "../src/full/keymap.ts";
import { factsOf } from "../src/full/of-message.ts";
import { Help } from "../src/full/overlays/help.ts";
import { membersOverlay } from "../src/full/overlays/members.ts";
import { Pager } from "../src/full/overlays/pager.ts";
import { type PaletteChoice, palette } from "../src/full/overlays/palette.ts";
import { QrOverlay } from "../src/full/overlays/qr.ts";
import { roomsOverlay } from "../src/full/overlays/rooms.ts";
import { Verify } from "../src/full/overlays/verify.ts";
import type { Member, Person, RoomState } from "../src/full/state.ts";
import { error, info, type Line } from "../src/output.ts";
import { LANGUAGES, say, setLanguage } from "../src/text/index.ts";
import { FakeClient, refusal } from "./fake-client.ts";
import { drawAtAllSizes, expectGolden, Stage } from "./overlay-stage.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
  setLanguage("en");
});

const LOOK = { isTerminal: true, colour: true, byEar: false };
const { keymap } = keymapOf(undefined);
const HOSTILE = "\u001b[2J\u202eevil\u0007👨‍👩‍👧‍👦日本Z\u0300\u0301";

let number = 0;
function room(tag: string, more: Partial<RoomState> = {}): RoomState {
  number++;
  const base = {
    roomId: `r${tag}`,
    number,
    kind: tag.startsWith("@") ? "direct" : "room",
    tag,
    unread: 0,
    mentions: 0,
  };
  return { ...base, members: 3, muted: false, hasDraft: false, peer: undefined, ...more } as RoomState;
}

function person(username: string, more: Partial<Person> = {}): Person {
  return { accountId: `a-${username}`, username, online: true, verified: false, doubt: undefined, ...more };
}

const PEOPLE: ReadonlyMap<string, Person> = new Map(
  [
    person("me"),
    person("alice", { verified: true }),
    person("bob", { online: false }),
    person("carol", { doubt: "identity-changed" }),
    person("eve", { online: undefined }),
  ].map((one) => [one.accountId, one]),
);
const ME = { username: "me", accountId: "a-me", deviceId: "d" };

function rooms(): readonly RoomState[] {
  number = 0;
  return [
    room("#general"),
    room("#ops", { unread: 17, mentions: 2 }),
    room("@alice", { peer: "a-alice", unread: 1 }),
    room("#family", { unread: 3, hasDraft: true }),
    room("#noise", { unread: 400, mentions: 4, muted: true }),
  ];
}

describe("the palette", () => {
  function open(all = rooms(), people = PEOPLE): { stage: Stage; chosen: PaletteChoice[] } {
    const stage = new Stage();
    const chosen: PaletteChoice[] = [];
    stage.open(palette({ state: { rooms: all, people, me: ME }, keymap, run: (choice) => chosen.push(choice) }));
    return { stage, chosen };
  }

  test("shows first what wants attention, each with what it is and its key", () => {
    const { stage } = open();
    expectGolden("palette", stage);
  });

  test("takes a room, and closes", () => {
    const { stage, chosen } = open();
    expect(stage.press("gen<enter>")).toBe("close");
    expect(chosen).toEqual([{ type: "room", roomId: "r#general" }]);
    expect(stage.stack).toEqual([]);
  });

  test("takes a person whom one has never talked to, and the conversation with one whom one has", () => {
    const first = open();
    first.stage.press("@bob<enter>");
    expect(first.chosen).toEqual([{ type: "person", username: "bob", accountId: "a-bob" }]);
    const second = open();
    second.stage.press("@ali<enter>");
    expect(second.chosen).toEqual([{ type: "room", roomId: "r@alice" }]);
  });

  test("runs a command, and writes the beginning of one that needs more", () => {
    const first = open();
    first.stage.press(">whoami<enter>");
    expect(first.chosen).toEqual([{ type: "command", text: "/whoami" }]);
    const second = open();
    second.stage.press("/invi<enter>");
    expect(second.chosen).toEqual([{ type: "compose", text: "/invite " }]);
  });

  test("finds an action by its words, and shows its key", () => {
    const { stage, chosen } = open();
    stage.press("search everyw");
    expect(stage.see().join("\n")).toContain("Ctrl-F");
    stage.press("<enter>");
    expect(chosen).toEqual([{ type: "action", name: "search-all" }]);
  });

  test("a sign leaves one kind, and only what is meant is found", () => {
    const { stage } = open();
    stage.press("#");
    const seen = stage.see().join("\n");
    expect(seen).toContain("#general");
    expect(seen).not.toContain("@alice");
    stage.press("zzz");
    expect(stage.see().join("\n")).toContain("nothing fits");
    expect(stage.press("<enter>")).toBe("taken");
    expect(stage.press("<escape>")).toBe("close");
  });

  test("moves with arrows and the mouse, and what is chosen is always in view", () => {
    const many = Array.from({ length: 200 }, (_, index) => room(`#room-${index}`));
    const { stage, chosen } = open(many, new Map());
    stage.see();
    stage.press("<down>".repeat(50));
    expect(stage.see().join("\n")).toContain("▸ #room-50 ");
    stage.press("<pageup>");
    expect(stage.see().filter((line) => line.includes("▸"))).toHaveLength(1);
    const row = stage.see().findIndex((line) => line.includes("▸")) + 1;
    const tag = /#room-\d+/.exec(stage.see()[row] ?? "")?.[0];
    stage.key({ type: "mouse", action: "press", button: 0, row, column: 20 });
    expect(chosen).toEqual([{ type: "room", roomId: `r${tag}` }]);
  });

  test("looks through ten thousand entries at each key", () => {
    const many = Array.from({ length: 10_000 }, (_, index) => room(`#room-${index}`));
    const { stage, chosen } = open(many, new Map());
    stage.press("rm9999<enter>");
    expect(chosen).toEqual([{ type: "room", roomId: "r#room-9999" }]);
  });

  test("draws at any size, with the names that others chose", () => {
    const { stage } = open([room(HOSTILE)], new Map([["x", person(HOSTILE)]]));
    drawAtAllSizes(stage);
    stage.press("evil");
    drawAtAllSizes(stage);
  });
});

describe("the list of conversations", () => {
  test("is by number, alive, and opens one", () => {
    const stage = new Stage();
    const opened: string[] = [];
    let all = rooms();
    stage.open(roomsOverlay({ rooms: () => all, people: () => PEOPLE, keymap, open: (roomId) => opened.push(roomId) }));
    expectGolden("rooms", stage);
    all = [...all, room("#new")];
    expect(stage.see(24, 80).join("\n")).toContain("#new");
    drawAtAllSizes(stage);
    stage.press("fam<enter>");
    expect(opened).toEqual(["r#family"]);
  });

  test("closes with the key that opened it", () => {
    const stage = new Stage();
    stage.open(roomsOverlay({ rooms, people: () => PEOPLE, keymap, open: () => {} }));
    expect(stage.press("<f7>")).toBe("close");
  });
});

describe("the list of members", () => {
  const MEMBERS: readonly Member[] = ["alice", "bob", "carol", "me"].map((username) => ({
    accountId: `a-${username}`,
    username,
    role: username === "alice" ? "owner" : "member",
  }));

  function open(members = MEMBERS): { stage: Stage; did: string[] } {
    const stage = new Stage();
    const did: string[] = [];
    stage.open(
      membersOverlay({
        tag: "#general",
        me: "a-me",
        members: () => members,
        people: () => PEOPLE,
        open: ({ username }) => did.push(`open ${username}`),
        verify: ({ username }) => did.push(`verify ${username}`),
      }),
    );
    return { stage, did };
  }

  test("says in words who is there, who is verified, and what is wrong", () => expectGolden("members", open().stage));

  test("opens a conversation, and compares safety words", () => {
    const first = open();
    first.stage.press("<down><enter>");
    expect(first.did).toEqual(["open bob"]);
    const second = open();
    expect(second.stage.press("v")).toBe("close");
    expect(second.did).toEqual(["verify alice"]);
  });

  test("letters are keys until / makes them a search", () => {
    const { stage, did } = open();
    stage.press("/ev");
    expect(stage.see().join("\n")).toContain("nobody here");
    expect(did).toEqual([]);
    stage.press("<escape>");
    expect(stage.see().join("\n")).toContain("bob");
    expect(stage.press("<escape>")).toBe("close");
  });

  test("oneself is neither talked to nor verified", () => {
    const { stage, did } = open();
    stage.press("<ctrl+end>v");
    expect(stage.stack).toHaveLength(1);
    stage.press("<enter>");
    expect(did).toEqual([]);
  });

  test("draws at any size, with the names that others chose", () => {
    drawAtAllSizes(open([{ accountId: "x", username: HOSTILE, role: "member" }]).stage);
    drawAtAllSizes(open([]).stage);
  });
});

describe("help", () => {
  function open(toml?: string): Stage {
    const stage = new Stage();
    stage.open(new Help(keymapOf(toml).keymap));
    return stage;
  }

  test("shows keys as they are bound, then every command", () => {
    expectGolden("help", open());
    const bound = open('palette = ["ctrl+g"]\nsuspend = ""');
    bound.press("go to a room or person");
    expect(bound.see().join("\n")).toMatch(/Ctrl-G +go to a room/);
    expect(bound.see().join("\n")).not.toContain("Ctrl-K");
  });

  test("is searched by typing, and the headings stay with what is found", () => {
    const stage = open();
    stage.press("verify");
    const seen = stage.see().join("\n");
    expect(seen).toContain("/verify NAME");
    expect(seen).toContain("commands: trust");
    expect(seen).not.toContain("/leave");
    expect(stage.press("<escape>")).toBe("taken");
    expect(stage.press("<escape>")).toBe("close");
  });

  test("says while it is searched what actions are called in keys.toml", () => {
    const stage = open();
    expect(stage.see(24, 80).join("\n")).not.toContain("next-unread");
    stage.press("next-unr");
    expect(stage.see(24, 80).join("\n")).toContain("(next-unread)");
  });

  test("says how text is marked while the mouse is sotto's", () => {
    const stage = open();
    stage.press("mouse");
    expect(stage.see(24, 80).join("\n")).toContain("mark and copy with the terminal");
  });

  test("scrolls to its end and no further", () => {
    const stage = open();
    stage.see();
    stage.press("<pagedown>".repeat(50));
    const end = stage.see();
    stage.press("<pagedown>");
    expect(stage.see()).toEqual(end);
    expect(end.join("\n")).toContain("/stop");
    drawAtAllSizes(stage);
  });

  test.each(Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[])("is whole in %s", (language) => {
    setLanguage(language);
    const stage = open();
    stage.press("ctrl-r");
    expect(stage.see().join("\n")).toContain("Ctrl-R");
    drawAtAllSizes(stage);
  });
});

describe("the pager", () => {
  const LINES: readonly Line[] = Array.from({ length: 100 }, (_, index) => info(`line ${index + 1} of many`));

  test("scrolls through what a command printed", () => {
    const stage = new Stage();
    stage.open(new Pager("/users", LINES));
    expectGolden("pager", stage);
    stage.see(24, 80);
    stage.press("<end>");
    expect(stage.see().join("\n")).toContain("line 100 of many");
    expect(stage.see().join("\n")).not.toContain("[info]");
    stage.press("<home>");
    expect(stage.see().join("\n")).toContain("line 1 of many");
    expect(stage.press("<escape>")).toBe("close");
  });

  test.each(["hello", "no", "x"])("says that %s, typed into it, goes nowhere, until another key is pressed", (text) => {
    const stage = new Stage();
    stage.open(new Pager("/users", LINES));
    stage.see();
    stage.press(text);
    expect(stage.see().join("\n")).toContain("what you type here goes nowhere");
    stage.press("<down>");
    expect(stage.see().join("\n")).toContain("line 2 of many");
    expect(stage.see().join("\n")).not.toContain("goes nowhere");
  });

  test.each(["en", "fr"] as const)("shows ids whole in a window of the usual size, %s", (language) => {
    setLanguage(language);
    const account = "1a".repeat(32);
    const text = say().commands.info;
    const said = { messageId: "2b".repeat(16), seq: 1, sender: "bob", senderId: account, sentAt: 1, text: "" };
    const message = { type: "message", key: "", own: false, mention: false, ...said } as const;
    for (const lines of [
      factRows([
        [text.verified, text.isVerified],
        [text.account, account],
      ]),
      factsOf(message, new Map()),
    ]) {
      const stage = new Stage();
      stage.open(new Pager("/info", lines));
      const rows = stage.see(24, 80).map((row) => row.replace(/[│ ]/g, ""));
      expect(rows).toContain(account);
    }
  });

  test("is searched, forwards and back, around its ends", () => {
    const stage = new Stage();
    stage.open(new Pager("/users", LINES));
    stage.see();
    stage.press("/line 7<enter>");
    stage.see();
    expect(stage.drawnIn("match")).toEqual(["line 7 of many"]);
    stage.press("n");
    expect(stage.drawnIn("match")).toEqual(["line 70 of many"]);
    stage.press("NN");
    expect(stage.drawnIn("match")).toEqual(["line 79 of many"]);
    stage.press("/<escape>");
    expect(stage.drawnIn("match")).toEqual([]);
  });

  test("draws hostile and endless lines at any size", () => {
    const stage = new Stage();
    stage.open(
      new Pager(HOSTILE, [
        [HOSTILE],
        [{ text: `${HOSTILE}\n`.repeat(50), lines: true }],
        ["x".repeat(20_000)],
        error(),
      ]),
    );
    drawAtAllSizes(stage);
    stage.press("/evil");
    drawAtAllSizes(stage);
  });
});

describe("safety words", () => {
  const WORDS = "apple bread chair dance eagle fruit grape house ivory juice knife lemon";

  function open(handlers: FakeClient["handlers"] = {}): { stage: Stage; client: FakeClient; done: unknown[] } {
    const stage = new Stage();
    const done: unknown[] = [];
    const client = new FakeClient({
      "contact.safetyWords": () => ({ ok: true, value: { words: WORDS, verified: false } }),
      "contact.verify": () => ({ ok: true, value: {} }),
      ...handlers,
    });
    stage.open(
      new Verify({
        client,
        overlays: stage,
        mark: async () => (await client.request("contact.verify", { username: "carol" })).ok,
        username: "carol",
        me: "alice",
        done: (verified, lines) => done.push({ verified, lines: lines.length }),
      }),
    );
    return { stage, client, done };
  }

  const sees = (stage: Stage, text: string): Promise<void> =>
    vi.waitFor(() => expect(stage.see(24, 80).join("\n")).toContain(text));

  test("show a clock while they are made, then three rows, and no timer stays", async () => {
    let answer = (): void => {};
    const { stage } = open({
      "contact.safetyWords": async () => {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return { ok: true, value: { words: WORDS, verified: false } };
      },
    });
    await vi.advanceTimersByTimeAsync(2000);
    expect(stage.see().join("\n")).toContain("2 s");
    await vi.waitFor(() => {
      answer();
      expect(stage.see().join("\n")).toContain("apple");
    });
    expect(vi.getTimerCount()).toBe(0);
    expectGolden("verify", stage);
    drawAtAllSizes(stage);
  });

  test("of the longest there are stand in three rows at 40x10, with all answers", async () => {
    const long = Array.from({ length: 12 }, () => "abstract");
    const { stage } = open({
      "contact.safetyWords": () => ({ ok: true, value: { words: long.join(" "), verified: false } }),
    });
    await sees(stage, "abstract");
    const rows = stage.see(10, 40);
    expect(rows.filter((row) => row.includes("abstract abstract abstract abstract"))).toHaveLength(3);
    expect(rows.join("\n")).toContain("they do not match");
    expect(rows.join("\n")).toContain("later");
  });

  test("that do not fit cannot be said to match", async () => {
    const { stage, client } = open();
    await sees(stage, "apple");
    stage.see(5, 20);
    stage.press("yn");
    expect(client.calls).toHaveLength(1);
    expect(stage.see(24, 80).join("\n")).toContain("apple");
    stage.press("y");
    await vi.waitFor(() => expect(client.calls).toHaveLength(2));
  });

  test("y marks the person, once", async () => {
    const { stage, client, done } = open();
    await sees(stage, "apple");
    stage.press("yy");
    await vi.waitFor(() => expect(done).toEqual([{ verified: true, lines: 1 }]));
    expect(client.calls.filter(({ method }) => method === "contact.verify")).toHaveLength(1);
    expect(stage.stack).toEqual([]);
  });

  test("that could not be kept as matching close, and verify nobody", async () => {
    const { stage, done } = open({ "contact.verify": () => refusal("offline") });
    await sees(stage, "apple");
    stage.press("y");
    await vi.waitFor(() => expect(done).toEqual([{ verified: false, lines: 0 }]));
    expect(stage.stack).toEqual([]);
  });

  test("say of what is typed over them that it goes nowhere, and take no answer from it", async () => {
    const { stage, client } = open();
    const said = () => stage.see(24, 80).join("\n").includes("what you type here goes nowhere");
    stage.press("h");
    expect(said()).toBe(true);
    await sees(stage, "apple");
    stage.press("h");
    expect(said()).toBe(true);
    stage.press("<up>");
    expect(said()).toBe(false);
    stage.key({ type: "paste", text: "yes" });
    expect(said()).toBe(true);
    expect(client.calls).toHaveLength(1);
  });

  test("n says what that means, and marks nothing", async () => {
    const { stage, client, done } = open();
    await sees(stage, "apple");
    stage.press("n");
    await sees(stage, "is not the one that carol uses");
    expect(stage.press("<escape>")).toBe("close");
    expect(client.calls.map(({ method }) => method)).toEqual(["contact.safetyWords"]);
    expect(done).toEqual([{ verified: false, lines: 0 }]);
  });

  test("are answered in the language of the person, and not by a paste", async () => {
    setLanguage("fr");
    const { stage, client } = open();
    await sees(stage, "apple");
    stage.press("y");
    stage.key({ type: "paste", text: "o" });
    expect(client.calls).toHaveLength(1);
    stage.press("o");
    await vi.waitFor(() => expect(client.calls).toHaveLength(2));
  });

  test.each(["<enter>", " ", "<tab>"])("%s is no answer", async (keys) => {
    const { stage, client, done } = open();
    await sees(stage, "apple");
    stage.press(keys);
    expect(done).toEqual([]);
    expect(client.calls).toHaveLength(1);
  });

  test("of somebody verified already ask nothing", async () => {
    const { stage, client } = open({
      "contact.safetyWords": () => ({ ok: true, value: { words: WORDS, verified: true } }),
    });
    await sees(stage, "verified already");
    stage.press("y");
    expect(client.calls).toHaveLength(1);
  });

  test("that are refused say why", async () => {
    const { stage, done } = open({ "contact.safetyWords": () => refusal("unknown-user") });
    await sees(stage, "nobody here has that name");
    stage.press("<enter>");
    expect(done).toHaveLength(1);
  });
});

describe("a QR code", () => {
  const LINK = `sotto://chat.example.org:7878/#r=${"a".repeat(64)}&k=${"A".repeat(43)}&s=${"B".repeat(43)}`;

  function open(look = LOOK, copy: (text: string) => boolean = () => true): Stage {
    const stage = new Stage();
    stage.open(new QrOverlay({ title: "link of #general", text: LINK, look, copy }));
    return stage;
  }

  test("is whole with its text below, or in words too large", () => {
    const stage = open();
    stage.see(48, 160);
    expect(stage.drawnIn("qr").length).toBeGreaterThan(20);
    expect(stage.see(48, 160).join("")).toContain(LINK);
    expectGolden("qr", stage);
    expect(stage.drawnIn("qr")).toEqual([]);
  });

  test.each([
    { rows: 20, columns: 80 },
    { rows: 30, columns: 80 },
    { rows: 48, columns: 30 },
    { rows: 48, columns: 160 },
    { rows: 10, columns: 40 },
  ])("at $columns x $rows is never cut, and the text is always whole", ({ rows, columns }) => {
    const stage = open();
    const canvas = stage.canvas(rows, columns);
    const text = canvas.lines().join("").replace(/\s/g, "");
    expect(text).toContain(LINK);
    expect([0, 23, 24, 25, 26, 27, 28, 29, 30, 31]).toContain(stage.drawnIn("qr").length);
  });

  test("says of what is typed over it that it goes nowhere, until the next key that it knows", () => {
    const stage = open();
    const said = () => stage.see(48, 160).join("\n").includes("what you type here goes nowhere");
    stage.press("h");
    expect(said()).toBe(true);
    stage.press("t");
    expect(said()).toBe(false);
    stage.key({ type: "paste", text: "a whole sentence" });
    expect(said()).toBe(true);
    expect(stage.press("<escape>")).toBe("close");
  });

  test("t shows the text alone", () => {
    const stage = open();
    stage.see(48, 160);
    stage.press("t");
    expect(stage.drawnIn("qr")).toEqual([]);
    stage.press("t");
    expect(stage.drawnIn("qr").length).toBeGreaterThan(20);
    expect(stage.press("<escape>")).toBe("close");
    drawAtAllSizes(open());
  });

  test("y copies the text and says so, until the next key", () => {
    const copied: string[] = [];
    const stage = open(LOOK, (text) => copied.push(text) > 0);
    expect(stage.see(48, 160).at(-1)).toContain("y copies it");
    stage.press("y");
    expect(copied).toEqual([LINK]);
    expect(stage.see(48, 160).at(-1)).toBe("copied");
    stage.press("t");
    expect(stage.see(48, 160).at(-1)).toContain("t shows the QR code");
    const refusing = open(LOOK, () => false);
    refusing.press("y");
    expect(refusing.see(48, 160).at(-1)).toContain("takes nothing to copy");
  });

  test("its text stands alone in its rows, so that the terminal's own selection takes it whole", () => {
    const rows = open().see(48, 40);
    const first = rows.findIndex((row) => row.includes("sotto://"));
    expect(rows.slice(first, first + Math.ceil(LINK.length / 40)).join("")).toBe(LINK);
  });

  test("is there also for who wants no colour, and none without a terminal", () => {
    const plain = open({ ...LOOK, colour: false });
    plain.see(48, 160);
    expect(plain.drawnIn("qr").length).toBeGreaterThan(20);
    const stage = open({ ...LOOK, isTerminal: false });
    stage.see(48, 160);
    expect(stage.drawnIn("qr")).toEqual([]);
    expect(stage.see(48, 160).join("")).toContain(LINK);
  });
});
