/** The full screen without its terminal, over an engine with a log in memory: what the tests of its conduct stand on. */
import type { Message, NoteLine, RoomLine, TimelineMessage, WaitingText } from "@sotto/core";
import { vi } from "vitest";
import { ChatScreen } from "../src/full/chat-screen.ts";
import { DialogScreen } from "../src/full/dialog-screen.ts";
import { keymapOf } from "../src/full/keymap.ts";
import { OverlayStack } from "../src/full/overlay-stack.ts";
import type { Key } from "../src/screen/keys.ts";
import { FakeClient, ok, refusal } from "./fake-client.ts";

export const me = { username: "bob", accountId: "11".repeat(32), deviceId: "dd".repeat(16) };
export const ops = "aa".repeat(32);
export const family = "ab".repeat(32);
export const alice = "bb".repeat(32);
export const carol = "bc".repeat(32);

/** An engine with a log in memory: what is told it is there when it is asked for again. */
export class FakeEngine extends FakeClient {
  readonly rooms: RoomLine[] = [
    { roomId: ops, name: "ops", kind: "room", unread: 0, members: 3 },
    { roomId: family, name: "family", kind: "room", unread: 0, members: 2 },
    { roomId: alice, name: "alice", kind: "direct", unread: 0, members: 2 },
  ];
  readonly logs = new Map<string, TimelineMessage[]>();
  /** The place up to which the person has read, in each room. */
  read = Number.MAX_SAFE_INTEGER;
  readonly notes = new Map<string, string>();
  outbox: WaitingText[] = [];
  /** Sends wait for this before they are answered. */
  gate: Promise<unknown> = Promise.resolve();
  answer: ReturnType<typeof refusal> | undefined;

  constructor() {
    super({
      "room.list": () => ok(this.rooms),
      "direct.open": () => ok({ roomId: carol }),
      "room.members": () => ok([{ username: "alice", accountId: "22".repeat(32), role: "owner" }]),
      "users.list": () => ok([{ username: "alice", accountId: "22".repeat(32), online: true }]),
      "contact.list": () => ok([{ username: "alice", accountId: "22".repeat(32), verified: true }]),
      "account.status": () => ok({ connection: "online", outbox: 0 }),
      "outbox.list": () => ok(this.outbox),
      "outbox.drop": () => ok({}),
      "note.list": () => ok([...this.notes].map(([key, text]): NoteLine => ({ key, text }))),
      "note.put": ({ key, text = "" }) => {
        // As the engine does: half a character cannot be kept.
        if (!text.isWellFormed()) return refusal("bad-request");
        if (text === "") this.notes.delete(key);
        else this.notes.set(key, text);
        return ok({});
      },
      "message.markRead": () => ok({}),
      "message.list": ({ roomId, limit = 50 }) => ok(this.#log(roomId).slice(-limit)),
      "timeline.list": ({ roomId, before, after, limit = 50 }) => {
        const log = this.#log(roomId);
        const some = log.filter(({ seq }) => seq > (after ?? 0) && seq < (before ?? Number.POSITIVE_INFINITY));
        const items = after === undefined ? some.slice(-limit) : some.slice(0, limit);
        const atStart = items[0] === undefined ? before === undefined : items[0].seq === log[0]?.seq;
        const atEnd = items.at(-1) === undefined ? before === undefined : items.at(-1)?.seq === log.at(-1)?.seq;
        return ok({ items, read: this.read, atStart, atEnd });
      },
      "message.send": async ({ roomId, text, id = "" }) => {
        await this.gate;
        if (this.answer !== undefined) return this.answer;
        const { seq } = this.say(roomId, text, "bob", id);
        return ok({ messageId: id, seq });
      },
    });
  }

  say(roomId: string, text: string, sender = "alice", messageId = ""): Message {
    const log = this.#log(roomId);
    const seq = (log.at(-1)?.seq ?? 0) + 1;
    const said: TimelineMessage = {
      kind: "message",
      messageId: messageId === "" ? `${roomId.slice(0, 4)}${seq.toString(16).padStart(28, "0")}` : messageId,
      seq,
      sender,
      senderId: sender === "bob" ? me.accountId : "22".repeat(32),
      sentAt: seq * 1000,
      text,
    };
    this.logs.set(roomId, [...log, said]);
    return said;
  }

  /** As the engine does: it is in the vault, then the update comes. */
  hear(roomId: string, text: string): void {
    this.emit({ type: "message", roomId, ...this.say(roomId, text) });
  }

  asked(method: string): readonly unknown[] {
    return this.calls.filter((call) => call.method === method).map(({ params }) => params);
  }

  #log(roomId: string): TimelineMessage[] {
    return this.logs.get(roomId) ?? [];
  }
}

export interface Stage {
  readonly chat: ChatScreen;
  readonly engine: FakeEngine;
  readonly overlays: OverlayStack;
  readonly notified: string[];
  readonly copied: string[];
  readonly quits: () => number;
  press(...chords: readonly string[]): void;
  type(text: string): void;
  /** Texts of the open conversation, from the oldest. */
  shown(): readonly string[];
}

const stages: Stage[] = [];

export async function stage(engine = new FakeEngine(), size = { rows: 24, columns: 80 }, env = {}): Promise<Stage> {
  const overlays = new OverlayStack(() => {});
  const notified: string[] = [];
  const copied: string[] = [];
  let quits = 0;
  const chat = new ChatScreen({
    client: engine,
    me,
    overlays,
    keymap: keymapOf(undefined).keymap,
    env,
    size: () => size,
    dialog: (title) =>
      new DialogScreen({
        title,
        kind: "over",
        look: { isTerminal: true, colour: true, byEar: false },
        overlays,
        size: () => size,
        quit: () => {},
      }),
    changed: () => {},
    focus: () => {},
    notify: (text) => void notified.push(text),
    copy: (text) => {
      copied.push(text);
      return true;
    },
    lend: (use) => use(),
    redraw: () => {},
    suspend: () => {},
    quit: () => void quits++,
  });
  const press = (key: Key): void => chat.press(key);
  await chat.start(engine.updates(), { isNew: false });
  await settled();
  const made: Stage = {
    chat,
    engine,
    overlays,
    notified,
    copied,
    quits: () => quits,
    press: (...chords) => {
      for (const chord of chords) press({ type: "chord", chord });
    },
    type: (text) => press({ type: "text", text }),
    shown: () =>
      (chat.session.board.model.open?.items ?? []).map((item) =>
        "text" in item ? item.text : item.type === "local" ? item.lines.flat().map(String).join("") : item.key,
      ),
  };
  stages.push(made);
  return made;
}

export function spanText(span: string | { readonly text: string }): string {
  return typeof span === "string" ? span : span.text;
}

/** Every answer of the fake engine has come, and what followed from it. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** After each test of a file that makes stages: said there, since files share a process and this module is read once. */
export async function tidy(): Promise<void> {
  vi.useRealTimers();
  for (const { chat } of stages.splice(0)) await chat.session.end();
}
