/** What both figures about traffic need: `sottod` with rooms in it, a bare server beside it, and everybody connected to both. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RoomId } from "@sotto/wire";
import { Client, dialAll } from "./client.ts";
import type { Options } from "./figure.ts";
import { randomRoom, type Sender } from "./load.ts";
import { makeRoom, type Person } from "./rooms.ts";
import { type Seeded, seed } from "./seed.ts";
import { type Server, startBare, startRelay } from "./server.ts";

export interface World extends AsyncDisposable {
  readonly relay: Server;
  readonly bare: Server;
  /** One for each room. */
  readonly senders: readonly Sender[];
  readonly bareSenders: readonly Sender[];
}

export async function makeWorld(
  { folder, profiles, tell }: Pick<Options, "folder" | "profiles" | "tell">,
  { rooms, members, entryBytes }: { readonly rooms: number; readonly members: number; readonly entryBytes: number },
): Promise<World> {
  const seeded = await seed(join(folder, "relay"), rooms * members);
  const roomIds = await makeRooms(seeded, rooms, members);
  await using made = new AsyncDisposableStack();
  const relay = made.use(await startRelay(seeded.data, profiles));
  const args = [writeKeys(folder, seeded), String(entryBytes)];
  const bare = made.use(await startBare("bare-server.ts", args, join(folder, "bare.log")));
  const people = await signIn(seeded, String(relay.said.url), 2);
  const strangers = await dialAll(people.length, (index) => {
    const room = Math.floor(index / members);
    return Client.dial({ url: `${bare.said.url}/${room}`, rootCertificate: seeded.rootCertificate });
  });
  tell(`${rooms} x ${members} connected, entries of ${entryBytes} bytes`);
  const clients = people.map((person) => person.client);
  made.defer(() => {
    for (const client of [...clients, ...strangers]) client.end();
  });
  const sendersOf = (all: readonly Client[], room: (index: number) => RoomId) =>
    Array.from({ length: rooms }, (_, index): Sender => {
      const readers = all.slice(index * members, (index + 1) * members);
      return { client: readers[0]!, room: room(index), readers };
    });
  const kept = made.move();
  return {
    relay,
    bare,
    senders: sendersOf(clients, (index) => roomIds[index]!),
    bareSenders: sendersOf(strangers, randomRoom),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/**
 * Makes the rooms with a relay that is stopped afterwards: after a start the relay knows rooms from its database alone,
 * and is slower in them than in rooms that it saw from their beginning. That is how it runs on most of its days.
 */
async function makeRooms(seeded: Seeded, rooms: number, members: number): Promise<readonly RoomId[]> {
  await using relay = await startRelay(seeded.data, undefined);
  const people = await signIn(seeded, String(relay.said.url), 1);
  const made = await Promise.all(
    Array.from({ length: rooms }, async (_, index) => {
      const [creator, ...others] = people.slice(index * members, (index + 1) * members);
      return await makeRoom(creator!, others);
    }),
  );
  for (const { client } of people) client.end();
  return made;
}

/** Every seeded device on a connection of its own. */
async function signIn({ devices, rootCertificate }: Seeded, url: string, counter: number): Promise<readonly Person[]> {
  const clients = await dialAll(devices.length, async (index) => {
    const client = await Client.dial({ url, rootCertificate });
    await client.resume(devices[index]!, counter);
    return client;
  });
  return clients.map((client, index) => ({ client, device: devices[index]! }));
}

/** The bare server has the relay's certificates, so that handshakes and records are the same. */
export function writeKeys(folder: string, { leafKey, leafCertificate, rootCertificate }: Seeded): string {
  const file = join(folder, "tls.json");
  writeFileSync(file, JSON.stringify({ leafKey, leafCertificate, rootCertificate }), { mode: 0o600 });
  return file;
}
