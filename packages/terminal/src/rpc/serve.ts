/** One JSON-RPC conversation, over standard streams or over the profile's socket. */
import type { Answer, Client, Method, Params, Refusal, Update } from "@sotto/core";
import { fail, type Result } from "@sotto/wire";
import { type Call, type Fault, type Request, refusalError } from "./request.ts";

/** What carries requests out: the client itself, or one that answers a part of its methods. */
export type Requests = Pick<Client, "request">;

/** One JSON-RPC object. */
export type Reply = Readonly<Record<string, unknown>>;

/** Takes one object; resolves when the next one may follow. */
export type Write = (reply: Reply) => Promise<void> | void;

/** Requests under way at once; more wait where they come from. */
const OVERLAP_MAX = 4096;

/**
 * Answers every item with exactly one object, in any order. Requests are handed on in the order of their items.
 *
 * @returns when the items have ended and every request is answered, or `signal` ends the wait.
 */
export async function answerAll<T>(
  items: AsyncIterable<T>,
  parse: (item: T) => Result<Request, Fault>,
  write: Write,
  requests: Requests,
  signal: AbortSignal,
): Promise<void> {
  const open = new Set<Promise<void>>();
  for await (const item of items) {
    if (signal.aborted) return;
    const done: Promise<void> = answer(parse(item), requests)
      .then(write)
      .finally(() => open.delete(done));
    open.add(done);
    // Who does not read the answers is not read from either.
    if (open.size >= OVERLAP_MAX) await Promise.race(open);
  }
  await Promise.race([Promise.all(open), aborted(signal)]);
}

async function answer(parsed: Result<Request, Fault>, requests: Requests): Promise<Reply> {
  if (!parsed.ok) return faultReply(parsed.error);
  const { id, call } = parsed.value;
  const result = await carryOut(requests, call);
  if (!result.ok) return faultReply({ id, error: refusalError(result.error) });
  return { jsonrpc: "2.0", id, result: result.value };
}

/** Never throws: a bug behind the door must not leave a request without an answer. */
async function carryOut(requests: Requests, call: Call): Promise<Result<Answer<Method>, Refusal>> {
  try {
    return await requests.request<Method>(call.method, call.params as Params<Method>);
  } catch {
    return fail({ code: "internal", message: "the request failed inside the program" });
  }
}

function faultReply({ id, error }: Fault): Reply {
  return { jsonrpc: "2.0", id, error };
}

/** The type of an update is the method of its notification. */
export function notification(update: Update): Reply {
  const { type, ...params } = update;
  return { jsonrpc: "2.0", method: type, params };
}

export function ready(version: string, profile: "none" | "locked"): Reply {
  return { jsonrpc: "2.0", method: "ready", params: { version, profile } };
}

export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
