/** One person's `sotto --rpc` in a world of crashes: killed and started again, with all that it was asked for noted. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Answer, Message, Method, Params } from "@sotto/core";
import type { Person } from "../harness/person.ts";
import { RpcError } from "../harness/rpc.ts";
import type { Ledger } from "./ledger.ts";

const PAGE = 500;

export class Member {
  readonly person: Person;
  /** User name; the person's name is that of the profile. */
  readonly account: string;
  /** Somebody is about to kill it: nobody else does. */
  isTaken = false;
  readonly #ledger: Ledger;
  readonly #asked = new Map<number, string>();
  #numbers = 0;
  #answers = 0;
  #up = Promise.withResolvers<void>();
  #isUp = false;

  constructor(person: Person, account: string, ledger: Ledger) {
    this.person = person;
    this.account = account;
    this.#ledger = ledger;
  }

  get profile(): string {
    return this.person.name;
  }

  /** Unlocked; it need not be online. */
  get isUp(): boolean {
    return this.#isUp && this.person.isRunning;
  }

  whenUp(): Promise<void> {
    return this.#up.promise;
  }

  isNowUp(): void {
    this.#isUp = true;
    this.#up.resolve();
  }

  isNowDown(): void {
    if (this.#isUp) this.#up = Promise.withResolvers<void>();
    this.#isUp = false;
  }

  /** Lines that its newest process wrote. */
  get lines(): number {
    return this.person.run.notes.length + this.#answers;
  }

  /** Names of the methods that its newest process has not answered. */
  get unanswered(): readonly string[] {
    return [...this.#asked.values()];
  }

  async call<M extends Method>(method: M, params: Params<M>): Promise<Answer<M>> {
    const number = ++this.#numbers;
    this.#asked.set(number, method);
    if (["room.leave", "room.remove", "room.link", "device.revoke"].includes(method)) this.#ledger.words++;
    try {
      return await this.person.call(method, params);
    } finally {
      this.#asked.delete(number);
      this.#answers++;
    }
  }

  /** @returns "done", or the code that it was refused with. What a bug would be is a fault. */
  async outcome<M extends Method>(method: M, params: Params<M>): Promise<string> {
    try {
      await this.call(method, params);
      return "done";
    } catch (cause) {
      const code = codeOf(cause);
      if (code === "disk-full" && this.#ledger.isDiskFull) return code;
      if (
        ["internal", "disk-full", "bad-request", "vault-damaged", "relay-rolled-back", "profile-copied"].includes(code)
      )
        this.#ledger.fault(`${this.profile}: ${method} was refused ${code}: ${String(cause)}`);
      return code;
    }
  }

  /** Sends a message, and notes what came of it. */
  async say(roomId: string, text: string, id: string): Promise<void> {
    const { account: sender, profile } = this;
    await this.#send(this.#ledger.ask({ id, roomId, text, sender, profile }).id);
  }

  /** Asks again for what a dead process was asked for: it is the same message, whatever came of it. */
  async sayAgain(id: string): Promise<void> {
    await this.#send(id);
  }

  async #send(id: string): Promise<void> {
    const said = this.#ledger.said.get(id);
    if (said === undefined) throw new Error(`nobody asked for message ${id}`);
    const { roomId, text } = said;
    if (!this.isUp) return this.#ledger.end(id, { state: "gone" });
    try {
      const { messageId, seq } = await this.call("message.send", { roomId, text, id });
      if (messageId !== id) this.#ledger.fault(`message ${id} was answered as ${messageId}`);
      this.#ledger.end(id, { state: "answered", seq });
    } catch (cause) {
      const code = codeOf(cause);
      // A process that ends in order answers what it has stored with "offline": it goes after the next unlock.
      if (code === "gone" || (code === "offline" && !this.#isUp)) return this.#ledger.end(id, { state: "gone" });
      const isFirst = this.#ledger.fate(id).state === "asked";
      // Whoever is in a room may speak in it.
      const isFull = code === "disk-full" && this.#ledger.isDiskFull;
      if (!isFull && (code !== "unknown-room" || this.#ledger.isPresent(roomId, this.profile)))
        this.#ledger.fault(`${this.profile}: a message was refused ${code} in ${roomId.slice(0, 8)}: ${String(cause)}`);
      if (isFirst) this.#ledger.end(id, { state: "refused", code });
    }
  }

  /** The whole of a room as this profile has it; undefined when it is in no such room. */
  async history(roomId: string, limit = Number.POSITIVE_INFINITY): Promise<readonly Message[] | undefined> {
    let all: readonly Message[] = [];
    try {
      for (let before: number | undefined; ; before = all[0]?.seq) {
        const page = await this.call("message.list", {
          roomId,
          limit: Math.min(PAGE, limit),
          ...(before !== undefined && { before }),
        });
        all = [...page, ...all];
        if (page.length < PAGE || all.length >= limit) return all;
      }
    } catch (cause) {
      if (codeOf(cause) === "unknown-room") return undefined;
      throw cause;
    }
  }

  /** Rooms and conversations that it is in. */
  async rooms(): Promise<readonly string[]> {
    return (await this.call("room.list", {})).map(({ roomId }) => roomId);
  }

  async isIn(roomId: string): Promise<boolean> {
    return (await this.rooms()).includes(roomId);
  }

  async isOnline(): Promise<boolean> {
    return (await this.call("account.status", {})).connection === "online";
  }

  /**
   * Starts and unlocks after a kill, and compares what is there with what was asked for.
   *
   * @throws when the profile does not open: nothing that can be killed may damage it.
   */
  async comeBack(): Promise<void> {
    await this.open();
    await this.#look();
    this.isNowUp();
  }

  async open(): Promise<void> {
    this.#asked.clear();
    const found = await this.person.start();
    if (found !== "locked") throw new Error(`${this.profile} is ${found} after a kill`);
    await this.call("account.unlock", { password: this.person.password });
  }

  /** What the last process stored without an answer must come in the end: all that is seen or waits now. */
  async #look(): Promise<void> {
    const rooms = [...new Set(this.#ledger.openOf(this.profile).map(({ roomId }) => roomId))];
    const histories = await Promise.all(rooms.map((roomId) => this.history(roomId, PAGE)));
    // In this order: what goes from the outbox into the history in between is counted once.
    const { outbox } = await this.call("account.status", {});
    const ids = new Set(this.#ledger.openOf(this.profile).map(({ id }) => id));
    const visible = histories.flatMap((history) => history ?? []).filter(({ messageId }) => ids.has(messageId));
    this.#ledger.accepted.push({
      profile: this.profile,
      ids: [...ids],
      least: visible.length + Math.max(0, outbox - this.#ledger.words),
    });
  }

  /** How many ways lead into its vault. */
  async slots(): Promise<number> {
    return JSON.parse(await readFile(join(this.person.profile, "vault.key"), "utf8")).slots.length;
  }
}

/** Of a request that was refused; what is no refusal is thrown on. */
export function codeOf(cause: unknown): string {
  if (!(cause instanceof RpcError)) throw cause;
  return cause.code ?? String(cause.number);
}
