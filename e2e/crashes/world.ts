/** One relay and some people for a hundred kills: real processes on one folder, all under load. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Person } from "../harness/person.ts";
import type { Ending, Env } from "../harness/program.ts";
import { Relay } from "../harness/relay.ts";
import { eventually } from "../harness/watch.ts";
import { faultsOf } from "./check.ts";
import { Commits } from "./commits.ts";
import type { Dice } from "./dice.ts";
import { atAnyTime, atWrite, type Instant } from "./instants.ts";
import { Ledger } from "./ledger.ts";
import { Load } from "./load.ts";
import { Member } from "./member.ts";
import { readable, relayFaults } from "./relay-files.ts";
import type { Tally } from "./tally.ts";

const NAMES = ["amy", "ben", "cat"] as const;
/** From the start of a relay to its line, on a machine that is busy. */
const START_MS = 900;
const AGAIN_AT_START = 0.25;
const LOOKS = 6;
const BETWEEN_LOOKS_MS = 2000;

export interface WorldOptions {
  readonly folder: string;
  readonly dice: Dice;
  readonly tally: Tally;
  /** Two people and no second device: for a run of a few seconds. */
  readonly isSmall: boolean;
  /** Settings of the relay. */
  readonly settings: Env;
}

export class World implements AsyncDisposable {
  readonly folder: string;
  readonly tally: Tally;
  readonly ledger = new Ledger();
  readonly canary: string;
  readonly relay: Relay;
  readonly load: Load;
  readonly members: Member[] = [];
  isRelayTaken = false;
  #commits: Commits | undefined;
  #hall = "";
  #yard = "";
  readonly #persons: Person[] = [];
  #people = 0;
  #answered = 0;

  private constructor({ folder, tally, dice }: WorldOptions, relay: Relay) {
    this.folder = folder;
    this.tally = tally;
    this.relay = relay;
    this.canary = `goldfinch-${dice.id()}`;
    this.load = new Load(this.ledger, this.canary);
  }

  static async open(options: WorldOptions): Promise<World> {
    const { folder, dice, isSmall, settings } = options;
    await mkdir(folder, { recursive: true });
    const relay = await Relay.start(folder, settings);
    const world = new World(options, relay);
    try {
      await world.#furnish(dice, isSmall);
      return world;
    } catch (cause) {
      await world.keep();
      await world[Symbol.asyncDispose]();
      throw cause;
    }
  }

  get commits(): Commits {
    if (this.#commits === undefined) throw new Error("nobody is there yet");
    return this.#commits;
  }

  /** The room that everybody is in for good. */
  get hall(): string {
    return this.#hall;
  }

  /** The room whose members change; the first person owns it. */
  get yard(): string {
    return this.#yard;
  }

  /** Somebody who is not there yet. */
  person(name: string, password?: string): Person {
    const person = new Person(name, this.folder, password);
    this.#persons.push(person);
    return person;
  }

  /** A name that nobody has. */
  name(prefix: string): string {
    return `${prefix}${++this.#people}`;
  }

  async #furnish(dice: Dice, isSmall: boolean): Promise<void> {
    const names = isSmall ? NAMES.slice(0, 2) : NAMES;
    const people = await Promise.all(names.map((name) => this.#settle(name)));
    const [first] = people;
    if (first === undefined) throw new Error("a world needs somebody");
    const hall = await first.call("room.create", { name: "hall" });
    const yard = await first.call("room.create", { name: "yard" });
    [this.#hall, this.#yard] = [hall.roomId, yard.roomId];
    for (const one of people.slice(1)) {
      await one.call("room.join", { link: hall.link });
      await one.call("room.join", { link: yard.link });
    }
    this.members.push(...people);
    if (!isSmall) this.members.push(await this.#another(first));
    for (const { profile } of this.members)
      for (const room of [this.hall, this.yard]) this.ledger.enters(room, profile);
    const { ledger, load, members, tally } = this;
    const note = (change: string, outcome: string) => tally.note(change, outcome);
    this.#commits = new Commits({ ledger, load, members, yard: this.yard, note });
    for (const member of this.members) this.load.add(member, dice.fork());
    this.commits.start(dice.fork());
  }

  async #settle(name: string): Promise<Member> {
    const person = this.person(name);
    await person.signUp(this.relay.link);
    const member = new Member(person, name, this.ledger);
    member.isNowUp();
    return member;
  }

  /** A second device of somebody. */
  async #another(first: Member): Promise<Member> {
    const { person } = first;
    const second = this.person(`${first.account}-2`, person.password);
    await second.start();
    await second.call("account.signIn", {
      link: this.relay.link,
      username: first.account,
      password: person.password,
      code: backupCode(person),
      recoveryPhrase: person.recoveryPhrase,
    });
    const member = new Member(second, first.account, this.ledger);
    member.isNowUp();
    const wanted = [this.hall, this.yard];
    const isIn = async () => (await member.rooms()).filter((room) => wanted.includes(room)).length === wanted.length;
    await eventually(isIn, "the second device to be let in");
    return member;
  }

  /** What anybody waits for, who still runs. */
  get unanswered(): readonly string[] {
    return this.members.flatMap((member) => (member.isUp ? member.unanswered : []));
  }

  /** Kills a member at an instant and starts it again. */
  async strikeMember(kind: string, member: Member, instant: Instant): Promise<void> {
    await this.killMember(kind, member, instant);
    await member.comeBack();
  }

  async killMember(kind: string, member: Member, instant: Instant): Promise<void> {
    const came = await instant.wait();
    const { unanswered } = member;
    member.isNowDown();
    this.note({ kind, victim: member.profile, instant, came, unanswered }, await member.person.kill());
  }

  note(
    kill: { kind: string; victim: string; instant: Instant; came: boolean; unanswered: readonly string[] },
    ending: Ending,
  ): void {
    const { instant, ...rest } = kill;
    this.tally.kill(this.folder, { ...rest, instant: instant.words });
    if (ending.signal !== "SIGKILL")
      this.ledger.fault(`${kill.victim} ended by itself with ${ending.code} before it was killed (${kill.kind})`);
  }

  async killRelay(kind: string, instant: Instant, unanswered = () => this.unanswered): Promise<void> {
    const came = await instant.wait();
    const open = unanswered();
    this.note({ kind, victim: "relay", instant, came, unanswered: open }, await this.relay.kill());
  }

  /** Starts it again; now and then it dies once more on the way up. */
  async reviveRelay(dice: Dice): Promise<void> {
    while (dice.chance(AGAIN_AT_START)) {
      const started = this.relay.start().catch(() => undefined);
      const isRecovering = dice.chance(0.4);
      const instant = isRecovering ? atWrite(dice, this.relay.data, /^relay\.db/, 12) : atAnyTime(dice, START_MS);
      await this.killRelay(isRecovering ? "relay as it recovers" : "relay as it starts", instant);
      await started;
    }
    await this.relay.start();
  }

  async strikeRelay(kind: string, instant: Instant, dice: Dice): Promise<void> {
    await this.killRelay(kind, instant);
    await this.reviveRelay(dice);
  }

  /** Everything comes to its end; then what people see is checked, and what the relay has on its disk. */
  async rest(dice: Dice): Promise<void> {
    this.load.pause();
    this.commits.pause();
    const { ledger, members } = this;
    await eventually(async () => this.load.isQuiet && this.commits.isQuiet, `every answer; ${this.#open()}`);
    for (const member of members) {
      await eventually(() => member.isOnline(), `${member.profile} to be online`);
      await member.person.settled();
    }
    await this.#fences(dice);
    const faults = [...ledger.faults, ...(await this.#lastingFaults())];
    this.#count();
    ledger.sureAgain();
    for (const member of members) for (const room of await member.rooms()) ledger.enters(room, member.profile);
    await this.killRelay("relay at rest", atAnyTime(dice, 5));
    faults.push(...(await relayFaults(this.relay.data, this.folder, ledger)));
    faults.push(...(await readable(this.relay.data, this.canary)));
    for (const [what, bytes] of [
      ["log", this.relay.stderr],
      ["output", this.relay.stdout],
    ] as const)
      if (bytes.includes(this.canary)) faults.push(`the relay's ${what} shows a text`);
    for (const { person } of members) faults.push(...(await readable(person.profile, this.canary)));
    if (faults.length > 0) {
      ledger.faults.splice(0, ledger.faults.length, ...faults);
      throw new Error(`${faults.length} faults, the first: ${faults.slice(0, 5).join("\n")}`);
    }
    await this.relay.start();
    this.load.goOn();
    this.commits.goOn();
  }

  /** What is on its way, such as the commit that takes a leaver out, may come between two looks. */
  async #lastingFaults(): Promise<readonly string[]> {
    let faults: readonly string[] = [];
    for (let tries = 0; tries < LOOKS; tries++) {
      faults = await faultsOf(this.members, this.ledger, this.hall);
      if (faults.length === 0) break;
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS));
    }
    return faults;
  }

  /** Keeps what every process said, for who wants to understand what went wrong. */
  async keep(): Promise<void> {
    await writeFile(join(this.folder, "relay.log"), this.relay.stderr);
    for (const person of this.#persons) {
      const said = person.runs.flatMap(({ program }, index) => [`run ${index}\n`, program.stdout, program.stderr]);
      await writeFile(join(this.folder, `${person.name}.said`), said);
    }
    await writeFile(join(this.folder, "faults.txt"), this.ledger.faults.join("\n"));
  }

  #count(): void {
    this.tally.note("messages", "answered", this.ledger.answers - this.#answered);
    this.#answered = this.ledger.answers;
  }

  #open(): string {
    return this.members.map(({ profile, unanswered }) => `${profile}: ${unanswered.join() || "nothing"}`).join("; ");
  }

  /** One more word of each in each of its rooms, which all others have to read: they are of one mind about the group. */
  async #fences(dice: Dice): Promise<void> {
    const said: Promise<void>[] = [];
    const words: { readonly roomId: string; readonly id: string }[] = [];
    for (const member of this.members) {
      for (const roomId of await member.rooms()) {
        const id = dice.id();
        words.push({ roomId, id });
        said.push(member.say(roomId, this.load.text(dice), id));
      }
    }
    await Promise.all(said);
    const heard = words.filter(({ id }) => this.ledger.fate(id).state === "answered");
    for (const member of this.members) {
      for (const roomId of await member.rooms()) {
        const wanted = heard.filter((word) => word.roomId === roomId);
        const hasAll = async () => {
          const newest = (await member.history(roomId, 100))?.map(({ messageId }) => messageId);
          // Undefined: it is taken out at this moment.
          return newest === undefined || wanted.every(({ id }) => newest.includes(id));
        };
        await eventually(hasAll, `${member.profile} to read what was said last in ${roomId.slice(0, 8)}`);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.load.stop();
    this.#commits?.stop();
    for (const one of [...this.#persons, this.relay]) await one[Symbol.asyncDispose]();
  }
}

/** Used up by this. */
export function backupCode(person: Person): string {
  const [code, ...left] = person.backupCodes;
  if (code === undefined) throw new Error(`${person.name} has no backup code left`);
  person.backupCodes = left;
  return code;
}
