/** A device in the hands of somebody who means ill: its client runs no more, and what it had on the disk is used by hand. */
import { groupOf, leaves, mlsOf, open, roomInfo } from "@sotto/core/group";
import { type AccountRecord, decodeRecord, type KeyPackageRecord } from "@sotto/core/records";
import { nextGeneration } from "@sotto/mls/forge";
import { nodeCrypto } from "@sotto/node";
import type { Entry, RoomId, ServerBody } from "@sotto/wire";
import type { Device } from "../device.ts";
import type { Dice } from "../dice.ts";
import { accountOn, groupOn, pendingOn, roomOn, roomsOn, suite } from "../inside.ts";
import { logOf } from "../log-lists.ts";
import type { World } from "../world.ts";
import { HandLine } from "./line.ts";
import type { Ploy, Post, Somebody } from "./ploy.ts";

type State = Ploy["forger"]["group"];

/** What it holds of a room: the epoch that honest members are in, as far as it could follow them. */
interface Foothold {
  readonly state: State;
  readonly earlier: State | undefined;
  readonly base: number;
}

/** How often a strike is made anew because somebody else was faster. */
const TRIES = 6;
const AGAIN_MS = 350;

export class Culprit {
  readonly device: Device;
  readonly #world: World;
  readonly #account: AccountRecord;
  readonly #line: HandLine;
  readonly #footholds = new Map<RoomId, Foothold>();
  /** States after own commits, by the commits' ids. */
  readonly #made = new Map<string, State>();
  /** Generations of own messages that the log took, by room and epoch. */
  readonly #spent = new Map<string, number>();

  /** @param account - as it stands on the disk of `device`, whose process dies here. */
  constructor(world: World, device: Device, account: AccountRecord, dice: Dice) {
    device.crash();
    this.#world = world;
    this.device = device;
    this.#account = account;
    const { loop, network, relay } = world;
    const crypto = nodeCrypto((length) => dice.bytes(length));
    this.#line = new HandLine({ name: device.name, loop, dice, network, crypto, pin: relay.pin, account });
    const pending = new Set(pendingOn(device.disk).map(({ room }) => room));
    for (const { room, status, base } of roomsOn(device.disk)) {
      const group = groupOn(device.disk, room);
      // An own commit that nobody answered may stand in the log or not: it could not be followed.
      if (status !== "member" || group === undefined || pending.has(room)) continue;
      this.#footholds.set(room, { state: mlsOf(group), earlier: undefined, base });
    }
  }

  get rooms(): readonly RoomId[] {
    return [...this.#footholds.keys()];
  }

  /** Follows the honest members of a room. @param base - the commit that they hold. */
  #follow(room: RoomId, entries: readonly Entry[], base: number): Foothold | undefined {
    const known = this.#footholds.get(room);
    if (known === undefined) return undefined;
    const steps: number[] = [];
    let seq = base;
    for (; seq > known.base; seq = entries[seq - 1]?.base ?? 0) steps.unshift(seq);
    if (seq !== known.base) return undefined;
    let { state, earlier } = known;
    for (const step of steps) {
      const entry = entries[step - 1];
      const next = entry && this.#after(state, entry);
      if (next === undefined) return undefined;
      [state, earlier] = [next, state];
    }
    const foothold = { state, earlier, base };
    this.#footholds.set(room, foothold);
    return foothold;
  }

  #after(state: State, entry: Entry): State | undefined {
    if (entry.device === this.#account.device) return this.#made.get(entry.id);
    const opened = open(suite, groupOf(state), "commit", entry.bytes);
    return opened?.type === "commit" && !opened.removed ? mlsOf(opened.next) : undefined;
  }

  /** What it has in a room now; undefined: nobody honest is there, or it is out. */
  ploy(room: RoomId, honest: readonly Device[], dice: Dice): Ploy | undefined {
    const log = logOf(this.#world.relay.tables, room);
    const record = this.#world.relay.tables.room(room);
    const base = standingOf(room, honest);
    if (log === undefined || record === undefined || base === undefined) return undefined;
    const foothold = this.#follow(room, log.entries, base);
    if (foothold === undefined) return undefined;
    const { state, earlier } = foothold;
    const [members, info] = [leaves(groupOf(state)), roomInfo(groupOf(state))];
    const own = state.tree.leaf(state.own.leaf);
    if (members === undefined || info === undefined || own === undefined) return undefined;
    const { account, device, privateKey } = this.#account;
    const { identity, signatureKey, capabilities } = own;
    const random = (length: number): Uint8Array => dice.bytes(length);
    const forger = {
      profile: suite.profile,
      identity: { identity, signatureKey, capabilities, signaturePrivateKey: privateKey },
      group: state,
      random,
    };
    return {
      dice,
      crypto: nodeCrypto(random),
      room,
      me: { account, device, privateKey },
      forger,
      earlier,
      base,
      head: log.entries.findLast(({ kind }) => kind === "commit")?.seq ?? 0,
      last: record.last,
      hash: record.hash,
      entries: log.entries,
      info,
      leaves: members,
      generation: Math.max(nextGeneration(forger), this.#spent.get(`${room} ${base}`) ?? 0),
      secret: roomOn(this.device.disk, room)?.secret,
      now: this.#world.loop.now,
      everybody: this.#world.devices.flatMap(somebodyOn),
    };
  }

  /** Makes a strike and posts it, anew where somebody was faster. @param struck - the last answer, and whether it was taken. */
  strike(
    make: () => readonly Post[] | undefined,
    struck: (answer: ServerBody | undefined) => void,
    tries = TRIES,
  ): boolean {
    const posts = make();
    if (posts === undefined) return false;
    const again = (): void => {
      this.#world.loop.after(AGAIN_MS, `${this.device.name} tries again`, () => {
        if (tries === 0 || !this.strike(make, struck, tries - 1)) struck(undefined);
      });
    };
    this.#post(posts, (answer, isFirst) => {
      const isBeaten =
        answer === undefined || (answer.type === "refused" && (answer.code === "stale-head" || answer.code === "busy"));
      if (isBeaten && isFirst) again();
      else struck(answer);
    });
    return true;
  }

  /** One after the other; the rest is for nothing when one is refused. */
  #post(
    [post, ...rest]: readonly Post[],
    done: (answer: ServerBody | undefined, isFirst: boolean) => void,
    isFirst = true,
  ): void {
    if (post === undefined) return;
    const { body } = this.#upToDate(post, isFirst);
    if (post.next !== undefined && body.type === "commit") this.#made.set(body.id, post.next);
    this.#line.ask(body, (answer) => {
      if (answer?.type === "ack" && body.type === "append" && post.generation !== undefined)
        this.#spent.set(`${body.room} ${body.base}`, post.generation + 1);
      const isTaken = answer?.type === "ack" || answer?.type === "done";
      const wait = body.type === "commit" ? AGAIN_MS : 0;
      if (isTaken && rest.length > 0)
        this.#world.loop.after(wait, `${this.device.name} goes on`, () => this.#post(rest, done, false));
      else done(answer, isFirst);
    });
  }

  /** What follows a commit of the same strike names that commit as the head, and no other base. */
  #upToDate(post: Post, isFirst: boolean): Post {
    const { body } = post;
    if (isFirst || (body.type !== "append" && body.type !== "commit")) return post;
    const record = this.#world.relay.tables.room(body.room);
    return { ...post, body: { ...body, head: record?.commits.at(-1)?.seq ?? 0 } };
  }
}

/** The newest commit that somebody honest holds who is not out of step. */
function standingOf(room: RoomId, honest: readonly Device[]): number | undefined {
  const held = honest.flatMap(({ disk }) => {
    const record = roomOn(disk, room);
    return record?.status === "member" && record.astray === undefined ? [record] : [];
  });
  return held.reduce<(typeof held)[number] | undefined>(
    (one, other) => (one !== undefined && one.seq >= other.seq ? one : other),
    undefined,
  )?.base;
}

function somebodyOn({ disk }: Device): readonly Somebody[] {
  const record = accountOn(disk);
  if (record === undefined) return [];
  const packages = [...disk.records].flatMap(([key, bytes]) => {
    const found = key.startsWith("key-package/") ? decodeRecord<KeyPackageRecord>(bytes) : undefined;
    return found?.lastResort === true ? [found.bytes] : [];
  });
  return [{ account: record.account, device: record.device, keyPackage: packages.at(-1) }];
}
