/** Figure 6: sign-ins with password and code on one processor. What the client computes with the password is not counted. */
import { join } from "node:path";
import { toHex, type UserName } from "@sotto/wire";
import { Opaque } from "../packages/relay/src/account/opaque.ts";
import { login, PASSWORD, register, totp } from "../packages/relay/test/client.ts";
import { Client, dialAll } from "./client.ts";
import { type Figure, type Options, type Round, row } from "./figure.ts";
import { ownProcessorSeconds, processorSeconds } from "./processors.ts";
import { type Device, type Registration, type Seeded, seed } from "./seed.ts";
import { type Server, startBare, startRelay } from "./server.ts";

/** Sign-ins under way at a time. */
const AT_ONCE = 32;

export async function signIn({ quick, folder, profiles, tell, hasTime }: Options): Promise<Figure> {
  const count = quick ? 50 : 500;
  const rounds = quick ? 1 : 4;
  tell(`${rounds} x ${count} accounts with passwords`);
  const seeded = await seed(join(folder, "relay"), rounds * count, registrationOf);
  await using relay = await startRelay(seeded.data, profiles);
  const [ours, bare]: [Round[], Round[]] = [[], []];
  for (let round = 0; round < rounds && (round === 0 || hasTime()); round++) {
    const devices = seeded.devices.slice(round * count, (round + 1) * count);
    ours.push(await measure(relay, seeded, devices));
    await using alone = await startBare("bare-sign-in.ts", [quick ? "300" : "2000"], join(folder, "bare.log"));
    bare.push({ value: Number(alone.said.perSecond), busy: Number(alone.said.busy) });
    tell(`${ours.at(-1)?.value.toFixed()} a second`);
  }
  const first = row("sottod", ours);
  return {
    name: "sign-in",
    title: `sign-ins of devices that are new, with password (OPAQUE) and code (TOTP), ${AT_ONCE} at a time`,
    unit: "a second",
    rows: [first, row("the arithmetic of both alone", bare, first)],
    notes: ["connections stand and have said hello; what follows is two requests, two look-ups and one fsync each"],
  };
}

/** Both halves of a registration, in this process: over the wire it would take as long as what is measured. */
const registrationOf: Registration = (name, { opaqueSetup, relay }) => {
  const registration = register(PASSWORD, name, relay);
  const response = new Opaque(opaqueSetup, toHex(relay)).register(name, registration.request);
  if (response === undefined) throw new Error("bug: the registration cannot be read");
  return registration.finish(response);
};

interface Ready {
  readonly client: Client;
  readonly name: UserName;
  readonly totpSecret: Uint8Array;
  readonly attempt: ReturnType<typeof login>;
}

async function measure(relay: Server, { rootCertificate }: Seeded, devices: readonly Device[]): Promise<Round> {
  const ready: Ready[] = [];
  const clients = await dialAll(devices.length, async (index) => {
    const client = await Client.dial({ url: String(relay.said.url), rootCertificate });
    const { relay: id } = await client.hello();
    const { name, totpSecret } = devices[index]!;
    ready.push({ client, name, totpSecret, attempt: login(PASSWORD, name, id) });
    return client;
  });
  const look = () => ({
    at: performance.now(),
    server: processorSeconds(relay.pid) ?? Number.NaN,
    generator: ownProcessorSeconds(),
  });
  const start = look();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let next = ready.pop(); next !== undefined; next = ready.pop()) await signInOne(next);
    }),
  );
  const end = look();
  for (const client of clients) client.end();
  const took = (end.at - start.at) / 1000;
  return {
    value: devices.length / took,
    busy: (end.server - start.server) / took,
    generator: (end.generator - start.generator) / took,
  };
}

async function signInOne({ client, name, totpSecret, attempt }: Ready): Promise<void> {
  const start = { type: "sign-in-start", name, loginRequest: attempt.request } as const;
  const { loginResponse } = await client.ask(start, "sign-in-response");
  const loginFinish = attempt.finish(loginResponse);
  if (loginFinish === undefined) throw new Error("bug: the password is wrong");
  await client.ask({ type: "sign-in-finish", loginFinish, code: totp(totpSecret) }, "signed-in");
}
