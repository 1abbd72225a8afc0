/** What happens between two keys of a person, or between a key and what follows from it: nothing of it moves what they type. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { typed } from "../src/full/model/composing.ts";
import { textOf } from "../src/screen/composer.ts";
import { ok, refusal } from "./fake-client.ts";
import { carol, FakeEngine, family, ops, type Stage, settled, spanText, stage, tidy } from "./full-stage.ts";

afterEach(tidy);

function typedIn({ chat }: Stage, room: string): string {
  const editing = chat.session.board.model.editings.get(room);
  return editing === undefined ? "" : textOf(editing.composer);
}

/** What sotto said in the open conversation, and in passing. */
function said({ chat }: Stage): string {
  const { open, said: nowhere, toast } = chat.session.board.model;
  const lines = (open?.items ?? nowhere).flatMap((item) => (item.type === "local" ? item.lines : []));
  return [...lines, toast?.line ?? []].map((line) => line.map(spanText).join("")).join("\n");
}

/** While the clock is ours. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  await vi.advanceTimersByTimeAsync(200);
  return await work;
}

describe("who types on while a command takes its time", () => {
  test("stays in their conversation: the room that was asked for does not open under their fingers", async () => {
    const on = await stage();
    const gate = Promise.withResolvers<void>();
    on.engine.handlers["room.join"] = async () => {
      await gate.promise;
      return ok({ roomId: family, name: "family" });
    };
    on.press("alt+1");
    await settled();
    on.type("/join sotto://example.org:7878/r/x#k=y");
    on.press("enter");
    await settled();
    on.type("between ");
    gate.resolve();
    await settled();
    on.type("us");
    on.press("enter");
    await settled();
    expect(on.engine.asked("message.send")).toMatchObject([{ roomId: ops, text: "between us" }]);
    expect(said(on)).toContain("#family is there");
  });

  test("is taken there who types nothing", async () => {
    const on = await stage();
    on.engine.handlers["room.join"] = () => ok({ roomId: family, name: "family" });
    on.press("alt+1");
    await settled();
    on.type("/join sotto://example.org:7878/r/x#k=y");
    on.press("enter");
    await settled();
    expect(on.chat.session.board.model.open?.roomId).toBe(family);
  });

  test("a conversation that is asked for with a draft in the line opens all the same", async () => {
    const on = await stage();
    on.press("alt+1");
    await settled();
    on.type("a draft");
    await on.chat.session.entering.run("talk", "carol");
    expect(on.chat.session.board.model.open?.roomId).toBe(carol);
    expect(typedIn(on, ops)).toBe("a draft");
  });
});

test("a refused text that is taken back stands where it was written, whichever conversation is open by then", async () => {
  const on = await stage();
  on.engine.answer = refusal("relay-full");
  on.press("alt+1");
  await settled();
  on.type("for ops alone");
  on.press("enter");
  await settled();
  on.press("up");
  on.type("e");
  on.press("alt+2");
  await settled();
  expect(on.chat.session.board.model.open?.roomId).toBe(family);
  expect(typed(on.chat.session.board.model)).toBe("");
  expect(typedIn(on, ops)).toBe("for ops alone");
});

/** A text to somebody of whom the engine says, once `gate` is open, that there is nobody of that name. */
async function writingToNobody() {
  const on = await stage();
  const gate = Promise.withResolvers<void>();
  on.engine.handlers["direct.open"] = async () => {
    await gate.promise;
    return refusal("unknown-user");
  };
  on.press("alt+1");
  await settled();
  on.type("@nobody a long text");
  return { on, gate };
}

test("a text to somebody who cannot be reached is not lost where the next one is begun already", async () => {
  const { on, gate } = await writingToNobody();
  on.press("enter");
  on.type("next");
  gate.resolve();
  await settled();
  expect(typed(on.chat.session.board.model)).toBe("next");
  on.press("ctrl+u", "ctrl+y", "alt+y");
  expect(typed(on.chat.session.board.model)).toBe("@nobody a long text");
});

test("and it comes back where it was typed, whichever conversation is open by then", async () => {
  const { on, gate } = await writingToNobody();
  on.press("enter", "alt+2");
  gate.resolve();
  await settled();
  expect(typedIn(on, ops)).toBe("@nobody a long text");
  expect(typed(on.chat.session.board.model)).toBe("");
});

describe("what is typed while a command opens a conversation", () => {
  /** The engine takes its time to say which conversation it is, and a line is begun meanwhile. */
  async function begun(before: () => Promise<Stage>) {
    const on = await before();
    const gate = Promise.withResolvers<void>();
    on.engine.handlers["direct.open"] = async () => {
      await gate.promise;
      return ok({ roomId: family });
    };
    on.type("/talk @carol");
    on.press("enter");
    on.type("hello the");
    gate.resolve();
    await settled();
    on.type("re");
    return on;
  }

  test("stays nowhere where nothing was open: of two commands nobody knows which one it was typed for", async () => {
    const on = await begun(stage);
    expect(on.chat.session.board.model.open).toBeUndefined();
    expect(typed(on.chat.session.board.model)).toBe("hello there");
    expect(said(on)).toContain("does not open while you type");
  });

  test("stays in the conversation in which it was begun, and that one stays open", async () => {
    const on = await begun(async () => {
      const one = await stage();
      one.press("alt+1");
      await settled();
      return one;
    });
    expect(on.chat.session.board.model.open?.roomId).toBe(ops);
    expect(typed(on.chat.session.board.model)).toBe("hello there");
    expect(said(on)).toContain("does not open while you type");
  });
});

describe("a question that opens while one types", () => {
  /** Something is asked a moment later than a line was typed, or entered where nothing was typed `between`. */
  async function asked(between: string) {
    const on = await stage();
    const gate = Promise.withResolvers<void>();
    on.press("alt+1");
    await settled();
    on.type("a draft");
    if (between === "") on.press("enter");
    const { screen } = on.chat.session.desk("a question");
    const answer = gate.promise.then(() => screen.ask("do it?", { choices: ["yes", "no"] }));
    if (between !== "") on.type(between);
    gate.resolve();
    await settled();
    return { on, answer };
  }

  test("is not answered by the letters of that line, which go on being its letters", async () => {
    const { on, answer } = await asked(", b");
    on.type("y");
    on.press("backspace");
    on.type("ut");
    expect(typedIn(on, ops)).toBe("a draft, but");
    expect(on.overlays.top?.name).toBe("dialog");
    await new Promise((resolve) => setTimeout(resolve, 750));
    on.type("y");
    expect(await answer).toBe("yes");
    expect(typedIn(on, ops)).toBe("a draft, but");
  });

  test("is answered at once by who has entered something and waits for it", async () => {
    const { on, answer } = await asked("");
    on.type("y");
    expect(await answer).toBe("yes");
  });

  test("has Esc at once", async () => {
    const { on, answer } = await asked(", b");
    on.press("escape");
    expect(await answer).toBeUndefined();
  });
});

test("a command that is refused stands in the line again, as it was typed", async () => {
  const on = await stage();
  on.engine.handlers["admin.announce"] = () => refusal("offline");
  on.press("alt+1");
  await settled();
  on.type("/announce the relay moves at noon");
  on.press("enter");
  await settled();
  expect(typedIn(on, ops)).toBe("/announce the relay moves at noon");
  on.press("ctrl+u");
  on.type("/talk nobody-of-that-name");
  on.engine.handlers["direct.open"] = () => refusal("unknown-user");
  on.press("enter");
  await settled();
  expect(typedIn(on, ops)).toBe("/talk nobody-of-that-name");
});

describe("what comes", () => {
  test("under a page that lies over the conversation is not read, and is marked as new when that goes", async () => {
    const engine = new FakeEngine();
    engine.say(ops, "before");
    const on = await stage(engine);
    engine.emit({ type: "unread", total: 0, from: [] });
    on.press("alt+1");
    await settled();
    on.press("f1");
    on.engine.hear(ops, "under the help, @bob");
    await settled();
    expect(on.engine.asked("message.markRead")).toEqual([{ roomId: ops, seq: 1 }]);
    expect(on.chat.session.board.model.rooms.find(({ roomId }) => roomId === ops)?.unread).toBe(1);
    expect(on.notified).toEqual(["alice: under the help, @bob"]);
    on.press("escape");
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(on.engine.asked("message.markRead").at(-1)).toEqual({ roomId: ops, seq: 2 });
    expect(on.chat.session.board.model.open).toMatchObject({ newAfter: 1, newCount: 1 });
    expect(on.chat.session.board.model.rooms.find(({ roomId }) => roomId === ops)?.unread).toBe(0);
  });

  test("for a conversation that was opened a moment ago is shown, though the one before it was about to be read on", async () => {
    vi.useFakeTimers();
    const on = await inTime(stage());
    on.press("alt+1");
    await vi.advanceTimersByTimeAsync(100);
    // The first is read at once, the second waits for the next frame.
    on.engine.hear(ops, "one");
    await vi.advanceTimersByTimeAsync(5);
    on.engine.hear(ops, "two");
    await vi.advanceTimersByTimeAsync(5);
    on.press("alt+2");
    await vi.advanceTimersByTimeAsync(5);
    expect(on.chat.session.board.model.window?.roomId).toBe(family);
    on.engine.hear(family, "three");
    await vi.advanceTimersByTimeAsync(100);
    expect(on.shown()).toEqual(["three"]);
  });

  test("of one's own is in view at every moment between the key and its place in the log", async () => {
    vi.useFakeTimers();
    const on = await inTime(stage());
    on.press("alt+1");
    await vi.advanceTimersByTimeAsync(100);
    const texts = ["first", "second", "third"];
    const seen = new Set<string>();
    const missing: string[] = [];
    on.chat.session.board.watch(() => {
      const shown = on.shown();
      for (const text of texts)
        if (shown.includes(text)) seen.add(text);
        else if (seen.has(text)) missing.push(text);
    });
    for (const text of texts) {
      on.type(text);
      on.press("enter");
      await vi.advanceTimersByTimeAsync(5);
    }
    await vi.advanceTimersByTimeAsync(100);
    expect(on.shown()).toEqual(texts);
    expect(on.chat.session.board.model.waiting).toBe(0);
    expect(missing).toEqual([]);
  });

  test("while the person is in an editor of their own is new to them when they are back", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sotto-edit-"));
    const on = await stage(undefined, undefined, {
      EDITOR: `until [ -e '${folder}/go' ]; do sleep 0.01; done; true`,
      XDG_RUNTIME_DIR: folder,
    });
    on.press("alt+1");
    await settled();
    on.press("alt+c");
    await settled();
    on.engine.hear(ops, "read this");
    await settled();
    expect(on.engine.asked("message.markRead")).toEqual([]);
    expect(on.chat.session.board.model.open?.newCount).toBe(1);
    writeFileSync(join(folder, "go"), "");
    await vi.waitFor(() => expect(on.engine.asked("message.markRead")).toHaveLength(1));
    rmSync(folder, { recursive: true });
  });
});

describe("what sotto says", () => {
  test("while a conversation is being read stands at its end", async () => {
    const engine = new FakeEngine();
    for (let seq = 1; seq <= 250; seq++) engine.say(ops, `text ${seq}`);
    const on = await stage(engine);
    on.press("alt+1");
    on.chat.session.print(["a fault in a file"]);
    await settled();
    expect(on.shown().slice(-2)).toEqual(["text 250", "a fault in a file"]);
    engine.hear(ops, "later");
    await settled();
    expect(on.shown().slice(-2)).toEqual(["a fault in a file", "later"]);
  });

  test("in answer to a command is seen by who has scrolled up too", async () => {
    const engine = new FakeEngine();
    for (let seq = 1; seq <= 250; seq++) engine.say(ops, `text ${seq}`);
    const on = await stage(engine);
    on.press("alt+1");
    await settled();
    on.press("pageup", "pageup");
    on.type("/mute");
    on.press("enter");
    await settled();
    expect(on.chat.session.board.model.toast?.line.map(spanText).join("")).toContain("#ops");
  });
});

test("letters are text again when what was selected is not there any more", async () => {
  const on = await stage();
  const gate = Promise.withResolvers<void>();
  on.engine.gate = gate.promise;
  on.press("alt+1");
  await settled();
  on.type("mine");
  on.press("enter");
  await settled();
  on.press("up");
  const { model } = on.chat.session.board;
  expect(model.open?.selected).toBeDefined();
  // Another program took it back.
  for (const { messageId } of model.own.get(ops) ?? []) await on.chat.session.sending.drop(messageId);
  for (const letter of "really") on.type(letter);
  expect(typed(on.chat.session.board.model)).toBe("really");
  gate.resolve();
});

test("nothing is drawn for a list of people that is as it was", async () => {
  vi.useFakeTimers();
  const on = await inTime(stage());
  on.engine.emit({ type: "connection", state: "online" });
  await vi.advanceTimersByTimeAsync(1000);
  const asked = on.engine.asked("users.list").length;
  let changes = 0;
  on.chat.session.board.watch(() => changes++);
  await vi.advanceTimersByTimeAsync(180_000);
  expect(on.engine.asked("users.list").length).toBeGreaterThan(asked);
  expect(changes).toBe(0);
});
