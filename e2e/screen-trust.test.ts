/** What a person at the full screen sees when the relay misbehaves: where it stands, what it stops, and what ends it. */
import { idOf, type RoomId } from "@sotto/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Misbehaviour } from "./evil/evil-relay.ts";
import { Scene } from "./evil/scene.ts";
import { flipped, forgetful, tamper } from "./evil/tamper.ts";
import { inRoom, KEYS, ONLINE, unlockFull } from "./harness/full.ts";
import type { Note } from "./harness/rpc.ts";
import { foreignOnScreen } from "./harness/screen-bytes.ts";
import type { Terminal } from "./harness/terminal.ts";

let scene: Scene<"alice" | "bob" | "dan">;
/** Dan at the full screen, in a room with alice and bob. */
let dan: Terminal;
let den: RoomId;

beforeAll(async () => {
  scene = await Scene.open("alice", "bob", "dan");
  const { alice, bob, dan: person } = scene.people;
  den = (await scene.room(alice, bob, person)).roomId;
  await person.kill("SIGTERM");
  dan = await unlockFull(scene.stage, person);
  dan.press(KEYS.alt("1"));
  await dan.shows(inRoom("#den"));
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

/** The line above what is typed. */
const statusRow = (): number => dan.screen.rows - 3;

/** Runs `/accept` with this, chosen in the palette. */
async function acceptFromPalette(tag: string, what: string): Promise<void> {
  dan.press(`${KEYS.ctrlK}>accept`);
  await dan.shows(/▸ \/accept/);
  dan.press(KEYS.enter);
  await dan.shows(inRoom(tag, "/accept"));
  dan.type(what);
}

/** Dan says something that the others hear, and hears them. */
async function talk(tag: string, room: RoomId): Promise<void> {
  const { alice, bob } = scene.people;
  const [text, answer] = [scene.text(), scene.text()];
  await dan.shows(inRoom(tag));
  dan.type(text);
  await Promise.all([alice, bob].map((person) => person.sees(room, text)));
  await dan.shows(new RegExp(`${text} +✓`));
  await alice.send(room, answer);
  await dan.shows(answer);
  await bob.sees(room, answer);
  await scene.expectTrue(room, [alice, bob]);
}

describe("members are shown different messages", () => {
  let cellar: RoomId;
  let waited = "";

  beforeAll(async () => {
    const { alice, bob } = scene.people;
    const { roomId, link } = await alice.call("room.create", { name: "cellar" });
    await bob.call("room.join", { link });
    dan.type(`/join ${link}`);
    await dan.shows(inRoom("#cellar"));
    cellar = idOf.room(Buffer.from(roomId, "hex"));
    // Somebody has built on dan's coming: else he would come in anew for it.
    await scene.talk(cellar, alice, bob);
    await talk("#cellar", cellar);
  });

  test("the status line says so, and the conversation what it is, with what to do", async () => {
    const { alice } = scene.people;
    const at = (await scene.log(alice, cellar)).length + 1;
    const lie = tamper("message-altered", "dan", cellar, (entry) => [
      entry.seq === at ? { ...entry, bytes: flipped(entry.bytes) } : entry,
    ]);
    await scene.evil.while(lie, async () => {
      await alice.send(cellar, scene.text());
      await dan.shows(/⚠ the relay contradicts itself/, statusRow());
      const shown = scene.text();
      await alice.send(cellar, shown);
      await dan.shows(shown);
      await dan.shows(/⚠ members see different messages/, statusRow());
      await dan.shows("(log-forked)");
      await dan.shows("/accept log-forked");
    });
  });

  test("nothing is sent there meanwhile, and it is shown as waiting", async () => {
    const { alice } = scene.people;
    const sent = scene.evil.of("dan", "append").length;
    waited = scene.text();
    dan.type(waited);
    await dan.shows(new RegExp(`${waited} +…`));
    // What is said elsewhere goes, so the connection is not what it waits for.
    const elsewhere = scene.text();
    dan.type(`#den ${elsewhere}`);
    await alice.sees(den, elsewhere);
    expect(alice.told(cellar).map((message) => message.text)).not.toContain(waited);
    expect(
      scene.evil
        .of("dan", "append")
        .slice(sent)
        .map(({ room }) => room),
    ).toEqual([den]);
  });

  test("/accept from the palette settles it: what waited goes, and the line is as before", async () => {
    await acceptFromPalette("#cellar", "log-forked");
    await dan.shows("accepted");
    await dan.hides("members see different messages");
    dan.type("/accept relay-lies");
    await dan.shows(ONLINE, statusRow());
    await dan.shows(/online · e2ee ok/, statusRow());
    const { alice, bob } = scene.people;
    const text = scene.text();
    dan.type(text);
    for (const said of [waited, text]) await Promise.all([alice, bob].map((person) => person.sees(cellar, said)));
    // Dan was shown another log than theirs: by his words they are warned too, and have to look before they answer.
    const isWarned = (notes: readonly Note[]) =>
      notes.some((note) => note.type === "warning" && note.code === "log-forked");
    await Promise.all([alice, bob].map((person) => person.until(isWarned, "the warning")));
    await dan.shows(new RegExp(`${text} +✓`));
    await scene.expectTrue(cellar, [alice, bob]);
  });
});

/** Gives dan only the first entry of every list of devices. */
const cut: Misbehaviour = {
  name: "chain-cut",
  onServer: (frame, line) => {
    const { body } = frame;
    if (line.name !== "dan" || body.type !== "chains") return undefined;
    const chains = body.chains.map((chain) => ({ ...chain, entries: chain.entries.slice(0, 1) }));
    return [{ ...frame, body: { ...body, chains } }];
  },
};

describe("a part of somebody's list of devices is held back", () => {
  const [before, refused] = ["nightjar written before it was known", "nightjar written while it stands"];

  beforeAll(async () => {
    const { bob } = scene.people;
    for (const text of [before, refused]) scene.said.add(text);
    dan.press(KEYS.alt("1"));
    await dan.shows(inRoom("#den"));
    await bob.call("account.rotateRecovery", { phrase: bob.recoveryPhrase });
    const text = scene.text();
    await bob.send(den, text);
    await dan.shows(text);
    // He knows the list as it is now.
    const isLearned = () =>
      scene.evil.of("dan", "chains").some(({ chains }) => chains.some((one) => one.entries.length > 1));
    await scene.evil.watch.until(isLearned, "bob's list of devices");
  });

  test("title and status line say of whom, and that nothing is sent to them", async () => {
    await scene.evil.while(cut, async () => {
      dan.type("/talk bob");
      await dan.shows(inRoom("@bob"));
      dan.type(before);
      await dan.shows("⚠ bob: devices held back", 0);
    });
    await dan.shows("⚠ nothing is sent to bob", statusRow());
    await dan.shows("/accept chain-withheld NAME goes on");
    await dan.shows(new RegExp(`${before} +…`));
  });

  test("so in every room where they are, also after another start", async () => {
    dan.press(KEYS.alt("1"));
    await dan.shows(inRoom("#den"));
    await dan.shows("⚠ bob: devices held back", 0);
    dan.type("/quit");
    expect(await dan.ended).toBe(0);
    dan = await unlockFull(scene.stage, scene.people.dan);
    await dan.shows(inRoom("#den"));
    await dan.shows("⚠ bob: devices held back", 0);
    await dan.shows("⚠ nothing is sent to bob", statusRow());
    await dan.shows("/accept chain-withheld NAME goes on");
  });

  test("what is written there is refused in its place, with the reason, the way out and the keys", async () => {
    dan.type(refused);
    await dan.shows("✗ not sent: somebody there is in doubt");
    await dan.shows("says what it is");
    await dan.shows("s again · e edit · x drop");
    // The word for /accept stands here too.
    dan.type("/info bob");
    await dan.shows(/in doubt {2,}the relay holds back a part/);
    await dan.shows("(chain-withheld)");
    dan.press(KEYS.escape);
    await dan.hides("in doubt  ");
  });

  test("/accept with the name settles it, what waited goes, and s sends the refused one", async () => {
    const { alice, bob } = scene.people;
    dan.type("/accept chain-withheld bob");
    await dan.hides("⚠ bob: devices held back");
    await dan.shows(/online · e2ee ok/, statusRow());
    const { roomId } = await bob.call("direct.open", { username: "dan" });
    await bob.sees(roomId, before);
    dan.press(`${KEYS.up}s`);
    await dan.shows(new RegExp(`${refused} +✓`));
    await Promise.all([alice, bob].map((person) => person.sees(den, refused)));
    await talk("#den", den);
  });
});

describe("the relay says that it lost entries", () => {
  test("there is no connection, with the reason; what is written is refused, and /accept goes on", async () => {
    const { alice, bob } = scene.people;
    const { length } = await scene.log(alice, den);
    const text = scene.text();
    await scene.evil.while(forgetful("restore-demanded", "dan", den, length - 2), async () => {
      scene.evil.cut("dan");
      await dan.shows(/✗ not connected: the relay has gone back in time/, statusRow());
      await dan.shows("(relay-rolled-back)");
      dan.type(text);
      await dan.shows("✗ not sent: the relay has gone back in time");
      expect(scene.evil.of("dan", "restore")).toEqual([]);
      await acceptFromPalette("#den", "relay-rolled-back");
      await dan.shows("entries were given back to it");
    });
    await dan.shows(/online · e2ee ok/, statusRow());
    dan.press(`${KEYS.up}s`);
    await dan.shows(new RegExp(`${text} +✓`));
    await Promise.all([alice, bob].map((person) => person.sees(den, text)));
    await talk("#den", den);
  });
});

test("nothing that it wrote is not its own", () => {
  expect(foreignOnScreen(dan.raw)).toEqual([]);
});
