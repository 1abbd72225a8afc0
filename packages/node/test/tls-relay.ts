/** A relay for the transport's tests: real certificates, a real TLS port, and a count of what a client said. */
import "reflect-metadata";
import { createHash, webcrypto } from "node:crypto";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer } from "node:tls";
import * as x509 from "@peculiar/x509";
import type { WebSocket } from "ws";
import { WebSocketServer } from "ws";

x509.cryptoProvider.set(webcrypto);
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;

export interface Certificates {
  readonly rootPem: string;
  readonly leafPem: string;
  readonly keyPem: string;
  readonly pin: Uint8Array;
}

/** @param options.name - whom the leaf is for. */
export async function makeCertificates(
  options: { readonly name?: string; readonly expired?: boolean } = {},
): Promise<Certificates> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=sotto relay",
    keys,
    signingAlgorithm: algorithm,
    serialNumber: "01",
    notBefore: new Date(Date.now() - 3 * DAY_MS),
    notAfter: new Date(Date.now() + 300 * DAY_MS),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  const leafKeys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const leaf = await x509.X509CertificateGenerator.create({
    subject: "CN=sotto.invalid",
    issuer: root.subject,
    publicKey: leafKeys.publicKey,
    signingKey: keys.privateKey,
    signingAlgorithm: algorithm,
    serialNumber: "02",
    notBefore: new Date(Date.now() - 2 * DAY_MS),
    notAfter: new Date(Date.now() + (options.expired ? -1 : 1) * DAY_MS),
    extensions: [
      new x509.SubjectAlternativeNameExtension([{ type: "dns", value: options.name ?? "sotto.invalid" }]),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", leafKeys.privateKey));
  return {
    rootPem: root.toString("pem"),
    leafPem: leaf.toString("pem"),
    keyPem: `-----BEGIN PRIVATE KEY-----\n${pkcs8.toString("base64")}\n-----END PRIVATE KEY-----\n`,
    pin: new Uint8Array(createHash("sha256").update(Buffer.from(root.publicKey.rawData)).digest()),
  };
}

export interface Port extends AsyncDisposable {
  readonly port: number;
}

export interface FakeRelay extends Port {
  /** Clients whose WebSocket is open. */
  readonly sockets: readonly WebSocket[];
}

export interface CountingRelay extends Port {
  /** TLS connections that were completed. */
  connections(): number;
  /** Bytes inside TLS, of all connections. */
  heard(): number;
}

/** A relay that answers every frame with the same frame. @param onOpen - what it does first. */
export async function fakeRelay(
  certificates: Certificates,
  onOpen: (socket: WebSocket) => void = () => {},
  path = "/v1",
): Promise<FakeRelay> {
  const sockets: WebSocket[] = [];
  const server = createHttpsServer({
    cert: `${certificates.leafPem}\n${certificates.rootPem}`,
    key: certificates.keyPem,
  });
  const relay = new WebSocketServer({ server, path, perMessageDeflate: false });
  relay.on("connection", (socket) => {
    sockets.push(socket);
    socket.on("message", (data) => socket.send(data));
    socket.on("error", () => {});
    onOpen(socket);
  });
  return { ...(await listening(server)), sockets };
}

/** A TLS port with these certificates that counts decrypted bytes and says nothing. */
export async function countingRelay(certificates: Certificates): Promise<CountingRelay> {
  let heard = 0;
  let connections = 0;
  const server = createServer(
    { cert: `${certificates.leafPem}\n${certificates.rootPem}`, key: certificates.keyPem },
    (socket) => {
      connections++;
      socket.on("data", (bytes) => {
        heard += bytes.length;
      });
      socket.on("error", () => {});
    },
  );
  server.on("tlsClientError", () => {});
  return { ...(await listening(server)), connections: () => connections, heard: () => heard };
}

/** A port that accepts and never says a word. */
export async function silentPort(): Promise<Port> {
  return listening(createTcpServer(() => {}));
}

async function listening(server: Server): Promise<Port> {
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
