// Another recovery phrase: the old one alone brings it, and no end of a connection or a process loses it.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Person, World } from "./harness/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

/** Whether a phrase brings a device in. */
async function bringsIn(ann: Person, phrase: string): Promise<boolean> {
  const tab = world.newcomer(`tab${world.people.size}`, ann);
  tab.open();
  return (await tab.code("account.signIn", tab.entrance(phrase))) === "done";
}

test("the new phrase brings devices in and the old one does not; another phrase changes nothing", async () => {
  const [ann, bob] = await world.persons("ann", "bob");
  expect(await ann.code("account.rotateRecovery", { phrase: bob.phrase })).toBe("bad-credentials");
  expect(await ann.code("account.rotateRecovery", { phrase: "no words" })).toBe("bad-credentials");
  const { recoveryPhrase } = await ann.must("account.rotateRecovery", { phrase: ann.phrase });
  expect(await bringsIn(ann, ann.phrase)).toBe(false);
  expect(await bringsIn(ann, recoveryPhrase)).toBe(true);
});

test("the new phrase is in the vault for a minute after it was answered, and then in none", async () => {
  const ann = await world.person("ann");
  await ann.must("account.rotateRecovery", { phrase: ann.phrase });
  expect(ann.disk.records.has("recovery")).toBe(true);
  world.relay.cut("ann");
  await world.pass(80_000);
  expect(ann.disk.records.has("recovery")).toBe(false);
});

test("of two devices that change it at once one is too late: its old phrase is none any more", async () => {
  const ann = await world.person("ann");
  const tab = await world.device("tab", ann);
  await world.settle();
  const asked = [ann, tab].map((device) => device.ask("account.rotateRecovery", { phrase: ann.phrase }));
  await world.pass(2000);
  const codes = asked.map(({ outcome }) => (outcome?.ok === false ? outcome.error.code : outcome?.ok));
  expect(codes).toEqual([true, "bad-credentials"]);
});

describe("the answer is lost", () => {
  test.each(["cut", "pass-and-cut"] as const)(
    "%s: the next session has it, and the command is answered",
    async (verdict) => {
      const ann = await world.person("ann");
      let cuts = 1;
      world.relay.taps.push(({ way, body }) =>
        way === "up" && body.type === "chain-append" && cuts-- > 0 ? verdict : undefined,
      );
      const { recoveryPhrase } = await ann.must("account.rotateRecovery", { phrase: ann.phrase });
      expect(world.relay.accounts.get(ann.me.account)?.entries).toHaveLength(2);
      expect(await bringsIn(ann, recoveryPhrase)).toBe(true);
    },
  );

  test.each([
    { name: "after the relay has it", arrives: true, told: /was changed before the program ended/ },
    { name: "before the relay has it", arrives: false, told: /was not changed/ },
  ])(
    "the process is killed $name: the person is told, and the same change gives one phrase that counts",
    async ({ arrives, told }) => {
      const ann = await world.person("ann");
      world.relay.taps.push(({ way, body }) => {
        if (way !== "up" || body.type !== "chain-append") return undefined;
        queueMicrotask(() => ann.crash());
        return arrives ? undefined : "drop";
      });
      ann.ask("account.rotateRecovery", { phrase: ann.phrase });
      await world.settle();
      world.relay.taps.length = 0;
      await ann.restart();
      expect(ann.notices().filter((text) => told.test(text))).toHaveLength(1);
      // Notices are kept by interfaces: the words are in none.
      expect(ann.notices().join(" ")).not.toContain(ann.phrase.split(" ").slice(0, 3).join(" "));
      const { recoveryPhrase } = await ann.must("account.rotateRecovery", { phrase: ann.phrase });
      expect(world.relay.accounts.get(ann.me.account)?.entries).toHaveLength(2);
      expect(await bringsIn(ann, recoveryPhrase)).toBe(true);
      expect(await bringsIn(ann, ann.phrase)).toBe(false);
    },
  );
});
