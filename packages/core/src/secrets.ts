/** Changing one's own secrets: password and recovery phrase. */
import { assert, equalBytes, makeChainEntry, toHex } from "@sotto/wire";
import { isStrong, refuseReply } from "./account.ts";
import type { Params } from "./api.ts";
import { readContact } from "./identity/contacts.ts";
import { makeRecovery, readRecovery } from "./identity/recovery.ts";
import { whenOnline } from "./session.ts";
import type { Turn } from "./turn.ts";

/** A new wrapping of the vault's key first, then the relay, then the old wrapping goes: a crash leaves a way in. */
export async function changePassword(
  turn: Turn,
  command: number,
  params: Params<"account.changePassword">,
): Promise<void> {
  if (turn.state.me !== undefined && !isStrong(params.new, turn.me.name)) return turn.refuse(command, "weak-password");
  await whenOnline(turn, async (later, fault) => {
    if (fault !== undefined) return later.refuse(command, fault);
    const { opaque, vault } = later.ports;
    const login = await opaque.loginStart(params.old);
    const registration = await opaque.registerStart(params.new);
    const start = {
      type: "password-start",
      loginRequest: login.request,
      registrationRequest: registration.request,
    } as const;
    later.ask(start, async (next, body) => {
      if (body?.type !== "password-response") return refuseReply(next, command, body);
      const who = { name: next.me.name, relay: toHex(next.me.relay) };
      const { loginResponse, registrationResponse } = body;
      const loginFinish = await opaque.loginFinish({
        state: login.state,
        response: loginResponse,
        password: params.old,
        ...who,
      });
      if (loginFinish === undefined) return next.refuse(command, "bad-credentials") as undefined;
      const registrationRecord = await opaque.registerFinish({
        state: registration.state,
        response: registrationResponse,
        password: params.new,
        ...who,
      });
      await vault.addPassword(params.new);
      next.ask({ type: "password-finish", loginFinish, registrationRecord }, async (last, answer) => {
        if (answer?.type === "done") await vault.settlePassword("new");
        if (answer?.type === "refused") await vault.settlePassword("old");
        if (answer?.type === "done") last.answer(command, {});
        else refuseReply(last, command, answer);
        return undefined;
      });
      return undefined;
    });
  });
}

/** A new recovery key, by the old one alone. */
export async function rotateRecovery(
  turn: Turn,
  command: number,
  { phrase }: Params<"account.rotateRecovery">,
): Promise<void> {
  await whenOnline(turn, async (later, fault) => {
    if (fault !== undefined) return later.refuse(command, fault);
    const { crypto } = later.ports;
    const contact = later.state.contacts.get(later.me.account);
    const before = contact?.states.at(-1);
    const old = readRecovery(crypto, phrase);
    if (
      contact === undefined ||
      before === undefined ||
      old === undefined ||
      !equalBytes(old.publicKey, before.recoveryKey)
    ) {
      return later.refuse(command, "bad-credentials");
    }
    const recovery = makeRecovery(crypto);
    const entry = makeChainEntry(
      before,
      { kind: "rotate-recovery", recoveryKey: recovery.publicKey },
      later.now,
      (message) => crypto.sign(old.signKey, message),
      (message) => crypto.sign(recovery.signKey, message),
    );
    const grown = readContact(crypto, later.me.relay, { ...contact, entries: [...contact.entries, entry] });
    assert(grown !== undefined, "the own chain entry holds");
    later.ask({ type: "chain-append", entry }, async (next, body) => {
      if (body?.type !== "done") return refuseReply(next, command, body);
      next.putContact(grown);
      next.answer(command, { recoveryPhrase: recovery.phrase });
      return undefined;
    });
  });
}
