/** A real relay, Alice with years of messages in her vault, and two others who write to her. */
import { join } from "node:path";
import { type Client, type Method, openClient, type Params } from "@sotto/core";
import { nodePorts, openProfile } from "@sotto/node";
import { accountId, deviceId, type RoomId, roomId } from "@sotto/wire";
import { codeOf } from "../e2e/harness/code.ts";
import type { Person } from "../e2e/harness/person.ts";
import { stretchInEarnest } from "../e2e/harness/program.ts";
import { Stage } from "../e2e/harness/stage.ts";
import { LIGHT } from "../packages/node/test/light.ts";
import { writePast } from "./past.ts";
import { pause } from "./screen-terminal.ts";

export const PASSWORD = "correct horse battery";
const ROOMS = ["general", "ops", "family", "music", "garden"] as const;
/** Somebody's clock in between, as there are more important things to do. */
const STEP_MS = 20;

export interface ScreenWorld extends AsyncDisposable {
  readonly home: string;
  /** Alice's, whose password costs nothing: what it costs in earnest is no question of speed. */
  readonly profile: string;
  readonly room: RoomId;
  readonly others: readonly [Person, Person];
}

export async function makeScreenWorld(messages: number): Promise<ScreenWorld> {
  stretchInEarnest();
  await using made = new AsyncDisposableStack();
  const stage = made.use(await Stage.open());
  const relay = stage.relay.said.pid;
  const kill = (): boolean => process.kill(relay, "SIGKILL");
  process.on("exit", kill);
  made.defer(() => void process.off("exit", kill));
  const [bob, carol] = await stage.signUpAll("bob", "carol");
  const profile = join(stage.dir, "p-alice");
  const rooms = await signUp(profile, stage.relay.link, [bob, carol]);
  const [room = "", ...quiet] = rooms;
  await fill(profile, rooms, bob.accountId, messages);
  for (const one of [room, ...quiet]) await bob.send(one, newestOf(one));
  const kept = made.move();
  return {
    home: stage.dir,
    profile,
    room: known(roomId(room)),
    others: [bob, carol],
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** A text by which a room is known. */
export function newestOf(room: string): string {
  return `newest of ${room.slice(0, 12)}`;
}

/** @returns Alice's rooms, in which the others are too. */
async function signUp(dir: string, link: string, others: readonly Person[]): Promise<readonly string[]> {
  await using profile = await openProfile(dir, { argon2: LIGHT });
  const client = openClient(nodePorts(profile));
  const { totpUri } = await ask(client, "account.signUp", { link, username: "alice", password: PASSWORD });
  await ask(client, "account.confirmOtp", { code: codeOf(totpUri) });
  const rooms: string[] = [];
  for (const name of ROOMS) {
    const { roomId } = await ask(client, "room.create", { name });
    for (const { name: username } of others) await ask(client, "room.add", { roomId, username });
    rooms.push(roomId);
  }
  await client.settle(AbortSignal.timeout(10_000));
  for (const person of others) {
    const isIn = (room: string) =>
      person.call("room.members", { roomId: room }).then(
        () => true,
        () => false,
      );
    for (const room of rooms) while (!(await isIn(room))) await pause(50);
  }
  await client.close();
  return rooms;
}

async function ask<M extends Method>(client: Client, method: M, params: Params<M>) {
  const answer = await client.request(method, params);
  if (!answer.ok) throw new Error(`${method} was refused: ${answer.error.code}`);
  return answer.value;
}

async function fill(dir: string, rooms: readonly string[], writer: string, count: number): Promise<void> {
  await using profile = await openProfile(dir, { argon2: LIGHT });
  const store = await profile.vault.unlock(PASSWORD);
  const [crowded, ...quiet] = rooms.map((room) => known(roomId(room)));
  await writePast((changes) => store.commit(changes), {
    count,
    crowded: known(crowded),
    quiet,
    account: known(accountId(writer)),
    device: known(deviceId("d".repeat(32))),
  });
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("bug: that is no id");
  return value;
}

/** The others write in turns, so many messages a second in all, until they are told to stop. */
export class Flood {
  sent = 0;
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #answers: Promise<unknown>[] = [];
  readonly #world: ScreenWorld;

  constructor(world: ScreenWorld, perSecond: number) {
    this.#world = world;
    this.#timer = setInterval(() => {
      const due = Math.floor(((performance.now() - this.#startedAt) / 1000) * perSecond);
      while (this.sent < due) this.#send(`message ${this.sent} of those that come in while somebody types`);
    }, STEP_MS);
  }

  /** @returns the text of the last message, once the relay has all of them: the room is known by it again. */
  async stop(): Promise<{ readonly last: string; readonly perSecond: number }> {
    clearInterval(this.#timer);
    await Promise.all(this.#answers);
    const perSecond = (1000 * this.sent) / (performance.now() - this.#startedAt);
    const [bob] = this.#world.others;
    const last = newestOf(this.#world.room);
    await bob.send(this.#world.room, last);
    return { last, perSecond };
  }

  #send(text: string): void {
    const { others, room } = this.#world;
    const person = others[this.sent % others.length];
    this.sent++;
    if (person !== undefined) this.#answers.push(person.send(room, text));
  }
}
