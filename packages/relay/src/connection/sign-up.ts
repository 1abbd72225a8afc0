/** The making of an account: name, password, first chain entry, second factor. */
import { chainStep, equalBytes, userName } from "@sotto/wire";
import { backupCodeHash, makeBackupCodes } from "../account/backup-codes.ts";
import { totpStep } from "../account/totp.ts";
import { chainPort } from "../crypto.ts";
import { refused } from "../refusal.ts";
import { sessionOf } from "./session.ts";
import { type Frame, type Outcome, type State, type StepContext, stay } from "./state.ts";

/** How long a name is held for who has yet to prove the second factor. */
export const HELD_MS = 15 * 60 * 1000;
const TOTP_SECRET_BYTES = 20;

export async function signUpStart(context: StepContext, state: State, frame: Frame<"sign-up-start">): Promise<Outcome> {
  const { gate, store, opaque, guesses, pace, clock, peer, host } = context;
  if (state.at !== "greeted" && state.at !== "signing-up")
    return stay(state, refused("bad-request", { field: "sign_up_start" }));
  const name = userName(frame.name);
  if (name === undefined || name !== frame.name) return stay(state, refused("bad-name", { field: "name" }));
  const now = clock.now();
  const retryMs = guesses.waitMs(host, undefined, now) || pace.take("sign-up", { address: host }, now);
  if (retryMs > 0) return stay(state, refused("rate-limited", { retryMs }));
  if (!gate.maySignUp(frame.accessPassword)) {
    guesses.wrong(host, undefined, clock.now());
    context.audit({ event: "sign-up-refused", address: peer, name, code: "bad-access-password" });
    return stay(state, refused("bad-access-password"));
  }
  if (context.bans.has(name)) return stay(state, refused("banned"));
  const holder = await store.accountNamed(name);
  if (holder !== undefined && (holder.confirmed || holder.heldUntil > clock.now()))
    return stay(state, refused("name-taken"));
  const registrationResponse = opaque.register(name, frame.registrationRequest);
  if (registrationResponse === undefined) return stay(state, refused("bad-request", { field: "registration_request" }));
  const { clientNonce, serverNonce, version } = state;
  return {
    answers: [{ type: "sign-up-response", registrationResponse }],
    state: { at: "signing-up", name, clientNonce, serverNonce, version },
  };
}

export async function signUpFinish(
  context: StepContext,
  state: State,
  frame: Frame<"sign-up-finish">,
): Promise<Outcome> {
  const { opaque, store, relay, random, clock } = context;
  if (state.at !== "signing-up") return stay(state, refused("bad-request", { field: "sign_up_finish" }));
  const { name } = state;
  const chain = chainStep(undefined, frame.chainEntry, chainPort);
  const device = chain.ok ? chain.value.devices[0] : undefined;
  if (!chain.ok || device === undefined || chain.value.name !== name || !equalBytes(chain.value.relay, relay)) {
    return stay(state, refused("bad-request", { field: "chain_entry" }));
  }
  if (!opaque.isRecord(name, frame.registrationRecord))
    return stay(state, refused("bad-request", { field: "registration_record" }));
  // A device belongs to one account for ever: else a revoked one came back under a new name, with its rooms.
  if ((await store.device(device.id)) !== undefined)
    return stay(state, refused("bad-request", { field: "chain_entry" }));
  const now = clock.now();
  const account = {
    id: chain.value.account,
    name,
    registration: frame.registrationRecord,
    totpSecret: random(TOTP_SECRET_BYTES),
    heldUntil: now + HELD_MS,
    chainEntry: frame.chainEntry,
    device: { id: device.id, key: device.key },
  };
  if ((await store.hold(account, now)) === "name-taken") return stay(state, refused("name-taken"));
  context.audit({ event: "name-held", address: context.peer, name, code: undefined });
  return {
    answers: [{ type: "sign-up-pending", totpSecret: account.totpSecret, heldUntil: account.heldUntil }],
    state: { at: "pending", account: account.id, device: device.id, name },
  };
}

export async function signUpConfirm(
  context: StepContext,
  state: State,
  frame: Frame<"sign-up-confirm">,
): Promise<Outcome> {
  const { store, clock, random, attempts } = context;
  if (state.at !== "pending") return stay(state, refused("bad-request", { field: "sign_up_confirm" }));
  const now = clock.now();
  const account = await store.account(state.account);
  if (account === undefined || (!account.confirmed && account.heldUntil <= now)) {
    return { ...stay(state, refused("not-signed-in")), close: "the name is not held any more" };
  }
  const retryMs = attempts.lockedMs(state.account, now);
  if (retryMs > 0) return stay(state, refused("rate-limited", { retryMs }));
  // Counted before it is looked at, or many connections at once would get more tries than five.
  attempts.wrong(account.id, now);
  const step = totpStep(account.totpSecret, frame.code, now);
  const backupCodes = makeBackupCodes(random);
  const hashes = backupCodes.map((code) => backupCodeHash(account.id, code)).filter((hash) => hash !== undefined);
  const confirmed = step === undefined ? undefined : await store.confirm(account.id, step, hashes, now);
  if (confirmed === undefined) {
    context.audit({ event: "sign-up-refused", address: context.peer, name: account.name, code: "bad-code" });
    return stay(state, refused("bad-code"));
  }
  attempts.right(account.id);
  context.audit({ event: "signed-up", address: context.peer, name: account.name, code: undefined });
  const me = { account: state.account, device: state.device, name: state.name };
  return {
    answers: [{ type: "confirmed", backupCodes }],
    state: { at: "device", ...me },
    session: await sessionOf(context, me, { confirmed: true, admin: confirmed.admin }),
  };
}
