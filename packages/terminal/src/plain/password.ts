/** Choosing a password: twice, never shown, with its strength in words. */
import type { Asker, Desk } from "../commands/desk.ts";
import { error, hint, info } from "../output.ts";
import { codeWords, passwordStrength } from "../words.ts";

/** @returns undefined when there are no more lines. */
export async function newPassword(screen: Asker, username: string): Promise<string | undefined> {
  while (true) {
    const first = await screen.ask("new password: ", { secret: true });
    if (first === undefined) return undefined;
    const strength = passwordStrength(first, username);
    if (strength === "short" || strength === "has-name") {
      screen.print(error(`that password is not good enough: ${strength}`), hint(codeWords("weak-password").hint));
      continue;
    }
    screen.print(info(`strength: ${strength}`));
    const second = await screen.ask("the same password again: ", { secret: true });
    if (second === undefined) return undefined;
    if (first === second) return first;
    screen.print(error("the two are not the same"), hint("type both again"));
  }
}

export async function changePassword(desk: Desk): Promise<void> {
  const old = await desk.screen.ask("current password: ", { secret: true });
  if (old === undefined || old === "") return desk.print(info("the password stays as it is"));
  const password = await newPassword(desk.screen, desk.me.username);
  if (password === undefined) return desk.print(info("the password stays as it is"));
  desk.print(info("changing it, a few seconds"));
  const done = await desk.ask("account.changePassword", { old, new: password });
  if (done !== undefined) desk.print(info("the password is changed"));
}
