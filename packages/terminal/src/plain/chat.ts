/** A signed-in person's conversation with the engine: draws its updates, keeps what is in focus. No protocol in here. */
import type {
  Answer,
  Client,
  ConnectionState,
  Message,
  Method,
  Params,
  Refusal,
  RoomLine,
  TimelineItem,
  Update,
} from "@sotto/core";
import { sanitiseName } from "@sotto/wire";
import type { Desk, Me, Warning } from "../commands/desk.ts";
import { KnownRooms, roomTags } from "../commands/known-rooms.ts";
import { around, pageOf } from "../commands/page.ts";
import { Recall } from "../commands/recall.ts";
import { Settings } from "../commands/settings.ts";
import { DiskFull } from "../disk-full.ts";
import { haltOf } from "../halt.ts";
import { noticeText } from "../notices.ts";
import { error, hint, info, type Line, warning } from "../output.ts";
import type { Screen } from "../screen/screen.ts";
import { say } from "../text/index.ts";
import { haltWords, refusalWords, type Words, warningWords } from "../words.ts";
import { firstUnread } from "./first-unread.ts";
import { Happened } from "./happened.ts";
import { unreadDigest } from "./lines.ts";
import { Paper } from "./paper.ts";
import { Reading } from "./reading.ts";
import { findRoom, NO_ROOMS, type Rooms, roomsOf, tagOf } from "./rooms.ts";
import { Sending } from "./sending.ts";

/** Messages printed when a conversation is opened, unless more are unread. */
const EARLIER = 20;
const EARLIER_MAX = 500;
/** So many places stand on either side of one that is looked up. */
const CONTEXT = 5;

export class Chat implements Desk {
  readonly client: Client;
  readonly screen: Screen;
  readonly me: Me;
  readonly settings: Settings;
  readonly recall = new Recall();
  readonly showsOwnDeeds = false;
  readonly #sending: Sending;
  readonly #happened: Happened;
  readonly #reading: Reading;
  readonly #paper: Paper;
  #rooms: Rooms = NO_ROOMS;
  readonly #directs = new Map<string, RoomLine>();
  /** Names for completion: the relay's list, and whoever wrote or came since. */
  readonly #people = new Set<string>();
  #focus: string | undefined;
  #connection: ConnectionState = "offline";
  /** From a lost connection until `unread`: what others missed is counted, not printed line by line. */
  #catchingUp = true;
  #greeted = false;
  /** What was last said about the connection. */
  #told: "online" | "offline" | undefined;
  /** Messages of the conversation that is being opened wait until the earlier ones are printed. */
  #opening: { readonly roomId: string; readonly messages: Message[] } | undefined;
  /** What the last opening printed, so that an answer which comes later is not printed again. */
  #listed: ReadonlySet<string> = new Set();
  readonly #diskFull = new DiskFull();
  /** Once it is told what happened since the last run. */
  #known: KnownRooms | undefined;
  #warnings: Warning[] = [];
  /** Texts of an earlier run that were not sent at its end, by message id. */
  #waiting: ReadonlyMap<string, string> = new Map();

  constructor(client: Client, screen: Screen, me: Me) {
    this.client = client;
    this.screen = screen;
    this.me = me;
    this.#sending = new Sending(client, screen, {
      isOnline: () => this.#connection === "online",
      sent: (roomId, message) => this.#sentOwn(roomId, message),
    });
    this.settings = new Settings(client);
    this.#happened = new Happened(client);
    this.#reading = new Reading(client);
    this.#paper = new Paper(screen, me, (roomId) => this.tag(roomId));
  }

  get rooms(): Rooms {
    return this.#rooms;
  }

  get people(): readonly string[] {
    const directs = this.#rooms.all.filter(({ kind }) => kind === "direct").map(({ name }) => name);
    return [...new Set([...this.#people, ...directs])].filter((name) => name !== this.me.username);
  }

  get focus(): RoomLine | undefined {
    return this.#rooms.all.find((room) => room.roomId === this.#focus);
  }

  get connection(): ConnectionState {
    return this.#connection;
  }

  get warnings(): readonly Warning[] {
    return this.#warnings;
  }

  tag(roomId: string): string {
    return tagOf(this.#rooms, roomId);
  }

  print(...lines: readonly Line[]): void {
    this.screen.print(...lines);
  }

  /** @returns undefined after the refusal was printed. */
  async ask<M extends Method>(method: M, params: Params<M>): Promise<Answer<M> | undefined> {
    // The engine tells of it in the words that it has for being removed by somebody else.
    const leaving = method === "room.leave" && "roomId" in params ? String(params.roomId) : undefined;
    if (leaving !== undefined) this.#leaving.add(leaving);
    const result = await this.client.request(method, params);
    if (result.ok) return result.value;
    if (leaving !== undefined) this.#leaving.delete(leaving);
    this.refused(result.error);
    return undefined;
  }
  readonly #leaving = new Set<string>();

  refused(refusal: Refusal): void {
    const words = refusalWords(refusal);
    this.print(error(words.what), hint(words.hint));
  }

  /** Why there is no connection, where it will not come back by itself. */
  async halt(): Promise<Words | undefined> {
    const code = await haltOf(this.client);
    return code && haltWords(code);
  }

  async refresh(): Promise<void> {
    const rooms = await this.client.request("room.list", {});
    if (!rooms.ok) return;
    for (const { roomId } of rooms.value) this.#directs.delete(roomId);
    this.#rooms = roomsOf([...rooms.value, ...this.#directs.values()]);
    this.#known?.keep(this.#roomTags());
    if (this.#focus !== undefined && this.focus === undefined) this.#focus = undefined;
    this.#showPrompt();
  }

  /** Before updates are drawn: what is there already is no news. */
  async start(): Promise<void> {
    await this.refresh();
    const notes = await this.settings.load();
    this.#known = new KnownRooms(this.client);
    this.print(...this.#known.since(notes, this.#roomTags()));
    this.#known.keep(this.#roomTags());
    await this.#happened.know(this.#rooms.all);
    await this.#knowWaiting();
    const status = await this.client.request("account.status", {});
    if (!status.ok || status.value.connection !== "online") this.print(info(say().plain.chat.connecting));
  }

  #roomTags(): ReadonlyMap<string, string> {
    return roomTags(this.#rooms.all, (roomId) => this.tag(roomId));
  }

  /** What was not sent when sotto ended: nobody awaits an answer of it. */
  async #knowWaiting(): Promise<void> {
    const waiting = await this.client.request("outbox.list", {});
    if (!waiting.ok || waiting.value.length === 0) return;
    this.#waiting = new Map(waiting.value.map(({ messageId, text }) => [messageId, text]));
    this.print(info(say().plain.sending.fromBefore(waiting.value.length)));
  }

  /** A new account has missed nothing. */
  nothingToCatchUp(): void {
    this.#catchingUp = false;
  }

  async open(roomId: string): Promise<void> {
    await this.refresh();
    const room = this.#rooms.all.find((line) => line.roomId === roomId);
    const opening = { roomId, messages: [] };
    this.#opening = opening;
    this.#focus = roomId;
    const unread = room?.unread ?? 0;
    const limit = Math.min(EARLIER_MAX, Math.max(EARLIER, unread + 5));
    const items = await pageOf(this.client, roomId, limit);
    const messages = items.filter((item) => item.kind === "message");
    this.#printOpened(roomId, room, items, unread);
    const [first] = items;
    if (first !== undefined) this.recall.oldest.set(roomId, first.seq);
    this.#listed = new Set(messages.map(({ messageId }) => messageId));
    const last = messages.at(-1);
    if (last !== undefined) this.#reading.upTo(roomId, last.seq);
    this.#happened.told(roomId, items.at(-1)?.seq ?? 0);
    this.#opening = undefined;
    this.#showPrompt();
    for (const message of opening.messages as Message[]) {
      if (!this.#listed.has(message.messageId)) this.#printMessage(roomId, message);
    }
    await this.#tellNews(roomId);
  }

  #printOpened(roomId: string, room: RoomLine | undefined, items: readonly TimelineItem[], unread: number): void {
    const tag = this.tag(roomId);
    const text = say().plain.chat;
    this.print(info(room?.kind === "direct" ? text.conversationWith(tag) : text.inRoom(tag, room?.members ?? 1)));
    if (!items.some(({ kind }) => kind === "message")) this.print(info(text.noMessages));
    const firstNew = firstUnread(items, unread, this.me.accountId);
    items.forEach((item, index) => {
      if (index === firstNew) this.print(info(text.newOnes(unread)));
      this.#paper.item(roomId, item);
    });
  }

  /** For `direct.open`: a conversation without a message is in no list yet. */
  knowDirect(roomId: string, username: string): void {
    if (this.#rooms.tags.has(roomId)) return;
    const direct: RoomLine = { roomId, name: username, kind: "direct", unread: 0, members: 2 };
    this.#directs.set(roomId, direct);
    this.#rooms = roomsOf([...this.#rooms.all, direct]);
  }

  back(): RoomLine | undefined {
    const left = this.focus;
    this.#focus = undefined;
    this.#showPrompt();
    return left;
  }

  send(roomId: string, text: string): void {
    this.#sending.send(roomId, text);
  }

  /** Waits until everything that was sent has its answer printed, or `signal` ends the wait. */
  async settle(signal: AbortSignal): Promise<void> {
    await Promise.all([this.client.settle(signal), this.#sending.settle(signal)]);
  }

  /** A room by what a person calls it; what is wrong is printed. */
  find(word: string): RoomLine | undefined {
    const text = say().plain.chat;
    const found = findRoom(this.#rooms, word);
    if (found.type === "room") return found.room;
    if (found.type === "several") this.print(error(text.several(found.tags.join(", "))));
    else this.print(error(text.noRoom(sanitiseName(word))), hint(text.noRoomHint));
    return undefined;
  }

  history(roomId: string, items: readonly TimelineItem[]): void {
    if (items.length === 0) this.print(info(say().plain.chat.noMessages));
    for (const item of items) this.#paper.item(roomId, item);
  }

  async around(roomId: string, seq: number): Promise<void> {
    this.history(roomId, await around(this.client, roomId, seq, CONTEXT));
  }

  /** Draws updates until the client closes. */
  async follow(updates: AsyncIterable<Update>): Promise<void> {
    for await (const update of updates) await this.draw(update);
  }

  /** A message that another program sent through this one. */
  echo(roomId: string, message: Message): void {
    this.#printMessage(roomId, message);
  }

  async draw(update: Update): Promise<void> {
    switch (update.type) {
      case "message":
        return this.#message(update);
      case "room":
        return this.#room(update.roomId, update.event);
      case "connection":
        return this.#connectionChanged(update);
      case "unread":
        return this.#unread(update);
      case "sent":
        return this.#sentLater(update);
      case "notice":
        if (this.#diskFull.isRepeated(update, Date.now())) return;
        return this.print(info({ text: noticeText(update), lines: true }));
      case "warning": {
        this.#warnings = [...this.#warnings.slice(-50), update];
        const words = warningWords(update);
        const what = update.roomId === undefined ? words.what : say().words.about(this.tag(update.roomId), words.what);
        const lost =
          update.text === undefined ? [] : [info(say().plain.chat.lostText, { text: update.text, lines: true })];
        return this.print(warning(`${what} (${update.code})`), ...lost, hint(words.hint));
      }
    }
  }

  async #message(update: Extract<Update, { type: "message" }>): Promise<void> {
    if (!this.#rooms.tags.has(update.roomId)) await this.refresh();
    this.#people.add(update.sender);
    if (this.#opening?.roomId === update.roomId) this.#opening.messages.push(update);
    else if (this.#isShown(update.roomId)) this.#printMessage(update.roomId, update);
  }

  /** What is not shown is counted: `/rooms` says how much. */
  #isShown(roomId: string): boolean {
    if (roomId === this.#focus) return true;
    return !this.#catchingUp && !this.settings.doNotDisturb && !this.settings.isMuted(roomId);
  }

  #printMessage(roomId: string, message: Message): void {
    this.#paper.message(roomId, message);
    if (roomId === this.#focus) this.#reading.upTo(roomId, message.seq);
  }

  #sentOwn(roomId: string, message: { messageId: string; seq: number; text: string; sentAt: number }): void {
    if (this.#listed.has(message.messageId)) return;
    this.#paper.message(roomId, { ...message, sender: this.me.username, senderId: this.me.accountId });
  }

  #sentLater({ roomId, messageId, seq }: Extract<Update, { type: "sent" }>): void {
    const text = this.#waiting.get(messageId);
    if (text !== undefined) this.#sentOwn(roomId, { messageId, seq, text, sentAt: Date.now() });
  }

  async #room(roomId: string, event: Extract<Update, { type: "room" }>["event"]): Promise<void> {
    const before = this.tag(roomId);
    const known = this.#rooms.tags.has(roomId);
    await this.refresh();
    const tag = this.tag(roomId);
    switch (event) {
      case "joined": {
        await this.#happened.news(roomId);
        const room = this.#rooms.all.find((line) => line.roomId === roomId);
        if (!known && room?.kind === "room" && !this.#expected.delete(roomId)) {
          this.print(info(say().plain.chat.youWereAdded(tag)));
        }
        return;
      }
      case "members":
        return this.#tellNews(roomId);
      case "renamed":
        await this.#happened.news(roomId);
        return this.print(info(say().plain.chat.renamed(before, tag)));
      case "removed":
        if (this.#leaving.delete(roomId)) return;
        return this.print(info(say().plain.chat.youWereRemoved(before)));
    }
  }

  /** What others did; new devices of theirs are told by a notice. */
  async #tellNews(roomId: string): Promise<void> {
    if (this.#opening?.roomId === roomId) return;
    for (const event of await this.#happened.news(roomId)) {
      for (const name of [event.by, event.who]) if (name !== undefined) this.#people.add(name);
      const isTold = event.byId !== this.me.accountId && event.event !== "devices";
      if (isTold && this.#isShown(roomId)) this.#paper.item(roomId, event);
    }
  }

  /** Rooms that this person is entering right now: no need to tell. */
  readonly #expected = new Set<string>();

  expect(roomId: string): void {
    if (!this.#rooms.tags.has(roomId)) this.#expected.add(roomId);
  }

  async #connectionChanged({ state, retryAt }: Extract<Update, { type: "connection" }>): Promise<void> {
    this.#connection = state;
    this.#showPrompt();
    if (state === "online") {
      if (this.#told !== state) this.print(info(say().plain.chat.online));
      this.#told = state;
      await this.#learnUsers();
    } else if (state === "offline") {
      this.#catchingUp = this.#catchingUp || this.#told === "online";
      const halt = retryAt === undefined ? await this.halt() : undefined;
      if (halt !== undefined) this.print(error(say().plain.chat.notConnected(halt.what)), hint(halt.hint));
      else if (this.#told !== state) this.print(info(say().plain.chat.offline));
      this.#told = state;
    }
  }

  async #unread(update: Extract<Update, { type: "unread" }>): Promise<void> {
    this.#catchingUp = false;
    await this.refresh();
    if (update.total > 0) this.print(info(unreadDigest(update.from)));
    else if (!this.#greeted) this.print(info(say().plain.chat.nothingUnread));
    this.#greeted = true;
  }

  async #learnUsers(): Promise<void> {
    const users = await this.client.request("users.list", {});
    if (users.ok) for (const { username } of users.value) this.#people.add(username);
  }

  #showPrompt(): void {
    const offline = this.#connection === "online" ? "" : say().plain.chat.promptOffline;
    this.screen.prompt(`${offline}${this.#focus === undefined ? "" : this.tag(this.#focus)}> `);
  }
}
