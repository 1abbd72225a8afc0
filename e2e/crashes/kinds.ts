/** The crash points: what is under way when a process dies. Each brings its moment about, strikes, and sees it through. */
import { fillDisk } from "../harness/full-disk.ts";
import type { Dice } from "./dice.ts";
import { atAnyTime, atCount, atWrite, type Instant } from "./instants.ts";
import type { Member } from "./member.ts";
import { unwatched } from "./unwatched.ts";
import type { World } from "./world.ts";

export interface Kind {
  readonly weight: number;
  /** The relay, a member, both, or neither. */
  readonly takes: "relay" | "member" | "both" | "nothing";
  strike(world: World, dice: Dice, member: Member): Promise<void>;
}

const VAULT = /^vault\.(db|key)/;
const RELAY = /^relay\.db/;

/** Some moment from now on, for a relay that others ask all the time. */
function underLoad(world: World, dice: Dice): Instant {
  const choice = dice.below(3);
  if (choice === 0) return atAnyTime(dice, 400);
  if (choice === 1) return atCount(dice, "answer", () => world.ledger.answers, 30);
  return atWrite(dice, world.relay.data, RELAY, 60);
}

function atWork(dice: Dice, { person }: Member, mostMs: number, writes = 12): Instant {
  return dice.chance(0.4) ? atAnyTime(dice, mostMs) : atWrite(dice, person.profile, VAULT, writes);
}

const until = async (isThere: () => Promise<boolean> | boolean, mostMs: number): Promise<void> => {
  const end = performance.now() + mostMs;
  while (performance.now() < end && !(await isThere())) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** Whoever is awake is online again, or has had the time to be. */
const online = (world: World, count: number): Promise<void> =>
  until(async () => {
    const up = world.members.filter((member) => member.isUp);
    const states = await Promise.all(up.map((member) => member.isOnline().catch(() => false)));
    return states.filter((isOnline) => isOnline).length >= Math.min(count, up.length);
  }, 3000);

/** A relay and clients that are in the middle of it. */
export const UNDER_LOAD: Readonly<Record<string, Kind>> = {
  "relay under messages": {
    weight: 22,
    takes: "relay",
    async strike(world, dice) {
      await online(world, dice.within(1, world.members.length));
      await world.strikeRelay("relay under messages", underLoad(world, dice), dice);
    },
  },
  "relay under commits": {
    weight: 10,
    takes: "relay",
    async strike(world, dice) {
      await online(world, 2);
      const states = await Promise.all(
        world.members.map((member) => member.isUp && member.isOnline().catch(() => false)),
      );
      const up = world.members.filter((_, index) => states[index] === true);
      const changes = up.slice(0, 2).map((member) => unwatched(world.commits.one(member, dice)));
      const instant = dice.chance(0.5) ? atWrite(dice, world.relay.data, RELAY, 12) : atAnyTime(dice, 60);
      await world.strikeRelay("relay under commits", instant, dice);
      await Promise.all(changes);
    },
  },
  "relay as people come back": {
    weight: 5,
    takes: "relay",
    async strike(world, dice) {
      await world.strikeRelay("relay under messages", atAnyTime(dice, 50), dice);
      await world.strikeRelay("relay as people come back", atAnyTime(dice, 900), dice);
    },
  },
  "relay as it stops": {
    weight: 4,
    takes: "relay",
    async strike(world, dice) {
      await online(world, 2);
      await underLoad(world, dice).wait();
      const ended = world.relay.kill("SIGTERM");
      const instant = atAnyTime(dice, 60);
      const unanswered = world.unanswered;
      const came = await instant.wait();
      await world.relay.kill("SIGKILL");
      const ending = await ended;
      // Where it was faster, it has stopped in order.
      if (ending.signal === "SIGKILL")
        world.note({ kind: "relay as it stops", victim: "relay", instant, came, unanswered }, ending);
      else world.tally.note("relay as it stops", `in order before the kill, ${ending.code}`);
      await world.reviveRelay(dice);
    },
  },
  "sender before the answer": {
    weight: 22,
    takes: "member",
    async strike(world, dice, member) {
      const burst = unwatched(world.load.burst(member, dice, dice.within(1, 8)));
      await world.strikeMember("sender before the answer", member, atWork(dice, member, 40));
      await burst;
    },
  },
  "sender as it commits": {
    weight: 12,
    takes: "member",
    async strike(world, dice, member) {
      await until(() => member.isOnline(), 2000);
      const change = unwatched(world.commits.one(member, dice));
      await world.strikeMember("sender as it commits", member, atWork(dice, member, 80, 8));
      await change;
    },
  },
  "receiver under messages": {
    weight: 10,
    takes: "member",
    async strike(world, dice, member) {
      const isLine = dice.chance(0.5);
      const instant = isLine ? atCount(dice, "line", () => member.lines, 20) : atWork(dice, member, 300, 30);
      await world.strikeMember("receiver under messages", member, instant);
    },
  },
  "receiver as it catches up": {
    weight: 8,
    takes: "member",
    async strike(world, dice, member) {
      await world.killMember("receiver under messages", member, atAnyTime(dice, 100));
      // Meanwhile the others talk on.
      await atAnyTime(dice, 800).wait();
      await member.open();
      await world.strikeMember("receiver as it catches up", member, atWork(dice, member, 300, 30));
    },
  },
  "client as it starts": {
    weight: 4,
    takes: "member",
    async strike(world, dice, member) {
      await world.killMember("receiver under messages", member, atAnyTime(dice, 100));
      const started = member.person.start().catch(() => undefined);
      await world.killMember("client as it starts", member, atAnyTime(dice, 350));
      await started;
      await member.comeBack();
    },
  },
  "client as it unlocks": {
    weight: 6,
    takes: "member",
    async strike(world, dice, member) {
      await world.killMember("receiver under messages", member, atAnyTime(dice, 100));
      await member.person.start();
      const opened = member.call("account.unlock", { password: member.person.password }).catch(() => undefined);
      const instant = dice.chance(0.6) ? atAnyTime(dice, 250) : atWrite(dice, member.person.profile, VAULT, 6);
      await world.killMember("client as it unlocks", member, instant);
      await opened;
      await member.comeBack();
    },
  },
  "client as it stops": {
    weight: 3,
    takes: "member",
    async strike(world, dice, member) {
      const burst = unwatched(world.load.burst(member, dice, dice.within(1, 4)));
      member.isNowDown();
      const ended = member.person.kill("SIGTERM");
      const instant = atAnyTime(dice, 60);
      const came = await instant.wait();
      const { unanswered } = member;
      await member.person.kill("SIGKILL");
      const ending = await ended;
      if (ending.signal === "SIGKILL")
        world.note({ kind: "client as it stops", victim: member.profile, instant, came, unanswered }, ending);
      else world.tally.note("client as it stops", `in order before the kill, ${ending.code}`);
      await burst;
      await member.comeBack();
    },
  },
  "relay on a full disk": {
    weight: 3,
    takes: "relay",
    async strike(world, dice) {
      await online(world, 2);
      await withFullDisk(world, world.relay.said.pid, async () => {
        await world.killRelay("relay on a full disk", atAnyTime(dice, 800));
      });
      await world.reviveRelay(dice);
    },
  },
  "client on a full disk": {
    weight: 3,
    takes: "member",
    async strike(world, dice, member) {
      await withFullDisk(world, member.person.run.program.pid, async () => {
        const burst = unwatched(world.load.burst(member, dice, dice.within(1, 4)));
        await world.killMember("client on a full disk", member, atAnyTime(dice, 500));
        await burst;
      });
      await member.comeBack();
    },
  },
  "relay and client at once": {
    weight: 5,
    takes: "both",
    async strike(world, dice, member) {
      const burst = unwatched(world.load.burst(member, dice, 3));
      const instant = atWork(dice, member, 60);
      const both = { ...instant, wait: share(instant) };
      await Promise.all([
        world.strikeMember("relay and client at once", member, both),
        world.strikeRelay("relay and client at once", both, dice),
      ]);
      await burst;
    },
  },
};

/** No file of a process grows while something is done. */
async function withFullDisk(world: World, pid: number, work: () => Promise<void>): Promise<void> {
  world.ledger.fills++;
  try {
    await fillDisk(pid);
    await work();
  } finally {
    // The last refusals are still on their way.
    await new Promise((resolve) => setTimeout(resolve, 500));
    world.ledger.fills--;
  }
}

/** One instant for several victims. */
function share({ wait }: Instant): () => Promise<boolean> {
  let waiting: Promise<boolean> | undefined;
  return () => {
    waiting ??= wait();
    return waiting;
  };
}
