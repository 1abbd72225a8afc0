import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { isSure } from "../src/commands/command.ts";
import { DialogScreen } from "../src/full/dialog-screen.ts";
import { info } from "../src/output.ts";
import { firstRun } from "../src/plain/first-run.ts";
import { setLanguage } from "../src/text/index.ts";
import { FakeClient, refusal, tick } from "./fake-client.ts";
import { drawAtAllSizes, expectGolden, Stage } from "./overlay-stage.ts";

const LOOK = { isTerminal: true, colour: true, byEar: false };
const PHRASE = "apple bread chair dance eagle fruit grape house ivory juice knife lemon";
const TOTP_URI = `otpauth://totp/sotto:alice?secret=${"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}&issuer=sotto`;
const LINK = `sotto://chat.example.org:7878/#k=${"A".repeat(43)}&a=${"B".repeat(22)}`;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
  setLanguage("en");
});

interface Bench {
  readonly stage: Stage;
  readonly dialog: DialogScreen;
  readonly quits: () => number;
}

function bench(kind: "whole" | "over" = "whole"): Bench {
  const stage = new Stage();
  let quits = 0;
  const dialog = new DialogScreen({
    title: "sotto: welcome",
    kind,
    look: LOOK,
    overlays: stage,
    size: stage.size,
    quit: () => {
      quits++;
    },
  });
  return { stage, dialog, quits: () => quits };
}

const qr = (rows: number, columns: number) =>
  Array.from({ length: rows }, (_, row) => [{ text: String(row % 10).repeat(columns), style: "qr" as const }]);

describe("a question", () => {
  test("is answered with what was typed, and stands dimmed above the next one", async () => {
    const { stage, dialog } = bench();
    const name = dialog.ask("user name: ");
    stage.press("alicé<backspace>e<enter>");
    expect(await name).toBe("alice");
    void dialog.ask("and now: ");
    expect(stage.drawnIn("dim")).toEqual(["user name: alice"]);
    expect(stage.drawnIn("title")).toContain("and now:");
  });

  test("with a secret shows neither it nor how long it is", async () => {
    const { stage, dialog } = bench();
    const password = dialog.ask("password: ", { secret: true });
    stage.press("x");
    const one = stage.see();
    stage.press("yzzyx and more");
    expect(stage.see()).toEqual(one);
    stage.press("<enter>");
    expect(await password).toBe("xyzzyx and more");
    void dialog.ask("next: ");
    expect(stage.see().join("\n")).not.toContain("xyz");
  });

  test("takes the first line of what is pasted", async () => {
    const { stage, dialog } = bench();
    const password = dialog.ask("password: ", { secret: true });
    stage.key({ type: "paste", text: "first line\nsecond line\n" });
    expect(await Promise.race([password, tick().then(() => "open")])).toBe("open");
    stage.press("<enter>");
    expect(await password).toBe("first line");
  });

  test("that is over leaves nothing of what was shown or answered in the dialog, whoever holds it on", async () => {
    const { stage, dialog } = bench();
    const first = dialog.ask("go on: ");
    dialog.print([PHRASE], ["told at the end"]);
    stage.press("carrot<enter>");
    await first;
    dialog.print(["the last words"]);
    expect(dialog.finish()).toEqual([["the last words"]]);
    stage.open(dialog);
    const left = stage.see().join("\n");
    for (const told of ["apple", "carrot", "go on", "last words"]) expect(left).not.toContain(told);
  });

  test("keeps what was typed through every size of the screen", async () => {
    const { stage, dialog } = bench();
    const name = dialog.ask("user name: ");
    stage.press("somebody");
    drawAtAllSizes(stage);
    stage.press("<enter>");
    expect(await name).toBe("somebody");
  });

  test("is answered by one key where it offers choices, but not in the middle of a word", async () => {
    const { stage, dialog } = bench();
    const first = dialog.ask("1, 2 or 3: ", { choices: ["1", "2", "3"] });
    stage.press("2");
    expect(await first).toBe("2");
    const second = dialog.ask("yes or no: ", { choices: ["yes", "no"] });
    stage.press("!yn<enter>");
    expect(await second).toBe("!yn");
    const third = dialog.ask("yes or no: ", { choices: ["yes", "no"] });
    stage.press("Y");
    expect(await third).toBe("yes");
  });

  test("keys that come while nothing is asked answer nothing", async () => {
    const { stage, dialog } = bench();
    stage.press("yes<enter>");
    const sure = dialog.ask("delete everything? ");
    expect(stage.see().join("\n")).not.toContain("yes");
    stage.press("no<enter>");
    expect(await sure).toBe("no");
  });

  test("Esc is no answer where who asks can go back, which is said", async () => {
    const { stage, dialog } = bench("whole");
    const name = dialog.ask("user name: ", { canGoBack: true });
    expect(stage.see().join("\n")).toContain("Esc goes back");
    stage.press("<escape>");
    expect(await name).toBeUndefined();
    expect(dialog.wentBack).toBe(true);
    void dialog.ask("1, 2 or 3: ");
    expect(dialog.wentBack).toBe(false);
    expect(stage.see().join("\n")).not.toContain("Esc goes back");
  });

  test("a pause waits until what was printed is read", async () => {
    const { stage, dialog } = bench("whole");
    dialog.print(["1111-2222"]);
    const paused = dialog.pause();
    expect(stage.see().join("\n")).toContain("Enter when you have kept them safe");
    stage.press("<enter>");
    await paused;
  });

  test("Esc is no answer in every command, and in the first run takes away what was typed", async () => {
    const over = bench("over");
    const question = over.dialog.ask("remove bob? ");
    over.stage.press("ye<escape>");
    expect(await question).toBeUndefined();
    const whole = bench("whole");
    const name = whole.dialog.ask("user name: ");
    whole.stage.press("wrong<escape>right<enter>");
    expect(await name).toBe("right");
  });

  test("Ctrl-C clears, then asks, then ends; any other key between goes on", async () => {
    const { stage, dialog, quits } = bench();
    const name = dialog.ask("user name: ");
    stage.press("text<ctrl+c>");
    expect(quits()).toBe(0);
    stage.press("<ctrl+c>");
    expect(stage.see().join("\n")).toContain("Ctrl-C again ends sotto");
    stage.press("a<ctrl+c><ctrl+c>");
    expect(quits()).toBe(0);
    stage.press("<ctrl+c>");
    expect(quits()).toBe(1);
    expect(await name).toBeUndefined();
    expect(await dialog.ask("one more: ")).toBeUndefined();
  });
});

describe("a QR code", () => {
  test("is whole with the question below it", () => {
    const { stage, dialog } = bench();
    dialog.print(...Array.from({ length: 30 }, (_, index) => [`line ${index}`]), ...qr(21, 41), ["secret: ABCD"]);
    void dialog.ask("code: ");
    expect(stage.drawnIn("qr")).toHaveLength(21);
    expect(stage.see().at(-3)).toContain("secret: ABCD");
  });

  test.each([
    { rows: 20, columns: 80 },
    { rows: 24, columns: 40 },
  ])("is said to be too large at $columns x $rows, and nothing of it is drawn", (size) => {
    const { stage, dialog } = bench();
    dialog.print(["uri: otpauth"], ...qr(21, 41), ["secret: ABCD"]);
    void dialog.ask("code: ");
    Object.assign(stage, size);
    expect(stage.drawnIn("qr")).toEqual([]);
    const seen = stage.see().join("\n");
    expect(seen).toMatch(/The QR code needs 41\s+columns/);
    expect(seen).toContain("secret: ABCD");
  });

  test("t shows the text alone, and the code again; as the beginning of an answer it is a letter", async () => {
    const { stage, dialog } = bench();
    dialog.print(...qr(11, 21), ["secret: ABCD"]);
    const code = dialog.ask("code: ");
    stage.press("t");
    expect(stage.drawnIn("qr")).toEqual([]);
    stage.press("t");
    expect(stage.drawnIn("qr")).toHaveLength(11);
    stage.press("at<enter>");
    expect(await code).toBe("at");
    const word = dialog.ask("word 3: ");
    stage.press("tiger<enter>");
    expect(await word).toBe("tiger");
  });

  test("stays while the same is asked again, and is gone with the next question", () => {
    const { stage, dialog } = bench();
    dialog.print(...qr(11, 21));
    void dialog.ask("code: ");
    stage.press("1<enter>");
    dialog.print(["that is wrong"]);
    void dialog.ask("code: ");
    expect(stage.drawnIn("qr")).toHaveLength(11);
    stage.press("2<enter>");
    void dialog.ask("word: ");
    expect(stage.drawnIn("qr")).toEqual([]);
  });

  test("that lines have pushed up is never seen in part", () => {
    const { stage, dialog } = bench();
    dialog.print(...qr(18, 41), ...Array.from({ length: 9 }, (_, index) => [`line ${index}`]));
    void dialog.ask("code: ");
    expect(stage.drawnIn("qr")).toEqual([]);
    expect(stage.see().join("\n")).toContain("PgUp shows it");
    stage.press("<pageup>");
    expect(stage.drawnIn("qr")).toHaveLength(18);
  });
});

describe("work that takes a while", () => {
  test("shows seconds that run, and nothing wakes once a question is open", async () => {
    const { stage, dialog } = bench();
    dialog.print(["making the account"]);
    expect(stage.see().join("\n")).toContain("0 s");
    await vi.advanceTimersByTimeAsync(3000);
    expect(stage.see().join("\n")).toContain("3 s");
    void dialog.ask("code: ");
    const { draws } = stage;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(stage.draws).toBe(draws);
    dialog.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("over the chat", () => {
  test("it opens with the first question, and gives back what nobody has seen", async () => {
    const { stage, dialog } = bench("over");
    dialog.print(info("three people are in it"));
    expect(stage.stack).toEqual([]);
    const sure = dialog.ask("remove bob? ");
    expect(stage.see().join("\n")).toContain("three people are in it");
    stage.press("y<enter>");
    expect(await sure).toBe("y");
    dialog.print(info("bob is out"));
    expect(dialog.finish()).toEqual([info("bob is out")]);
    expect(stage.stack).toEqual([]);
  });

  test("without a question it never opens", () => {
    const { stage, dialog } = bench("over");
    dialog.print(["one"], ["two"]);
    expect(dialog.finish()).toEqual([["one"], ["two"]]);
    expect(stage.stack).toEqual([]);
  });

  test("hostile text stays within its row", () => {
    const { stage, dialog } = bench("over");
    const hostile = "a\u001b[2J\u202egnp.exe\u0007 👨‍👩‍👧‍👦🇫🇷 Z\u0300\u0301\u0302 日本語".repeat(20);
    dialog.print([{ text: hostile, lines: true }], [hostile]);
    void dialog.ask(`${hostile}? `);
    drawAtAllSizes(stage);
  });
});

describe("before what cannot be undone", () => {
  test("it is said what will happen", () => {
    const { stage, dialog } = bench("over");
    dialog.print(info("device 2 is shut out of your account, and cannot be let in again"));
    void isSure(dialog, "revoke device 2?");
    expectGolden("confirm", stage);
  });

  test.each([
    { keys: "y", sure: true },
    { keys: "n", sure: false },
    { keys: "<escape>", sure: false },
    { keys: "<enter><enter>y", sure: true },
    { keys: "no<enter>", sure: false },
  ])("$keys is $sure: Enter alone is no answer", async ({ keys, sure }) => {
    const { stage, dialog } = bench("over");
    const answer = isSure(dialog, "revoke device 2?");
    stage.press(keys);
    expect(await answer).toBe(sure);
  });

  test("yes is oui in French", async () => {
    setLanguage("fr");
    const { stage, dialog } = bench("over");
    const answer = isSure(dialog, "révoquer l'appareil 2 ?");
    stage.press("o");
    expect(await answer).toBe(true);
  });
});

test("the first run is a dialog from its first to its last screen", async () => {
  const { stage, dialog } = bench();
  const client = new FakeClient({
    "account.signUp": () => ({
      ok: true,
      value: { accountId: "a", deviceId: "d", totpUri: TOTP_URI, recoveryPhrase: PHRASE },
    }),
    "account.confirmOtp": ({ code }) =>
      code === "111111" ? refusal("bad-code") : { ok: true, value: { backupCodes: ["1111-2222", "3333-4444"] } },
  });
  const run = firstRun(
    {
      client,
      screen: dialog,
      look: async () => ({ fingerprint: "ab:cd:ef", trust: "pinned" as const, fault: undefined }),
    },
    LINK,
  );
  const shown = async (text: string): Promise<void> =>
    vi.waitFor(() => expect(stage.see(24, 80).join("\n")).toContain(text));
  await shown("1, 2 or 3");
  expect(stage.see(24, 80)[0]).not.toContain("step");
  expectGolden("first-run-menu", stage);
  stage.press("1");
  await shown("user name");
  expect(stage.see(24, 80)[0]).toContain("step 2 of 5: name");
  stage.press("alice<enter>");
  await shown("new password");
  stage.press("<escape>");
  await shown("1 · 2 · 3");
  expect(stage.see(24, 80)[0]).not.toContain("step");
  stage.press("1");
  // What was typed before is offered.
  await shown("[alice]");
  stage.press("<enter>");
  await shown("new password");
  stage.press("correct horse battery<enter>");
  await shown("again");
  expectGolden("first-run-password", stage);
  stage.press("correct horse battery<enter>");
  await shown("code that the app shows");
  expectGolden("first-run-code", stage);
  stage.press("111111<enter>");
  await shown("the code is wrong");
  stage.press("123456<enter>");
  await shown("(Enter skips)");
  expect(stage.see(24, 80)[0]).toContain("step 5 of 5: recovery");
  // Which of the words are asked for is another one each time.
  expectGolden("first-run-phrase", stage, (text) => text.replace(/word \d+ (.*?) *│/g, "word N $1 │"));
  stage.press("<enter>");
  expect(await run).toEqual({ type: "in", me: { username: "alice", accountId: "a", deviceId: "d" }, link: LINK });
});
