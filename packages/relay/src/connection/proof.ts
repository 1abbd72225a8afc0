/**
 * Password and code once more (`auth.otp = "always"`), for a device whose Resume held. Who has taken a device that was
 * unlocked, or its vault with the password of that, still needs the second factor for each connection.
 */
import { refused } from "../refusal.ts";
import { abandonLogin, finishLogin, startLogin } from "./login.ts";
import { sessionOf } from "./session.ts";
import { type Frame, type Outcome, type State, type StepContext, stay } from "./state.ts";

type Resumed = Extract<State, { readonly at: "resumed" }>;

/** Another name than the own one is answered like a name that nobody has. */
export async function proofStart(
  context: StepContext,
  state: Resumed,
  frame: Frame<"sign-in-start">,
): Promise<Outcome> {
  abandonLogin(context, state.login);
  const started = await startLogin(context, frame, ({ id }) => id === state.account);
  if ("type" in started) return stay({ ...state, login: undefined }, started);
  const answer = { type: "sign-in-response", loginResponse: started.loginResponse } as const;
  return stay({ ...state, login: started.open }, answer);
}

export async function proofFinish(
  context: StepContext,
  state: Resumed,
  frame: Frame<"sign-in-finish">,
): Promise<Outcome> {
  const { login, account, device, name } = state;
  if (login === undefined) return stay(state, refused("bad-request", { field: "sign_in_finish" }));
  // The login is over whatever comes out.
  const after: State = { ...state, login: undefined };
  const proved = await finishLogin(context, login, frame, () => context.store.device(device));
  if ("type" in proved) return stay(after, proved);
  // It may have been revoked while its owner looked for the telephone.
  if (proved.besides?.revoked !== false) return stay(after, refused("device-revoked"));
  const me = { account, device, name };
  return { answers: [], state: { at: "device", ...me }, session: await sessionOf(context, me, proved.account) };
}
