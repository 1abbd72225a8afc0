/** The full screen from its start to its end. */
import type { ReadStream, WriteStream } from "node:tty";
import type { Message } from "@sotto/core";
import { EXIT, type ExitCode } from "@sotto/wire";
import type { Me } from "../commands/desk.ts";
import { type Line, type Look, renderLine } from "../output.ts";
import { type FirstRun, firstRun } from "../plain/first-run.ts";
import { holdUpdates } from "../plain/hold.ts";
import { unlock } from "../plain/unlock.ts";
import { say } from "../text/index.ts";
import { type Environment, wantsColour } from "./capabilities.ts";
import { ChatScreen } from "./chat-screen.ts";
import { clipboardBytes } from "./clipboard.ts";
import { configOf, type FullConfig } from "./config.ts";
import { DialogScreen } from "./dialog-screen.ts";
import { Display } from "./display.ts";
import { Notifier } from "./notify.ts";

export interface FullRun extends Omit<FirstRun, "screen"> {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly env: Environment;
  readonly profile: "none" | "locked";
  /** Of the profile's folder. */
  readonly name: string;
  /** "asked": there is one, and the person types it. */
  readonly link: string | { readonly type: "asked" } | undefined;
  /** From --password-file; used once. */
  readonly password: string | undefined;
  /** From --code-file; used once. */
  readonly code: string | undefined;
  /** Called once when somebody is signed in: what other programs send through this one is shown. */
  signedIn(echo: (roomId: string, message: Message) => void): void;
  /** Ends everything at once. */
  readonly stop: AbortController;
}

/** How long who quits waits for what was sent right before, where there is a connection. */
const PARTING_MS = 2000;

export async function runFull(run: FullRun): Promise<ExitCode> {
  // From the first moment on, so that nothing that happens while signing in is missed.
  const updates = holdUpdates(run.client.updates());
  const config = configOf(run.env);
  const display = await Display.open({
    input: run.input,
    output: run.output,
    env: run.env,
    mouse: config.mouse,
    theme: (tty) => config.theme(tty.capabilities),
    end: () => run.stop.abort(),
  });
  try {
    const last = await inside(run, config, display, updates.release.bind(updates));
    await display.close();
    for (const line of last.lines) run.output.write(`${renderLine(line, wantsColour(run.env))}\n`);
    return last.code;
  } finally {
    await display.close();
  }
}

/** `lines` are for the terminal as it was before. */
interface Last {
  readonly code: ExitCode;
  readonly lines: readonly Line[];
}

async function inside(
  run: FullRun,
  config: FullConfig,
  display: Display,
  updates: () => ReturnType<FullRun["client"]["updates"]>,
): Promise<Last> {
  const stopped = new Promise<"stopped">((resolve) => {
    if (run.stop.signal.aborted) resolve("stopped");
    run.stop.signal.addEventListener("abort", () => resolve("stopped"), { once: true });
  });
  const entered = await Promise.race([enter(run, display), stopped]);
  if (entered === "stopped") {
    display.overlays.end();
    return { code: EXIT.done, lines: [] };
  }
  if (entered.type === "quit") return { code: entered.code ?? EXIT.notSignedIn, lines: entered.lines };
  const { me, link, dialog } = entered;
  const isNew = run.profile === "none";
  let quit: () => void = () => {};
  const left = new Promise<"left">((resolve) => {
    quit = () => resolve("left");
  });
  const chat = chatOn(run, config, display, me, quit);
  run.signedIn((roomId, message) => chat.session.echo(roomId, message));
  await chat.start(updates(), { isNew });
  // Only now: between the last question and the chat nothing else is to be seen.
  display.show(chat);
  const told = dialog.finish();
  // How it ended, which nobody could read in the dialog any more; what opening a profile says is over with it.
  if (isNew) chat.session.print(...told.slice(-1));
  const faults = config.faults(display.tty.capabilities);
  if (faults.length > 0) chat.session.print(...faults);
  if (link !== undefined) void chat.followLink(link, { isNew, stop: run.stop.signal });
  const how = await Promise.race([left, stopped]);
  // A command that asks is waited for by nobody else.
  display.overlays.end();
  await chat.session.end();
  return { code: EXIT.done, lines: how === "left" ? await parting(run, chat) : [] };
}

/** The chat on a display, with everything that it asks of the terminal. */
export function chatOn(
  { client, env }: Pick<FullRun, "client" | "env">,
  config: FullConfig,
  display: Display,
  me: Me,
  quit: () => void,
): ChatScreen {
  const notifier = new Notifier((bytes) => display.tty.write(bytes), {
    notifying: display.tty.capabilities.notifying,
    enabled: config.notifications,
    content: config.content,
  });
  return new ChatScreen({
    client,
    me,
    overlays: display.overlays,
    keymap: config.keymap,
    env,
    size: () => display.size(),
    dialog: (title) => dialogOver(env, display, title, quit),
    changed: () => display.changed(),
    focus: (focused) => notifier.focus(focused),
    notify: (text) => notifier.tell(text, true),
    copy: (text) => copied(display, text),
    lend: (use) => display.lend(use),
    redraw: () => display.redraw(),
    suspend: () => display.suspend(),
    quit,
  });
}

type Entered =
  /** `link`: the one to follow. */
  | { readonly type: "in"; readonly me: Me; readonly link: string | undefined; readonly dialog: DialogScreen }
  | { readonly type: "quit"; readonly code?: ExitCode; readonly lines: readonly Line[] };

/** First run or unlocking, on a dialog that is the whole screen. */
async function enter(run: FullRun, display: Display): Promise<Entered> {
  const quitting = Promise.withResolvers<void>();
  const dialog = new DialogScreen({
    title: "sotto",
    kind: "whole",
    look: lookOf(run.env),
    overlays: display.overlays,
    size: () => display.size(),
    quit: () => quitting.resolve(),
  });
  const { client, look, name, password, code } = run;
  const link = typeof run.link === "object" ? await dialog.ask(say().plain.start.link) : run.link;
  const entering =
    run.profile === "none"
      ? firstRun({ client, screen: dialog, look }, link)
      : unlock({ client, screen: dialog, name, link, password, code });
  const entered = await Promise.race([entering, quitting.promise]);
  if (entered === undefined) return { type: "quit", code: EXIT.done, lines: [] };
  if (entered.type === "quit") return { ...entered, lines: dialog.finish() };
  return { type: "in", me: entered.me, link: entered.link, dialog };
}

function dialogOver(env: Environment, display: Display, title: string, quit: () => void): DialogScreen {
  const size = (): ReturnType<Display["size"]> => display.size();
  return new DialogScreen({ title, kind: "over", look: lookOf(env), overlays: display.overlays, size, quit });
}

function lookOf(env: Environment): Look {
  return { isTerminal: true, colour: wantsColour(env), byEar: false };
}

/** @returns false where the terminal takes nothing. */
function copied({ tty }: Display, text: string): boolean {
  const bytes = clipboardBytes(tty.capabilities, text);
  if (bytes !== undefined) tty.write(bytes);
  return bytes !== undefined;
}

/** What was typed right before is on its way: it is waited for a moment, and what stays behind is said. */
async function parting({ client, stop }: FullRun, { session }: ChatScreen): Promise<readonly Line[]> {
  const status = await client.request("account.status", {});
  if (status.ok && status.value.outbox > 0 && status.value.connection === "online") {
    const signal = AbortSignal.any([AbortSignal.timeout(PARTING_MS), stop.signal]);
    await Promise.all([client.settle(signal), session.sending.settle(signal)]);
  }
  const after = await client.request("account.status", {});
  const waiting = after.ok ? after.value.outbox : 0;
  return waiting === 0 ? [] : [[say().plain.sending.left(waiting)]];
}
