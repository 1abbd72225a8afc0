/** The first frames of a connection: Hello, and Resume of a device that the relay knows. */
import { authBytes, VERSIONS } from "@sotto/wire";
import { verifyEd25519 } from "../crypto.ts";
import { refused } from "../refusal.ts";
import { sessionOf } from "./session.ts";
import { type Frame, type Outcome, type State, type StepContext, stay } from "./state.ts";

export function hello(context: StepContext, state: State, frame: Frame<"hello">): Outcome {
  const { gate, random, relay, generation, guesses, pace, clock, peer, host } = context;
  const version = VERSIONS.find((one) => frame.versions.includes(one));
  if (version === undefined) return { ...stay(state, refused("unsupported-version")), close: "no common version" };
  const now = clock.now();
  const retryMs = pace.take("hello", { address: host }, now);
  if (retryMs > 0) return stay(state, refused("rate-limited", { retryMs }));
  if (!gate.mayConnect(frame.accessPassword)) {
    // Only who is wrong is slowed down: members say Hello too, and a stranger who guesses may share their address.
    const waitMs = guesses.waitMs(host, undefined, now);
    if (waitMs > 0) return stay(state, refused("rate-limited", { retryMs: waitMs }));
    guesses.wrong(host, undefined, now);
    context.audit({ event: "connect-refused", address: peer, name: undefined, code: "bad-access-password" });
    return stay(state, refused("bad-access-password"));
  }
  const nonce = random(32);
  return {
    answers: [{ type: "challenge", version, nonce, relay, generation, accessNeeded: gate.neededToSignUp }],
    state: { at: "greeted", clientNonce: frame.nonce, serverNonce: nonce, version },
  };
}

export async function resume(context: StepContext, state: State, frame: Frame<"resume">): Promise<Outcome> {
  const { store, clock, relay, generation } = context;
  if (state.at !== "greeted") return stay(state, refused("bad-request", { field: "resume" }));
  const [device, account] = await Promise.all([store.device(frame.device), store.account(frame.account)]);
  const refuse = (code: "bad-credentials" | "device-revoked" | "profile-copied"): Outcome => {
    context.audit({ event: "resume-refused", address: context.peer, name: account?.name, code });
    return stay(state, refused(code));
  };
  if (device === undefined || account === undefined || device.account !== account.id) return refuse("bad-credentials");
  if (!account.confirmed && account.heldUntil <= clock.now()) return refuse("bad-credentials");
  const { clientNonce, serverNonce, version } = state;
  const signed = authBytes({
    relay,
    account: frame.account,
    device: frame.device,
    clientNonce,
    serverNonce,
    version,
    generation,
    counter: frame.counter,
  });
  if (!verifyEd25519(device.key, signed, frame.signature)) return refuse("bad-credentials");
  // Only who holds the key of the device learns more than that.
  if (device.revoked) return refuse("device-revoked");
  if (!(await store.resume(frame.device, frame.counter))) return refuse("profile-copied");
  const me = { account: account.id, device: device.device, name: account.name };
  if (account.confirmed && context.config.auth.otp === "always") {
    context.audit({ event: "proof-needed", address: context.peer, name: account.name, code: undefined });
    return { answers: [{ type: "proof-needed" }], state: { at: "resumed", ...me, login: undefined } };
  }
  context.audit({ event: "resumed", address: context.peer, name: account.name, code: undefined });
  return {
    answers: [],
    state: { at: account.confirmed ? "device" : "pending", ...me },
    session: await sessionOf(context, me, account),
  };
}
