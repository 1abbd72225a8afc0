/** `sotto send`, `sotto tail`, `sotto rooms`: standard output is data, standard error is for people. */
import type { Message, RoomLine } from "@sotto/core";
import { EXIT, type ExitCode, escapeJson, exitCode, sanitiseName } from "@sotto/wire";
import { personOf } from "../commands/command.ts";
import { haltOf } from "../halt.ts";
import type { Engine } from "../local.ts";
import { complain, type Line, lookOf, renderLine } from "../output.ts";
import { messageLine } from "../plain/lines.ts";
import { findRoom, type Rooms, roomsOf, tagOf } from "../plain/rooms.ts";
import { refuse } from "../refuse.ts";
import { lines } from "../rpc/lines.ts";
import { say } from "../text/index.ts";
import { count, haltWords, refusalWords } from "../words.ts";
import { refuseHalt } from "./engine.ts";

export interface SendOptions {
  readonly room: string;
  readonly text: string | undefined;
  readonly lines: boolean;
  readonly input: AsyncIterable<Uint8Array>;
  /** How long the end of the input waits for the relay. */
  readonly patienceMs: number;
}

/** Messages under way at once: enough to fill the wire, few enough to stop when the relay does. */
const UNDER_WAY_MAX = 64;
/** Standard input as one message: more than any text may hold, so that "too long" is said and not guessed. */
const WHOLE_BYTES_MAX = 1_048_576;

export async function send(engine: Engine, options: SendOptions): Promise<ExitCode> {
  const receiver = await receiverOf(engine, options.room);
  if (typeof receiver === "number") return receiver;
  const sender = new Sender(engine, receiver);
  if (options.lines) {
    for await (const line of lines(options.input)) {
      if (line.type !== "line")
        sender.reject(line.type === "too-long" ? say().plain.once.lineTooLong : say().plain.once.lineNotUtf8);
      else if (line.text.trim() !== "") await sender.send(line.text);
    }
  } else {
    const text = options.text ?? (await whole(options.input));
    if (text === undefined || text.trim() === "") {
      const { noText, nothing, sendHelp } = say().plain.once;
      complain(text === undefined ? noText : nothing, sendHelp);
      return EXIT.misused;
    }
    await sender.send(text);
  }
  return sender.finish(options.patienceMs);
}

class Sender {
  readonly #engine: Engine;
  readonly #roomId: string;
  readonly #open = new Set<Promise<void>>();
  #code: ExitCode = EXIT.done;
  /** What comes now has been counted as not sent. */
  #isOver = false;

  constructor(engine: Engine, roomId: string) {
    this.#engine = engine;
    this.#roomId = roomId;
  }

  /** Waits only while too many are under way. */
  async send(text: string): Promise<void> {
    const request = this.#engine.request("message.send", { roomId: this.#roomId, text });
    const done: Promise<void> = request.then((result) => {
      this.#open.delete(done);
      if (!result.ok && !this.#isOver) this.#code = refuse(result.error);
    });
    this.#open.add(done);
    if (this.#open.size >= UNDER_WAY_MAX) await Promise.race(this.#open);
  }

  reject(what: string): void {
    complain(what, say().plain.once.notSent);
    this.#code = EXIT.misused;
  }

  async finish(patienceMs: number): Promise<ExitCode> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patienceMs);
    });
    await Promise.race([Promise.all(this.#open), late]);
    clearTimeout(timer);
    this.#isOver = true;
    if (this.#open.size === 0) return this.#code;
    const halt = await haltOf(this.#engine);
    const words = halt === undefined ? refusalWords({ code: "offline", message: "" }) : haltWords(halt);
    const { stored, sentNext, sentConnected } = say().plain.once;
    complain(stored(words.what, this.#open.size), halt === undefined ? sentNext : sentConnected);
    return halt === undefined ? EXIT.noNetwork : refuseHalt(halt);
  }
}

async function whole(input: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    bytes += chunk.length;
    if (bytes > WHOLE_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)).replace(/[\r\n]+$/, "");
  } catch {
    return undefined;
  }
}

export interface TailOptions {
  readonly room: string | undefined;
  readonly json: boolean;
  readonly history: number;
  readonly output: NodeJS.WriteStream;
  /** Ctrl-C, or nobody reads any more. */
  readonly stop: AbortSignal;
}

export async function tail(engine: Engine, options: TailOptions): Promise<ExitCode> {
  // Listening comes first, so that nothing falls between the earlier messages and the new ones.
  const updates = engine.updates();
  const next = updates[Symbol.asyncIterator]();
  let pending = next.next();
  const wanted = options.room === undefined ? undefined : await roomOf(engine, options.room);
  if (typeof wanted === "number") return wanted;
  let rooms = await listRooms(engine);
  if (typeof rooms === "number") return rooms;
  const print = printer(options, () => (typeof rooms === "number" ? roomsOf([]) : rooms));
  const printed = new Set<string>();
  for (const room of wanted === undefined ? rooms.all : [wanted]) {
    if (options.history === 0) break;
    const earlier = await engine.request("message.list", { roomId: room.roomId, limit: options.history });
    if (!earlier.ok) return refuse(earlier.error);
    for (const message of earlier.value) {
      printed.add(message.messageId);
      print(room.roomId, message);
    }
  }
  const stopped = new Promise<undefined>((resolve) => options.stop.addEventListener("abort", () => resolve(undefined)));
  while (!options.stop.aborted) {
    const step = await Promise.race([pending, stopped]);
    if (step === undefined) break;
    if (step.done) return EXIT.noNetwork;
    pending = next.next();
    const update = step.value;
    if (update.type === "connection" && update.state === "offline" && update.retryAt === undefined) {
      const halt = await haltOf(engine);
      if (halt !== undefined) return refuseHalt(halt);
    }
    if (update.type !== "message" || printed.delete(update.messageId)) continue;
    if (wanted !== undefined && update.roomId !== wanted.roomId) continue;
    if (!rooms.tags.has(update.roomId)) {
      const fresh = await listRooms(engine);
      if (typeof fresh !== "number") rooms = fresh;
    }
    print(update.roomId, update);
  }
  return EXIT.done;
}

function printer({ json, output }: TailOptions, rooms: () => Rooms): (roomId: string, message: Message) => void {
  const { colour } = lookOf(output.isTTY, process.env);
  const line = (roomId: string, message: Message): Line =>
    messageLine(tagOf(rooms(), roomId), sanitiseName(message.sender), message);
  return (roomId, message) => {
    const { messageId, seq, sender, senderId, sentAt, text } = message;
    const fields = { roomId, messageId, seq, sender, senderId, sentAt, text };
    output.write(`${json ? escapeJson(fields) : renderLine(line(roomId, message), colour)}\n`);
  };
}

export async function rooms(engine: Engine, json: boolean, output: NodeJS.WriteStream): Promise<ExitCode> {
  const listed = await listRooms(engine);
  if (typeof listed === "number") return listed;
  for (const room of listed.all) {
    const { roomId, name, kind, unread, members } = room;
    const words = [tagOf(listed, roomId), count(members, "member"), say().commands.rooms.unread(unread), roomId];
    const line = words.map((word) => renderLine([word], false)).join("\t");
    output.write(`${json ? escapeJson({ roomId, name, kind, unread, members }) : line}\n`);
  }
  return EXIT.done;
}

async function listRooms(engine: Engine): Promise<Rooms | ExitCode> {
  const listed = await engine.request("room.list", {});
  return listed.ok ? roomsOf(listed.value) : refuse(listed.error);
}

/**
 * The room's id. A person is written to also where nothing was said before. Anybody may call a room as a person: without
 * a sign it is asked back who is meant.
 */
async function receiverOf(engine: Engine, word: string): Promise<string | ExitCode> {
  if (word.startsWith("@")) return directOf(engine, word);
  const room = await roomOf(engine, word);
  if (typeof room === "number") return room;
  if (room.kind === "direct" || word.startsWith("#")) return room.roomId;
  const name = personOf(word);
  if (!(await isKnown(engine, name))) return room.roomId;
  complain(say().plain.chat.several(`#${name}, @${name}`), say().plain.once.oneOfThese);
  return exitCode("bad-request");
}

async function directOf(engine: Engine, word: string): Promise<string | ExitCode> {
  const listed = await listRooms(engine);
  if (typeof listed === "number") return listed;
  const found = findRoom(listed, word);
  if (found.type === "room") return found.room.roomId;
  const opened = await engine.request("direct.open", { username: personOf(word) });
  return opened.ok ? opened.value.roomId : refuse(opened.error);
}

/** Whether somebody has this name. Without a connection only those are known whom one has met. */
async function isKnown(engine: Engine, name: string): Promise<boolean> {
  const lists = await Promise.all([engine.request("users.list", {}), engine.request("contact.list", {})]);
  return lists.some((list) => list.ok && list.value.some(({ username }) => username === name));
}

/** An id or a unique name, else exit code 2. */
async function roomOf(engine: Engine, word: string): Promise<RoomLine | ExitCode> {
  const listed = await listRooms(engine);
  if (typeof listed === "number") return listed;
  const found = findRoom(listed, word);
  if (found.type === "room") return found.room;
  const { chat, once } = say().plain;
  if (found.type === "several") complain(chat.several(found.tags.join(", ")), once.oneOfThese);
  else complain(chat.noRoom(word), once.rooms);
  return exitCode("bad-request");
}
