/** Figure 1: messages a second in rooms of two, each durable before it is acknowledged, and delivered to both sides. */
import { join } from "node:path";
import { type Figure, type Options, type Round, row } from "./figure.ts";
import { drive, median, type Run } from "./load.ts";
import { entryBytesOf, TEXT_BYTES } from "./sealing.ts";
import { startBare } from "./server.ts";
import { makeWorld } from "./world.ts";

/** Messages of each sender that are not acknowledged yet. */
const WINDOW = 8;

export async function messages(options: Options): Promise<Figure> {
  const { quick, folder, tell, hasTime } = options;
  const [pairs, rounds, seconds] = quick ? [40, 1, 1] : [200, 3, 4];
  const entryBytes = await entryBytesOf(TEXT_BYTES);
  await using world = await makeWorld(options, { rooms: pairs, members: 2, entryBytes });
  const { relay, bare, senders, bareSenders } = world;
  const common = { window: WINDOW, entryBytes, seconds };
  const [ours, net, log]: [Run[], Run[], Round[]] = [[], [], []];
  for (let round = 1; round === 1 || (round <= rounds && hasTime()); round++) {
    ours.push(await drive({ ...common, senders, serverPid: relay.pid }));
    net.push(await drive({ ...common, senders: bareSenders, serverPid: bare.pid }));
    log.push(await storeRound(join(folder, `store${round}`), [pairs, WINDOW, entryBytes, seconds / 2]));
    tell(`round ${round} of ${rounds}: ${ours.at(-1)?.acksPerSecond.toFixed()} a second`);
  }
  const first = row("sottod", ours.map(roundOf));
  const both = net.map((run, index) => together(roundOf(run), log[index] ?? { value: Number.NaN }));
  return {
    name: "messages",
    title: `rooms of two, ${pairs} at once, ${WINDOW} messages of each unacknowledged, durable before the Ack`,
    unit: "messages/s",
    rows: [
      first,
      row("a bare TLS WebSocket server, nothing stored", net.map(roundOf), first),
      row("the log alone, no network", log, first),
      row("both of these on one processor", both, first),
    ],
    notes: [
      `a text of ${TEXT_BYTES} bytes is an entry of ${entryBytes}: padded, signed, encrypted`,
      `median time to an Ack: ${median(ours.map((run) => run.ackMs)).toFixed()} ms`,
    ],
  };
}

const roundOf = ({ acksPerSecond, serverBusy, generatorBusy }: Run): Round => ({
  value: acksPerSecond,
  busy: serverBusy,
  generator: generatorBusy,
});

/** One processor that does the work of two: the time for a message is the sum of both times. */
function together(one: Round, other: Round): Round {
  const busySeconds = (round: Round): number => (round.busy ?? Number.NaN) / round.value;
  const value = 1 / (1 / one.value + 1 / other.value);
  return { value, busy: value * (busySeconds(one) + busySeconds(other)) };
}

/** A process and a database for each round, so that none begins with what the last one left. */
async function storeRound(file: string, numbers: readonly number[]): Promise<Round> {
  await using store = await startBare("bare-store.ts", [`${file}.db`, ...numbers.map(String)], `${file}.log`);
  return { value: Number(store.said.perSecond), busy: Number(store.said.busy) };
}
