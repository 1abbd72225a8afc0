/** A thread that plays the worlds that it is given, each with a relay that means ill. */
import { parentPort } from "node:worker_threads";
import { makeStarts } from "../world.ts";
import { misbehaviour } from "./misbehaviours.ts";
import { type EvilReport, playEvil } from "./play-evil.ts";

/** One world. */
export interface Task {
  readonly name: string;
  readonly seed: number;
}

/** Without its story, unless something was found. */
export type Done = Omit<EvilReport, "story" | "done" | "struck">;

const port = parentPort;
if (port !== null) {
  const starts = await makeStarts();
  port.on("message", ({ name, seed }: Task) => {
    const known = misbehaviour(name);
    if (known === undefined) throw new Error(`no misbehaviour is called ${name}`);
    void playEvil(starts, seed, known).then(({ story: _story, done: _done, struck: _struck, ...report }) => {
      port.postMessage(report satisfies Done);
    });
  });
}
