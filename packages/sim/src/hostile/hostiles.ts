/** Who means ill in a world, what they have tried so far, and what came of it. */
import type { RoomId, ServerBody } from "@sotto/wire";
import type { Device } from "../device.ts";
import { Dice } from "../dice.ts";
import { accountOn, pendingOn, roomOn, roomsOn } from "../inside.ts";
import type { World } from "../world.ts";
import { Culprit } from "./culprit.ts";
import { KINDS, type Kind, STRIKES } from "./kinds.ts";

/** How a kind of strike fared: at the relay, whatever members made of it then. */
export interface Tally {
  taken: number;
  refused: number;
}

/** Adds what was counted elsewhere. */
export function addTallies(sums: Map<string, Tally>, more: ReadonlyMap<string, Tally>): void {
  for (const [kind, { taken, refused }] of more) {
    const sum = sums.get(kind) ?? { taken: 0, refused: 0 };
    sums.set(kind, { taken: sum.taken + taken, refused: sum.refused + refused });
  }
}

export class Hostiles {
  readonly #world: World;
  readonly #kinds: readonly Kind[];
  readonly #culprits: Culprit[] = [];
  readonly tally = new Map<Kind, Tally>();

  /** @param kinds - what they try; absent: everything. */
  constructor(world: World, kinds: readonly Kind[] = KINDS) {
    this.#world = world;
    this.#kinds = kinds;
  }

  get isThere(): boolean {
    return this.#culprits.length > 0;
  }

  /** True of every device of a person who means ill. */
  isOne({ memory }: Device): boolean {
    return this.#culprits.some(({ device }) => device.memory.username === memory.username);
  }

  /** True of a device whose client runs no more. */
  isTaken(device: Device): boolean {
    return this.#culprits.some((culprit) => culprit.device === device);
  }

  /** Does something that no client of ours would. @returns what, for people. */
  strike(dice: Dice): string | undefined {
    const culprit = dice.of(this.#culprits) ?? this.#recruit(dice);
    const room = culprit && dice.of(culprit.rooms);
    if (culprit === undefined || room === undefined) return undefined;
    const kind = this.#strikeWith(culprit, room, dice);
    return kind && `${culprit.device.name}, who means ill, in ${room.slice(0, 6)}: ${kind}`;
  }

  /** The first kind that can be done there, from a place in the list that the dice say. */
  #strikeWith(culprit: Culprit, room: RoomId, dice: Dice): Kind | undefined {
    const first = dice.below(this.#kinds.length);
    const kinds = [...this.#kinds.slice(first), ...this.#kinds.slice(0, first)];
    return kinds.find((kind) => this.#strikeAs(culprit, room, kind, dice));
  }

  #strikeAs(culprit: Culprit, room: RoomId, kind: Kind, dice: Dice): boolean {
    const honest = this.#world.devices.filter((device) => device.isIn && !this.isOne(device));
    const seed = dice.word();
    let tries = 0;
    const make = () => {
      const ploy = culprit.ploy(room, honest, new Dice(seed, 20 + tries++));
      return ploy && STRIKES[kind](ploy);
    };
    return culprit.strike(make, (answer) => this.#note(kind, answer));
  }

  /** What the one who means ill does in a room now. @returns false: it cannot be done. */
  strikeIn(room: RoomId, kind: Kind, dice: Dice): boolean {
    const [culprit] = this.#culprits;
    return culprit !== undefined && this.#strikeAs(culprit, room, kind, dice);
  }

  #note(kind: Kind, answer: ServerBody | undefined): void {
    const tally = this.tally.get(kind) ?? { taken: 0, refused: 0 };
    if (answer?.type === "ack" || answer?.type === "done") tally.taken++;
    // No answer is the end of the connection.
    else tally.refused++;
    this.tally.set(kind, tally);
  }

  /** One person of those who are in a room with somebody else; never a second one. */
  #recruit(dice: Dice): Culprit | undefined {
    const device = dice.of(this.#world.devices.filter((one) => this.#isAble(one)));
    return device && this.recruit(device, dice);
  }

  /** This device's person means ill from now on. */
  recruit(device: Device, dice: Dice): Culprit | undefined {
    const account = accountOn(device.disk);
    if (account === undefined) return undefined;
    const culprit = new Culprit(this.#world, device, account, new Dice(dice.word(), 21));
    this.#culprits.push(culprit);
    return culprit;
  }

  #isAble({ disk, isIn, isRunning }: Device): boolean {
    if (!isIn || !isRunning) return false;
    const busy = new Set(pendingOn(disk).map(({ room }) => room));
    return roomsOn(disk).some(
      ({ room, kind, status }) => kind === "room" && status === "member" && !busy.has(room) && this.#isShared(room),
    );
  }

  #isShared(room: RoomId): boolean {
    const people = this.#world.devices.filter(({ disk }) => roomOn(disk, room)?.status === "member");
    return new Set(people.map(({ memory }) => memory.username)).size >= 3;
  }
}
