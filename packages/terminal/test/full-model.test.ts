/** The model of the full screen: what it shows, from what the engine says. */
import type { RoomLine, TimelinePage } from "@sotto/core";
import { describe, expect, test } from "vitest";
import { added, completed, editingIn, typed, withEditing } from "../src/full/model/composing.ts";
import { mentionsOf } from "../src/full/model/mentions.ts";
import { type Model, modelOf, withLocal, withOpen, withOwn, withWindow } from "../src/full/model/model.ts";
import { allRead, arrived, membersTold, opened, opening, roomsTold } from "../src/full/model/news.ts";
import { withoutText, withText } from "../src/full/model/own.ts";
import { afterContacts, afterUsers } from "../src/full/model/people.ts";
import { neighbour, unreadTotal } from "../src/full/model/rooms.ts";
import { type Reading, WINDOW_MAX, type Window, windowOf, withNewer, withOlder } from "../src/full/model/window.ts";
import { edited } from "../src/screen/editing.ts";

const me = { username: "bob", accountId: "11".repeat(32), deviceId: "dd".repeat(16) };
const reading: Reading = {
  accountId: me.accountId,
  isMention: mentionsOf(me.username),
  eventWords: ({ event, by }) => [by, " ", event],
};
const NONE: ReadonlySet<string> = new Set();

function line(name: string, unread = 0, kind: "room" | "direct" = "room"): RoomLine {
  return { roomId: idOf(name), name, kind, unread, members: 2 };
}

function idOf(name: string): string {
  return Buffer.from(name).toString("hex").padEnd(64, "0");
}

function said(seq: number, text = `text ${seq}`, senderId = "22".repeat(32)) {
  const messageId = seq.toString(16).padStart(32, "0");
  return { kind: "message" as const, messageId, seq, sender: "alice", senderId, sentAt: seq * 1000, text };
}

function page(from: number, to: number, ends: { atStart?: boolean; atEnd?: boolean } = {}): TimelinePage {
  const items = Array.from({ length: to - from + 1 }, (_, index) => said(from + index));
  return { items, read: 0, atStart: ends.atStart ?? false, atEnd: ends.atEnd ?? false };
}

/** `#ops` is open at its end, with messages 1 to 5. */
function openAt(last = 5, unread = 0, read = last): Model {
  const rooms = roomsTold(modelOf(me, 0), [line("ops", unread), line("family")], NONE);
  const told = { ...page(1, last, { atStart: true, atEnd: true }), read };
  return opened(opening(rooms, idOf("ops")), windowOf(idOf("ops"), told, reading), read);
}

const keys = (model: Model): string[] =>
  (model.open?.items ?? []).map((item) => ("text" in item ? item.text : item.key));

describe("a mention", () => {
  test.each(["bob", "Bob: hi", "hi @bob", "ask BOB.", "bob, see", "(bob)", "bob's", "is it bob?"])(
    "is in %j",
    (text) => {
      expect(mentionsOf("bob")(text)).toBe(true);
    },
  );
  test.each(["bobby", "kebob", "bob-2 wrote", "bob.smith", "_bob_", "ébob", "", "b o b"])("is not in %j", (text) => {
    expect(mentionsOf("bob")(text)).toBe(false);
  });
  test("takes signs of a name as they are", () => {
    expect(mentionsOf("a.b")("axb")).toBe(false);
    expect(mentionsOf("a.b")("so a.b. then")).toBe(true);
  });
});

describe("the list of rooms", () => {
  test("keeps its numbers while rooms come and go, and fills holes", () => {
    const first = roomsTold(modelOf(me, 0), [line("a"), line("b"), line("c")], NONE);
    const less = roomsTold(first, [line("c"), line("a")], NONE);
    expect(less.rooms.map(({ tag, number }) => [tag, number])).toEqual([
      ["#a", 1],
      ["#c", 3],
    ]);
    const more = roomsTold(less, [line("d"), line("c"), line("a"), line("e")], NONE);
    expect(more.rooms.map(({ tag, number }) => [tag, number])).toEqual([
      ["#a", 1],
      ["#d", 2],
      ["#c", 3],
      ["#e", 4],
    ]);
  });

  test("keeps a conversation that has no message yet", () => {
    const direct = roomsTold(modelOf(me, 0), [line("alice", 0, "direct")], NONE);
    expect(roomsTold(direct, [line("ops")], NONE).rooms.map(({ tag }) => tag)).toEqual(["@alice", "#ops"]);
  });

  test("closes the conversation that is gone from it", () => {
    expect(roomsTold(openAt(), [line("family")], NONE).open).toBeUndefined();
  });

  test("goes round at its ends", () => {
    const { rooms } = roomsTold(modelOf(me, 0), [line("a"), line("b")], NONE);
    expect(neighbour(rooms, idOf("b"), 1)?.tag).toBe("#a");
    expect(neighbour(rooms, idOf("a"), -1)?.tag).toBe("#b");
    expect(neighbour(rooms, undefined, -1)?.tag).toBe("#b");
    expect(neighbour([], undefined, 1)).toBeUndefined();
  });
});

describe("a message that comes", () => {
  test("is counted where the person is not looking, with the mention", () => {
    const model = arrived(openAt(), idOf("family"), said(9, "bob?"));
    expect(model.rooms.find(({ tag }) => tag === "#family")).toMatchObject({ unread: 1, mentions: 1 });
    expect(unreadTotal(model.rooms)).toBe(1);
    expect(unreadTotal(allRead(model, idOf("family")).rooms)).toBe(0);
  });

  test("changes nothing where the end is in view and the window has the keyboard", () => {
    const model = openAt();
    expect(arrived(model, idOf("ops"), said(6))).toBe(model);
  });

  test("gets a marker before it where it was written while there was no connection, though it is in view", () => {
    const model = arrived(arrived(openAt(), idOf("ops"), said(6), true), idOf("ops"), said(7), true);
    expect(model.open).toMatchObject({ newAfter: 5, newCount: 2, newBelow: 0 });
    expect(unreadTotal(model.rooms)).toBe(unreadTotal(openAt().rooms));
  });

  test("gets a marker before it while another window has the keyboard", () => {
    const away = { ...openAt(), focused: false };
    const model = arrived(arrived(away, idOf("ops"), said(6)), idOf("ops"), said(7));
    expect(model.open).toMatchObject({ newAfter: 5, newCount: 2, newBelow: 0 });
  });

  test("is told at the lower edge while the view is further up", () => {
    const up = withOpen(openAt(), { scroll: { type: "at", key: "x", below: 0 } });
    expect(arrived(up, idOf("ops"), said(6)).open).toMatchObject({ newBelow: 1, newCount: 1, newAfter: 5 });
  });

  test("from another device of one's own is not news", () => {
    const model = openAt();
    expect(arrived(model, idOf("family"), said(6, "bob", me.accountId))).toBe(model);
  });
});

describe("the marker of what is new", () => {
  test("stands where the person had read to", () => {
    expect(openAt(5, 2, 3).open).toMatchObject({ newAfter: 3, newCount: 2 });
  });

  test("stays while new ones are read below it", () => {
    expect(arrived(openAt(5, 2, 3), idOf("ops"), said(6)).open).toMatchObject({ newAfter: 3, newCount: 2 });
  });

  test("is not there when nothing is unread", () => {
    expect(openAt(5, 0, 5).open).toMatchObject({ newAfter: 0, newCount: 0 });
  });
});

describe("the window", () => {
  test("grows at both ends without holes or repeats, and lets go of what is far", () => {
    let window: Window = windowOf("r", page(901, 1000, { atEnd: true }), reading);
    for (let from = 801; from >= 1; from -= 100)
      window = withOlder(window, page(from, from + 100, { atStart: from === 1 }), reading);
    expect(window.items.map(({ seq }) => seq)).toEqual(Array.from({ length: WINDOW_MAX }, (_, index) => index + 1));
    expect(window).toMatchObject({ atStart: true, atEnd: false });
    window = withNewer(window, page(590, 700), reading);
    expect(window.items.map(({ seq }) => seq)).toEqual(Array.from({ length: WINDOW_MAX }, (_, index) => index + 101));
    expect(window).toMatchObject({ atStart: false, atEnd: false });
  });

  test("gives each of several events of one place a key of its own", () => {
    const event = { kind: "event" as const, seq: 4, at: 1, event: "added" as const, by: "a", byId: "1" };
    const told = { items: [event, event, { ...event, seq: 5 }], read: 0, atStart: true, atEnd: true };
    expect(windowOf("r", told, reading).items.map(({ key }) => key)).toEqual(["e4.0", "e4.1", "e5.0"]);
  });
});

describe("texts that are not in the log", () => {
  const own = { messageId: "f".repeat(32), text: "mine", at: 99_000, refusal: undefined };

  test("stand at the end until the log has them, and never twice", () => {
    const waiting = withOwn(openAt(), withText(new Map(), idOf("ops"), own));
    expect(keys(waiting).at(-1)).toBe("mine");
    expect(waiting.waiting).toBe(1);
    const { window } = waiting;
    const logged = { ...said(6, "mine", me.accountId), messageId: own.messageId };
    const next = { items: [logged], read: 0, atStart: false, atEnd: true };
    const both = window === undefined ? waiting : withWindow(waiting, withNewer(window, next, reading));
    expect(keys(both).filter((text) => text === "mine")).toHaveLength(1);
    const after = withOwn(both, withoutText(both.own, idOf("ops"), own.messageId));
    expect(keys(after).at(-1)).toBe("mine");
    expect(after.waiting).toBe(0);
  });

  test("are not shown where the end of the log is not", () => {
    const waiting = withOwn(openAt(), withText(new Map(), idOf("ops"), own));
    const { window } = waiting;
    const further = window === undefined ? waiting : withWindow(waiting, { ...window, atEnd: false });
    expect(keys(further)).not.toContain("mine");
  });

  test("refused ones say why", () => {
    const refusal = { code: "relay-full" as const, message: "" };
    const model = withOwn(openAt(), withText(new Map(), idOf("ops"), { ...own, refusal }));
    expect(model.open?.items.at(-1)).toMatchObject({ type: "failed", text: "mine" });
    expect(model.waiting).toBe(0);
  });
});

test("nothing is kept for a room of which nothing is on its way any more", () => {
  const text = { messageId: "aa".repeat(16), text: "mine", at: 0, refusal: undefined };
  expect(withoutText(withText(new Map(), idOf("ops"), text), idOf("ops"), text.messageId).size).toBe(0);
});

test("another account that the relay lists under the name of somebody known does not take their place", () => {
  const known = { accountId: "22".repeat(32), username: "alice", verified: true, doubt: "identity-changed" as const };
  const contacts = afterContacts(new Map(), [known]);
  const listed = afterUsers(contacts, [
    { accountId: known.accountId, username: "alice", online: true },
    { accountId: "66".repeat(32), username: "alice", online: true },
  ]);
  const { rooms } = roomsTold({ ...modelOf(me, 0), people: listed }, [line("alice", 0, "direct")], NONE);
  expect(rooms[0]?.peer).toBe(known.accountId);
});

test("what sotto says stays where it was said, whatever comes after it", () => {
  const spoken = withLocal(openAt(2), "l1", 2500, [["hello"]]);
  expect(keys(spoken)).toEqual(["text 1", "text 2", "l1"]);
  const { window } = spoken;
  const after =
    window === undefined ? spoken : withWindow(spoken, withNewer(window, page(3, 3, { atEnd: true }), reading));
  expect(keys(after)).toEqual(["text 1", "text 2", "l1", "text 3"]);
});

describe("what is typed", () => {
  const type = (model: Model, text: string): Model =>
    withEditing(model, edited(editingIn(model), { type: "text", text }));

  test("belongs to its conversation, and is there when one comes back", () => {
    const typing = type(openAt(), "for ops");
    const elsewhere = opening(typing, idOf("family"));
    expect([typed(elsewhere), elsewhere.composer.prompt]).toEqual(["", "#family> "]);
    expect(elsewhere.rooms.find(({ tag }) => tag === "#ops")?.hasDraft).toBe(true);
    expect(typed(opening(elsewhere, idOf("ops")))).toBe("for ops");
  });

  test("says where it goes when that is not the open conversation", () => {
    const promptOf = (text: string): string => added(openAt(), text).composer.prompt;
    expect(promptOf("alice, look")).toBe("#ops> ");
    expect(promptOf("@alice look")).toBe("#ops → @alice> ");
    expect(promptOf("#family look")).toBe("#ops → #family> ");
    expect(["@alic", "@@alice look", "look, @alice", "# look"].map(promptOf)).toEqual(Array(4).fill("#ops> "));
  });

  test("goes to the room where it begins with the name of a member, as soon as the members are known", () => {
    const members = [{ username: "alice", accountId: "22".repeat(32), role: "owner" as const }];
    const before = added(openAt(), "@alice, look");
    expect([before.composer.prompt, membersTold(before, idOf("ops"), members).composer.prompt]).toEqual([
      "#ops → @alice,> ",
      "#ops> ",
    ]);
    const promptOf = (text: string): string => added(membersTold(openAt(), idOf("ops"), members), text).composer.prompt;
    expect(["@alice look", "@Alice: look"].map(promptOf)).toEqual(["#ops> ", "#ops> "]);
    expect(promptOf("@alic look")).toBe("#ops → @alic> ");
  });

  test("a text that is added stands on a line of its own", () => {
    expect(typed(added(type(openAt(), "one"), "two"))).toBe("one\ntwo");
    expect(typed(added(openAt(), "two"))).toBe("two");
  });

  test("Tab puts in what all offers have, then goes round them in both directions", () => {
    const offers = { word: "al", candidates: ["alice", "alina"] };
    const once = completed(type(openAt(), "hi al"), 1, () => offers);
    expect([typed(once), once.composer.offers, once.composer.offer]).toEqual(["hi ali", ["alice", "alina"], undefined]);
    const twice = completed(once, 1, () => offers);
    expect(typed(twice)).toBe("hi alice");
    expect(typed(completed(twice, 1, () => offers))).toBe("hi alina");
    expect(
      typed(
        completed(
          completed(twice, 1, () => offers),
          1,
          () => offers,
        ),
      ),
    ).toBe("hi alice");
    expect(typed(completed(twice, -1, () => offers))).toBe("hi alina");
    expect(type(twice, "!").composer.offers).toEqual([]);
  });

  test("the only offer is put in with a space", () => {
    expect(typed(completed(type(openAt(), "al"), 1, () => ({ word: "al", candidates: ["alice"] })))).toBe("alice ");
  });
});
