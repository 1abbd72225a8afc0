/** What the operator of the relay does from the chat. Everybody may type it: the relay decides who is meant. */
import { sanitiseName } from "@sotto/wire";
import { hint, info } from "../../output.ts";
import type { Chat } from "../chat.ts";
import { type Command, isSure, missing, personOf } from "./command.ts";

export const OPERATOR_COMMANDS: readonly Command[] = [
  {
    name: "kick",
    argument: "NAME",
    line: "end a person's connections; they can come back",
    more: "To keep somebody out use /ban.",
    completes: "person",
    operator: true,
    run: (chat, name) => about(chat, name, "kick", "is disconnected, and can come back"),
  },
  {
    name: "ban",
    argument: "NAME",
    line: "shut an account out of the relay",
    more: "Its connections end and no new one is taken. It stays a member of its rooms: owners remove it there. /unban lets it in again.",
    completes: "person",
    operator: true,
    run: (chat, name) => about(chat, name, "ban", "is shut out; /unban lets them in again"),
  },
  {
    name: "unban",
    argument: "NAME",
    line: "let an account in again",
    more: "",
    completes: "person",
    operator: true,
    run: (chat, name) => about(chat, name, "unban", "may come in again"),
  },
  {
    name: "regen",
    argument: "",
    line: "make a new access password; the old one ends",
    more: "Newcomers need it, and it stands in every link that is given from now on. Who has an account needs it only where the relay asks for it at each connection.",
    operator: true,
    async run(chat) {
      const made = await chat.ask("admin.regen", {});
      if (made === undefined) return;
      chat.print(info("the old access password does not work any more; the new one, and a link for newcomers:"));
      chat.print([made.accessPassword], [made.link]);
    },
  },
  {
    name: "announce",
    argument: "TEXT",
    line: "tell everybody who is online",
    more: "It is no message: the relay itself says it, it is not encrypted for its readers, and who is offline never sees it.",
    operator: true,
    async run(chat, text) {
      if (missing(chat, text, "/announce TEXT", "a text")) return;
      if ((await chat.ask("admin.announce", { text })) !== undefined) chat.print(info("everybody online was told"));
    },
  },
  {
    name: "stop",
    argument: "",
    line: "stop the relay, for everybody",
    more: "It finishes what it does, tells everybody, and ends. It has to be started again on its machine.",
    operator: true,
    async run(chat) {
      if (!(await isSure(chat.screen, "stop the relay for everybody?"))) return chat.print(info("the relay goes on"));
      if ((await chat.ask("admin.stop", {})) === undefined) return;
      chat.print(info("the relay stops"), hint("sottod starts it again, on its machine"));
    },
  },
];

async function about(chat: Chat, name: string, what: "kick" | "ban" | "unban", done: string): Promise<void> {
  if (missing(chat, name, `/${what} NAME`, "the name of a person")) return;
  const username = personOf(name);
  const answer = await chat.ask(`admin.${what}`, { username });
  if (answer !== undefined) chat.print(info(`${sanitiseName(username)} ${done}`));
}
