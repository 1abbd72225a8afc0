// A change of the password with an end at every step, on both sides: then one of the two opens and signs in, the same one.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PASSWORD, type Person, World } from "./harness/world.ts";

const NEXT = "another long password";
let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

/** Which of the two the relay takes for signing in. */
async function signsIn(ann: Person): Promise<string[]> {
  const taken: string[] = [];
  for (const [at, password] of [PASSWORD, NEXT].entries()) {
    const tab = world.newcomer(`tab${at}`, ann);
    tab.open();
    const { recoveryPhrase: _phrase, ...entrance } = tab.entrance("");
    if ((await tab.code("account.signIn", { ...entrance, password })) === "approval-needed") taken.push(password);
    await tab.close();
  }
  return taken;
}

/** Which of the two opens the vault. */
async function opens(ann: Person): Promise<string[]> {
  const opened: string[] = [];
  for (const password of [PASSWORD, NEXT]) {
    if (!ann.isRunning) ann.open();
    if ((await ann.code("account.unlock", { password })) === "done") opened.push(password);
    await ann.close();
  }
  return opened;
}

const change = { old: PASSWORD, new: NEXT };

test("the new password opens the vault and signs in, and the old one does neither", async () => {
  const ann = await world.person("ann");
  await ann.must("account.changePassword", change);
  await ann.close();
  expect(await opens(ann)).toEqual([NEXT]);
  expect(await signsIn(ann)).toEqual([NEXT]);
});

test.each([
  { name: "a wrong old password", params: { old: "not the password", new: NEXT }, code: "bad-credentials" },
  { name: "a weak new one", params: { old: PASSWORD, new: "short" }, code: "weak-password" },
  { name: "one with the name in it", params: { old: PASSWORD, new: "the name is ann" }, code: "weak-password" },
])("$name changes nothing", async ({ params, code }) => {
  const ann = await world.person("ann");
  expect(await ann.code("account.changePassword", params)).toBe(code);
  await ann.close();
  expect(await opens(ann)).toEqual([PASSWORD]);
  expect(await signsIn(ann)).toEqual([PASSWORD]);
});

test("a relay that refuses the new record keeps both at the old password", async () => {
  const ann = await world.person("ann");
  world.relay.taps.push(({ way, body }) =>
    way === "up" && body.type === "password-finish"
      ? { answer: { type: "refused", code: "rate-limited", head: 0, retryMs: 1000, field: "" } }
      : undefined,
  );
  expect(await ann.code("account.changePassword", change)).toBe("rate-limited");
  // At once, and not only by what the next session finds.
  expect(ann.disk.passwords).toEqual([PASSWORD]);
  await ann.close();
  expect(await opens(ann)).toEqual([PASSWORD]);
});

describe("the connection ends", () => {
  test.each([
    { at: "password-start", verdict: "cut", done: "offline", now: PASSWORD },
    { at: "password-start", verdict: "pass-and-cut", done: "offline", now: PASSWORD },
    { at: "password-finish", verdict: "cut", done: "offline", now: PASSWORD },
    { at: "password-finish", verdict: "pass-and-cut", done: "done", now: NEXT },
  ] as const)("with $at, $verdict: $done", async ({ at, verdict, done, now }) => {
    const ann = await world.person("ann");
    let cuts = 1;
    world.relay.taps.push(({ who, way, body }) =>
      who === "ann" && way === "up" && body.type === at && cuts-- > 0 ? verdict : undefined,
    );
    expect(await ann.code("account.changePassword", change)).toBe(done);
    await world.pass(5000);
    await ann.close();
    expect(await opens(ann)).toEqual([now]);
    expect(await signsIn(ann)).toEqual([now]);
  });

  test("and a relay that failed is asked what it has", async () => {
    const ann = await world.person("ann");
    world.relay.taps.push(({ way, request, body }) =>
      way === "down" && body.type === "done" && request === finish()
        ? { instead: [{ request, body: { type: "refused", code: "internal", head: 0, retryMs: 0, field: "" } }] }
        : undefined,
    );
    const finish = () => world.sent("ann", "password-finish").at(-1)?.request;
    expect(await ann.code("account.changePassword", change)).toBe("done");
    await ann.close();
    expect(await opens(ann)).toEqual([NEXT]);
    expect(await signsIn(ann)).toEqual([NEXT]);
  });
});

describe("killed", () => {
  const frames = ["password-start", "password-finish"].flatMap((step) =>
    [false, true].map((arrives) => ({ step, arrives, vault: undefined as string | undefined })),
  );
  const steps = ["add", "added", "settle", "settled"].map((vault) => ({ step: vault, arrives: true, vault }));
  test.each([...frames, ...steps].flatMap((one) => [PASSWORD, NEXT].map((typed) => ({ ...one, typed }))))(
    "at $step (arrived: $arrives), then unlocked with $typed if that opens it",
    async ({ step, arrives, vault, typed }) => {
      const ann = await world.person("ann");
      if (vault !== undefined) ann.dieAt(vault);
      world.relay.taps.push(({ who, way, body }) => {
        if (who !== "ann" || way !== "up" || body.type !== step) return undefined;
        queueMicrotask(() => ann.crash());
        return arrives ? undefined : "drop";
      });
      ann.ask("account.changePassword", change);
      await world.settle();
      expect(ann.isRunning).toBe(false);
      world.relay.taps.length = 0;
      ann.open();
      if ((await ann.code("account.unlock", { password: typed })) !== "done") {
        const other = typed === NEXT ? PASSWORD : NEXT;
        await ann.must("account.unlock", { password: other });
      }
      await world.settle();
      expect(world.relay.isOnline("ann")).toBe(true);
      await ann.close();
      const opened = await opens(ann);
      expect(opened).toHaveLength(1);
      expect(await signsIn(ann)).toEqual(opened);
    },
  );

  test("without a connection after it both open the vault, and the first session decides", async () => {
    const ann = await world.person("ann");
    ann.dieAt("settle");
    ann.ask("account.changePassword", change);
    await world.settle();
    world.relay.taps.push(({ way, body }) => (way === "up" && body.type === "hello" ? "cut" : undefined));
    expect(await opens(ann)).toEqual([PASSWORD, NEXT]);
    world.relay.taps.length = 0;
    ann.open();
    await ann.must("account.unlock", { password: PASSWORD });
    await world.settle();
    expect(ann.notices()).toContain(
      "the change of the password had reached the relay: only the new one counts from now on",
    );
    await ann.close();
    expect(await opens(ann)).toEqual([NEXT]);
  });
});
