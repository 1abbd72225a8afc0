/** Plays one seed in a thread of its own. */
import { parentPort, workerData } from "node:worker_threads";
import { makeStarts, play } from "../src/index.ts";

parentPort?.postMessage((await play(await makeStarts(), workerData)).digest);
