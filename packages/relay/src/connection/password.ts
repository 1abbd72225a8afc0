/** A change of the password by a signed-in device: the old one is proved, a new one registered. */
import type { ServerBody } from "@sotto/wire";
import type { Login } from "../ports.ts";
import { refused } from "../refusal.ts";
import type { Device, Frame, StepContext } from "./state.ts";

/** @returns the answer, and the login that PasswordFinish ends. */
export async function passwordStart(
  context: StepContext,
  device: Device,
  frame: Frame<"password-start">,
): Promise<{ readonly answer: ServerBody; readonly login?: Login }> {
  const { store, opaque, guesses, clock } = context;
  const retryMs = guesses.waitMs(context.host, device.name, clock.now());
  if (retryMs > 0) return { answer: refused("rate-limited", { retryMs }) };
  const account = await store.account(device.account);
  const started = opaque.start(device.name, account?.registration, frame.loginRequest);
  if (started === undefined) return { answer: refused("bad-request", { field: "login_request" }) };
  const registrationResponse = opaque.register(device.name, frame.registrationRequest);
  if (registrationResponse === undefined) return { answer: refused("bad-request", { field: "registration_request" }) };
  return {
    answer: { type: "password-response", loginResponse: started.ke2, registrationResponse },
    login: started.login,
  };
}

/** As for sign-in: a password that does not fit shows before the last message, and whoever guesses stops there. */
export function abandonPassword(context: StepContext, device: Device, login: Login | undefined): void {
  if (login === undefined) return;
  context.guesses.wrong(context.host, device.name, context.clock.now());
  context.audit({ event: "password-refused", address: context.peer, name: device.name, code: "bad-credentials" });
}

/** @param login - of the PasswordStart before, which is over now. */
export async function passwordFinish(
  context: StepContext,
  device: Device,
  login: Login | undefined,
  frame: Frame<"password-finish">,
): Promise<ServerBody> {
  const { store, opaque, guesses, clock } = context;
  if (login === undefined) return refused("bad-request", { field: "password_finish" });
  if (!opaque.finish(login, frame.loginFinish)) {
    guesses.wrong(context.host, device.name, clock.now());
    context.audit({ event: "password-refused", address: context.peer, name: device.name, code: "bad-credentials" });
    return refused("bad-credentials");
  }
  if (!opaque.isRecord(device.name, frame.registrationRecord))
    return refused("bad-request", { field: "registration_record" });
  await store.setRegistration(device.account, frame.registrationRecord);
  context.audit({ event: "password-changed", address: context.peer, name: device.name, code: undefined });
  return { type: "done" };
}
