/** What makes a terminal ring, and what does not: mentions, muted rooms, do not disturb, by the bytes that it gets. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { away, inRoom, KEYS, unlockFull } from "./harness/full.ts";
import type { Person } from "./harness/person.ts";
import type { Env } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";
import type { Terminal } from "./harness/terminal.ts";
import { eventually } from "./harness/watch.ts";

/** After one notification there is none for three seconds: only the clock says when the next one can come. */
const QUIET_MS = 3100;
const KITTY: Env = { TERM: "xterm-kitty" };

let stage: Stage;
let bob: Person;
let alice: Person;
let den: string;
let noise: string;
/** With this in its environment it says who wrote what, as the person has asked for. */
let telling: Env;
let count = 0;
let directs = 0;

beforeAll(async () => {
  stage = await Stage.open();
  bob = await stage.signUp("bob");
  den = (await bob.call("room.create", { name: "den" })).roomId;
  noise = (await bob.call("room.create", { name: "noise" })).roomId;
  alice = await away(stage, "alice", bob, [den, noise]);
  const folder = join(stage.dir, "telling");
  await mkdir(join(folder, "sotto"), { recursive: true });
  await writeFile(join(folder, "sotto", "sotto.toml"), "[screen]\ncontent = true\n");
  telling = { ...KITTY, XDG_CONFIG_HOME: folder };
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

/** Alice at #den, which nobody looks at. */
async function behind(env: Env): Promise<Terminal> {
  const terminal = await unlockFull(stage, alice, { env });
  terminal.press(KEYS.alt("1"));
  await terminal.shows(inRoom("#den"));
  terminal.press(KEYS.focusLost);
  return terminal;
}

/** The orders to a terminal that make it tell somebody something, whichever kind, in their order. */
function orders(terminal: Terminal): readonly string[] {
  const all = terminal.raw.toString().match(/\u001b\][^\u0007\u001b]*(?:\u001b\\|\u0007)|\u0007/g) ?? [];
  return all.filter((order) => /^(?:\u0007|\u001b\](?:99|777|9);)/.test(order));
}

/** What she was told, each once and without its number: what is told twice depends on how long the machine takes. */
function told(terminal: Terminal): readonly string[] {
  return [...new Set(orders(terminal).map((order) => order.replace(/ \d+(?=\u001b\\$)/, "")))];
}

const kitty = (body: string): readonly string[] => [
  "\u001b]99;i=sotto:d=0:p=title;sotto\u001b\\",
  `\u001b]99;i=sotto:d=1:p=body;${body}\u001b\\`,
];

/**
 * Bob mentions her in #den until she is told: until all that came while she was away is counted, nothing is told one by
 * one. Before each mention comes what must not be told.
 */
async function untilTold(terminal: Terminal, text: string, before: () => Promise<unknown> = async () => undefined) {
  const { length } = orders(terminal);
  while (orders(terminal).length === length) {
    await before();
    const mention = `${text} ${++count}`;
    await bob.send(den, mention);
    await terminal.shows(mention);
  }
}

const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, QUIET_MS));

async function leave(terminal: Terminal): Promise<void> {
  terminal.press(KEYS.focused);
  terminal.type("/quit");
  expect(await terminal.ended).toBe(0);
}

describe("a mention where nobody looks", () => {
  test("is a bell where the terminal has nothing better", async () => {
    const terminal = await behind({});
    await untilTold(terminal, "@alice, are you there?");
    expect(told(terminal)).toEqual(["\u0007"]);
    await leave(terminal);
  });

  test("is told without a word of it where the terminal can show words", async () => {
    const terminal = await behind(KITTY);
    await untilTold(terminal, "@alice, the secret word is");
    expect(told(terminal)).toEqual(kitty("new message"));
    await leave(terminal);
  });

  test("is told with its words by somebody who asks for them; what mentions nobody is not told", async () => {
    const terminal = await behind(telling);
    await untilTold(terminal, "alice, at noon?", () => bob.send(den, "nothing for anybody"));
    expect(told(terminal)).toEqual(kitty("bob: alice, at noon?"));
    await leave(terminal);
  });
});

describe("a room that was muted", () => {
  test("tells nothing, and the others go on", async () => {
    const terminal = await behind(telling);
    terminal.press(KEYS.focused);
    terminal.type("/mute #noise");
    await terminal.shows("#noise is muted");
    terminal.press(KEYS.focusLost);
    await untilTold(terminal, "alice, this one", () => bob.send(noise, "alice, not this one"));
    expect(told(terminal)).toEqual(kitty("bob: alice, this one"));
    await leave(terminal);
  });

  test("is muted after another start too, until it is heard again", async () => {
    const terminal = await behind(telling);
    await untilTold(terminal, "alice, this one", () => bob.send(noise, "alice, not this one"));
    expect(told(terminal)).toEqual(kitty("bob: alice, this one"));
    terminal.press(KEYS.focused);
    terminal.type("/unmute #noise");
    await terminal.shows("#noise is not muted any more");
    terminal.press(KEYS.focusLost);
    await quiet();
    const { length } = orders(terminal);
    await bob.send(noise, "alice, now this one");
    await eventually(async () => orders(terminal).length > length + 1, "both parts of it");
    expect(told(terminal)).toEqual([...kitty("bob: alice, this one"), ...kitty("bob: alice, now this one").slice(1)]);
    // Read, so that the next start has nothing to tell of.
    terminal.press(KEYS.focused + KEYS.alt("2"));
    await terminal.shows(inRoom("#noise"));
    await terminal.hides("2:noise");
    await leave(terminal);
  });
});

describe("do not disturb", () => {
  test("F9 begins it, and then nothing is told, neither a mention nor what is written to her alone", async () => {
    const terminal = await behind(telling);
    await untilTold(terminal, "alice, once before");
    terminal.press(KEYS.focused + KEYS.f9);
    await terminal.shows("do not disturb: no notifications");
    terminal.press(KEYS.focusLost);
    await quiet();
    await disturb(terminal);
    expect(told(terminal)).toEqual(kitty("bob: alice, once before"));
    await leave(terminal);
  });

  test("it goes on after another start, which the status line says, and F9 ends it", async () => {
    const terminal = await behind(telling);
    await terminal.shows(/│ do not disturb/);
    await disturb(terminal);
    expect(told(terminal)).toEqual([]);
    terminal.press(KEYS.focused + KEYS.f9);
    await terminal.shows("notifications are on again");
    terminal.press(KEYS.focusLost);
    await untilTold(terminal, "alice, once after");
    expect(told(terminal)).toEqual(kitty("bob: alice, once after"));
    await leave(terminal);
  });

  async function disturb(terminal: Terminal): Promise<void> {
    const { roomId } = await bob.call("direct.open", { username: "alice" });
    await bob.send(roomId, "for you alone");
    const mention = `alice, not now ${++count}`;
    await bob.send(den, mention);
    await terminal.shows(mention);
    await terminal.shows(`:@bob ${++directs}`);
  }
});
