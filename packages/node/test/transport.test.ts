import { X509Certificate } from "node:crypto";
import type { Target, TransportEvent } from "@sotto/core";
import { LIMITS } from "@sotto/wire";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { printable } from "../src/probe.ts";
import { pinFault } from "../src/root-pin.ts";
import { nodeTransport, probe } from "../src/transport.ts";
import { type Certificates, countingRelay, fakeRelay, makeCertificates, type Port, silentPort } from "./tls-relay.ts";

let ours: Certificates;
let others: Certificates;
const ports: Port[] = [];

beforeAll(async () => {
  [ours, others] = await Promise.all([makeCertificates(), makeCertificates()]);
});
afterEach(async () => {
  for (const port of ports.splice(0)) await port[Symbol.asyncDispose]();
});

async function held<P extends Port>(port: Promise<P>): Promise<P> {
  const made = await port;
  ports.push(made);
  return made;
}

/** Dials and notes everything until the end, and a little longer. */
async function dialed(
  target: Target,
  onEvent: (event: TransportEvent, connection: { send(frame: Uint8Array): void; close(): void }) => void = () => {},
  dialMs = 3000,
): Promise<readonly TransportEvent[]> {
  const events: TransportEvent[] = [];
  await new Promise<void>((resolve) => {
    const connection = nodeTransport({ dialMs }).dial(target, (event) => {
      events.push(event);
      onEvent(event, connection);
      if (event.type === "closed") setTimeout(resolve, 60);
    });
  });
  expect(events.filter(({ type }) => type === "closed")).toHaveLength(1);
  expect(events.at(-1)?.type).toBe("closed");
  return events;
}

const at = (port: Port, pin: Uint8Array | undefined, host = "127.0.0.1"): Target => ({
  host,
  port: port.port,
  pin,
  relay: undefined,
});
const closed = (events: readonly TransportEvent[]) => {
  const last = events.at(-1);
  return last?.type === "closed" ? last.reason : undefined;
};

describe("a relay with its own certificate", () => {
  test.each(["127.0.0.1", "localhost"])("the right pin opens, and frames go both ways (%s)", async (host) => {
    const relay = await held(fakeRelay(ours));
    const events = await dialed(at(relay, ours.pin, host), (event, connection) => {
      if (event.type === "opened") connection.send(Uint8Array.of(1, 2, 3));
      if (event.type === "frame") connection.close();
    });
    expect(events).toMatchObject([
      { type: "opened", pin: ours.pin, trust: "pinned" },
      { type: "frame", bytes: Uint8Array.of(1, 2, 3) },
      { type: "closed", reason: "ended" },
    ]);
  });

  test("without a pin the root that was shown is reported", async () => {
    const relay = await held(fakeRelay(ours));
    const events = await dialed(at(relay, undefined), (event, connection) => {
      if (event.type === "opened") connection.close();
    });
    expect(events[0]).toEqual({ type: "opened", pin: ours.pin, trust: "first-use" });
  });

  test("without a pin, a device that knows its relay believes the relay's own root", async () => {
    const relay = await held(fakeRelay(ours));
    const events = await dialed({ ...at(relay, undefined), relay: ours.pin }, (event, connection) => {
      if (event.type === "opened") connection.close();
    });
    expect(events[0]).toEqual({ type: "opened", pin: ours.pin, trust: "pinned" });
  });

  test("probe tells which root is shown and whether it is believed", async () => {
    const relay = await held(countingRelay(ours));
    expect(await probe(at(relay, undefined))).toEqual({ pin: ours.pin, trust: "first-use" });
    expect(await probe(at(relay, ours.pin))).toEqual({ pin: ours.pin, trust: "pinned" });
    expect(await probe(at(relay, others.pin))).toHaveProperty("error");
    expect(await probe(at(relay, others.pin), "whatever")).toEqual({ pin: ours.pin, trust: "first-use" });
    expect(relay.heard()).toBe(0);
  });

  test("an IPv6 address in brackets is dialed", async () => {
    const events = await dialed({ host: "[::1]", port: 1, pin: ours.pin, relay: undefined });
    expect(events).toMatchObject([{ reason: "unreachable", detail: expect.stringContaining("::1") }]);
  });
});

describe("a relay with the wrong key gets no byte of ours", () => {
  test("the count counts: with the right pin there are bytes", async () => {
    const relay = await held(countingRelay(ours));
    await dialed(at(relay, ours.pin), () => {}, 500);
    expect(relay.heard()).toBeGreaterThan(100);
  });

  const cases = (): readonly { readonly name: string; readonly shown: Certificates; readonly pin: Uint8Array }[] => [
    { name: "another root than the pinned one", shown: others, pin: ours.pin },
    { name: "the certificate changed after the pin was kept", shown: ours, pin: others.pin },
    {
      name: "the pinned root is shown over a leaf that it did not sign",
      shown: { ...others, rootPem: ours.rootPem },
      pin: ours.pin,
    },
    { name: "no root is shown, only a leaf", shown: { ...ours, rootPem: "" }, pin: ours.pin },
  ];
  test.each([0, 1, 2, 3])("case %i", async (index) => {
    const { name, shown, pin } = cases()[index]!;
    const relay = await held(countingRelay(shown));
    expect(closed(await dialed(at(relay, pin))), name).toBe("wrong-pin");
    expect(relay.heard(), name).toBe(0);
  });

  test("a device that knows its relay, without a pin, believes no root at first sight", async () => {
    const relay = await held(countingRelay(others));
    expect(closed(await dialed({ ...at(relay, undefined), relay: ours.pin }))).toBe("wrong-pin");
    expect(relay.heard()).toBe(0);
  });

  test("also when the environment turns certificates off", async () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
    try {
      const relay = await held(countingRelay({ ...others, rootPem: ours.rootPem }));
      expect(closed(await dialed(at(relay, ours.pin)))).toBe("wrong-pin");
      expect(relay.heard()).toBe(0);
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
  });

  test("a leaf for somebody else under the pinned root: a pin on a public authority lets in no other site", async () => {
    const elsewhere = await makeCertificates({ name: "elsewhere.example" });
    const relay = await held(countingRelay(elsewhere));
    expect(closed(await dialed(at(relay, elsewhere.pin)))).toBe("wrong-pin");
    expect(relay.heard()).toBe(0);
  });

  test("an expired leaf is refused, and not called a wrong key", async () => {
    const expired = await makeCertificates({ expired: true });
    const relay = await held(countingRelay(expired));
    const events = await dialed(at(relay, expired.pin));
    expect(events).toMatchObject([{ reason: "unreachable", detail: expect.stringContaining("expired") }]);
    expect(relay.heard()).toBe(0);
  });
});

test("what goes wrong is said in printable characters, and not at length", () => {
  expect(printable("a\u001b[2Jb\r\n\u202ec")).toBe("a?[2Jb???c");
  expect(printable("x".repeat(10_000))).toHaveLength(300);
});

test("what a certificate says does not reach a terminal as more than text", async () => {
  const nasty = await makeCertificates({ name: "\u001b]0;gotcha\u0007.example" });
  const relay = await held(countingRelay(nasty));
  const events = await dialed(at(relay, nasty.pin));
  expect(events).toMatchObject([{ reason: "wrong-pin", detail: expect.stringMatching(/^[\x20-\x7e]{1,300}$/) }]);
});

test("the second look, in the connection itself, compares the key again", () => {
  const certificate = (pem: string, issuer?: object) => ({
    raw: new X509Certificate(pem).raw,
    subject: {},
    subjectaltname: "DNS:sotto.invalid",
    issuerCertificate: issuer,
  });
  const chain = (shown: Certificates) => certificate(shown.leafPem, certificate(shown.rootPem)) as never;
  expect(pinFault("127.0.0.1", chain(ours), ours.pin)).toBeUndefined();
  expect(pinFault("127.0.0.1", chain(others), ours.pin)).toBeInstanceOf(Error);
  expect(pinFault("127.0.0.1", certificate(ours.leafPem) as never, ours.pin)).toBeInstanceOf(Error);
  expect(pinFault("127.0.0.1", {} as never, ours.pin)).toBeInstanceOf(Error);

  // A chain that goes in a circle ends the walk, and is nobody's.
  const [one, two] = [certificate(ours.leafPem), certificate(ours.rootPem)];
  one.issuerCertificate = two;
  two.issuerCertificate = one;
  expect(pinFault("127.0.0.1", one as never, ours.pin)).toBeInstanceOf(Error);
});

describe("what a relay says wrongly ends the connection, once", () => {
  test.each([
    { name: "text", say: (socket: { send(data: unknown): void }) => socket.send("hello") },
    {
      name: "a message over the limit",
      say: (socket: { send(data: unknown): void }) => socket.send(new Uint8Array(LIMITS.frameBytesMax + 1)),
    },
    {
      name: "endless tiny fragments",
      say: (socket: { send(data: unknown, options?: object): void }) => {
        for (let count = 0; count < 3000; count++) socket.send(Uint8Array.of(1), { fin: false, binary: true });
      },
    },
    {
      name: "bytes that are no WebSocket frame",
      say: (socket: { readonly _socket?: { write(data: Uint8Array): void } }) =>
        socket._socket?.write(new Uint8Array(64).fill(0xff)),
    },
  ])("$name", async ({ say }) => {
    const relay = await held(fakeRelay(ours, (socket) => say(socket as never)));
    const events = await dialed(at(relay, ours.pin));
    expect(events.map(({ type }) => type)).toEqual(["opened", "closed"]);
    expect(closed(events)).toBe("ended");
  });

  test("a frame of just the limit is taken", async () => {
    const relay = await held(fakeRelay(ours, (socket) => socket.send(new Uint8Array(LIMITS.frameBytesMax))));
    const events = await dialed(at(relay, ours.pin), (event, connection) => {
      if (event.type === "frame") connection.close();
    });
    expect(events[1]).toMatchObject({ type: "frame", bytes: { length: LIMITS.frameBytesMax } });
  });

  test("a relay that stops reading is hung up on before its frames fill the memory", async () => {
    const relay = await held(
      fakeRelay(ours, (socket) => (socket as unknown as { _socket: { pause(): void } })._socket.pause()),
    );
    const events = await dialed(at(relay, ours.pin), (event, connection) => {
      if (event.type === "opened") for (let count = 0; count < 64; count++) connection.send(new Uint8Array(1 << 20));
    });
    expect(events.at(-1)).toMatchObject({ reason: "ended", detail: "the relay does not read" });
  });
});

describe("no relay", () => {
  test("nobody listens", async () => {
    expect(closed(await dialed({ host: "127.0.0.1", port: 1, pin: ours.pin, relay: undefined }))).toBe("unreachable");
  });
  test("a name that does not exist", async () => {
    expect(closed(await dialed({ host: "nobody.invalid", port: 7878, pin: undefined, relay: undefined }))).toBe(
      "unreachable",
    );
  });
  test("a host that is no host", async () => {
    expect(closed(await dialed({ host: "[", port: 7878, pin: undefined, relay: undefined }))).toBe("unreachable");
  });
  test("a port that accepts and says nothing", async () => {
    const port = await held(silentPort());
    expect(closed(await dialed(at(port, ours.pin), () => {}, 200))).toBe("unreachable");
  });
  test("TLS without a WebSocket behind it", async () => {
    const port = await held(countingRelay(ours));
    expect(closed(await dialed(at(port, ours.pin), () => {}, 300))).toBe("unreachable");
  });
  test("another path", async () => {
    const port = await held(fakeRelay(ours, () => {}, "/v2"));
    expect(closed(await dialed(at(port, ours.pin)))).toBe("unreachable");
  });
});

test("close before anything stands, and again, ends once", async () => {
  const relay = await held(fakeRelay(ours));
  const events: TransportEvent[] = [];
  const connection = nodeTransport().dial(at(relay, ours.pin), (event) => events.push(event));
  connection.close();
  connection.close();
  connection.send(Uint8Array.of(1));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(events).toEqual([{ type: "closed", reason: "ended", detail: "closed here" }]);
  expect(relay.sockets).toEqual([]);
});

test("a relay that goes away ends the connection", async () => {
  const relay = await held(fakeRelay(ours, (socket) => setTimeout(() => socket.terminate(), 30)));
  expect(closed(await dialed(at(relay, ours.pin)))).toBe("ended");
});
