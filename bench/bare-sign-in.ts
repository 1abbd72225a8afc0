// What a sign-in costs at least: the relay's two steps of OPAQUE and the check of a code, again and again, with no relay
// around them. Prints one line: how often a second it was done, and what part of a processor it had. Usage: bare-sign-in.ts MILLISECONDS
import { toHex, userName } from "@sotto/wire";
import { createOpaqueSetup, Opaque } from "../packages/relay/src/account/opaque.ts";
import { totpStep } from "../packages/relay/src/account/totp.ts";
import { login, PASSWORD, register, totp } from "../packages/relay/test/client.ts";

const relay = new Uint8Array(32).fill(1);
const secret = new Uint8Array(20).fill(2);
const name = userName("ann")!;
const opaque = new Opaque(createOpaqueSetup(), toHex(relay));
const registration = register(PASSWORD, name, relay);
const record = registration.finish(opaque.register(name, registration.request)!);

let [spentMs, usedMs, done] = [0, 0, 0];
const used = (since?: NodeJS.CpuUsage): NodeJS.CpuUsage => process.cpuUsage(since);
const msOf = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000;
for (const wantedMs = Number(process.argv[2]); spentMs < wantedMs; done++) {
  const attempt = login(PASSWORD, name, relay);
  const code = totp(secret);
  const [startedAt, usedBefore] = [performance.now(), used()];
  const started = opaque.start(name, record, attempt.request)!;
  const [middle, usedFirst] = [performance.now(), used(usedBefore)];
  const ke3 = attempt.finish(started.ke2)!;
  const [endedAt, usedMiddle] = [performance.now(), used()];
  const holds = opaque.finish(started.login, ke3) && totpStep(secret, code, Date.now()) !== undefined;
  usedMs += msOf(usedFirst) + msOf(used(usedMiddle));
  if (!holds) throw new Error("bug: the password or the code is wrong");
  spentMs += middle - startedAt + (performance.now() - endedAt);
}
process.stdout.write(`${JSON.stringify({ perSecond: (done * 1000) / spentMs, busy: usedMs / spentMs })}\n`);
setInterval(() => undefined, 1000);
