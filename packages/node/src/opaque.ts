/**
 * The client's half of OPAQUE (RFC 9807). The library is synchronous and each step with a password takes 200 ms, so it
 * runs in a thread of its own, which starts with the first call and does not keep the process alive.
 */
import type { Opaque, OpaqueFinish } from "@sotto/core";
import { fromBase64url, toBase64url } from "@sotto/wire";
import { Thread } from "./thread.ts";

/** What is said to the worker; its library speaks base64url. */
export type OpaqueCall =
  | { readonly type: "registerStart" | "loginStart"; readonly password: string }
  | {
      readonly type: "registerFinish" | "loginFinish";
      readonly state: string;
      readonly response: string;
      readonly password: string;
      readonly name: string;
      readonly relay: string;
    };

export type OpaqueAnswer =
  | { readonly type: "started"; readonly state: string; readonly request: string }
  | { readonly type: "finished"; readonly message: string }
  | { readonly type: "refused" };

/** What the relay's messages measure. The library itself takes whatever comes after the end of one. */
const ANSWER_BYTES = { registerFinish: 64, loginFinish: 320 };

export interface NodeOpaque extends Opaque {
  close(): Promise<void>;
}

export function nodeOpaque(): NodeOpaque {
  const thread = new Thread<OpaqueCall, OpaqueAnswer>(new URL("./opaque-worker.ts", import.meta.url));
  const start = async (type: "registerStart" | "loginStart", password: string) => {
    const answer = await thread.call({ type, password });
    if (answer.type !== "started") throw new Error("opaque: the start was refused");
    return { state: answer.state, request: bytesOf(answer.request) };
  };
  const finish = async (type: "registerFinish" | "loginFinish", input: OpaqueFinish) => {
    const { state, password, name, relay } = input;
    if (input.response.length !== ANSWER_BYTES[type]) return undefined;
    const answer = await thread.call({ type, state, password, name, relay, response: toBase64url(input.response) });
    return answer.type === "finished" ? bytesOf(answer.message) : undefined;
  };
  return {
    registerStart: (password) => start("registerStart", password),
    loginStart: (password) => start("loginStart", password),
    async registerFinish(input) {
      const record = await finish("registerFinish", input);
      if (record === undefined) throw new Error("opaque: the relay's answer to the registration is not one");
      return record;
    },
    /** An answer that is no OPAQUE message is treated as a wrong password: either way nobody is signed in. */
    loginFinish: (input) => finish("loginFinish", input),
    close: () => thread.close(),
  };
}

function bytesOf(text: string): Uint8Array {
  const bytes = fromBase64url(text);
  if (bytes === undefined) throw new Error("opaque: the library gave no base64url");
  return bytes;
}
