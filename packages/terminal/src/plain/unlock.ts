/** From a locked profile to a signed-in person. */
import type { Client, Refusal } from "@sotto/core";
import { type ExitCode, exitCode, parseLink } from "@sotto/wire";
import type { Me } from "../commands/desk.ts";
import { haltOf } from "../halt.ts";
import { error, hint, info } from "../output.ts";
import type { Screen } from "../screen/screen.ts";
import { say } from "../text/index.ts";
import { refusalWords } from "../words.ts";
import { confirmCode, showBackupCodes } from "./second-factor.ts";

export interface Unlocking {
  readonly client: Client;
  readonly screen: Screen;
  /** How a person calls the profile: the folder's name. More is not known before it is open. */
  readonly name: string;
  /** What `sotto LINK` was given. */
  readonly link: string | undefined;
  readonly password: string | undefined;
  readonly code: string | undefined;
}

export type Entered =
  /** `link`: the one to follow; none where it leads to another relay. */
  | { readonly type: "in"; readonly me: Me; readonly link: string | undefined }
  | { readonly type: "quit"; readonly code?: ExitCode };

/** How long the first try to connect is waited for, to know whether the relay asks for a code. */
const FIRST_TRY_MS = 2_000;

export async function unlock(run: Unlocking): Promise<Entered> {
  const { client, screen } = run;
  const text = say().plain.unlock;
  const code = run.code === undefined ? {} : { code: run.code };
  let given = run.password;
  let move = moveOf(run.link);
  if (given === undefined) screen.print(info(text.profile(run.name)));
  while (true) {
    const password = given ?? (await screen.ask(text.password, { secret: true }));
    if (password === undefined) return { type: "quit" };
    screen.print(info(text.opening));
    const unlocked = await client.request("account.unlock", { password, ...code, ...move });
    if (unlocked.ok) {
      await prove(run, password);
      const entered = await confirmed(run, unlocked.value);
      return entered.type === "in" && isStrange(run.link, move) ? { ...entered, link: undefined } : entered;
    }
    const refusal = unlocked.error;
    if (refusal.code === "wrong-pin" && move.link !== undefined) {
      screen.print(error(text.otherRelay), hint(text.otherRelayHint));
      move = {};
      given = password;
    } else if (refusal.code === "bad-credentials" && run.password === undefined) {
      screen.print(error(text.wrong), hint(text.again));
      given = undefined;
    } else return quit(screen, refusal);
  }
}

/**
 * Where the relay is now, for a link that names its key: without one anybody could have made the link, and the profile
 * would be moved to them.
 */
function moveOf(text: string | undefined): { readonly link?: string } {
  return text !== undefined && parseLink(text)?.pin !== undefined ? { link: text } : {};
}

function isStrange(text: string | undefined, move: { readonly link?: string }): boolean {
  return moveOf(text).link !== move.link;
}

function quit(screen: Screen, refusal: Refusal): Entered {
  const text = say().plain.unlock;
  const words = refusalWords(refusal);
  const wrong = refusal.code === "bad-credentials";
  screen.print(error(wrong ? text.wrong : words.what), hint(wrong ? text.again : words.hint));
  return { type: "quit", code: exitCode(refusal.code) };
}

/** Where the relay asks for a code at each connection. Without one the profile is open all the same, and offline. */
async function prove({ client, screen }: Unlocking, password: string): Promise<void> {
  while ((await haltOf(client, FIRST_TRY_MS)) === "bad-code") {
    screen.print(info(say().plain.unlock.needsCode));
    const code = await screen.ask(say().plain.unlock.codeOrOffline);
    if (code === undefined || code.trim() === "") return;
    const again = await client.request("account.unlock", { password, code: code.replace(/\s/g, "") });
    if (again.ok) continue;
    const words = refusalWords(again.error);
    screen.print(error(words.what), hint(words.hint));
    if (again.error.code !== "bad-code") return;
  }
}

/** An account whose first code never came: it is asked for now. */
async function confirmed(run: Unlocking, me: Me): Promise<Entered> {
  const rooms = await run.client.request("room.list", {});
  if (rooms.ok || rooms.error.code !== "otp-pending") return { type: "in", me, link: run.link };
  run.screen.print(info(say().plain.unlock.waitsForCode));
  const codes = await confirmCode(run.client, run.screen);
  if (codes === undefined) return { type: "quit" };
  showBackupCodes(run.screen, codes);
  await run.screen.pause?.();
  return { type: "in", me, link: run.link };
}
