/**
 * The journal of actions: who came, went, was refused, and what was done. Each note is one row of the database and one
 * line of the log. Never content, never a secret; names are user names, so nothing in them can forge a line.
 */
import type { RelayCode, UserName } from "@sotto/wire";
import type { Clock, Journal } from "./ports.ts";
import { RateLimit } from "./rate.ts";
import type { Store } from "./store/store.ts";

/** Everything that is noted, and how loud the log says it. */
export const AUDIT_EVENTS = {
  /** A device is in. Of who left without ever being one: when they leave, at most once a minute for each address. */
  connected: "info",
  /** A device has gone. */
  disconnected: "info",
  /** The access password did not hold. */
  "connect-refused": "warn",
  /** More connections than `[limits]` allows, of everybody or from that address. At most once a minute for each. */
  "turned-away": "warn",
  /** Not TLS 1.3. At most once a minute for each address. */
  "tls-refused": "warn",
  /** Refused as too fast, whatever it was. At most once a minute for each address. */
  "slowed-down": "warn",
  "name-held": "info",
  "signed-up": "info",
  "sign-up-refused": "warn",
  "signed-in": "info",
  "sign-in-refused": "warn",
  resumed: "info",
  /** Known by its key, and asked for password and code besides. */
  "proof-needed": "info",
  "resume-refused": "warn",
  "chain-grew": "info",
  /** Entries that this relay says nothing of were put back into a log: a member says that it lost them. */
  "given-back": "info",
  "password-changed": "info",
  "password-refused": "warn",
  kicked: "info",
  banned: "info",
  unbanned: "info",
  announced: "info",
  "access-password-renewed": "info",
  stopped: "info",
  /** An operator's order from an account that is none. */
  "order-refused": "warn",
} as const satisfies Record<string, "info" | "warn">;

export type AuditEvent = keyof typeof AUDIT_EVENTS;

export interface AuditNote {
  readonly event: AuditEvent;
  /** HOST:PORT, or HOST alone for what is noted seldom. */
  readonly address: string;
  readonly name: UserName | undefined;
  readonly code: RelayCode | undefined;
  /** Whom an order of the operator concerns. */
  readonly about?: UserName;
}

/** Refusals that are noted one by one; what comes faster from one address is noted as slowed down. */
const REFUSALS = { perSecond: 1, burst: 100 };
const SELDOM_MS = 60_000;
/** Addresses that are counted at a time; the others share one count. */
const SELDOM_MAX = 1000;

export class Audit {
  readonly #store: Pick<Store, "audit">;
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #refusals = new RateLimit<string>(REFUSALS);
  /** How often since the last note, by event and address. */
  readonly #again = new Map<string, number>();

  constructor(store: Pick<Store, "audit">, clock: Clock, journal: Journal) {
    this.#store = store;
    this.#clock = clock;
    this.#journal = journal;
  }

  /** Nobody waits for it. Refusals of one address are not written without end. */
  note(note: AuditNote): void {
    const isRefusal = note.event.endsWith("-refused");
    const host = note.address.replace(/:[0-9]+$/, "");
    if (isRefusal && this.#refusals.take(host, this.#clock.now()) > 0)
      this.seldom({ event: "slowed-down", address: host, name: note.name, code: note.code });
    else this.#write(note, undefined);
  }

  /** For what may come a thousand times a second: noted at once, and again after a minute with how often meanwhile. */
  seldom(note: AuditNote): void {
    const wanted = `${note.event} ${note.address}`;
    const isOne = this.#again.has(wanted) || this.#again.size < SELDOM_MAX;
    const key = isOne ? wanted : note.event;
    const again = this.#again.get(key);
    if (again !== undefined) {
      this.#again.set(key, again + 1);
      return;
    }
    this.#again.set(key, 0);
    this.#write(isOne ? note : { ...note, address: "many" }, undefined);
    this.#clock.after(SELDOM_MS, () => {
      const times = this.#again.get(key) ?? 0;
      this.#again.delete(key);
      if (times > 0) this.#write(isOne ? note : { ...note, address: "many" }, times);
    });
  }

  #write(note: AuditNote, times: number | undefined): void {
    this.#journal[AUDIT_EVENTS[note.event]](times === undefined ? { ...note } : { ...note, times }, "audit");
    this.#store
      .audit({ time: this.#clock.now(), ...note })
      .catch((error: unknown) => this.#journal.error({ err: error }, "audit was not written"));
  }
}
