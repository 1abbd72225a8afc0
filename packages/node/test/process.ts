/** Processes that a test starts and kills. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface Holder {
  readonly child: ChildProcess;
  /** The next line that it prints; undefined when it is gone. */
  line(): Promise<string | undefined>;
  /** kill -9. */
  kill(): Promise<void>;
}

export function holdVault(dir: string, password: string, work: "hold" | "write" = "hold"): Holder {
  const script = fileURLToPath(new URL("./hold-vault.ts", import.meta.url));
  const child = spawn(process.execPath, [script, dir, password, work], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    async line() {
      const { value, done } = await lines.next();
      return done ? undefined : value;
    },
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}
