import { ok } from "@sotto/wire";
import { describe, expect, test, vi } from "vitest";
import type { Desk } from "../src/commands/desk.ts";
import { RICH_COMMANDS, type RichParts } from "../src/full/overlays/rich.ts";
import { type Line, renderLine } from "../src/output.ts";
import { FakeClient, refusal } from "./fake-client.ts";
import { Stage } from "./overlay-stage.ts";

const WORDS = "apple bread chair dance eagle fruit grape house ivory juice knife lemon";
const LINK = "sotto://chat.example.org:7878/r/00#k=00&s=00";

/** As much of a desk as these commands need. */
function bench(
  focus: Desk["focus"],
  handlers: FakeClient["handlers"] = {},
  { answer }: { readonly answer: string | undefined } = { answer: "yes" },
) {
  const stage = new Stage();
  const printed: string[] = [];
  const asked: string[] = [];
  const client = new FakeClient({
    "contact.safetyWords": () => ok({ words: WORDS, verified: false }),
    "contact.verify": () => ok({}),
    "room.link": () => ok({ link: LINK }),
    "room.create": () => ok({ roomId: "n", link: LINK }),
    ...handlers,
  });
  const desk = {
    client,
    me: { username: "alice" },
    focus,
    screen: { look: { isTerminal: true, colour: true, byEar: false }, ask: async () => answer },
    tag: () => "#general",
    find: (word: string) => (word === "#ops" ? { roomId: "o" } : void printed.push(`no ${word}`)),
    expect: (roomId: string) => void asked.push(`expect ${roomId}`),
    refresh: async () => {},
    open: async (roomId: string) => void asked.push(`open ${roomId}`),
    print: (...lines: readonly Line[]) => printed.push(...lines.map((line) => renderLine(line, false))),
    ask: async (method: "room.link", params: { roomId: string }) => {
      asked.push(method);
      const result = await client.request(method, params);
      if (!result.ok) printed.push(result.error.code);
      return result.ok ? result.value : undefined;
    },
  } as unknown as Desk;
  const sees = (text: string): Promise<void> => vi.waitFor(() => expect(stage.see(24, 80).join("\n")).toContain(text));
  const copied: string[] = [];
  let helps = 0;
  const searches: unknown[] = [];
  const parts: RichParts = {
    overlays: stage,
    copy: (text) => copied.push(text) > 0,
    help: () => void helps++,
    search: (...how) => void searches.push(how),
  };
  return { stage, parts, desk, printed, asked, sees, copied, searches, helps: () => helps };
}

const ROOM: Desk["focus"] = { roomId: "r", name: "general", kind: "room", unread: 0, members: 2 };

describe("/verify NAME", () => {
  test("is a dialog, and done when it is closed; the desk learns that the person is verified", async () => {
    const { stage, parts, desk, printed, asked, sees } = bench(undefined);
    const done = RICH_COMMANDS.verify?.(desk, "@Carol", parts);
    await sees("lemon");
    stage.press("y");
    expect(await done).toBe(true);
    expect(asked).toEqual(["contact.verify"]);
    expect(printed).toEqual(["[info] carol is verified, with every device of theirs"]);
  });

  test.each(["", "carol yes"])("is left to the command as it is with '%s'", async (argument) => {
    const { stage, parts, desk } = bench(undefined);
    expect(await RICH_COMMANDS.verify?.(desk, argument, parts)).toBe(false);
    expect(stage.stack).toEqual([]);
  });
});

describe.each(["link", "qr", "renew"] as const)("/%s", (name) => {
  test("shows the link of the room in focus until Esc", async () => {
    const { stage, parts, desk, sees } = bench(ROOM);
    const done = RICH_COMMANDS[name]?.(desk, "", parts);
    await sees(LINK);
    stage.press("<escape>");
    expect(await done).toBe(true);
    expect(stage.stack).toEqual([]);
  });

  test("says why there is none", async () => {
    const { stage, parts, desk, printed } = bench(ROOM, { "room.link": () => refusal("offline") });
    expect(await RICH_COMMANDS[name]?.(desk, "", parts)).toBe(true);
    expect(printed).toEqual(["offline"]);
    expect(stage.stack).toEqual([]);
  });

  test("is left to the command as it is without a room", async () => {
    const { parts, desk } = bench({ roomId: "d", name: "bob", kind: "direct", unread: 0, members: 2 });
    expect(await RICH_COMMANDS[name]?.(desk, "", parts)).toBe(false);
    expect(await RICH_COMMANDS[name]?.(bench(undefined).desk, "", parts)).toBe(false);
  });
});

test("/create makes the room and opens it, and lays nothing over it: who types on says it there", async () => {
  const { stage, parts, desk, printed, asked } = bench(undefined);
  expect(await RICH_COMMANDS.create?.(desk, "general", parts)).toBe(true);
  expect(asked).toEqual(["room.create", "expect n", "open n"]);
  expect(stage.stack).toEqual([]);
  expect(printed).toEqual(["[info] made #general; /link shows the link that lets others in"]);
});

test("the mouse is the terminal's own while a link is there to be copied", async () => {
  const { stage, parts, desk, sees } = bench(ROOM);
  const done = RICH_COMMANDS.link?.(desk, "", parts);
  await sees(LINK);
  expect(stage.stack.at(-1)?.leavesMouse).toBe(true);
  stage.press("<escape>");
  await done;
});

test("/create without a name says what it needs", async () => {
  const { stage, parts, desk, printed } = bench(undefined);
  expect(await RICH_COMMANDS.create?.(desk, "", parts)).toBe(true);
  expect(printed[0]).toContain("a name for the room");
  expect(stage.stack).toEqual([]);
});

test("/renew asks for a new link, and says that the old one is over", async () => {
  const params: unknown[] = [];
  const renewed: FakeClient["handlers"] = {
    "room.link": (given) => {
      params.push(given);
      return ok({ link: LINK });
    },
  };
  const { stage, parts, desk, printed, sees } = bench(ROOM, renewed);
  const done = RICH_COMMANDS.renew?.(desk, "", parts);
  await sees(LINK);
  stage.press("<escape>");
  await done;
  expect(params).toEqual([{ roomId: "r", renew: true }]);
  expect(printed).toEqual(["[info] the link was renewed; the old one does not work any more"]);
});

test.each(["no", undefined])("/renew leaves the link as it is after the answer %s", async (answer) => {
  const { stage, parts, desk, printed, asked } = bench(ROOM, {}, { answer });
  expect(await RICH_COMMANDS.renew?.(desk, "", parts)).toBe(true);
  expect(asked).toEqual([]);
  expect(printed).toEqual(["[info] the link stays as it is"]);
  expect(stage.stack).toEqual([]);
});

test("/help opens the list of all keys and commands; of one command it is left to the command", async () => {
  const { parts, desk, helps } = bench(undefined);
  expect(await RICH_COMMANDS.help?.(desk, "", parts)).toBe(true);
  expect(helps()).toBe(1);
  expect(await RICH_COMMANDS.help?.(desk, "verify", parts)).toBe(false);
  expect(helps()).toBe(1);
});

test("a command whose dialog is open when sotto ends comes to its end", async () => {
  const { stage, parts, desk, sees } = bench(ROOM);
  const link = RICH_COMMANDS.link?.(desk, "", parts);
  await sees(LINK);
  const verify = RICH_COMMANDS.verify?.(desk, "carol", parts);
  for (const overlay of stage.stack) overlay.end?.();
  expect(await Promise.all([link, verify])).toEqual([true, true]);
});

test("/search opens the search: everywhere, here, or where the person says", async () => {
  const { parts, desk, searches, printed } = bench(ROOM);
  for (const argument of ["", "two\nwords", "here two", "#ops two", "#none two"])
    expect(await RICH_COMMANDS.search?.(desk, argument, parts)).toBe(true);
  expect(searches).toEqual([
    ["", undefined],
    ["two words", undefined],
    ["two", { roomId: "r", tag: "#general" }],
    ["two", { roomId: "o", tag: "#general" }],
  ]);
  expect(printed).toEqual(["no #none"]);
  await RICH_COMMANDS.context?.(desk, "1", parts);
  expect(printed.at(-1)).toBe("hint: Enter goes to a finding: /search WORDS, or Ctrl-R and Ctrl-F");
});
