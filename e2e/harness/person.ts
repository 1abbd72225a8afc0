import { join } from "node:path";
import type { Answer, Message, Method, Params } from "@sotto/core";
import { codeOf } from "./code.ts";
import type { Ending, Env } from "./program.ts";
import { type Note, Rpc } from "./rpc.ts";
import { eventually } from "./watch.ts";

export type MessageNote = Extract<Note, { type: "message" }>;

/** One person at `sotto --rpc`: one profile, through as many processes as a test kills. */
export class Person implements AsyncDisposable {
  readonly name: string;
  readonly profile: string;
  password: string;
  totpUri = "";
  recoveryPhrase = "";
  backupCodes: readonly string[] = [];
  accountId = "";
  /** What the next process is started with. */
  env: Env = {};
  readonly #home: string;
  /** One for each process, the oldest first. */
  readonly runs: Rpc[] = [];

  /** Nothing runs yet. */
  constructor(name: string, home: string, password = `battery staple ${name.length} clip`) {
    this.name = name;
    this.password = password;
    this.profile = join(home, `p-${name}`);
    this.#home = home;
  }

  get run(): Rpc {
    const run = this.runs.at(-1);
    if (run === undefined) throw new Error(`${this.name} has not been started`);
    return run;
  }

  get isRunning(): boolean {
    return this.runs.at(-1)?.program.isRunning === true;
  }

  get stderr(): Buffer {
    return Buffer.concat(this.runs.map((run) => run.program.stderr));
  }

  /** @returns what the program found in the profile. */
  async start(): Promise<"none" | "locked"> {
    this.runs.push(new Rpc(this.profile, this.#home, this.env));
    const [first] = await this.run.until((notes) => notes.length > 0 && notes, `${this.name}'s ready`);
    if (first?.type !== "ready") throw new Error(`${this.name}'s first line is ${first?.type}, not ready`);
    return first.profile;
  }

  /** From nothing to online, with a computed code. */
  async signUp(link: string): Promise<void> {
    await this.start();
    await this.beginSignUp(link);
    await this.confirm();
  }

  async beginSignUp(link: string): Promise<void> {
    const { name: username, password } = this;
    const made = await this.call("account.signUp", { link, username, password });
    this.totpUri = made.totpUri;
    this.recoveryPhrase = made.recoveryPhrase;
    this.accountId = made.accountId;
  }

  async confirm(): Promise<void> {
    this.backupCodes = (await this.call("account.confirmOtp", { code: codeOf(this.totpUri) })).backupCodes;
  }

  async unlock(): Promise<void> {
    await this.call("account.unlock", { password: this.password });
  }

  /** Starts and unlocks again after a kill; `unread` says when all rooms are caught up. */
  async comeBack(): Promise<Extract<Note, { type: "unread" }>> {
    await this.start();
    await this.unlock();
    return await this.caughtUp();
  }

  /** @returns the digest of the newest process. */
  async caughtUp(): Promise<Extract<Note, { type: "unread" }>> {
    return await this.until((notes) => notes.find((note) => note.type === "unread"), "the unread digest");
  }

  call<M extends Method>(method: M, params: Params<M>): Promise<Answer<M>> {
    return this.run.call(method, params);
  }

  async send(roomId: string, text: string): Promise<Answer<"message.send">> {
    return await this.call("message.send", { roomId, text });
  }

  /** Waits for something that the newest process tells. */
  until<T>(look: (notes: readonly Note[]) => T | undefined | false, what: string): Promise<T> {
    return this.run.until(look, `${what} at ${this.name}`);
  }

  /** Waits for a message with this text. */
  sees(roomId: string, text: string): Promise<MessageNote> {
    return this.until(() => this.told(roomId).find((note) => note.text === text), `"${text.slice(0, 40)}"`);
  }

  /** The messages of a room that were notified, by the newest process or by one of `runs`. */
  told(roomId: string, run = this.run): readonly MessageNote[] {
    return run.notes.filter((note): note is MessageNote => note.type === "message" && note.roomId === roomId);
  }

  /** The whole of a room, page by page from the newest. */
  async history(roomId: string, limit = 100): Promise<readonly Message[]> {
    let all: readonly Message[] = [];
    for (let before: number | undefined; ; before = all[0]?.seq) {
      const page = await this.call(
        "message.list",
        before === undefined ? { roomId, limit } : { roomId, limit, before },
      );
      all = [...page, ...all];
      if (page.length < limit) return all;
    }
  }

  /** Waits until nothing of this person's waits to be sent. */
  async settled(): Promise<void> {
    await eventually(async () => (await this.call("account.status", {})).outbox === 0, `${this.name}'s empty outbox`);
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<Ending> {
    return await this.run.program.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.runs.map((run) => run.program.kill()));
  }
}
