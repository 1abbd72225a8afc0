/** What needs the database and the network: folder, vault, relay, connection. */
import type { Status } from "@sotto/core";
import { databaseLoads, profileDir } from "@sotto/node";
import type { Common } from "../arguments.ts";
import { say } from "../text/index.ts";
import { duration, haltWords } from "../words.ts";
import { bad, type Finding, fine, look } from "./finding.ts";
import { lookAtFolder } from "./folder.ts";
import { relayFindings } from "./relay.ts";
import { knownStatus, type Secrets } from "./status.ts";
import { lookAtVault, vaultSize } from "./vault.ts";

/** @returns undefined when `name` is neither a name nor a path. */
export const folderOf = (name: string | undefined): string | undefined => profileDir(name);

export interface Case {
  readonly dir: string;
  readonly profile: Common["profile"];
  readonly secrets: Secrets;
  readonly full: boolean;
  readonly now: () => number;
}

/** Each as soon as it is known. */
export async function* insideFindings({ dir, profile, secrets, full, now }: Case): AsyncGenerator<Finding> {
  const said = say().cli.doctor;
  const loads = databaseLoads();
  yield loads ? fine("library", said.library) : bad("library", said.libraryBroken, said.libraryTodo);
  const which = profile === undefined ? said.defaultFolder : said.givenFolder;
  const folder = await lookAtFolder(dir, full ? dir : which);
  yield* folder.findings;
  if (folder.files === undefined) return;
  const vault = await lookAtVault(dir, folder.files);
  if (vault === "none") {
    yield look("account", said.accountNone, said.noProfileTodo);
    return;
  }
  if (vault !== "closed") {
    yield vault;
    return;
  }
  // To open the profile would put its rights right, and nothing is changed here.
  const usable = folder.isOurs && loads ? secrets : { password: undefined, code: undefined };
  const known = await knownStatus(dir, usable, vaultSize(folder.files));
  yield* known.findings;
  if (known.findings.some(({ verdict }) => verdict === "bad")) return;
  if (known.status === undefined) yield look("relay", said.relayUnknown, said.relayUnknownTodo);
  else yield* statusFindings(known.status, full, now());
}

async function* statusFindings(status: Status, full: boolean, now: number): AsyncGenerator<Finding> {
  const said = say().cli.doctor;
  yield status.username === undefined
    ? look("account", said.accountNone, said.noProfileTodo)
    : fine("account", said.accountKnown);
  if (status.relay !== undefined) yield* await relayFindings(status.relay, full);
  else if (status.username !== undefined) yield look("relay", said.relayUntold, said.relayUntoldTodo);
  yield connectionFinding(status, now);
  yield status.outbox === 0
    ? fine("waiting", said.waitingNone)
    : look("waiting", said.waiting(status.outbox), said.waitingTodo);
}

function connectionFinding({ connection, halted, retryAt }: Status, now: number): Finding {
  const said = say().cli.doctor;
  if (connection === "online") return fine("connection", said.online);
  if (halted !== undefined) {
    const { what, hint } = haltWords(halted);
    return bad("connection", said.halted(what), hint);
  }
  if (connection !== "offline") return look("connection", said.connecting, said.again);
  const wait = retryAt === undefined ? "" : said.nextTry(duration(Math.max(0, retryAt - now)));
  return look("connection", said.offline + wait, said.relayUnreachableTodo);
}
