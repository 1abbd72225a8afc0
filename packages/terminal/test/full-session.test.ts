/** The full screen without its terminal: keys in, requests out, and what is shown after the engine's answers. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RoomLine } from "@sotto/core";
import { LIMITS } from "@sotto/wire";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Canvas } from "../src/full/canvas.ts";
import { collapsed } from "../src/full/collapsed.ts";
import { typed } from "../src/full/model/composing.ts";
import { linkTarget } from "../src/full/sgr.ts";
import { EMPTY_COMPOSER, textOf } from "../src/screen/composer.ts";
import { ok, refusal } from "./fake-client.ts";
import { alice, carol, FakeEngine, family, ops, settled, spanText, stage, tidy } from "./full-stage.ts";
import { ROLE_THEME } from "./overlay-stage.ts";

afterEach(tidy);

describe("a conversation", () => {
  test("is opened by its number, with what was said last", async () => {
    const engine = new FakeEngine();
    for (let seq = 1; seq <= 250; seq++) engine.say(ops, `text ${seq}`);
    const on = await stage(engine);
    on.press("alt+1");
    await settled();
    expect(on.shown().at(-1)).toBe("text 250");
    expect(on.shown()).toHaveLength(100);
    expect(on.chat.session.board.model.open?.members).toHaveLength(1);
  });

  test("takes the text that is typed before anything of it is read", async () => {
    const on = await stage();
    on.press("alt+1");
    await settled();
    on.press("alt+2");
    on.type("hello");
    on.press("enter");
    await settled();
    expect(on.engine.asked("message.send")).toMatchObject([{ roomId: family, text: "hello" }]);
  });

  test("shows what comes, and tells the engine that it was read", async () => {
    const on = await stage();
    on.press("alt+1");
    await settled();
    on.engine.hear(ops, "one");
    on.engine.hear(ops, "two");
    await settled();
    expect(on.shown()).toEqual(["one", "two"]);
    expect(on.engine.asked("message.markRead").at(-1)).toEqual({ roomId: ops, seq: 2 });
  });

  test("asks the vault and writes to it now and then while messages stream in, and has all of them at the end", async () => {
    const on = await stage();
    on.press("alt+1");
    await settled();
    const before = on.engine.asked("timeline.list").length;
    vi.useFakeTimers();
    for (let seq = 1; seq <= 100; seq++) {
      on.engine.hear(ops, `text ${seq}`);
      await vi.advanceTimersByTimeAsync(10);
    }
    await vi.advanceTimersByTimeAsync(100);
    expect(on.shown()).toHaveLength(100);
    expect(on.engine.asked("timeline.list").length - before).toBeLessThan(45);
    expect(on.engine.asked("message.markRead").length).toBeLessThan(5);
    vi.useRealTimers();
    await on.chat.session.end();
    expect(on.engine.asked("message.markRead").at(-1)).toEqual({ roomId: ops, seq: 100 });
  });

  test("is not marked as read while another window has the keyboard, but when it comes back", async () => {
    const on = await stage();
    on.press("alt+1");
    await settled();
    on.chat.press({ type: "focus", focused: false });
    on.engine.hear(ops, "one");
    await settled();
    expect(on.shown()).toEqual(["one"]);
    expect(on.engine.asked("message.markRead")).toEqual([]);
    expect(on.chat.session.board.model.rooms[0]).toMatchObject({ unread: 1 });
    on.chat.press({ type: "focus", focused: true });
    await settled();
    expect(on.engine.asked("message.markRead")).toEqual([{ roomId: ops, seq: 1 }]);
    expect(on.chat.session.board.model.rooms[0]).toMatchObject({ unread: 0 });
    expect(on.chat.session.board.model.open).toMatchObject({ newCount: 1 });
  });

  test("costs what its window costs: the engine is asked for pages, never for all", async () => {
    const engine = new FakeEngine();
    for (let seq = 1; seq <= 3000; seq++) engine.say(ops, `text ${seq}`);
    const on = await stage(engine);
    on.press("alt+1");
    await settled();
    on.press("pageup");
    for (let page = 0; page < 8; page++) await on.chat.session.timelines.older();
    const { items } = on.chat.session.board.model.open ?? { items: [] };
    expect(items.length).toBeLessThanOrEqual(600);
    expect(on.chat.session.board.model.open?.atEnd).toBe(false);
    on.press("alt+end");
    await settled();
    expect(on.shown().at(-1)).toBe("text 3000");
    on.press("alt+home");
    await settled();
    expect(on.shown()[0]).toBe("text 1");
  });

  test("the one that was open last is open after a restart, with its draft", async () => {
    const on = await stage();
    on.press("alt+2");
    on.type("half a thought");
    await settled();
    await on.chat.session.end();
    const again = await stage(on.engine);
    expect(again.chat.session.board.model.open?.roomId).toBe(family);
    expect(typed(again.chat.session.board.model)).toBe("half a thought");
  });
});

test("what came below is not counted any more once one has scrolled to it", async () => {
  const engine = new FakeEngine();
  for (let seq = 1; seq <= 60; seq++) engine.say(ops, `text ${seq}`);
  const on = await stage(engine);
  on.press("alt+1");
  await settled();
  on.press("pageup");
  engine.hear(ops, "more");
  await settled();
  expect(on.chat.session.board.model.open).toMatchObject({ newBelow: 1, newAfter: 60 });
  on.press("pagedown", "pagedown");
  await settled();
  expect(on.chat.session.board.model.open).toMatchObject({ newBelow: 0, scroll: { type: "follow" } });
  await vi.waitFor(() => expect(engine.asked("message.markRead").at(-1)).toEqual({ roomId: ops, seq: 61 }));
});

test("work that is asked for while it is done is done once more", async () => {
  let asked = 0;
  const work = collapsed(async () => {
    asked++;
    await new Promise((resolve) => setTimeout(resolve, 1));
  });
  await Promise.all([work(), work(), work()]);
  expect(asked).toBe(2);
  await work();
  expect(asked).toBe(3);
});

test("what comes in a burst does not take away what one has scrolled to", async () => {
  const engine = new FakeEngine();
  for (let seq = 1; seq <= 590; seq++) engine.say(ops, `text ${seq}`);
  const on = await stage(engine);
  on.press("alt+1");
  await settled();
  on.press("alt+home");
  await settled();
  for (let page = 0; page < 5; page++) await on.chat.session.timelines.newer();
  expect([on.shown().at(0), on.shown().at(-1)]).toEqual(["text 1", "text 590"]);
  for (let index = 0; index < 50; index++) engine.hear(ops, `more ${index}`);
  await settled();
  expect(on.shown().at(0)).toBe("text 1");
  expect(on.chat.session.board.model.open).toMatchObject({ atEnd: false, newBelow: 50, scroll: { type: "at" } });
  on.press("end");
  await settled();
  expect(on.shown().at(-1)).toBe("more 49");
});

describe("a text of one's own", () => {
  test("is shown at once, and once, when the engine has it in the log", async () => {
    const on = await stage();
    on.press("alt+1");
    await settled();
    const gate = Promise.withResolvers<void>();
    on.engine.gate = gate.promise;
    on.type("mine");
    on.press("enter");
    expect(on.shown()).toEqual(["mine"]);
    expect(on.chat.session.board.model.waiting).toBe(1);
    expect(typed(on.chat.session.board.model)).toBe("");
    gate.resolve();
    await settled();
    expect(on.shown()).toEqual(["mine"]);
    expect(on.chat.session.board.model.open?.items[0]?.type).toBe("message");
    expect(on.chat.session.board.model.waiting).toBe(0);
  });

  test("that was refused stays with its reason over a restart, and can be sent again", async () => {
    const on = await stage();
    on.press("alt+1");
    await settled();
    on.engine.answer = refusal("relay-full");
    on.type("mine");
    on.press("enter");
    await settled();
    await on.chat.session.end();
    const again = await stage(on.engine);
    expect(again.chat.session.board.model.open?.items).toMatchObject([{ type: "failed", text: "mine" }]);
    on.engine.answer = undefined;
    again.press("up");
    again.type("s");
    await settled();
    expect(again.chat.session.board.model.open?.items).toMatchObject([{ type: "message", text: "mine" }]);
    expect([...on.engine.notes.keys()].filter((key) => key.startsWith("failed/"))).toEqual([]);
  });

  test("that was refused goes back into the composer, or away", async () => {
    const on = await stage();
    on.press("alt+1");
    await settled();
    on.engine.answer = refusal("too-long");
    for (const text of ["one", "two"]) {
      on.type(text);
      on.press("enter");
    }
    await settled();
    on.press("up");
    on.type("e");
    await settled();
    expect(typed(on.chat.session.board.model)).toBe("two");
    on.press("ctrl+c", "up");
    on.type("x");
    await settled();
    expect(on.shown()).toEqual([]);
    expect(on.chat.session.board.model.toast?.line.map(spanText).join("")).toContain("Ctrl-Y");
    on.type("not ");
    on.press("ctrl+y");
    expect(typed(on.chat.session.board.model)).toBe("not one");
  });

  test("that waits can be taken back, and what the engine says of it then is no news", async () => {
    const on = await stage();
    on.press("alt+1");
    await settled();
    const gate = Promise.withResolvers<void>();
    on.engine.gate = gate.promise;
    on.engine.answer = refusal("not-allowed");
    on.type("hasty");
    on.press("enter", "up");
    on.type("x");
    await settled();
    gate.resolve();
    await settled();
    expect(on.shown()).toEqual([]);
    expect([...on.engine.notes.keys()].filter((key) => key.startsWith("failed/"))).toEqual([]);
  });

  test("of before a restart is shown as waiting until the relay has it", async () => {
    const engine = new FakeEngine();
    const messageId = "c".repeat(32);
    engine.outbox = [{ messageId, roomId: ops, text: "from before", at: 1 }];
    const on = await stage(engine);
    on.press("alt+1");
    await settled();
    expect(on.chat.session.board.model.open?.items).toMatchObject([{ type: "waiting", text: "from before" }]);
    engine.outbox = [];
    const { seq } = engine.say(ops, "from before", "bob", messageId);
    engine.emit({ type: "sent", roomId: ops, messageId, seq });
    await settled();
    expect(on.chat.session.board.model.open?.items).toMatchObject([{ type: "message", text: "from before" }]);
    expect(on.chat.session.board.model.waiting).toBe(0);
  });

  test("that is too long stays in the composer, and the number of bytes is said", async () => {
    const on = await stage();
    on.press("alt+1");
    await settled();
    const text = "é".repeat(LIMITS.textBytesMax);
    on.chat.press({ type: "paste", text });
    on.press("enter");
    await settled();
    expect(on.engine.asked("message.send")).toEqual([]);
    expect(typed(on.chat.session.board.model)).toBe(text);
    expect(JSON.stringify(on.chat.session.board.model.toast?.line)).toContain(String(2 * LIMITS.textBytesMax));
  });

  test("goes nowhere without a conversation, and is kept", async () => {
    const on = await stage();
    on.type("hello");
    on.press("enter");
    await settled();
    expect(on.engine.asked("message.send")).toEqual([]);
    expect(typed(on.chat.session.board.model)).toBe("hello");
  });

  test("pasted lines are one text, and are not sent by themselves", async () => {
    const on = await stage();
    on.press("alt+1");
    await settled();
    on.chat.press({ type: "paste", text: "one\r\ntwo\r\nthree\r\n" });
    await settled();
    expect(on.engine.asked("message.send")).toEqual([]);
    on.press("enter");
    await settled();
    expect(on.engine.asked("message.send")).toMatchObject([{ text: "one\ntwo\nthree" }]);
  });
});

describe("drafts", () => {
  test("are in the vault within a second of the last key", async () => {
    vi.useFakeTimers();
    const staged = stage();
    await vi.advanceTimersByTimeAsync(100);
    const on = await staged;
    on.press("alt+1");
    await vi.advanceTimersByTimeAsync(2000);
    on.type("half");
    await vi.advanceTimersByTimeAsync(1000);
    expect(on.engine.notes.get(`draft/${ops}`)).toBe("half");
  });

  test("are written at once when another conversation is opened, and go when they were sent", async () => {
    const on = await stage();
    on.press("alt+1");
    on.type("half");
    on.press("alt+2");
    await settled();
    expect(on.engine.notes.get(`draft/${ops}`)).toBe("half");
    on.press("alt+1", "enter");
    await on.chat.session.notes.flush();
    expect(on.engine.notes.has(`draft/${ops}`)).toBe(false);
  });

  test("longer than one note come back whole", async () => {
    const on = await stage();
    on.press("alt+1");
    const text = "é\u{1f600}".repeat(40_000);
    on.chat.press({ type: "paste", text });
    await on.chat.session.end();
    const again = await stage(on.engine);
    expect(typed(again.chat.session.board.model)).toBe(text);
    again.press("ctrl+c");
    await again.chat.session.end();
    expect([...on.engine.notes.keys()].filter((key) => key.startsWith("draft/"))).toEqual([]);
  });
});

test("a draft that cannot be kept is said, and stays where it was typed", async () => {
  const on = await stage();
  on.press("alt+1");
  await settled();
  on.engine.handlers["note.put"] = () => refusal("internal");
  on.type("half");
  await on.chat.session.notes.flush();
  expect(JSON.stringify(on.chat.session.board.model.toast?.line)).toContain("the draft is kept in memory alone");
  expect(typed(on.chat.session.board.model)).toBe("half");
});

test("a draft that could not be kept is said once, and is tried again until there is room", async () => {
  const on = await stage();
  const { notes, board } = on.chat.session;
  const said = (): string => JSON.stringify(board.model.toast?.line ?? "");
  on.press("alt+1");
  await settled();
  const put = on.engine.handlers["note.put"];
  on.engine.handlers["note.put"] = () => refusal("internal");
  on.type("half");
  await notes.flush();
  on.chat.session.toasts.clear();
  on.type(" a");
  await notes.flush();
  expect(said()).not.toContain("kept in memory alone");
  if (put !== undefined) on.engine.handlers["note.put"] = put;
  // Nothing is typed any more.
  await notes.flush();
  expect(said()).toContain("kept again");
  expect(on.engine.notes.get(`draft/${ops}`)).toBe("half a");
});

describe("commands", () => {
  test("say nothing of who was brought in or taken out: the room itself tells it", async () => {
    const on = await stage();
    on.engine.handlers["room.add"] = () => ok({});
    on.engine.handlers["room.remove"] = () => ok({});
    on.press("alt+1");
    await settled();
    on.type("/invite carol");
    on.press("enter");
    await settled();
    on.type("/remove carol");
    on.press("enter");
    await settled();
    on.type("y");
    await settled();
    expect([on.engine.asked("room.add"), on.engine.asked("room.remove")]).toEqual(
      Array(2).fill([{ roomId: ops, username: "carol" }]),
    );
    expect([on.overlays.top, ...on.shown()]).toEqual([undefined]);
  });

  test("/search opens the search with its words", async () => {
    const on = await stage();
    on.engine.handlers["message.search"] = () => ok([]);
    on.press("alt+1");
    await settled();
    for (const line of ["/search two words", "/search here  two words", "/search #family two words"]) {
      on.type(line);
      on.press("enter");
      await settled();
      expect(on.overlays.top?.name).toBe("search");
      on.press("escape");
    }
    expect(on.engine.asked("message.search")).toEqual([
      { query: "two words", limit: 100 },
      { query: "two words", limit: 100, roomId: ops },
      { query: "two words", limit: 100, roomId: family },
    ]);
  });

  test("a search that opens empty has the index read before the first letter", async () => {
    const on = await stage();
    const gate = Promise.withResolvers<void>();
    on.engine.handlers["message.search"] = async () => {
      await gate.promise;
      return ok([]);
    };
    on.press("alt+1");
    await settled();
    on.press("ctrl+r");
    await settled();
    expect(on.engine.asked("message.search")).toEqual([{ query: "e", limit: 1, roomId: ops }]);
    on.type("k");
    await settled();
    expect(on.engine.asked("message.search")[1]).toEqual({ query: "k", limit: 100, roomId: ops });
    gate.resolve();
  });

  test("with few lines answer in the conversation, with many on a page of their own", async () => {
    const on = await stage();
    on.press("alt+1");
    await settled();
    on.type("/back");
    on.press("enter");
    await settled();
    expect(on.chat.session.board.model.open).toBeUndefined();
    expect(on.chat.session.board.model.said).toHaveLength(1);
    for (const at of [1, 2, 3])
      on.engine.rooms.push({ roomId: `c${at}`.repeat(32), name: `room${at}`, kind: "room", unread: 0, members: 2 });
    on.type("/rooms");
    on.press("enter");
    await settled();
    expect(on.overlays.top?.name).toBe("pager");
  });

  test("that are mistyped stay to be put right, and nothing is sent", async () => {
    const on = await stage();
    on.press("alt+1");
    await settled();
    on.type("/hepl me");
    on.press("enter");
    await settled();
    expect(on.engine.asked("message.send")).toEqual([]);
    expect(typed(on.chat.session.board.model)).toBe("/hepl me");
    expect(on.chat.session.board.model.toast).toBeDefined();
  });

  test("a text to somebody else leaves the open conversation open", async () => {
    const on = await stage();
    on.press("alt+1");
    await settled();
    on.type("#family hi there");
    on.press("enter");
    await settled();
    on.type("@carol and you");
    on.press("enter");
    await settled();
    expect(on.engine.asked("message.send")).toMatchObject([
      { roomId: family, text: "hi there" },
      { roomId: carol, text: "and you" },
    ]);
    expect(on.chat.session.board.model.open?.roomId).toBe(ops);
  });

  test("who comes in while a text to them is typed turns it to the room, and that is said", async () => {
    const on = await stage();
    const member = (username: string) => ({ username, accountId: "44".repeat(32), role: "member" as const });
    on.press("alt+1");
    await settled();
    on.type("@carol between us");
    expect(on.chat.session.board.model.composer.prompt).toBe("#ops → @carol> ");
    expect(on.chat.session.board.model.toast).toBeUndefined();
    on.engine.handlers["room.members"] = () => ok([member("alice"), member("carol")]);
    on.engine.emit({ type: "room", roomId: ops, event: "members" });
    await settled();
    expect(on.chat.session.board.model.composer.prompt).toBe("#ops> ");
    expect(JSON.stringify(on.chat.session.board.model.toast?.line)).toContain("goes elsewhere now: #ops>");
  });

  test("a text that begins with the name of a member is said in the room", async () => {
    const on = await stage();
    on.press("alt+1");
    await settled();
    on.type("@alice can you look?");
    expect(on.chat.session.board.model.composer.prompt).toBe("#ops> ");
    on.press("enter");
    await settled();
    expect(on.engine.asked("message.send")).toMatchObject([{ roomId: ops, text: "@alice can you look?" }]);
  });
});

describe("notifications", () => {
  test("come for mentions and direct messages that are not in view", async () => {
    const on = await stage();
    on.engine.emit({ type: "unread", total: 0, from: [] });
    on.press("alt+1");
    await settled();
    on.engine.hear(family, "nothing");
    on.engine.hear(family, "bob?");
    on.engine.hear(alice, "hi");
    on.engine.hear(ops, "bob, you see this");
    await settled();
    expect(on.notified).toEqual(["alice: bob?", "alice: hi"]);
    on.chat.press({ type: "focus", focused: false });
    on.engine.hear(ops, "bob, now you do not");
    await settled();
    expect(on.notified).toHaveLength(3);
  });

  test("do not come of muted rooms, nor while the person is not to be disturbed", async () => {
    const engine = new FakeEngine();
    engine.notes.set(`mute/${family}`, "on");
    const on = await stage(engine);
    engine.emit({ type: "unread", total: 0, from: [] });
    await settled();
    engine.hear(family, "bob?");
    on.press("f9");
    await settled();
    engine.hear(alice, "hi");
    await settled();
    expect(on.notified).toEqual([]);
    expect(engine.notes.get("dnd")).toBe("on");
  });
});

describe("going about", () => {
  test("Alt-u goes to the first unread one, and letters are text there", async () => {
    const engine = new FakeEngine();
    for (let seq = 1; seq <= 300; seq++) engine.say(ops, `text ${seq}`);
    engine.read = 1;
    engine.rooms[0] = { roomId: ops, name: "ops", kind: "room", unread: 298, members: 3 };
    const on = await stage(engine);
    on.press("alt+1");
    await settled();
    on.press("alt+u");
    await settled();
    const { open } = on.chat.session.board.model;
    expect(open).toMatchObject({ newAfter: 1, selected: undefined, atEnd: false });
    expect(on.shown().slice(0, 3)).toEqual(["text 1", "text 2", "text 3"]);
    on.type("really");
    expect(typed(on.chat.session.board.model)).toBe("really");
  });

  test("Alt-p goes back from mention to mention, over pages", async () => {
    const engine = new FakeEngine();
    for (let seq = 1; seq <= 500; seq++) engine.say(ops, seq === 20 || seq === 480 ? `bob ${seq}` : `text ${seq}`);
    const on = await stage(engine);
    const found = (): string | undefined => {
      const { open } = on.chat.session.board.model;
      const item = open?.items.find(({ key }) => key === open.found);
      return item?.type === "message" ? item.text : undefined;
    };
    on.press("alt+1");
    await settled();
    on.press("alt+p");
    await settled();
    expect(found()).toBe("bob 480");
    on.press("alt+p");
    await settled();
    expect(found()).toBe("bob 20");
    on.press("alt+n");
    await settled();
    expect(found()).toBe("bob 480");
  });

  test("the very first message is reached at once, also where a conversation was begun anew", async () => {
    const engine = new FakeEngine();
    for (let seq = 1; seq <= 500; seq++) engine.say(ops, `text ${seq}`);
    const log = engine.logs.get(ops) ?? [];
    const shelved = log.map((item) => ({
      ...item,
      seq: item.seq - 4_294_967_296,
      text: `shelved ${item.seq}`,
      messageId: `s${item.seq}`,
    }));
    engine.logs.set(ops, [...shelved, ...log]);
    const on = await stage(engine);
    on.press("alt+1");
    await settled();
    await on.chat.session.timelines.toStart();
    expect(on.shown()[0]).toBe("shelved 1");
  });

  test("a room that is called like a person is not opened in their place", async () => {
    const engine = new FakeEngine();
    const trap = "cc".repeat(32);
    engine.rooms.push({ roomId: trap, name: "carol", kind: "room", unread: 0, members: 2 });
    engine.handlers["users.list"] = () => ok([{ username: "carol", accountId: "33".repeat(32), online: true }]);
    const on = await stage(engine);
    on.engine.emit({ type: "connection", state: "online" });
    await settled();
    on.type("/talk carol");
    on.press("enter");
    await settled();
    const { open, said } = on.chat.session.board.model;
    expect(open).toBeUndefined();
    expect(JSON.stringify(said)).toContain("#carol, @carol");
    on.type("/talk #carol");
    on.press("enter");
    await settled();
    expect(on.chat.session.board.model.open?.roomId).toBe(trap);
  });

  test("the name of a room or person alone opens their conversation; of a member of the open room, it is asked which is meant", async () => {
    const engine = new FakeEngine();
    engine.rooms.push({ roomId: carol, name: "carol", kind: "direct", unread: 0, members: 2 });
    const on = await stage(engine);
    for (const [name, roomId] of [
      ["@carol", carol],
      ["#ops", ops],
      ["@alice", ops],
    ] as const) {
      on.type(name);
      on.press("enter");
      await settled();
      expect(on.chat.session.board.model.open?.roomId, name).toBe(roomId);
    }
    expect(typed(on.chat.session.board.model)).toBe("@alice");
    expect(JSON.stringify(on.chat.session.board.model.toast)).toContain("/talk @alice");
    expect(on.engine.asked("message.send")).toEqual([]);
  });

  test("Enter on a message that is selected opens all of it, and sends what is typed where something is", async () => {
    const engine = new FakeEngine();
    engine.say(ops, Array.from({ length: 16_000 }, (_, line) => `line ${line + 1}`).join("\n"));
    const on = await stage(engine);
    on.press("alt+1");
    await settled();
    on.press("up", "enter");
    const canvas = new Canvas(24, 80, {});
    on.overlays.draw(canvas, { row: 0, column: 0, rows: 24, columns: 80 }, ROLE_THEME);
    expect(canvas.lines().join("\n")).toMatch(/alice[\s\S]*line 1 [\s\S]*of 16000/);
    on.press("escape", "escape");
    on.type("an answer");
    on.chat.press({ type: "mouse", action: "press", button: 0, row: 10, column: 20 });
    expect(on.chat.session.board.model.open?.selected).toBeDefined();
    on.press("enter");
    await settled();
    expect(on.overlays.top).toBeUndefined();
    expect(engine.asked("message.send")).toMatchObject([{ text: "an answer" }]);
  });

  test("rooms that one was brought into or taken out of meanwhile are told at the next start, where one was", async () => {
    const engine = new FakeEngine();
    const first = await stage(engine);
    first.press("alt+2");
    await settled();
    await first.chat.session.end();
    engine.rooms[0] = { roomId: carol, name: "den", kind: "room", unread: 0, members: 2 };
    const again = await stage(engine);
    expect(again.shown().join(" ")).toMatch(/you were added to #den[\s\S]*you were removed from #ops/);
    expect((await stage(engine)).shown()).toEqual([]);
  });

  test("pastes without end do not fill the memory: what is cut is said, and the rest can be gone on with", async () => {
    const on = await stage();
    on.press("alt+1");
    await settled();
    for (let part = 0; part < 20; part++) on.chat.press({ type: "paste", text: "x".repeat(1_048_576) });
    const { board } = on.chat.session;
    expect(typed(board.model)).toHaveLength(4 * 1_048_576);
    expect(board.model.toast?.line.map(spanText).join("")).toContain("the paste is cut");
    on.press("backspace");
    expect(typed(board.model)).toHaveLength(4 * 1_048_576 - 1);
  });

  test("of a mail address nothing but itself is opened", async () => {
    const engine = new FakeEngine();
    engine.say(ops, "write to mailto:eve@a.example?attach=/home/bob/.ssh/id&body=x");
    const on = await stage(engine);
    on.press("alt+1");
    await settled();
    on.press("up");
    on.type("o");
    expect(on.copied).toEqual(["mailto:eve@a.example"]);
    expect(linkTarget("mailto:eve@a.example?attach=/etc/passwd")).toBe("mailto:eve@a.example");
    expect(linkTarget("https://a.example/?q=1")).toBe("https://a.example/?q=1");
  });

  test("on a screen of a thousand rows the newest are in view, and nothing is read again and again", async () => {
    const engine = new FakeEngine();
    for (let seq = 1; seq <= 2000; seq++) engine.say(ops, `text ${seq}`);
    const on = await stage(engine, { rows: 1000, columns: 80 });
    on.press("alt+1");
    await settled();
    const read = async (): Promise<number> => {
      for (let frame = 0; frame < 10; frame++) {
        on.chat.session.readAhead();
        await settled();
      }
      return engine.asked("timeline.list").length;
    };
    const first = await read();
    expect(await read()).toBe(first);
    expect(on.shown().at(-1)).toBe("text 2000");
    expect(on.shown().length).toBeGreaterThan(400);
  });

  test("Alt-n finds a mention that is further on than what is in memory", async () => {
    const engine = new FakeEngine();
    for (let seq = 1; seq <= 1500; seq++) engine.say(ops, seq === 20 || seq === 1400 ? `bob ${seq}` : `text ${seq}`);
    const on = await stage(engine);
    const { timelines, board } = on.chat.session;
    on.press("alt+1");
    await settled();
    await timelines.jump(ops, 20, true);
    expect(await timelines.mention(1)).toBe(true);
    const { open } = board.model;
    expect(open?.items.find(({ key }) => key === open.found)).toMatchObject({ text: "bob 1400" });
  });

  test("where no mention is found the view stays where it was, and what came meanwhile is in it", async () => {
    const engine = new FakeEngine();
    for (let seq = 1; seq <= 3000; seq++) engine.say(ops, `text ${seq}`);
    const on = await stage(engine);
    on.press("alt+1");
    await settled();
    const looking = on.chat.session.timelines.mention(-1);
    on.engine.hear(ops, "meanwhile");
    expect(await looking).toBe(false);
    expect(on.shown().slice(-2)).toEqual(["text 3000", "meanwhile"]);
  });

  test("Alt-a goes to mentions before people before rooms, Alt-z back", async () => {
    const on = await stage();
    on.press("alt+1");
    await settled();
    on.engine.hear(alice, "hi");
    on.engine.hear(family, "bob?");
    await settled();
    const opened = (): string | undefined => on.chat.session.board.model.open?.roomId;
    on.press("alt+a");
    await settled();
    expect(opened()).toBe(family);
    on.press("alt+a");
    await settled();
    expect(opened()).toBe(alice);
    on.press("alt+z");
    expect(opened()).toBe(family);
  });

  test("the mouse opens a room of the pane, and selects a message", async () => {
    const on = await stage(new FakeEngine(), { rows: 24, columns: 160 });
    on.engine.say(family, "hello");
    const press = (row: number, column: number): void =>
      on.chat.press({ type: "mouse", action: "press", button: 0, row, column });
    const { people, rooms } = on.chat.session.board.model;
    expect([people.size, rooms.length]).toEqual([1, 3]);
    for (let row = 0; row < 10 && on.chat.session.board.model.open === undefined; row++) press(row, 3);
    await settled();
    expect(on.chat.session.board.model.open).toBeDefined();
    on.press("alt+2");
    await settled();
    press(20, 60);
    expect(on.chat.session.board.model.open?.selected).toBeDefined();
  });

  test("what was jumped to is marked and not selected: letters are an answer, Up selects it first", async () => {
    const engine = new FakeEngine();
    for (let seq = 1; seq <= 300; seq++) engine.say(ops, `text ${seq}`);
    const on = await stage(engine);
    on.press("alt+1");
    await settled();
    const open = () => on.chat.session.board.model.open;
    const found = engine.logs.get(ops)?.[99]?.messageId ?? "";
    await on.chat.session.timelines.jump(ops, 100, true, ["text"]);
    expect(open()).toMatchObject({ selected: undefined, found: `m${found}`, matches: ["text"] });
    on.press("up");
    expect(open()?.selected).toBe(`m${found}`);
    on.press("escape");
    expect(open()).toMatchObject({ selected: undefined, found: undefined, matches: [] });
    await on.chat.session.timelines.jump(ops, 100, true, ["text"]);
    on.type("really");
    expect(typed(on.chat.session.board.model)).toBe("really");
    expect(open()?.found).toBeUndefined();
  });

  test("End goes to the newest message while nothing is typed or a message is selected, else in the text", async () => {
    const engine = new FakeEngine();
    for (let seq = 1; seq <= 300; seq++) engine.say(ops, `text ${seq}`);
    const on = await stage(engine);
    const scroll = () => on.chat.session.board.model.open?.scroll.type;
    on.press("alt+1");
    await settled();
    on.press("pageup");
    expect(scroll()).toBe("at");
    on.press("end");
    await settled();
    expect(scroll()).toBe("follow");
    on.press("pageup", "up", "end");
    await settled();
    expect(on.chat.session.board.model.open).toMatchObject({ scroll: { type: "follow" }, selected: undefined });
    on.press("pageup");
    on.type("x");
    on.press("end");
    await settled();
    expect(scroll()).toBe("at");
  });

  test("of several links it is asked which one is meant", async () => {
    const engine = new FakeEngine();
    engine.say(ops, "see https://a.example/1, https://a.example/2 and https://a.example/1");
    const on = await stage(engine);
    on.press("alt+1");
    await settled();
    on.press("up");
    on.type("o");
    expect(on.overlays.top?.name).toBe("links");
    on.press("down", "enter");
    expect(on.overlays.top).toBeUndefined();
    expect(on.copied).toEqual(["https://a.example/2"]);
  });

  test("what is selected is quoted as the start of an answer", async () => {
    const engine = new FakeEngine();
    engine.say(ops, "one\ntwo");
    const on = await stage(engine);
    on.press("alt+1");
    await settled();
    on.press("up");
    on.type("r");
    expect(typed(on.chat.session.board.model)).toBe("> alice: one\n> two\n");
  });

  test("what was read from the vault before it was told of is counted once", async () => {
    const engine = new FakeEngine();
    engine.say(ops, "known");
    engine.read = 1;
    engine.say(ops, "missed");
    const on = await stage(engine);
    on.press("alt+1");
    await settled();
    for (const message of engine.logs.get(ops) ?? []) engine.emit({ type: "message", roomId: ops, ...message });
    await settled();
    expect(on.chat.session.board.model.open).toMatchObject({ newAfter: 1, newCount: 1 });
  });

  test("what was read a moment ago is not new when one comes back, though the vault does not know yet", async () => {
    const engine = new FakeEngine();
    engine.say(ops, "known");
    engine.read = 1;
    engine.say(ops, "new");
    const on = await stage(engine);
    on.press("alt+1");
    await settled();
    expect(on.chat.session.board.model.open).toMatchObject({ newAfter: 1, newCount: 1 });
    on.press("alt+2");
    await settled();
    on.press("alt+1");
    await settled();
    expect(on.chat.session.board.model.open).toMatchObject({ newAfter: 0, newCount: 0 });
  });

  test("what was missed is marked as new in the open conversation, and what comes then is not", async () => {
    const on = await stage();
    on.press("alt+1");
    on.engine.emit({ type: "unread", total: 0, from: [] });
    await settled();
    on.engine.hear(ops, "while there was a connection");
    on.engine.emit({ type: "connection", state: "online" });
    on.engine.emit({ type: "connection", state: "offline" });
    on.engine.emit({ type: "connection", state: "online" });
    on.engine.hear(ops, "missed");
    on.engine.emit({ type: "unread", total: 1, from: [{ username: "alice", count: 1 }] });
    await settled();
    on.engine.hear(ops, "as it is said");
    await settled();
    expect(on.chat.session.board.model.open).toMatchObject({ newAfter: 1, newCount: 1 });
  });

  test("rooms that came while one was away are each told of once", async () => {
    const on = await stage();
    const news = ["dd", "de"].map(
      (id) => ({ ...on.engine.rooms[0], roomId: id.repeat(32), name: `new-${id}` }) as RoomLine,
    );
    on.engine.rooms.push(...news);
    for (const { roomId } of news) on.engine.emit({ type: "room", roomId, event: "joined" });
    for (const { roomId } of news) on.engine.emit({ type: "room", roomId, event: "joined" });
    await settled();
    expect(on.chat.session.board.model.said).toHaveLength(2);
  });
});

describe("a room that is gone", () => {
  test.each([
    { how: "left by oneself", says: ["you left #ops"] },
    { how: "by another's will", says: ["you were removed from #ops"] },
  ])("$how is told of once, in the words for it", async ({ how, says }) => {
    const on = await stage();
    const gone = (): void => {
      on.engine.rooms.splice(0, 1);
      on.engine.emit({ type: "room", roomId: ops, event: "removed" });
    };
    on.engine.handlers["room.leave"] = () => {
      gone();
      return ok({});
    };
    on.press("alt+1");
    await settled();
    if (how === "by another's will") gone();
    else {
      on.type("/leave");
      on.press("enter");
      await settled();
      on.type("y");
    }
    await settled();
    const { said } = on.chat.session.board.model;
    const texts = said.map((item) =>
      item.type === "local" ? item.lines.map((line) => line.map(spanText).join("")).join() : "",
    );
    expect(texts).toEqual(says.map((words) => expect.stringContaining(words)));
  });
});

test("what was being typed in a room that is gone is where no conversation is open, and in the vault", async () => {
  const on = await stage();
  on.type("before");
  on.press("alt+2");
  on.type("elsewhere");
  on.press("alt+1");
  await settled();
  on.type("a long thought");
  on.engine.rooms.splice(0, 1);
  on.engine.emit({ type: "room", roomId: ops, event: "removed" });
  await settled();
  expect(on.chat.session.board.model.open).toBeUndefined();
  expect(typed(on.chat.session.board.model)).toBe("before\na long thought");
  await on.chat.session.notes.flush();
  expect([...on.engine.notes].filter(([key]) => key.startsWith("draft/"))).toEqual([
    ["draft/none", "before\na long thought"],
    [`draft/${family}`, "elsewhere"],
  ]);
  on.engine.rooms.splice(0, 1);
  const again = await stage(on.engine);
  again.engine.emit({ type: "room", roomId: family, event: "removed" });
  await settled();
  expect(typed(again.chat.session.board.model)).toBe("before\na long thought\nelsewhere");
});

test("what waited, and cannot be sent to a room that is gone, is where no conversation is open, and once", async () => {
  const engine = new FakeEngine();
  engine.outbox = [{ messageId: "0a".repeat(16), roomId: family, text: "from before", at: 1 }];
  const on = await stage(engine);
  on.engine.answer = refusal("unknown-room");
  on.press("alt+1");
  on.type("from now");
  on.press("enter");
  on.engine.rooms.splice(0, 2);
  engine.outbox = [];
  on.engine.emit({ type: "room", roomId: ops, event: "removed" });
  on.engine.emit({ type: "room", roomId: family, event: "removed" });
  const lost = { type: "warning", code: "not-delivered" } as const;
  const [sent] = on.engine.asked("message.send");
  const { id: messageId = "" } = sent as { readonly id?: string };
  on.engine.emit({ ...lost, roomId: ops, messageId, text: "from now" });
  on.engine.emit({ ...lost, roomId: family, messageId: "0a".repeat(16), text: "from before" });
  await settled();
  expect(typed(on.chat.session.board.model).split("\n").toSorted()).toEqual(["from before", "from now"]);
  await on.chat.session.notes.flush();
  expect([...engine.notes.keys()].filter((key) => key.startsWith("failed/"))).toEqual([]);
});

test("what was being typed in a room that goes is kept where it comes to before it is forgotten where it was", async () => {
  const on = await stage();
  on.press("alt+1");
  await settled();
  on.type("a long thought");
  await on.chat.session.notes.flush();
  on.engine.calls.splice(0);
  on.engine.rooms.splice(0, 1);
  on.engine.emit({ type: "room", roomId: ops, event: "removed" });
  await settled();
  await on.chat.session.notes.flush();
  const put = on.engine.calls.filter(({ method }) => method === "note.put").map(({ params }) => params);
  const drafts = put.filter((note) => (note as { key: string }).key.startsWith("draft/"));
  expect(drafts).toEqual([
    { key: "draft/none", text: "a long thought" },
    { key: `draft/${ops}`, text: "" },
  ]);
});

test("what was refused in a room that goes is where no conversation is open, each once, and kept before it is forgotten", async () => {
  const on = await stage();
  on.engine.answer = refusal("too-long");
  on.press("alt+1");
  for (const text of ["one", "two", "three"]) {
    on.type(text);
    on.press("enter");
    await settled();
  }
  on.engine.answer = undefined;
  on.engine.calls.splice(0);
  on.engine.rooms.splice(0, 1);
  on.engine.emit({ type: "room", roomId: ops, event: "removed" });
  await settled();
  expect(typed(on.chat.session.board.model)).toBe("one\ntwo\nthree");
  const put = on.engine.calls
    .filter(({ method }) => method === "note.put")
    .map(({ params }) => params as { key: string; text: string });
  const names = put.map(({ key, text }) => `${key.replace(/\/.*/, "")} ${text}`);
  expect(names.indexOf("draft one\ntwo\nthree")).toBeGreaterThanOrEqual(0);
  expect(names.indexOf("draft one\ntwo\nthree")).toBeLessThan(names.indexOf("failed "));
  expect(names.filter((name) => name === "failed ")).toHaveLength(3);
});

test("what waited, and will not be sent to a room that is there, stands in it with what can be done", async () => {
  const engine = new FakeEngine();
  engine.outbox = [{ messageId: "0a".repeat(16), roomId: ops, text: "from before", at: 1 }];
  const on = await stage(engine);
  on.press("alt+1");
  await settled();
  engine.outbox = [];
  const lost = { messageId: "0a".repeat(16), text: "from before" };
  on.engine.emit({ type: "warning", code: "not-delivered", roomId: ops, ...lost });
  await settled();
  expect(on.chat.session.board.model.open?.items).toContainEqual(expect.objectContaining({ type: "failed", ...lost }));
});

test("who is killed while a refused text is sent again has it twice rather than not at all", async () => {
  const on = await stage();
  on.engine.answer = refusal("unknown-room");
  on.press("alt+1");
  on.type("mine");
  on.press("enter");
  await settled();
  on.engine.answer = undefined;
  on.press("up");
  on.engine.calls.splice(0);
  on.type("s");
  await settled();
  const order = on.engine.calls.map(({ method }) => method).filter((method) => /message.send|note.put/.test(method));
  expect(order.slice(0, 2)).toEqual(["message.send", "note.put"]);
});

describe("the way out", () => {
  test("is Ctrl-C twice in an empty composer, and any other key is a way back", async () => {
    const on = await stage();
    on.type("text");
    on.press("ctrl+c");
    expect([typed(on.chat.session.board.model), on.quits()]).toEqual(["", 0]);
    on.press("ctrl+c");
    on.press("left", "ctrl+c");
    expect(on.quits()).toBe(0);
    on.press("ctrl+c");
    expect(on.quits()).toBe(1);
  });

  test("is Ctrl-Q twice, or /quit", async () => {
    const on = await stage();
    on.press("ctrl+c", "ctrl+q");
    expect(on.quits()).toBe(0);
    on.press("ctrl+c");
    on.press("ctrl+q", "ctrl+q");
    expect(on.quits()).toBe(1);
    on.type("/quit");
    on.press("enter");
    await settled();
    expect(on.quits()).toBe(2);
  });
});

test("a thousand messages in one burst ask the vault a few times", async () => {
  const on = await stage();
  on.press("alt+1");
  await settled();
  const before = on.engine.asked("timeline.list").length;
  for (let index = 0; index < 1000; index++) on.engine.hear(ops, `text ${index}`);
  await settled();
  await settled();
  expect(on.shown().at(-1)).toBe("text 999");
  expect(on.engine.asked("timeline.list").length - before).toBeLessThan(20);
});

test("a message that the list of rooms had counted before it was told of is counted once in the end", async () => {
  const on = await stage();
  const { engine } = on;
  const carol = "ac".repeat(32);
  const unread = () => on.chat.session.board.model.rooms.find(({ roomId }) => roomId === carol)?.unread;
  engine.rooms.push({ roomId: carol, name: "carol", kind: "direct", unread: 1, members: 2 });
  engine.emit({ type: "room", roomId: carol, event: "joined" });
  engine.hear(carol, "hello");
  await settled();
  expect(unread()).toBeGreaterThan(0);
  await vi.waitFor(() => expect(unread()).toBe(1));
  await settled();
  expect(unread()).toBe(1);
});

test("idle it has no timer but the one of the list of people", async () => {
  vi.useFakeTimers();
  const on = stage();
  await vi.advanceTimersByTimeAsync(200);
  await on;
  await vi.advanceTimersByTimeAsync(2000);
  expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
});

test("what an editor gives goes to the conversation in which it was begun, whichever is open by then", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sotto-edit-"));
  const on = await stage(undefined, undefined, { EDITOR: "printf ' and more' >>", XDG_RUNTIME_DIR: folder });
  on.press("alt+1");
  await settled();
  on.type("begun");
  on.press("alt+c");
  on.press("alt+2");
  on.type("other");
  const text = (room: string): string =>
    textOf(on.chat.session.board.model.editings.get(room)?.composer ?? EMPTY_COMPOSER);
  await vi.waitFor(() => expect(text(ops)).toBe("begun and more"));
  expect(text(family)).toBe("other");
  expect(typed(on.chat.session.board.model)).toBe("other");
  rmSync(folder, { recursive: true });
});
