/**
 * A relay that lies in the handshake and about the session, and speaks nonsense, over real sockets. One whose data was
 * replaced by an older copy is in ../rolled-back.test.ts.
 */
import { encodeFromServer, formatLink, LIMITS, parseLink, type RoomId, type ServerBody } from "@sotto/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countingRelay, makeCertificates } from "../../packages/node/test/tls-relay.ts";
import { expectRefused } from "../harness/expect-code.ts";
import type { Person } from "../harness/person.ts";
import type { Line, Misbehaviour } from "./evil-relay.ts";
import { crypto } from "./forge.ts";
import { type MisbehaviourName, played } from "./misbehaviours.ts";
import { Ear, Scene, untilOnline } from "./scene.ts";

let scene: Scene<"alice" | "bob" | "carol">;
let room: RoomId;
beforeAll(async () => {
  scene = await Scene.open("alice", "bob", "carol");
  const { alice, bob } = scene.people;
  room = (await scene.room(alice, bob)).roomId;
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

type Session = Extract<ServerBody, { type: "session" }>;
type Challenge = Extract<ServerBody, { type: "challenge" }>;

const sessions = (name: MisbehaviourName, change: (body: Session) => ServerBody): Misbehaviour => ({
  name,
  onServer: (frame, line) =>
    line.name === "bob" && frame.body.type === "session" ? [{ ...frame, body: change(frame.body) }] : undefined,
});

/** In the handshake nobody has said yet who they are: whoever dials meets it. */
const challenges = (name: MisbehaviourName, change: (body: Challenge) => ServerBody): Misbehaviour => ({
  name,
  onServer: (frame) => (frame.body.type === "challenge" ? [{ ...frame, body: change(frame.body) }] : undefined),
});

const strange = "ee".repeat(32) as RoomId;
const inRoom = (body: Session, change: Partial<Session["rooms"][number]>): Session => ({
  ...body,
  rooms: body.rooms.map((one) => (one.room === room ? { ...one, ...change } : one)),
});

const sessionLies: readonly {
  readonly name: MisbehaviourName;
  readonly what: string;
  readonly change: (body: Session) => ServerBody;
  readonly sees: readonly string[];
}[] = [
  {
    name: "session-with-strange-rooms",
    what: "names rooms that the person is not in",
    change: (body) => ({ ...body, rooms: [...body.rooms, { room: strange, last: 9, head: 3 }] }),
    sees: [],
  },
  {
    name: "session-with-invented-rooms",
    what: "invents rooms of the account",
    change: (body) => ({ ...body, accountRooms: [strange, room] }),
    sees: [],
  },
  {
    name: "key-packages-denied",
    what: "says that no key packages are left",
    change: (body) => ({ ...body, keyPackages: 0 }),
    sees: [],
  },
  {
    name: "key-packages-overstated",
    what: "says that many key packages are left",
    change: (body) => ({ ...body, keyPackages: 100_000 }),
    sees: [],
  },
  {
    name: "admin-granted",
    what: "makes somebody admin",
    change: (body) => ({ ...body, admin: !body.admin }),
    sees: [],
  },
  {
    name: "confirmation-denied",
    what: "says that the account waits for its first code",
    change: (body) => ({ ...body, confirmed: false }),
    sees: [],
  },
  {
    name: "session-with-entries-promised",
    what: "tells of entries that are not there",
    change: (body) => inRoom(body, { last: 1_000_000 }),
    sees: ["relay-lies"],
  },
  {
    name: "session-with-inbox-promised",
    what: "tells of inbox entries that are not there",
    change: (body) => ({ ...body, inboxLast: body.inboxLast + 7 }),
    sees: [],
  },
  {
    name: "chain-length-understated",
    what: "says that the own chain is shorter than it is",
    change: (body) => ({ ...body, chainLength: 0 }),
    sees: [],
  },
  {
    name: "chain-length-overstated",
    what: "says that the own chain is longer than it is",
    change: (body) => ({ ...body, chainLength: 99 }),
    sees: [],
  },
  {
    name: "room-forgotten",
    what: "leaves out a room",
    change: (body) => ({ ...body, rooms: body.rooms.filter((one) => one.room !== room) }),
    sees: ["relay-rolled-back"],
  },
];

test.each(sessionLies.map((lie) => [lie.what, lie] as const))(
  "a Session that %s does no harm beyond what it is named for",
  async (_what, { name, change, sees }) => {
    const { alice, bob } = scene.people;
    const [ear, rooms] = [new Ear(bob), await bob.call("room.list", {})];
    await scene.evil.while(sessions(name, change), async () => {
      await scene.reconnect(bob);
      for (const code of sees) await ear.hears(code);
      await bob.call("users.list", {});
    });
    expect(await bob.call("room.list", {})).toEqual(rooms);
    await scene.reconnect(bob);
    await scene.talk(room, alice, bob);
    expect(ear.warnings).toEqual(sees);
    await scene.expectTrue(room, [alice, bob]);
  },
);

test("an address in Session that is more than a host and a port is in no link", async () => {
  const { bob } = scene.people;
  for (const address of ["evil.example:1/#k=x", "evil.example", "", "a b:1"]) {
    const link = await scene.evil.while(
      sessions("address-forged", (body) => ({ ...body, address })),
      async () => {
        await scene.reconnect(bob);
        return (await bob.call("room.link", { roomId: room })).link;
      },
    );
    expect(parseLink(link)).toMatchObject({ host: "127.0.0.1", port: scene.evil.port });
  }
  await scene.reconnect(bob);
});

test("an access password that is meant to break links stands in them as a password, and nothing else does", async () => {
  const { bob } = scene.people;
  const honest = parseLink((await bob.call("room.link", { roomId: room })).link);
  const accessPassword = "x&k=AAAA#s=/../\u202e\u001b[31m\n sotto://evil.example/";
  const link = await scene.evil.while(
    sessions("access-password-poisoned", (body) => ({ ...body, accessPassword })),
    async () => {
      await scene.reconnect(bob);
      return (await bob.call("room.link", { roomId: room })).link;
    },
  );
  expect(link).toMatch(/^[!-~]+$/);
  expect(parseLink(link)).toEqual({ ...honest, accessPassword });
  await scene.reconnect(bob);
  expect(parseLink((await bob.call("room.link", { roomId: room })).link)).toEqual(honest);
});

/** The person agrees to go on with what the relay has, which is honest again. */
async function goOn(person: Person): Promise<void> {
  await person.call("warning.accept", { code: "relay-rolled-back" });
  await untilOnline(person);
}

test.each([
  ["has fewer entries than were seen", sessions("log-shortened", (body) => inRoom(body, { last: 1, head: 0 }))],
  ["has an older head than is held", sessions("head-rolled-back", (body) => inRoom(body, { head: 0 }))],
  ["has another generation", challenges("generation-changed", (body) => ({ ...body, generation: crypto.random(16) }))],
] as const)("a relay that %s is named as rolled back, and gets nothing", async (_what, lie) => {
  const { alice, bob } = scene.people;
  const [ear, sent] = [new Ear(bob), scene.evil.of("bob", "append").length];
  await scene.evil.while(lie, async () => {
    scene.evil.cut("bob");
    await ear.hears("relay-rolled-back");
    await expectRefused(bob.send(room, scene.text()), "relay-rolled-back");
  });
  expect(scene.evil.of("bob", "append")).toHaveLength(sent);
  await goOn(bob);
  await scene.talk(room, alice, bob);
  await scene.expectTrue(room, [alice, bob]);
});

test("a Challenge of another relay gets no Resume", async () => {
  const { alice, bob } = scene.people;
  const [sent, mark] = [scene.evil.of("bob", "resume").length, bob.run.notes.length];
  await scene.evil.while(
    challenges("relay-id-of-another", (body) => ({ ...body, relay: crypto.random(32) })),
    async () => {
      scene.evil.cut("bob");
      await bob.until((notes) => {
        const states = notes.slice(mark).flatMap((one) => (one.type === "connection" ? [one.state] : []));
        return states.includes("handshake") && states.at(-1) === "offline";
      }, "the end of the handshake");
      await expectRefused(bob.send(room, scene.text()), "wrong-pin");
    },
  );
  expect(scene.evil.of("bob", "resume")).toHaveLength(sent);
  // What is halted so begins anew with the program alone.
  await bob.kill();
  await bob.comeBack();
  await scene.talk(room, alice, bob);
});

test.each([0, 2, 7])("a Challenge that picks version %d, which nobody offered, gets no Resume", async (version) => {
  const { alice, bob } = scene.people;
  const sent = scene.evil.of("bob", "resume").length;
  const [ear, greeted] = [new Ear(bob), hellos()];
  await scene.evil.while(
    challenges("version-never-offered", (body) => ({ ...body, version })),
    async () => {
      scene.evil.cut("bob");
      // It hangs up, and tries again.
      await scene.evil.watch.until(() => hellos() >= greeted + 2, "another try");
    },
  );
  await untilOnline(bob);
  expect(scene.evil.of("bob", "resume")).toHaveLength(sent + 1);
  expect(ear.warnings).toEqual([]);
  await scene.talk(room, alice, bob);
});

const hellos = () => scene.evil.seen.filter(({ body }) => body.type === "hello").length;

test.each([
  ["the client's nonce", { name: "client-nonce-changed", onClient: altered("hello", { nonce: crypto.random(32) }) }],
  ["the relay's nonce", challenges("relay-nonce-changed", (body) => ({ ...body, nonce: crypto.random(32) }))],
  ["the counter of a Resume", { name: "counter-changed", onClient: altered("resume", { counter: 1_000_000 }) }],
] as const)("whoever changes %s on the way gets nobody signed in", async (_what, lie) => {
  const { alice, bob } = scene.people;
  const ear = new Ear(bob);
  await scene.evil.while(lie, async () => {
    scene.evil.cut("bob");
    await ear.hears("relay-rolled-back");
  });
  await goOn(bob);
  await scene.talk(room, alice, bob);
});

/** A hook that changes frames of one kind on their way up. */
function altered(type: "hello" | "resume", part: object): NonNullable<Misbehaviour["onClient"]> {
  return (frame) => (frame.body.type === type ? [{ ...frame, body: { ...frame.body, ...part } }] : undefined);
}

test("a Resume that was recorded signs nobody else in", async () => {
  const { alice, bob } = scene.people;
  await scene.reconnect(bob);
  const [hello, resume] = [
    scene.evil.seen.findLast(({ body }) => body.type === "hello"),
    scene.evil.of("bob", "resume").at(-1),
  ];
  if (hello?.body.type !== "hello" || resume === undefined) throw new Error("bob has resumed");
  const { body: recorded } = hello;
  // Alice's next connection says bob's words, and hears what the relay says to them.
  const answers: ServerBody[] = [];
  let replayed: Line | undefined;
  const replay: Misbehaviour = {
    name: "resume-replayed",
    onClient: (frame, line) => {
      if (frame.body.type === "hello") replayed = line;
      if (frame.body.type === "hello") return [{ ...frame, body: recorded }];
      return frame.body.type === "resume" ? [{ ...frame, body: resume }] : undefined;
    },
    onServer: ({ body }, line) => {
      // On the connection before, and on others', the relay says what it always says.
      if (line !== replayed || body.type === "challenge") return undefined;
      answers.push(body);
      return [];
    },
  };
  await scene.evil.while(replay, async () => {
    scene.evil.cut("alice");
    await scene.evil.watch.until(() => answers.length > 0, "an answer to the replay");
  });
  expect(answers[0]).toMatchObject({ type: "refused", code: "bad-credentials" });
  scene.evil.cut("alice");
  await untilOnline(alice);
  await scene.talk(room, alice, bob);
});

test("a relay with another root key gets not one byte of a newcomer's", async () => {
  played("root-key-of-another");
  await using other = await countingRelay(await makeCertificates());
  const link = parseLink(scene.link);
  if (link === undefined) throw new Error("a link is a link");
  const newcomer = scene.stage.person("dave");
  await newcomer.start();
  const { name: username, password } = newcomer;
  const wrong = formatLink({ ...link, port: other.port });
  await expectRefused(newcomer.call("account.signUp", { link: wrong, username, password }), "wrong-pin");
  expect(other.heard()).toBe(0);
  // And one with the right key that says it is another relay learns no name.
  await scene.evil.while(
    challenges("relay-id-of-another", (body) => ({ ...body, relay: crypto.random(32) })),
    () => expectRefused(newcomer.call("account.signUp", { link: scene.link, username, password }), "wrong-pin"),
  );
  expect(scene.evil.seen.some(({ body }) => body.type === "sign-up-start" && body.name === "dave")).toBe(false);
});

const event = (line: Line) => {
  const body = { type: "notice", text: `for ${line.name}` } as const;
  return encodeFromServer({ request: 0, body });
};

const dials = () =>
  scene.people.carol.run.notes.filter((one) => one.type === "connection" && one.state === "handshake").length;

describe("while carol meets silence", () => {
  let dialed = 0;
  beforeAll(async () => {
    dialed = dials() + 1;
    played("falls-silent");
    scene.evil.silentTo.add("carol");
    scene.evil.cut("carol");
  });

  test.each<readonly [string, MisbehaviourName, (line: Line) => void]>([
    ["bytes that are no frame", "garbage-frame", (line) => line.toClient(crypto.random(200))],
    ["a frame that was cut", "cut-frame", (line) => line.toClient(event(line).slice(0, 5))],
    ["an empty frame", "empty-frame", (line) => line.toClient(new Uint8Array(0))],
    ["text", "text-frame", (line) => line.toClientText("hello")],
    ["a frame that is too large", "oversized-frame", (line) => line.toClient(new Uint8Array(LIMITS.frameBytesMax + 1))],
    // Field 500 of the protocol's outermost message, which this version does not know: no frame at all.
    [
      "a frame of a kind that nobody knows",
      "unknown-frame",
      (line) => line.toClient(Uint8Array.of(0x08, 0x00, 0xa2, 0x1f, 0x00)),
    ],
  ])("%s from the relay end the connection and nothing else", async (_what, name, say) => {
    const { alice, bob } = scene.people;
    const [ear, mark] = [new Ear(bob), bob.run.notes.length];
    await scene.evil.while({ name }, async () => {
      say(scene.evil.line("bob"));
      await scene.online(bob, mark);
    });
    await scene.talk(room, alice, bob);
    expect(ear.warnings).toEqual([]);
  });

  test("frames that belong to another state of the connection are passed over", async () => {
    const { alice, bob } = scene.people;
    const ear = new Ear(bob);
    const line = scene.evil.line("bob");
    const before = await bob.call("room.list", {});
    const session = scene.evil.of("bob", "session").at(-1);
    const challenge = scene.evil.seen.findLast(({ body }) => body.type === "challenge")?.body;
    if (session === undefined || challenge?.type !== "challenge") throw new Error("bob has a session");
    const { accountId } = alice;
    const account = accountId as Extract<ServerBody, { type: "signed-in" }>["account"];
    played("frames-of-another-state");
    for (const body of [
      challenge,
      { ...session, rooms: [] },
      { type: "sign-up-pending", totpSecret: crypto.random(20), heldUntil: 1 },
      { type: "confirmed", backupCodes: ["0123456789"] },
      { type: "signed-in", account, chain: [] },
      { type: "proof-needed" },
      { type: "key-packages", packages: [] },
      { type: "chains", chains: [{ account, entries: [crypto.random(100)] }] },
      { type: "group-info", base: 0, head: 0, sealed: crypto.random(100) },
      { type: "inbox-fetched", entries: [{ number: 1, kind: "last-resort-used" }] },
      { type: "drain", retryMs: 0 },
      { type: "pong" },
    ] satisfies ServerBody[]) {
      line.push(body);
      line.toClient({ request: 123_456, body });
    }
    await bob.call("users.list", {});
    expect(await bob.call("room.list", {})).toEqual(before);
    await scene.talk(room, alice, bob);
    expect(ear.warnings).toEqual([]);
  });

  test("a relay that says nothing any more is hung up on and dialed again", async () => {
    const { carol } = scene.people;
    await carol.until(() => dials() > dialed, "another try after the silence");
    await untilOnline(carol);
  });
});
