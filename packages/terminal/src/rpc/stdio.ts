/** `sotto --rpc`: JSON-RPC 2.0 on standard input and output. The contract that every interface is tested through. */
import type { Client } from "@sotto/core";
import { escapeJson, fail, type Result } from "@sotto/wire";
import { LINE_BYTES_MAX, type Line, lines } from "./lines.ts";
import { type Fault, parseRequest, type Request, tooLong } from "./request.ts";
import { aborted, answerAll, notification, ready, type Write } from "./serve.ts";

export interface RpcOptions {
  readonly client: Client;
  readonly version: string;
  readonly profile: "none" | "locked";
  readonly input: AsyncIterable<Uint8Array>;
  readonly write: Write;
  /** How long the end of input waits for requests under way and for messages not sent yet. */
  readonly settleMs: number;
  /** Ends the conversation at once: a signal came, or nobody reads the output. */
  readonly stop: AbortSignal;
}

/** @returns when the input has ended and what was asked is done, or the wait for it is over. The client stays open. */
export async function serveStdio(options: RpcOptions): Promise<void> {
  const { client, write, stop } = options;
  await write(ready(options.version, options.profile));
  void tell(client, write, stop);
  const patience = new AbortController();
  const input = whenOver(lines(options.input), () => {
    const timer = setTimeout(() => patience.abort(), options.settleMs);
    timer.unref();
  });
  const until = AbortSignal.any([stop, patience.signal]);
  await Promise.race([answerAll(input, parseLine, write, client, until), aborted(stop)]);
  await client.settle(until);
}

function parseLine(line: Line): Result<Request, Fault> {
  if (line.type === "too-long") return fail(tooLong(LINE_BYTES_MAX));
  return parseRequest(line.type === "line" ? line.text : "");
}

/** Every update as a notification, until the client closes. */
async function tell(client: Client, write: Write, stop: AbortSignal): Promise<void> {
  for await (const update of client.updates()) {
    if (stop.aborted) return;
    await write(notification(update));
  }
}

/** The same items; `then` is called when there are no more. */
async function* whenOver<T>(items: AsyncIterable<T>, then: () => void): AsyncGenerator<T> {
  yield* items;
  then();
}

/**
 * Writes objects to a stream, one a line, and waits while its buffer is full.
 *
 * @param gone - called once when nobody reads any more.
 */
export function lineWriter(stream: NodeJS.WritableStream, gone: () => void): Write {
  let open = true;
  const close = (): void => {
    if (open) gone();
    open = false;
  };
  stream.on("error", close);
  stream.on("close", close);
  return (reply) => {
    if (!open || stream.write(`${escapeJson(reply)}\n`)) return undefined;
    return new Promise((resolve) => {
      const done = (): void => {
        stream.off("drain", done);
        stream.off("close", done);
        stream.off("error", done);
        resolve();
      };
      stream.on("drain", done);
      stream.on("close", done);
      stream.on("error", done);
    });
  };
}
