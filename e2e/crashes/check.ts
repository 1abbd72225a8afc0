/** What people see when everything has come to rest, held against what was asked for and acknowledged. */
import type { Message } from "@sotto/core";
import type { Note } from "../harness/rpc.ts";
import type { Ledger, Said } from "./ledger.ts";
import type { Member } from "./member.ts";

/** What is looked at of a member. */
export type Watched = Pick<Member, "profile" | "account" | "call" | "history"> & {
  readonly person: { readonly runs: readonly { readonly notes: readonly Note[] }[] };
};

/** The rooms of one profile, each with its whole history. */
interface View {
  readonly member: Watched;
  readonly rooms: ReadonlyMap<string, { readonly kind: "room" | "direct"; readonly history: readonly Message[] }>;
}

interface Seen {
  readonly ledger: Ledger;
  readonly views: readonly View[];
  /** Nobody ever leaves this one. */
  readonly hall: string;
}

/** @returns what is wrong. */
export async function faultsOf(members: readonly Watched[], ledger: Ledger, hall: string): Promise<readonly string[]> {
  const views = await Promise.all(members.map(viewOf));
  const seen = { ledger, views, hall };
  return [
    ...views.flatMap(listFaults),
    ...orderFaults(seen),
    ...fateFaults(seen),
    ...presenceFaults(seen),
    ...views.flatMap((view) => toldFaults(view, seen)),
    ...views.flatMap((view) => wordFaults(view, seen)),
    ...acceptedFaults(seen),
    ...(await memberFaults(seen)),
  ];
}

async function viewOf(member: Watched): Promise<View> {
  const rooms = new Map<string, { kind: "room" | "direct"; history: readonly Message[] }>();
  for (const { roomId, kind } of await member.call("room.list", {})) {
    rooms.set(roomId, { kind, history: (await member.history(roomId)) ?? [] });
  }
  return { member, rooms };
}

/** In one list every message stands once, and each below the one before. */
function listFaults({ member, rooms }: View): readonly string[] {
  return [...rooms].flatMap(([roomId, { history }]) => {
    const where = `${member.profile} in ${roomId.slice(0, 8)}`;
    const rising = history.every(({ seq }, index) => index === 0 || seq > (history[index - 1]?.seq ?? seq));
    const once = new Set(history.map(({ messageId }) => messageId)).size === history.length;
    return [...(rising ? [] : [`${where}: the order is not that of seq`]), ...(once ? [] : [`${where}: one twice`])];
  });
}

/** What stands at a place stands there for everybody, and is what somebody asked for. */
function orderFaults({ views, ledger }: Seen): readonly string[] {
  const faults: string[] = [];
  const places = new Map<string, string>();
  const seqs = new Map<string, number>();
  for (const { member, rooms } of views) {
    for (const [roomId, { history }] of rooms) {
      for (const { messageId, seq, sender, text } of history) {
        const where = `${member.profile} in ${roomId.slice(0, 8)} at ${seq}`;
        const said = ledger.said.get(messageId);
        if (said === undefined || said.text !== text || said.sender !== sender || said.roomId !== roomId)
          faults.push(`${where}: ${messageId} is nothing that was asked for like this`);
        const place = `${roomId} ${seq}`;
        if ((places.get(place) ?? messageId) !== messageId)
          faults.push(`${where}: ${messageId}, elsewhere ${places.get(place)}`);
        if ((seqs.get(messageId) ?? seq) !== seq)
          faults.push(`${where}: ${messageId}, elsewhere it is ${seqs.get(messageId)}`);
        places.set(place, messageId);
        seqs.set(messageId, seq);
      }
    }
  }
  return faults;
}

/** Places of all messages that anybody sees. */
function placesOf(views: readonly View[]): ReadonlyMap<string, number> {
  const all = views.flatMap(({ rooms }) => [...rooms.values()].flatMap(({ history }) => history));
  return new Map(all.map(({ messageId, seq }) => [messageId, seq]));
}

/** Acknowledged: there, where the answer said. Refused: nowhere. */
function fateFaults({ views, ledger }: Seen): readonly string[] {
  const places = placesOf(views);
  const listed = new Set(views.flatMap(({ rooms }) => [...rooms.keys()]));
  return [...ledger.said.values()].flatMap(({ id, profile, roomId }) => {
    const fate = ledger.fate(id);
    const place = places.get(id);
    const where = `${id} of ${profile} in ${roomId.slice(0, 8)}`;
    // A room that nobody is in any more has no history to look at; the relay's log is looked at elsewhere.
    if (fate.state === "answered" && listed.has(roomId) && place !== fate.seq)
      return [`${where} was acknowledged as ${fate.seq} and is ${place ?? "not there"}`];
    if (fate.state === "refused" && place !== undefined)
      return [`${where} was refused ${fate.code} and is at ${place}`];
    if (fate.state === "asked") return [`${where} has no answer`];
    return [];
  });
}

/** Whoever was in a room when something was asked for has it, if anybody has. */
function presenceFaults({ views, ledger }: Seen): readonly string[] {
  const places = placesOf(views);
  const faults: string[] = [];
  for (const { member, rooms } of views) {
    const { profile } = member;
    for (const roomId of ledger.rooms) {
      const from = ledger.present(roomId).get(profile);
      // Of a conversation somebody's other devices have what was said since they came into it.
      const isAlone = views.filter((view) => view.member.account === member.account).length === 1;
      const isDirect = isAlone && rooms.get(roomId)?.kind === "direct";
      if (from === undefined && !isDirect) continue;
      const has = new Set(rooms.get(roomId)?.history.map(({ messageId }) => messageId));
      const missing = [...ledger.said.values()].filter(
        ({ id, roomId: its, at }) => its === roomId && places.has(id) && !has.has(id) && (isDirect || at > (from ?? 0)),
      );
      if (!rooms.has(roomId)) faults.push(`${profile} is not in ${roomId.slice(0, 8)}, and was not taken out`);
      for (const { id, sender } of missing)
        faults.push(
          `${profile} in ${roomId.slice(0, 8)} has not ${id} of ${sender}, which stands at ${places.get(id)}`,
        );
    }
  }
  return faults;
}

type MessageNote = Extract<Note, { type: "message" }>;

/** Each message of others is told at most once over all processes, in order, and by one process without gaps. */
function toldFaults({ member, rooms }: View, { ledger, hall }: Seen): readonly string[] {
  const faults: string[] = [];
  const isOthers = (said: Said | undefined) => said?.profile !== member.profile;
  for (const [roomId, { kind, history }] of rooms) {
    const where = `${member.profile} in ${roomId.slice(0, 8)}`;
    const runs = member.person.runs.map((run) =>
      run.notes.filter((note): note is MessageNote => note.type === "message" && note.roomId === roomId),
    );
    const all = runs.flat();
    if (all.some(({ seq }, index) => index > 0 && seq <= (all[index - 1]?.seq ?? seq)))
      faults.push(`${where}: something was told twice or out of order`);
    if (roomId !== hall && kind !== "direct") continue;
    const others = history.filter(({ messageId }) => isOthers(ledger.said.get(messageId)));
    for (const told of runs) {
      const [first, last] = [told[0]?.seq ?? 0, told.at(-1)?.seq ?? 0];
      const wanted = others.filter(({ seq }) => seq >= first && seq <= last);
      const got = told.map(({ messageId, text }) => `${messageId} ${text}`);
      if (wanted.map(({ messageId, text }) => `${messageId} ${text}`).join() !== got.join())
        faults.push(`${where}: between ${first} and ${last} ${got.length} of ${wanted.length} were told`);
    }
  }
  return faults;
}

/** Nothing is warned of: everybody is honest. A message that waited for a room that its sender lost is named. */
function wordFaults({ member }: View, { hall }: Seen): readonly string[] {
  return member.person.runs.flatMap(({ notes }) =>
    notes.flatMap((note) => {
      if (note.type !== "warning" || (note.code === "not-delivered" && note.roomId !== hall)) return [];
      return [`${member.profile} was warned: ${JSON.stringify(note)}`];
    }),
  );
}

/** What was visible or waited after an unlock came in the end; where its sender was taken out it may have been dropped. */
function acceptedFaults({ views, ledger, hall }: Seen): readonly string[] {
  const places = placesOf(views);
  const lasting = new Set(
    views.flatMap(({ rooms }) => [...rooms].filter(([, { kind }]) => kind === "direct").map(([roomId]) => roomId)),
  ).add(hall);
  return ledger.accepted.flatMap(({ profile, ids, least }) => {
    const came = ids.filter((id) => places.has(id) || !lasting.has(ledger.said.get(id)?.roomId ?? ""));
    return came.length >= least ? [] : [`${profile} had stored ${least} of ${ids.length}, and ${came.length} came`];
  });
}

/** All who are in a room know the same members. */
async function memberFaults({ views }: Seen): Promise<readonly string[]> {
  const lists = new Map<string, string>();
  const faults: string[] = [];
  for (const { member, rooms } of views) {
    for (const roomId of rooms.keys()) {
      const list = await member.call("room.members", { roomId });
      const text = list.map(({ username, role }) => `${username} ${role}`).sort();
      const before = lists.get(roomId) ?? text.join();
      if (before !== text.join())
        faults.push(`${member.profile} in ${roomId.slice(0, 8)}: members are ${text.join()}, elsewhere ${before}`);
      lists.set(roomId, before);
      if (!list.some(({ username }) => username === member.account))
        faults.push(`${member.profile} lists ${roomId.slice(0, 8)} and is not in it`);
    }
  }
  return faults;
}
