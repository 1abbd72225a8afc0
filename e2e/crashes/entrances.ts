/** Crash points at the door: signing up, the first code, joining, a second device, and a change of the password. */
import { mkdir } from "node:fs/promises";
import { codeOf as otpOf } from "../harness/code.ts";
import { eventually } from "../harness/watch.ts";
import type { Dice } from "./dice.ts";
import { atAnyTime, atCount, atWrite, type Instant } from "./instants.ts";
import type { Kind } from "./kinds.ts";
import { codeOf, Member } from "./member.ts";
import { backupCode, type World } from "./world.ts";

const VAULT = /^vault\./;
/** About what a sign-up or a change of the password takes. */
const STRETCHED_MS = 1200;
const TRIES = 8;

const atStretching = (dice: Dice, member: Member): Instant =>
  dice.chance(0.4) ? atAnyTime(dice, STRETCHED_MS) : atWrite(dice, member.person.profile, VAULT, 40);

/** Somebody who is not there yet, with a folder that can be watched. */
async function newProfile(world: World, prefix: string, account?: string, password?: string): Promise<Member> {
  const person = world.person(world.name(prefix), password);
  await mkdir(person.profile, { mode: 0o700 });
  return new Member(person, account ?? person.name, world.ledger);
}

/** What a relay says whose disk is full, or ends in the middle of a write: another time it has room. */
const PASSING: ReadonlySet<string> = new Set(["offline", "relay-full", "internal"]);

/** The relay may be dead at the moment, or its disk full: asked again until it is not. */
async function persist(ask: () => Promise<string>, ends: readonly string[]): Promise<string> {
  for (let tries = 0; tries < 600; tries++) {
    const outcome = await ask();
    if (ends.includes(outcome)) return outcome;
    if (!PASSING.has(outcome)) throw new Error(`it ended with ${outcome}, not with ${ends.join(" or ")}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the relay was away for a minute");
}

async function signUp(world: World, member: Member): Promise<string> {
  const { person } = member;
  try {
    const { link } = world.relay;
    const made = await member.call("account.signUp", { link, username: person.name, password: person.password });
    person.totpUri = made.totpUri;
    return "done";
  } catch (cause) {
    const code = codeOf(cause);
    // What is passed over because a disk may be full is counted: more of it than there were full disks is a fault.
    if (PASSING.has(code) && code !== "offline") world.tally.note("sign-up asked again", code);
    // The link is of the relay before the one that answers: each makes an access password of its own.
    return code === "bad-access-password" ? "offline" : code;
  }
}

const confirm = (member: Member): Promise<string> =>
  member.outcome("account.confirmOtp", { code: otpOf(member.person.totpUri) });

/**
 * Sees a sign-up through that was cut off.
 *
 * @returns "in", or "held": the relay has it, and the answer with the secret of its codes is lost.
 */
async function finish(member: Member): Promise<"in" | "held" | "none"> {
  const { person } = member;
  const found = await person.start();
  if (found === "none") return "none";
  const unlocked = await member.outcome("account.unlock", { password: person.password });
  if (unlocked === "not-signed-in") return "none";
  if (unlocked !== "done") throw new Error(`${person.name} does not open: ${unlocked}`);
  // Any request tells what the relay says of it: a code is waited for, or it knows nobody of that name.
  const state = await eventually(async () => {
    const outcome = await member.outcome("room.create", { name: "den" });
    return outcome !== "offline" && outcome;
  }, `${person.name} to hear of its account`);
  if (state === "done") return "in";
  if (state === "not-signed-in") return "none";
  if (state !== "otp-pending") throw new Error(`${person.name} is told ${state}`);
  if (person.totpUri === "") return "held";
  // "not-allowed": it was confirmed, and the answer is lost.
  await persist(() => confirm(member), ["done", "not-allowed"]);
  return "in";
}

/** Comes into the yard by its link, says something, and leaves for ever. */
async function visit(world: World, member: Member, dice: Dice): Promise<void> {
  const [owner] = world.members;
  if (owner === undefined) throw new Error("nobody owns the yard");
  member.isNowUp();
  await persist(async () => {
    await owner.whenUp();
    try {
      const { link } = await owner.call("room.link", { roomId: world.yard });
      const outcome = await member.outcome("room.join", { link });
      // Renewed, or written over, meanwhile.
      return ["link-expired", "not-allowed"].includes(outcome) ? "offline" : outcome;
    } catch (cause) {
      codeOf(cause);
      return "offline";
    }
  }, ["done"]);
  const id = dice.id();
  await member.say(world.yard, world.load.text(dice), id);
  if (world.ledger.fate(id).state !== "answered") world.ledger.fault(`${member.profile}'s first word was not stored`);
  await goodbye(world, member);
}

async function goodbye(world: World, member: Member): Promise<void> {
  for (const note of member.person.runs.flatMap((run) => run.notes))
    if (note.type === "warning") world.ledger.fault(`${member.profile} was warned: ${JSON.stringify(note)}`);
  member.isNowDown();
  await member.person.kill();
}

/** Signs up again where nothing was left, and goes on till the newcomer is in. */
async function seeIn(world: World, member: Member, dice: Dice, found: "in" | "held" | "none"): Promise<void> {
  world.tally.note("newcomer after a kill", found);
  if (found === "held") return goodbye(world, member);
  if (found === "in") return visit(world, member, dice);
  const again = await persist(() => signUp(world, member), ["done", "name-taken"]);
  world.tally.note("signing up again", again);
  if (again === "name-taken") return goodbye(world, member);
  await persist(() => confirm(member), ["done"]);
  await visit(world, member, dice);
}

async function beginSignUp(world: World): Promise<Member> {
  const member = await newProfile(world, "new");
  await member.person.start();
  return member;
}

async function changePassword(world: World, dice: Dice, member: Member, victim: "client" | "relay"): Promise<void> {
  // Another device of the same account would keep the old one.
  if (!isAlone(world, member)) return;
  const { person } = member;
  const old = person.password;
  const next = `another password ${dice.id()}`;
  await eventually(() => member.isOnline(), `${member.profile} to be online`);
  const changing = member.outcome("account.changePassword", { old, new: next });
  if (victim === "relay") {
    const kind = "relay as a password changes";
    const instant = dice.chance(0.5) ? atAnyTime(dice, STRETCHED_MS) : atWrite(dice, person.profile, VAULT, 6);
    await world.strikeRelay(kind, instant, dice);
    await changing;
  }
  await world.killMember("client as its password changes", member, atStretching(dice, member));
  const isDone = (await changing) === "done";
  for (let tries = 0; ; tries++) {
    await person.start();
    const opened = await open(member, [next, old]);
    if (opened === undefined) throw new Error(`${member.profile} opens with neither password`);
    if (tries < 3 && dice.chance(0.4)) {
      await world.killMember("client as its password settles", member, atStretching(dice, member));
      continue;
    }
    await eventually(async () => (await member.slots()) === 1, `one slot of ${member.profile}`);
    break;
  }
  const opening: string[] = [];
  for (const password of [old, next]) {
    await world.killMember("client as its password settles", member, atAnyTime(dice, 20));
    await person.start();
    if ((await open(member, [password])) !== undefined) opening.push(password);
  }
  const [password, ...more] = opening;
  if (password === undefined || more.length > 0)
    throw new Error(`${opening.length} passwords open ${member.profile} after a change`);
  if (isDone && password !== next) throw new Error(`${member.profile} has the old password again`);
  world.tally.note("password after a kill", password === next ? "the new one" : "the old one");
  person.password = password;
  await world.killMember("client as its password settles", member, atAnyTime(dice, 20));
  await member.comeBack();
}

const isAlone = (world: World, member: Member): boolean =>
  world.members.filter(({ account }) => account === member.account).length === 1;

/** @returns the first that opens the profile. */
async function open(member: Member, passwords: readonly string[]): Promise<string | undefined> {
  for (const password of passwords) {
    const outcome = await member.outcome("account.unlock", { password });
    if (outcome === "done") return password;
    if (outcome !== "bad-credentials") throw new Error(`${member.profile} does not open: ${outcome}`);
  }
  return undefined;
}

/** A vault in which nothing stands yet is thrown away as it is opened: its person signs in again. */
async function openNew(member: Member): Promise<string | undefined> {
  const { password } = member.person;
  const outcome = await member.outcome("account.unlock", { password });
  if (outcome === "done") return password;
  if (outcome !== "not-signed-in") throw new Error(`${member.profile} does not open: ${outcome}`);
  return undefined;
}

/** Another device of somebody: comes in, is killed on the way, says something and is shut out again. */
async function secondDevice(world: World, dice: Dice, first: Member, isLate: boolean): Promise<void> {
  const second = await newProfile(world, `${first.account}-`, first.account, first.person.password);
  const { person } = second;
  const signIn = async (): Promise<string> => {
    const { link } = world.relay;
    const { recoveryPhrase } = first.person;
    const entrance = { link, username: first.account, password: first.person.password, code: backupCode(first.person) };
    return second.outcome("account.signIn", { ...entrance, recoveryPhrase });
  };
  await person.start();
  const signing = signIn();
  if (!isLate) await world.killMember("new device at sign-in", second, atStretching(dice, second));
  else {
    await signing;
    const isLine = dice.chance(0.5);
    const instant = isLine ? atCount(dice, "line", () => second.lines, 12) : atWrite(dice, person.profile, VAULT, 40);
    await world.killMember("new device as it is let in", second, instant);
  }
  await signing;
  for (let tries = 0; tries < TRIES && first.person.backupCodes.length > 0; tries++) {
    const unlocked = (await person.start()) === "locked" ? await openNew(second) : undefined;
    if (unlocked === undefined) await signIn();
    const state = await arrival(world, second);
    world.tally.note("new device after a kill", state);
    if (state === "in") break;
    await person.kill();
  }
  await shutOut(world, dice, first, second);
}

/** Waits till a new device is in the hall, or hears that it has to sign in again. */
async function arrival(world: World, member: Member): Promise<"in" | "none"> {
  return await eventually(async () => {
    const { username } = await member.call("account.status", {});
    if (username === undefined) return "none";
    return (await member.isIn(world.hall).catch(() => false)) && "in";
  }, `${member.profile} to be let into the hall`);
}

async function shutOut(world: World, dice: Dice, first: Member, second: Member): Promise<void> {
  second.isNowUp();
  if (second.person.isRunning && (await second.isIn(world.hall).catch(() => false))) {
    const id = dice.id();
    await second.say(world.hall, world.load.text(dice), id);
    const own = (await second.call("device.list", {})).find((device) => device.own);
    const deviceId = own?.deviceId ?? "";
    const isKnown = async () => (await first.call("device.list", {})).some((device) => device.deviceId === deviceId);
    await eventually(isKnown, `${first.profile} to know its new device`);
    // One that is known no more was shut out, and the answer was lost.
    const revoke = async () => ((await isKnown()) ? first.outcome("device.revoke", { deviceId }) : "done");
    world.tally.note("device.revoke", await persist(revoke, ["done"]));
  }
  await goodbye(world, second);
}

export const ENTRANCES: Readonly<Record<string, Kind>> = {
  "client at sign-up": {
    weight: 3,
    takes: "nothing",
    async strike(world, dice) {
      const member = await beginSignUp(world);
      const signing = signUp(world, member);
      await world.killMember("client at sign-up", member, atStretching(dice, member));
      await signing;
      await seeIn(world, member, dice, await finish(member));
    },
  },
  "relay at sign-up": {
    weight: 1.5,
    takes: "relay",
    async strike(world, dice) {
      const member = await beginSignUp(world);
      const signing = signUp(world, member);
      await world.strikeRelay("relay at sign-up", atStretching(dice, member), dice);
      await signing;
      await member.person.kill();
      await seeIn(world, member, dice, await finish(member));
    },
  },
  "client at its first code": {
    weight: 1.5,
    takes: "nothing",
    async strike(world, dice) {
      const member = await beginSignUp(world);
      const made = await persist(() => signUp(world, member), ["done", "name-taken"]);
      if (made === "name-taken") return goodbye(world, member);
      const confirming = confirm(member);
      const instant = dice.chance(0.5) ? atAnyTime(dice, 40) : atWrite(dice, member.person.profile, VAULT, 4);
      await world.killMember("client at its first code", member, instant);
      await confirming;
      await seeIn(world, member, dice, await finish(member));
    },
  },
  "client as its password changes": {
    weight: 2,
    takes: "member",
    strike: (world, dice, member) => changePassword(world, dice, member, "client"),
  },
  "relay as a password changes": {
    weight: 1,
    takes: "both",
    strike: (world, dice, member) => changePassword(world, dice, member, "relay"),
  },
  "new device at sign-in": {
    weight: 1,
    takes: "member",
    strike: (world, dice, member) => newDevice(world, dice, member, false),
  },
  "new device as it is let in": {
    weight: 1,
    takes: "member",
    strike: (world, dice, member) => newDevice(world, dice, member, true),
  },
};

/** Each account has ten backup codes, and a device that is cut off may use several. */
async function newDevice(world: World, dice: Dice, member: Member, isLate: boolean): Promise<void> {
  if (!isAlone(world, member) || member.person.backupCodes.length < 3) return;
  await eventually(() => member.isOnline(), `${member.profile} to be online`);
  await secondDevice(world, dice, member, isLate);
}
