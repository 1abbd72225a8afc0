/** What was killed, when, and what was under way: a line for each in the world's folder, and counts for the table. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";

export interface Kill {
  /** The crash point. */
  readonly kind: string;
  /** "relay", or a profile. */
  readonly victim: string;
  /** Where it fell: "3.1 ms after …". */
  readonly instant: string;
  /** What it waited for had come. */
  readonly came: boolean;
  /** Methods that were asked for and not answered, by the victim, or of a relay by anybody. */
  readonly unanswered: readonly string[];
}

interface Counts {
  kills: number;
  /** Kills with something unanswered, and of these with a message, and with another request that changes something. */
  busy: number;
  messages: number;
  changes: number;
}

const CHANGES =
  /^(account\.(signUp|confirmOtp|signIn|changePassword)|room\.(create|link|join|leave|add|remove)|device\.revoke)$/;

export class Tally {
  readonly #kinds = new Map<string, Counts>();
  readonly #notes = new Map<string, Map<string, number>>();

  get kills(): number {
    return [...this.#kinds.values()].reduce((sum, { kills }) => sum + kills, 0);
  }

  kill(folder: string, kill: Kill): void {
    appendFileSync(join(folder, "kills.jsonl"), `${JSON.stringify({ at: Math.round(performance.now()), ...kill })}\n`);
    const counts = this.#of(kill.kind);
    counts.kills++;
    if (kill.unanswered.length > 0) counts.busy++;
    if (kill.unanswered.includes("message.send")) counts.messages++;
    if (kill.unanswered.some((method) => CHANGES.test(method))) counts.changes++;
  }

  /** Counts something by what it was and how it ended. */
  note(what: string, outcome: string, times = 1): void {
    const outcomes = this.#notes.get(what) ?? new Map<string, number>();
    this.#notes.set(what, outcomes);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + times);
  }

  add(other: Tally): void {
    for (const [kind, { kills, busy, messages, changes }] of other.#kinds) {
      const counts = this.#of(kind);
      counts.kills += kills;
      counts.busy += busy;
      counts.messages += messages;
      counts.changes += changes;
    }
    for (const [what, outcomes] of other.#notes)
      for (const [outcome, times] of outcomes) this.note(what, outcome, times);
  }

  #of(kind: string): Counts {
    const counts = this.#kinds.get(kind) ?? { kills: 0, busy: 0, messages: 0, changes: 0 };
    this.#kinds.set(kind, counts);
    return counts;
  }

  /** The table of crash points, then what else was counted. */
  table(): string {
    const rows = [...this.#kinds].sort(([one], [other]) => one.localeCompare(other));
    const kills = [
      "| killed | times | something unanswered | a message | a change |",
      "| --- | --- | --- | --- | --- |",
      ...rows.map(([kind, { kills, busy, messages, changes }]) => row(kind, kills, busy, messages, changes)),
      row("all", this.kills, ...sums(rows.map(([, counts]) => counts))),
      "",
    ];
    const notes = [...this.#notes].sort().map(([what, outcomes]) => {
      const ends = [...outcomes].sort().map(([outcome, count]) => `${outcome} ${count}`);
      return `${what}: ${ends.join(", ")}`;
    });
    return [...(rows.length > 0 ? kills : []), ...notes].join("\n");
  }
}

const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
const sums = (all: readonly Counts[]): readonly [number, number, number] => [
  all.reduce((sum, { busy }) => sum + busy, 0),
  all.reduce((sum, { messages }) => sum + messages, 0),
  all.reduce((sum, { changes }) => sum + changes, 0),
];
