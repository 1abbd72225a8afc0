/** What needs a profile: the interfaces and the one-shot commands, each from its start to its exit code. */
import { profileDir } from "@sotto/node";
import { EXIT, type ExitCode } from "@sotto/wire";
import type { Invocation } from "./arguments.ts";
import { complain } from "./output.ts";
import { readSecretFile } from "./secret-file.ts";
import { say } from "./text/index.ts";

/** What files gave. */
export interface Secrets {
  readonly password: string | undefined;
  readonly code: string | undefined;
}

export type Work = Exclude<Invocation, { type: "help" | "version" | "completion" | "doctor" }>;

export async function runWork(work: Work, version: string): Promise<ExitCode> {
  const dir = profileDir(work.profile);
  if (dir === undefined) {
    complain(say().plain.once.profileName, say().plain.once.profileExample);
    return EXIT.misused;
  }
  const password = work.passwordFile === undefined ? undefined : readSecretFile(work.passwordFile, "password");
  if (work.passwordFile !== undefined && password === undefined) return EXIT.misused;
  const code = work.codeFile === undefined ? undefined : readSecretFile(work.codeFile, "code")?.replace(/\s/g, "");
  if (work.codeFile !== undefined && code === undefined) return EXIT.misused;
  const secrets = { password, code };
  // Each is loaded when it is asked for: the full screen alone is a third of all that there is.
  switch (work.type) {
    case "rpc":
      return (await import("./faces/rpc.ts")).rpc(dir, version);
    case "plain":
      return wantsPlain(work.asked)
        ? (await import("./faces/plain.ts")).plain(dir, work.asked, work.link, secrets)
        : (await import("./faces/full.ts")).full(dir, work.link, secrets);
    case "send":
    case "tail":
    case "rooms":
      return (await import("./faces/once.ts")).once(work, dir, secrets);
  }
}

/** Who asked for it, and where there is no terminal that could do more. */
function wantsPlain(asked: boolean): boolean {
  const { stdin, stdout, env } = process;
  return asked || !stdin.isTTY || !stdout.isTTY || env.TERM === "dumb" || (env.SOTTO_PLAIN ?? "") !== "";
}
