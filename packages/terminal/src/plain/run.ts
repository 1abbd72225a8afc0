/** The plain mode from its start to its end. */
import type { Client } from "@sotto/core";
import { EXIT, type ExitCode, parseLink } from "@sotto/wire";
import { complete } from "../commands/complete.ts";
import { join, noRoomHints } from "../commands/rooms.ts";
import { commandNamed, unknownCommand } from "../commands/table.ts";
import { conversation } from "../commands/talk.ts";
import { error, hint, info } from "../output.ts";
import { say } from "../text/index.ts";
import { duration, refusalWords } from "../words.ts";
import { Chat } from "./chat.ts";
import { type FirstRun, firstRun } from "./first-run.ts";
import { holdUpdates } from "./hold.ts";
import { callsMember, type Input, parseInput } from "./input.ts";
import { unlock } from "./unlock.ts";

export interface PlainRun extends FirstRun {
  readonly profile: "none" | "locked";
  /** Of the profile's folder. */
  readonly name: string;
  readonly link: string | undefined;
  /** From --password-file; used once. */
  readonly password: string | undefined;
  /** From --code-file; used once. */
  readonly code: string | undefined;
  /** Called once when somebody is signed in: other programs may now go through this one. */
  signedIn(chat: Chat): Promise<void>;
  /** How long the end of input waits for what is not sent yet. */
  readonly settleMs: number;
  /** Ends everything at once. */
  readonly stop: AbortSignal;
}

const PARTING_MS = 2000;

export async function runPlain(run: PlainRun): Promise<ExitCode> {
  const { client, screen } = run;
  // From the first moment on, so that nothing that happens while signing in is missed.
  const updates = holdUpdates(client.updates());
  const entered = run.profile === "none" ? await firstRun(run, run.link) : await unlock(run);
  if (entered.type === "quit") return entered.code ?? EXIT.notSignedIn;
  const chat = new Chat(client, screen, entered.me);
  screen.setCompletion((before) => complete(chat, before));
  if (run.profile === "none") chat.nothingToCatchUp();
  await chat.start();
  await run.signedIn(chat);
  // A fault in here is a bug: nobody catches it, and it ends the program.
  void chat.follow(updates.release());
  if (entered.link !== undefined) await followLink(run, chat, entered.link);
  if (chat.rooms.all.length === 0 && chat.focus === undefined) screen.print(...noRoomHints());
  return converse(run, chat);
}

async function converse(run: PlainRun, chat: Chat): Promise<ExitCode> {
  while (true) {
    const line = await chat.screen.read();
    if (line === undefined) return endOfInput(run, chat);
    if ((await enter(chat, line)) === "quit") {
      await sendParting(run, chat);
      await tellWaiting(chat, run.client);
      return EXIT.done;
    }
  }
}

/** Carries out one line that a person entered. */
export async function enter(chat: Chat, line: string): Promise<"quit" | undefined> {
  const input = await inputOf(chat, line);
  // A text comes back as a message; everything else would be gone from the screen.
  if (input.type === "command" || input.type === "to") chat.screen.entered(line);
  switch (input.type) {
    case "empty":
      return undefined;
    case "command": {
      const command = commandNamed(input.name);
      if (command === undefined) chat.print(...unknownCommand(input.name));
      else await command.run(chat, input.rest);
      return command?.ends ? "quit" : undefined;
    }
    case "to": {
      if (input.text === "") {
        chat.print(error(say().plain.input.noText(input.target)), hint(say().plain.input.noTextHint(input.target)));
        return undefined;
      }
      const roomId = await conversation(chat, input.target);
      if (roomId === undefined) {
        const sign = input.target.charAt(0);
        chat.print(hint(say().plain.input.nothingSent(sign, input.target)));
      } else chat.send(roomId, input.text);
      return undefined;
    }
    case "text":
      if (chat.focus === undefined) {
        chat.print(error(say().plain.input.nowhere), hint(say().plain.input.nowhereHint));
      } else chat.send(chat.focus.roomId, input.text);
      return undefined;
  }
}

/** Who calls a member of the room is heard by the room. */
async function inputOf(chat: Chat, line: string): Promise<Input> {
  const input = parseInput(line);
  if (input.type !== "to") return input;
  const isSaidHere = await callsSomebodyHere(chat, input.target);
  if (input.text !== "") return isSaidHere ? { type: "text", text: line } : input;
  // Of a name alone, of somebody who is in the room, it is not clear which of the two is meant.
  return isSaidHere ? input : { type: "command", name: "talk", rest: input.target };
}

async function callsSomebodyHere(chat: Chat, target: string): Promise<boolean> {
  const { focus } = chat;
  if (!target.startsWith("@") || focus?.kind !== "room") return false;
  const members = await chat.client.request("room.members", { roomId: focus.roomId });
  return members.ok && callsMember(target, members.value);
}

/** What was typed right before is on its way: who quits waits that long for it, where there is a connection. */
async function sendParting(run: PlainRun, chat: Chat): Promise<void> {
  const status = await run.client.request("account.status", {});
  if (!status.ok || status.value.outbox === 0 || status.value.connection !== "online") return;
  await chat.settle(AbortSignal.any([AbortSignal.timeout(PARTING_MS), run.stop]));
}

async function endOfInput(run: PlainRun, chat: Chat): Promise<ExitCode> {
  const status = await run.client.request("account.status", {});
  if (status.ok && status.value.outbox > 0) {
    chat.print(info(say().plain.sending.atEnd(status.value.outbox, duration(run.settleMs))));
  }
  await chat.settle(AbortSignal.any([AbortSignal.timeout(run.settleMs), run.stop]));
  return (await tellWaiting(chat, run.client)) === 0 ? EXIT.done : EXIT.noNetwork;
}

/** @returns how many messages are not sent. */
async function tellWaiting(chat: Chat, client: Client): Promise<number> {
  const status = await client.request("account.status", {});
  const waiting = status.ok ? status.value.outbox : 0;
  if (waiting > 0) chat.print(info(say().plain.sending.left(waiting)));
  return waiting;
}

/** The link that somebody came by, or was given who is signed in already: its room is entered, once there is a connection. */
async function followLink(run: PlainRun, chat: Chat, text: string): Promise<void> {
  const link = parseLink(text);
  if (link === undefined) {
    const words = refusalWords({ code: "bad-link", message: "" });
    return chat.print(error(words.what), hint(words.hint));
  }
  if (link.room === undefined) {
    if (run.profile === "locked") {
      chat.print(info(say().plain.start.signedInAlready(chat.me.username)));
    }
    return;
  }
  for (let waitedMs = 0; chat.connection !== "online" && waitedMs < JOIN_WAIT_MS && !run.stop.aborted; waitedMs += 50) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await join(chat, text);
}

const JOIN_WAIT_MS = 10_000;
