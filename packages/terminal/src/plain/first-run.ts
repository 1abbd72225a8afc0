/** From nothing to a signed-in person: each mistake leads back to the step it belongs to, and nothing is typed twice. */
import type { Client, Params, Refusal } from "@sotto/core";
import { type Code, EXIT, type ExitCode, type Link, parseLink, sanitiseName, userName } from "@sotto/wire";
import type { Me } from "../commands/desk.ts";
import { error, hint, info, type Line } from "../output.ts";
import type { Screen } from "../screen/screen.ts";
import { codeWords, refusalWords } from "../words.ts";
import { newPassword } from "./password.ts";
import { askPhrase, confirmCode, showBackupCodes, showRecoveryPhrase, showSecondFactor } from "./second-factor.ts";

export interface FirstRun {
  readonly client: Client;
  readonly screen: Screen;
  /** Looks at the relay without sending anything: its fingerprint, and whether it can be reached. */
  look(link: Link): Promise<RelayLook>;
}

export interface RelayLook {
  readonly fingerprint: string | undefined;
  readonly trust: "pinned" | "system" | "first-use" | undefined;
  /** undefined: it can be reached, and is the one of the link. */
  readonly fault: { readonly code: "offline" | "wrong-pin"; readonly detail: string } | undefined;
}

/** What was typed so far. A step that is undefined is asked (again). */
interface Typed {
  readonly link?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly phrase?: string | undefined;
  /** Offered when the name is asked again. */
  readonly lastName?: string | undefined;
}

/** `code` when the person chose to end; without it the input ended. */
type Outcome = { readonly type: "in"; readonly me: Me } | { readonly type: "quit"; readonly code?: ExitCode };
type Step =
  | { readonly type: "again"; readonly typed: Typed }
  | { readonly type: "menu"; readonly typed: Typed }
  | Outcome;

const QUIT: Outcome = { type: "quit" };
const WELCOME = "sotto: a chat that only its members can read";

export async function firstRun(run: FirstRun, link: string | undefined): Promise<Outcome> {
  run.screen.print([WELCOME]);
  let typed: Typed = link === undefined ? {} : { link };
  if (link !== undefined) typed = await checkLink(run, link, {});
  while (true) {
    run.screen.print(["1  create an account"], ["2  sign in to an account you have"], ["3  quit"]);
    const answer = await run.screen.ask("1, 2 or 3: ");
    if (answer === undefined) return QUIT;
    const choice = choiceOf(answer);
    if (choice === "quit") return { type: "quit", code: EXIT.done };
    if (choice === undefined) {
      run.screen.print(error("please answer 1, 2 or 3"), hint("!signup, !signin and exit mean the same"));
      continue;
    }
    const step = await steps(run, choice === "up" ? signUp : signIn, typed);
    if (step.type !== "menu") return step;
    typed = step.typed;
  }
}

/** By number, or in words with a command's sign: `!signup`. */
function choiceOf(answer: string): "up" | "in" | "quit" | undefined {
  switch (answer.trim().toLowerCase().replace(/^[/!]/, "").replace(/[ -]/g, "")) {
    case "1":
    case "signup":
      return "up";
    case "2":
    case "signin":
    case "login":
      return "in";
    case "3":
    case "quit":
    case "exit":
      return "quit";
    default:
      return undefined;
  }
}

async function steps(
  run: FirstRun,
  attempt: (run: FirstRun, typed: Typed) => Promise<Step>,
  start: Typed,
): Promise<Outcome | Extract<Step, { type: "menu" }>> {
  let typed = start;
  while (true) {
    const asked = await askLink(run, typed);
    if (asked === undefined) return QUIT;
    const step = await attempt(run, asked);
    if (step.type !== "again") return step;
    typed = step.typed;
  }
}

async function askLink(run: FirstRun, typed: Typed): Promise<Typed | undefined> {
  let now = typed;
  while (now.link === undefined) {
    const link = await run.screen.ask("link (somebody who is in gives it to you): ");
    if (link === undefined) return undefined;
    now = await checkLink(run, link.trim(), now);
  }
  return now;
}

/** Says where the link leads; a link that leads nowhere is asked for again. */
async function checkLink(run: FirstRun, text: string, typed: Typed): Promise<Typed> {
  const link = parseLink(text);
  const again = { ...typed, link: undefined };
  if (link === undefined) {
    run.screen.print(...refused("bad-link"));
    return again;
  }
  run.screen.print(info(`relay ${link.host}:${link.port}, looking`));
  const { fingerprint, trust, fault } = await run.look(link);
  if (fingerprint !== undefined) run.screen.print(info(`fingerprint ${fingerprint}`));
  if (fault !== undefined) {
    run.screen.print(error(`${codeWords(fault.code).what} (${fault.detail})`), hint(codeWords(fault.code).hint));
    return again;
  }
  run.screen.print(info(`reachable; ${trustWords(trust)}`));
  return { ...typed, link: text };
}

function trustWords(trust: RelayLook["trust"]): string {
  if (trust === "pinned") return "it is the relay that the link names";
  if (trust === "system") return "its certificate is known to this machine";
  return "the link names no key: compare the fingerprint with the operator's, a later change is refused";
}

async function askName(run: FirstRun, typed: Typed): Promise<string | undefined> {
  while (true) {
    const offered = typed.lastName === undefined ? "" : ` [${typed.lastName}]`;
    const answer = await run.screen.ask(`user name${offered}: `);
    if (answer === undefined) return undefined;
    const name = answer.trim() === "" && typed.lastName !== undefined ? typed.lastName : answer.trim();
    const folded = userName(name);
    if (folded !== undefined) return folded;
    run.screen.print(error(`${sanitiseName(name) || "nothing"} cannot be a name`), hint(codeWords("bad-name").hint));
  }
}

async function signUp(run: FirstRun, typed: Typed): Promise<Step> {
  const { client, screen } = run;
  const username = typed.username ?? (await askName(run, typed));
  if (username === undefined) return QUIT;
  const password = typed.password ?? (await newPassword(screen, username));
  if (password === undefined || typed.link === undefined) return QUIT;
  screen.print(info("making the account: the password is stretched, this takes some seconds"));
  const made = await client.request("account.signUp", { link: typed.link, username, password });
  if (!made.ok) return afterRefusal(run, made.error, { ...typed, username, password });
  showSecondFactor(screen, made.value.totpUri);
  const backupCodes = await confirmCode(client, screen);
  if (backupCodes === undefined) return QUIT;
  showBackupCodes(screen, backupCodes);
  await showRecoveryPhrase(screen, made.value.recoveryPhrase);
  return { type: "in", me: { username, ...ids(made.value) } };
}

async function signIn(run: FirstRun, typed: Typed): Promise<Step> {
  const { client, screen } = run;
  const username = typed.username ?? (await askName(run, typed));
  if (username === undefined) return QUIT;
  const password = typed.password ?? (await screen.ask("password: ", { secret: true }));
  if (password === undefined || typed.link === undefined) return QUIT;
  // Before the code, which is soon too old: twelve words take a while to type.
  const phrase = typed.phrase ?? (await askPhrase(screen, "recovery phrase, 12 words (hidden): "));
  if (phrase === undefined) {
    screen.print(error(NEEDS_PHRASE), hint("choose 2 again and type the twelve words that were shown at sign-up"));
    return { type: "menu", typed: { ...typed, lastName: username, username: undefined } };
  }
  const code = await screen.ask("code from the authenticator app, or a backup code: ");
  if (code === undefined) return QUIT;
  screen.print(info("signing in: the password is stretched, this takes some seconds"));
  const params: Params<"account.signIn"> = {
    link: typed.link,
    username,
    password,
    code: code.replace(/\s/g, ""),
    recoveryPhrase: phrase,
  };
  const result = await client.request("account.signIn", params);
  if (!result.ok) return afterRefusal(run, result.error, { ...typed, username, password, phrase });
  screen.print(
    info("signed in as a new device; your rooms open here one by one, earlier messages stay where they are"),
  );
  return { type: "in", me: { username, ...ids(result.value) } };
}

/** Which step a refusal belongs to: that one is asked again, the rest is kept. */
function afterRefusal(run: FirstRun, refusal: Refusal, typed: Typed): Step {
  const words = refusalWords(refusal);
  const isWrong = refusal.code === "bad-credentials" && typed.phrase !== undefined;
  run.screen.print(error(isWrong ? WRONG_SIGN_IN : words.what), hint(words.hint));
  const again = (change: Typed): Step => ({ type: "again", typed: { ...typed, ...change } });
  switch (refusal.code) {
    case "name-taken":
      // The menu again: the name may be one's own.
      return { type: "menu", typed: { ...typed, username: undefined, lastName: undefined } };
    case "bad-credentials":
    case "approval-needed":
      // Which of them is wrong nobody says, the relay least of all: all are typed again, the name is offered.
      return {
        type: "menu",
        typed: { ...typed, username: undefined, lastName: typed.username, password: undefined, phrase: undefined },
      };
    case "bad-name":
      return again({ username: undefined, lastName: undefined });
    case "weak-password":
      return again({ password: undefined });
    case "bad-code":
      return again({});
    case "bad-link":
    case "bad-access-password":
    case "link-expired":
    case "wrong-pin":
      return again({ link: undefined });
    default:
      return { type: "menu", typed };
  }
}

/** What `approval-needed` means, said before a code is spent. */
const NEEDS_PHRASE = "a new device needs the recovery phrase: a device cannot approve another one yet";
const WRONG_SIGN_IN = "name, password or recovery phrase is wrong";

function refused(code: Code): Line[] {
  return [error(codeWords(code).what), hint(codeWords(code).hint)];
}

function ids({ accountId, deviceId }: { accountId: string; deviceId: string }): Omit<Me, "username"> {
  return { accountId, deviceId };
}
