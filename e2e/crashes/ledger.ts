/** What everybody of one world asked for and was answered: what the checkers hold the programs to. */

/** A message that somebody asked to be sent. */
export interface Said {
  readonly id: string;
  readonly roomId: string;
  readonly text: string;
  /** User name. */
  readonly sender: string;
  /** The profile that was asked. */
  readonly profile: string;
  /** Its place among all that was noted. */
  readonly at: number;
}

export type Fate =
  | { readonly state: "asked" }
  /** Acknowledged: it must be there, once, in this place. */
  | { readonly state: "answered"; readonly seq: number }
  /** Its process died first: it may be there, once. */
  | { readonly state: "gone" }
  /** It must not be there. */
  | { readonly state: "refused"; readonly code: string };

/** At an unlock: of the messages without an answer so many were visible or waited, and so many must come in the end. */
export interface Accepted {
  readonly profile: string;
  readonly ids: readonly string[];
  readonly least: number;
}

export class Ledger {
  #clock = 0;
  #answers = 0;
  readonly said = new Map<string, Said>();
  readonly #fates = new Map<string, Fate>();
  /** For each room: from when on a profile must see all that is said in it. */
  readonly #present = new Map<string, Map<string, number>>();
  /** Rooms and profiles of which a change has an unknown end, and how many rests pass before that must have come. */
  readonly #unsure = new Map<string, number>();
  readonly accepted: Accepted[] = [];
  readonly faults: string[] = [];
  /** How many disks are full: what cannot be stored is refused as "disk-full", and not sent. */
  fills = 0;

  now(): number {
    return ++this.#clock;
  }

  /**
   * What of an outbox may be no message, since the last rest: a change of a room has something to say to its members,
   * also one that somebody makes by itself, such as taking out who has left.
   */
  words = 0;

  get isDiskFull(): boolean {
    return this.fills > 0;
  }

  /** How many messages were acknowledged. */
  get answers(): number {
    return this.#answers;
  }

  fault(what: string): void {
    this.faults.push(what);
  }

  ask(message: Omit<Said, "at">): Said {
    const said = { ...message, at: this.now() };
    this.said.set(said.id, said);
    this.#fates.set(said.id, { state: "asked" });
    return said;
  }

  fate(id: string): Fate {
    const fate = this.#fates.get(id);
    if (fate === undefined) throw new Error(`nobody asked for message ${id}`);
    return fate;
  }

  end(id: string, fate: Fate): void {
    const before = this.fate(id);
    // Two asked for it again: one was answered before the process died.
    if (before.state === "answered" && fate.state === "gone") return;
    if (before.state === "answered" && (fate.state !== "answered" || fate.seq !== before.seq))
      this.fault(`message ${id} was answered with ${JSON.stringify(before)}, then with ${JSON.stringify(fate)}`);
    if (fate.state === "answered" && before.state !== "answered") this.#answers++;
    this.#fates.set(id, fate);
  }

  /** Messages of a profile whose process died before the answer. */
  goneOf(profile: string): readonly Said[] {
    return [...this.said.values()].filter((said) => said.profile === profile && this.fate(said.id).state === "gone");
  }

  /** Messages of a profile that have no answer, dead or not. */
  openOf(profile: string): readonly Said[] {
    const isOpen = ({ id }: Said) => ["gone", "asked"].includes(this.fate(id).state);
    return [...this.said.values()].filter((said) => said.profile === profile && isOpen(said));
  }

  /** From now on a profile sees all of a room, unless a change of which nobody knows the end may still take it out. */
  enters(roomId: string, profile: string): void {
    if (this.#unsure.has(`${roomId} ${profile}`)) return;
    const present = this.#present.get(roomId) ?? new Map<string, number>();
    this.#present.set(roomId, present);
    if (!present.has(profile)) present.set(profile, this.now());
  }

  /** @param rests - more than one where others may take the profile out when it suits them. */
  unsure(roomId: string, profile: string, rests: 1 | 2 = 1): void {
    this.#present.get(roomId)?.delete(profile);
    this.#unsure.set(`${roomId} ${profile}`, rests);
  }

  /** The profile itself has said that it is out: what comes next is a new beginning. */
  isOut(roomId: string, profile: string): void {
    this.#unsure.delete(`${roomId} ${profile}`);
  }

  /** Everything has come to its end: who is in a room is what they say. */
  sureAgain(): void {
    this.words = 0;
    for (const [pair, rests] of this.#unsure) {
      if (rests === 1) this.#unsure.delete(pair);
      else this.#unsure.set(pair, rests - 1);
    }
  }

  isPresent(roomId: string, profile: string): boolean {
    return this.#present.get(roomId)?.has(profile) === true;
  }

  present(roomId: string): ReadonlyMap<string, number> {
    return this.#present.get(roomId) ?? new Map();
  }

  /** Rooms that a profile is in for certain. */
  roomsOf(profile: string): readonly string[] {
    return [...this.#present].filter(([, present]) => present.has(profile)).map(([roomId]) => roomId);
  }

  /** All rooms that anything was said in or anybody was in. */
  get rooms(): readonly string[] {
    return [...new Set([...this.#present.keys(), ...[...this.said.values()].map(({ roomId }) => roomId)])];
  }
}
