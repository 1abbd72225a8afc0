/** Frames of a connection that is not signed in: which state takes which. */
import { type FromClient, unreachable } from "@sotto/wire";
import { refused } from "../refusal.ts";
import { hello, resume } from "./greeting.ts";
import { proofFinish, proofStart } from "./proof.ts";
import { joinChain, ownChain, signInFinish, signInStart } from "./sign-in.ts";
import { signUpConfirm, signUpFinish, signUpStart } from "./sign-up.ts";
import { type Outcome, type State, type StepContext, stay } from "./state.ts";

export async function gettingIn(context: StepContext, state: State, frame: FromClient["body"]): Promise<Outcome> {
  switch (state.at) {
    case "new":
      if (frame.type === "hello") return hello(context, state, frame);
      return stay(state, refused("not-signed-in"));
    case "greeted":
    case "signing-up":
    case "signing-in":
      return await ofStranger(context, state, frame);
    case "proved":
      if (frame.type === "ping") return stay(state, { type: "pong" });
      if (frame.type === "chain-append") return await joinChain(context, state, frame);
      if (frame.type === "chain-get") return await ownChain(context, state, frame);
      return stay(state, refused("not-allowed"));
    case "resumed":
      if (frame.type === "ping") return stay(state, { type: "pong" });
      if (frame.type === "sign-in-start") return await proofStart(context, state, frame);
      if (frame.type === "sign-in-finish") return await proofFinish(context, state, frame);
      return stay(state, refused("not-signed-in"));
    case "pending":
      if (frame.type === "ping") return stay(state, { type: "pong" });
      if (frame.type === "sign-up-confirm") return await signUpConfirm(context, state, frame);
      return stay(state, refused("otp-pending"));
    case "device":
      return stay(state, refused("internal"));
    default:
      return unreachable(state);
  }
}

async function ofStranger(context: StepContext, state: State, frame: FromClient["body"]): Promise<Outcome> {
  switch (frame.type) {
    case "resume":
      return await resume(context, state, frame);
    case "sign-up-start":
      return await signUpStart(context, state, frame);
    case "sign-up-finish":
      return await signUpFinish(context, state, frame);
    case "sign-in-start":
      return await signInStart(context, state, frame);
    case "sign-in-finish":
      return await signInFinish(context, state, frame);
    case "ping":
      return stay(state, { type: "pong" });
    case "hello":
      return stay(state, refused("bad-request", { field: "hello" }));
    default:
      return stay(state, refused("not-signed-in"));
  }
}

type GettingIn = Extract<FromClient["body"], { readonly type: (typeof GETTING_IN)[number] }>;

const GETTING_IN = [
  "hello",
  "resume",
  "sign-up-start",
  "sign-up-finish",
  "sign-up-confirm",
  "sign-in-start",
  "sign-in-finish",
] as const;

/** Frames that fit nobody who is signed in. */
export function isGettingIn(frame: FromClient["body"]): frame is GettingIn {
  return GETTING_IN.some((type) => type === frame.type);
}

/** What a signed-in device may ask. */
export type Request = Exclude<FromClient["body"], GettingIn>;
