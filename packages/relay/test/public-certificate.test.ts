/** A certificate that the world believes: who is shown it, what stands in links, and what does not fit. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { parseLink } from "@sotto/wire";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { type Certificates, makeCertificates } from "../src/certificate.ts";
import { type RunningRelay, startRelay } from "../src/index.ts";
import { configOf } from "./running.ts";

const folder = mkdtempSync(join(tmpdir(), "sotto-tls-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const random = (length: number) => new Uint8Array(randomBytes(length));
const [first, second, other] = await Promise.all(
  ["localhost", "localhost", "elsewhere.example"].map((name) => makeCertificates(random, Date.now(), name)),
);

function put(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const chain = ({ leafCertificate, rootCertificate }: Certificates) => `${leafCertificate}\n${rootCertificate}`;
const certificate = put("chain.pem", chain(first!));
const key = put("key.pem", first!.leafKey);

let relay: RunningRelay | undefined;
afterEach(async () => await relay?.stop());

const begin = (tls: { certificate: string; key: string } | undefined, publicHost: string | undefined = "localhost") => {
  const config = configOf(tls === undefined ? {} : { tls });
  return startRelay({ config: { ...config, server: { ...config.server, public: publicHost } }, data: undefined });
};

/** The leaf that is shown to who asks by this name, or by none. */
function shown({ url }: RunningRelay, servername: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: "127.0.0.1",
      port: Number(new URL(url).port),
      servername,
      rejectUnauthorized: false,
    });
    socket.on("secureConnect", () => {
      resolve(String(socket.getPeerX509Certificate()?.subject));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

test("who asks by name is shown the public certificate, who has the pin or comes by address the relay's own", async () => {
  relay = await begin({ certificate, key });
  expect(await shown(relay, "localhost")).toBe("CN=localhost");
  expect(await shown(relay, "another.example")).toBe("CN=localhost");
  expect(await shown(relay, "sotto.invalid")).toBe("CN=sotto.invalid");
  expect(await shown(relay, "")).toBe("CN=sotto.invalid");
});

test("links carry no pin with a public certificate, and one without", async () => {
  relay = await begin({ certificate, key });
  expect(parseLink(relay.link)).toMatchObject({ host: "localhost", pin: undefined });
  await relay.stop();
  relay = await begin(undefined);
  expect(parseLink(relay.link)?.pin).toEqual(relay.pin);
  expect(await shown(relay, "localhost")).toBe("CN=sotto.invalid");
});

test("a renewed certificate is shown from the next connection on, a faulty one is not", async () => {
  const [certificate, key] = [put("renewed.pem", chain(first!)), put("renewed.key", first!.leafKey)];
  relay = await begin({ certificate, key });
  const serial = async () =>
    await new Promise<string | undefined>((resolve) => {
      const port = Number(new URL(relay?.url ?? "").port);
      const socket = connect({ port, host: "127.0.0.1", servername: "localhost", rejectUnauthorized: false }, () => {
        resolve(socket.getPeerX509Certificate()?.serialNumber);
        socket.destroy();
      });
    });
  const before = await serial();
  put("renewed.pem", chain(second!));
  expect(() => relay?.renewCertificate()).toThrow("does not belong to the first certificate");
  expect(await serial()).toBe(before);
  put("renewed.key", second!.leafKey);
  relay.renewCertificate();
  expect(await serial()).not.toBe(before);
});

describe("what does not fit is named at start", () => {
  test.each([
    {
      name: "a missing certificate",
      tls: { certificate: join(folder, "no.pem"), key },
      text: /cannot read tls\.certificate .*no\.pem: ENOENT/,
    },
    {
      name: "a missing key",
      tls: { certificate, key: join(folder, "no.key") },
      text: /cannot read tls\.key .*no\.key: ENOENT/,
    },
    {
      name: "a certificate that is none",
      tls: { certificate: put("noise.pem", "noise"), key },
      text: /tls\.certificate .* holds no certificate in PEM/,
    },
    {
      name: "a key that is none",
      tls: { certificate, key: put("noise.key", "canary") },
      text: /tls\.key .* holds no private key in PEM/,
    },
    {
      name: "a key of another certificate",
      tls: { certificate, key: put("second.key", second!.leafKey) },
      text: /does not belong to the first certificate/,
    },
    {
      name: "a certificate for another name",
      tls: { certificate: put("other.pem", chain(other!)), key: put("other.key", other!.leafKey) },
      text: /is not for localhost/,
    },
  ])("$name", async ({ tls, text }) => {
    const fault = await begin(tls).then(
      (started) => started.stop(),
      (error: unknown) => error,
    );
    expect(fault).toMatchObject({ name: "Trouble", exit: 2, message: expect.stringMatching(text) });
    expect(String(fault)).not.toContain("canary");
  });

  test("no name that it is for", async () => {
    const config = configOf({ tls: { certificate, key } });
    await expect(startRelay({ config, data: undefined })).rejects.toThrow("tls.certificate wants server.public");
  });
});
