/** The connection: dialing, the handshake, signing the device in, heartbeats, and coming back after a loss. */
import { authBytes, type Code, equalBytes, type RelayCode, type RoomId, type ServerBody, VERSIONS } from "@sotto/wire";
import { giveBackChain } from "./identity/append.ts";
import { checkOldClaims } from "./identity/claims.ts";
import { fetchOwn } from "./identity/fetch.ts";
import { tellRotation } from "./identity/rotation.ts";
import { lookForHidden } from "./inbox.ts";
import { replenish } from "./key-packages.ts";
import { noticeOf } from "./notices.ts";
import { finishChange } from "./password.ts";
import { prove } from "./proof.ts";
import { forgotten, settle } from "./rollback.ts";
import { askForRooms } from "./rooms/readmit.ts";
import type { Entrance, Session, Shown } from "./state.ts";
import type { Turn } from "./turn.ts";
import { personal, WORDS } from "./words.ts";

const HEARTBEAT_MS = 20_000;
const SILENCE_MS = 45_000;
/** The relay answers a greeting and a Resume at once, or the path is dead. */
const HANDSHAKE_MS = 15_000;
const BACKOFF_MS = 500;
const BACKOFF_MAX_MS = 30_000;

/** Dials to resume this device. */
export function connect(turn: Turn, attempt = 0): void {
  if (turn.state.me === undefined || turn.state.halted !== undefined || turn.state.session.state !== "offline") return;
  const { host, port, pin, relay, access } = turn.me;
  const entrance = {
    target: { host, port, pin, relay },
    accessPassword: access,
    challenged: resume,
    failed: turnedAway,
  };
  turn.dial(entrance, attempt);
}

/** The relay does not let this profile in at all, and the next try would end alike: a person has to do something. */
async function turnedAway(turn: Turn, code: Code): Promise<void> {
  if (code === "unsupported-version" || code === "bad-access-password") turn.halt(code);
}

/** TLS and WebSocket stand: say hello. */
export async function opened(turn: Turn, shown: Shown): Promise<void> {
  const { session } = turn.state;
  if (session.state !== "dialing") return;
  if (isStranger(turn, shown)) {
    turn.hangUp();
    return closed(turn, "wrong-pin");
  }
  const { connection, attempt, entrance } = session;
  turn.session({
    state: "handshake",
    connection,
    attempt,
    entrance,
    heardAt: turn.now,
    resuming: entrance.challenged === resume,
    greeted: false,
  });
  const nonce = turn.random(32);
  turn.ask(
    { type: "hello", versions: VERSIONS, nonce, accessPassword: entrance.accessPassword ?? "" },
    async (later, body) => {
      if (body === undefined) return undefined;
      if (body.type === "refused") await enterFailed(later, entrance, personal(body.code));
      // A version that was not offered: who chose it is no relay that this client can speak with.
      else if (body.type === "challenge" && VERSIONS.some((offered) => offered === body.version)) {
        const { session: now } = later.state;
        if (now.state === "handshake") later.set({ session: { ...now, greeted: true } });
        await entrance.challenged(later, body, shown, nonce);
      } else later.hangUp();
      return undefined;
    },
  );
}

/** First use is for newcomers: a device that belongs to a relay greets nobody whom neither the system nor its id vouches for. */
function isStranger({ state: { me } }: Turn, { trust, pin }: Shown): boolean {
  return me !== undefined && me.pin === undefined && trust !== "system" && !equalBytes(pin, me.relay);
}

async function enterFailed(turn: Turn, entrance: Entrance, code: Code): Promise<void> {
  await entrance.failed(turn, code);
  turn.hangUp();
}

/** Signs this device in: the counter is committed before the signature leaves. */
async function resume(
  turn: Turn,
  challenge: Extract<ServerBody, { type: "challenge" }>,
  _shown: Shown,
  clientNonce: Uint8Array,
): Promise<void> {
  const { me } = turn;
  if (!equalBytes(challenge.relay, me.relay)) return turn.halt("wrong-pin");
  const isOtherLog = me.generation !== undefined && !equalBytes(me.generation, challenge.generation);
  if (isOtherLog && me.settling !== true) {
    turn.update({ type: "warning", code: "relay-rolled-back" });
    return turn.halt("relay-rolled-back");
  }
  const counter = me.counter + 1;
  turn.putMe({ counter, generation: challenge.generation });
  const { account, device, relay } = me;
  const { version, generation, nonce: serverNonce } = challenge;
  const bytes = authBytes({ relay, account, device, clientNonce, serverNonce, version, generation, counter });
  const signature = turn.ports.crypto.sign(me.privateKey, bytes);
  turn.ask({ type: "resume", account, device, counter, signature }, async (later, body) => {
    if (body === undefined) return undefined;
    if (body.type === "session") await online(later, body);
    else if (body.type === "proof-needed") await proveAgain(later);
    else if (body.type === "refused") await resumeRefused(later, body.code);
    else later.hangUp();
    return undefined;
  });
}

/** The relay asks for password and code at each connection; a code counts once, so the next connection needs another. */
async function proveAgain(turn: Turn): Promise<void> {
  const { proof } = turn.state;
  turn.set({ proof: undefined });
  if (proof === undefined) return turn.halt("bad-code", noticeOf("code-needed", {}));
  await prove(turn, turn.me, proof, async (later, body) => {
    if (body === undefined) return;
    if (body === "wrong") return later.halt("bad-code", noticeOf("code-wrong-password", {}));
    if (body.type === "session") return online(later, body);
    if (body.type !== "refused") return later.hangUp();
    if (body.code === "banned") return later.halt(body.code);
    const [code, seconds] = [personal(body.code), Math.max(0, Math.ceil(body.retryMs / 1000))];
    later.halt("bad-code", noticeOf("code-refused", { code, why: WORDS[code], seconds }));
  });
}

async function resumeRefused(turn: Turn, code: RelayCode): Promise<void> {
  if (code === "bad-credentials" && !turn.me.confirmed) {
    // The name was held for a code that never came, or the chain never got this device: neither came to be.
    const isNewDevice = (turn.state.contacts.get(turn.me.account)?.entries.length ?? 0) > 1;
    await turn.ports.vault.discard();
    turn.set({ store: undefined, me: undefined, contacts: new Map(), names: new Map(), notes: new Map() });
    turn.notice(isNewDevice ? "sign-in-lost" : "sign-up-lost", {});
    return turn.halt("not-signed-in");
  }
  if (code === "profile-copied" || code === "device-revoked" || code === "banned" || code === "unsupported-version") {
    return turn.halt(code);
  }
  if (code === "bad-credentials") {
    if (turn.me.settling === true) forgotten(turn);
    turn.update({ type: "warning", code: "relay-rolled-back" });
    return turn.halt("relay-rolled-back");
  }
  turn.hangUp();
}

/** The device is signed in: catch up, then send what waits. */
export async function online(turn: Turn, relay: Extract<ServerBody, { type: "session" }>): Promise<void> {
  const { session } = turn.state;
  if (session.state === "offline" || session.state === "dialing") return;
  const { connection } = session;
  if (relay.confirmed && !turn.me.confirmed) turn.putMe({ confirmed: true });
  if (relay.accessPassword !== "" && relay.accessPassword !== turn.me.access)
    turn.putMe({ access: relay.accessPassword });
  turn.set({ proof: undefined });
  turn.session({ state: "online", connection, heardAt: turn.now, pingedAt: turn.now, relay });
  turn.set({ stock: { left: relay.keyPackages, countedAt: relay.inboxLast } });
  for (const room of turn.state.rooms.values()) {
    turn.patch(room.room, { fetching: false, stalled: false, blocked: false, working: false, retryAt: 0 });
  }
  await runParked(turn, relay.confirmed ? undefined : "otp-pending");
  if (!relay.confirmed) return;
  await decide(turn, undefined);
  const known = turn.state.contacts.get(turn.me.account)?.entries.length ?? 0;
  if (relay.chainLength > known) fetchOwn(turn);
  if (relay.chainLength < known) giveBackChain(turn, relay.chainLength);
  checkOldClaims(turn);
  tellRotation(turn);
  await finishChange(turn);
  turn.set({ digestDue: true });
  if (turn.me.settling === true) return settle(turn, relay);
  if (relay.inboxLast < turn.me.inbox) return rolledBack(turn, undefined);
  for (const { room, status, astray } of turn.state.rooms.values()) {
    // A room whose removal this device has not read is still told of: one that is missing was forgotten. Out of step, it
    // may have passed its removal.
    const isMissing = status === "member" && astray === undefined && !relay.rooms.some((one) => one.room === room);
    if (isMissing) turn.update({ type: "warning", code: "relay-rolled-back", roomId: room });
  }
  for (const { room, last, head } of relay.rooms) {
    const known = turn.room(room);
    if (known === undefined || known.status !== "member") continue;
    // A relay that has less than this device has seen went back in time.
    if (last < known.seq || head < known.base) return rolledBack(turn, room);
    // What was told of on an earlier connection and is not there any more was never there.
    turn.patch(room, { last, acked: 0 });
  }
  for (const room of turn.state.rooms.keys()) turn.attend(room);
  lookForHidden(turn, relay);
  await replenish(turn);
  askForRooms(turn, relay.accountRooms);
}

function rolledBack(turn: Turn, room: RoomId | undefined): void {
  turn.update({ type: "warning", code: "relay-rolled-back", ...(room === undefined ? {} : { roomId: room }) });
  turn.halt("relay-rolled-back");
}

async function runParked(turn: Turn, fault: Code | undefined): Promise<void> {
  const { parked } = turn.state;
  turn.set({ parked: [] });
  for (const run of parked) await run(turn, fault);
}

/** What became of requests whose answers were lost can be told now, or never. */
async function decide(turn: Turn, fault: Code | undefined): Promise<void> {
  const { undecided } = turn.state;
  turn.set({ undecided: [] });
  for (const run of undecided) await run(turn, fault);
}

/** The connection is gone: who waited is told, and it is dialed again after the wait. */
export async function closed(turn: Turn, code: Code): Promise<void> {
  const { session, waiting, sleepers } = turn.state;
  if (session.state === "offline") return;
  const attempt = session.state === "online" ? 0 : session.attempt + 1;
  const wait = code === "wrong-pin" ? BACKOFF_MAX_MS : jitter(turn, attempt);
  const again = turn.state.me !== undefined && turn.state.halted === undefined;
  turn.set({ settlement: undefined });
  turn.set({ waiting: new Map(), sleepers: [], digestDue: false, inbox: [], inboxBusy: false });
  turn.session({ state: "offline", attempt, retryAt: again ? turn.now + wait : undefined });
  if (code === "wrong-pin" && again) turn.notice("other-key", {});
  for (const room of turn.state.rooms.values()) {
    turn.patch(room.room, {
      fetching: false,
      blocked: false,
      working: false,
      stalled: false,
      backlog: [],
      pending: room.pending && { ...room.pending, flying: false },
      queue: room.queue.map((intent) => (intent.flying ? { ...intent, flying: false } : intent)),
    });
  }
  for (const reply of waiting.values()) await reply(turn, undefined);
  for (const { lost } of sleepers) lost(turn);
  if (session.state !== "online") await session.entrance.failed(turn, code);
  // A way in that ended took the account with it: a time to dial again, at which nobody dials, would be due for ever.
  if (again && turn.state.me === undefined) turn.session({ state: "offline", attempt, retryAt: undefined });
  await runParked(turn, turn.state.halted ?? code);
  if (turn.state.halted !== undefined) await decide(turn, turn.state.halted);
}

/** Full jitter: anywhere between nothing and the bound, so that a crowd does not come back at once. */
function jitter(turn: Turn, attempt: number): number {
  const bound = Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** Math.min(attempt, 10));
  const [high = 0, low = 0] = turn.random(2);
  return 50 + Math.floor((bound * (256 * high + low)) / 65_536);
}

/** What time alone brings: the next dial, a sign of life, the end of a silent connection. */
export async function onTick(turn: Turn): Promise<void> {
  const { session } = turn.state;
  if (session.state === "offline") {
    if (session.retryAt !== undefined && session.retryAt <= turn.now) connect(turn, session.attempt);
    return;
  }
  if (session.state === "dialing") return;
  if (isWaitedFor(session) && turn.now - session.heardAt >= patience(session)) return turn.hangUp();
  if (session.state === "online" && turn.now - Math.max(session.heardAt, session.pingedAt) >= HEARTBEAT_MS) {
    turn.set({ session: { ...session, pingedAt: turn.now } });
    turn.tell({ type: "ping" });
  }
  for (const { room, last, acked } of turn.state.rooms.values()) {
    if (acked > last) turn.patch(room, { last: acked });
    turn.attend(room);
  }
}

/** Whether the relay owes an answer: a newcomer may be the one who is waited for, for a code from a telephone. */
function isWaitedFor(session: Turn["state"]["session"]): session is Extract<Session, { heardAt: number }> {
  return session.state === "online" || (session.state === "handshake" && (session.resuming || !session.greeted));
}

const patience = (session: Session): number => (session.state === "online" ? SILENCE_MS : HANDSHAKE_MS);

/** When the session next needs a tick. */
export function sessionWake({ session, leaving }: Turn["state"]): number | undefined {
  if (session.state === "offline") return session.retryAt;
  // Its end is on the way, however long that takes.
  if (session.connection === leaving) return undefined;
  if (session.state === "handshake" && isWaitedFor(session)) return session.heardAt + HANDSHAKE_MS;
  if (session.state !== "online") return undefined;
  return Math.min(Math.max(session.heardAt, session.pingedAt) + HEARTBEAT_MS, session.heardAt + SILENCE_MS);
}

/**
 * Runs `use` on a signed-in connection: at once, or when the one that is being made stands. Commands that store
 * nothing are refused `offline` otherwise.
 */
export async function whenOnline(
  turn: Turn,
  use: (turn: Turn, fault: Code | undefined) => Promise<void>,
): Promise<void> {
  const { session, halted, me } = turn.state;
  if (halted !== undefined) return use(turn, halted);
  if (me === undefined) return use(turn, "not-signed-in");
  if (!me.confirmed) return use(turn, "otp-pending");
  if (session.state === "online") return use(turn, undefined);
  if (session.state === "offline") return use(turn, "offline");
  turn.set({ parked: [...turn.state.parked, use] });
}
