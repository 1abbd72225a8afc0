/** The door of a running client for other processes of the same person: `sotto send`, `sotto tail`. */
import { chmodSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { resolve } from "node:path";
import { type Channel, channelOf } from "./lines.ts";
import { socketPath } from "./socket-path.ts";
import { isCode } from "./vault-files.ts";

export type LocalHandler = (channel: Channel) => void | Promise<void>;

const handlers = new Map<string, LocalHandler>();

/**
 * Answers those who call this profile, while this process holds its vault; callers at other times are hung up on.
 *
 * @param handler - has one channel; when its promise settles, the channel is closed.
 * @returns a function that stops answering.
 */
export function serveLocal(dir: string, handler: LocalHandler): () => void {
  const name = resolve(dir);
  handlers.set(name, handler);
  return () => {
    if (handlers.get(name) === handler) handlers.delete(name);
  };
}

/** @returns a channel to the process that holds the profile's vault, undefined when there is none. */
export async function callLocal(dir: string): Promise<Channel | undefined> {
  try {
    const path = await socketPath(dir);
    const socket = connect({ path });
    return await new Promise<Channel>((resolve, reject) => {
      socket.once("connect", () => resolve(channelOf(socket)));
      socket.once("error", reject);
    });
  } catch (cause) {
    if (["ENOENT", "ECONNREFUSED", "ENOTDIR"].some((code) => isCode(cause, code))) return undefined;
    throw cause;
  }
}

/** Listens for the holder of the lock. @param path - free: what another process left there is removed. */
export async function listenLocal(dir: string, path: string): Promise<Server> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    const handler = handlers.get(resolve(dir));
    if (handler === undefined) socket.destroy();
    else void answer(socket, handler);
  });
  await new Promise<AddressInfo | string | null>((listening, reject) => {
    server.once("error", reject);
    server.listen({ path }, () => listening(server.address()));
  });
  chmodSync(path, 0o600); // the folder is closed to others already
  server.unref(); // a door does not keep a house standing
  const close = server.close.bind(server);
  server.close = (done) => {
    for (const socket of open) socket.destroySoon();
    return close(done);
  };
  return server;
}

async function answer(socket: Socket, handler: LocalHandler): Promise<void> {
  const channel = channelOf(socket);
  try {
    await handler(channel);
  } catch {
    // One caller's trouble: it sees the end of its channel, and the person at the screen goes on.
  } finally {
    channel.close();
  }
}
