/** Drives senders at a server and counts what comes back, with so many messages of each sender always unanswered. */
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type EntryId, encodeFromClient, idOf, type RoomId } from "@sotto/wire";
import type { Client } from "./client.ts";
import { ownProcessorSeconds, processorSeconds } from "./processors.ts";

const WARM_UP_MS = 500;
const REST_MS_MAX = 20_000;

export interface Sender {
  readonly client: Client;
  readonly room: RoomId;
  /** Everybody that the server passes the entries of this room on to, the sender too. */
  readonly readers: readonly Client[];
}

export interface Plan {
  readonly senders: readonly Sender[];
  /** Unanswered messages of each sender. */
  readonly window: number;
  readonly entryBytes: number;
  readonly seconds: number;
  readonly serverPid: number;
}

/** What one run gave. */
export interface Run {
  readonly acksPerSecond: number;
  readonly deliveriesPerSecond: number;
  /** How many came in one frame. */
  readonly entriesPerFrame: number;
  /** Part of one processor that the server used, and the load generator. NaN where that cannot be known. */
  readonly serverBusy: number;
  readonly generatorBusy: number;
  readonly ackMs: number;
}

/** @throws when anything was lost: a figure of a server that loses messages is worth nothing. */
export async function drive(plan: Plan): Promise<Run> {
  const { senders, window, entryBytes, seconds, serverPid } = plan;
  const readers = new Set(senders.flatMap((sender) => sender.readers));
  const before = entriesOf(readers);
  let [sent, acks, owed, isOver] = [0, 0, 0, false];
  const waits: number[] = [];
  for (const { client, room, readers } of senders) {
    const next = appends(room, entryBytes, window > 1);
    const sentAt: number[] = [];
    const send = (): void => {
      sent++;
      owed += readers.length;
      sentAt.push(performance.now());
      client.send(next());
    };
    client.onAck = () => {
      acks++;
      // A room's entries are acknowledged in order.
      waits.push(performance.now() - (sentAt.shift() ?? 0));
      if (!isOver) send();
    };
    for (let index = 0; index < window; index++) send();
  }
  await pause(WARM_UP_MS);
  waits.length = 0;
  const look = () => ({
    at: performance.now(),
    acks,
    entries: entriesOf(readers),
    events: eventsOf(readers),
    server: processorSeconds(serverPid) ?? Number.NaN,
    generator: ownProcessorSeconds(),
  });
  const start = look();
  await pause(seconds * 1000);
  const end = look();
  isOver = true;
  await rest(
    () => acks === sent && entriesOf(readers) - before === owed,
    () => `${acks} of ${sent} messages were acknowledged, ${entriesOf(readers) - before} of ${owed} entries delivered`,
  );
  const took = (end.at - start.at) / 1000;

  return {
    acksPerSecond: (end.acks - start.acks) / took,
    deliveriesPerSecond: (end.entries - start.entries) / took,
    entriesPerFrame: (end.entries - start.entries) / (end.events - start.events),
    serverBusy: (end.server - start.server) / took,
    generatorBusy: (end.generator - start.generator) / took,
    ackMs: median(waits),
  };
}

/**
 * Makes Append frames. Only the id of the entry differs, which is all that the relay looks at: it cannot tell one
 * ciphertext from another, and encoding each anew would cost the load generator more than sending it.
 */
function appends(room: RoomId, entryBytes: number, continues: boolean): () => Uint8Array {
  const bytes = new Uint8Array(randomBytes(entryBytes));
  const id = randomId();
  const append = { type: "append", room, id, head: 1, base: 1, bytes, continues } as const;
  const template = Buffer.from(encodeFromClient({ request: 1, body: append }));
  const at = template.indexOf(Buffer.from(id, "hex"));
  return () => {
    const frame = Buffer.from(template);
    randomBytes(16).copy(frame, at);
    return frame;
  };
}

export const randomId = (): EntryId => idOf.entry(new Uint8Array(randomBytes(16)));
export const randomRoom = (): RoomId => idOf.room(new Uint8Array(randomBytes(32)));

async function rest(isDone: () => boolean, state: () => string): Promise<void> {
  const deadline = performance.now() + REST_MS_MAX;
  while (!isDone()) {
    if (performance.now() > deadline) throw new Error(state());
    await pause(20);
  }
}

const entriesOf = (readers: ReadonlySet<Client>): number => sum([...readers].map((reader) => reader.entries));
const eventsOf = (readers: ReadonlySet<Client>): number => sum([...readers].map((reader) => reader.events));
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1] ?? Number.NaN, sorted[Math.floor(middle)] ?? Number.NaN];
  return (low + high) / 2;
}
