// One conversation from the first account to the last goodbye, as text that a person can read in a diff: what each device
// asks, what it is told, and what its person sees. UPDATE_GOLDEN=1 writes it anew.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type ClientBody, parseHeader, type ServerBody } from "@sotto/wire";
import { expect, test } from "vitest";
import type { Update } from "../src/api.ts";
import type { Passing } from "./harness/fake-relay.ts";
import { type Person, World } from "./harness/world.ts";

const path = new URL("golden/conversation.txt", import.meta.url);

test("a conversation", async () => {
  const world = new World();
  const script = new Script(world);
  await script.step("ann makes an account", async () => void (await world.person("ann")));
  await script.step("bob makes an account", async () => void (await world.person("bob")));
  const [ann, bob] = [world.get("ann"), world.get("bob")];
  const made = await script.step("ann makes a room", () => ann.must("room.create", { name: "den" }));
  const room = script.names(made.roomId, "den");
  await script.step("bob joins it by the link that ann gave him", () => bob.must("room.join", { link: made.link }));
  await script.step("ann says hello", () => ann.say(room, "hello"));
  await script.step("bob says hi, twice", async () => {
    bob.ask("message.send", { roomId: room, text: "hi" });
    bob.ask("message.send", { roomId: room, text: "and hi" });
    await world.settle();
  });
  await script.step("bob goes offline; ann says something", async () => {
    await bob.close();
    await ann.say(room, "are you there?");
  });
  await script.step("bob comes back", () => bob.unlock());
  await script.step("cat makes an account, and bob adds her", async () => {
    await world.person("cat");
    await bob.must("room.add", { roomId: room, username: "cat" });
  });
  const cat = world.get("cat");
  await script.step("cat says hello", () => cat.say(room, "hello all"));
  await script.step("ann removes cat", () => ann.must("room.remove", { roomId: room, username: "cat" }));
  const direct = await script.step("cat turns to bob", () => cat.must("direct.open", { username: "bob" }));
  script.names(direct.roomId, "cat and bob");
  await script.step("she writes to him", () => cat.say(direct.roomId, "she removed me"));
  await script.step("bob leaves the den", () => bob.must("room.leave", { roomId: room }));
  await script.step("ann takes him out", () => world.pass(10_000));
  await world.close();

  const text = script.text();
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(path, text);
  expect(existsSync(path)).toBe(true);
  expect(text).toBe(readFileSync(path, "utf8"));
});

class Script {
  readonly #world: World;
  readonly #lines: string[] = [];
  readonly #names = new Map<string, string>();
  #seen = 0;
  readonly #told = new Map<Person, number>();

  constructor(world: World) {
    this.#world = world;
  }

  names(id: string, name: string): string {
    this.#names.set(id, name);
    return id;
  }

  async step<T>(title: string, run: () => Promise<T>): Promise<T> {
    const result = await run();
    await this.#world.pass(500);
    this.#lines.push("", `== ${title}`);
    const frames = this.#world.relay.seen.slice(this.#seen);
    this.#seen = this.#world.relay.seen.length;
    for (const person of this.#world.people.values()) {
      const own = frames.filter((frame) => frame.who === person.name && !isNoise(frame));
      const updates = person.updates.slice(this.#told.get(person) ?? 0);
      this.#told.set(person, person.updates.length);
      for (const frame of own)
        this.#lines.push(`${person.name} ${frame.way === "up" ? "->" : "<-"} ${this.#frame(frame.body)}`);
      for (const update of updates) this.#lines.push(`${person.name}  * ${this.#update(update)}`);
    }
    return result;
  }

  text(): string {
    return `${this.#lines.join("\n").trim()}\n`;
  }

  #name(id: string): string {
    const device = this.#world.relay.devices.get(id as never);
    return device === undefined ? (this.#names.get(id) ?? "a room") : this.#world.nameOf(device.account);
  }

  #header(bytes: Uint8Array): string {
    const header = parseHeader(bytes);
    if (!header.ok) return "a broken header";
    const names = (refs: typeof header.value.adds) => refs.map((ref) => this.#name(ref.device)).join(", ");
    const { adds, removes } = header.value;
    return [adds.length > 0 ? `adds ${names(adds)}` : "", removes.length > 0 ? `removes ${names(removes)}` : ""]
      .filter((part) => part !== "")
      .join(", ");
  }

  #frame(body: ClientBody | ServerBody): string {
    switch (body.type) {
      case "append":
        return `append in ${this.#name(body.room)} at head ${body.head}, base ${body.base}${body.continues ? ", continues" : ""}`;
      case "commit": {
        const link = body.link === undefined ? "" : body.link === null ? ", link off" : ", link";
        const token = body.joinToken === undefined ? "" : ", by token";
        const welcomes =
          body.welcomes.length === 0
            ? ""
            : `, welcome for ${body.welcomes.map((one) => this.#name(one.device)).join()}`;
        return `commit in ${this.#name(body.room)} at head ${body.head}, base ${body.base}: ${this.#header(body.header) || "nothing"}${link}${welcomes}${token}`;
      }
      case "room-create":
        return `room-create ${this.#name(body.room)}${body.commit === undefined ? "" : `: ${this.#header(body.commit.header)}`}`;
      case "fetch":
        return `fetch ${this.#name(body.room)} from ${body.from}`;
      case "cursor":
        return `cursor ${this.#name(body.room)} ${body.seq}`;
      case "key-packages-put":
        return `key-packages-put ${body.packages.length}${body.lastResort === undefined ? "" : " and a last resort"}`;
      case "key-packages":
        return `key-packages ${body.packages.map((one) => this.#name(one.device)).join(", ")}`;
      case "chains":
        return `chains ${body.chains.map((one) => `${this.#world.nameOf(one.account)}:${one.entries.length}`).join(", ")}`;
      case "ack":
        return `ack ${body.seq}`;
      case "refused":
        return `refused ${body.code}`;
      case "event":
      case "fetched":
        return `${body.type} ${this.#name(body.room)}: ${body.entries.map((entry) => `${entry.seq} ${entry.kind} by ${this.#name(entry.device)}`).join(", ") || "nothing"}`;
      case "inbox-event":
        return `inbox-event ${body.entry.number} ${body.entry.kind}`;
      case "group-info":
        return `group-info of base ${body.base}, head ${body.head}`;
      case "session":
        return `session: ${body.rooms.map((one) => `${this.#name(one.room)} last ${one.last} head ${one.head}`).join(", ") || "no rooms"}; ${body.keyPackages} key packages`;
      default:
        return body.type;
    }
  }

  #update(update: Update): string {
    switch (update.type) {
      case "message":
        return `${this.#name(update.roomId)} ${update.seq} ${update.sender}: ${update.text}`;
      case "sent":
        return `${this.#name(update.roomId)} ${update.seq} sent`;
      case "room":
        return `${this.#name(update.roomId)} ${update.event}`;
      case "connection":
        return update.state;
      case "unread":
        return `unread ${update.total}${update.from.map(({ username, count }) => ` ${username}:${count}`).join("")}`;
      case "notice":
        return `notice: ${update.text}`;
      case "warning":
        return `warning ${update.code}`;
    }
  }
}

/** Answers that say nothing, and signs of life. */
function isNoise({ body }: Passing): boolean {
  return body.type === "done" || body.type === "ping" || body.type === "pong";
}
