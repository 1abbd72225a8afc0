// `npm run demo`: two people and a relay, the real programs, in a temporary folder. What is printed is what they see;
// the demo fails when a line that it waits for does not come.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { TOTP, URI } from "otpauth";
import { type RunningRelay, sottoFile, startRelay, stopRelay } from "./programs.ts";

const WAIT_MS = 60_000;
const folder = mkdtempSync(join(tmpdir(), "sotto-demo-"));
const relays: RunningRelay[] = [];
const people: Person[] = [];

/** One person at a `sotto` on pipes: types lines, reads lines, each once and in order. */
class Person {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #lines: string[] = [];
  readonly #ended: Promise<number>;
  #arrived: () => void = () => {};

  constructor(name: string, args: readonly string[] = []) {
    this.name = name;
    const all = [sottoFile, "--plain", "--profile", join(folder, name), ...args];
    this.#process = spawn(process.execPath, all, { stdio: ["pipe", "pipe", "inherit"] });
    people.push(this);
    tell(name, `$ sotto --profile ${name}${args.length === 0 ? "" : " LINK"}`);
    if (this.#process.stdout !== null) {
      createInterface(this.#process.stdout).on("line", (line) => {
        tell(name, line);
        this.#lines.push(line);
        this.#arrived();
      });
    }
    this.#ended = new Promise((resolve) => this.#process.once("exit", (code) => resolve(code ?? 1)));
  }

  type(line: string, shown = line): void {
    tell(this.name, `> ${shown}`);
    this.#process.stdin?.write(`${line}\n`);
  }

  /** The next line that holds `text`; lines before it are passed over. */
  async see(text: string): Promise<string> {
    const until = Date.now() + WAIT_MS;
    while (true) {
      for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
        if (line.includes(text)) return line;
      }
      if (Date.now() > until) throw new Error(`${this.name} waited in vain for: ${text}`);
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
        setTimeout(resolve, 250);
      });
    }
  }

  async answer(question: string, line: string, shown?: string): Promise<void> {
    await this.see(question);
    this.type(line, shown);
  }

  async quit(): Promise<void> {
    this.type("/quit");
    const code = await this.#ended;
    if (code !== 0) throw new Error(`${this.name}'s sotto ended with ${code}`);
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }
}

try {
  await play();
  process.stdout.write("\nevery line that was waited for came\n");
} catch (cause) {
  process.stderr.write(`demo: ${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.exitCode = 1;
} finally {
  for (const person of people) person.kill();
  for (const relay of relays) await stopRelay(relay);
  rmSync(folder, { recursive: true, force: true });
}

async function play(): Promise<void> {
  const relay = await relayAt("127.0.0.1:0");
  const place = new URL(relay.url).host;

  heading("alice makes an account and a room, and goes");
  let alice = new Person("alice", [relay.link]);
  await signUp(alice, "one two three four");
  await alice.see("you are in no room yet");
  alice.type("/create general");
  await alice.see("made #general");
  const link = await alice.see("sotto://");
  await alice.quit();

  heading("bob joins by the room's link while nobody is there");
  const bob = new Person("bob", [link]);
  await signUp(bob, "five six seven eight");
  await bob.see("in #general, 2 members");
  bob.type("anybody here?");
  await bob.see("#general you: anybody here?");

  heading("alice comes back to what she missed");
  alice = new Person("alice");
  await alice.answer("password:", "one two three four", "(hidden)");
  await alice.see("1 unread from bob");
  alice.type("/talk #general");
  await alice.see("#general bob: anybody here?");
  alice.type("now I am");
  await bob.see("#general alice: now I am");
  bob.type("!talk alice");
  await bob.see("conversation with @alice");
  bob.type("between the two of us");
  await alice.see("@bob bob: between the two of us");

  heading("the relay's plug is pulled");
  await stopRelay(relay, "SIGKILL");
  await Promise.all([alice.see("offline"), bob.see("offline")]);
  alice.type("is it only me?");
  await alice.see("waiting: offline, 1 not sent yet");

  heading("and put back");
  await relayAt(place);
  await alice.see("#general you: is it only me?");
  // What comes while a conversation is not open is counted, not printed: he opens it.
  await bob.see("online");
  bob.type("/talk #general");
  await bob.see("#general alice: is it only me?");
  bob.type("not any more");
  await alice.see("#general bob: not any more");
  await alice.quit();
  await bob.quit();
}

async function signUp(person: Person, password: string): Promise<void> {
  await person.answer("1, 2 or 3", "1");
  await person.answer("user name", person.name);
  await person.answer("new password", password, "(hidden)");
  await person.answer("the same password again", password, "(hidden)");
  const uri = (await person.see("uri: otpauth://")).slice("uri: ".length);
  const totp = URI.parse(uri);
  if (!(totp instanceof TOTP)) throw new Error("the second factor is not TOTP");
  await person.answer("code that the app shows", totp.generate());
  await person.see("backup codes");
  await person.answer("Enter skips", "skip");
}

async function relayAt(listen: string): Promise<RunningRelay> {
  const relay = await startRelay(join(folder, "relay"), listen);
  relays.push(relay);
  tell("relay", `listening on ${relay.url}`);
  return relay;
}

function heading(text: string): void {
  process.stdout.write(`\n${text}\n`);
}

function tell(who: string, line: string): void {
  process.stdout.write(`${who.padStart(7)}  ${line}\n`);
}
