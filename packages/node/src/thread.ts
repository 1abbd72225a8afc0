/** Calls into a worker thread, one message each way, answered in the order in which the thread sees them. */
import { Worker } from "node:worker_threads";

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (cause: Error) => void;
}

/**
 * A worker that takes {id, call} and posts {id, answer}. It starts with the first call. Only a call that waits for its
 * answer keeps the process alive.
 */
export class Thread<Call, Answer> {
  readonly #script: URL;
  readonly #waiting = new Map<number, Waiting<Answer>>();
  #worker: Worker | undefined;
  #calls = 0;
  #closed = false;

  constructor(script: URL) {
    this.#script = script;
  }

  call(call: Call, transfer: readonly ArrayBuffer[] = []): Promise<Answer> {
    if (this.#closed) return Promise.reject(new Error("the thread is closed"));
    this.#worker ??= this.#start();
    const id = ++this.#calls;
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ id, call }, [...transfer]);
    });
  }

  /** Calls under way are rejected: what must be finished is awaited before. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
    this.#failAll(new Error("the thread is closed"));
  }

  #start(): Worker {
    const worker = new Worker(this.#script, { stdin: false });
    worker.on("message", ({ id, answer }: { readonly id: number; readonly answer: Answer }) => {
      this.#waiting.get(id)?.resolve(answer);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) worker.unref();
    });
    const ended = (cause: Error) => {
      if (this.#worker === worker) this.#worker = undefined;
      this.#failAll(cause);
    };
    worker.on("error", ended);
    worker.on("exit", (code) => ended(new Error(`the thread ended with ${code}`)));
    worker.unref();
    return worker;
  }

  #failAll(cause: Error): void {
    for (const { reject } of this.#waiting.values()) reject(cause);
    this.#waiting.clear();
  }
}
