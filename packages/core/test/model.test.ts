// Honest members and one malicious committer, in every order in which their entries can
// reach the log. Whatever the order, the honest agree on base, epoch and members, and can still talk.
import {
  type DeviceRef,
  type EntryId,
  encodeAuthenticated,
  encodeHeader,
  encodeJoinInfo,
  idOf,
  PLAIN_AUTHENTICATED,
  type RoomId,
} from "@sotto/wire";
import { beforeAll, describe, expect, test } from "vitest";
import { type Group, leaves, makeCommit, type Own, open } from "../src/group/index.ts";
import { crypto, suite } from "./harness/group-world.ts";
import { type Person, World } from "./harness/world.ts";

let start: World;
let room: RoomId;
beforeAll(async () => {
  start = new World();
  const [ann, bob, mal, dan] = await start.persons("ann", "bob", "mal", "dan");
  room = (await start.roomOf(ann, bob, mal)) as RoomId;
  await ann.say(room, "before");
  await bob.must("direct.open", { username: "dan" });
  await start.pass(1000);
  for (const person of [ann, bob, mal, dan]) await person.close();
});

/** A member who follows the log as everybody does, and commits what nobody should. */
class Mallory {
  readonly #world: World;
  readonly #me: DeviceRef;
  readonly #own: Own;
  #group: Group;
  #base: number;

  constructor(world: World) {
    this.#world = world;
    const mal = world.get("mal");
    this.#me = { account: mal.me.account, device: mal.me.device };
    const [group, record] = [mal.group(room), mal.room(room)];
    if (group === undefined || record === undefined) throw new Error("mal is in the room");
    this.#group = group;
    this.#base = record.base;
    const leaf = leaves(group)?.find(({ device }) => device === mal.me.device);
    if (leaf === undefined) throw new Error("mal is in the group");
    this.#own = { ...leaf, privateKey: mal.me.privateKey, publicKey: leaf.signatureKey };
  }

  async #follow(): Promise<void> {
    for (const entry of this.#world.relay.log(room).entries) {
      if (entry.kind !== "commit" || entry.seq <= this.#base || entry.device === this.#me.device) continue;
      const got = entry.base === this.#base ? open(suite, this.#group, "commit", entry.bytes) : undefined;
      if (got === undefined) continue;
      this.#group = got.next;
      this.#base = entry.seq;
    }
  }

  #put(bytes: Uint8Array, header: Uint8Array, base = this.#base): void {
    const { head } = this.#world.relay.log(room);
    const id: EntryId = idOf.entry(crypto.random(16));
    const commit = { room, id, head, base, bytes, header, welcomes: [], link: undefined, joinToken: undefined };
    this.#world.relay.put(this.#me, { type: "commit", ...commit }, false);
  }

  async #commit(part: { readonly removes?: readonly string[]; readonly base?: number } = {}): Promise<Uint8Array> {
    const { base = this.#base, removes = [] } = part;
    const entry = this.#world.relay.log(room).entries[this.#base - 1];
    const hash = entry?.hash ?? new Uint8Array(32);
    const made = makeCommit(suite, this.#own, this.#group, {
      adds: [],
      removes: leaves(this.#group)?.flatMap((leaf) => (removes.includes(leaf.account) ? [leaf.device] : [])) ?? [],
      info: undefined,
      authenticated: encodeAuthenticated({ room, base, seq: base, hash, ...PLAIN_AUTHENTICATED }),
      joinInfo: encodeJoinInfo({ groupInfo: new Uint8Array(0), seq: 0, hash, linkSecret: undefined }),
      now: Date.now(),
    });
    if (made === undefined) throw new Error("mal can commit");
    this.#group = made.back;
    return made.bytes;
  }

  #devices(...names: string[]): DeviceRef[] {
    return names.map((name) => {
      const { account, device } = this.#world.get(name).me;
      return { account, device };
    });
  }

  /** Bytes that are nothing, and a header that throws everybody out. */
  async garbage(): Promise<void> {
    await this.#follow();
    this.#put(crypto.random(200), encodeHeader({ adds: [], removes: this.#devices("ann", "bob") }));
  }

  /** A commit that MLS takes, under a header that is a lie. */
  async lyingHeader(): Promise<void> {
    await this.#follow();
    this.#put(await this.#commit(), encodeHeader({ adds: [], removes: this.#devices("bob") }));
  }

  /** A removal that MLS takes, by who may not remove. */
  async removal(): Promise<void> {
    await this.#follow();
    const [bob] = this.#devices("bob");
    if (bob === undefined) return;
    this.#put(await this.#commit({ removes: [bob.account] }), encodeHeader({ adds: [], removes: [bob] }));
  }

  /** A commit that says it builds on another one than it does. */
  async wrongBase(): Promise<void> {
    await this.#follow();
    this.#put(await this.#commit({ base: 0 }), encodeHeader({ adds: [], removes: [] }), 0);
  }
}

type Step = "message" | "commit" | "garbage" | "lyingHeader" | "removal" | "wrongBase" | "time";

function* orders<T>(steps: readonly T[]): Generator<readonly T[]> {
  if (steps.length === 0) yield [];
  for (const [index, step] of steps.entries()) {
    for (const rest of orders(steps.toSpliced(index, 1))) yield [step, ...rest];
  }
}

/** Carries the steps out in that order, lets everything settle, and looks at what the honest hold. */
async function play(order: readonly Step[]): Promise<void> {
  const world = start.copy();
  const { relay } = world;
  const [ann, bob, dan] = ["ann", "bob", "dan"].map((name) => world.get(name)) as [Person, Person, Person];
  for (const person of [ann, bob, dan]) await person.unlock();
  await world.pass(2000);
  const mallory = new Mallory(world);

  // A message and a commit of honest members are on their way; their frames arrive when their step comes.
  relay.taps.push((frame) => {
    if (frame.who === "bob" && frame.way === "up" && frame.body.type === "key-packages-claim") relay.hold("bob");
    return undefined;
  });
  relay.hold("ann");
  const message = ann.ask("message.send", { roomId: room, text: "from ann" });
  const commit = bob.ask("room.add", { roomId: room, username: "dan" });
  await world.settle();
  relay.taps.length = 0;
  expect([relay.held("ann"), relay.held("bob")]).toEqual([1, 1]);

  for (const step of order) {
    switch (step) {
      case "message":
        relay.release("ann");
        break;
      case "commit":
        relay.release("bob");
        break;
      case "time":
        await world.pass(8000);
        break;
      default:
        await mallory[step]();
    }
    // Not settled on purpose: the next entry arrives while everybody still works on this one.
    for (let tick = 0; tick < 3; tick++) await new Promise((later) => setImmediate(later));
  }
  await world.pass(40_000);

  const what = order.join(" ");
  expect([message.outcome?.ok, commit.outcome?.ok], what).toEqual([true, true]);
  const members = ["ann", "bob", "dan", "mal"];
  expect(ann.view(room)?.members, what).toEqual(members);
  for (const person of [bob, dan]) expect(person.view(room), `${what}: ${person.name}`).toEqual(ann.view(room));
  for (const person of [ann, bob, dan]) await person.say(room, `still here, ${person.name}`);
  await world.pass(2000);
  const last = ["ann", "bob", "dan"].map((name) => `${name}: still here, ${name}`);
  for (const person of [ann, bob, dan]) expect((await person.heard(room)).slice(-3), what).toEqual(last);
  for (const person of [ann, bob]) {
    const heard = await person.heard(room);
    expect(
      heard.filter((line) => line === "ann: from ann"),
      what,
    ).toHaveLength(1);
  }
  const warnings = new Set([ann, bob, dan].flatMap((person) => person.warnings()));
  expect(
    [...warnings].every((code) => code === "commit-skipped"),
    `${what}: ${[...warnings].join()}`,
  ).toBe(true);
  await world.close();
}

/** The first pair in every order; of the others every fifth, unless all are asked for. */
describe.each([
  { evil: ["garbage", "lyingHeader"], every: 1 },
  { evil: ["removal", "garbage"], every: 5 },
  { evil: ["wrongBase", "removal"], every: 5 },
] as { evil: Step[]; every: number }[])(
  "a message, a commit, time to heal, and $evil.0, $evil.1",
  ({ evil, every }) => {
    const wanted = process.env.MODEL_ALL === "1" ? 1 : every;
    const all = [...orders<Step>(["message", "commit", "time", ...evil])].filter((_, index) => index % wanted === 0);
    test.each(all.map((order) => ({ order, name: order.join(" ") })))("$name", async ({ order }) => {
      await play(order);
    });
  },
);
