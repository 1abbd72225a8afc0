/** Choosing a password: twice, never shown, with its strength in words. */
import type { Asker, Desk } from "../commands/desk.ts";
import { error, hint, info } from "../output.ts";
import { say } from "../text/index.ts";
import { codeWords, passwordStrength } from "../words.ts";

/** @returns undefined when there are no more lines. */
export async function newPassword(screen: Asker, username: string): Promise<string | undefined> {
  const text = say().plain.password;
  while (true) {
    const first = await screen.ask(text.choose, HIDDEN);
    if (first === undefined) return undefined;
    const strength = passwordStrength(first, username);
    if (strength === "short" || strength === "has-name") {
      screen.print(error(text.weak(say().words.strength[strength])), hint(codeWords("weak-password").hint));
      continue;
    }
    screen.print(info(text.strength(say().words.strength[strength])));
    const second = await screen.ask(text.again, HIDDEN);
    if (second === undefined) return undefined;
    if (first === second) return first;
    screen.print(error(text.different), hint(text.typeAgain));
  }
}

export async function changePassword(desk: Desk): Promise<void> {
  const text = say().plain.password;
  const old = await desk.screen.ask(text.current, HIDDEN);
  if (old === undefined || old === "") return desk.print(info(text.stays));
  const password = await newPassword(desk.screen, desk.me.username);
  if (password === undefined) return desk.print(info(text.stays));
  desk.print(info(text.changing));
  const done = await desk.ask("account.changePassword", { old, new: password });
  if (done !== undefined) desk.print(info(text.changed));
}

const HIDDEN = { secret: true, canGoBack: true };
