/** What the operator of the relay does from the desk. Everybody may type it: the relay decides who is meant. */
import { sanitiseName } from "@sotto/wire";
import { hint, info } from "../output.ts";
import { type Command, isSure, missing, personOf } from "./command.ts";
import type { Desk } from "./desk.ts";

export const OPERATOR_COMMANDS: readonly Command[] = [
  {
    name: "kick",
    section: "operator",
    argument: "NAME",
    completes: "person",
    run: (desk, name) => about(desk, name, "kick", "is disconnected, and can come back"),
  },
  {
    name: "ban",
    section: "operator",
    argument: "NAME",
    completes: "person",
    run: (desk, name) => about(desk, name, "ban", "is shut out; /unban lets them in again"),
  },
  {
    name: "unban",
    section: "operator",
    argument: "NAME",
    completes: "person",
    run: (desk, name) => about(desk, name, "unban", "may come in again"),
  },
  {
    name: "regen",
    section: "operator",
    argument: "",
    async run(desk) {
      const made = await desk.ask("admin.regen", {});
      if (made === undefined) return;
      desk.print(info("the old access password does not work any more; the new one, and a link for newcomers:"));
      desk.print([made.accessPassword], [made.link]);
    },
  },
  {
    name: "announce",
    section: "operator",
    argument: "TEXT",
    async run(desk, text) {
      if (missing(desk, text, "/announce TEXT", "a text")) return;
      if ((await desk.ask("admin.announce", { text })) !== undefined) desk.print(info("everybody online was told"));
    },
  },
  {
    name: "stop",
    section: "operator",
    argument: "",
    async run(desk) {
      if (!(await isSure(desk.screen, "stop the relay for everybody?"))) return desk.print(info("the relay goes on"));
      if ((await desk.ask("admin.stop", {})) === undefined) return;
      desk.print(info("the relay stops"), hint("sottod starts it again, on its machine"));
    },
  },
];

async function about(desk: Desk, name: string, what: "kick" | "ban" | "unban", done: string): Promise<void> {
  if (missing(desk, name, `/${what} NAME`, "the name of a person")) return;
  const username = personOf(name);
  const answer = await desk.ask(`admin.${what}`, { username });
  if (answer !== undefined) desk.print(info(`${sanitiseName(username)} ${done}`));
}
