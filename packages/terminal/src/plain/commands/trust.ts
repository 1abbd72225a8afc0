/** Commands about whether somebody is who they seem, and about what the engine warned of. */
import { sanitiseName } from "@sotto/wire";
import { error, hint, info, type Line, warning } from "../../output.ts";
import type { Chat } from "../chat.ts";
import { type Command, missing, personOf } from "./command.ts";

export const TRUST_COMMANDS: readonly Command[] = [
  {
    name: "verify",
    argument: "NAME [yes]",
    line: "compare safety words with a person, once",
    more: "Both of you see the same twelve words. Read them to each other where you know each other's voice or face, not in this chat. They stay the same when one of you gets a new device.",
    completes: "person",
    run: (chat, argument) => verify(chat, argument),
  },
  {
    name: "accept",
    argument: "CODE [NAME]",
    line: "go on after a warning that stopped something",
    more: "CODE stands in brackets behind the warning; NAME is the person or the #room that it was about. Do it only when you know why the warning came.",
    run: (chat, argument) => accept(chat, argument),
  },
];

const WORDS_IN_A_ROW = 4;

/** `compare /verify carol`: said where a person is asked to. */
async function verify(chat: Chat, argument: string): Promise<void> {
  const [name = "", answer = "", ...more] = argument.split(/\s+/);
  if (missing(chat, name, "/verify NAME", "the name of a person")) return;
  const username = personOf(name);
  if (more.length > 0 || (answer !== "" && answer !== "yes")) {
    return chat.print(error("/verify takes a name, and yes when the words are the same"), hint("/verify NAME yes"));
  }
  if (answer === "yes") return markVerified(chat, username);
  chat.print(info("making the words, this takes a few seconds"));
  const safety = await chat.ask("contact.safetyWords", { username });
  if (safety === undefined) return;
  const who = sanitiseName(username);
  chat.print(info(`safety words of you and ${who}:`), ...rowsOf(safety.words));
  if (safety.verified) return chat.print(info(`${who} is verified already; the words are still these`));
  chat.print(
    hint(`read them aloud with ${who}, by telephone or face to face: ${who} types /verify ${chat.me.username}`),
  );
  while (true) {
    const same = (await chat.screen.ask("the same? yes, no, or Enter for later: "))?.trim().toLowerCase();
    if (same === "yes" || same === "y") return markVerified(chat, username);
    if (same === "no" || same === "n") return chat.print(...differentWords(who));
    if (same === undefined || same === "") {
      return chat.print(info(`${who} is not verified yet; /verify ${who} yes does it when you have compared`));
    }
    chat.print(error("please answer yes or no"));
  }
}

async function markVerified(chat: Chat, username: string): Promise<void> {
  const done = await chat.ask("contact.verify", { username });
  if (done !== undefined) chat.print(info(`${sanitiseName(username)} is verified, with every device of theirs`));
}

function differentWords(who: string): Line[] {
  return [
    warning(`the account that you write to as ${who} is not the one that ${who} uses`),
    hint("write nothing there that others must not read; compare once more, then tell the operator of the relay"),
  ];
}

/** Twelve words in three lines, read aloud from left to right. */
function rowsOf(text: string): Line[] {
  const words = text.split(" ");
  const rows: Line[] = [];
  for (let index = 0; index < words.length; index += WORDS_IN_A_ROW) {
    const row = words.slice(index, index + WORDS_IN_A_ROW).map((word) => word.padEnd(9));
    rows.push([`  ${row.join(" ").trimEnd()}`]);
  }
  return rows;
}

async function accept(chat: Chat, argument: string): Promise<void> {
  const [code = "", name = ""] = argument.split(/\s+/);
  if (missing(chat, code, "/accept CODE [NAME]", "the code of a warning")) return;
  const named = name.startsWith("#") ? chat.find(name) : undefined;
  if (name.startsWith("#") && named === undefined) return;
  const person = name === "" || named !== undefined ? undefined : personOf(name);
  const last = chat.warnings.findLast((heard) => {
    const isPerson = person === undefined || heard.username === person;
    return heard.code === code && isPerson && (named === undefined || heard.roomId === named.roomId);
  });
  // After a restart nobody warns again of what stands: the room in focus is the one that is meant.
  const roomId = named?.roomId ?? last?.roomId ?? (ABOUT_ROOMS.has(code) ? chat.focus?.roomId : undefined);
  const username = person ?? last?.username;
  const params = {
    code,
    ...(roomId === undefined ? {} : { roomId }),
    ...(username === undefined ? {} : { username }),
  };
  if ((await chat.ask("warning.accept", params)) !== undefined) chat.print(info("accepted"));
}

/** Warnings that stop one room. */
const ABOUT_ROOMS: ReadonlySet<string> = new Set(["log-forked", "relay-lies"]);
