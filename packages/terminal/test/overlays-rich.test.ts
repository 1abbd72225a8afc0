import { ok } from "@sotto/wire";
import { describe, expect, test, vi } from "vitest";
import type { Desk } from "../src/commands/desk.ts";
import { RICH_COMMANDS } from "../src/full/overlays/rich.ts";
import { type Line, renderLine } from "../src/output.ts";
import { FakeClient, refusal } from "./fake-client.ts";
import { Stage } from "./overlay-stage.ts";

const WORDS = "apple bread chair dance eagle fruit grape house ivory juice knife lemon";
const LINK = "sotto://chat.example.org:7878/r/00#k=00&s=00";

/** As much of a desk as these commands need. */
function bench(focus: Desk["focus"], handlers: FakeClient["handlers"] = {}) {
  const stage = new Stage();
  const printed: string[] = [];
  const asked: string[] = [];
  const client = new FakeClient({
    "contact.safetyWords": () => ok({ words: WORDS, verified: false }),
    "contact.verify": () => ok({}),
    "room.link": () => ok({ link: LINK }),
    ...handlers,
  });
  const desk = {
    client,
    me: { username: "alice" },
    focus,
    screen: { look: { isTerminal: true, colour: true, byEar: false } },
    tag: () => "#general",
    print: (...lines: readonly Line[]) => printed.push(...lines.map((line) => renderLine(line, false))),
    ask: async (method: "room.link", params: { roomId: string }) => {
      asked.push(method);
      const result = await client.request(method, params);
      if (!result.ok) printed.push(result.error.code);
      return result.ok ? result.value : undefined;
    },
  } as unknown as Desk;
  const sees = (text: string): Promise<void> => vi.waitFor(() => expect(stage.see(24, 80).join("\n")).toContain(text));
  return { stage, desk, printed, asked, sees };
}

const ROOM: Desk["focus"] = { roomId: "r", name: "general", kind: "room", unread: 0, members: 2 };

describe("/verify NAME", () => {
  test("is a dialog, and done when it is closed; the desk learns that the person is verified", async () => {
    const { stage, desk, printed, asked, sees } = bench(undefined);
    const done = RICH_COMMANDS.verify?.(desk, "@Carol", stage);
    await sees("lemon");
    stage.press("y");
    expect(await done).toBe(true);
    expect(asked).toEqual(["contact.verify"]);
    expect(printed).toEqual(["[info] carol is verified, with every device of theirs"]);
  });

  test.each(["", "carol yes"])("is left to the command as it is with '%s'", async (argument) => {
    const { stage, desk } = bench(undefined);
    expect(await RICH_COMMANDS.verify?.(desk, argument, stage)).toBe(false);
    expect(stage.stack).toEqual([]);
  });
});

describe.each(["link", "qr"] as const)("/%s", (name) => {
  test("shows the link of the room in focus until Esc", async () => {
    const { stage, desk, sees } = bench(ROOM);
    const done = RICH_COMMANDS[name]?.(desk, "", stage);
    await sees(LINK);
    stage.press("<escape>");
    expect(await done).toBe(true);
    expect(stage.stack).toEqual([]);
  });

  test("says why there is none", async () => {
    const { stage, desk, printed } = bench(ROOM, { "room.link": () => refusal("offline") });
    expect(await RICH_COMMANDS[name]?.(desk, "", stage)).toBe(true);
    expect(printed).toEqual(["offline"]);
    expect(stage.stack).toEqual([]);
  });

  test("is left to the command as it is without a room", async () => {
    const { stage, desk } = bench({ roomId: "d", name: "bob", kind: "direct", unread: 0, members: 2 });
    expect(await RICH_COMMANDS[name]?.(desk, "", stage)).toBe(false);
    expect(await RICH_COMMANDS[name]?.(bench(undefined).desk, "", stage)).toBe(false);
  });
});
