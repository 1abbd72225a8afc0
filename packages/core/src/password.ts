/** Which of two passwords the relay has, where the answer to a change was lost: it is asked, and the vault follows it. */
import { toHex } from "@sotto/wire";
import type { Turn } from "./turn.ts";

/** The change that an unlock found unfinished: the password that was typed, and which of the two it is. */
export interface UnfinishedChange {
  readonly password: string;
  readonly which: "new" | "old";
}

/**
 * Asks whether a password is the account's, without changing anything.
 *
 * @param told - gets undefined when there was no answer to go by.
 */
export async function probe(
  turn: Turn,
  password: string,
  told: (turn: Turn, holds: boolean | undefined) => Promise<void>,
): Promise<void> {
  const { opaque } = turn.ports;
  const login = await opaque.loginStart(password);
  const registration = await opaque.registerStart(password);
  const { request: loginRequest, state } = login;
  turn.ask({ type: "password-start", loginRequest, registrationRequest: registration.request }, async (later, body) => {
    if (body?.type !== "password-response") return void (await told(later, undefined));
    const { name, relay } = later.me;
    const input = { state, response: body.loginResponse, password, name, relay: toHex(relay) };
    await told(later, (await later.ports.opaque.loginFinish(input)) !== undefined);
    return undefined;
  });
}

/** After a connect: the process died in the middle of a change, and two passwords open the vault. */
export async function finishChange(turn: Turn): Promise<void> {
  const { change } = turn.state;
  if (change === undefined) return;
  await probe(turn, change.password, async (later, holds) => {
    // No answer: asked again at the next connect, till when both open it.
    if (holds === undefined || later.state.change !== change) return;
    later.set({ change: undefined });
    const isNew = holds === (change.which === "new");
    await later.ports.vault.settlePassword(isNew ? "new" : "old", holds ? change.password : undefined);
    later.notice(isNew ? "password-changed" : "password-kept", {});
  });
}
