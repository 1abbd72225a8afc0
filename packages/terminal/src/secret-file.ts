/** A password or a code that a script gives: the first line of a file. */
import { readFileSync, statSync } from "node:fs";
import { complain } from "./output.ts";
import { say } from "./text/index.ts";

/** @returns undefined when there is none; what is wrong with the file is said on standard error. */
export function readSecretFile(file: string, what: "password" | "code"): string | undefined {
  const said = say().cli.misuse;
  try {
    const secret = readFileSync(file, "utf8").split(/\r?\n/)[0] ?? "";
    if (secret === "") {
      complain(said.secretEmpty(file), said.secretFirstLine[what]);
      return undefined;
    }
    if ((statSync(file).mode & 0o077) !== 0) complain(said.secretOpen(file), said.secretClose(file));
    return secret;
  } catch {
    complain(said.secretUnreadable(file), said.secretWanted[what]);
    return undefined;
  }
}
