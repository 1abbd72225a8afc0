/** A relay that reorders, drops, repeats and alters what stands in rooms' logs, over real sockets. */
import type { DeviceId, Entry, EntryId, RoomId } from "@sotto/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Misbehaviour } from "./evil-relay.ts";
import type { MisbehaviourName } from "./misbehaviours.ts";
import { Ear, Scene, untilOnline } from "./scene.ts";
import { flipped, type Tamper, tamper } from "./tamper.ts";

let scene: Scene<"alice" | "bob" | "carol">;
/** A room of all three in which nothing is lied about. */
let elsewhere: RoomId;
beforeAll(async () => {
  scene = await Scene.open("alice", "bob", "carol");
  const { alice, bob, carol } = scene.people;
  elsewhere = (await scene.room(alice, bob, carol)).roomId;
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

interface Lie {
  readonly name: MisbehaviourName;
  readonly what: string;
  /** @param at - the seq of the first entry that bob is lied to about. */
  readonly change: (at: number, other: readonly Entry[]) => Tamper;
  /** What bob is warned of while alice, carol and alice say something. */
  readonly sees: readonly string[];
  /** How many of their three messages he is shown. */
  readonly shown: number;
}

const only =
  (at: number, change: (entry: Entry) => Entry): Tamper =>
  (entry) => [entry.seq === at ? change(entry) : entry];

const lies: readonly Lie[] = [
  {
    name: "message-altered",
    what: "alters a message's bytes",
    change: (at) => only(at, (entry) => ({ ...entry, bytes: flipped(entry.bytes) })),
    sees: ["relay-lies", "log-forked"],
    shown: 2,
  },
  {
    name: "message-renamed",
    what: "gives a message another id",
    change: (at) => only(at, (entry) => ({ ...entry, id: "ab".repeat(16) as EntryId })),
    sees: ["log-forked"],
    shown: 2,
  },
  {
    name: "message-rebased",
    what: "gives a message another base",
    change: (at) => only(at, (entry) => ({ ...entry, base: 0 })),
    sees: ["relay-lies", "log-forked"],
    shown: 2,
  },
  {
    name: "message-given-a-header",
    what: "gives a message a header",
    change: (at) => only(at, (entry) => ({ ...entry, header: new Uint8Array(3) })),
    sees: ["log-forked"],
    shown: 3,
  },
  {
    name: "message-of-another-sender",
    what: "says that another device sent it",
    change: (at) => only(at, (entry) => ({ ...entry, device: "cd".repeat(16) as DeviceId })),
    sees: ["relay-lies", "log-forked"],
    shown: 2,
  },
  {
    name: "message-of-another-room",
    what: "shows a message of another room in its place",
    change: (at, other) => only(at, (entry) => ({ ...(other.at(-1) ?? entry), seq: entry.seq })),
    sees: ["relay-lies", "log-forked"],
    shown: 2,
  },
  {
    name: "message-dropped",
    what: "drops a message and moves the rest up",
    change: (at) => (entry) => {
      if (entry.seq === at) return [];
      return [entry.seq < at ? entry : { ...entry, seq: entry.seq - 1 }];
    },
    sees: ["log-forked"],
    shown: 2,
  },
];

test.each(lies.map((lie) => [lie.what, lie] as const))(
  "a relay that %s is named, and nothing is shown altered or twice",
  async (_what, { name, change, sees, shown }) => {
    const { alice, bob, carol } = scene.people;
    const all = [alice, bob, carol];
    const { roomId } = await scene.room(alice, bob, carol);
    const at = (await scene.log(alice, roomId)).length + 1;
    const change1 = change(at, await scene.log(alice, elsewhere));
    const [ear, others] = [new Ear(bob), [new Ear(alice), new Ear(carol)]];
    const before = bob.told(roomId).length;
    await scene.evil.while(tamper(name, "bob", roomId, change1), async () => {
      for (const person of [alice, carol, alice]) await person.send(roomId, scene.text());
      await scene.reads(bob, roomId, at + 1);
      await ear.hears("log-forked");
    });
    expect(ear.warnings).toEqual(sees);
    expect(others.flatMap((one) => one.warnings)).toEqual([]);
    expect(bob.told(roomId)).toHaveLength(before + shown);
    await scene.expectTrue(roomId, all);

    // Nothing is sent until he agrees; then it is, and the others learn that somebody saw another log.
    const text = scene.text();
    const waiting = bob.send(roomId, text);
    await scene.talk(elsewhere, ...all);
    expect((await bob.call("account.status", {})).outbox).toBe(1);
    await bob.call("warning.accept", { code: "log-forked", roomId });
    await waiting;
    await Promise.all([alice.sees(roomId, text), carol.sees(roomId, text)]);
    for (const one of others) await one.hears("log-forked");
    for (const one of others) await one.person.call("warning.accept", { code: "log-forked", roomId });
    const answer = scene.text();
    await alice.send(roomId, answer);
    await carol.sees(roomId, answer);
    // Where another entry stood than stands there now, the relay went back in time as far as he can tell.
    const isHeard = () =>
      ear.warnings.includes("relay-rolled-back") || bob.told(roomId).some((one) => one.text === answer);
    await bob.until(isHeard, "the answer");
    if (ear.warnings.includes("relay-rolled-back")) await bob.call("warning.accept", { code: "relay-rolled-back" });
    await bob.sees(roomId, answer);
    await scene.expectTrue(roomId, all);
  },
);

test("two messages that crossed, shown to one member the other way round, are named at the next one", async () => {
  const { alice, bob, carol } = scene.people;
  const { roomId } = await scene.room(alice, bob, carol);
  const at = (await scene.log(alice, roomId)).length + 1;
  const [ear, others] = [new Ear(bob), [new Ear(alice), new Ear(carol)]];
  const kept: Entry[] = [];
  const swap: Tamper = (entry) => {
    if (entry.seq < at || kept.length === 2) return [entry];
    kept.push(entry);
    return kept.length === 2 ? kept.toReversed().map((one, index) => ({ ...one, seq: at + index })) : [];
  };
  await scene.evil.while(tamper("messages-swapped", "bob", roomId, swap), async () => {
    await Promise.all([alice, carol].map((person) => person.send(roomId, scene.text())));
    await scene.reads(bob, roomId, at + 1);
  });
  const [shown, true_] = await Promise.all([bob, alice].map((person) => person.history(roomId)));
  expect(shown?.map(({ messageId }) => messageId).slice(-2)).toEqual(
    true_
      ?.map(({ messageId }) => messageId)
      .slice(-2)
      .reverse(),
  );
  // Neither order is the wrong one for somebody who has seen nothing else: the next honest word between them says it.
  await bob.send(roomId, scene.text());
  for (const other of others) await other.hears("log-forked");
  await carol.call("warning.accept", { code: "log-forked", roomId });
  await carol.send(roomId, scene.text());
  // And whoever it was shown to finds other entries in those places now.
  await ear.hears("relay-rolled-back");
  await scene.expectTrue(roomId, [alice, bob, carol], true);
  await bob.call("warning.accept", { code: "relay-rolled-back" });
  await untilOnline(bob);
  await scene.reads(bob, roomId, (await scene.log(alice, roomId)).length);
});

interface Harmless {
  readonly what: string;
  readonly does: (room: RoomId, at: number) => Misbehaviour;
}

/** What comes to nothing: who is told of a gap asks, and who is told twice has it already. */
const harmless: readonly Harmless[] = [
  {
    what: "pushes nothing, until the next connection",
    does: (room) => tamper("pushes-withheld", "bob", room, () => []),
  },
  {
    what: "leaves out every push but the last",
    does: (room, at) => ({
      name: "pushes-thinned",
      onServer: ({ body }, line) => {
        const isOut = body.type === "event" && body.room === room && (body.entries[0]?.seq ?? 0) < at + 2;
        return line.name === "bob" && isOut ? [] : undefined;
      },
    }),
  },
  {
    what: "pushes everything twice, and once more at the end",
    does: (room) => {
      const all: Parameters<NonNullable<Misbehaviour["onServer"]>>[0][] = [];
      return {
        name: "pushes-repeated",
        onServer: (frame, line) => {
          if (line.name !== "bob" || frame.body.type !== "event" || frame.body.room !== room) return undefined;
          all.push(frame);
          return [frame, ...all];
        },
      };
    },
  },
  {
    what: "pushes the newest first",
    does: (room, at) => {
      const all: Parameters<NonNullable<Misbehaviour["onServer"]>>[0][] = [];
      return {
        name: "pushes-reversed",
        onServer: (frame, line) => {
          if (line.name !== "bob" || frame.body.type !== "event" || frame.body.room !== room) return undefined;
          all.push(frame);
          return (frame.body.entries.at(-1)?.seq ?? 0) < at + 2 ? [] : all.toReversed();
        },
      };
    },
  },
  {
    what: "tells of rooms that nobody is in, and of notices and answers that nobody asked for",
    does: () => ({
      name: "answers-unasked",
      onServer: (frame, line) => {
        if (line.name !== "bob" || frame.body.type !== "event") return undefined;
        const room = "ee".repeat(32) as RoomId;
        return [
          { request: 0, body: { type: "event", room, entries: frame.body.entries } },
          { request: 999_999, body: { type: "ack", seq: 7, previous: new Uint8Array(32) } },
          { request: 0, body: { type: "fetched", room: frame.body.room, entries: frame.body.entries, last: 99 } },
          { request: 0, body: { type: "done" } },
          { request: 0, body: { type: "refused", code: "banned", head: 0, retryMs: 0, field: "" } },
          frame,
        ];
      },
    }),
  },
];

test.each(harmless.map((one) => [one.what, one] as const))(
  "a relay that %s changes nothing",
  async (_what, { does }) => {
    const { alice, bob, carol } = scene.people;
    const all = [alice, bob, carol];
    const ears = all.map((person) => new Ear(person));
    const at = (await scene.log(alice, elsewhere)).length + 1;
    await scene.evil.while(does(elsewhere, at), async () => {
      for (const person of [alice, carol, alice]) await person.send(elsewhere, scene.text());
      await carol.call("account.status", {});
    });
    await scene.reconnect(bob);
    await scene.talk(elsewhere, ...all);
    expect(ears.flatMap((ear) => ear.warnings)).toEqual([]);
    const [first, ...others] = await Promise.all(all.map((person) => person.history(elsewhere)));
    for (const other of others) expect(other).toEqual(first);
    await scene.expectTrue(elsewhere, all);
  },
);

test("a relay that tells of entries and does not give them is named, and asked again at the next connection", async () => {
  const { alice, bob, carol } = scene.people;
  const ear = new Ear(bob);
  const keep: Misbehaviour = {
    name: "entries-promised",
    onServer: (frame, line) => {
      const { body } = frame;
      if (line.name !== "bob" || (body.type !== "event" && body.type !== "fetched")) return undefined;
      if (body.type === "fetched") return [{ ...frame, body: { ...body, entries: [] } }];
      return [{ ...frame, body: { ...body, entries: body.entries.map((one) => ({ ...one, seq: one.seq + 1 })) } }];
    },
  };
  const text = scene.text();
  await scene.evil.while(keep, async () => {
    await alice.send(elsewhere, text);
    await ear.hears("relay-lies");
    // It is not asked without end.
    const asked = scene.evil.of("bob", "fetch").length;
    await alice.send(elsewhere, scene.text());
    await carol.call("account.status", {});
    expect(scene.evil.of("bob", "fetch").length - asked).toBeLessThan(3);
  });
  await scene.reconnect(bob);
  await bob.sees(elsewhere, text);
  await scene.talk(elsewhere, alice, bob, carol);
  expect(new Set(ear.warnings)).toEqual(new Set(["relay-lies"]));
  await scene.expectTrue(elsewhere, [alice, bob, carol]);
});

/** What bob's own message meets on its way into the log, or its answer on the way back. */
const answers: readonly { readonly what: string; readonly does: () => Misbehaviour }[] = [
  {
    what: "acknowledges a message without storing it",
    does: () => ({
      name: "message-acknowledged-and-lost",
      onClient: ({ request, body }, line) => {
        if (line.name !== "bob" || body.type !== "append") return undefined;
        line.toClient({ request, body: { type: "ack", seq: body.head + 5000, previous: new Uint8Array(32) } });
        return [];
      },
    }),
  },
  {
    what: "acknowledges a message at another place",
    does: () => ({
      name: "ack-misplaced",
      onServer: (frame, line) => {
        if (line.name !== "bob" || frame.body.type !== "ack") return undefined;
        return [{ ...frame, body: { ...frame.body, seq: Math.max(1, frame.body.seq - 1) } }];
      },
    }),
  },
  {
    what: "takes a message and never answers",
    does: () => ({
      name: "ack-withheld",
      onServer: ({ body }, line) => (line.name === "bob" && body.type === "ack" ? [] : undefined),
    }),
  },
  {
    what: "loses a message",
    does: () => ({
      name: "message-lost",
      onClient: ({ body }, line) => (line.name === "bob" && body.type === "append" ? [] : undefined),
    }),
  },
  {
    what: "refuses a message for a moment with every code that means a wait",
    does: () => {
      const codes = ["busy", "rate-limited", "busy"] as const;
      let times = 0;
      return {
        name: "message-put-off",
        onClient: ({ request, body }, line) => {
          const code = codes[times];
          if (line.name !== "bob" || body.type !== "append" || code === undefined) return undefined;
          times++;
          line.toClient({ request, body: { type: "refused", code, head: 0, retryMs: 20, field: "" } });
          return [];
        },
      };
    },
  },
];

test.each(answers.map((one) => [one.what, one] as const))(
  "a relay that %s loses nothing of it and brings it once",
  async (_what, { does }) => {
    const { alice, bob, carol } = scene.people;
    const ears = [alice, bob, carol].map((person) => new Ear(person));
    const text = scene.text();
    let waiting: Promise<unknown> | undefined;
    await scene.evil.while(does(), async () => {
      const sent = scene.evil.of("bob", "append").length;
      waiting = bob.send(elsewhere, text);
      await scene.evil.watch.until(() => scene.evil.of("bob", "append").length > sent, "bob's message");
      // As long as a lie may take to do harm.
      await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 300))]);
    });
    await scene.reconnect(bob);
    await waiting;
    await Promise.all([alice, carol].map((person) => person.sees(elsewhere, text)));
    await scene.talk(elsewhere, alice, bob, carol);
    expect(ears.map((ear) => ear.warnings)).toEqual([[], [], []]);
    await scene.expectTrue(elsewhere, [alice, bob, carol]);
  },
);

test("a relay that says stale-head for ever is named after three times, and no key is spent on it", async () => {
  const { alice, bob, carol } = scene.people;
  const [ear, text] = [new Ear(bob), scene.text()];
  let waiting: Promise<unknown> | undefined;
  const sent = scene.evil.of("bob", "append").length;
  const refuse: Misbehaviour = {
    name: "stale-head-for-ever",
    onClient: ({ request, body }, line) => {
      if (line.name !== "bob" || body.type !== "append") return undefined;
      line.toClient({ request, body: { type: "refused", code: "stale-head", head: body.head, retryMs: 0, field: "" } });
      return [];
    },
  };
  await scene.evil.while(refuse, async () => {
    waiting = bob.send(elsewhere, text);
    await ear.hears("relay-lies");
  });
  const tries = scene.evil.of("bob", "append").slice(sent);
  expect(tries).toHaveLength(3);
  expect(new Set(tries.map(({ bytes }) => Buffer.from(bytes).toString("hex"))).size).toBe(1);
  await scene.reconnect(bob);
  await waiting;
  await Promise.all([alice, carol].map((person) => person.sees(elsewhere, text)));
  await scene.expectTrue(elsewhere, [alice, bob, carol]);
});
