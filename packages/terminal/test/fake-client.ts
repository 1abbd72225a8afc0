/** A client for tests of the interface alone: rooms and messages in memory, answers on a later tick. */
import type { Answer, Client, Method, Params, Refusal, Update } from "@sotto/core";
import { fail, ok, type Result } from "@sotto/wire";

type Handlers = {
  [M in Method]?: (params: Params<M>) => Result<Answer<M>, Refusal> | Promise<Result<Answer<M>, Refusal>>;
};

export class FakeClient implements Client {
  readonly calls: { method: Method; params: unknown }[] = [];
  readonly handlers: Handlers;
  readonly #listeners = new Set<(update: Update | undefined) => void>();
  profile: Client["profile"] = "locked";
  settled = 0;
  closed = false;

  constructor(handlers: Handlers = {}) {
    this.handlers = handlers;
  }

  async request<M extends Method>(method: M, params: Params<M>): Promise<Result<Answer<M>, Refusal>> {
    this.calls.push({ method, params });
    await tick();
    const handler = this.handlers[method] as ((params: Params<M>) => Result<Answer<M>, Refusal>) | undefined;
    return handler === undefined ? refusal("internal") : await handler(params);
  }

  async *updates(): AsyncGenerator<Update> {
    const queue: (Update | undefined)[] = [];
    let wake = (): void => {};
    const listen = (update: Update | undefined): void => {
      queue.push(update);
      wake();
    };
    this.#listeners.add(listen);
    try {
      while (true) {
        if (queue.length === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        const next = queue.shift();
        if (next === undefined) return;
        yield next;
      }
    } finally {
      this.#listeners.delete(listen);
    }
  }

  emit(update: Update): void {
    for (const listen of this.#listeners) listen(update);
  }

  async settle(): Promise<number> {
    await tick();
    this.settled++;
    return 0;
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const listen of this.#listeners) listen(undefined);
  }
}

export function refusal(code: Refusal["code"], retryMs?: number): { ok: false; error: Refusal } {
  return fail(retryMs === undefined ? { code, message: `refused: ${code}` } : { code, message: code, retryMs });
}

export { ok };

export function tick(ms = 1): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
