/** Every frame of a relay in every state of a session, under numbers that fit and that do not. */
import type { ServerBody } from "@sotto/wire";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { SERVER_EXAMPLES } from "../../wire/test/frame-examples.ts";
import { WORDS } from "../src/words.ts";
import { RELAY_ID } from "./harness/fake-relay.ts";
import { PASSWORD, type Person, RELAY_LINK, World } from "./harness/world.ts";

// A world for each frame in each state.
vi.setConfig({ testTimeout: 60_000 });

let worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds) await world.close();
  worlds = [];
});

/** In the state in which a device waits for one kind of frame, by what it does to get there. */
interface Row {
  readonly waitsFor: ServerBody["type"];
  readonly state: string;
  /** @returns whose device it is, and what brings it into the state. */
  readonly reach: (world: World) => Promise<{ readonly who: Person; readonly act: () => void }>;
}

/** Ann has an account and died. Every frame meets a copy of this, since signing up costs more than most frames do. */
const first = new World();
beforeAll(async () => {
  const ann = await first.person("ann");
  ann.crash();
});

const restarts = async (world: World) => {
  const who = world.get("ann");
  const act = () => {
    who.open();
    who.ask("account.unlock", { password: PASSWORD });
  };
  return { who, act };
};
const signsUp = async (world: World) => {
  const who = world.newcomer("new", world.get("ann"));
  who.username = "newcomer";
  who.open();
  const act = () => {
    who.ask("account.signUp", { link: RELAY_LINK, username: "newcomer", password: PASSWORD });
  };
  return { who, act };
};
const confirms = async (world: World) => {
  const { who } = await signsUp(world);
  await who.must("account.signUp", { link: RELAY_LINK, username: "newcomer", password: PASSWORD });
  return { who, act: () => void who.ask("account.confirmOtp", { code: "123456" }) };
};
const signsIn = async (world: World) => {
  const who = world.newcomer("phone", world.get("ann"));
  who.open();
  return { who, act: () => void who.ask("account.signIn", who.entrance(first.get("ann").phrase)) };
};
const isOnline = async (world: World) => {
  const who = world.get("ann");
  await who.restart();
  return { who, act: () => void who.ask("users.list", {}) };
};

const ROWS: readonly Row[] = [
  { waitsFor: "challenge", state: "coming back, greeted", reach: restarts },
  { waitsFor: "session", state: "coming back, resuming", reach: restarts },
  { waitsFor: "challenge", state: "signing up, greeted", reach: signsUp },
  { waitsFor: "sign-up-response", state: "signing up, with a name", reach: signsUp },
  { waitsFor: "sign-up-pending", state: "signing up, with a registration", reach: signsUp },
  { waitsFor: "confirmed", state: "signing up, with a code", reach: confirms },
  { waitsFor: "sign-in-response", state: "signing in, with a name", reach: signsIn },
  { waitsFor: "signed-in", state: "signing in, with a code", reach: signsIn },
  { waitsFor: "directory-list", state: "online", reach: isOnline },
];

interface Met {
  readonly world: World;
  readonly who: Person;
  /** What was on the disk when the frame came. */
  readonly before: unknown;
}

/** Puts a frame in the place of the one that the device waits for. */
async function meet(row: Row, body: ServerBody, number: (awaited: number) => number): Promise<Met> {
  const world = first.copy();
  worlds.push(world);
  const { who, act } = await row.reach(world);
  let before: unknown;
  world.relay.taps = [
    (frame) => {
      if (before !== undefined || frame.who !== who.name || frame.way !== "down" || frame.body.type !== row.waitsFor)
        return undefined;
      before = who.disk.snapshot();
      return { instead: [{ request: number(frame.request), body }] };
    },
  ];
  act();
  await world.settle();
  expect(before, `it waits for ${row.waitsFor}`).toBeDefined();
  return { world, who, before };
}

/** Nothing of this program went wrong, and the device and another one can still talk. */
async function goesOn({ world, who }: Met): Promise<void> {
  expect(who.notices().filter((text) => text.startsWith(WORDS.internal))).toEqual([]);
  world.relay.taps = [];
  await wait(world);
  await who.must("account.status", {});
  expect(who.notices().filter((text) => text.startsWith(WORDS.internal))).toEqual([]);
}

/** Two minutes, in which time alone has little to do: who asks to be woken at a time that is past never sleeps. */
async function wait(world: World): Promise<void> {
  const until = world.clock.now() + 120_000;
  for (let rings = 0; world.clock.ring(until); rings++) {
    expect(rings).toBeLessThan(100);
    await world.settle();
  }
}

const EXAMPLES = Object.entries(SERVER_EXAMPLES);

describe.each(ROWS)("$state", (row) => {
  test("a frame of any kind that answers nothing leaves the state byte for byte as it was", async () => {
    for (const [name, body] of EXAMPLES) {
      const met = await meet(row, body, (awaited) => awaited + 1000);
      expect(met.who.disk.snapshot(), name).toEqual(met.before);
      await goesOn(met);
    }
  });

  test("a frame of any kind that nobody asked for is taken only where it says something by itself", async () => {
    for (const [name, body] of EXAMPLES) {
      const met = await meet(row, body, () => 0);
      const isOwnWord = body.type === "access-password" || body.type === "refused";
      if (!isOwnWord) expect(met.who.disk.snapshot(), name).toEqual(met.before);
      await goesOn(met);
    }
  });

  test("a frame of any other kind as the answer breaks nothing", async () => {
    for (const [, body] of EXAMPLES) {
      if (body.type === row.waitsFor) continue;
      await goesOn(await meet(row, body, (awaited) => awaited));
    }
  });
});

test("of those that come back, whatever stood in an answer's place, all talk again", async () => {
  for (const [name, body] of EXAMPLES) {
    // Some refusals halt for good, and a proof waits for a code.
    if (body.type === "refused" || body.type === "proof-needed") continue;
    const row = { waitsFor: "session", state: "", reach: restarts } as const;
    const { world, who } = await meet(row, body, (awaited) => awaited);
    world.relay.taps = [];
    await world.pass(120_000);
    const bob = await world.person("bob");
    const room = await world.roomOf(who, bob);
    await bob.say(room, name);
    await world.pass(1000);
    expect(await who.heard(room), name).toEqual([`bob: ${name}`]);
  }
});

test("the greeting of another relay halts, and sends nothing more", async () => {
  const other = SERVER_EXAMPLES.challenge!;
  expect(other).not.toMatchObject({ relay: RELAY_ID });
  const { world, who } = await meet(ROWS[0]!, other, (awaited) => awaited);
  await world.pass(60_000);
  expect(world.sent(who.name, "resume")).toEqual([]);
  expect(await who.must("account.status", {})).toMatchObject({ connection: "offline" });
});
