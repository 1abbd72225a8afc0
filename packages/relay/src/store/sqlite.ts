/**
 * The store of a real relay: a thin client of the worker thread that owns the database. Calls are gathered while the
 * last batch is on its way, and go together in the next one: the busier the relay, the fewer fsyncs per message.
 */
import { Worker } from "node:worker_threads";
import { unreachable } from "@sotto/wire";
import { storeOf } from "./memory.ts";
import type { Answer, Call, FromWorker, OpenFault, WorkerStart } from "./sqlite-worker.ts";
import { type Store, StoreError, type Tables } from "./store.ts";

/** The database could not be opened; nothing was changed. */
export class OpenError extends Error {
  readonly fault: OpenFault;
  constructor(fault: OpenFault, message: string) {
    super(message);
    this.name = "OpenError";
    this.fault = fault;
  }
}

interface Waiting {
  readonly call: Call;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StoreError) => void;
}

/**
 * Opens the database, or makes it.
 *
 * @param onLost - called when the worker ended by itself: from then on everything is refused.
 * @param onFailed - called for each call that the database did not carry out: a full disk, a damaged page.
 * @throws OpenError
 */
export async function sqliteStore(
  start: WorkerStart,
  onLost: (error: StoreError) => void = () => undefined,
  onFailed: (error: StoreError) => void = () => undefined,
): Promise<Store> {
  const worker = new Worker(new URL("./sqlite-worker.ts", import.meta.url), { workerData: start });
  await new Promise<void>((resolve, reject) => {
    worker.once("error", (error) => reject(new OpenError("failed", String(error))));
    worker.once("message", (message: FromWorker) => {
      if ("failed" in message) reject(new OpenError(message.cause, message.failed));
      else resolve();
    });
  });
  worker.removeAllListeners("error");
  return clientOf(worker, onLost, onFailed);
}

function clientOf(worker: Worker, onLost: (error: StoreError) => void, onFailed: (error: StoreError) => void): Store {
  let waiting: Waiting[] = [];
  let sent: Waiting[] | undefined;
  let closing: PromiseWithResolvers<void> | undefined;
  let gone: StoreError | undefined;

  const send = (): void => {
    if (sent !== undefined || gone !== undefined) return;
    if (waiting.length === 0) {
      if (closing !== undefined) worker.postMessage("close");
      return;
    }
    [sent, waiting] = [waiting, []];
    worker.postMessage(sent.map(({ call }) => ({ method: call.method, args: call.args.map(compact) })));
  };
  const end = (error: StoreError): void => {
    gone ??= error;
    const all = [...(sent ?? []), ...waiting];
    [sent, waiting] = [undefined, []];
    for (const one of all) one.reject(gone);
  };

  worker.on("message", (message: FromWorker) => {
    if (!("answers" in message)) return;
    const batch = sent ?? [];
    sent = undefined;
    for (const [index, one] of batch.entries()) settle(one, message.answers[index], onFailed);
    send();
  });
  worker.on("error", (error) => end(new StoreError("failed", "the database worker ended", error)));
  worker.on("exit", () => {
    if (closing === undefined) onLost(gone ?? new StoreError("failed", "the database worker ended"));
    end(new StoreError("closed", "the store is closed"));
    closing?.resolve();
  });

  return storeOf(
    (method: keyof Tables, args: readonly unknown[]) =>
      new Promise((resolve, reject) => {
        if (gone !== undefined || closing !== undefined)
          return reject(gone ?? new StoreError("closed", "the store is closed"));
        // The first call of a turn waits for the others of that turn.
        if (waiting.length === 0 && sent === undefined) queueMicrotask(send);
        waiting.push({ call: { method, args }, resolve, reject });
      }),
    () => {
      if (gone === undefined) closing ??= Promise.withResolvers<void>();
      send();
      return closing?.promise ?? Promise.resolve();
    },
  );
}

function settle(one: Waiting, answer: Answer | undefined, onFailed: (error: StoreError) => void): void {
  if (answer === undefined) one.reject(new StoreError("failed", "the database worker gave no answer"));
  else if ("value" in answer) one.resolve(answer.value);
  else if ("code" in answer) {
    const error = new StoreError(answer.code, answer.message);
    if (error.code !== "gap") onFailed(error);
    one.reject(error);
  } else unreachable(answer);
}

/** Copies views of larger buffers: a message to the worker would carry the whole buffer, which here is what a socket read. */
function compact(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.byteLength === value.buffer.byteLength ? value : Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(compact);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, compact(one)]));
}
