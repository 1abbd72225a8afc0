/**
 * A relay that means ill: the real one, and in its doorway this, which reads every frame and puts others in its place.
 * It misbehaves in one way, at moments that the world's dice choose, until it repents.
 */
import {
  type AccountId,
  type ClientBody,
  type DeviceRef,
  type Entry,
  encodeFromClient,
  encodeFromServer,
  type FromClient,
  type FromServer,
  parseFromClient,
  parseFromServer,
  parseHeader,
  type RoomId,
  type ServerBody,
  type WarningCode,
} from "@sotto/wire";
import { Dice } from "../dice.ts";
import { accountOn } from "../inside.ts";
import type { Line } from "../network.ts";
import type { MoveName } from "../plan.ts";
import type { World } from "../world.ts";

/** What goes on instead of a frame: nothing, one or more; bytes go as they are, also what is no frame. */
export type Instead<Frame> = undefined | readonly (Frame | Uint8Array)[];

/** What is done to frames. What a hook does not answer, or answers with undefined, goes through as it came. */
export interface Hooks {
  readonly up?: (frame: FromClient, line: Line) => Instead<FromClient>;
  readonly down?: (frame: FromServer, line: Line) => Instead<FromServer>;
  /** When it repents: what it owes is given. */
  readonly end?: () => void;
}

export interface Misbehaviour {
  readonly name: string;
  /** "the relay ..." */
  readonly words: string;
  /** All that anybody may be warned of for it. Empty: nothing changes, for nobody. */
  readonly tells: readonly WarningCode[];
  /** Once it has ended and people agreed to what they were told: whether all is as if it had never been. */
  readonly after: "as before" | "they talk" | "some are out";
  /** Moves without which it has no occasion. */
  readonly wants?: readonly MoveName[];
  /** It needs people who have not met yet. */
  readonly isAmongStrangers?: boolean;
  readonly arrange: (evil: EvilRelay) => Hooks;
}

/** How it goes about it in one world. */
interface Temper {
  /** Of the occasions that it takes, and how many at most. */
  readonly share: number;
  readonly most: number;
  /** Of the devices that it lies to. */
  readonly victims: number;
  /** It makes up its mind anew about what it said before. */
  readonly isFickle: boolean;
}

/** It lies in every frame, to everybody, always alike: for who wants to see it lie. */
const EAGER: Temper = { share: 1, most: 1000, victims: 1, isFickle: false };

export class EvilRelay {
  readonly world: World;
  readonly dice: Dice;
  /** How often it did otherwise than an honest relay. */
  strikes = 0;
  /** Devices that anybody brought into a room, of any kind, by the headers that left clients. */
  readonly brought: DeviceRef[] = [];
  /** Frames of each device that are no signs of life. */
  readonly frames = new Map<string, number>();
  /** What devices did that no client may. */
  readonly faults: string[] = [];
  readonly #hooks: Hooks;
  readonly #temper: Temper;
  readonly #victims = new Map<string, boolean>();
  readonly #decided = new Map<string, boolean>();
  readonly #asked = new WeakMap<Line, Map<number, ClientBody>>();
  #isOver = false;

  constructor(world: World, { arrange }: Misbehaviour, isEager: boolean) {
    this.world = world;
    this.dice = new Dice(world.seed, 20);
    const drawn: Temper = {
      share: this.dice.of([0.2, 0.6, 1, 1]),
      most: this.dice.of([1, 3, 1000, 1000]),
      victims: this.dice.of([0.5, 1, 1]),
      isFickle: this.dice.chance(0.2),
    };
    this.#temper = isEager ? EAGER : drawn;
    this.#hooks = arrange(this);
    world.network.taps.push({
      up: (line, bytes) => this.#up(line, bytes),
      down: (line, bytes) => this.#down(line, bytes),
    });
  }

  /** It is honest from now on. */
  repent(): void {
    this.#isOver = true;
    this.#hooks.end?.();
  }

  /** The first room stands: before that nobody has anything to lose. */
  get isActive(): boolean {
    return !this.#isOver && this.world.links.size > 0;
  }

  isVictim(who: string): boolean {
    const known = this.#victims.get(who);
    if (known !== undefined) return known;
    const drawn = this.dice.chance(this.#temper.victims);
    this.#victims.set(who, drawn);
    return drawn;
  }

  /** Whether it takes an occasion. @param key - of what it says alike whenever it is asked. */
  takes(who: string, key?: string): boolean {
    if (!this.isVictim(who)) return false;
    const known = key === undefined || this.#temper.isFickle ? undefined : this.#decided.get(key);
    if (known !== undefined) return known;
    const takes = this.strikes < this.#temper.most && this.dice.chance(this.#temper.share);
    if (key !== undefined) this.#decided.set(key, takes);
    return takes;
  }

  /** What a request asked. */
  asked(line: Line, request: number): ClientBody | undefined {
    return this.#asked.get(line)?.get(request);
  }

  refOf(who: string): DeviceRef | undefined {
    const account = accountOn(this.world.get(who).disk);
    return account === undefined ? undefined : { account: account.account, device: account.device };
  }

  /** Everybody's account but that of one device. */
  othersOf(who: string): readonly AccountId[] {
    const own = this.refOf(who)?.account;
    return this.world.relay.tables.directory().flatMap(({ id }) => (id === own ? [] : [id]));
  }

  /** A room's log as it is. */
  log(room: RoomId): readonly Entry[] {
    const { tables } = this.world.relay;
    const last = tables.room(room)?.last ?? 0;
    return tables.entries(room, 1, last, 1_000_000, Number.MAX_SAFE_INTEGER);
  }

  otherRoom(room: RoomId): RoomId | undefined {
    return this.dice.of(this.world.rooms.filter((one) => one !== room));
  }

  /** Says something of its own, a little later. */
  say(line: Line, body: ServerBody, request = 0): void {
    this.strikes++;
    line.push(encodeFromServer({ request, body }));
  }

  #up(line: Line, bytes: Uint8Array): readonly Uint8Array[] | undefined {
    const parsed = parseFromClient(bytes);
    if (!parsed.ok) {
      this.faults.push(`frames: ${line.who} sent what is no frame: ${parsed.error.code} ${parsed.error.field}`);
      return undefined;
    }
    const frame = parsed.value;
    const asked = this.#asked.get(line) ?? new Map<number, ClientBody>();
    this.#asked.set(line, asked.set(frame.request, frame.body));
    this.#noteBrought(frame.body);
    if (frame.body.type !== "ping") this.frames.set(line.who, (this.frames.get(line.who) ?? 0) + 1);
    const instead = this.isActive ? this.#hooks.up?.(frame, line) : undefined;
    if (instead === undefined) return undefined;
    this.strikes++;
    return instead.map((one) => (one instanceof Uint8Array ? one : encodeFromClient(one)));
  }

  #down(line: Line, bytes: Uint8Array): readonly Uint8Array[] | undefined {
    if (!this.isActive || this.#hooks.down === undefined) return undefined;
    const parsed = parseFromServer(bytes);
    if (!parsed.ok) throw new Error("the relay sent what is no frame");
    const instead = this.#hooks.down(parsed.value, line);
    if (instead === undefined) return undefined;
    this.strikes++;
    return instead.map((one) => (one instanceof Uint8Array ? one : encodeFromServer(one)));
  }

  #noteBrought(body: ClientBody): void {
    const headers =
      body.type === "commit"
        ? [body.header]
        : body.type === "room-create"
          ? [body.header, ...(body.commit === undefined ? [] : [body.commit.header])]
          : [];
    for (const bytes of headers) {
      const header = parseHeader(bytes);
      if (header.ok) this.brought.push(...header.value.adds);
    }
  }
}

/** One bit of it is another. */
export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, index) => (index === at % bytes.length ? byte ^ 1 : byte));
}

/** The answer of one kind to a device that is lied to, changed. */
export function answering<T extends ServerBody["type"]>(
  evil: EvilRelay,
  type: T,
  change: (body: Extract<ServerBody, { type: T }>, line: Line, asked: ClientBody | undefined) => ServerBody | undefined,
): Hooks {
  return {
    down: ({ request, body }, line) => {
      if (!isOf(body, type) || !evil.takes(line.who)) return undefined;
      const changed = change(body, line, evil.asked(line, request));
      return changed && [{ request, body: changed }];
    },
  };
}

/** What a device sends of one kind, changed on its way. */
export function asking<T extends ClientBody["type"]>(
  evil: EvilRelay,
  type: T,
  change: (body: Extract<ClientBody, { type: T }>, line: Line, request: number) => ClientBody | "swallowed" | undefined,
): Hooks {
  return {
    up: ({ request, body }, line) => {
      if (!isOf(body, type) || !evil.takes(line.who)) return undefined;
      const changed = change(body, line, request);
      if (changed === "swallowed") return [];
      return changed && [{ request, body: changed }];
    },
  };
}

export function isOf<B extends { readonly type: string }, T extends B["type"]>(
  body: B,
  type: T,
): body is Extract<B, { type: T }> {
  return body.type === type;
}
