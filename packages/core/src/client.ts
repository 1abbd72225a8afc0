/** The loop: one event at a time, committed before anything of it leaves. */
import { fail, ok, type Result } from "@sotto/wire";
import type { Answer, Method, Params, Refusal, Update } from "./api.ts";
import { Arrivals } from "./arrivals.ts";
import { EMPTY_STATE } from "./boot.ts";
import { forgetGroup, type Group, groupSuite, mayRepeat, type Suite } from "./group/index.ts";
import { type Event, next, wakeAt } from "./next.ts";
import { noticeOf } from "./notices.ts";
import { outboxCount } from "./outbox.ts";
import { type Connection, type Ports, VaultError } from "./ports.ts";
import { Queue } from "./queue.ts";
import { setBack } from "./set-back.ts";
import type { Room, State } from "./state.ts";
import { type Answered, type Effect, RecentHashes, Turn, unheard } from "./turn.ts";
import { WORDS } from "./words.ts";

export interface Client {
  /** "none" before anybody signed up or in here, else "locked" at the start. */
  readonly profile: "none" | "locked" | "open";
  /** Carries a request out; never throws. */
  request<M extends Method>(method: M, params: Params<M>): Promise<Result<Answer<M>, Refusal>>;
  /** Everything that happens by itself, in order, from the call on. */
  updates(): AsyncIterable<Update>;
  /** Waits until nothing waits to be sent, or until the signal. @returns messages that still wait. */
  settle(signal: AbortSignal): Promise<number>;
  /** Finishes the event under way, then closes connection and vault. */
  close(): Promise<void>;
}

/** A device over its ports. Nothing is read or dialed before the first request. */
export function openClient(ports: Ports): Client {
  return new Loop(ports);
}

/** Events that may wait; who offers more is refused, never dropped unseen. */
const EVENTS_MAX = 100_000;
/** Frames that may wait, in bytes: a relay that sends while a turn takes long does not fill the memory. */
const FRAME_BYTES_MAX = 64 * 1024 * 1024;
const AGAIN_MS = 1000;

class Loop implements Client {
  readonly #ports: Ports;
  readonly #events = new Queue<Event>(EVENTS_MAX);
  readonly #hashes = new RecentHashes();
  readonly #answers = new Map<number, (answered: Answered) => void>();
  readonly #listeners = new Set<Queue<Update>>();
  readonly #idle = new Set<() => void>();
  readonly #lines = new Map<number, { readonly connection: Connection; readonly arrivals: Arrivals }>();
  readonly #running: Promise<void>;
  #state: State = EMPTY_STATE;
  #commands = 0;
  #frameBytes = 0;
  /** What the clock showed last. */
  #latest = 0;
  #cancelWake: () => void = () => undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#running = this.#run();
  }

  get profile(): Client["profile"] {
    return this.#ports.vault.state;
  }

  async request<M extends Method>(method: M, params: Params<M>): Promise<Result<Answer<M>, Refusal>> {
    const command = ++this.#commands;
    const answered = new Promise<Answered>((resolve) => this.#answers.set(command, resolve));
    if (!this.#events.offer({ type: "command", command, method, params }))
      this.#answer(command, refusal("rate-limited"));
    const answer = await answered;
    return answer.ok ? ok(answer.value as Answer<M>) : fail(answer.error);
  }

  updates(): AsyncIterable<Update> {
    const queue = new Queue<Update>(EVENTS_MAX);
    this.#listeners.add(queue);
    return this.#listen(queue);
  }

  /** Reads a queue, and forgets it when its reader has had enough. */
  async *#listen(queue: Queue<Update>): AsyncGenerator<Update, void, undefined> {
    try {
      yield* queue;
    } finally {
      this.#listeners.delete(queue);
    }
  }

  async settle(signal: AbortSignal): Promise<number> {
    const waiting = () => outboxCount(this.#state.rooms);
    if (!signal.aborted && (this.#events.length > 0 || waiting() > 0)) {
      await new Promise<void>((resolve) => {
        this.#idle.add(resolve);
        signal.addEventListener("abort", resolve, { once: true });
      });
    }
    return waiting();
  }

  async close(): Promise<void> {
    this.#events.end();
    await this.#running;
  }

  async #run(): Promise<void> {
    const suite = groupSuite(this.#ports.crypto);
    for await (const event of this.#events) {
      if (event.type === "frames") this.#frameBytes -= event.size;
      await this.#step(suite, event);
      if (this.#events.length === 0 && outboxCount(this.#state.rooms) === 0) {
        for (const resolve of this.#idle) resolve();
        this.#idle.clear();
      }
    }
    this.#cancelWake();
    for (const { connection, arrivals } of this.#lines.values()) {
      arrivals.stop();
      connection.close();
    }
    const stored = new Set([...this.#state.sending.values()].flat());
    for (const command of this.#answers.keys())
      this.#answer(command, stored.has(command) ? refusal("offline", STORED) : refusal("offline"));
    for (const listener of this.#listeners) listener.end();
    await this.#ports.vault.close();
  }

  /** One turn: think, commit, adopt, carry out. A turn whose commit fails never happened, but for its command. */
  async #step(suite: Suite, event: Event): Promise<void> {
    const now = this.#time();
    const turn = new Turn(this.#state, now, this.#ports, suite, this.#hashes);
    try {
      await next(turn, event);
      const changes = turn.finish();
      if (changes.length > 0) await turn.state.store?.commit(changes);
    } catch (error) {
      this.#failed(suite, event, error);
      return;
    }
    const before = this.#state;
    this.#state = turn.state;
    forgetSecrets(before, turn.state);
    for (const effect of turn.effects) this.#carryOut(effect);
    this.#schedule();
  }

  /** The disk or this program failed: nothing of the turn counts; the relay tells everything again after a new dial. */
  #failed(suite: Suite, event: Event, error: unknown): void {
    // Nothing that was sealed in the turn left, so the keys that it took may be taken again.
    const rooms = [...this.#state.rooms].map(([id, room]) => {
      const again = (group: Group) => mayRepeat(suite, group);
      const pending = room.pending && { ...room.pending, group: again(room.pending.group) };
      return [id, { ...room, group: room.group && again(room.group), pending }] as const;
    });
    this.#state = { ...this.#state, rooms: new Map(rooms) };
    const isFull = error instanceof VaultError && error.code === "disk-full";
    const detail = error instanceof Error ? error.message : "unknown";
    const notice = isFull ? noticeOf("disk-full", {}) : noticeOf("failed", { detail });
    if (event.type === "command") this.#answer(event.command, refusal(isFull ? "disk-full" : "internal", notice.text));
    else this.#tell(notice);
    const { session } = this.#state;
    if (event.type === "transport" && event.event.type === "closed") {
      this.#ports.clock.wake(this.#ports.clock.now() + AGAIN_MS, () => this.#events.force(event));
      return;
    }
    if (event.type !== "command" && session.state !== "offline")
      this.#lines.get(session.connection)?.connection.close();
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case "dial":
        return this.#dial(effect);
      case "send":
        this.#lines.get(effect.connection)?.connection.send(effect.bytes);
        return;
      case "close": {
        const open = this.#lines.get(effect.connection);
        if (open !== undefined) return open.connection.close();
        return this.#events.force(gone(effect.connection));
      }
      case "answer":
        return this.#answer(effect.command, effect.answer);
      case "update":
        return this.#tell(effect.update);
    }
  }

  #dial({ connection: id, target }: Extract<Effect, { type: "dial" }>): void {
    let size = 0;
    const offer = (event: Event): boolean => {
      const isTaken = this.#events.offer(event);
      // More than the queue holds: end the connection, everything is told again after the next dial.
      if (!isTaken) dialed.close();
      return isTaken;
    };
    const arrivals = new Arrivals({
      clock: this.#ports.clock,
      letIn: (frames) => {
        if (!offer({ type: "frames", connection: id, frames, size })) this.#frameBytes -= size;
        size = 0;
      },
      isAwaited: (request) => this.#state.waiting.get(request) !== unheard,
    });
    const dialed = this.#ports.transport.dial(target, (event) => {
      switch (event.type) {
        case "opened":
          offer({ type: "transport", connection: id, event });
          return;
        case "frame":
          if (this.#frameBytes + event.bytes.length > FRAME_BYTES_MAX) return dialed.close();
          size += event.bytes.length;
          this.#frameBytes += event.bytes.length;
          return arrivals.take(event.bytes);
        case "closed":
          arrivals.flush();
          this.#lines.delete(id);
          // It comes once: refused, this device would be "online" for ever over no connection.
          this.#events.force({ type: "transport", connection: id, event });
      }
    });
    this.#lines.set(id, { connection: dialed, arrivals });
  }

  #answer(command: number, answered: Answered): void {
    this.#answers.get(command)?.(answered);
    this.#answers.delete(command);
  }

  #tell(update: Update): void {
    for (const listener of this.#listeners) if (!listener.offer(update)) listener.end();
  }

  /** The clock may be set back at any moment, in the middle of a turn too. */
  #time(): number {
    const now = this.#ports.clock.now();
    if (now < this.#latest) this.#state = setBack(this.#state, this.#latest - now);
    this.#latest = now;
    return now;
  }

  #schedule(): void {
    this.#cancelWake();
    const { clock } = this.#ports;
    this.#time();
    const at = wakeAt(this.#state);
    this.#cancelWake =
      at === undefined ? () => undefined : clock.wake(at, () => void this.#events.offer({ type: "tick" }));
  }
}

/** Overwrites the secrets of groups that the state does not have any more. */
function forgetSecrets(before: State, after: State): void {
  if (before.rooms === after.rooms) return;
  const groups = (room: Room | undefined) => [room?.group, room?.pending?.group].filter(isGroup);
  for (const [id, room] of before.rooms) {
    const now = after.rooms.get(id);
    if (now === room) continue;
    const kept = groups(now);
    for (const group of groups(room)) forgetGroup(group, kept);
  }
}

const isGroup = (group: Group | undefined): group is Group => group !== undefined;

function gone(connection: number): Event {
  return { type: "transport", connection, event: { type: "closed", reason: "ended", detail: "" } };
}

/** Whoever took this for a message that was not taken would send it twice. */
const STORED = "the program ends; the message is stored and is sent after the next unlock";

function refusal(code: Refusal["code"], message: string = WORDS[code]): Answered {
  return { ok: false, error: { code, message } };
}
