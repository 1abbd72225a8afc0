/** The two halves of a login with name, password and code, whoever is asked for it. */
import { type AccountId, userName } from "@sotto/wire";
import { backupCodeHash } from "../account/backup-codes.ts";
import { totpStep } from "../account/totp.ts";
import type { Login } from "../ports.ts";
import { type Refusal, refused } from "../refusal.ts";
import type { AccountRecord } from "../store/store.ts";
import { tellAccount } from "./notices.ts";
import type { Frame, StepContext } from "./state.ts";

/** Between the two halves. */
export interface OpenLogin {
  readonly login: Login;
  /** undefined: of a name that nobody has, which looks like any other. */
  readonly account: AccountRecord | undefined;
}

export interface StartedLogin {
  readonly open: OpenLogin;
  /** OPAQUE KE2. */
  readonly loginResponse: Uint8Array;
}

/** @param isMeant - accounts for which this is no are treated like names that nobody has. */
export async function startLogin(
  { store, opaque, guesses, pace, clock, host }: StepContext,
  frame: Frame<"sign-in-start">,
  isMeant: (account: AccountRecord) => boolean,
): Promise<StartedLogin | Refusal> {
  const now = clock.now();
  const name = userName(frame.name);
  // As it is counted, or each way to write a name in capitals had its own guesses.
  const countedName = name ?? frame.name;
  const retryMs = guesses.waitMs(host, countedName, now) || pace.take("sign-in", { address: host }, now);
  if (retryMs > 0) return refused("rate-limited", { retryMs });
  const account = name === undefined ? undefined : await store.accountToTry(name);
  const known = account !== undefined && account.name === name && isMeant(account) ? account : undefined;
  const started = opaque.start(countedName, known?.registration, frame.loginRequest);
  if (started === undefined) return refused("bad-request", { field: "login_request" });
  return { open: { login: started.login, account: known }, loginResponse: started.ke2 };
}

/**
 * A login that was begun and is not going to be ended. Whether the password fits shows the client before its last
 * message: who guesses stops here, and so does an honest client whose person has mistyped. So it counts as a guess.
 */
export function abandonLogin({ guesses, clock, peer, host, audit }: StepContext, open: OpenLogin | undefined): void {
  if (open === undefined) return;
  const { name } = open.login;
  guesses.wrong(host, name, clock.now());
  audit({ event: "sign-in-refused", address: peer, name: userName(name), code: "bad-credentials" });
}

/**
 * May be called once for each login: its last message counts once.
 *
 * @param besides - what whoever holds the password needs next: read together with the code's acceptance, and not
 * before the password held, or names would differ in time.
 */
export async function finishLogin<T>(
  context: StepContext,
  { login, account: known }: OpenLogin,
  frame: Frame<"sign-in-finish">,
  besides: (account: AccountId) => Promise<T>,
): Promise<{ readonly account: AccountRecord; readonly besides: T } | Refusal> {
  const { opaque, guesses, attempts, clock, peer, host } = context;
  const now = clock.now();
  const refuse = (code: "bad-credentials" | "bad-code" | "locked", retryMs = 0): Refusal => {
    // What is no user name may be a password in the wrong place.
    context.audit({ event: "sign-in-refused", address: peer, name: userName(login.name), code });
    return refused(code, { retryMs });
  };
  const account = opaque.finish(login, frame.loginFinish) ? known : undefined;
  if (account === undefined) {
    guesses.wrong(host, login.name, now);
    return refuse("bad-credentials");
  }
  const retryMs = attempts.lockedMs(account.id, now);
  if (retryMs > 0) return refuse("locked", retryMs);
  // Counted before it is looked at, or many connections at once would get more tries than five.
  const hasLocked = attempts.wrong(account.id, now);
  const [isAccepted, read] = await Promise.all([acceptCode(context, account, frame.code, now), besides(account.id)]);
  if (!isAccepted) {
    // Somebody knows the password: its owner should hear of that, once for each time that it was closed.
    if (hasLocked) await tellAccount(context, account.id, { kind: "sign-in-locked" });
    return refuse("bad-code");
  }
  attempts.right(account.id);
  context.audit({ event: "signed-in", address: peer, name: account.name, code: undefined });
  return { account, besides: read };
}

/** Takes a one-time or a backup code, each of which counts once. */
async function acceptCode(
  { store }: StepContext,
  { id, totpSecret }: AccountRecord,
  code: string,
  now: number,
): Promise<boolean> {
  const step = totpStep(totpSecret, code, now);
  if (step !== undefined) return await store.acceptStep(id, step);
  const hash = backupCodeHash(id, code);
  return hash !== undefined && (await store.acceptBackupCode(id, hash));
}
