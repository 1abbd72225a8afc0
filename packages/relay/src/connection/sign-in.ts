/** Sign-in with name, password and code, for a device that is in no chain yet. Names that nobody has look like others. */
import { refused } from "../refusal.ts";
import { chainGet, growChain } from "./chains.ts";
import { abandonLogin, finishLogin, startLogin } from "./login.ts";
import { sessionOf } from "./session.ts";
import { type Frame, type Outcome, type State, type StepContext, stay } from "./state.ts";

export async function signInStart(context: StepContext, state: State, frame: Frame<"sign-in-start">): Promise<Outcome> {
  if (state.at !== "greeted" && state.at !== "signing-in")
    return stay(state, refused("bad-request", { field: "sign_in_start" }));
  if (state.at === "signing-in") abandonLogin(context, state.login);
  const started = await startLogin(context, frame, (account) => account.confirmed);
  const { clientNonce, serverNonce, version } = state;
  if ("type" in started) return stay({ at: "greeted", clientNonce, serverNonce, version }, started);
  return {
    answers: [{ type: "sign-in-response", loginResponse: started.loginResponse }],
    state: { at: "signing-in", login: started.open, clientNonce, serverNonce, version },
  };
}

export async function signInFinish(
  context: StepContext,
  state: State,
  frame: Frame<"sign-in-finish">,
): Promise<Outcome> {
  if (state.at !== "signing-in") return stay(state, refused("bad-request", { field: "sign_in_finish" }));
  const { login, clientNonce, serverNonce, version } = state;
  const finished = await finishLogin(context, login, frame, (account) => context.store.chain(account));
  // The login is over whatever came out.
  if ("type" in finished) return stay({ at: "greeted", clientNonce, serverNonce, version }, finished);
  const { account, besides: chain } = finished;
  return {
    answers: [{ type: "signed-in", account: account.id, chain }],
    state: { at: "proved", account: account.id, name: account.name },
  };
}

type Proved = Extract<State, { readonly at: "proved" }>;

/** The new device comes into the chain, and its connection is from then on that of a device. */
export async function joinChain(context: StepContext, state: Proved, frame: Frame<"chain-append">): Promise<Outcome> {
  const { account, name } = state;
  const grown = await growChain(context, state, frame, ({ add }) => add !== undefined);
  if ("type" in grown) return stay(state, grown);
  const record = await context.store.account(account);
  if (grown.add === undefined || record === undefined) return stay(state, refused("internal"));
  const me = { account, device: grown.add.id, name };
  return { answers: [{ type: "done" }], state: { at: "device", ...me }, session: await sessionOf(context, me, record) };
}

/** The own chain alone: who was slower than another device makes its entry again on top of the newest one. */
export async function ownChain(context: StepContext, state: Proved, frame: Frame<"chain-get">): Promise<Outcome> {
  if (frame.accounts.some((account) => account !== state.account)) return stay(state, refused("not-allowed"));
  return stay(state, await chainGet(context, frame));
}
