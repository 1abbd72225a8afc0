/** What was typed and sent at the full screen through kills, a relay that is gone and a disk without room. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { away, inRoom, KEYS, ONLINE, unlockFull } from "./harness/full.ts";
import { fillDisk, freeDisk } from "./harness/full-disk.ts";
import type { Person } from "./harness/person.ts";
import { foreignOnScreen } from "./harness/screen-bytes.ts";
import { Stage } from "./harness/stage.ts";
import type { Terminal } from "./harness/terminal.ts";

let stage: Stage;
let bob: Person;
let roomId: string;

beforeAll(async () => {
  stage = await Stage.open();
  bob = await stage.signUp("bob");
  ({ roomId } = await bob.call("room.create", { name: "kept" }));
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

/** Somebody in the room, at it. */
async function enter(person: Person): Promise<Terminal> {
  const terminal = await unlockFull(stage, person);
  terminal.press(KEYS.alt("1"));
  await terminal.shows(inRoom("#kept", ""));
  return terminal;
}

/** How often bob was sent this. */
function times(text: string): number {
  return bob.told(roomId).filter((message) => message.text === text).length;
}

describe("after kill -9", () => {
  let alice: Person;
  let terminal: Terminal;

  beforeAll(async () => {
    alice = await away(stage, "alice", bob, [roomId]);
    terminal = await enter(alice);
  });

  test("what was half typed is there again, in its conversation", async () => {
    terminal.press(`half a thought${KEYS.altEnter}of two lines`);
    await terminal.shows("of two lines");
    // Nothing on the screen says when it is in the vault: within a second of the last key.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await terminal.kill("SIGKILL");
    terminal = await unlockFull(stage, alice);
    await terminal.shows(inRoom("#kept", "half a thought"));
    await terminal.shows("of two lines");
    terminal.press(KEYS.ctrlC);
    await terminal.shows(inRoom("#kept"));
  });

  test("what waited for the relay is shown as waiting, and is sent once there is one", async () => {
    await stage.relay.kill("SIGKILL");
    await terminal.shows(/offline · next try in \d+ s/);
    terminal.type("sent while nobody listens");
    await terminal.shows(/sent while nobody listens +…/);
    await terminal.shows("1 waiting");
    await terminal.kill("SIGKILL");
    terminal = await unlockFull(stage, alice, { until: /offline/ });
    await terminal.shows(/sent while nobody listens +…/);
    await stage.relay.start();
    await terminal.shows(/sent while nobody listens +✓/);
    await bob.sees(roomId, "sent while nobody listens");
    expect(times("sent while nobody listens")).toBe(1);
  });
});

describe("while the relay is gone", () => {
  let terminal: Terminal;

  beforeAll(async () => {
    terminal = await enter(await away(stage, "carol", bob, [roomId]));
    await stage.relay.kill("SIGKILL");
  });

  test("the seconds to the next try are counted", async () => {
    // From one second on it is "connecting" so shortly that nobody sees it.
    const first = Number(/next try in (\d+) s/.exec(await terminal.shows(/next try in (?:[2-9]|[1-9]\d+) s/))?.[1]);
    await terminal.shows(new RegExp(`next try in ${first - 1} s|connecting`));
  });

  test("what is written waits in its place, in the order of writing", async () => {
    for (const text of ["one", "two", "three"]) terminal.type(text);
    await terminal.shows("3 waiting");
    const rows = ["one", "two", "three"].map((text) => {
      return terminal.visible.findIndex((row) => new RegExp(` ${text} +…`).test(row));
    });
    expect(rows).toEqual([rows[0], (rows[0] ?? 0) + 1, (rows[0] ?? 0) + 2]);
  });

  test("one that waits can be taken away", async () => {
    terminal.press(KEYS.up);
    terminal.press("x");
    await terminal.hides("three");
    await terminal.shows("2 waiting");
  });

  test("it goes on by itself when the relay is back, and what waited gets there once", async () => {
    await stage.relay.start();
    await terminal.shows(ONLINE);
    await bob.sees(roomId, "one");
    await bob.sees(roomId, "two");
    await terminal.shows(/two +✓/);
    await terminal.hides("waiting");
    expect(["one", "two", "three"].map(times)).toEqual([1, 1, 0]);
  });
});

describe("on a full disk", () => {
  let terminal: Terminal;
  let dave: Person;

  beforeAll(async () => {
    dave = await away(stage, "dave", bob, [roomId]);
    terminal = await enter(dave);
  });

  afterEach(async () => {
    await freeDisk(terminal.pid);
  });

  test("one can go on typing, and is told that it is not kept", async () => {
    await fillDisk(terminal.pid);
    terminal.press("typed without room");
    await terminal.shows(inRoom("#kept", "typed without room"));
    await terminal.shows("the draft is kept in memory alone: the disk is full");
    await freeDisk(terminal.pid);
    terminal.press(" and with");
    await terminal.shows(inRoom("#kept", "typed without room and with"));
    terminal.press(KEYS.ctrlC);
    await terminal.shows(inRoom("#kept"));
  });

  test("a message that cannot be stored is shown as refused, with the reason and the keys", async () => {
    await fillDisk(terminal.pid);
    terminal.type("no room for this");
    await terminal.shows("✗ not sent: the disk is full");
    await terminal.shows(/s again · e edit · x drop/);
  });

  test("s sends it again once there is room", async () => {
    terminal.press(`${KEYS.up}s`);
    await terminal.shows(/no room for this +✓/);
    await bob.sees(roomId, "no room for this");
    expect(times("no room for this")).toBe(1);
  });

  test("e takes it back into the line, and x throws it away", async () => {
    await fillDisk(terminal.pid);
    terminal.type("second one");
    await terminal.shows("✗ not sent");
    terminal.press(`${KEYS.up}e`);
    await terminal.shows(inRoom("#kept", "second one"));
    await terminal.hides("✗ not sent");
    terminal.press(KEYS.enter);
    await terminal.shows("✗ not sent");
    terminal.press(`${KEYS.up}x`);
    await terminal.hides("✗ not sent");
    await terminal.hides("second one");
    expect(times("second one")).toBe(0);
  });

  test("what comes is shown once there is room, and nothing was written that is not its own", async () => {
    await bob.send(roomId, "after the flood");
    await terminal.shows("after the flood");
    expect(foreignOnScreen(terminal.raw)).toEqual([]);
  });

  test("a refused one is there the next time, with its keys", async () => {
    await fillDisk(terminal.pid);
    terminal.type("refused before the kill");
    await terminal.shows("✗ not sent");
    await freeDisk(terminal.pid);
    terminal.type("/quit");
    expect(await terminal.ended).toBe(0);
    terminal = await unlockFull(stage, dave);
    await terminal.shows("refused before the kill");
    await terminal.shows(/s again · e edit · x drop/);
  });
});
