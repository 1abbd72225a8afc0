/** Messages of OPAQUE as the relay's library reads them: refused or answered, and the next good one is answered still. */
import { toHex, userName } from "@sotto/wire";
import { createOpaqueSetup, Opaque } from "../../packages/relay/src/account/opaque.ts";
import { login, PASSWORD, register } from "../../packages/relay/test/client.ts";
import { mustHold, type Sample, type Target, type Trial } from "../target.ts";

const RELAY = new Uint8Array(32).fill(7);
const EMPTY = new Uint8Array(0);

function account() {
  const name = userName("ann");
  if (name === undefined) throw new Error("ann is a name");
  const opaque = new Opaque(createOpaqueSetup(), toHex(RELAY));
  const registration = register(PASSWORD, name, RELAY);
  const record = registration.finish(opaque.register(name, registration.request) ?? EMPTY);
  return { name, opaque, request: registration.request, record };
}

async function messages(): Promise<readonly Sample[]> {
  const { name, opaque, request, record } = account();
  const attempt = login(PASSWORD, name, RELAY);
  const ke3 = attempt.finish(opaque.start(name, record, attempt.request)?.ke2 ?? EMPTY) ?? EMPTY;
  const all = { "registration request": request, record, ke1: attempt.request, ke3 };
  return Object.entries(all).map(([title, bytes]) => ({ name: title, bytes }));
}

async function open(): Promise<Trial> {
  const { name, opaque, record } = account();
  const take = (input: Uint8Array): string => {
    const attempt = login(PASSWORD, name, RELAY);
    const started = opaque.start(name, record, attempt.request);
    mustHold(started !== undefined, "a good message is not answered any more");
    const answers = [
      opaque.register(name, input),
      opaque.start(name, record, input),
      opaque.start(name, undefined, input),
    ];
    const isRecord = opaque.isRecord(name, input);
    // Nobody gets back in with a record that was taken and does not work.
    mustHold(!isRecord || opaque.start(name, input, attempt.request) !== undefined, "a record that was taken is none");
    const lengths = [32, 96, 96].every((length, index) => answers[index] === undefined || input.length === length);
    mustHold(lengths && (!isRecord || input.length === 192), "a message has more than one length");
    mustHold(!opaque.finish(started.login, input), "somebody is let in who does not know the password");
    const ke3 = attempt.finish(started.ke2);
    mustHold(ke3 !== undefined && opaque.finish(started.login, ke3), "the right password is refused");
    return [...answers, isRecord || undefined].map((one) => Number(one !== undefined)).join("");
  };
  return { take };
}

export const OPAQUE_TARGETS: readonly Target[] = [
  {
    name: "opaque",
    about: "messages of OPAQUE, given to each of the relay's steps: relay/src/account/opaque.ts",
    format: "bytes",
    bytesMax: 1024,
    kept: "recorded",
    samples: messages,
    open,
    testInputs: 60,
  },
];
