import { createServer } from "node:net";
import { join } from "node:path";
import { type Ending, type Env, Program, sottodFile } from "./program.ts";

interface Listening {
  readonly event: "listening";
  readonly url: string;
  readonly link: string;
  readonly accessPassword: string;
  readonly pid: number;
}

/** The real `sottod` on one data folder and one port, through as many processes as a test kills. */
export class Relay implements AsyncDisposable {
  readonly data: string;
  readonly port: number;
  readonly #home: string;
  readonly #env: Env;
  readonly #programs: Program[] = [];
  #said: Listening | undefined;

  private constructor(home: string, env: Env, folder: string, port: number) {
    this.#home = home;
    this.data = join(home, folder);
    this.port = port;
    this.#env = env;
  }

  /**
   * @param env - settings, as `SOTTO_<SECTION>_<KEY>`.
   * @param folder - for its data, in `home`.
   */
  static async start(home: string, env: Env = {}, folder = "relay", port?: number): Promise<Relay> {
    const relay = new Relay(home, env, folder, port ?? (await freePort()));
    await relay.start();
    return relay;
  }

  /** What the newest process announced. */
  get said(): Listening {
    if (this.#said === undefined) throw new Error("the relay has not been started");
    return this.#said;
  }

  get link(): string {
    return this.said.link;
  }

  /** Everything that any of its processes wrote to standard output. */
  get stdout(): Buffer {
    return Buffer.concat(this.#programs.map((program) => program.stdout));
  }

  /** Everything that any of its processes wrote to standard error. */
  get stderr(): Buffer {
    return Buffer.concat(this.#programs.map((program) => program.stderr));
  }

  /** Starts it, also again after it was killed: same data, same port. */
  async start(): Promise<void> {
    let first: string | undefined;
    const args = ["--json", "--data", this.data, "--listen", `127.0.0.1:${this.port}`];
    const program = new Program(sottodFile, args, this.#home, this.#env, (line) => {
      first ??= line;
    });
    this.#programs.push(program);
    try {
      const line = await program.watch.until(() => first, "the line that says that sottod listens");
      const said: Listening = JSON.parse(line);
      // Else a launcher stands before it, and kill -9 would leave the relay running.
      if (said.pid !== program.pid) throw new Error(`sottod says pid ${said.pid}, its process is ${program.pid}`);
      this.#said = said;
    } catch (cause) {
      await program.kill();
      throw cause;
    }
  }

  /** How the newest process ended, once it has by itself. */
  async ended(): Promise<Ending> {
    const program = this.#programs.at(-1);
    if (program === undefined) throw new Error("the relay has not been started");
    return await program.ended;
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<Ending> {
    const program = this.#programs.at(-1);
    if (program === undefined) throw new Error("the relay has not been started");
    return await program.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.kill()));
  }
}

/**
 * A port that nobody listens on. Below the range that the system takes for outgoing connections: while the relay is
 * down, a client that dials a port of that range may be connected to itself.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
  throw new Error("no free port found");
}
