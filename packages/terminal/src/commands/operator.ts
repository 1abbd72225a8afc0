/** What the operator of the relay does from the desk. Everybody may type it: the relay decides who is meant. */
import { sanitiseName } from "@sotto/wire";
import { hint, info } from "../output.ts";
import { say } from "../text/index.ts";
import { type Command, isSure, missing, personOf } from "./command.ts";
import type { Desk } from "./desk.ts";

export const OPERATOR_COMMANDS: readonly Command[] = [
  {
    name: "kick",
    section: "operator",
    argument: "NAME",
    completes: "person",
    run: (desk, name) => about(desk, name, "kick"),
  },
  {
    name: "ban",
    section: "operator",
    argument: "NAME",
    completes: "person",
    run: (desk, name) => about(desk, name, "ban"),
  },
  {
    name: "unban",
    section: "operator",
    argument: "NAME",
    completes: "person",
    run: (desk, name) => about(desk, name, "unban"),
  },
  {
    name: "regen",
    section: "operator",
    argument: "",
    async run(desk) {
      const text = say().commands.regen;
      if (!(await isSure(desk.screen, text.sure))) return desk.print(info(text.stays));
      const made = await desk.ask("admin.regen", {});
      if (made === undefined) return;
      desk.print(info(text.done));
      desk.print([made.accessPassword], [made.link]);
    },
  },
  {
    name: "announce",
    section: "operator",
    argument: "TEXT",
    async run(desk, text) {
      if (missing(desk, text, "announce", "TEXT")) return;
      if ((await desk.ask("admin.announce", { text })) !== undefined) desk.print(info(say().commands.announce.done));
    },
  },
  {
    name: "stop",
    section: "operator",
    argument: "",
    async run(desk) {
      const text = say().commands.stop;
      if (!(await isSure(desk.screen, text.sure))) return desk.print(info(text.goesOn));
      if ((await desk.ask("admin.stop", {})) === undefined) return;
      desk.print(info(text.done), hint(text.hint));
    },
  },
];

async function about(desk: Desk, name: string, what: "kick" | "ban" | "unban"): Promise<void> {
  if (missing(desk, name, what, "NAME")) return;
  const username = personOf(name);
  const { ban } = say().commands;
  const who = sanitiseName(username);
  if (what === "ban" && !(await isSure(desk.screen, ban.sure(who)))) return desk.print(info(ban.stays(who)));
  const answer = await desk.ask(`admin.${what}`, { username });
  if (answer !== undefined) desk.print(info(say().commands[what].done(who)));
}
