/**
 * How long anything may take that is not itself a wait: far more than it needs on a machine that is busy. Who writes a
 * test may want to see sooner that it waits in vain.
 */
const PATIENCE_MS = Number(process.env.SOTTO_PATIENCE_MS ?? 90_000);

/** Waits for something that others tell of: who changes what is watched calls `changed`, and nobody sleeps. */
export class Watch {
  readonly #looks = new Set<() => void>();
  #broken: Error | undefined;

  changed(): void {
    for (const look of [...this.#looks]) look();
  }

  /** What is watched has ended: waits that are not over by now never will be. */
  broken(why: Error): void {
    this.#broken ??= why;
    this.changed();
  }

  /**
   * @param look - gives what is waited for, or something empty while it is not there.
   * @param what - for the person who reads that it never came.
   */
  until<T>(look: () => T | undefined | false, what: string | (() => string)): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const words = () => (typeof what === "string" ? what : what());
      const over = (): void => {
        clearTimeout(timer);
        this.#looks.delete(check);
      };
      const check = (): void => {
        try {
          const found = look();
          if (found !== undefined && found !== false) {
            over();
            resolve(found);
          } else if (this.#broken !== undefined) {
            over();
            reject(new Error(`waited in vain for ${words()}: ${this.#broken.message}`, { cause: this.#broken }));
          }
        } catch (cause) {
          over();
          reject(cause);
        }
      };
      const timer = setTimeout(() => {
        over();
        reject(new Error(`waited ${PATIENCE_MS / 1000} s in vain for ${words()}`));
      }, PATIENCE_MS);
      this.#looks.add(check);
      check();
    });
  }
}

/** Asks again until the answer is there: for what no program tells of by itself, such as who is online. */
export async function eventually<T>(ask: () => Promise<T | undefined | false>, what: string): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const found = await ask();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`asked for ${PATIENCE_MS / 1000} s in vain for ${what}`);
}
