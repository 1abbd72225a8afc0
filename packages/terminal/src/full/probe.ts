/** What a terminal is asked at start, and what follows from its answers. Whatever does not answer is as its name says. */
import type { Reply } from "../screen/replies.ts";
import { type Capabilities, type Environment, isMultiplexed } from "./capabilities.ts";
import { luminance } from "./colours.ts";

/** Each is two columns wide to us; in the order in which the answers come. */
const MEASURED = ["👨‍👩‍👧", "🇫🇷", "☺️"] as const;
/** In the second row: a cursor in the first one looks like a key. */
const ROW = 1;

/** Questions whose answers no terminal takes for anything else, and last the one that every terminal answers. */
export function questions(caps: Capabilities, env: Environment, rows: number): string {
  const isConsole = !caps.links && !isMultiplexed(env);
  // A console prints what it does not know.
  const strings = isConsole ? "" : "\u001b]11;?\u001b\\\u001b[?2026$p\u001b[?u";
  const place = `\u001b[${ROW + 1};1H`;
  const widths = MEASURED.map((emoji) => `${place}${emoji}\u001b[6n`).join("");
  const measuring = isConsole || rows <= ROW ? "" : `\u001b[8m${widths}\u001b[0m${place}\u001b[2K`;
  return `${strings}${measuring}\u001b[c`;
}

/** Takes the answers in as they come, in time or late. */
export class Probe {
  #caps: Capabilities;
  #columns: number[] = [];
  /** The last question was answered: nothing more is to come. */
  isDone = false;

  constructor(caps: Capabilities) {
    this.#caps = caps;
  }

  get capabilities(): Capabilities {
    return this.#caps;
  }

  take(reply: Reply): void {
    switch (reply.type) {
      case "attributes":
        this.isDone = true;
        return;
      case "cursor":
        if (reply.row === ROW && this.#columns.length < MEASURED.length) this.#measure(reply.column);
        return;
      case "mode":
        if (reply.mode === 2026) this.#learn({ synchronised: reply.state >= 1 && reply.state <= 3 });
        return;
      case "keyboard":
        this.#learn({ keyboard: true });
        return;
      case "colour":
        if (reply.of === "background") this.#learn({ background: luminance(reply) > 0.18 ? "light" : "dark" });
        return;
      case "version":
        return;
    }
  }

  #measure(column: number): void {
    this.#columns = [...this.#columns, column];
    if (this.#columns.length < MEASURED.length) return;
    const [joined, flags, variation] = this.#columns.map((found) => found === 2);
    this.#learn({ emoji: { joined: joined === true, flags: flags === true, variation: variation === true } });
  }

  #learn(more: Partial<Capabilities>): void {
    this.#caps = { ...this.#caps, ...more };
  }
}
