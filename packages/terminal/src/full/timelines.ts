/** What is read of conversations from the vault: the open one's window follows its log, and moves as one scrolls. */
import type { Client } from "@sotto/core";
import type { Board } from "./board.ts";
import { mentionsOf } from "./model/mentions.ts";
import { type Model, withOpen, withWindow } from "./model/model.ts";
import { closed, membersTold, opened, opening } from "./model/news.ts";
import {
  joined,
  lastSeq,
  PAGE,
  type Page,
  type Reading,
  WINDOW_MAX,
  type Window,
  windowOf,
  withNewer,
  withOlder,
} from "./model/window.ts";

/** What comes in is read once for a frame at most. */
const FOLLOW_MS = 30;
/** What was said before a conversation was begun anew has places below 0. */
const BEFORE_ALL = Number.MIN_SAFE_INTEGER;
/** How far a search for a mention goes back or on. */
const PAGES_MAX = 20;

export class Timelines {
  readonly #client: Client;
  readonly #board: Board;
  readonly #reading: Reading;
  readonly #reveal: (key: string) => void;
  readonly #readTo: (roomId: string) => number;
  /** One read at a time: each starts from the window that the one before left. */
  #turn: Promise<void> = Promise.resolve();
  /** What is new is read soon, and whoever asks for it meanwhile waits for the same. */
  #following: Promise<void> | undefined;
  #followedAt = Number.NEGATIVE_INFINITY;
  #moving = false;
  #opening: string | undefined;

  /**
   * @param reveal - brings an item of the window into the middle of the view.
   * @param readTo - the place up to which the person has read; the vault may not know yet.
   */
  constructor(
    client: Client,
    board: Board,
    eventWords: Reading["eventWords"],
    reveal: (key: string) => void,
    readTo: (roomId: string) => number,
  ) {
    this.#client = client;
    this.#board = board;
    this.#reveal = reveal;
    this.#readTo = readTo;
    const { accountId, username } = board.model.me;
    this.#reading = { accountId, isMention: mentionsOf(username), eventWords };
  }

  /** A conversation was chosen and nothing of it is there to be drawn yet. */
  get isOpening(): boolean {
    return this.#opening !== undefined;
  }

  /** At once the one that text goes to; resolves when it is in view. */
  open(roomId: string): Promise<void> {
    this.#opening = roomId;
    this.#board.change((model) => opening(model, roomId));
    void this.members(roomId);
    return this.#inTurn(async () => {
      const page = await this.#page(roomId, {});
      if (this.#opening === roomId) this.#opening = undefined;
      if (page === undefined) return;
      const read = Math.max(page.read, this.#readTo(roomId));
      this.#board.change((model) =>
        model.open?.roomId === roomId ? opened(model, windowOf(roomId, page, this.#reading), read) : model,
      );
    });
  }

  close(): void {
    this.#opening = undefined;
    this.#board.change(closed);
  }

  async members(roomId: string): Promise<void> {
    const members = await this.#client.request("room.members", { roomId });
    if (members.ok) this.#board.change((model) => membersTold(model, roomId, members.value));
  }

  /** Something is new in the log of `roomId`. Resolves when it is in the window. */
  follow(roomId: string): Promise<void> {
    if (this.#board.model.open?.roomId !== roomId) return this.#turn;
    this.#following ??= this.#follow();
    return this.#following;
  }

  async #follow(): Promise<void> {
    const waitMs = this.#followedAt + FOLLOW_MS - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    await this.#inTurn(async () => {
      this.#following = undefined;
      this.#followedAt = performance.now();
      // Whichever is open by now: what came for it meanwhile relied on this.
      const { window, open } = this.#board.model;
      if (window === undefined || window.roomId !== open?.roomId || !window.atEnd) return;
      const { roomId } = window;
      const page = await this.#page(roomId, { after: lastSeq(window), limit: WINDOW_MAX - PAGE });
      if (page === undefined) return;
      this.#board.change((model) => followed(model, page, this.#reading));
      // More came than one page holds: the end is where the view goes.
      const after = this.#board.model;
      if (after.open?.roomId === roomId && after.open.scroll.type === "follow" && !page.atEnd) void this.toEnd();
    });
  }

  older(): Promise<void> {
    return this.#move(async (window) => {
      const first = window.items[0]?.seq;
      if (window.atStart || first === undefined) return window;
      const page = await this.#page(window.roomId, { before: first });
      return page === undefined ? window : withOlder(window, page, this.#reading);
    });
  }

  newer(): Promise<void> {
    return this.#move(async (window) => {
      if (window.atEnd) return window;
      const page = await this.#page(window.roomId, { after: lastSeq(window) });
      return page === undefined ? window : withNewer(window, page, this.#reading);
    });
  }

  /** The newest come into view, wherever one was. */
  async toEnd(): Promise<void> {
    const { window } = this.#board.model;
    const end = { scroll: { type: "follow" as const }, newBelow: 0, selected: undefined, found: undefined };
    if (window === undefined || window.atEnd) return this.#board.change((model) => withOpen(model, end));
    await this.#replace(async (roomId) => {
      const page = await this.#page(roomId, {});
      return page && windowOf(roomId, page, this.#reading);
    }, end);
  }

  async toStart(): Promise<void> {
    if (this.#board.model.window?.atStart !== true) {
      await this.#replace(async (roomId) => {
        const page = await this.#page(roomId, { after: BEFORE_ALL });
        return page && windowOf(roomId, page, this.#reading);
      }, {});
    }
    const first = this.#board.model.window?.items[0];
    if (first !== undefined) this.#reveal(first.key);
  }

  /**
   * What was said around a place comes into view.
   *
   * @param mark - the message there is marked. It is not selected: who types now answers, and letters are text.
   */
  async jump(roomId: string, seq: number, mark: boolean, matches: readonly string[] = []): Promise<void> {
    if (this.#board.model.open?.roomId !== roomId) await this.open(roomId);
    const here = this.#board.model.window;
    const isHere = here?.roomId === roomId && here.items.some((item) => item.seq === seq);
    if (!isHere) {
      await this.#replace(async () => {
        const before = await this.#page(roomId, { before: seq + 1 });
        const after = await this.#page(roomId, { after: seq });
        if (before === undefined || after === undefined) return undefined;
        return joined(windowOf(roomId, before, this.#reading), after, this.#reading);
      }, {});
    }
    const found = this.#board.model.window?.items.find((item) => item.seq >= seq);
    if (this.#board.model.open?.roomId !== roomId || found === undefined) return;
    const marked = mark ? found.key : undefined;
    this.#board.change((model) => withOpen(model, { selected: undefined, found: marked, matches }));
    this.#reveal(found.key);
  }

  /** @returns whether there is one in that direction. */
  async mention(step: 1 | -1): Promise<boolean> {
    const { window: before } = this.#board.model;
    if (await this.#mention(step)) return true;
    // Nobody asked for what was looked through: the view goes back to where it was, and on with what came meanwhile.
    if (before !== undefined && before !== this.#board.model.window) {
      await this.#inTurn(async () => this.#board.change((model) => withWindow(model, before)));
      await this.follow(before.roomId);
    }
    return false;
  }

  async #mention(step: 1 | -1): Promise<boolean> {
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const { open, window } = this.#board.model;
      if (open === undefined || window === undefined) return false;
      const found = mentionFrom(this.#board.model, step);
      if (found !== undefined) {
        await this.jump(open.roomId, found, true);
        return true;
      }
      if (step === -1 ? window.atStart : window.atEnd) return false;
      await (step === -1 ? this.older() : this.newer());
      if (this.#board.model.window === window) return false;
    }
    return false;
  }

  async #move(step: (window: Window) => Promise<Window>): Promise<void> {
    // While one page is on its way, more scrolling asks for no other.
    if (this.#moving) return this.#turn;
    this.#moving = true;
    await this.#inTurn(async () => {
      const { window } = this.#board.model;
      const after = window && (await step(window));
      if (after !== undefined && this.#board.model.window === window)
        this.#board.change((model) => withWindow(model, after));
    });
    this.#moving = false;
  }

  #replace(
    read: (roomId: string) => Promise<Window | undefined>,
    change: Parameters<typeof withOpen>[1],
  ): Promise<void> {
    return this.#inTurn(async () => {
      const roomId = this.#board.model.open?.roomId;
      const window = roomId === undefined ? undefined : await read(roomId);
      if (window !== undefined) this.#board.change((model) => withOpen(withWindow(model, window), change));
    });
  }

  async #page(
    roomId: string,
    range: { readonly before?: number; readonly after?: number; readonly limit?: number },
  ): Promise<Page | undefined> {
    const page = await this.#client.request("timeline.list", { roomId, limit: PAGE, ...range });
    return page.ok ? page.value : undefined;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work);
    return this.#turn;
  }
}

/** What is new is added, unless that would take away what the person is looking at. */
function followed(model: Model, page: Page, reading: Reading): Model {
  const { window, open } = model;
  if (window === undefined || open === undefined) return model;
  const isFull = window.items.length + page.items.length > WINDOW_MAX;
  if (open.scroll.type === "at" && isFull) return withWindow(model, { ...window, atEnd: false });
  return withWindow(model, withNewer(window, page, reading));
}

/** The next place where one is meant, from what is selected or was found, or from the end of the view. */
function mentionFrom({ open, window }: Model, step: 1 | -1): number | undefined {
  const items = window?.items ?? [];
  const from = open?.selected ?? open?.found ?? (open?.scroll.type === "at" ? open.scroll.key : undefined);
  const place = items.findIndex(({ key }) => key === from);
  // What is not in the window any more lies before all that is looked through.
  const start = place >= 0 ? place : step === 1 && from !== undefined ? -1 : items.length;
  for (let at = start + step; at >= 0 && at < items.length; at += step) {
    const item = items[at];
    if (item?.type === "message" && item.mention) return item.seq;
  }
  return undefined;
}
