/** From nothing to a signed-in person: each mistake leads back to the step it belongs to, and nothing is typed twice. */
import type { Client, Params, Refusal } from "@sotto/core";
import { type Code, EXIT, type ExitCode, type Link, parseLink, sanitiseName, userName } from "@sotto/wire";
import type { Me } from "../commands/desk.ts";
import { error, hint, info, type Line } from "../output.ts";
import type { Screen } from "../screen/screen.ts";
import { say } from "../text/index.ts";
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

/** `link`: the one that was used at last. `code` when the person chose to end; without it the input ended. */
type Outcome =
  | { readonly type: "in"; readonly me: Me; readonly link: string }
  | { readonly type: "quit"; readonly code?: ExitCode };
type Step =
  | { readonly type: "again"; readonly typed: Typed }
  | { readonly type: "menu"; readonly typed: Typed }
  | Outcome;

const QUIT = { type: "quit" } as const;

type StepName = "server" | "name" | "password" | "factor" | "recovery" | "phrase" | "code";
const SIGN_UP: readonly StepName[] = ["server", "name", "password", "factor", "recovery"];
const SIGN_IN: readonly StepName[] = ["server", "name", "password", "phrase", "code"];

function enters({ screen }: FirstRun, steps: readonly StepName[], name: StepName): void {
  screen.step?.({ name: say().plain.start.steps[name], place: steps.indexOf(name) + 1, of: steps.length });
}

export async function firstRun(run: FirstRun, link: string | undefined): Promise<Outcome> {
  const text = say().plain.start;
  run.screen.print([text.welcome]);
  let typed: Typed = link === undefined ? {} : { link };
  if (link !== undefined) typed = await checkLink(run, link, {});
  while (true) {
    run.screen.step?.(undefined);
    run.screen.print([text.menu.up], [text.menu.in], [text.menu.quit]);
    const answer = await run.screen.ask(text.choose, { choices: ["1", "2", "3"] });
    if (answer === undefined) return QUIT;
    // Whoever has just been given a link has it at hand: it is what the next question asks for.
    if (LINK_LIKE.test(answer)) {
      typed = await checkLink(run, answer.trim(), typed);
      continue;
    }
    const choice = choiceOf(answer);
    if (choice === "quit") return { type: "quit", code: EXIT.done };
    if (choice === undefined) {
      run.screen.print(error(text.chooseAgain), hint(text.chooseHint));
      continue;
    }
    const step = await steps(run, choice === "up" ? signUp : signIn, typed);
    if (step.type !== "menu") return step;
    typed = step.typed;
  }
}

/** A link, or what is left of one: then it is said that it is none. */
const LINK_LIKE = /^\s*sotto:\/\//i;

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
    enters(run, attempt === signUp ? SIGN_UP : SIGN_IN, "server");
    const asked = await askLink(run, typed);
    if (asked === undefined) return left(run, typed);
    const step = await attempt(run, asked);
    if (step.type !== "again") return step;
    typed = step.typed;
  }
}

async function askLink(run: FirstRun, typed: Typed): Promise<Typed | undefined> {
  let now = typed;
  while (now.link === undefined) {
    const link = await run.screen.ask(say().plain.start.link, { canGoBack: true });
    if (link === undefined) return undefined;
    now = await checkLink(run, link.trim(), now);
  }
  return now;
}

/** Says where the link leads; a link that leads nowhere is asked for again. */
async function checkLink(run: FirstRun, given: string, typed: Typed): Promise<Typed> {
  const link = parseLink(given);
  const text = say().plain.start;
  const again = { ...typed, link: undefined };
  if (link === undefined) {
    run.screen.print(...refused("bad-link"));
    return again;
  }
  run.screen.print(info(text.looking(`${link.host}:${link.port}`)));
  const { fingerprint, trust, fault } = await run.look(link);
  if (fingerprint !== undefined) run.screen.print(info(text.fingerprint(fingerprint)));
  if (fault !== undefined) {
    run.screen.print(error(`${codeWords(fault.code).what} (${fault.detail})`), hint(codeWords(fault.code).hint));
    return again;
  }
  run.screen.print(info(trustWords(trust)));
  return { ...typed, link: given };
}

function trustWords(trust: RelayLook["trust"]): string {
  const { pinned, system, firstUse } = say().plain.start;
  if (trust === "pinned") return pinned;
  return trust === "system" ? system : firstUse;
}

async function askName(run: FirstRun, typed: Typed): Promise<string | undefined> {
  const text = say().plain.start;
  while (true) {
    const question = typed.lastName === undefined ? text.userName : text.userNameOr(typed.lastName);
    const answer = await run.screen.ask(question, { canGoBack: true });
    if (answer === undefined) return undefined;
    const name = answer.trim() === "" && typed.lastName !== undefined ? typed.lastName : answer.trim();
    const folded = userName(name);
    if (folded !== undefined) return folded;
    run.screen.print(error(text.noName(sanitiseName(name) || text.nothing)), hint(codeWords("bad-name").hint));
  }
}

async function signUp(run: FirstRun, typed: Typed): Promise<Step> {
  const { client, screen } = run;
  enters(run, SIGN_UP, "name");
  const username = typed.username ?? (await askName(run, typed));
  if (username === undefined) return left(run, typed);
  enters(run, SIGN_UP, "password");
  const password = typed.password ?? (await newPassword(screen, username));
  if (password === undefined || typed.link === undefined) return left(run, { ...typed, lastName: username });
  screen.print(info(say().plain.start.making));
  const made = await client.request("account.signUp", { link: typed.link, username, password });
  if (!made.ok) return afterRefusal(run, made.error, { ...typed, username, password });
  enters(run, SIGN_UP, "factor");
  showSecondFactor(screen, made.value.totpUri);
  const backupCodes = await confirmCode(client, screen);
  if (backupCodes === undefined) return QUIT;
  enters(run, SIGN_UP, "recovery");
  showBackupCodes(screen, backupCodes);
  await showRecoveryPhrase(screen, made.value.recoveryPhrase);
  return { type: "in", me: { username, ...ids(made.value) }, link: typed.link };
}

async function signIn(run: FirstRun, typed: Typed): Promise<Step> {
  const { client, screen } = run;
  const text = say().plain.start;
  enters(run, SIGN_IN, "name");
  const username = typed.username ?? (await askName(run, typed));
  if (username === undefined) return left(run, typed);
  enters(run, SIGN_IN, "password");
  const ask = { secret: true, canGoBack: true };
  const password = typed.password ?? (await screen.ask(say().plain.unlock.password, ask));
  if (password === undefined || typed.link === undefined) return left(run, { ...typed, lastName: username });
  // Before the code, which is soon too old: twelve words take a while to type.
  enters(run, SIGN_IN, "phrase");
  const phrase = typed.phrase ?? (await askPhrase(screen, text.phrase));
  if (phrase === undefined) {
    screen.print(error(text.needsPhrase), hint(text.needsPhraseHint));
    return { type: "menu", typed: { ...typed, lastName: username, username: undefined } };
  }
  enters(run, SIGN_IN, "code");
  const code = await screen.ask(say().plain.unlock.code, { canGoBack: true });
  if (code === undefined) return left(run, { ...typed, lastName: username });
  screen.print(info(text.signingIn));
  const params: Params<"account.signIn"> = {
    link: typed.link,
    username,
    password,
    code: code.replace(/\s/g, ""),
    recoveryPhrase: phrase,
  };
  const result = await client.request("account.signIn", params);
  if (!result.ok) return afterRefusal(run, result.error, { ...typed, username, password, phrase });
  screen.print(info(text.signedIn));
  return { type: "in", me: { username, ...ids(result.value) }, link: typed.link };
}

/** A question without an answer: the menu again, with what was typed, where the person went back. */
function left(run: FirstRun, typed: Typed): Extract<Step, { type: "menu" | "quit" }> {
  return run.screen.wentBack === true ? { type: "menu", typed } : QUIT;
}

/** Which step a refusal belongs to: that one is asked again, the rest is kept. */
function afterRefusal(run: FirstRun, refusal: Refusal, typed: Typed): Step {
  const words = refusalWords(refusal);
  const isWrong = refusal.code === "bad-credentials" && typed.phrase !== undefined;
  run.screen.print(error(isWrong ? say().plain.start.wrongSignIn : words.what), hint(words.hint));
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

function refused(code: Code): Line[] {
  return [error(codeWords(code).what), hint(codeWords(code).hint)];
}

function ids({ accountId, deviceId }: { accountId: string; deviceId: string }): Omit<Me, "username"> {
  return { accountId, deviceId };
}
