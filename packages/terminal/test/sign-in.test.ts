/** Signing in as a second device, unlocking where the relay asks for more, and links for a profile that is there. */
import { describe, expect, test } from "vitest";
import type { FakeClient } from "./fake-client.ts";
import { ok, refusal, tick } from "./fake-client.ts";
import { general, PHRASE, type Played, play, relayLink, roomLink, world } from "./played.ts";

function params(client: FakeClient, method: string): unknown[] {
  return client.calls.filter((call) => call.method === method).map((call) => call.params);
}

describe("signing in", () => {
  const newcomer = (client: FakeClient, script: readonly string[]): Promise<Played> =>
    play(client, script, { profile: "none", link: relayLink });

  test("asks name, password, phrase and code, and shows neither password nor phrase", async () => {
    const client = world([general]);
    const { seen, code } = await newcomer(client, ["2", "Bob", "right horse", PHRASE, "123 456", "/quit"]);
    expect(params(client, "account.signIn")).toEqual([
      { link: relayLink, username: "bob", password: "right horse", code: "123456", recoveryPhrase: PHRASE },
    ]);
    expect(seen.join("\n")).not.toMatch(/right horse|abandon/);
    expect(seen).toContain(
      "[info] signed in as a new device; your rooms open here one by one, earlier messages stay where they are",
    );
    expect(code).toBe(0);
  });

  test("takes a backup code as it is printed", async () => {
    const client = world([general]);
    await newcomer(client, ["login", "bob", "right horse", PHRASE, " 1111-1111 ", "/quit"]);
    expect(params(client, "account.signIn")).toMatchObject([{ code: "1111-1111" }]);
  });

  test("without the phrase says what is needed, spends no code and leads back to the menu", async () => {
    const client = world([general]);
    const { seen } = await newcomer(client, ["2", "bob", "right horse", "", "3"]);
    expect(params(client, "account.signIn")).toEqual([]);
    expect(seen.slice(-6)).toEqual([
      "[error] a new device needs the recovery phrase: a device cannot approve another one yet",
      "hint: choose 2 again and type the twelve words that were shown at sign-up",
      "1  create an account",
      "2  sign in to an account you have",
      "3  quit",
      "<1, 2 or 3: 3",
    ]);
  });

  test("with anything wrong leads back to the menu with the name kept, and all else is typed again", async () => {
    const client = world([general]);
    const { seen } = await newcomer(client, [
      "!signin",
      "bob",
      "right horse",
      PHRASE.replace("abandon", "zoo"),
      "123456",
      "!signin",
      "",
      "right horse",
      PHRASE,
      "123456",
      "exit",
    ]);
    expect(seen).toContain("[error] name, password or recovery phrase is wrong");
    expect(seen).toContain("<user name [bob]: ");
    expect(params(client, "account.signIn")).toHaveLength(2);
    expect(params(client, "account.signIn")[1]).toMatchObject({ username: "bob", recoveryPhrase: PHRASE });
  });

  test("with a wrong code asks for the code alone", async () => {
    const client = world([general]);
    const { seen } = await newcomer(client, ["2", "bob", "right horse", PHRASE, "000000", "123456", "/quit"]);
    expect(params(client, "account.signIn")).toHaveLength(2);
    expect(seen.filter((line) => line.startsWith("<recovery phrase"))).toHaveLength(1);
  });

  test.each([
    { code: "locked" as const, retryMs: 61_000, want: "hint: try again in 61 seconds" },
    { code: "rate-limited" as const, retryMs: 180_000, want: "hint: try again in 3 minutes" },
  ])("while it is $code says how long, and leads back to the menu", async ({ code, retryMs, want }) => {
    const client = world([general]);
    client.handlers["account.signIn"] = () => refusal(code, retryMs);
    const { seen } = await newcomer(client, ["2", "bob", "right horse", PHRASE, "123456", "3"]);
    expect(seen).toContain(want);
    expect(seen.at(-1)).toBe("<1, 2 or 3: 3");
  });
});

test.each(["!signup", "/signup", "sign up", "1"])("the menu takes %s for a new account", async (choice) => {
  const script = [choice, "bob", "four random words", "four random words", "123456", "", "exit"];
  const { client } = await play(world([]), script, { profile: "none", link: relayLink });
  expect(params(client, "account.signUp")).toHaveLength(1);
});

test("a link that is pasted at the menu is the link, and the menu is asked again", async () => {
  const script = [
    "sotto://broken",
    ` ${relayLink} `,
    "1",
    "bob",
    "four random words",
    "four random words",
    "123456",
    "",
  ];
  const { client, seen } = await play(world([]), [...script, "exit"], { profile: "none" });
  expect(params(client, "account.signUp")).toEqual([
    { link: relayLink, username: "bob", password: "four random words" },
  ]);
  expect(seen.filter((line) => line.startsWith("[error]"))).toEqual(["[error] that is not a sotto link"]);
  expect(seen.filter((line) => line.startsWith("<link"))).toEqual([]);
});

test.each(["at the menu", "at the question for it"])(
  "the room of a link that is pasted %s is entered",
  async (where) => {
    const script = where === "at the menu" ? [roomLink, "1"] : ["1", roomLink];
    const rest = ["bob", "four random words", "four random words", "123456", "", "hi all", "exit"];
    const { client } = await play(world([]), [...script, ...rest], { profile: "none" });
    expect(params(client, "room.join")).toEqual([{ link: roomLink }]);
    expect(params(client, "message.send")).toEqual([{ roomId: general.roomId, text: "hi all" }]);
  },
);

/** A relay that asks for a code at each connection, as the engine shows it. */
function asking(): { client: FakeClient; lose(): void } {
  const client = world([general], { online: false });
  let halted = true;
  client.handlers["account.unlock"] = ({ password, code }) => {
    if (password !== "right horse") return refusal("bad-credentials");
    halted = code !== "123456";
    if (!halted) setTimeout(() => client.emit({ type: "connection", state: "online" }), 2);
    return ok({ username: "bob", accountId: "11".repeat(32), deviceId: "dd".repeat(16) });
  };
  client.handlers["account.status"] = () =>
    ok(halted ? { connection: "offline", outbox: 0, halted: "bad-code" } : { connection: "online", outbox: 0 });
  const lose = (): void => {
    halted = true;
    client.emit({ type: "connection", state: "offline" });
  };
  return { client, lose };
}

test("the profile is named before its password is asked for, and not where a file has it", async () => {
  const asked = await play(world([general]), ["wrong", "right horse", "exit"]);
  expect(asked.seen.slice(0, 2)).toEqual(["[info] profile work", "<password: (hidden)"]);
  expect(asked.seen.filter((line) => line === "[info] profile work")).toHaveLength(1);
  const given = await play(world([general]), ["exit"], { password: "right horse" });
  expect(given.seen).not.toContain("[info] profile work");
});

describe("a relay that asks for a code at each connection", () => {
  test("gets one when the profile is opened; a wrong one is asked for again", async () => {
    const { client } = asking();
    const { seen } = await play(client, ["right horse", "000 000", "123 456", () => tick(20), "/whoami", "exit"]);
    expect(params(client, "account.unlock")).toEqual([
      { password: "right horse" },
      { password: "right horse", code: "000000" },
      { password: "right horse", code: "123456" },
    ]);
    expect(seen).toContain("[info] online");
    expect(seen).toContain("  connection  online");
  });

  test("gets the one of --code-file at once", async () => {
    const { client } = asking();
    await play(client, ["exit"], { password: "right horse", code: "123456" });
    expect(params(client, "account.unlock")).toEqual([{ password: "right horse", code: "123456" }]);
  });

  test("lets the profile be read offline when there is none", async () => {
    const { client } = asking();
    const { seen, code } = await play(client, ["right horse", "", "/rooms", "exit"]);
    expect(seen).toContain("  #General  3 members");
    expect(code).toBe(0);
  });

  test("asks again after a lost connection: that is said, and /code answers it", async () => {
    const { client, lose } = asking();
    const { seen } = await play(client, [
      "right horse",
      "123456",
      async () => {
        await tick(20);
        lose();
        await tick(20);
      },
      "/code",
      "wrong horse",
      "123456",
      "/code",
      "right horse",
      "123456",
      () => tick(20),
      "exit",
    ]);
    expect(seen).toContain("[error] not connected: this relay asks for a code at each connection");
    expect(seen).toContain("hint: /code asks for your password and a code, then connects");
    expect(seen).not.toContain("[info] offline, trying again by itself");
    expect(seen).toContain("[error] wrong password");
    expect(seen.filter((line) => line === "[info] online")).toHaveLength(2);
    expect(seen.join("\n")).not.toContain("right horse");
  });
});

describe("/connect", () => {
  test("gives the profile a new link, whose relay is then dialed", async () => {
    const client = world([general]);
    const { seen } = await play(client, ["right horse", `/connect ${relayLink}`, "right horse", "exit"]);
    expect(params(client, "account.unlock")).toEqual([
      { password: "right horse" },
      { password: "right horse", link: relayLink },
    ]);
    expect(seen).toContain("[info] connecting");
  });

  test.each([
    { code: "wrong-pin" as const, want: "[error] this is not the relay that the link or this profile belongs to" },
    { code: "bad-link" as const, want: "[error] that is not a sotto link" },
    {
      code: "not-allowed" as const,
      want: "[info] there is nothing to do: the connection stands, or something else is in its way",
    },
  ])("that is refused with $code says so", async ({ code, want }) => {
    const client = world([general]);
    const opened = { username: "bob", accountId: "11".repeat(32), deviceId: "dd".repeat(16) };
    client.handlers["account.unlock"] = ({ link }) => (link === undefined ? ok(opened) : refusal(code));
    const { seen } = await play(client, ["right horse", "/connect", "/connect x", "", "/connect x", "right horse"]);
    expect(seen).toContain("[error] /connect needs a link to the relay");
    expect(seen).toContain("[info] nothing was done");
    expect(seen).toContain(want);
  });
});

describe("sotto LINK with a profile that is there", () => {
  const opened = { username: "bob", accountId: "11".repeat(32), deviceId: "dd".repeat(16) };

  test("moves the profile to where the link leads, and says who one is", async () => {
    const client = world([general]);
    const { seen } = await play(client, ["wrong horse", "right horse", "exit"], { link: relayLink });
    expect(params(client, "account.unlock")).toEqual([
      { password: "wrong horse", link: relayLink },
      { password: "right horse", link: relayLink },
    ]);
    expect(seen).toContain(
      "[info] you are signed in as bob already; the profile takes the relay's address from the link",
    );
  });

  test("of another relay opens the profile where it is and follows nothing", async () => {
    const client = world([general]);
    client.handlers["account.unlock"] = ({ link }) => (link === undefined ? ok(opened) : refusal("wrong-pin"));
    const { seen } = await play(client, ["right horse", "exit"], { link: roomLink });
    expect(params(client, "account.unlock")).toEqual([
      { password: "right horse", link: roomLink },
      { password: "right horse" },
    ]);
    expect(seen).toContain("[error] the link leads to another relay than this profile");
    expect(params(client, "room.join")).toEqual([]);
  });

  test("that names no key moves nothing: anybody could have made it", async () => {
    const client = world([general]);
    await play(client, ["right horse", "exit"], { link: "sotto://relay.example:7878/" });
    expect(params(client, "account.unlock")).toEqual([{ password: "right horse" }]);
  });
});
