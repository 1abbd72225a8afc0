/** Figure 2: deliveries a second into one large room, from one sender. */
import { type Figure, type Options, type Round, row } from "./figure.ts";
import { drive, median, type Run } from "./load.ts";
import { entryBytesOf, TEXT_BYTES } from "./sealing.ts";
import { makeWorld } from "./world.ts";

const MEMBERS = 100;
/** Messages of the one sender that are not acknowledged yet. */
const WINDOW = 64;

export async function deliveries(options: Options): Promise<Figure> {
  const { quick, tell, hasTime } = options;
  const [rounds, seconds] = quick ? [1, 1] : [3, 4];
  const entryBytes = await entryBytesOf(TEXT_BYTES);
  await using world = await makeWorld(options, { rooms: 1, members: MEMBERS, entryBytes });
  const { relay, bare, senders, bareSenders } = world;
  const common = { window: WINDOW, entryBytes, seconds };
  const [ours, net]: [Run[], Run[]] = [[], []];
  for (let round = 1; round === 1 || (round <= rounds && hasTime()); round++) {
    ours.push(await drive({ ...common, senders, serverPid: relay.pid }));
    net.push(await drive({ ...common, senders: bareSenders, serverPid: bare.pid }));
    tell(`round ${round} of ${rounds}: ${ours.at(-1)?.deliveriesPerSecond.toFixed()} a second`);
  }
  const first = row("sottod", ours.map(roundOf));
  return {
    name: "deliveries",
    title: `one room of ${MEMBERS} connected members, one sender with ${WINDOW} messages unacknowledged`,
    unit: "entries/s",
    rows: [first, row("a bare TLS WebSocket broadcast, nothing stored", net.map(roundOf), first)],
    notes: [
      `entries of ${entryBytes} bytes; the sender's own connection gets them too and counts`,
      `entries in one frame: sottod ${perFrame(ours)}, the bare broadcast ${perFrame(net)}`,
      `median time to an Ack: ${median(ours.map((run) => run.ackMs)).toFixed()} ms`,
    ],
  };
}

const perFrame = (runs: readonly Run[]): string => median(runs.map((run) => run.entriesPerFrame)).toFixed();

const roundOf = ({ deliveriesPerSecond, serverBusy, generatorBusy }: Run): Round => ({
  value: deliveriesPerSecond,
  busy: serverBusy,
  generator: generatorBusy,
});
