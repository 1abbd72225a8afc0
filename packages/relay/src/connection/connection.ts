/**
 * One connection: bytes come in, are parsed once, and go through the state they fit. Until it is signed in frames are
 * taken one after the other, few and small, within a time; after that they are served side by side.
 */
import {
  type DeviceId,
  encodeFromServer,
  type FromClient,
  LIMITS,
  parseFromClient,
  type RelayCode,
  type RoomId,
  type ServerBody,
  type UserName,
} from "@sotto/wire";
import type { EndReason, Line } from "../online.ts";
import { refused } from "../refusal.ts";
import type { Services } from "../services.ts";
import { failure } from "../store/failure.ts";
import { gettingIn, isGettingIn } from "./getting-in.ts";
import { abandonLogin } from "./login.ts";
import type { Peer, Receiver } from "./peer.ts";
import { PART_BYTES_MAX, Requests } from "./requests.ts";
import { HELD_MS } from "./sign-up.ts";
import type { Outcome, State, StepContext } from "./state.ts";

const STRANGER_FRAMES_MAX = 32;
const MISFITS_MAX = 8;
const PROGRESS_MS = 60_000;
/** Requests of one connection in hand at once; beyond that it is not read from. */
const IN_HAND_MAX = 256;
/** The same for what they take up in memory: their own bytes, and those of the answers that may be long. */
const IN_HAND_BYTES_MAX = 8 * 1024 * 1024;
/** Above the first, pushes are left out and nothing more is read; below the second both go on; at twice the first it ends. */
const WAITING_BYTES_MAX = 8 * 1024 * 1024;
const WAITING_BYTES_LOW = 1024 * 1024;

const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  policy: 1008,
  tooBig: 1009,
  failed: 1011,
  tryAgain: 1013,
  replaced: 4000,
  revoked: 4001,
  banned: 4002,
} as const;

export class Connection implements Receiver, Line {
  readonly #context: StepContext;
  readonly #peer: Peer;
  readonly #id: number;
  #state: State = { at: "new" };
  #requests: Requests | undefined;
  #open = true;
  /** Frames of somebody who is not signed in, one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #queued = 0;
  #frames = 0;
  #misfits = 0;
  #inHand = 0;
  #inHandBytes = 0;
  #paused = false;
  readonly #missed = new Set<RoomId>();
  #cancelTimer: () => void;

  constructor(services: Services, peer: Peer, id: number) {
    this.#context = { ...services, peer: peer.address, host: peer.host };
    this.#peer = peer;
    this.#id = id;
    this.#cancelTimer = this.#expectProgress();
    this.#note(undefined);
  }

  /** Whose connection it is, once that is proved. */
  get userName(): UserName | undefined {
    return "account" in this.#state ? this.#state.name : undefined;
  }

  get state(): State["at"] {
    return this.#state.at;
  }

  get isStranger(): boolean {
    return this.#requests === undefined;
  }

  receiveText(): void {
    if (this.#open) this.#hangUp(0, "", "text is no frame");
  }

  receive(bytes: Uint8Array): void {
    if (!this.#open) return;
    const { isStranger } = this;
    if (isStranger && bytes.length > LIMITS.strangerFrameBytesMax) {
      this.#end(CLOSE.tooBig, "frame too large before sign-in");
      return;
    }
    const frame = parseFromClient(bytes);
    if (!frame.ok) this.#hangUp(0, frame.error.field, "bad frame");
    else if (!isStranger && this.#queued === 0) this.#serve(frame.value, bytes.length);
    else this.#takeTurn(frame.value, bytes.length, isStranger);
  }

  #takeTurn(frame: FromClient, size: number, isStranger: boolean): void {
    // A device that waits for its first code may ping for as long as the name is held.
    const isCounted = this.#state.at !== "pending" || frame.body.type !== "ping";
    if (isStranger && isCounted && ++this.#frames > STRANGER_FRAMES_MAX) {
      this.#end(CLOSE.policy, "too many frames before sign-in");
      return;
    }
    this.#queued++;
    this.#turn = this.#turn.then(async () => {
      this.#queued--;
      if (this.#open) await this.#step(frame, size);
    });
  }

  drained(): void {
    if (this.#peer.waitingBytes > WAITING_BYTES_LOW) return;
    this.#readOn();
    const rooms = [...this.#missed];
    this.#missed.clear();
    for (const room of rooms) void this.#showGap(room);
  }

  closed(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#cancelTimer();
    if (this.#state.at === "device") this.#context.online.remove(this.#state, this);
    if ("login" in this.#state) abandonLogin(this.#context, this.#state.login);
    this.#requests?.closed();
    this.#noteEnd();
    void this.#context.store.disconnected(this.#id).catch(() => undefined);
  }

  push(bytes: Uint8Array): void {
    if (!this.#open) return;
    if (this.#peer.waitingBytes > 2 * WAITING_BYTES_MAX) this.#end(CLOSE.tryAgain, "too slow to read");
    else this.#peer.send(bytes);
  }

  get isFull(): boolean {
    return this.#peer.waitingBytes > WAITING_BYTES_MAX;
  }

  missed(room: RoomId): void {
    this.#missed.add(room);
  }

  end(reason: EndReason): void {
    if (!this.#open) return;
    if (reason === "drain") {
      this.#send(0, { type: "drain", retryMs: 1000 });
      this.#end(CLOSE.goingAway, "the relay stops");
    } else if (reason === "device-revoked") {
      this.#send(0, refused("device-revoked"));
      this.#end(CLOSE.revoked, "the device was revoked");
    } else if (reason === "banned") {
      this.#send(0, refused("banned"));
      this.#end(CLOSE.banned, "banned");
    } else if (reason === "kicked") {
      this.#send(0, { type: "notice", text: "the operator ended this connection" });
      this.#end(CLOSE.goingAway, "kicked");
    } else this.#end(CLOSE.replaced, "another connection of this device took over");
  }

  /** A frame of somebody who is not signed in, or came when that had not been answered yet. */
  async #step({ request, body }: FromClient, size: number): Promise<void> {
    if (this.#requests !== undefined) {
      this.#serve({ request, body }, size);
      return;
    }
    try {
      const outcome = await gettingIn(this.#context, this.#state, body);
      if (this.#open) this.#take(request, outcome);
    } catch (error) {
      this.#failed(request, error);
    }
  }

  #take(request: number, outcome: Outcome): void {
    const { state, answers, session, close } = this.#unlessBanned(outcome);
    const hasMoved = state.at !== this.#state.at;
    this.#state = state;
    for (const answer of answers) this.#send(request, answer);
    if (hasMoved) {
      this.#cancelTimer();
      this.#cancelTimer = state.at === "device" ? () => undefined : this.#expectProgress();
    } else if (answers.some(isMisfit)) this.#misfits++;
    if (close !== undefined) this.#end(CLOSE.policy, close);
    else if (this.#misfits >= MISFITS_MAX) this.#end(CLOSE.policy, "too many frames that do not fit");
    if (!this.#open || session === undefined) return;
    const said = session();
    this.#send(request, said);
    if (state.at !== "device") return;
    this.#signedIn(state);
    if (said.type === "session") void this.#showInbox(state.device, said.inboxLast);
  }

  /** Looked up in the moment in which the connection becomes somebody's, or a ban could come just before it unseen. */
  #unlessBanned(outcome: Outcome): Outcome {
    const { state } = outcome;
    if (!("account" in state) || !this.#context.bans.has(state.name)) return outcome;
    const { peer: address } = this.#context;
    this.#context.audit({ event: "sign-in-refused", address, name: state.name, code: "banned" });
    return { state: this.#state, answers: [refused("banned")], close: "banned" };
  }

  #signedIn(state: Extract<State, { at: "device" }>): void {
    this.#requests = new Requests(this.#context, state);
    this.#context.audit({ event: "connected", address: this.#peer.address, name: state.name, code: undefined });
    this.#context.online.add(state, this);
    this.#note(state.name);
  }

  /** @param size - of the frame, in bytes. */
  #serve({ request, body }: FromClient, size: number): void {
    const requests = this.#requests;
    if (requests === undefined) return;
    if (isGettingIn(body)) {
      this.#send(request, refused("bad-request", { field: body.type.replaceAll("-", "_") }));
      if (++this.#misfits >= MISFITS_MAX) this.#end(CLOSE.policy, "too many frames that do not fit");
      return;
    }
    const bytes = size + (body.type === "fetch" || body.type === "inbox-fetch" ? PART_BYTES_MAX : 0);
    this.#inHand++;
    this.#inHandBytes += bytes;
    if (this.#inHand >= IN_HAND_MAX || this.#inHandBytes >= IN_HAND_BYTES_MAX) this.#stopReading();
    requests
      .serve(body, (answer) => this.#send(request, answer))
      .catch((error: unknown) => this.#failed(request, error))
      .finally(() => {
        this.#inHand--;
        this.#inHandBytes -= bytes;
        this.#readOn();
      });
  }

  #send(request: number, body: ServerBody): void {
    if (!this.#open) return;
    if (body.type === "refused" && body.code === "rate-limited") this.#slowedDown();
    const bytes = encodeFromServer({ request, body });
    // An answer that no reader would take: the request has to ask for less.
    this.push(bytes.length > LIMITS.frameBytesMax ? encodeFromServer({ request, body: refused("too-long") }) : bytes);
    if (this.isFull) this.#stopReading();
  }

  #slowedDown(): void {
    const { host, seldom } = this.#context;
    seldom({ event: "slowed-down", address: host, name: this.#name(), code: "rate-limited" });
  }

  #stopReading(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#peer.pause();
  }

  #readOn(): void {
    const isBusy = this.#inHand >= IN_HAND_MAX / 2 || this.#inHandBytes >= IN_HAND_BYTES_MAX / 2;
    if (!this.#paused || isBusy || this.#peer.waitingBytes > WAITING_BYTES_LOW) return;
    this.#paused = false;
    this.#peer.resume();
  }

  /** After pushes were left out: the newest entry shows the reader that some are missing. */
  async #showGap(room: RoomId): Promise<void> {
    const { rooms } = this.#context;
    if (this.#state.at !== "device") return;
    const fetched = await rooms.newest(this.#state.device, room).catch(() => undefined);
    if (fetched !== undefined) this.#send(0, { type: "event", room, entries: [fetched] });
  }

  /** What came between the reading of `last` and this device being online was pushed to nobody: the newest shows it. */
  async #showInbox(device: DeviceId, last: number): Promise<void> {
    const { store } = this.#context;
    const newest = await store.inboxLast(device).catch(() => last);
    if (newest <= last) return;
    for (const entry of await store.inbox(device, newest, 1, 0).catch(() => [])) {
      this.#send(0, { type: "inbox-event", entry });
    }
  }

  #expectProgress(): () => void {
    const ms = this.#state.at === "pending" || this.#state.at === "proved" ? HELD_MS : PROGRESS_MS;
    return this.#context.clock.after(ms, () => this.#end(CLOSE.policy, "too slow to sign in"));
  }

  #hangUp(request: number, field: string, reason: string): void {
    this.#send(request, refused("bad-request", { field }));
    this.#end(CLOSE.policy, reason);
  }

  #failed(request: number, error: unknown): void {
    try {
      this.#send(request, failure(error));
    } catch {
      this.#context.journal.error({ err: error, peer: this.#peer.address }, "a request failed");
      this.#send(request, refused("internal"));
      this.#end(CLOSE.failed, "the relay failed");
    }
  }

  #end(code: number, reason: string): void {
    if (!this.#open) return;
    this.#context.journal.info(
      { peer: this.#peer.address, name: this.#name(), reason },
      "connection ended by the relay",
    );
    this.#peer.close(code, reason);
    this.closed();
  }

  /** Strangers can come and go without end, so that not each of them is a line. */
  #noteEnd(): void {
    const { audit, seldom, host, peer: address } = this.#context;
    if (this.isStranger) seldom({ event: "connected", address: host, name: undefined, code: undefined });
    else audit({ event: "disconnected", address, name: this.#name(), code: undefined });
  }

  #name(): UserName | undefined {
    return "name" in this.#state ? this.#state.name : undefined;
  }

  #note(name: string | undefined): void {
    const { store, clock } = this.#context;
    void store
      .connected({ id: this.#id, address: this.#peer.address, since: clock.now(), name })
      .catch(() => undefined);
  }
}

function isMisfit(answer: ServerBody): boolean {
  const codes: readonly RelayCode[] = ["bad-request", "not-signed-in", "otp-pending", "not-allowed"];
  return answer.type === "refused" && codes.includes(answer.code);
}
