// `npm run tour`: plays the tour with the real programs, under pseudo-terminals, and puts what their screens show into
// docs/tour.md: each block below a line `<!-- screen: NAME -->`. The words around the blocks are written by hand.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { answerUpToCode, codeOnScreen, inRoom, KEYS, ONLINE, openFull, WIDE } from "../e2e/harness/full.ts";
import { Stage } from "../e2e/harness/stage.ts";
import type { Terminal } from "../e2e/harness/terminal.ts";
import { root } from "./run.ts";

/** After the last change of a screen nothing more comes for so long: it is drawn whole. */
const STILL_MS = 400;
const file = join(root, "docs", "tour.md");
const screens = new Map<string, string>();

await play();
await write();

async function play(): Promise<void> {
  await using stage = await Stage.open();
  const alice = openFull(stage, `${stage.dir}/alice`, { args: [stage.relay.link] });
  await alice.shows("1, 2 or 3:");
  await capture("menu", alice);
  await answerUpToCode(alice, "alice");
  await capture("second-factor", alice);
  await confirm(alice, "phrase");
  await alice.shows("No conversation is open.");
  await capture("empty", alice);

  alice.type("/create den");
  await alice.shows(inRoom("#den"));
  alice.type("/link");
  await alice.shows("link of #den");
  alice.press("t");
  await alice.shows("t shows the QR code");
  await capture("link", alice);
  const link = linkOn(alice);
  await closed(alice, "link of #den");

  const bob = openFull(stage, `${stage.dir}/bob`, { args: [link], size: WIDE });
  await answerUpToCode(bob, "bob");
  await confirm(bob);
  await bob.shows(inRoom("#den"));
  await alice.shows("bob joined by the link");
  await talk(alice, bob);
  await capture("talking", alice);

  await unread(alice, bob);
  await palette(alice);
  await search(alice);
  await verify(alice, bob);
  await capture("wide", bob);
  await offline(stage, alice);
  alice.press(KEYS.f1);
  await alice.shows("keys and commands");
  await capture("help", alice);
}

/** The code, backup codes and the recovery phrase, whose words are not asked for. */
async function confirm(terminal: Terminal, screen?: string): Promise<void> {
  terminal.type(await codeOnScreen(terminal));
  await terminal.shows(/word [0-9]+ \(Enter skips\)/);
  if (screen !== undefined) await capture(screen, terminal);
  terminal.type("");
  await terminal.shows(ONLINE);
}

async function talk(alice: Terminal, bob: Terminal): Promise<void> {
  for (const [one, other, text] of [
    [alice, bob, "good morning, the new build is up"],
    [bob, alice, "testing it now 👍"],
    [alice, bob, "notes are at https://example.org/notes/118"],
    [bob, alice, "two things I saw so far:"],
  ] as const) {
    one.type(text);
    await other.shows(text);
  }
  bob.press(`- the index is made twice${KEYS.altEnter}- 日本語 is cut after the first word`);
  bob.press(KEYS.enter);
  await alice.shows("is cut after");
  alice.press("I will look at the sec");
  await alice.shows("the sec");
}

async function unread(alice: Terminal, bob: Terminal): Promise<void> {
  alice.press(KEYS.ctrlC);
  alice.type("/create ops");
  await alice.shows(inRoom("#ops"));
  alice.type("/invite bob");
  await bob.shows(/you were added to #ops/);
  bob.type("the build is green");
  bob.type("alice, shall I release it?");
  await alice.shows(/1:den 2!/);
  await capture("unread", alice);
  alice.press(KEYS.alt("a"));
  await alice.shows("2 new");
  await capture("marker", alice);
}

async function palette(alice: Terminal): Promise<void> {
  alice.press(KEYS.ctrlK);
  await alice.shows("go to");
  alice.press("o");
  await alice.shows("▸");
  await capture("palette", alice);
  await closed(alice, "go to");
}

async function search(alice: Terminal): Promise<void> {
  alice.press(KEYS.ctrlR);
  await alice.shows("search in #den");
  alice.press("the buil");
  await alice.shows(/▸.*build/);
  await capture("search", alice);
  await closed(alice, "search in #den");
}

async function verify(alice: Terminal, bob: Terminal): Promise<void> {
  alice.type("/verify bob");
  await alice.shows("they match");
  await capture("verify", alice);
  alice.press("y");
  await alice.shows("verified 1/1");
  bob.type("/verify alice");
  await bob.shows("they match");
  bob.press("y");
  await bob.shows("verified 1/1");
}

async function offline(stage: Stage, alice: Terminal): Promise<void> {
  await stage.relay.kill("SIGTERM");
  await alice.shows(/offline · next try/);
  alice.type("yes, please do");
  await alice.shows("1 waiting");
  await capture("offline", alice);
  await stage.relay.start();
  await alice.shows(ONLINE);
}

async function closed(terminal: Terminal, title: string): Promise<void> {
  terminal.press(KEYS.escape);
  await terminal.hides(title);
}

function linkOn(terminal: Terminal): string {
  const rows = terminal.visible.slice(terminal.visible.findIndex((row) => row.startsWith("sotto://")));
  return rows
    .slice(
      0,
      rows.findIndex((row) => row.trim() === ""),
    )
    .join("")
    .trim();
}

async function capture(name: string, terminal: Terminal): Promise<void> {
  for (let before = ""; before !== terminal.visible.join("\n"); ) {
    before = terminal.visible.join("\n");
    await new Promise((resolve) => setTimeout(resolve, STILL_MS));
  }
  screens.set(
    name,
    terminal.visible
      .map((row) => row.trimEnd())
      .join("\n")
      .trimEnd(),
  );
}

async function write(): Promise<void> {
  const before = await readFile(file, "utf8");
  const used = new Set<string>();
  const after = before.replace(
    /(<!-- screen: ([a-z-]+) -->\n)```text\n[^`]*```/g,
    (_all, marker: string, name: string) => {
      const screen = screens.get(name);
      if (screen === undefined) throw new Error(`docs/tour.md: there is no screen ${name}`);
      used.add(name);
      return `${marker}\`\`\`text\n${screen}\n\`\`\``;
    },
  );
  const unused = [...screens.keys()].filter((name) => !used.has(name));
  if (unused.length > 0) throw new Error(`docs/tour.md has no place for: ${unused.join(", ")}`);
  await writeFile(file, after);
  process.stdout.write(`${used.size} screens in docs/tour.md\n`);
}
