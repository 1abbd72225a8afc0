/** Crash points of a relay that nobody uses yet: the first start on an empty folder, and bringing an old database over. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { sqliteStore, systemRandom } from "../../packages/relay/src/index.ts";
import { databaseFile, openKeys } from "../../packages/relay/src/key-file.ts";
import { oldEntry, oldRoom, versionOne } from "../../packages/relay/test/version-one.ts";
import { Program, sottodFile } from "../harness/program.ts";
import type { Dice } from "./dice.ts";
import { atAnyTime, atWrite } from "./instants.ts";
import type { Kind } from "./kinds.ts";
import { unwatched } from "./unwatched.ts";
import type { World } from "./world.ts";

const START_MS = 900;
/** So that bringing the database over takes some milliseconds. */
const MANY = `
WITH RECURSIVE many(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM many WHERE i < 20000)
INSERT INTO inbox (device, number, kind) SELECT randomblob(16), i, 2 FROM many;
`;

function start(world: World, data: string): Program {
  const args = ["--json", "--data", data, "--listen", "127.0.0.1:0"];
  return new Program(sottodFile, args, world.folder);
}

/** Kills a starting relay up to three times; it then starts and stops as if nothing had been. */
async function startAgain(world: World, dice: Dice, kind: string, data: string, files: RegExp): Promise<void> {
  for (let kills = dice.within(1, 3); kills > 0; kills--) {
    await using relay = start(world, data);
    const instant = dice.chance(0.5) ? atAnyTime(dice, START_MS) : atWrite(dice, data, files, 8);
    const came = await instant.wait();
    world.note({ kind, victim: "relay", instant, came, unanswered: [] }, await relay.kill());
  }
  await using relay = start(world, data);
  await unwatched(relay.watch.until(() => relay.stdout.includes('"listening"'), `${kind}: the relay to start`));
  const ending = await relay.kill("SIGTERM");
  if (ending.code !== 0) throw new Error(`${kind}: the relay stopped with ${ending.code ?? ending.signal}`);
}

export const RELAY_ALONE: Readonly<Record<string, Kind>> = {
  "relay at its first start": {
    weight: 2,
    takes: "nothing",
    async strike(world, dice) {
      const data = join(world.folder, world.name("fresh"));
      await mkdir(data, { mode: 0o700 });
      await startAgain(world, dice, "relay at its first start", data, /^relay\./);
      await rm(data, { recursive: true });
    },
  },
  "relay as it brings an old database over": {
    weight: 2,
    takes: "nothing",
    async strike(world, dice) {
      const data = join(world.folder, world.name("old"));
      const keys = await openKeys(data, systemRandom, Date.now());
      const file = databaseFile(data);
      versionOne(file, keys.databaseKey, MANY);
      await startAgain(world, dice, "relay as it brings an old database over", data, /^relay\.db/);
      await using store = await sqliteStore({ file, key: keys.databaseKey, generation: systemRandom(16) });
      const room = await store.room(oldRoom);
      const entries = await store.entries(oldRoom, 1, 9, 9, 1e6);
      if (room?.last !== 1 || entries.length !== 1 || entries[0]?.id !== oldEntry)
        throw new Error("an old database has lost what it had");
      await store[Symbol.asyncDispose]();
      await rm(data, { recursive: true });
    },
  },
};
