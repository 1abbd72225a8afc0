/** Every code and every warning in the plain mode: a person reads what happened and what to do. */
import { CODES, EXIT, exitCode, WARNINGS } from "@sotto/wire";
import { describe, expect, test } from "vitest";
import { say } from "../src/text/index.ts";
import { haltWords, refusalWords, warningWords } from "../src/words.ts";
import { type FakeClient, ok, refusal, tick } from "./fake-client.ts";
import { general, play, world } from "./played.ts";

/** Signs in, plays the script, and gives what was seen after that. */
async function shown(client: FakeClient, script: readonly (string | (() => Promise<void>))[]): Promise<string[]> {
  const { seen } = await play(client, script, { password: "right horse" });
  return seen;
}

test("the list of words is the list of codes", () => {
  expect(Object.keys(say().words.refusals).sort()).toEqual([...CODES].sort());
});

describe.each(CODES)("%s", (code) => {
  const { what, hint } = refusalWords({ code, message: "" });

  test("is said after a command, with what to do", async () => {
    const client = world([general]);
    client.handlers["users.list"] = () => refusal(code);
    expect(await shown(client, ["/users"])).toEqual(
      expect.arrayContaining([`[error] ${what}`, `hint: ${hint}`].map(begins)),
    );
  });

  test("is said of a message that is not sent", async () => {
    const client = world([general]);
    client.handlers["message.send"] = () => refusal(code);
    const seen = await shown(client, ["#general hello"]);
    expect(seen).toEqual(expect.arrayContaining([begins(`[error] not sent: ${what}`), `hint: ${hint}`]));
  });

  test("ends an attempt to unlock with its exit code, or asks again", async () => {
    const client = world([general]);
    client.handlers["account.unlock"] = () => refusal(code);
    const { seen, code: ended } = await play(client, ["whatever it is"], {});
    const isAsked = code === "bad-credentials";
    expect(seen.filter((line) => line.startsWith("<password"))).toHaveLength(isAsked ? 2 : 1);
    expect(ended).toBe(isAsked ? EXIT.notSignedIn : exitCode(code));
  });

  test("is in words that a person can use", () => {
    expect(what).toMatch(/^[a-z].*[^.]$/);
    expect(hint).toMatch(/^[a-z/].{5,}[^.]$/);
    expect(`${what} ${hint}`).not.toMatch(/not built|not there yet|undefined/);
  });
});

test.each(["locked", "rate-limited"] as const)("%s says how long to wait", async (code) => {
  const client = world([general]);
  client.handlers["users.list"] = () => refusal(code, 90_000);
  expect(await shown(client, ["/users"])).toContain("hint: try again in 2 minutes");
});

describe.each(WARNINGS)("the warning %s", (code) => {
  test.each([
    { about: "a room", fields: { roomId: general.roomId }, where: "#General: " },
    { about: "a person", fields: { username: "mallory\u001b[2J" }, where: "mallory\ufffd[2J: " },
    { about: "the relay", fields: {}, where: "" },
  ])("about $about is printed with its code and what to do", async ({ fields, where }) => {
    const client = world([general]);
    const seen = await shown(client, [
      async () => {
        client.emit({ type: "warning", code, ...fields });
        await tick(20);
      },
    ]);
    const { what, hint } = warningWords({ type: "warning", code });
    expect(seen).toEqual(expect.arrayContaining([`[warning] ${where}${what} (${code})`, `hint: ${hint}`]));
  });
});

describe.each([
  "banned",
  "device-revoked",
  "profile-copied",
  "relay-rolled-back",
  "unsupported-version",
  "wrong-pin",
  "bad-access-password",
] as const)("a profile that is offline because of %s", (code) => {
  test("says so instead of promising to try again, and can still be read", async () => {
    const client = world([general], { online: false });
    client.handlers["account.status"] = () => ok({ connection: "offline", outbox: 0, halted: code });
    const seen = await shown(client, [
      async () => {
        client.emit({ type: "connection", state: "offline" });
        await tick(20);
      },
      "/rooms",
      "/talk #general",
    ]);
    expect(seen).toContain(`[error] not connected: ${haltWords(code).what}`);
    expect(seen).toContain(`hint: ${haltWords(code).hint}`);
    expect(seen).not.toContain("[info] offline, trying again by itself");
    expect(seen).toContain("[info] in #General, 3 members");
  });
});

/** Behind what is said there may be a detail in brackets. */
function begins(text: string): unknown {
  return expect.stringContaining(text);
}
