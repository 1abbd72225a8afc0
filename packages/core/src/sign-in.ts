/**
 * Signing in as a new device: password and code first, then the recovery phrase adds the device to the account's chain.
 * Keys and chain are stored before the relay has them, so a lost answer loses nothing: the next Resume tells.
 */
import {
  type AccountId,
  assert,
  type ChainState,
  deviceHash,
  equalBytes,
  idOf,
  LIMITS,
  makeChainEntry,
  type ServerBody,
} from "@sotto/wire";
import { abandon, enter, lastingPin, leave, type Newcomer, newcomerOf, refuseVault } from "./account.ts";
import type { Params } from "./api.ts";
import { type Contact, compareChains, readContact } from "./identity/contacts.ts";
import { type Recovery, readRecovery } from "./identity/recovery.ts";
import { prove } from "./proof.ts";
import type { AccountRecord } from "./records.ts";
import { online } from "./session.ts";
import type { Shown } from "./state.ts";
import type { Turn } from "./turn.ts";

/** How often somebody else of the account may be faster on its chain. */
const TRIES = 5;

type Challenge = Extract<ServerBody, { type: "challenge" }>;

/** Who comes in, and by what. */
interface Arrival {
  readonly newcomer: Newcomer;
  readonly recovery: Recovery;
  readonly challenge: Challenge;
  readonly shown: Shown;
}

/** Without the phrase another device would have to approve this one, which none can do yet. */
export async function signIn(turn: Turn, command: number, params: Params<"account.signIn">): Promise<void> {
  const newcomer = newcomerOf(turn, command, params);
  if (newcomer === undefined) return;
  const { recoveryPhrase: phrase, code } = params;
  const recovery = phrase === undefined ? undefined : readRecovery(turn.ports.crypto, phrase);
  // Words that are no phrase of anybody's cost no code.
  if (phrase !== undefined && recovery === undefined) return refusePhrase(turn, command);

  enter(turn, newcomer, async (later, challenge, shown) => {
    const { name, password } = newcomer;
    await prove(later, { name, relay: challenge.relay }, { password, code }, async (next, body) => {
      if (body === "wrong") next.refuse(command, "bad-credentials");
      else if (body?.type !== "signed-in") return leave(next, command, body);
      else if (recovery === undefined) next.refuse(command, "approval-needed");
      else return comeIn(next, { newcomer, recovery, challenge, shown }, body.account, body.chain);
      next.hangUp();
    });
  });
}

function refusePhrase(turn: Turn, command: number): void {
  turn.refuse(command, "bad-credentials", undefined, "that is not the recovery phrase of this account");
}

/** The relay gave the account's chain, which the phrase must belong to: else nothing is stored. */
async function comeIn(turn: Turn, arrival: Arrival, account: AccountId, entries: readonly Uint8Array[]): Promise<void> {
  const { newcomer, recovery, challenge } = arrival;
  const { command, name, password } = newcomer;
  const known = readContact(turn.ports.crypto, challenge.relay, { account, entries, conflict: false });
  const before = known?.states.at(-1);
  if (known === undefined || before === undefined || known.name !== name) {
    turn.update({ type: "warning", code: "relay-lies" });
    turn.refuse(command, "internal", undefined, "the relay gave a device chain that is not this account's");
    return turn.hangUp();
  }
  if (!equalBytes(before.recoveryKey, recovery.publicKey)) {
    refusePhrase(turn, command);
    return turn.hangUp();
  }
  if (before.length >= LIMITS.chainEntriesMax) {
    turn.refuse(command, "not-allowed", undefined, "the device chain of this account is full");
    return turn.hangUp();
  }
  try {
    turn.set({ store: await turn.ports.vault.create(password), me: newDevice(turn, arrival, known) });
  } catch (error) {
    return refuseVault(turn, command, error);
  }
  turn.putMe({});
  askIn(turn, arrival, known, before, TRIES);
}

function newDevice(turn: Turn, { newcomer, challenge, shown }: Arrival, { account, name }: Contact): AccountRecord {
  const { crypto } = turn.ports;
  const { host, port, accessPassword } = newcomer.link;
  const privateKey = turn.random(32);
  return {
    account,
    device: idOf.device(deviceHash(crypto.publicKey(privateKey), (bytes) => crypto.sha256(bytes))),
    name,
    privateKey,
    relay: challenge.relay,
    host,
    port,
    pin: lastingPin(shown),
    counter: 0,
    generation: challenge.generation,
    confirmed: false,
    inbox: 0,
    halted: undefined,
    access: accessPassword,
  };
}

/** Adds this device to the chain; the chain with it is stored before the relay is asked. */
function askIn(turn: Turn, arrival: Arrival, known: Contact, before: ChainState, tries: number): void {
  const { crypto } = turn.ports;
  const { command } = arrival.newcomer;
  const { privateKey } = turn.me;
  const entry = makeChainEntry(
    before,
    { kind: "add", deviceKey: crypto.publicKey(privateKey), signer: before.recoveryKey },
    turn.now,
    (message) => crypto.sign(arrival.recovery.signKey, message),
    (message) => crypto.sign(privateKey, message),
  );
  const grown = readContact(crypto, turn.me.relay, { ...known, entries: [...known.entries, entry] });
  assert(grown !== undefined, "the own chain entry holds");
  turn.putContact(grown);
  turn.ask({ type: "chain-append", entry }, async (later, body) => {
    if (body?.type === "done") {
      later.putMe({ confirmed: true });
      return true;
    }
    if (body?.type === "session") await online(later, body);
    if (body?.type === "session" || later.me.confirmed) {
      answerIn(later, command);
    } else if (body === undefined) {
      // The answer is lost and not the device: the next Resume tells whether the relay has it.
      later.undecided(async (next, fault) => {
        if (fault === undefined) answerIn(next, command);
        else next.refuse(command, fault === "not-signed-in" ? "offline" : fault);
      });
    } else if (body.type === "refused" && body.field === "entry" && tries > 0) {
      askAgain(later, arrival, known, tries - 1);
    } else {
      await giveUp(later, command, body);
    }
    return undefined;
  });
}

function answerIn(turn: Turn, command: number): void {
  turn.answer(command, { accountId: turn.me.account, deviceId: turn.me.device });
}

/** Somebody of the account was faster: the same on top of what they made. */
function askAgain(turn: Turn, arrival: Arrival, known: Contact, tries: number): void {
  const { account } = known;
  turn.ask({ type: "chain-get", accounts: [account] }, async (later, body) => {
    const entries =
      body?.type === "chains" ? body.chains.find((chain) => chain.account === account)?.entries : undefined;
    const newer = entries && readContact(later.ports.crypto, later.me.relay, { account, entries, conflict: false });
    const before = newer?.states.at(-1);
    const isSound =
      newer !== undefined &&
      before !== undefined &&
      compareChains(known, newer) === "longer" &&
      equalBytes(before.recoveryKey, arrival.recovery.publicKey);
    if (isSound) askIn(later, arrival, newer, before, tries);
    else await giveUp(later, arrival.newcomer.command, body);
    return undefined;
  });
}

/** The relay has nothing of this device: nor has the vault from now on. */
async function giveUp(turn: Turn, command: number, body: ServerBody | undefined): Promise<void> {
  await abandon(turn);
  leave(turn, command, body);
}
