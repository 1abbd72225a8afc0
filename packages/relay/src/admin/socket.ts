/** The admin socket: a file that the owner of the data folder alone can open, and one line of JSON each way. */
import { rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { EXIT } from "@sotto/wire";
import { Trouble } from "../trouble.ts";
import type { Desk } from "./desk.ts";
import { ADMIN_LINE_CHARACTERS_MAX } from "./protocol.ts";
import { makeSocketFolder, socketPath } from "./socket-path.ts";

/** How long somebody may hold the socket without having asked. */
const IDLE_MS = 10_000;

/**
 * Listens in a data folder whose database this process holds: a socket file that lies there is a dead one's.
 *
 * @throws Trouble
 */
export async function openAdminSocket(data: string, desk: Desk): Promise<AsyncDisposable> {
  const path = socketPath(data);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    serve(socket, desk);
  });
  try {
    makeSocketFolder(data, path);
    rmSync(path, { force: true });
    await listen(server, path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Trouble(
      `cannot open the admin socket ${path}: ${reason}`,
      "check that the data folder belongs to the user that runs sottod, and is on a file system that has sockets",
      EXIT.failed,
      cause,
    );
  }
  return {
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // An answer that is on its way still goes; who only listens is cut off.
      for (const socket of sockets) socket.destroySoon();
      await closed;
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // The file is made inside this call: at no moment may anybody else open it.
    const before = process.umask(0o177);
    server.listen(path, () => resolve());
    process.umask(before);
  });
}

function serve(socket: Socket, desk: Desk): void {
  let line = "";
  socket.setEncoding("utf8");
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  const take = (chunk: string): void => {
    line += chunk;
    const end = line.indexOf("\n");
    if (end < 0 && line.length <= ADMIN_LINE_CHARACTERS_MAX) return;
    socket.off("data", take);
    if (end < 0) {
      socket.destroy();
      return;
    }
    socket.setTimeout(0);
    void desk.answer(line.slice(0, end)).then((answer) => socket.end(`${answer}\n`));
  };
  socket.on("data", take);
}
