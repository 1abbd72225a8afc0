/** The log of a real relay: JSON lines from the level that is set, and nothing in them that somebody else could forge. */
import { connect as connectTcp } from "node:net";
import { connect } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { greet, login, PASSWORD, Person, register, some, Wire } from "../packages/relay/test/client.ts";
import { Relay } from "./harness/relay.ts";
import { openScratch } from "./harness/scratch.ts";

let held = new AsyncDisposableStack();
afterEach(async () => {
  await held.disposeAsync();
  held = new AsyncDisposableStack();
});

async function start(level: string): Promise<Relay> {
  const { dir } = held.use(await openScratch());
  return held.use(await Relay.start(dir, { SOTTO_LOG_LEVEL: level }));
}

/** What a terminal could take for a command or a line of its own, in names that are tried. */
const NASTY = [
  'x\r\n{"level":50,"event":"forged"}',
  "\u001b[2J\u001b]0;owned\u0007",
  "\u009b31mred",
  "a\u202eb\u2028c\u0000",
  'ann","event":"forged',
];

/** Whatever leaves a trace: strangers, wrong passwords, no TLS, no HTTP, somebody who signs up and goes. */
async function noise(relay: Relay): Promise<void> {
  const place = { url: relay.said.url, accessPassword: relay.said.accessPassword };
  for (const name of NASTY) {
    const wire = await Wire.dial(place);
    const { challenge } = await greet(wire);
    const attempt = login(PASSWORD, "ann", challenge.relay);
    const response = await wire.ask({ type: "sign-in-start", name, loginRequest: attempt.request });
    if (response.type === "sign-in-response")
      await wire.ask({ type: "sign-in-finish", loginFinish: some(64), code: name });
    const { request } = register(PASSWORD, "ann", challenge.relay);
    await wire.ask({ type: "sign-up-start", name, accessPassword: name, registrationRequest: request });
    wire.socket.send(some(40));
    await wire.closed;
  }
  const ann = await Person.signUp(place, "ann");
  for (const name of NASTY) await ann.wire.ask({ type: "directory", name });
  await ann.wire.ask({ type: "admin", action: "ban", name: NASTY[0] ?? "" });
  await ann.wire.close();
  await said(relay, Buffer.from(`\u0016\u0003\u0001${NASTY.join("")}`), false);
  await said(relay, Buffer.from(`GET /${NASTY[1]} HTTP/1.1\r\nHost: ${NASTY[2]}\r\n\r\n`), true);
  await said(relay, Buffer.from(`GET /v1 HTTP/1.1\r\nHost: x\r\nUpgrade: \u001b\r\nConnection: upgrade\r\n\r\n`), true);
}

/** Says something and waits for the end. */
async function said({ port }: Relay, bytes: Buffer, isTls: boolean): Promise<void> {
  const place = { port, host: "127.0.0.1" };
  const socket = isTls ? connect({ ...place, rejectUnauthorized: false }) : connectTcp(place);
  await new Promise<void>((resolve) => {
    socket.on("error", () => undefined);
    socket.on("close", () => resolve());
    socket.once(isTls ? "secureConnect" : "connect", () => socket.write(bytes));
    socket.once("data", () => socket.destroy());
    setTimeout(() => socket.destroy(), 1000);
  });
}

const linesOf = (relay: Relay): readonly Readonly<Record<string, unknown>>[] =>
  relay.stderr
    .toString()
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

const LEVELS = { debug: 20, info: 30, warn: 40, error: 50 } as const;

test.each(Object.entries(LEVELS))(
  "at %s nothing below it is written, and what is written is harmless JSON",
  async (level, least) => {
    const relay = await start(level);
    await noise(relay);
    await relay.kill("SIGTERM");
    const lines = linesOf(relay);
    const seen = new Set(lines.map((line) => Number(line.level)));
    expect(Math.min(...seen, 50)).toBeGreaterThanOrEqual(least);
    for (const expected of [20, 30, 40]) expect(seen.has(expected)).toBe(expected >= least);
    const bytes = relay.stderr.toString();
    // Every control but the line feed, the ones above 0x80, and what changes the direction of a line.
    expect(bytes).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
    expect(lines.filter((line) => line.event === "forged")).toEqual([]);
    if (least <= 30) {
      const events = lines.flatMap(({ event }) => (typeof event === "string" ? [event] : []));
      expect(events).toEqual(expect.arrayContaining(["connected", "disconnected", "signed-up", "sign-in-refused"]));
    }
  },
);
