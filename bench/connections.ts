/** Figure 3: memory for each connection that is signed in and silent. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Client, dialAll } from "./client.ts";
import { type Figure, type Options, row } from "./figure.ts";

import { processorSeconds, residentBytes } from "./processors.ts";
import { seed } from "./seed.ts";
import { type Server, startBare, startRelay } from "./server.ts";
import { writeKeys } from "./world.ts";

/** The first ones load code and make caches, which is no memory of theirs. */
const FIRST = 20;
/** So long memory is looked at after the last one came; the lowest counts, what is above it is waiting for the collector. */
const SETTLE_MS = 4000;

export async function connections({ quick, folder, profiles, tell }: Options): Promise<Figure> {
  const count = quick ? 100 : 1000;
  const settleMs = quick ? 500 : SETTLE_MS;
  tell(`${count} idle connections`);
  const seeded = await seed(join(folder, "relay"), FIRST + count);
  const { rootCertificate, devices } = seeded;
  await using relay = await startRelay(seeded.data, profiles);
  const ours = await measure(relay, count, settleMs, async (index) => {
    const client = await Client.dial({ url: String(relay.said.url), rootCertificate });
    await client.resume(devices[index]!, 1);
    return client;
  });
  tell(`signed in within ${ours.seconds.toFixed(1)} s`);
  const keysFile = writeKeys(folder, seeded);
  await using bare = await startBare("bare-server.ts", [keysFile, "300"], join(folder, "bare.log"));
  const net = await measure(bare, count, settleMs, (index) =>
    Client.dial({ url: `${bare.said.url}/${index}`, rootCertificate }),
  );
  const first = row("sottod", [{ value: ours.kilobytes }]);
  return {
    name: "connections",
    title: `memory for each of ${count} idle connections, signed in`,
    unit: "KB",
    rows: [first, row("a bare TLS WebSocket server", [{ value: net.kilobytes }], first)],
    notes: [
      `${ours.busyMs.toFixed(1)} ms of processor time for each sign-in, ${net.busyMs.toFixed(1)} for a connection to the bare server`,
      `the whole process: sottod ${ours.total.toFixed()} MB, the bare server ${net.total.toFixed()} MB`,
    ],
  };
}

async function measure(server: Server, count: number, settleMs: number, dial: (index: number) => Promise<Client>) {
  const first = await dialAll(FIRST, dial);
  const before = await resident(server.pid, settleMs);
  const startedAt = performance.now();
  const usedBefore = processorSeconds(server.pid) ?? Number.NaN;
  const clients = await dialAll(count, (index) => dial(FIRST + index));
  const seconds = (performance.now() - startedAt) / 1000;
  const busyMs = (((processorSeconds(server.pid) ?? Number.NaN) - usedBefore) * 1000) / count;
  const after = await resident(server.pid, settleMs);
  for (const client of [...first, ...clients]) client.end();
  return { kilobytes: (after - before) / count / 1024, total: after / 1024 / 1024, seconds, busyMs };
}

async function resident(pid: number, forMs: number): Promise<number> {
  let lowest = Number.POSITIVE_INFINITY;
  for (const until = performance.now() + forMs; performance.now() < until; await pause(100)) {
    lowest = Math.min(lowest, residentBytes(pid) ?? Number.NaN);
  }
  return lowest;
}
