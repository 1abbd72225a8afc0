/** The door between programs of one person: whoever holds the vault answers for the others. Both ends are here. */
import type { Answer, Client, Message, Method, Params, Refusal, Update } from "@sotto/core";
import { type Channel, serveLocal } from "@sotto/node";
import { CODES, fail, ok, type Result } from "@sotto/wire";
import { parseRequestValue } from "./rpc/request.ts";
import { answerAll, notification, type Requests } from "./rpc/serve.ts";

/**
 * What one-shot commands need, and no more: who has the socket cannot change the account or its rooms. A direct
 * conversation is made by the first message in it, not by its id being asked for.
 */
const OFFERED: ReadonlySet<Method> = new Set<Method>([
  "account.status",
  "users.list",
  "contact.list",
  "direct.open",
  "room.list",
  "message.list",
  "message.send",
]);

/** A message that another program sent through this one. */
export type Sent = (roomId: string, message: Message) => void;

/**
 * Answers other programs while this process holds the vault.
 *
 * @param sent - this process shows what others sent through it: nobody else would tell it.
 * @returns a function that stops answering.
 */
export function openDoor(dir: string, client: Client, sent: Sent): () => void {
  const channels = new Set<Channel>();
  const tellSent: Sent = (roomId, message) => {
    sent(roomId, message);
    const update: Update = { type: "message", roomId, ...message };
    for (const channel of channels) tell(channel, update);
  };
  void follow(client, channels);
  return serveLocal(dir, async (channel) => {
    channels.add(channel);
    const gone = new AbortController();
    void channel.closed.then(() => gone.abort());
    const requests = offered(client, tellSent);
    await answerAll(channel.values, parseRequestValue, (reply) => void channel.send(reply), requests, gone.signal);
    channels.delete(channel);
  });
}

async function follow(client: Client, channels: ReadonlySet<Channel>): Promise<void> {
  for await (const update of client.updates()) for (const channel of channels) tell(channel, update);
}

/** A reader that does not read is hung up on: it can come back and ask for what it missed. */
function tell(channel: Channel, update: Update): void {
  if (!channel.send(notification(update))) channel.close();
}

function offered(client: Client, sent: Sent): Requests {
  return {
    async request<M extends Method>(method: M, params: Params<M>): Promise<Result<Answer<M>, Refusal>> {
      if (!OFFERED.has(method)) return fail({ code: "not-allowed", message: "not offered to other programs" });
      const result = await client.request(method, params);
      if (method === "message.send" && result.ok) {
        const { roomId } = params as Params<"message.send">;
        const { seq } = result.value as Answer<"message.send">;
        const listed = await client.request("message.list", { roomId, before: seq + 1, limit: 1 });
        const message = listed.ok ? listed.value[0] : undefined;
        if (message?.seq === seq) sent(roomId, message);
      }
      return result;
    },
  };
}

/** What a one-shot command talks to: a client of its own, or the running one. */
export interface Engine extends Requests {
  updates(): AsyncIterable<Update>;
  close(): Promise<void>;
}

const HUNG_UP: Refusal = { code: "offline", message: "the sotto that holds this profile has ended" };

/** The running client behind a channel. */
export function remoteEngine(channel: Channel): Engine {
  const open = new Map<number, (result: Result<unknown, Refusal>) => void>();
  const listeners = new Set<(update: Update | undefined) => void>();
  let nextId = 1;
  let ended = false;
  void (async () => {
    for await (const value of channel.values) {
      const said = parseSaid(value);
      if (said?.type === "update") for (const listen of listeners) listen(said.update);
      if (said?.type === "answer") open.get(said.id)?.(said.result);
      if (said?.type === "answer") open.delete(said.id);
    }
    ended = true;
    for (const answer of open.values()) answer(fail(HUNG_UP));
    for (const listen of listeners) listen(undefined);
  })();
  return {
    async request<M extends Method>(method: M, params: Params<M>): Promise<Result<Answer<M>, Refusal>> {
      const id = nextId++;
      if (ended || !channel.send({ jsonrpc: "2.0", id, method, params })) return fail(HUNG_UP);
      const result = await new Promise<Result<unknown, Refusal>>((resolve) => open.set(id, resolve));
      // The other end is this same program, and its methods have these answers.
      return result as Result<Answer<M>, Refusal>;
    },
    updates: () => queued(listeners, () => ended),
    close: async () => channel.close(),
  };
}

async function* queued(
  listeners: Set<(update: Update | undefined) => void>,
  ended: () => boolean,
): AsyncGenerator<Update> {
  let queue: (Update | undefined)[] = ended() ? [undefined] : [];
  let wake: () => void = () => {};
  const listen = (update: Update | undefined): void => {
    queue.push(update);
    wake();
  };
  listeners.add(listen);
  try {
    while (true) {
      if (queue.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      // All at once: to take the first of many out moves the others each time.
      const come = queue;
      queue = [];
      for (const update of come) {
        if (update === undefined) return;
        yield update;
      }
    }
  } finally {
    listeners.delete(listen);
  }
}

type Said =
  | { readonly type: "answer"; readonly id: number; readonly result: Result<unknown, Refusal> }
  | { readonly type: "update"; readonly update: Update };

function parseSaid(value: unknown): Said | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const said = value as Readonly<Record<string, unknown>>;
  if (typeof said.method === "string" && typeof said.params === "object") {
    return { type: "update", update: { type: said.method, ...said.params } as Update };
  }
  if (typeof said.id !== "number") return undefined;
  if (said.error === undefined) return { type: "answer", id: said.id, result: ok(said.result) };
  return { type: "answer", id: said.id, result: fail(refusalOf(said.error)) };
}

function refusalOf(error: unknown): Refusal {
  const { message, data } = error as { message?: unknown; data?: { code?: unknown; retryMs?: unknown } };
  const code = CODES.find((known) => known === data?.code) ?? "internal";
  const text = typeof message === "string" ? message : "";
  const retryMs = data?.retryMs;
  return typeof retryMs === "number" ? { code, message: text, retryMs } : { code, message: text };
}
