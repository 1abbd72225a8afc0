/** Figure 7: what a person waits for at a vault with a million messages, beside the same with ten thousand. */
import { statSync } from "node:fs";
import { join } from "node:path";
import {
  type Answer,
  type Change,
  type Client,
  type Method,
  openClient,
  type Params,
  type Transport,
} from "@sotto/core";
import { nodePorts, openProfile } from "@sotto/node";
import type { AccountId, DeviceId, RoomId } from "@sotto/wire";
import type { Disk } from "../packages/core/test/harness/disk.ts";
import { World } from "../packages/core/test/harness/world.ts";
import { LIGHT } from "../packages/node/test/light.ts";
import { type Figure, type Options, type Round, type Row, row } from "./figure.ts";
import { BELOW, writePast } from "./past.ts";

const PASSWORD = "correct horse battery";
const ROOMS = 50;

/** A home with rooms: where the messages are, and one of the others. */
interface Home {
  readonly disk: Disk;
  readonly crowded: RoomId;
  readonly quiet: RoomId;
  readonly account: AccountId;
  readonly device: DeviceId;
}

interface Timed {
  readonly what: string;
  readonly ms: number;
}

export async function vault({ quick, folder, tell, hasTime }: Options): Promise<Figure> {
  const [large, small, rounds] = quick ? [20_000, 2000, 2] : [1_000_000, 10_000, 10];
  const home = await makeHome();
  const sizes: number[] = [];
  for (const count of [large, small]) {
    tell(`writing ${count.toLocaleString("en")} messages`);
    sizes.push(await fill(home, join(folder, String(count)), count));
  }
  tell("unlocking, reading, searching");
  const timed = new Map<number, readonly Timed[]>();
  for (let index = 0; index < 3 || (index < rounds && hasTime()); index++) {
    // Taken in turns, so that what slows the machine down slows down both.
    for (const count of [large, small])
      timed.set(count, [...(timed.get(count) ?? []), ...(await round(home, join(folder, String(count)), count))]);
  }
  const kinds = [...new Set((timed.get(large) ?? []).map(({ what }) => what))];
  const rows = kinds.flatMap((what): Row[] => {
    const of = (count: number): Round[] =>
      (timed.get(count) ?? []).filter((one) => one.what === what).map(({ ms }) => ({ value: ms }));
    const ours = row(what, of(large));
    return [ours, row(`  with ${small.toLocaleString("en")}`, of(small), ours)];
  });
  const notes = [
    `the larger database has ${Math.round((sizes[0] ?? 0) / 2 ** 20)} MiB; a start is one of the client, with a cheap password and no relay`,
    `four of five messages are in one room, the rest in ${ROOMS - 1} others; each question is asked once after each start`,
  ];
  const title = `a vault with ${large.toLocaleString("en")} messages, from the question to the answer`;
  return { name: "vault", title, unit: "ms", rows, notes };
}

/** Ann's disk, after she made her rooms with Bob. */
async function makeHome(): Promise<Home> {
  const world = new World();
  const [ann, bob] = await world.persons("ann", "bob");
  const rooms: RoomId[] = [];
  for (let index = 0; index < ROOMS; index++) rooms.push((await world.roomOf(ann, bob)) as RoomId);
  const [crowded, quiet] = rooms;
  const { account, device } = bob.me;
  await world.close();
  if (crowded === undefined || quiet === undefined) throw new Error("there are no rooms");
  return { disk: ann.disk, crowded, quiet, account, device };
}

/** @returns the size of the database. */
async function fill({ disk, crowded, account, device }: Home, dir: string, count: number): Promise<number> {
  await using profile = await openProfile(dir, { argon2: LIGHT });
  const store = await profile.vault.create(PASSWORD);
  await store.commit([...disk.records].map(([key, value]): Change => ({ type: "put", key, value })));
  const others = [...disk.records.keys()].flatMap((key) => (key.startsWith("room/") ? [key.slice(5) as RoomId] : []));
  const quiet = others.filter((room) => room !== crowded);
  await writePast((changes) => store.commit(changes), { count, crowded, quiet, account, device });
  await profile.vault.close();
  return statSync(join(dir, "vault.db")).size;
}

/** Nobody is there. */
const NO_RELAY: Transport = {
  dial: (_target, on) => {
    setTimeout(() => on({ type: "closed", reason: "unreachable", detail: "" }), 0);
    return { send: () => undefined, close: () => undefined };
  },
};

/** One start, and what is asked after it. */
async function round({ crowded, quiet }: Home, dir: string, count: number): Promise<readonly Timed[]> {
  await using profile = await openProfile(dir, { argon2: LIGHT });
  const client = openClient({ ...nodePorts(profile), transport: NO_RELAY });
  const timed: Timed[] = [];
  const time = async <M extends Method>(what: string, method: M, params: Params<M>): Promise<Answer<M>> => {
    const startedAt = performance.now();
    const answer = await client.request(method, params);
    timed.push({ what, ms: performance.now() - startedAt });
    return must(answer);
  };
  await time("unlock", "account.unlock", { password: PASSWORD });
  await time("list of rooms", "room.list", {});
  await time("newest page", "timeline.list", { roomId: crowded });
  const middle = BELOW + Math.floor(count / 2);
  const { items } = await time("page in the middle", "timeline.list", { roomId: crowded, before: middle });
  if (items.length !== 50) throw new Error(`a page has ${items.length} items`);
  for (const { what, query } of SEARCHES) {
    await time(`search: ${what}, everywhere`, "message.search", { query });
    await time(`search: ${what}, in the large room`, "message.search", { query, roomId: crowded });
    await time(`search: ${what}, in a small room`, "message.search", { query, roomId: quiet });
  }
  await client.close();
  return timed;
}

const SEARCHES = [
  { what: "1 letter", query: "k" },
  { what: "2 letters", query: "he" },
  { what: "4 letters", query: "hell" },
  { what: "two words", query: "hello to" },
  { what: "no such word", query: "nowhere" },
] as const;

function must<T>(answer: Awaited<ReturnType<Client["request"]>> | { readonly ok: true; readonly value: T }): T {
  if (!answer.ok) throw new Error(`refused: ${answer.error.code}`);
  return answer.value as T;
}
