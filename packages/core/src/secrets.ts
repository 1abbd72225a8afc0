/** Changing one's own secrets: password and recovery phrase. */
import { equalBytes, makeChainEntry, type ServerBody, toHex } from "@sotto/wire";
import { isStrong, refuseReply } from "./account.ts";
import type { Params } from "./api.ts";
import { type Draft, extendChain } from "./identity/append.ts";
import { makeRecovery, type Recovery, readRecovery } from "./identity/recovery.ts";
import { forgetLater, madeFor } from "./identity/rotation.ts";
import { probe } from "./password.ts";
import { whenOnline } from "./session.ts";
import type { Turn } from "./turn.ts";

interface Change {
  readonly command: number;
  readonly old: string;
  readonly new: string;
}

/**
 * The vault opens with both passwords before the relay is asked, and with the one that the relay has after its answer;
 * with the new password comes a new vault key. A lost answer is asked for again, after a crash at the next connect
 * (password.ts).
 */
export async function changePassword(
  turn: Turn,
  command: number,
  params: Params<"account.changePassword">,
): Promise<void> {
  if (turn.state.me !== undefined && !isStrong(params.new, turn.me.name)) return turn.refuse(command, "weak-password");
  await whenOnline(turn, async (later, fault) =>
    fault === undefined ? change(later, { ...params, command }) : later.refuse(command, fault),
  );
}

async function change(turn: Turn, wanted: Change): Promise<void> {
  const { command } = wanted;
  const { opaque } = turn.ports;
  const login = await opaque.loginStart(wanted.old);
  const registration = await opaque.registerStart(wanted.new);
  const loginRequest = login.request;
  const registrationRequest = registration.request;
  turn.ask({ type: "password-start", loginRequest, registrationRequest }, async (next, body) => {
    if (body?.type !== "password-response") return refuseReply(next, command, body);
    const who = { name: next.me.name, relay: toHex(next.me.relay) };
    const { loginResponse, registrationResponse } = body;
    const loginFinish = await opaque.loginFinish({
      state: login.state,
      response: loginResponse,
      password: wanted.old,
      ...who,
    });
    if (loginFinish === undefined) return next.refuse(command, "bad-credentials") as undefined;
    const registrationRecord = await opaque.registerFinish({
      state: registration.state,
      response: registrationResponse,
      password: wanted.new,
      ...who,
    });
    // A vault that cannot take the new password keeps the old one, and so does the relay, which was not asked.
    await next.ports.vault.addPassword(wanted.new);
    next.set({ change: undefined });
    next.ask({ type: "password-finish", loginFinish, registrationRecord }, async (last, answer) => {
      await finished(last, wanted, answer);
      return undefined;
    });
    return undefined;
  });
}

async function finished(turn: Turn, wanted: Change, answer: ServerBody | undefined): Promise<void> {
  const { vault } = turn.ports;
  if (answer?.type === "done") {
    await vault.settlePassword("new", wanted.new);
    return turn.answer(wanted.command, {});
  }
  // A relay that failed may have stored it all the same.
  const isRefused = answer?.type === "refused" && answer.code !== "internal";
  if (isRefused) {
    await vault.settlePassword("old");
    return void refuseReply(turn, wanted.command, answer);
  }
  if (answer === undefined) turn.undecided((later, fault) => askWhich(later, wanted, fault !== undefined));
  else await askWhich(turn, wanted, false);
}

/** The relay has one of the two: a lost answer is asked for until there is one. */
async function askWhich(turn: Turn, wanted: Change, isHalted: boolean): Promise<void> {
  const { command } = wanted;
  if (isHalted) {
    // The next connect asks, whoever brings it about.
    turn.set({ change: { password: wanted.new, which: "new" } });
    return turn.refuse(command, turn.state.halted ?? "offline");
  }
  await probe(turn, wanted.new, async (later, holds) => {
    if (holds === undefined) return later.undecided((next, fault) => askWhich(next, wanted, fault !== undefined));
    await later.ports.vault.settlePassword(holds ? "new" : "old", holds ? wanted.new : undefined);
    if (holds) later.answer(command, {});
    else later.refuse(command, "offline");
  });
}

/**
 * A new recovery key, by the old one alone. The new one is in the vault before the relay has it, and stays there until
 * the person has had it for a while: who lost the answer asks again with the old phrase and is given the same new one.
 */
export async function rotateRecovery(
  turn: Turn,
  command: number,
  { phrase }: Params<"account.rotateRecovery">,
): Promise<void> {
  await whenOnline(turn, async (later, fault) => {
    if (fault !== undefined) return later.refuse(command, fault);
    const { crypto } = later.ports;
    const current = later.state.contacts.get(later.me.account)?.states.at(-1)?.recoveryKey;
    const old = readRecovery(crypto, phrase);
    const made = madeFor(later, old);
    const isKnown = [old, made].some((one) => one && current && equalBytes(one.publicKey, current));
    if (old === undefined || !isKnown) return later.refuse(command, "bad-credentials");
    const recovery = made ?? makeRecovery(crypto);
    const record = { entropy: recovery.entropy, old: old.publicKey };
    later.putRecovery({ ...record, state: "asked" });
    await extendChain(later, rotation(later, old, recovery), async (last, why) => {
      if (why !== undefined) return last.refuse(command, why);
      last.answer(command, { recoveryPhrase: recovery.phrase });
      last.putRecovery({ ...record, state: "answered" });
      forgetLater(last);
    });
  });
}

function rotation(turn: Turn, old: Recovery, recovery: Recovery): Draft {
  const { crypto } = turn.ports;
  return (before) => {
    if (equalBytes(before.recoveryKey, recovery.publicKey)) return "done";
    if (!equalBytes(before.recoveryKey, old.publicKey)) return "bad-credentials";
    const draft = { kind: "rotate-recovery", recoveryKey: recovery.publicKey } as const;
    const sign = (key: Uint8Array) => (message: Uint8Array) => crypto.sign(key, message);
    return makeChainEntry(before, draft, turn.now, sign(old.signKey), sign(recovery.signKey));
  };
}
