/** Commands about whether somebody is who they seem, and about what the engine warned of. */
import { sanitiseName, WARNINGS } from "@sotto/wire";
import { error, hint, info, type Line, warning } from "../output.ts";
import { say } from "../text/index.ts";
import { type Command, isWord, missing, personOf, usage, yesOrNo } from "./command.ts";
import type { Desk } from "./desk.ts";
import { showPerson } from "./person.ts";

export const TRUST_COMMANDS: readonly Command[] = [
  {
    name: "verify",
    section: "trust",
    argument: "NAME [yes]",
    completes: "person",
    run: (desk, argument) => verify(desk, argument),
  },
  {
    name: "info",
    section: "trust",
    argument: "NAME",
    completes: "person",
    async run(desk, name) {
      if (!missing(desk, name, "info", "NAME")) await showPerson(desk, personOf(name));
    },
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
  if (missing(desk, name, "verify", "NAME")) return;
  const text = say().commands.verify;
  const username = personOf(name);
  if (more.length > 0 || (answer !== "" && !isWord(answer, "yes"))) {
    return desk.print(error(text.wrongAnswer), hint(usage({ name: "verify", argument: "NAME yes" })));
  }
  if (answer !== "") return markVerified(desk, username);
  desk.print(info(text.making));
  const safety = await desk.ask("contact.safetyWords", { username });
  if (safety === undefined) return;
  const who = sanitiseName(username);
  desk.print(info(text.words(who)), ...inRows(safety.words));
  if (safety.verified) return desk.print(info(text.already(who)));
  desk.print(hint(text.readAloud(who, desk.me.username)));
  while (true) {
    const answered = (await desk.screen.ask(text.same))?.trim() ?? "";
    if (answered === "") return desk.print(info(text.later(who)));
    const same = yesOrNo(answered);
    if (same === true) return markVerified(desk, username);
    if (same === false) return desk.print(warning(text.different(who)), hint(text.differentHint));
    desk.print(error(say().plain.answerYesOrNo));
  }
}

async function markVerified(desk: Desk, username: string): Promise<void> {
  const done = await desk.ask("contact.verify", { username });
  if (done !== undefined) desk.print(info(say().commands.verify.done(sanitiseName(username))));
}

/** Twelve words in three lines, read aloud from left to right. */
function inRows(text: string): Line[] {
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
  if (missing(desk, code, "accept", "CODE [NAME]")) return;
  const text = say().commands.accept;
  const isKnown = WARNINGS.some((known) => known === code);
  if (!isKnown) return desk.print(error(text.noCode(sanitiseName(code))), hint(text.codes(STOPPING.join(", "))));
  const named = name.startsWith("#") ? desk.find(name) : undefined;
  if (name.startsWith("#") && named === undefined) return;
  const person = name === "" || named !== undefined ? undefined : personOf(name);
  const meant = desk.warnings.filter((heard) => {
    const isPerson = person === undefined || heard.username === person;
    return heard.code === code && isPerson && (named === undefined || heard.roomId === named.roomId);
  });
  // Of several rooms the one in focus is meant, and else the one that was told of last.
  const inFocus = meant.findLast(({ roomId }) => roomId !== undefined && roomId === desk.focus?.roomId);
  const last = inFocus ?? meant.at(-1);
  const roomId = named?.roomId ?? last?.roomId ?? (ABOUT_ROOMS.has(code) ? desk.focus?.roomId : undefined);
  const username = person ?? last?.username;
  if (ABOUT_PEOPLE.has(code)) {
    // Of a name that is mistyped the engine would find nothing to accept, and say so to nobody.
    const contacts = await desk.ask("contact.list", {});
    if (contacts === undefined) return;
    // One's own account is in no list; a doubt about it is told at each start.
    const isMine = username === desk.me.username && last !== undefined;
    const stands = isMine || contacts.some((one) => one.username === username && one.doubt === code);
    if (!stands) return desk.print(error(text.nothing(code, sanitiseName(username ?? ""))));
  }
  const params = {
    code,
    ...(roomId === undefined ? {} : { roomId }),
    ...(username === undefined ? {} : { username }),
  };
  if ((await desk.ask("warning.accept", params)) !== undefined) desk.print(info(text.done));
}

/** Warnings for which something is held back until they are accepted. */
const STOPPING = ["identity-changed", "chain-forked", "chain-withheld", "log-forked", "relay-rolled-back"] as const;
/** Warnings for which nothing is sent to one person. */
const ABOUT_PEOPLE: ReadonlySet<string> = new Set(["identity-changed", "chain-forked", "chain-withheld"]);

/** Warnings that stop one room. */
const ABOUT_ROOMS: ReadonlySet<string> = new Set(["log-forked", "relay-lies"]);
