/** A group through core's narrow door, on node:crypto. */
import { randomBytes } from "node:crypto";
import { nodeCrypto } from "@sotto/node";
import { idOf } from "@sotto/wire";
import {
  createGroup,
  loadSuite,
  makeCommit,
  makeKeyPackage,
  type Own,
  open,
  openWelcome,
  seal,
} from "../packages/core/src/group/index.ts";
import type { Pair } from "./sealing.ts";

const crypto = nodeCrypto();
const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

/** One device made the group and added all others in one commit; one of these reads. */
export async function coreGroup(members: number): Promise<Pair> {
  const suite = await loadSuite(crypto);
  const room = idOf.room(random(32));
  const owner = makeOwn();
  const now = Date.now();
  const info = { kind: "room", name: "bench", owners: [owner.account], linkKey: undefined } as const;
  const others = Array.from({ length: members - 1 }, makeOwn);
  const packages = await Promise.all(others.map((own) => makeKeyPackage(suite, own, now, false)));
  const group = await createGroup(suite, owner, room, info, now);
  const made = await makeCommit(suite, group, {
    adds: packages.map((one) => one.bytes),
    removes: [],
    info: undefined,
    authenticated: random(70),
    joinInfo: random(70),
  });
  const [reader, used] = [others.at(-1), packages.at(-1)];
  const welcomed = made?.welcome && reader && used && (await openWelcome(suite, reader, [used], made.welcome));
  if (!made || !welcomed) throw new Error("the group could not be made");
  let [sending, reading] = [made.next, welcomed.group];
  return {
    seal: async (padded, authenticated) => {
      const sealed = await seal(suite, sending, padded, authenticated);
      sending = sealed.next;
      return sealed.bytes;
    },
    open: async (bytes) => {
      const opened = await open(suite, reading, "message", bytes);
      if (opened?.type !== "message") throw new Error("a message did not open");
      reading = opened.next;
      return opened.padded;
    },
  };
}

function makeOwn(): Own {
  const privateKey = random(32);
  const identity = { account: idOf.account(random(32)), device: idOf.device(random(16)) };
  return { ...identity, chainLength: 1, chainHash: random(32), privateKey, publicKey: crypto.publicKey(privateKey) };
}
