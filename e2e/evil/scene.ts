/** People at real `sotto --rpc` processes on a relay that was changed on purpose, and what must stay true for them. */
import { type Entry, formatLink, idOf, parseLink, type RoomId } from "@sotto/wire";
import { expect } from "vitest";
import type { Person } from "../harness/person.ts";
import { freePort } from "../harness/relay.ts";
import { Stage } from "../harness/stage.ts";
import { eventually } from "../harness/watch.ts";
import { EvilRelay } from "./evil-relay.ts";

export class Scene<Names extends string> implements AsyncDisposable {
  readonly stage: Stage;
  readonly evil: EvilRelay;
  /** What a newcomer is given: it leads to the evil relay. */
  readonly link: string;
  readonly people: Readonly<Record<Names, Person>>;
  /** Every text that was said here: none may be held by the relay, none shown otherwise. */
  readonly said = new Set<string>();
  #texts = 0;

  private constructor(stage: Stage, evil: EvilRelay, link: string, people: Record<Names, Person>) {
    this.stage = stage;
    this.evil = evil;
    this.link = link;
    this.people = people;
  }

  static async open<const Names extends string>(...names: readonly Names[]): Promise<Scene<Names>> {
    const stage = await Stage.open();
    try {
      const evil = stage.use(await EvilRelay.start(stage.relay, await freePort()));
      const honest = parseLink(stage.relay.link);
      if (honest === undefined) throw new Error("the relay's link is a link");
      const link = formatLink({ ...honest, port: evil.port });
      const people = await Promise.all(names.map(async (name) => [name, await stage.signUp(name, link)] as const));
      return new Scene(stage, evil, link, Object.fromEntries(people) as Record<Names, Person>);
    } catch (cause) {
      await stage[Symbol.asyncDispose]();
      throw cause;
    }
  }

  /** A room of the first one's making, which the others join by its link, and where everybody has heard all others. */
  async room(owner: Person, ...others: readonly Person[]): Promise<{ readonly roomId: RoomId; readonly link: string }> {
    const { roomId, link } = await owner.call("room.create", { name: "den" });
    for (const person of others) await person.call("room.join", { link });
    await this.talk(roomId, owner, ...others);
    return { roomId: idOf.room(Buffer.from(roomId, "hex")), link };
  }

  /** A text that nobody said before. */
  text(): string {
    const text = `nightjar ${String(++this.#texts).padStart(3, "0")} says something`;
    this.said.add(text);
    return text;
  }

  /** Everybody says something, and everybody hears it. */
  async talk(room: string, ...members: readonly Person[]): Promise<void> {
    for (const person of members) {
      const text = this.text();
      await person.send(room, text);
      await Promise.all(members.filter((one) => one !== person).map((one) => one.sees(room, text)));
    }
  }

  /** Ends somebody's connection and waits for the next one to stand. */
  async reconnect(person: Person): Promise<void> {
    const mark = person.run.notes.length;
    this.evil.cut(person.name);
    await this.online(person, mark);
  }

  async online(person: Person, mark: number): Promise<void> {
    await person.until(
      (notes) => notes.slice(mark).some((note) => note.type === "connection" && note.state === "online"),
      "another connection",
    );
  }

  /** Waits until somebody has stored a room's log up to there and told what there was to tell of it. */
  async reads(person: Person, room: RoomId, seq: number): Promise<void> {
    const isRead = () => this.evil.of(person.name, "cursor").some((body) => body.room === room && body.seq >= seq);
    await this.evil.watch.until(isRead, `${person.name} to have read up to ${seq}`);
    // Its answer comes behind all that was told before.
    await person.call("account.status", {});
  }

  /** The entries of a room's log as the honest relay has them, for a member. */
  async log(person: Person, room: RoomId): Promise<readonly Entry[]> {
    const body = await this.evil.line(person.name).ask({ type: "fetch", room, from: 1, limit: 500 });
    if (body.type !== "fetched") throw new Error(`the relay does not give the log: ${body.type}`);
    return body.entries;
  }

  /**
   * What must stay true whatever the relay does: nobody is shown a text that was not said, or one twice; any two people
   * see what both see in the same order; and the relay never held a text.
   *
   * @param anyOrder - for a lie about the order that is named: the order is what is wrong then.
   */
  async expectTrue(room: string, members: readonly Person[], anyOrder = false): Promise<void> {
    const shown = await Promise.all(
      members.map(async (person) => {
        const texts = (await person.history(room)).map(({ text }) => text);
        const told = person.runs.flatMap((run) => person.told(room, run)).map(({ text }) => text);
        for (const list of [texts, told]) {
          expect(new Set(list).size, `${person.name} is shown nothing twice`).toBe(list.length);
          expect(
            list.filter((text) => !this.said.has(text)),
            `${person.name} is shown nothing altered`,
          ).toEqual([]);
        }
        return texts;
      }),
    );
    const [first = [], ...others] = shown;
    for (const other of anyOrder ? [] : others) {
      expect(
        other.filter((text) => first.includes(text)),
        "all see one order",
      ).toEqual(first.filter((text) => other.includes(text)));
    }
    this.expectBlind();
  }

  expectBlind(): void {
    for (const bytes of this.evil.held.splice(0)) expect(Buffer.from(bytes).includes("nightjar")).toBe(false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stage[Symbol.asyncDispose]();
  }
}

/** What somebody is told from now on. */
export class Ear {
  readonly person: Person;
  #mark: number;

  constructor(person: Person) {
    this.person = person;
    this.#mark = person.run.notes.length;
  }

  /** From now on again. */
  reset(): void {
    this.#mark = this.person.run.notes.length;
  }

  get warnings(): readonly string[] {
    return this.person.run.notes.slice(this.#mark).flatMap((note) => (note.type === "warning" ? [note.code] : []));
  }

  /** Waits for a warning. */
  async hears(code: string): Promise<void> {
    await this.person.until(() => this.warnings.includes(code), `the warning ${code}`);
  }
}

/** Until somebody is online. */
export async function untilOnline(person: Person): Promise<void> {
  await eventually(
    async () => (await person.call("account.status", {})).connection === "online",
    `${person.name} to be online`,
  );
}
