/** The thread in which OPAQUE's password stretching may take its quarter of a second. */
import "@sotto/wire/no-fetch";
import { parentPort } from "node:worker_threads";
import { client, ready } from "@serenity-kit/opaque";
import type { OpaqueAnswer, OpaqueCall } from "./opaque.ts";

/** Argon2id, 64 MiB, t = 3, p = 4: fixed here, so that no relay can ask for less, or for two gigabytes. */
const keyStretching = "memory-constrained";

await ready;
parentPort?.on("message", ({ id, call }: { readonly id: number; readonly call: OpaqueCall }) => {
  let answer: OpaqueAnswer;
  try {
    answer = carryOut(call);
  } catch {
    answer = { type: "refused" }; // the library's words may quote what it was given
  }
  parentPort?.postMessage({ id, answer });
});

function carryOut(call: OpaqueCall): OpaqueAnswer {
  switch (call.type) {
    case "registerStart": {
      const started = client.startRegistration({ password: call.password });
      return { type: "started", state: started.clientRegistrationState, request: started.registrationRequest };
    }
    case "registerFinish": {
      const finished = client.finishRegistration({
        password: call.password,
        clientRegistrationState: call.state,
        registrationResponse: call.response,
        identifiers: { client: call.name, server: call.relay },
        keyStretching,
      });
      return { type: "finished", message: finished.registrationRecord };
    }
    case "loginStart": {
      const started = client.startLogin({ password: call.password });
      return { type: "started", state: started.clientLoginState, request: started.startLoginRequest };
    }
    case "loginFinish": {
      const finished = client.finishLogin({
        password: call.password,
        clientLoginState: call.state,
        loginResponse: call.response,
        identifiers: { client: call.name, server: call.relay },
        keyStretching,
      });
      return finished === undefined ? { type: "refused" } : { type: "finished", message: finished.finishLoginRequest };
    }
  }
}
