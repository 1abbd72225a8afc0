/** Commands about whether somebody is who they seem, and about what the engine warned of. */
import { sanitiseName } from "@sotto/wire";
import { error, hint, info, type Line, warning } from "../output.ts";
import { type Command, missing, personOf } from "./command.ts";
import type { Desk } from "./desk.ts";

export const TRUST_COMMANDS: readonly Command[] = [
  {
    name: "verify",
    section: "trust",
    argument: "NAME [yes]",
    completes: "person",
    run: (desk, argument) => verify(desk, argument),
  },
  {
    name: "accept",
    section: "trust",
    argument: "CODE [NAME]",
    run: (desk, argument) => accept(desk, argument),
  },
];

const WORDS_IN_A_ROW = 4;

/** `compare /verify carol`: said where a person is asked to. */
async function verify(desk: Desk, argument: string): Promise<void> {
  const [name = "", answer = "", ...more] = argument.split(/\s+/);
  if (missing(desk, name, "/verify NAME", "the name of a person")) return;
  const username = personOf(name);
  if (more.length > 0 || (answer !== "" && answer !== "yes")) {
    return desk.print(error("/verify takes a name, and yes when the words are the same"), hint("/verify NAME yes"));
  }
  if (answer === "yes") return markVerified(desk, username);
  desk.print(info("making the words, this takes a few seconds"));
  const safety = await desk.ask("contact.safetyWords", { username });
  if (safety === undefined) return;
  const who = sanitiseName(username);
  desk.print(info(`safety words of you and ${who}:`), ...rowsOf(safety.words));
  if (safety.verified) return desk.print(info(`${who} is verified already; the words are still these`));
  desk.print(
    hint(`read them aloud with ${who}, by telephone or face to face: ${who} types /verify ${desk.me.username}`),
  );
  while (true) {
    const same = (await desk.screen.ask("the same? yes, no, or Enter for later: "))?.trim().toLowerCase();
    if (same === "yes" || same === "y") return markVerified(desk, username);
    if (same === "no" || same === "n") return desk.print(...differentWords(who));
    if (same === undefined || same === "") {
      return desk.print(info(`${who} is not verified yet; /verify ${who} yes does it when you have compared`));
    }
    desk.print(error("please answer yes or no"));
  }
}

async function markVerified(desk: Desk, username: string): Promise<void> {
  const done = await desk.ask("contact.verify", { username });
  if (done !== undefined) desk.print(info(`${sanitiseName(username)} is verified, with every device of theirs`));
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

async function accept(desk: Desk, argument: string): Promise<void> {
  const [code = "", name = ""] = argument.split(/\s+/);
  if (missing(desk, code, "/accept CODE [NAME]", "the code of a warning")) return;
  const named = name.startsWith("#") ? desk.find(name) : undefined;
  if (name.startsWith("#") && named === undefined) return;
  const person = name === "" || named !== undefined ? undefined : personOf(name);
  const last = desk.warnings.findLast((heard) => {
    const isPerson = person === undefined || heard.username === person;
    return heard.code === code && isPerson && (named === undefined || heard.roomId === named.roomId);
  });
  // After a restart nobody warns again of what stands: the room in focus is the one that is meant.
  const roomId = named?.roomId ?? last?.roomId ?? (ABOUT_ROOMS.has(code) ? desk.focus?.roomId : undefined);
  const username = person ?? last?.username;
  const params = {
    code,
    ...(roomId === undefined ? {} : { roomId }),
    ...(username === undefined ? {} : { username }),
  };
  if ((await desk.ask("warning.accept", params)) !== undefined) desk.print(info("accepted"));
}

/** Warnings that stop one room. */
const ABOUT_ROOMS: ReadonlySet<string> = new Set(["log-forked", "relay-lies"]);
