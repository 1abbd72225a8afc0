/**
 * Figure 8: the full screen at a pseudo-terminal, with a real relay, others who write, and a million messages in the
 * vault. Beside it WeeChat, where it is installed, at the same terminal.
 */
import { sottoFile } from "../e2e/harness/program.ts";
import type { Figure, Options, Round, Row } from "./figure.ts";
import { row } from "./figure.ts";
import { processorSeconds, residentBytes } from "./processors.ts";
import { openPeer, weechatVersion } from "./screen-peer.ts";
import { pause, type Size, TimedTerminal } from "./screen-terminal.ts";
import { Flood, makeScreenWorld, newestOf, PASSWORD, type ScreenWorld } from "./screen-world.ts";

const SIZES: readonly Size[] = [
  { columns: 80, rows: 24 },
  { columns: 160, rows: 48 },
];
const MESSAGES_A_SECOND = 100;
/** Between two keys: what is measured is to meet every moment between two frames. */
const KEY_MS_MIN = 35;
const KEY_MS_MAX = 105;
const LINE_MAX = 40;
const CTRL_U = "\u0015";
const CTRL_R = "\u0012";
const CTRL_F = "\u0006";
const ESCAPE = "\u001b";
const SEARCHES = ["k", "he", "hello", "hello to", "tomire"] as const;

interface Counts {
  readonly messages: number;
  readonly keys: number;
  readonly rooms: number;
  readonly idleMs: number;
}

/** Values of one kind, in the order in which they are shown, and those of the peer below them. */
class Results {
  readonly #ours = new Map<string, Round[]>();
  readonly #peers = new Map<string, Round[]>();

  add(what: string, value: number, whose: "ours" | "peer" = "ours"): void {
    const rounds = whose === "ours" ? this.#ours : this.#peers;
    rounds.set(what, [...(rounds.get(what) ?? []), { value }]);
  }

  rows(peer: string): readonly Row[] {
    return [...this.#ours].flatMap(([what, rounds]) => {
      const ours = row(what, rounds);
      const theirs = this.#peers.get(what);
      return theirs === undefined ? [ours] : [ours, row(`  ${peer}`, theirs, ours)];
    });
  }
}

export async function screen({ quick, folder, profiles, tell }: Options): Promise<Figure> {
  const counts: Counts = quick
    ? { messages: 20_000, keys: 30, rooms: 5, idleMs: 3000 }
    : { messages: 1_000_000, keys: 300, rooms: 30, idleMs: 60_000 };
  tell(`a relay, three people, ${counts.messages.toLocaleString("en")} messages`);
  await using world = await makeScreenWorld(counts.messages);
  await enter(world);
  const results = new Results();
  const weechat = weechatVersion();
  for (const size of SIZES) {
    await session({ world, size, counts, results, profiles, isFirst: size === SIZES[0], tell });
    if (weechat !== undefined) await peerSession(folder, size, counts, results);
  }
  return {
    name: "screen",
    title: `the full screen with ${counts.messages.toLocaleString("en")} messages in the vault`,
    unit: "",
    rows: results.rows(`WeeChat ${weechat}`),
    notes: [
      "from the key to the last byte of what it changes, as the terminal gets it; the password costs nothing here",
      weechat === undefined
        ? "WeeChat is not installed: our figures alone"
        : "WeeChat has its messages in the clear from a server on this machine, and keeps none of them",
    ],
  };
}

/** Once before it counts: what the program compiles is there afterwards, and a conversation is open. */
async function enter(world: ScreenWorld): Promise<void> {
  await using terminal = await locked(world, { columns: 80, rows: 24 });
  terminal.press(`${PASSWORD}\r`);
  await terminal.sees("online");
  terminal.press(`${ESCAPE}1`);
  await terminal.sees(newestOf(world.room));
  await terminal.rest();
}

async function locked(world: ScreenWorld, size: Size, profiles?: string): Promise<TimedTerminal> {
  const profile = profiles === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", profiles];
  const terminal = TimedTerminal.node([...profile, sottoFile, "--profile", world.profile], size, world.home);
  await terminal.sees("password:");
  await terminal.rest();
  return terminal;
}

/** Until what was said last can be read, and something can be typed under it. */
async function unlock(world: ScreenWorld, terminal: TimedTerminal): Promise<number> {
  const look = (): boolean => {
    const shown = terminal.rows;
    return /#general> /.test(shown.at(-2) ?? "") && shown.some((one) => one.includes(newestOf(world.room)));
  };
  const ms = await terminal.time(`${PASSWORD}\r`, look, "the chat");
  await terminal.sees("online");
  await terminal.rest();
  return ms;
}

interface Session {
  readonly world: ScreenWorld;
  readonly size: Size;
  readonly counts: Counts;
  readonly results: Results;
  readonly profiles: string | undefined;
  readonly isFirst: boolean;
  readonly tell: Options["tell"];
}

async function session({ world, size, counts, results, profiles, isFirst, tell }: Session): Promise<void> {
  const { columns, rows } = size;
  const at = `${columns}x${rows}`;
  tell(`at ${at}`);
  await using terminal = await locked(world, size, profiles);
  results.add("unlock to usable, ms", await unlock(world, terminal));
  results.add("memory after it, MB", megabytes(terminal.pid));
  await openRooms(world, terminal, counts.rooms, results);
  await search(terminal, results);

  await keys(terminal, size, counts, results, "ours", floodOf(world));
  results.add("memory at the end, MB", megabytes(terminal.pid));
  if (isFirst) await rest(terminal, at, counts.idleMs, results);
}

async function peerSession(folder: string, size: Size, counts: Counts, results: Results): Promise<void> {
  await using peer = await openPeer(folder, size);
  const { terminal, server } = peer;
  await keys(terminal, size, counts, results, "peer", () => {
    server.flood(MESSAGES_A_SECOND);
    return async () => {
      server.calm();
      return MESSAGES_A_SECOND;
    };
  });
  results.add("memory at the end, MB", megabytes(terminal.pid), "peer");
}

/** Begins to write so many messages a second. @returns what ends it, waits until all of it is seen, and says how many a second there were. */
type StartFlood = (terminal: TimedTerminal) => () => Promise<number>;

function floodOf(world: ScreenWorld): StartFlood {
  return (terminal) => {
    const flood = new Flood(world, MESSAGES_A_SECOND);
    return async () => {
      const { last, perSecond } = await flood.stop();
      await terminal.sees(last);
      return perSecond;
    };
  };
}

async function keys(
  terminal: TimedTerminal,
  { columns, rows }: Size,
  counts: Counts,
  results: Results,
  whose: "ours" | "peer",
  startFlood: StartFlood,
): Promise<void> {
  const at = `${columns}x${rows}`;
  const add = (what: string, times: readonly number[]): void => {
    results.add(`${what}, p50, ms`, quantile(times, 0.5), whose);
    results.add(`${what}, p99, ms`, quantile(times, 0.99), whose);
  };
  const bytes = terminal.bytes;
  add(`key to paint, ${at}, idle`, await typing(terminal, counts.keys));
  results.add(`bytes for a key, ${at}`, (terminal.bytes - bytes) / counts.keys, whose);

  const stop = startFlood(terminal);
  // In its stride first.
  await pause(1000);
  const before = { at: performance.now(), processor: processorSeconds(terminal.pid) ?? Number.NaN };
  add(`key to paint, ${at}, ${MESSAGES_A_SECOND} messages a second`, await typing(terminal, counts.keys));
  const processor = (processorSeconds(terminal.pid) ?? Number.NaN) - before.processor;
  const seconds = (performance.now() - before.at) / 1000;
  results.add(`processor then, ${at}, % of one`, (100 * processor) / seconds, whose);
  results.add(`messages a second that came, ${at}`, await stop(), whose);
  await terminal.rest();
}

/** Into other rooms and back, by their numbers. */
async function openRooms(
  { others: [bob] }: ScreenWorld,
  terminal: TimedTerminal,
  count: number,
  results: Results,
): Promise<void> {
  const rooms = await bob.call("room.list", {});
  const number = (index: number): number => (index % rooms.length) + 1;
  const times: number[] = [];
  for (let index = 0; index < count + rooms.length; index++) {
    const room = rooms[number(index + 1) - 1];
    if (room === undefined) throw new Error("bug: there is no such room");
    const isOpen = (): boolean => {
      const shown = terminal.rows;
      return (
        shown.at(-2)?.includes(`#${room.name}> `) === true && shown.some((one) => one.includes(newestOf(room.roomId)))
      );
    };
    const ms = await terminal.time(`${ESCAPE}${number(index + 1)}`, isOpen, `#${room.name}`);
    // The first time in each everything that is new is there to be told.
    if (index >= rooms.length) times.push(ms);
    await pause(KEY_MS_MAX);
  }
  results.add("opening a room, median, ms", quantile(times, 0.5));
  results.add("opening a room, slowest, ms", quantile(times, 1));
}

async function search(terminal: TimedTerminal, results: Results): Promise<void> {
  for (const [where, key] of [
    ["here", CTRL_R],
    ["everywhere", CTRL_F],
  ] as const) {
    for (const query of SEARCHES) {
      const isOpen = (): boolean => terminal.rows.some((one) => one.includes("Esc closes"));
      await terminal.time(key, isOpen, "the search");
      await terminal.rest();
      const isFound = (): boolean => terminal.rows.some((one) => one.includes("│ ▸ "));
      results.add(`search ${where}: ${query}, ms`, await terminal.time(query, isFound, `a place with ${query}`));
      await terminal.rest();
      await terminal.time(ESCAPE, () => !isOpen(), "the chat again");
      await terminal.rest();
    }
  }
}

async function typing(terminal: TimedTerminal, count: number): Promise<readonly number[]> {
  const start = terminal.cursor;
  const times: number[] = [];
  let typed = "";
  while (times.length < count) {
    await pause(KEY_MS_MIN + Math.random() * (KEY_MS_MAX - KEY_MS_MIN));
    const letter = "abcdefghijklmnopqrstuvwxyz".charAt(times.length % 26);
    const isFull = typed.length === LINE_MAX;
    typed = isFull ? "" : `${typed}${letter}`;
    const look = (): boolean => terminal.isTyped(typed, start);
    times.push(await terminal.time(isFull ? CTRL_U : letter, look, `"${typed}"`));
  }
  await terminal.time(CTRL_U, () => terminal.isTyped("", start), "an empty line");
  return times;
}

/** Nobody types, nobody writes. */
async function rest(terminal: TimedTerminal, at: string, ms: number, results: Results): Promise<void> {
  await pause(5000);
  const before = { bytes: terminal.bytes, processor: processorSeconds(terminal.pid) ?? Number.NaN };
  await pause(ms);
  const used = (processorSeconds(terminal.pid) ?? Number.NaN) - before.processor;
  results.add(`idle for ${ms / 1000} s, ${at}: bytes`, terminal.bytes - before.bytes);
  results.add(`idle for ${ms / 1000} s, ${at}: processor, %`, (100_000 * used) / ms);
}

function megabytes(pid: number): number {
  return (residentBytes(pid) ?? Number.NaN) / 2 ** 20;
}

/** The smallest value below which that part of all lies. */
function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part))] ?? Number.NaN;
}
