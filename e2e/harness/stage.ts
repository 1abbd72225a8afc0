import { Person } from "./person.ts";
import type { Env } from "./program.ts";
import { Relay } from "./relay.ts";
import { openScratch } from "./scratch.ts";

/** A relay and people on it, in one temporary folder; all of it ends with the stage. */
export class Stage implements AsyncDisposable {
  readonly dir: string;
  readonly relay: Relay;
  readonly #held: AsyncDisposableStack;

  private constructor(dir: string, relay: Relay, held: AsyncDisposableStack) {
    this.dir = dir;
    this.relay = relay;
    this.#held = held;
  }

  /** @param env - settings of the relay; without any there is no limit on messages a second. */
  static async open(env: Env = { SOTTO_SECURITY_MAX_MESSAGES_PER_SEC: "0" }): Promise<Stage> {
    const held = new AsyncDisposableStack();
    try {
      const { dir } = held.use(await openScratch());
      return new Stage(dir, held.use(await Relay.start(dir, env)), held);
    } catch (cause) {
      await held.disposeAsync();
      throw cause;
    }
  }

  /** A person who is not there yet. */
  person(name: string, password?: string): Person {
    return this.#held.use(new Person(name, this.dir, password));
  }

  async signUp(name: string, link = this.relay.link): Promise<Person> {
    const person = this.person(name);
    await person.signUp(link);
    return person;
  }

  /** Several people at once. */
  async signUpAll<const Names extends readonly string[]>(...names: Names): Promise<{ [K in keyof Names]: Person }> {
    return (await Promise.all(names.map((name) => this.signUp(name)))) as { [K in keyof Names]: Person };
  }

  /** Holds something else until the stage ends. */
  use<T extends AsyncDisposable>(held: T): T {
    return this.#held.use(held);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }
}
