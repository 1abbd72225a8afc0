/**
 * An engine in memory whose people, rooms and relay are somebody else's: every text that it answers with or tells of is
 * drawn from those of the input, and some of what it is asked for it refuses.
 */
import type { Member, NoteLine, Refusal, RoomLine, Status, TimelineItem, Update } from "@sotto/core";
import { CODES, LIMITS, type Result, utf8, WARNINGS } from "@sotto/wire";
import { noticeOf } from "../../packages/core/src/notices.ts";
import { FakeClient, ok, refusal } from "../../packages/terminal/test/fake-client.ts";
import type { Dice } from "../dice.ts";

export const ME = { username: "bob", accountId: "11".repeat(32), deviceId: "dd".repeat(16) };
/** What the engine lets through, and what a clock of somebody else may say. */
const TIMES = [0, 1, 1e12, 8.64e15, 8.64e15 + 1, Number.MAX_SAFE_INTEGER];
const EVENTS = ["made", "joined", "added", "left", "removed", "devices", "link", "renamed", "owner"] as const;
const CONNECTIONS = ["offline", "dialing", "handshake", "online"] as const;
const DOUBTS = ["identity-changed", "chain-forked", "chain-withheld"] as const;
const ROOM_EVENTS = ["joined", "members", "renamed", "removed"] as const;
const PEOPLE_MAX = 30;
const LINK_MAX = 500;
const ROOMS_MAX = 40;

export class HostileEngine extends FakeClient {
  readonly #dice: Dice;
  readonly #text: () => string;
  readonly #rooms = new Map<string, RoomLine>();
  readonly #logs = new Map<string, TimelineItem[]>();
  readonly #notes = new Map<string, string>();
  readonly #outbox: { messageId: string; roomId: string; text: string; at: number }[] = [];
  #ids = 0;
  /** A note was refused: what is typed is not in the vault, and the person was told. */
  refusedNote = false;

  /** @param refuses - one request in so many. */
  constructor(dice: Dice, text: () => string, refuses: number) {
    const may = <T>(answer: () => T): Result<T, Refusal> => (dice.oneIn(refuses) ? this.#refusal() : ok(answer()));
    // Core lets no longer one through.
    const name = (): string => nameOf(text());
    super({
      "room.list": () => may(() => [...this.#rooms.values()]),
      "room.members": () => may(() => this.#people()),
      "room.create": () => may(() => ({ roomId: this.#room(), link: text().slice(0, LINK_MAX) })),
      "room.join": () => may(() => ({ roomId: this.#room(), name: name() })),
      "room.link": () => may(() => ({ link: text().slice(0, LINK_MAX) })),
      "room.leave": ({ roomId }) => may(() => this.#removed(roomId)),
      "room.add": () => may(() => ({})),
      "room.remove": () => may(() => ({})),
      "direct.open": () => may(() => ({ roomId: this.#room() })),
      "users.list": () => may(() => this.#people().map((one) => ({ ...one, online: dice.oneIn(2) }))),
      "contact.list": () => may(() => this.#people().map((one) => this.#contact(one))),
      "contact.safetyWords": () => may(() => ({ words: this.#words(), verified: dice.oneIn(3) })),
      "contact.verify": () => may(() => ({})),
      "account.status": () => may(() => this.#status()),
      "account.changePassword": () => may(() => ({})),
      "account.rotateRecovery": () => may(() => ({ recoveryPhrase: this.#words() })),
      "account.signIn": () => this.#refusal(),
      "account.unlock": () => may(() => ({ ...ME, username: name() })),
      "outbox.list": () => may(() => this.#outbox),
      "outbox.drop": () => may(() => ({})),
      "note.list": () => ok([...this.#notes].map(([key, value]): NoteLine => ({ key, text: value }))),
      "note.put": ({ key, text: value = "" }) => this.#note(key, value, refuses),
      "message.send": ({ roomId, text: said, id = "" }) =>
        may(() => ({ messageId: id, seq: this.#say(roomId, said, id, ME.accountId) })),
      "message.list": ({ roomId, limit = 50 }) =>
        may(() =>
          this.#log(roomId)
            .flatMap((one) => (one.kind === "message" ? [one] : []))
            .slice(-limit),
        ),
      "message.markRead": () => may(() => ({})),
      "message.search": ({ query }) => may(() => this.#found(query)),
      "timeline.list": (params) => may(() => this.#page(params)),
      "device.list": () => may(() => this.#devices()),
      "device.revoke": () => may(() => ({})),
      "admin.kick": () => may(() => ({})),
      "admin.ban": () => may(() => ({})),
      "admin.unban": () => may(() => ({})),
      "admin.announce": () => may(() => ({})),
      "admin.regen": () => may(() => ({ accessPassword: text(), link: text().slice(0, LINK_MAX) })),
      "admin.stop": () => may(() => ({})),
      "warning.accept": () => may(() => ({})),
    });
    this.#dice = dice;
    this.#text = text;
    for (let rooms = dice.oneIn(10) ? 0 : dice.between(1, 6); rooms > 0; rooms--) this.#room();
    for (const roomId of this.#rooms.keys())
      for (let said = dice.short(dice.one([20, 20, 400])); said > 0; said--) this.#happens(roomId, text());
    this.#leftBehind();
  }

  /** From before this start: the conversation that was open, drafts, what was refused. */
  #leftBehind(): void {
    const dice = this.#dice;
    const [open] = this.#rooms.keys();
    if (open === undefined || dice.oneIn(4)) return;
    this.#notes.set("open", open);
    if (dice.oneIn(3)) this.#notes.set(`draft/${open}`, this.#text().toWellFormed() || "begun");
    const failed = { text: this.#text(), at: dice.one(TIMES), code: dice.one(CODES), message: this.#name() };
    if (dice.oneIn(3)) this.#notes.set(`failed/${open}/${this.#id()}`, JSON.stringify(failed));
  }

  /** What is kept of what was typed in a room, "" where none was open. */
  draft(roomId: string): string {
    const key = `draft/${roomId === "" ? "none" : roomId}`;
    let text = this.#notes.get(key) ?? "";
    for (let part = 1; this.#notes.has(`${key}/${part}`); part++) text += this.#notes.get(`${key}/${part}`);
    return text;
  }

  /** One update of any kind, with what it tells of in the vault already. */
  update(kind: string, text: string): void {
    this.emit(this.#update(kind, text));
  }

  #update(kind: string, text: string): Update {
    const dice = this.#dice;
    const roomId = this.#someRoom();
    switch (kind) {
      case "say":
        this.#say(roomId, text, this.#id(), dice.oneIn(8) ? ME.accountId : this.#account());
        return { ...this.#lastSaid(roomId, text), roomId };
      case "event":
        this.#happens(roomId, text);
        return { type: "room", roomId, event: dice.one(["members", "renamed"] as const) };
      case "room":
        return this.#roomTold(roomId, text);
      case "connection": {
        const state = dice.one(CONNECTIONS);
        const retryAt = dice.oneIn(2) ? {} : { retryAt: dice.one([...TIMES, Date.now() + dice.short(100_000)]) };
        return { type: "connection", state, ...(state === "offline" ? retryAt : {}) };
      }
      case "unread":
        return { type: "unread", total: dice.below(1000), from: [{ username: nameOf(text), count: dice.below(1000) }] };
      case "sent":
        return { type: "sent", roomId, messageId: this.#id(), seq: dice.below(1000) };
      case "notice":
        return this.#notice(text);
      default:
        return this.#warning(roomId, text);
    }
  }

  #lastSaid(roomId: string, text: string): Extract<Update, { type: "message" }> {
    const last = this.#log(roomId).at(-1);
    if (last?.kind === "message") return { type: "message", roomId, ...last };
    return {
      type: "message",
      roomId,
      messageId: this.#id(),
      seq: 1,
      sender: nameOf(text),
      senderId: "",
      sentAt: 0,
      text,
    };
  }

  #roomTold(known: string, text: string): Update {
    const event = this.#dice.one(ROOM_EVENTS);
    const roomId = event === "joined" && this.#dice.oneIn(2) ? this.#room() : known;
    const line = this.#rooms.get(roomId);
    if (event === "renamed" && line !== undefined) this.#rooms.set(roomId, { ...line, name: nameOf(text) });
    if (event === "removed") this.#removed(roomId);
    return { type: "room", roomId, event };
  }

  #warning(roomId: string, text: string): Update {
    const dice = this.#dice;
    const code = dice.one(WARNINGS);
    const room = dice.oneIn(3) ? {} : { roomId };
    const lost = dice.oneIn(2) ? {} : { messageId: this.#id(), text };
    return { type: "warning", code, ...room, ...(dice.oneIn(3) ? {} : { username: nameOf(text) }), ...lost };
  }

  #notice(text: string): Update {
    const dice = this.#dice;
    const [name, other] = [nameOf(text), this.#name()];
    const count = dice.short(100_000);
    return dice.one<() => Update>([
      () => noticeOf("relay-says", { text: text.slice(0, LIMITS.noticeCharactersMax) }),
      () => noticeOf("failed", { detail: other }),
      () => noticeOf("halted", { code: dice.oneIn(2) ? name : dice.one(CODES), why: other }),
      () => noticeOf("code-refused", { code: name, why: other, seconds: count }),
      () => noticeOf("device-added", { name }),
      () => noticeOf("device-revoked", { name }),
      () => noticeOf("device-revoked-by-recovery", { name }),
      () => noticeOf("account-recovered", { name }),
      () => noticeOf("own-device-added", {}),
      () => noticeOf("own-device-revoked", {}),
      () => noticeOf("came-meanwhile", { room: name, names: other }),
      () => noticeOf("no-key-packages", { name }),
      () => noticeOf("out-of-step", { room: name, why: dice.one(["owners", "members"] as const) }),
      () => noticeOf("came-back", { room: name, missed: count, again: dice.below(3) }),
      () => noticeOf("conversation-lost", { name }),
      () => noticeOf("room-lost", { name }),
      () => noticeOf("entries-lost", { room: name, count }),
      () => noticeOf("message-lost", { room: name, sender: other, text: fitting(text) }),
      () => noticeOf("rolled-back", { given: count, lost: dice.below(3) }),
    ])();
  }

  #refusal(): ReturnType<typeof refusal> {
    const made = refusal(this.#dice.one(CODES), this.#dice.oneIn(2) ? undefined : this.#dice.short(1_000_000));
    return { ok: false, error: { ...made.error, message: this.#name() } };
  }

  #note(key: string, text: string, refuses: number): Result<Readonly<Record<string, never>>, Refusal> {
    // As the engine does: half a character cannot be kept.
    if (!text.isWellFormed() || this.#dice.oneIn(refuses * 4)) {
      this.refusedNote = true;
      return this.#refusal();
    }
    if (text === "") this.#notes.delete(key);
    else this.#notes.set(key, text);
    return ok({});
  }

  #page({ roomId, before, after, limit = 50 }: { roomId: string; before?: number; after?: number; limit?: number }): {
    items: TimelineItem[];
    read: number;
    atStart: boolean;
    atEnd: boolean;
  } {
    const log = this.#log(roomId);
    const some = log.filter(
      ({ seq }) => seq > (after ?? Number.NEGATIVE_INFINITY) && seq < (before ?? Number.POSITIVE_INFINITY),
    );
    const items = after === undefined ? some.slice(-limit) : some.slice(0, limit);
    const atStart = items[0] === undefined ? before === undefined : items[0].seq === log[0]?.seq;
    const atEnd = items.at(-1) === undefined ? before === undefined : items.at(-1)?.seq === log.at(-1)?.seq;
    return { items, read: this.#dice.below(log.length + 2), atStart, atEnd };
  }

  #found(query: string): (Extract<TimelineItem, { kind: "message" }> & { roomId: string })[] {
    const all = [...this.#rooms.keys()].flatMap((roomId) =>
      this.#log(roomId).flatMap((one) => (one.kind === "message" ? [{ ...one, roomId }] : [])),
    );
    return all.filter(({ text }) => text.includes(query) || this.#dice.oneIn(3)).slice(-100);
  }

  #status(): Status {
    const dice = this.#dice;
    const halted = dice.oneIn(2) ? {} : { halted: dice.one(CODES) };
    const retryAt = dice.oneIn(2) ? {} : { retryAt: dice.one(TIMES) };
    const relay = { host: this.#name(), port: 7878, fingerprint: this.#name() };
    return {
      username: this.#name(),
      connection: dice.one(CONNECTIONS),
      outbox: dice.below(3),
      relay,
      ...halted,
      ...retryAt,
    };
  }

  #devices(): { deviceId: string; name: string; addedAt: number; own: boolean }[] {
    return Array.from({ length: this.#dice.below(5) }, (_, index) => ({
      deviceId: index === 0 ? ME.deviceId : this.#id(),
      name: this.#name(),
      addedAt: this.#dice.one(TIMES),
      own: index === 0,
    }));
  }

  #contact(one: Member): { username: string; accountId: string; verified: boolean; doubt?: (typeof DOUBTS)[number] } {
    const doubt = this.#dice.oneIn(3) ? { doubt: this.#dice.one(DOUBTS) } : {};
    return { username: one.username, accountId: one.accountId, verified: this.#dice.oneIn(3), ...doubt };
  }

  #people(): Member[] {
    return Array.from({ length: this.#dice.below(8) }, () => ({
      username: this.#dice.oneIn(4) ? ME.username : this.#name(),
      accountId: this.#account(),
      role: this.#dice.one(["owner", "member"] as const),
    }));
  }

  #words(): string {
    return Array.from({ length: this.#dice.below(14) }, () => this.#name()).join(" ");
  }

  /** A room more, or one that there is. @returns its id. */
  #room(): string {
    const dice = this.#dice;
    const roomId = (this.#rooms.size % ROOMS_MAX).toString(16).padStart(2, "0").repeat(32);
    const kind = dice.one(["room", "direct"] as const);
    this.#rooms.set(roomId, {
      roomId,
      name: this.#name(),
      kind,
      unread: dice.short(1000),
      members: dice.between(1, 500),
    });
    return roomId;
  }

  #removed(roomId: string): Record<string, never> {
    this.#rooms.delete(roomId);
    return {};
  }

  #someRoom(): string {
    const all = [...this.#rooms.keys()];
    const [first] = all;
    if (first === undefined || this.#dice.oneIn(20)) return this.#room();
    return this.#dice.oneIn(2) ? first : this.#dice.one(all);
  }

  #happens(roomId: string, text: string): void {
    const dice = this.#dice;
    if (!dice.oneIn(5)) {
      this.#say(roomId, text, this.#id(), this.#account());
      return;
    }
    const who = dice.oneIn(2) ? {} : { who: this.#name(), whoId: dice.oneIn(3) ? ME.accountId : this.#account() };
    const byId = dice.oneIn(4) ? ME.accountId : this.#account();
    const told = { by: this.#name(), byId, ...who, ...(dice.oneIn(2) ? { name: nameOf(text) } : {}) };
    const seq = this.#next(roomId);
    this.#add(roomId, { kind: "event", seq, at: dice.one(TIMES), event: dice.one(EVENTS), ...told });
  }

  #say(roomId: string, text: string, messageId: string, senderId: string): number {
    const dice = this.#dice;
    const seq = this.#next(roomId);
    const sender = senderId === ME.accountId ? ME.username : this.#name();
    const sentAt = dice.oneIn(6) ? dice.one(TIMES) : Date.now() - dice.short(1e8);
    this.#add(roomId, { kind: "message", messageId, seq, sender, senderId, sentAt, text: fitting(text) });
    return seq;
  }

  #add(roomId: string, item: TimelineItem): void {
    this.#logs.set(roomId, [...this.#log(roomId), item]);
  }

  #log(roomId: string): TimelineItem[] {
    return this.#logs.get(roomId) ?? [];
  }

  #next(roomId: string): number {
    return (this.#log(roomId).at(-1)?.seq ?? 0) + this.#dice.between(1, 2);
  }

  #name(): string {
    return nameOf(this.#text());
  }

  #account(): string {
    return (17 + this.#dice.below(PEOPLE_MAX)).toString(16).repeat(32);
  }

  #id(): string {
    this.#ids++;
    return this.#ids.toString(16).padStart(32, "0");
  }
}

/** As long as a name can be, of a room or a person. */
function nameOf(text: string): string {
  return text.length <= LIMITS.roomNameMax ? text : [...text].slice(0, LIMITS.roomNameMax).join("");
}

/** As long as a message can be. */
function fitting(text: string): string {
  if (utf8(text.toWellFormed()).length <= LIMITS.textBytesMax) return text;
  return text.slice(0, Math.floor(LIMITS.textBytesMax / 3));
}
