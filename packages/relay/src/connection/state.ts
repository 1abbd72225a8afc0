/** Where a connection stands, and what one frame of somebody who is not signed in does to it. */
import type { AccountId, DeviceId, FromClient, ServerBody, UserName } from "@sotto/wire";
import type { Services } from "../services.ts";
import type { OpenLogin } from "./login.ts";

/** Both nonces and the version are in what Resume signs. */
interface Greeted {
  readonly clientNonce: Uint8Array;
  readonly serverNonce: Uint8Array;
  readonly version: number;
}

export interface Device {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly name: UserName;
}

export type State =
  | { readonly at: "new" }
  | ({ readonly at: "greeted" } & Greeted)
  /** SignUpStart held: the name is as good as free and the access password right. */
  | ({ readonly at: "signing-up"; readonly name: UserName } & Greeted)
  /** Between the two halves of a login. */
  | ({ readonly at: "signing-in"; readonly login: OpenLogin } & Greeted)
  /** Password and code held, on a device that is in no chain yet. */
  | { readonly at: "proved"; readonly account: AccountId; readonly name: UserName }
  /** A device whose Resume held, at a relay that asks for password and code besides; `login`: between its halves. */
  | ({ readonly at: "resumed"; readonly login: OpenLogin | undefined } & Device)
  /** A device of an account that waits for its first code. */
  | ({ readonly at: "pending" } & Device)
  /** Signed in. */
  | ({ readonly at: "device" } & Device);

/** What a frame leads to. */
export interface Outcome {
  readonly answers: readonly ServerBody[];
  readonly state: State;
  /** The last answer, made in the moment in which the device counts as online, so that no entry falls in between. */
  readonly session?: () => ServerBody;
  /** The connection ends after the answers. */
  readonly close?: string;
}

/** A frame that has to do with getting in. */
export type Frame<T extends FromClient["body"]["type"]> = Extract<FromClient["body"], { readonly type: T }>;

/** What a step may use besides the frame. */
export interface StepContext extends Services {
  /** The address of the other end. */
  readonly peer: string;
  /** The same without the port. */
  readonly host: string;
}

/** Refused, and everything else as it was. */
export function stay(state: State, answer: ServerBody): Outcome {
  return { answers: [answer], state };
}
