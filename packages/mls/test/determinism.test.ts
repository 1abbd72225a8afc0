/** Randomness comes in as an argument and from nowhere else: the same seed is the same run, byte for byte. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { difference, epochAuthenticator, exportSecret, type Group, restore } from "../src/index.ts";
import { commit, enter, exchange } from "./exchange.ts";
import { makeWorld, memberOf, profile, seeded, toHex, unwrap, type World } from "./world.ts";

const PEOPLE = ["ann", "bob", "cyd", "dan", "eve"];

/** Creates, adds, commits, messages and external joins, chosen by the seed. @returns everything that was sent, and what it led to. */
function run(seed: number, between: (group: Group) => Group = (group) => group): string[] {
  const world = makeWorld(PEOPLE, seed);
  const sent: string[] = [];
  const choices = seeded(seed + 1_000_000);
  const choose = <T>(list: readonly T[]): T => list[(choices(1)[0] ?? 0) % list.length]!;
  for (let count = 0; count < 40; count++) {
    const present = [...world.members.keys()];
    const one = choose(present);
    const other = choose(present.filter((name) => name !== one));
    const act = choose(["message", "message", "message", "renew", "add", "remove", "enter", "come back"]);
    sent.push(act, ...play(world, act, one, other, `newcomer ${count}`).map(toHex));
    for (const [name, device] of world.members) world.members.set(name, { ...device, group: between(device.group) });
    const { group } = memberOf(world, choose([...world.members.keys()]));
    sent.push(toHex(epochAuthenticator(group)), toHex(exportSecret(profile, group, "a label", new Uint8Array(3), 20)));
  }
  for (const { group } of world.members.values()) sent.push(...partsOf(group).map(([, value]) => toHex(value)));
  return sent;
}

function play(world: World, act: string, one: string, other: string, newcomer: string): Uint8Array[] {
  switch (act) {
    case "message":
      return [exchange(world, one, `a text of ${one}`).bytes];
    case "enter":
      return entered(enter(world, newcomer, one));
    case "come back":
      return entered(enter(world, other, one));
    default: {
      // A few stay, so that there is always somebody to do the next thing.
      const remove = act === "remove" && world.members.size > 3 ? [other] : [];
      const { made } = commit(world, one, { remove, add: act === "add" ? [newcomer] : [] });
      return [made.bytes, ...(made.welcome === undefined ? [] : [made.welcome])];
    }
  }
}

const entered = ({ info, bytes }: { info: Uint8Array; bytes: Uint8Array }) => [info, bytes];

const partsOf = (group: Group) =>
  difference(undefined, group).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));

const fromDisk = (group: Group): Group => unwrap(restore(new Map(partsOf(group))));

const digest = (lines: readonly string[]) => createHash("sha256").update(lines.join("\n")).digest("hex");

test("a seed gives one run, and another seed another", () => {
  const first = run(1);
  for (const act of ["message", "renew", "add", "remove", "enter", "come back"]) expect(first).toContain(act);
  expect(run(1)).toEqual(first);
  expect(digest(run(2))).not.toBe(digest(first));
});

test("it is the same run when every state goes to disk and comes back after every step", () => {
  expect(digest(run(3, fromDisk))).toBe(digest(run(3)));
});
