/** People who talk all the time: several messages of each under way, in all their rooms. */
import type { Dice } from "./dice.ts";
import type { Ledger } from "./ledger.ts";
import type { Member } from "./member.ts";

const LANES = 2;
const THINK_MS_MAX = 400;
/** Some of what a dead process was asked for is asked again, under the same id. */
const AGAIN = 0.3;

export class Load {
  readonly #ledger: Ledger;
  readonly #canary: string;
  #isOver = false;
  #gate: PromiseWithResolvers<void> | undefined;
  #busy = 0;
  #failure: unknown;
  #count = 0;

  /** @param canary - stands in every text, and nowhere at the relay. */
  constructor(ledger: Ledger, canary: string) {
    this.#ledger = ledger;
    this.#canary = canary;
  }

  add(member: Member, dice: Dice): void {
    for (let lane = 0; lane < LANES; lane++) {
      this.#lane(member, dice.fork()).catch((cause: unknown) => {
        this.#failure ??= cause;
      });
    }
  }

  /** A text that nobody else says. */
  text(dice: Dice): string {
    return `${this.#canary} ${++this.#count} ${"la ".repeat(dice.chance(0.05) ? dice.below(3000) : dice.below(60))}`;
  }

  /** Several at once, as a script does. @returns when all are answered, or their process is dead. */
  async burst(member: Member, dice: Dice, count: number): Promise<void> {
    const roomId = this.#room(member, dice);
    if (roomId === undefined) return;
    await Promise.all(Array.from({ length: count }, () => member.say(roomId, this.text(dice), dice.id())));
  }

  /** Nobody begins anything new. */
  pause(): void {
    this.#gate ??= Promise.withResolvers<void>();
  }

  /** Whether everything that was begun has ended. @throws what a lane threw. */
  get isQuiet(): boolean {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#busy === 0;
  }

  goOn(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  async #lane(member: Member, dice: Dice): Promise<void> {
    while (!this.#isOver) {
      await new Promise((resolve) => setTimeout(resolve, dice.below(THINK_MS_MAX)));
      await this.#gate?.promise;
      if (!member.isUp) await Promise.race([member.whenUp(), new Promise((resolve) => setTimeout(resolve, 200))]);
      if (!member.isUp || this.#gate !== undefined || this.#isOver) continue;
      this.#busy++;
      try {
        await this.#one(member, dice);
      } finally {
        this.#busy--;
      }
    }
  }

  async #one(member: Member, dice: Dice): Promise<void> {
    const gone = this.#ledger.goneOf(member.profile);
    if (gone.length > 0 && dice.chance(AGAIN)) return member.sayAgain(dice.pick(gone).id);
    await this.burst(member, dice, dice.chance(0.1) ? 6 : 1);
  }

  #room(member: Member, dice: Dice): string | undefined {
    const rooms = this.#ledger.roomsOf(member.profile);
    return rooms.length === 0 ? undefined : dice.pick(rooms);
  }

  /** Lanes end by themselves when what they wait for is answered, or its process dies. */
  stop(): void {
    this.#isOver = true;
    this.goOn();
  }
}
