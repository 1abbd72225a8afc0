/** Each checker of the crashes is shown what it is there for, in a world that is made up. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Message } from "@sotto/core";
import { afterAll, expect, test } from "vitest";
import { sqliteStore, systemRandom } from "../../packages/relay/src/index.ts";
import { databaseFile, openKeys } from "../../packages/relay/src/key-file.ts";
import type { Note } from "../harness/rpc.ts";
import { faultsOf, type Watched } from "./check.ts";
import { Ledger } from "./ledger.ts";
import { readable, relayFaults } from "./relay-files.ts";

const HALL = "aa".repeat(32);
const YARD = "bb".repeat(32);
const id = (number: number): string => String(number).padStart(32, "0");

/** One profile, as it answers: what it holds can be spoilt. */
interface Sight {
  readonly name: string;
  history: Message[];
  told: Note[];
  members: string[];
}

/** Three messages of amy and one of ben, acknowledged, seen and told as they should be. */
class Scene {
  readonly ledger = new Ledger();
  readonly amy: Sight;
  readonly ben: Sight;

  constructor() {
    for (const name of ["amy", "ben"]) this.ledger.enters(HALL, name);
    const history = ["amy", "amy", "ben", "amy"].map((sender, index) => this.#said(sender, index + 1));
    const notes = (name: string): Note[] =>
      history.filter(({ sender }) => sender !== name).map((one) => ({ type: "message", roomId: HALL, ...one }));
    const members = ["amy", "ben"];
    this.amy = { name: "amy", history: [...history], told: notes("amy"), members };
    this.ben = { name: "ben", history: [...history], told: notes("ben"), members };
  }

  #said(sender: string, seq: number): Message {
    const text = `text ${seq}`;
    this.ledger.ask({ id: id(seq), roomId: HALL, text, sender, profile: sender });
    this.ledger.end(id(seq), { state: "answered", seq });
    return { messageId: id(seq), seq, sender, senderId: sender, sentAt: 1, text };
  }

  get faults(): Promise<readonly string[]> {
    return faultsOf([this.amy, this.ben].map(watched), this.ledger, HALL);
  }
}

function watched({ name, history, told, members }: Sight): Watched {
  const answers: Readonly<Record<string, unknown>> = {
    "room.list": [{ roomId: HALL, name: "hall", kind: "room", unread: 0, members: 2 }],
    "room.members": members.map((username) => ({ username, accountId: username, role: "member" })),
  };
  const call = async (method: string) => answers[method];
  return {
    profile: name,
    account: name,
    call: call as Watched["call"],
    history: async () => history,
    person: { runs: [{ notes: told }] },
  };
}

const message = (scene: Scene, index: number): Message => {
  const found = scene.ben.history[index];
  if (found === undefined) throw new Error("there are four");
  return found;
};

test("a world in which all is as it should be has no fault", async () => {
  expect(await new Scene().faults).toEqual([]);
});

test.each<{ what: string; spoil: (scene: Scene) => void; says: RegExp }>([
  {
    what: "an acknowledged message that nobody has",
    spoil: ({ amy, ben }) => {
      for (const one of [amy, ben]) one.history = one.history.slice(0, 3);
    },
    says: /was acknowledged as 4 and is not there/,
  },
  {
    what: "an acknowledged message that one of them lacks",
    spoil: ({ ben }) => ben.history.splice(1, 1),
    says: /ben in aaaaaaaa has not .* of amy, which stands at 2/,
  },
  { what: "one that stands twice", spoil: (scene) => scene.ben.history.push(message(scene, 3)), says: /one twice/ },
  {
    what: "one that stands at another place than was answered",
    spoil: (scene) => {
      for (const one of [scene.amy, scene.ben]) one.history[3] = { ...message(scene, 3), seq: 9 };
    },
    says: /was acknowledged as 4 and is 9/,
  },
  {
    what: "two orders",
    spoil: ({ ben }) => {
      ben.history = ben.history.map((one, index) => ({ ...one, seq: [1, 3, 2, 4][index] ?? 0 }));
    },
    says: /elsewhere/,
  },
  {
    what: "a text that is not what was said",
    spoil: (scene) => scene.ben.history.splice(0, 1, { ...message(scene, 0), text: "another" }),
    says: /is nothing that was asked for like this/,
  },
  {
    what: "one that was refused and came all the same",
    spoil: ({ ledger, amy }) => {
      ledger.ask({ id: id(5), roomId: HALL, text: "5", sender: "amy", profile: "amy" });
      ledger.end(id(5), { state: "refused", code: "internal" });
      amy.history.push({ messageId: id(5), seq: 5, sender: "amy", senderId: "amy", sentAt: 1, text: "5" });
    },
    says: /was refused internal and is at 5/,
  },
  {
    what: "one that has no answer",
    spoil: ({ ledger }) => ledger.ask({ id: id(5), roomId: HALL, text: "5", sender: "amy", profile: "amy" }),
    says: /has no answer/,
  },
  {
    what: "a member who is out without having been taken out",
    spoil: ({ ledger }) => ledger.enters(YARD, "ben"),
    says: /ben is not in bbbbbbbb/,
  },
  {
    what: "one that is told twice",
    spoil: ({ amy }) => amy.told.push(...amy.told),
    says: /told twice or out of order/,
  },
  {
    what: "one in between that is not told",
    spoil: ({ ben }) => ben.told.splice(1, 1),
    says: /between 1 and 4 2 of 3 were told/,
  },
  {
    what: "a warning",
    spoil: ({ ben }) => ben.told.push({ type: "warning", code: "commit-skipped", roomId: HALL }),
    says: /ben was warned/,
  },
  {
    what: "a message that was stored and never came",
    spoil: ({ ledger }) => {
      ledger.ask({ id: id(5), roomId: HALL, text: "5", sender: "amy", profile: "amy" });
      ledger.end(id(5), { state: "gone" });
      ledger.accepted.push({ profile: "amy", ids: [id(5)], least: 1 });
    },
    says: /amy had stored 1 of 1, and 0 came/,
  },
  {
    what: "members of whom two know different things",
    spoil: (scene) => {
      scene.ben.members = ["amy", "ben", "cat"];
    },
    says: /members are .*, elsewhere/,
  },
  {
    what: "one who lists a room and is not in it",
    spoil: ({ amy, ben }) => {
      for (const one of [amy, ben]) one.members = ["amy"];
    },
    says: /ben lists aaaaaaaa and is not in it/,
  },
])("$what is a fault", async ({ spoil, says }) => {
  const scene = new Scene();
  spoil(scene);
  expect((await scene.faults).join("\n")).toMatch(says);
});

test("a second answer with another place is a fault", () => {
  const { ledger } = new Scene();
  ledger.end(id(1), { state: "answered", seq: 2 });
  expect(ledger.faults.join()).toMatch(/was answered with .*"seq":1.*"seq":2/);
});

const folder = mkdtempSync(join(tmpdir(), "sotto-checks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a relay that has not what was acknowledged is a fault, and so is a text in a file of it", async () => {
  const data = join(folder, "relay");
  const { databaseKey } = await openKeys(data, systemRandom, Date.now());
  const start = { file: databaseFile(data), key: databaseKey, generation: systemRandom(16) };
  await (await sqliteStore(start))[Symbol.asyncDispose]();
  const { ledger } = new Scene();
  const faults = await relayFaults(data, folder, ledger);
  expect(faults).toHaveLength(4);
  expect(faults.join()).toMatch(/was acknowledged as 1 and is not there/);
  expect(await readable(data, "a canary in the relay")).toEqual([]);
  writeFileSync(join(data, "relay.db-wal"), Buffer.from("…a canary in the relay…"));
  expect(await readable(data, "a canary in the relay")).toHaveLength(1);
});
