/** What people type about trust, their devices and the relay: what is asked of the engine, and what they read. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { findDevices } from "../src/commands/account.ts";
import type { FakeClient } from "./fake-client.ts";
import { ok, refusal, tick } from "./fake-client.ts";
import { alice, DEVICES, general, NEW_PHRASE, NOW, PHRASE, play, relayLink, world } from "./played.ts";

beforeAll(() => {
  process.env.TZ = "UTC";
});
beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
});
afterAll(() => {
  vi.useRealTimers();
});

async function typed(
  lines: readonly (string | (() => void | Promise<void>))[],
  client = world([general]),
): Promise<{ seen: string[]; client: FakeClient }> {
  const { seen } = await play(client, lines, { password: "right horse" });
  return { seen: seen.slice(seen.indexOf("[info] opening the profile") + 1), client };
}

function asked(client: FakeClient, method: string): unknown[] {
  return client.calls.filter((call) => call.method === method).map(({ params }) => params);
}

describe("/verify", () => {
  test("shows twelve words in three lines of four, says how to compare, and marks who has the same", async () => {
    const { seen, client } = await typed(["/verify @Carol", "maybe", "yes"]);
    expect(seen).toEqual(
      expect.arrayContaining([
        "[info] safety words of you and carol:",
        "  zoo       zone      zero      zebra",
        "  youth     young     you       yellow",
        "  year      yard      wrong     write",
        "hint: read them aloud with carol, by telephone or face to face: carol types /verify bob",
        "[error] please answer yes or no",
        "[info] carol is verified, with every device of theirs",
      ]),
    );
    expect(asked(client, "contact.verify")).toEqual([{ username: "carol" }]);
  });

  test("marks nobody whose words differ, and says what that means", async () => {
    const { seen, client } = await typed(["/verify carol", "no"]);
    expect(seen.join("\n")).toContain(
      "[warning] the account that you write to as carol is not the one that carol uses",
    );
    expect(asked(client, "contact.verify")).toEqual([]);
  });

  test("can be answered later, by one line that a script may give too", async () => {
    const { seen, client } = await typed(["/verify carol", "", "/verify carol yes"]);
    expect(seen).toContain("[info] carol is not verified yet; /verify carol yes does it when you have compared");
    expect(asked(client, "contact.safetyWords")).toHaveLength(1);
    expect(asked(client, "contact.verify")).toEqual([{ username: "carol" }]);
  });

  test("says who is verified already, and asks nothing", async () => {
    const { seen, client } = await typed(["/verify verena", "/back"]);
    expect(seen).toContain("[info] verena is verified already; the words are still these");
    expect(asked(client, "contact.verify")).toEqual([]);
  });

  test.each([
    { line: "/verify", want: "[error] /verify needs the name of a person" },
    { line: "/verify nobody", want: "[error] nobody here has that name" },
    { line: "/verify carol no", want: "[error] /verify takes a name, and yes when the words are the same" },
  ])("$line marks nobody", async ({ line, want }) => {
    const { seen, client } = await typed([line]);
    expect(seen).toContain(want);
    expect(asked(client, "contact.verify")).toEqual([]);
  });
});

describe("devices", () => {
  test("are listed with the one that is typed on marked, and when each came", async () => {
    const { seen } = await typed(["!devices", "/whoami"]);
    expect(seen).toContain("[info] 3 devices:");
    expect(seen).toContain(`  device 1 (this one)  added Saturday 21 November 2026  ${"dd".repeat(16)}`);
    expect(seen).toContain(`  device 2  added Saturday 21 November 2026  ${"0a1b".repeat(8)}`);
    expect(seen).toContain("  devices     3");
  });

  test.each(["2", "device 2", "Device  2", "0a1b0a", "0a1b".repeat(8)])("'%s' names the second", (word) => {
    expect(findDevices(DEVICES, word)).toEqual([DEVICES[1]]);
  });

  test.each([
    { word: "4", found: 0 },
    { word: "0a1", found: 0 },
    { word: "0a1b", found: 2 },
    { word: "", found: 0 },
  ])("'$word' names $found", ({ word, found }) => {
    expect(findDevices(DEVICES, word)).toHaveLength(found);
  });

  test("are revoked after a yes", async () => {
    const { seen, client } = await typed(["/revoke 2", "yes"]);
    expect(seen).toContain("<shut it out for good? this cannot be undone; yes or no: yes");
    expect(seen).toContain("[info] device 2 is revoked; it goes from all your rooms now");
    expect(asked(client, "device.revoke")).toEqual([{ deviceId: DEVICES[1]?.deviceId }]);
  });

  test.each([
    { name: "a no", lines: ["/revoke 2", "what?", "no"], want: "[info] the device stays" },
    { name: "the end of input", lines: ["/revoke 2"], want: "[info] the device stays" },
    {
      name: "this device",
      lines: ["/revoke 1"],
      want: "[error] this is the device that you type on: another one has to revoke it",
    },
    { name: "an id of several", lines: ["/revoke 0a1b"], want: "[error] several devices begin with 0a1b" },
    { name: "a device that there is not", lines: ["/revoke 9"], want: "[error] there is no device 9" },
    { name: "no name", lines: ["/revoke"], want: "[error] /revoke needs the number or the id of a device" },
  ])("stay after $name", async ({ lines, want }) => {
    const { seen, client } = await typed(lines);
    expect(seen).toContain(want);
    expect(asked(client, "device.revoke")).toEqual([]);
  });
});

describe("/recovery", () => {
  test("takes the old phrase unseen, shows the new one once and asks for two of its words", async () => {
    const { seen, client } = await typed(["/recovery", "only three words", ` ${PHRASE.toUpperCase()} `, "no such", ""]);
    expect(asked(client, "account.rotateRecovery")).toEqual([{ phrase: PHRASE }]);
    expect(seen).toContain("[error] a recovery phrase is 12 words, these are 3");
    expect(seen.join("\n")).not.toMatch(/abandon/i);
    expect(seen).toContain("   1 zoo        2 zone       3 zero       4 zebra");
    expect(seen.filter((line) => line.startsWith("<word "))).toHaveLength(2);
    expect(seen).toContain("[info] skipped; keep the words safe");
  });

  test("with a wrong phrase changes nothing and says so", async () => {
    const { seen } = await typed(["/recovery", NEW_PHRASE]);
    expect(seen).toContain("[error] that is not the recovery phrase of this account");
  });

  test("with no phrase asks nothing of the engine", async () => {
    const { seen, client } = await typed(["/recovery", ""]);
    expect(seen).toContain("[info] the recovery phrase stays as it is");
    expect(asked(client, "account.rotateRecovery")).toEqual([]);
  });
});

describe("the operator", () => {
  test("types what MISSION.md's B5 names, with either sign", async () => {
    const { seen, client } = await typed([
      "/kick @Carol",
      "!ban carol",
      "yes",
      "/unban carol",
      "/unban nobody",
      "!regen",
      "yes",
      "/announce we stop at ten",
      "!stop",
      "yes",
    ]);
    expect(client.calls.filter(({ method }) => method.startsWith("admin."))).toEqual([
      { method: "admin.kick", params: { username: "carol" } },
      { method: "admin.ban", params: { username: "carol" } },
      { method: "admin.unban", params: { username: "carol" } },
      { method: "admin.unban", params: { username: "nobody" } },
      { method: "admin.regen", params: {} },
      { method: "admin.announce", params: { text: "we stop at ten" } },
      { method: "admin.stop", params: {} },
    ]);
    expect(seen).toEqual(
      expect.arrayContaining([
        "[info] carol is disconnected, and can come back",
        "[info] carol is shut out; /unban lets them in again",
        "[info] carol may come in again",
        "[error] nobody here has that name",
        "NEWER-PASSWORD",
        relayLink,
        "[info] everybody online was told",
        "[info] the relay stops",
      ]),
    );
  });

  test.each([
    ["/kick"],
    ["/ban"],
    ["/ban carol", "no"],
    ["/ban carol"],
    ["/unban"],
    ["/announce"],
    ["/stop", "no"],
    ["/stop", "perhaps", ""],
    ["/stop"],
  ])("does nothing by %s", async (...lines) => {
    const { client } = await typed(lines);
    expect(client.calls.filter(({ method }) => method.startsWith("admin."))).toEqual([]);
  });

  test("is decided by the relay: anybody else is told no in words", async () => {
    const client = world([general]);
    client.handlers["admin.kick"] = () => refusal("not-allowed");
    const { seen } = await typed(["/kick carol"], client);
    expect(seen).toContain("[error] that is not allowed");
  });
});

describe("/accept", () => {
  const warn = (client: FakeClient, update: Parameters<FakeClient["emit"]>[0]) => async (): Promise<void> => {
    client.emit(update);
    await tick(20);
  };

  test("takes room and person from the last warning of that code", async () => {
    const client = world([general]);
    await typed(
      [
        warn(client, { type: "warning", code: "log-forked", roomId: general.roomId }),
        warn(client, { type: "warning", code: "identity-changed", username: "carol" }),
        "/accept log-forked",
        "/accept identity-changed",
      ],
      client,
    );
    expect(asked(client, "warning.accept")).toEqual([
      { code: "log-forked", roomId: general.roomId },
      { code: "identity-changed", username: "carol" },
    ]);
  });

  test("of several rooms that are stopped takes the one in focus, and else the one that was told of last", async () => {
    const quiet = { roomId: "cc".repeat(32), name: "quiet", kind: "room" as const, unread: 0, members: 2 };
    const client = world([general, alice, quiet]);
    await typed(
      [
        warn(client, { type: "warning", code: "log-forked", roomId: general.roomId }),
        warn(client, { type: "warning", code: "log-forked", roomId: quiet.roomId }),
        "/talk #general",
        "/accept log-forked",
        "/talk alice",
        "/accept log-forked",
      ],
      client,
    );
    expect(asked(client, "warning.accept")).toEqual([
      { code: "log-forked", roomId: general.roomId },
      { code: "log-forked", roomId: quiet.roomId },
    ]);
  });

  test("takes a doubt about one's own account, which stops every room", async () => {
    const client = world([general]);
    await typed(
      [warn(client, { type: "warning", code: "chain-withheld", username: "bob" }), "/accept chain-withheld"],
      client,
    );
    expect(asked(client, "warning.accept")).toEqual([{ code: "chain-withheld", username: "bob" }]);
  });

  test("takes what nobody warned of in this process: a room by name or in focus, a person, the relay", async () => {
    const client = world([general]);
    const { seen } = await typed(
      [
        "/accept log-forked #general",
        "/talk #general",
        "/accept log-forked",
        "/accept identity-changed Carol",
        "/accept relay-rolled-back",
        "/accept log-forked #nowhere",
        "/accept",
        "/accept identity-chnaged carol",
        "/accept identity-changed carl",
        "/accept chain-forked carol",
        "/accept chain-withheld",
        "/accept chain-withheld bob",
      ],
      client,
    );
    expect(asked(client, "warning.accept")).toEqual([
      { code: "log-forked", roomId: general.roomId },
      { code: "log-forked", roomId: general.roomId },
      { code: "identity-changed", username: "carol" },
      { code: "relay-rolled-back" },
    ]);
    expect(seen).toContain("[error] there is no room #nowhere");
    expect(seen).toContain("[error] /accept needs the code of a warning");
    expect(seen).toContain("[error] no warning has the code identity-chnaged");
    expect(seen).toContain("[error] there is no warning identity-changed about carl: nothing is held back for it");
    expect(seen).toContain("[error] there is no warning chain-forked about carol: nothing is held back for it");
    expect(seen).toContain("[error] of whom? /accept chain-withheld NAME");
    expect(seen).toContain("[error] there is no warning chain-withheld about bob: nothing is held back for it");
  });
});

test("a device that came or went is told as it happens, and nothing in the line can forge another", async () => {
  const client = world([general]);
  const { seen } = await typed(
    [
      async () => {
        const text = "carol added a device\n[09:41] #General bob: forged\u001b[2J";
        client.emit({ type: "notice", text, key: "relay-says", values: { text } });
        await tick(20);
      },
    ],
    client,
  );
  expect(seen).toContain("[info] carol added a device\n    [09:41] #General bob: forged\ufffd[2J");
});

test("an unlocked profile without a device list still says who it is", async () => {
  const client = world([general]);
  client.handlers["device.list"] = () => refusal("internal");
  client.handlers["account.status"] = () => ok({ username: "bob", connection: "offline", outbox: 1, halted: "banned" });
  const { seen } = await typed(["/whoami"], client);
  expect(seen).toContain("  not sent    1 message");
  expect(seen).toContain("  because     the operator has shut this account out of the relay");
});
