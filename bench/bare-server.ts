/**
 * The least that a relay on `ws` can do: TLS as sottod has it, one Ack for each message and the message to everybody on
 * the same path, with nothing parsed, judged or stored. What came in one turn goes out in one frame, as in the relay.
 *
 * node bench/bare-server.ts KEYS ENTRY_BYTES
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { LIMITS } from "@sotto/wire";
import { type WebSocket, WebSocketServer } from "ws";
import { ackFrame, eventFrame } from "./glance.ts";

const [keysFile = "", entryBytesText = ""] = process.argv.slice(2);
const { leafKey, leafCertificate, rootCertificate } = JSON.parse(readFileSync(keysFile, "utf8"));
const entryBytes = Number(entryBytesText);
/** An Event stays below the limit of a frame. */
const ENTRIES_MAX = Math.floor((LIMITS.frameBytesMax * 3) / 4 / (entryBytes + 100));

interface Room {
  readonly sockets: Set<WebSocket>;
  /** Messages that came in this turn. */
  waiting: number;
}
const rooms = new Map<string, Room>();
const ack = ackFrame();
const events: Uint8Array[] = [];

const server = createServer({
  key: leafKey,
  cert: `${leafCertificate}\n${rootCertificate}`,
  minVersion: "TLSv1.3",
  ciphers: "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256",
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: LIMITS.frameBytesMax });
sockets.on("connection", (socket, request) => {
  const room = roomAt(request.url ?? "");
  room.sockets.add(socket);
  socket.on("close", () => room.sockets.delete(socket));
  socket.on("message", () => {
    socket.send(ack);
    if (room.waiting++ === 0) setImmediate(() => flush(room));
  });
});
process.on("SIGTERM", () => process.exit(0));
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `wss://127.0.0.1:${port}` })}\n`);
});

function roomAt(path: string): Room {
  const known = rooms.get(path);
  const room = known ?? { sockets: new Set(), waiting: 0 };
  rooms.set(path, room);
  return room;
}

function flush(room: Room): void {
  while (room.waiting > 0) {
    const count = Math.min(room.waiting, ENTRIES_MAX);
    room.waiting -= count;
    events[count] ??= eventFrame(count, entryBytes);
    for (const socket of room.sockets) socket.send(events[count]);
  }
}
