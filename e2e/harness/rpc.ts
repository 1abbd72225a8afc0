import type { Answer, Method, Params, Update } from "@sotto/core";
import { type Env, Program, sottoFile } from "./program.ts";

/** What a program says by itself: an update of the engine, or that it is ready. */
export type Note = Update | { readonly type: "ready"; readonly version: string; readonly profile: "none" | "locked" };

/** A request that was answered with an error, or never because the process ended. */
export class RpcError extends Error {
  readonly number: number;
  /** `data.code`, or "gone" when the process ended first. */
  readonly code: string | undefined;
  readonly retryMs: number | undefined;

  constructor(number: number, message: string, code?: string, retryMs?: number) {
    super(`${code ?? number}: ${message}`);
    this.number = number;
    this.code = code;
    this.retryMs = retryMs;
  }
}

interface Reply {
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: object;
  readonly result?: unknown;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: { code: string; retryMs?: number };
  };
}

interface Caller {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** One `sotto --rpc` process and the conversation with it. */
export class Rpc {
  readonly program: Program;
  /** In the order in which they came. */
  readonly notes: Note[] = [];
  /** Answers to lines that had no id of their own. */
  readonly strays: Reply[] = [];
  /** Answers in the order in which they came, by id; one each. */
  readonly #callers = new Map<number, Caller>();
  #lastId = 0;

  constructor(profile: string, home: string, env: Env = {}) {
    this.program = new Program(sottoFile, ["--rpc", "--profile", profile], home, env, (line) => this.#take(line));
    void this.program.ended.then(({ code, signal }) => {
      for (const { reject } of this.#callers.values())
        reject(new RpcError(0, `it ended with ${signal ?? code}`, "gone"));
      this.#callers.clear();
    });
  }

  call<M extends Method>(method: M, params: Params<M>): Promise<Answer<M>> {
    return this.ask(method, params) as Promise<Answer<M>>;
  }

  /** As `call`, for what the types do not allow. */
  ask(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#lastId;
    // Where it was asked from is what a person wants to see, not where the answer came in.
    const place: { stack?: string } = {};
    Error.captureStackTrace(place, this.ask);
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#callers.set(id, {
        resolve,
        reject: (error) => {
          error.stack = `${method}: ${error.message}\n${place.stack?.split("\n").slice(1).join("\n")}`;
          reject(error);
        },
      });
    });
    // A test that kills the process need not look at every answer.
    answer.catch(() => undefined);
    if (this.program.isRunning) this.writeLine(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    else this.#callers.get(id)?.reject(new RpcError(0, "the process has ended", "gone"));
    return answer;
  }

  writeLine(line: string): void {
    this.program.write(`${line}\n`);
  }

  until<T>(look: (notes: readonly Note[]) => T | undefined | false, what: string): Promise<T> {
    const heard = () => `${what}; the last that came: ${JSON.stringify(this.notes.slice(-5))}`;
    return this.program.watch.until(() => look(this.notes), heard);
  }

  /** Standard output is lines of JSON-RPC and nothing else: anything else breaks every wait. */
  #take(line: string): void {
    try {
      const reply: Reply & { jsonrpc?: string } = JSON.parse(line);
      if (reply.jsonrpc !== "2.0") throw new Error("not JSON-RPC 2.0");
      if (reply.method !== undefined) this.notes.push({ type: reply.method, ...reply.params } as Note);
      else this.#answer(reply);
    } catch (cause) {
      this.program.watch.broken(new Error(`a line that no script can read: ${line.slice(0, 200)}`, { cause }));
    }
  }

  #answer(reply: Reply): void {
    const caller = typeof reply.id === "number" ? this.#callers.get(reply.id) : undefined;
    if (caller === undefined) {
      this.strays.push(reply);
      return;
    }
    this.#callers.delete(Number(reply.id));
    const { error } = reply;
    if (error === undefined) caller.resolve(reply.result);
    else caller.reject(new RpcError(error.code, error.message, error.data?.code, error.data?.retryMs));
  }
}
