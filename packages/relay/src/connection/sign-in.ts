/** Sign-in with name, password and code, for a device that is in no chain yet. Names that nobody has look like others. */
import type { AccountId } from "@sotto/wire";
import { userName } from "@sotto/wire";
import { backupCodeHash } from "../account/backup-codes.ts";
import { totpStep } from "../account/totp.ts";
import { refused } from "../refusal.ts";
import { type Frame, type Outcome, type State, type StepContext, stay } from "./state.ts";

export async function signInStart(context: StepContext, state: State, frame: Frame<"sign-in-start">): Promise<Outcome> {
  const { store, opaque, guesses, pace, clock, host } = context;
  if (state.at !== "greeted" && state.at !== "signing-in")
    return stay(state, refused("bad-request", { field: "sign_in_start" }));
  const now = clock.now();
  const retryMs = guesses.waitMs(host, frame.name, now) || pace.take("sign-in", { address: host }, now);
  if (retryMs > 0) return stay(state, refused("rate-limited", { retryMs }));
  const name = userName(frame.name);
  const account = name === undefined ? undefined : await store.accountNamed(name);
  const known = account?.confirmed === true ? account : undefined;
  const started = opaque.start(name ?? frame.name, known?.registration, frame.loginRequest);
  if (started === undefined) return stay(state, refused("bad-request", { field: "login_request" }));
  const { clientNonce, serverNonce, version } = state;
  return {
    answers: [{ type: "sign-in-response", loginResponse: started.ke2 }],
    state: { at: "signing-in", login: started.login, account: known?.id, clientNonce, serverNonce, version },
  };
}

export async function signInFinish(
  context: StepContext,
  state: State,
  frame: Frame<"sign-in-finish">,
): Promise<Outcome> {
  const { store, opaque, guesses, attempts, clock, peer, host } = context;
  if (state.at !== "signing-in") return stay(state, refused("bad-request", { field: "sign_in_finish" }));
  const { login, account: id, clientNonce, serverNonce, version } = state;
  // The login is over whatever comes out: its last message counts once.
  const after: State = { at: "greeted", clientNonce, serverNonce, version };
  const now = clock.now();
  const refuse = (code: "bad-credentials" | "bad-code"): Outcome => {
    context.audit({ event: "sign-in-refused", address: peer, name: login.name, code });
    return stay(after, refused(code));
  };
  const account = opaque.finish(login, frame.loginFinish) && id !== undefined ? await store.account(id) : undefined;
  if (account === undefined) {
    guesses.wrong(host, login.name, now);
    return refuse("bad-credentials");
  }
  const retryMs = attempts.lockedMs(account.id, now);
  if (retryMs > 0) return stay(after, refused("locked", { retryMs }));
  // Counted before it is looked at, or many connections at once would get more tries than five.
  attempts.wrong(account.id, now);
  if (!(await acceptCode(context, account.id, account.totpSecret, frame.code, now))) return refuse("bad-code");
  attempts.right(account.id);
  context.audit({ event: "signed-in", address: peer, name: account.name, code: undefined });
  const chain = await store.chain(account.id);
  return { answers: [{ type: "signed-in", account: account.id, chain }], state: { at: "proved", account: account.id } };
}

/** Takes a one-time or a backup code, each of which counts once. */
async function acceptCode(
  { store }: StepContext,
  account: AccountId,
  secret: Uint8Array,
  code: string,
  now: number,
): Promise<boolean> {
  const step = totpStep(secret, code, now);
  if (step !== undefined) return await store.acceptStep(account, step);
  const hash = backupCodeHash(account, code);
  return hash !== undefined && (await store.acceptBackupCode(account, hash));
}
