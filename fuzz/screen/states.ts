/** States of the full screen, drawn by dice out of somebody's texts: whatever the engine, other people or a file could have put there. */
import { sanitiseName } from "@sotto/wire";
import type {
  Member,
  OpenRoom,
  Person,
  RoomState,
  State,
  TimelineItem,
  Warning,
} from "../../packages/terminal/src/full/state.ts";
import type { Line, Span } from "../../packages/terminal/src/output.ts";
import type { Dice } from "../dice.ts";

const NOW = 1_764_150_000_000;
const ME = { username: "bob", accountId: "11".repeat(32), deviceId: "dd".repeat(16) };
const DOUBTS = ["identity-changed", "chain-forked", "chain-withheld", "none"] as const;
const CODES: readonly Warning["code"][] = ["relay-lies", "commit-skipped", "identity-changed", "not-delivered"];
const STYLES = ["dim", "bold", "error", "warning", "qr", "none"] as const;

export class States {
  readonly #dice: Dice;
  readonly #texts: readonly string[];

  /** @param texts - one at least. */
  constructor(dice: Dice, texts: readonly string[]) {
    this.#dice = dice;
    this.#texts = texts;
  }

  text(): string {
    return this.#dice.one(this.#texts);
  }

  line(): Line {
    return this.#some(4, (): Span => {
      const style = this.#dice.one(STYLES);
      const text = this.text();
      if (style === "none") return text;
      return this.#dice.oneIn(2) ? { text, style } : { text, style, lines: true };
    });
  }

  state(): State {
    const dice = this.#dice;
    const people = this.#some(8, (index) => this.#person(index));
    const rooms = this.#some(14, (index) => this.#room(index));
    const open = rooms.length === 0 || dice.oneIn(6) ? undefined : this.#open(dice.one(rooms));
    return {
      me: { ...ME, username: dice.oneIn(3) ? this.text() : ME.username },
      now: NOW,
      connection: this.#connection(),
      waiting: dice.oneIn(3) ? dice.below(1000) : 0,
      rooms,
      people: new Map(people.map((person) => [person.accountId, person])),
      open,
      said: this.#some(4, (index) => this.#local(index)),
      composer: this.#composer(),
      doNotDisturb: dice.oneIn(4),
      panes: { rooms: !dice.oneIn(4), members: !dice.oneIn(4) },
      bare: dice.oneIn(8),
      focused: !dice.oneIn(4),
      warnings: this.#some(2, () => this.#warning(rooms)),
      toast: dice.oneIn(4) ? { line: this.line(), until: NOW + 1000 } : undefined,
    };
  }

  /** One thing is different, as after an event. */
  next(state: State): State {
    const other = this.state();
    const { open } = state;
    switch (this.#dice.below(6)) {
      case 0:
        return other;
      case 1:
        return { ...state, composer: other.composer };
      case 2:
        return { ...state, rooms: other.rooms, people: other.people };
      case 3:
        return { ...state, toast: other.toast, connection: other.connection, warnings: other.warnings };
      case 4:
        return open === undefined ? other : { ...state, open: this.#scrolled(open) };
      default:
        return open === undefined ? other : { ...state, open: { ...open, items: [...open.items, this.#item(9999)] } };
    }
  }

  #some<T>(most: number, make: (index: number) => T): T[] {
    return Array.from({ length: this.#dice.below(most + 1) }, (_, index) => make(index));
  }

  #account(index: number): string {
    return (index + 17).toString(16).repeat(32);
  }

  #person(index: number): Person {
    const dice = this.#dice;
    const online = dice.oneIn(3) ? undefined : dice.oneIn(2);
    const found = dice.one(DOUBTS);
    const doubt = found === "none" ? undefined : found;
    return { accountId: this.#account(index), username: this.text(), online, verified: dice.oneIn(2), doubt };
  }

  #room(index: number): RoomState {
    const dice = this.#dice;
    const kind = dice.one(["room", "direct"] as const);
    return {
      roomId: (index + 161).toString(16).repeat(32),
      number: dice.oneIn(5) ? dice.below(2000) : index + 1,
      kind,
      tag: `${kind === "room" ? "#" : "@"}${sanitiseName(this.text())}`,
      unread: dice.oneIn(2) ? dice.short(100_000) : 0,
      mentions: dice.oneIn(3) ? dice.short(200) : 0,
      members: dice.between(1, 500),
      muted: dice.oneIn(4),
      hasDraft: dice.oneIn(4),
      peer: kind === "direct" && !dice.oneIn(4) ? this.#account(dice.below(10)) : undefined,
    };
  }

  #open({ roomId }: RoomState): OpenRoom {
    const dice = this.#dice;
    const items = this.#some(dice.oneIn(4) ? 60 : 12, (index) => this.#item(index));
    const open: OpenRoom = {
      roomId,
      members: this.#some(9, (): Member => {
        const role = dice.one(["owner", "member"] as const);
        return { accountId: this.#account(dice.below(10)), username: this.text(), role };
      }),
      items,
      atStart: dice.oneIn(2),
      atEnd: dice.oneIn(2),
      newAfter: dice.oneIn(2) ? dice.below(items.length + 2) : 0,
      newCount: dice.below(20),
      newBelow: dice.oneIn(2) ? dice.short(5000) : 0,
      scroll: { type: "follow" },
      selected: undefined,
      matches: this.#some(2, () => this.text().slice(0, 3)),
    };
    return this.#scrolled(open);
  }

  #scrolled(open: OpenRoom): OpenRoom {
    const dice = this.#dice;
    const { items } = open;
    const key = items.length === 0 || dice.oneIn(10) ? "gone" : dice.one(items).key;
    const scroll = dice.oneIn(2)
      ? ({ type: "follow" } as const)
      : ({ type: "at", key, below: dice.below(40) } as const);
    return { ...open, scroll, selected: dice.oneIn(3) ? key : undefined };
  }

  #item(index: number): TimelineItem {
    const dice = this.#dice;
    // Clocks of others are what they are.
    const at = dice.oneIn(8) ? dice.one([0, -1, 8.64e15, 1e12]) : NOW - dice.short(90_000) * 1000;
    const messageId = index.toString(16).padStart(32, "0");
    const words = { at, text: this.text(), messageId };
    switch (dice.below(8)) {
      case 0:
        return { type: "event", key: `e${index}`, seq: index, at, line: this.line() };
      case 1:
        return this.#local(index);
      case 2:
        return { type: "waiting", key: `w${index}`, ...words };
      case 3:
        return { type: "failed", key: `f${index}`, ...words, why: { what: this.text(), hint: this.text() } };
      default:
        return {
          type: "message",
          key: `m${index}`,
          own: dice.oneIn(4),
          mention: dice.oneIn(4),
          messageId,
          seq: index,
          sender: this.text(),
          senderId: this.#account(dice.below(10)),
          sentAt: at,
          text: this.text(),
        };
    }
  }

  #local(index: number): Extract<TimelineItem, { type: "local" }> {
    return { type: "local", key: `l${index}`, at: NOW, lines: this.#some(3, () => this.line()) };
  }

  #connection(): State["connection"] {
    const dice = this.#dice;
    const state = dice.one(["offline", "dialing", "handshake", "online"] as const);
    const halt = dice.oneIn(3) ? { what: this.text(), hint: this.text() } : undefined;
    return { state, retryAt: dice.oneIn(2) ? NOW + dice.short(1e7) : undefined, halt };
  }

  #composer(): State["composer"] {
    const dice = this.#dice;
    const offers = dice.oneIn(3) ? this.#some(9, () => this.text()) : [];
    return {
      composer: dice.oneIn(3) ? { before: "", after: "" } : { before: this.text(), after: dice.one(["", this.text()]) },
      prompt: dice.oneIn(3) ? "> " : `#${sanitiseName(this.text())}> `,
      offers,
      offer: offers.length === 0 || dice.oneIn(2) ? undefined : dice.below(offers.length),
    };
  }

  #warning(rooms: readonly RoomState[]): Warning {
    const code = this.#dice.one(CODES);
    const room = rooms.length === 0 ? {} : { roomId: this.#dice.one(rooms).roomId };
    return { type: "warning", code, ...room, username: this.text() };
  }
}
