/** Sockets: TLS, `GET /healthz`, and WebSockets at `/v1` as peers of the relay. */
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Config, EXIT, LIMITS } from "@sotto/wire";
import { type WebSocket, WebSocketServer } from "ws";
import { Admission } from "./admission.ts";
import type { Peer } from "./connection/peer.ts";
import type { RelayKeys } from "./key-file.ts";
import { placeOf } from "./place.ts";
import type { Journal } from "./ports.ts";
import { Certificates, type PublicCertificate } from "./public-certificate.ts";
import type { Relay } from "./relay.ts";
import { Trouble } from "./trouble.ts";

export interface ListenOptions {
  readonly address: string;
  readonly port: number;
  readonly limits: Config["limits"];
  readonly keys: Pick<RelayKeys, "leafKey" | "leafCertificate" | "rootCertificate">;
  readonly publicCertificate: PublicCertificate | undefined;
  readonly journal: Journal;
}

const TLS = {
  minVersion: "TLSv1.3",
  ciphers: "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256",
} as const;

const HEARTBEAT_MS = 30_000;
/** For TLS, and then for the first request: a client of ours has both done within a round trip or two each. */
const HANDSHAKE_MS = 10_000;
const CHECKED_EVERY_MS = 2000;
/** A frame in more parts than this, or more unread parts, is no client of ours (CVE-2026-48779). */
const FRAGMENTS_MAX = 64;
const CHUNKS_MAX = 4096;
/**
 * What a stranger may send without completing a message. Each connection could hold a whole frame's worth in memory
 * otherwise, a thousand of them a gigabyte.
 */
const STRANGER_BYTES_MAX = 2 * LIMITS.strangerFrameBytesMax;
/** How long a client may take to answer a close before the socket is cut. */
const CLOSE_MS = 1000;

export interface Listener {
  readonly address: string;
  readonly port: number;
  /** Shows another public certificate from the next connection on. */
  replaceCertificate(certificate: PublicCertificate | undefined): void;
  /** Takes no more connections, gives those that end a moment, and cuts the rest. */
  close(): Promise<void>;
}

/** Listens before there is a relay, so that the port in links is known; connections wait for `relay`. */
export async function listen(options: ListenOptions, relay: Promise<Relay>): Promise<Listener> {
  const { keys } = options;
  // The root goes along: a client that has only the pin finds it nowhere else.
  const own = { key: keys.leafKey, certificate: `${keys.leafCertificate}\n${keys.rootCertificate}` };
  const certificates = new Certificates(own, options.publicCertificate, TLS);
  const server = createServer({
    ...TLS,
    key: own.key,
    cert: own.certificate,
    SNICallback: (name, done) => done(null, certificates.choose(name)),
    handshakeTimeout: HANDSHAKE_MS,
    headersTimeout: HANDSHAKE_MS,
    connectionsCheckingInterval: CHECKED_EVERY_MS,
  });
  server.on("request", (request, response) => {
    const isHealth = request.method === "GET" && request.url === "/healthz";
    response.writeHead(isHealth ? 200 : 404, { "content-type": "text/plain" }).end(isHealth ? "ok\n" : "not found\n");
  });
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: LIMITS.frameBytesMax,
    maxFragments: FRAGMENTS_MAX,
    maxBufferedChunks: CHUNKS_MAX,
    clientTracking: true,
  });
  const admission = new Admission(options.limits);
  const raw = new Set<Socket>();
  // Before TLS gets to see the socket.
  server.prependListener("connection", (socket: Socket) => {
    const { host } = placeOf(socket.remoteAddress, socket.remotePort);
    const leave = admission.enter(host);
    if (leave === undefined) {
      socket.destroy();
      relay.then((one) => one.unheard("turned-away", host), ignore);
      return;
    }
    raw.add(socket);
    socket.once("close", () => {
      raw.delete(socket);
      leave();
    });
  });
  server.on("upgrade", (request, socket: Duplex, head) => {
    socket.on("error", () => socket.destroy());
    if (request.url !== "/v1") {
      sendAway(socket, "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    const place = placeOf(request.socket.remoteAddress, request.socket.remotePort);
    relay.then(
      (one) => {
        const waitMs = admission.waitMs(place.host) || one.waitMs(place.host);
        if (waitMs === 0)
          sockets.handleUpgrade(request, socket, head, (webSocket) => attach(one, webSocket, socket, place));
        else {
          one.unheard("turned-away", place.host);
          sendAway(socket, comeBackIn(waitMs));
        }
      },
      () => socket.destroy(),
    );
  });
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => {
    const { host, address } = placeOf(socket.remoteAddress, socket.remotePort);
    options.journal.debug({ reason: error.message, address }, "TLS ended early");
    // Who looks at the certificate and goes, as every client does at first, is no attack.
    if (!QUIET.has(error.code ?? "")) relay.then((one) => one.unheard("tls-refused", host), ignore);
  });
  const bound = await bind(server, options);
  const heartbeat = setInterval(() => beat(sockets), HEARTBEAT_MS);
  heartbeat.unref();
  return {
    ...bound,
    replaceCertificate: (certificate) => certificates.replace(certificate),
    close: () => closeAll(server, raw, sockets, heartbeat),
  };
}

/** Ends of connections that were too short to be wrong. */
const QUIET: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT"]);
const ignore = (): void => undefined;

/** Nobody reads from this socket: that the other end has gone, or never goes, would not be seen. */
function sendAway(socket: Duplex, answer: string): void {
  socket.end(answer, () => socket.destroy());
  setTimeout(() => socket.destroy(), CLOSE_MS).unref();
}

function comeBackIn(waitMs: number): string {
  const seconds = Math.ceil(waitMs / 1000);
  return `HTTP/1.1 503 Service Unavailable\r\nRetry-After: ${seconds}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
}

async function bind(
  server: Server,
  { address, port }: ListenOptions,
): Promise<{ readonly address: string; readonly port: number }> {
  const place = `${address}:${port}`;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE")
        reject(
          new Trouble(`${place} is in use by another program`, "stop it, or choose another with --listen HOST:PORT"),
        );
      else if (error.code === "EACCES")
        reject(
          new Trouble(
            `no permission to listen on ${place}`,
            "ports below 1024 are for root; choose another with --listen HOST:PORT",
          ),
        );
      else if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND") {
        reject(
          new Trouble(
            `${address} is no address of this machine`,
            "choose one with --listen HOST:PORT, such as 0.0.0.0:7878 for all",
            EXIT.misused,
          ),
        );
      } else reject(error);
    });
    server.listen({ host: address, port }, resolve);
  });
  server.removeAllListeners("error");
  const bound = server.address() as AddressInfo;
  return { address: bound.address, port: bound.port };
}

/** Connections that showed no sign of life since the last beat. */
const silent = new WeakSet<WebSocket>();

function beat(sockets: WebSocketServer): void {
  for (const webSocket of sockets.clients) {
    if (silent.has(webSocket)) webSocket.terminate();
    else {
      silent.add(webSocket);
      webSocket.ping();
    }
  }
}

function attach(relay: Relay, webSocket: WebSocket, socket: Duplex, place: Pick<Peer, "address" | "host">): void {
  webSocket.binaryType = "nodebuffer";
  const peer: Peer = {
    ...place,
    get waitingBytes() {
      return webSocket.bufferedAmount;
    },
    send: (bytes) => webSocket.send(bytes, () => receiver.drained()),
    close: (code, reason) => {
      webSocket.close(code, reason);
      webSocket.resume();
      setTimeout(() => webSocket.terminate(), CLOSE_MS).unref();
    },
    pause: () => webSocket.pause(),
    resume: () => webSocket.resume(),
  };
  const receiver = relay.connect(peer);
  let unread = 0;
  socket.on("data", (part: Buffer) => {
    unread += part.length;
    if (unread > STRANGER_BYTES_MAX && receiver.isStranger) webSocket.terminate();
  });
  webSocket.on("message", (data: Buffer, isBinary) => {
    unread = 0;
    silent.delete(webSocket);
    if (isBinary) receiver.receive(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    else receiver.receiveText();
  });
  webSocket.on("pong", () => silent.delete(webSocket));
  // What is wrong with a WebSocket ends it; the close event that follows is all that matters here.
  webSocket.on("error", () => undefined);
  webSocket.on("close", () => receiver.closed());
}

async function closeAll(
  server: Server,
  raw: ReadonlySet<Socket>,
  sockets: WebSocketServer,
  heartbeat: NodeJS.Timeout,
): Promise<void> {
  clearInterval(heartbeat);
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const cut = setTimeout(() => {
    for (const webSocket of sockets.clients) webSocket.terminate();
    server.closeAllConnections();
    // Those that are in the middle of TLS, or of nothing at all.
    for (const socket of raw) socket.destroy();
  }, CLOSE_MS);
  server.closeIdleConnections();
  await closed;
  clearTimeout(cut);
}
