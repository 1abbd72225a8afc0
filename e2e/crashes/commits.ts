/** Changes of rooms while everybody talks: links renewed, people added, taken out, coming by a link, leaving, new rooms. */
import type { Answer, Method, Params } from "@sotto/core";
import type { Dice } from "./dice.ts";
import type { Ledger } from "./ledger.ts";
import type { Load } from "./load.ts";
import { codeOf, type Member } from "./member.ts";

/** New rooms of a world: each is one more for everybody to keep up with. */
const ROOMS_MAX = 5;
const PAUSE_MS_MAX = 700;

interface Scene {
  readonly ledger: Ledger;
  readonly load: Load;
  /** Everybody; the first one owns the yard and never leaves it. */
  readonly members: readonly Member[];
  /** The room whose members change. */
  readonly yard: string;
  /** For the table of what was done: one change and how it ended. */
  readonly note: (change: string, outcome: string) => void;
}

export class Commits {
  readonly #scene: Scene;
  #rooms = 0;
  #isOver = false;
  #isPaused = false;
  #busy = 0;
  #failure: unknown;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Somebody changes something every now and then. */
  start(dice: Dice): void {
    this.#loop(dice).catch((cause: unknown) => {
      this.#failure ??= cause;
    });
  }

  stop(): void {
    this.#isOver = true;
  }

  pause(): void {
    this.#isPaused = true;
  }

  goOn(): void {
    this.#isPaused = false;
  }

  /** Whether everything that was begun has ended. @throws what a change threw. */
  get isQuiet(): boolean {
    if (this.#failure !== undefined) throw this.#failure;
    return this.#busy === 0;
  }

  async #loop(dice: Dice): Promise<void> {
    while (!this.#isOver) {
      await new Promise((resolve) => setTimeout(resolve, dice.below(PAUSE_MS_MAX)));
      const up = this.#scene.members.filter((member) => member.isUp);
      const actor = up.length === 0 ? undefined : dice.pick(up);
      if (this.#isPaused || this.#isOver || actor === undefined) continue;
      if (await actor.isOnline().catch(() => false)) await this.one(actor, dice);
    }
  }

  /** One change by somebody, whatever its end. */
  async one(actor: Member, dice: Dice): Promise<void> {
    this.#busy++;
    try {
      const { yard, members } = this.#scene;
      const inside = await this.#inside();
      const isIn = inside.includes(actor.account);
      const others = [...new Set(members.map(({ account }) => account))].filter((name) => name !== actor.account);
      const [out, taken] = [others.filter((name) => !inside.includes(name)), others.filter((n) => inside.includes(n))];
      const isOwner = actor.account === members[0]?.account;
      const choices: (() => Promise<unknown>)[] = [
        () => this.#direct(actor, dice.pick(others), dice),
        () => this.#create(actor, dice.pick(others)),
      ];
      if (isIn) {
        const renew = () => this.#change(actor, "room.link", { roomId: yard, renew: true });
        choices.push(renew, renew);
        if (out.length > 0) choices.push(() => this.#add(actor, dice.pick(out)));
        const leaving = taken.filter((name) => name !== members[0]?.account);
        if (isOwner && leaving.length > 0) choices.push(() => this.#remove(actor, dice.pick(leaving)));
        if (!isOwner) choices.push(() => this.#leave(actor));
      } else choices.push(...Array.from({ length: 3 }, () => () => this.#join(actor)));
      await dice.pick(choices)();
    } finally {
      this.#busy--;
    }
  }

  /** Who is in the yard, as its owner knows it; nobody when that cannot be asked. */
  async #inside(): Promise<readonly string[]> {
    const owner = this.#scene.members.find((member) => member.isUp && member.account === this.#owner);
    if (owner === undefined) return [];
    const answer = await this.#ask(owner, "room.members", { roomId: this.#scene.yard });
    return answer?.map(({ username }) => username) ?? [];
  }

  get #owner(): string | undefined {
    return this.#scene.members[0]?.account;
  }

  /** @returns the answer; undefined when it was refused. */
  async #ask<M extends Method>(actor: Member, method: M, params: Params<M>): Promise<Answer<M> | undefined> {
    try {
      return await actor.call(method, params);
    } catch (cause) {
      codeOf(cause);
      return undefined;
    }
  }

  async #change<M extends Method>(actor: Member, method: M, params: Params<M>): Promise<boolean> {
    const outcome = await actor.outcome(method, params);
    this.#scene.note(method, outcome);
    return outcome === "done";
  }

  #profiles(account: string): readonly Member[] {
    return this.#scene.members.filter((member) => member.account === account);
  }

  async #add(actor: Member, username: string): Promise<void> {
    const { yard, ledger } = this.#scene;
    const isDone = await this.#change(actor, "room.add", { roomId: yard, username });
    for (const member of this.#profiles(username)) {
      if (isDone) await this.#arrives(member, yard);
      else ledger.unsure(yard, member.profile);
    }
  }

  /** Notes that somebody is in a room, once that device says so itself. */
  async #arrives(member: Member, roomId: string): Promise<void> {
    if (await this.#lists(member, roomId, true)) this.#scene.ledger.enters(roomId, member.profile);
  }

  /** Waits a second for a room to be, or not to be, among those of a profile. */
  async #lists(member: Member, roomId: string, isThere: boolean): Promise<boolean> {
    for (let tries = 0; tries < 20 && member.isUp; tries++) {
      const rooms = await this.#ask(member, "room.list", {});
      if (rooms?.some((room) => room.roomId === roomId) === isThere) return true;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return false;
  }

  /** Till the one who is taken out says so, somebody who knows it later may take that one for a member. */
  async #remove(actor: Member, username: string): Promise<void> {
    const { yard, ledger } = this.#scene;
    const removed = this.#profiles(username);
    for (const { profile } of removed) ledger.unsure(yard, profile, 2);
    if (!(await this.#change(actor, "room.remove", { roomId: yard, username }))) return;
    for (const member of removed) if (await this.#lists(member, yard, false)) ledger.isOut(yard, member.profile);
  }

  async #leave(actor: Member): Promise<void> {
    const { yard, ledger } = this.#scene;
    // Others take the leaver out when it suits them: nobody can say which is later, that or a return.
    for (const { profile } of this.#profiles(actor.account)) ledger.unsure(yard, profile, 2);
    await this.#change(actor, "room.leave", { roomId: yard });
  }

  async #join(actor: Member): Promise<void> {
    const { yard, ledger } = this.#scene;
    const guide = this.#scene.members.find((member) => member.isUp && member.account === this.#owner);
    const link = guide && (await this.#ask(guide, "room.link", { roomId: yard }))?.link;
    if (link === undefined) return;
    const isDone = await this.#change(actor, "room.join", { link });
    for (const member of this.#profiles(actor.account)) {
      if (isDone) await this.#arrives(member, yard);
      else ledger.unsure(yard, member.profile);
    }
  }

  async #create(actor: Member, username: string): Promise<void> {
    if (this.#rooms >= ROOMS_MAX) return;
    this.#rooms++;
    const made = await this.#ask(actor, "room.create", { name: `room ${this.#rooms}` });
    this.#scene.note("room.create", made === undefined ? "refused" : "done");
    if (made === undefined) return;
    await this.#arrives(actor, made.roomId);
    if (!(await this.#change(actor, "room.add", { roomId: made.roomId, username }))) return;
    for (const member of [...this.#profiles(username), ...this.#profiles(actor.account)])
      await this.#arrives(member, made.roomId);
  }

  /** Opened and written into at once; nobody ever leaves a conversation. */
  async #direct(actor: Member, username: string, dice: Dice): Promise<void> {
    const { ledger, load } = this.#scene;
    const opened = await this.#ask(actor, "direct.open", { username });
    this.#scene.note("direct.open", opened === undefined ? "refused" : "done");
    if (opened === undefined) return;
    const id = dice.id();
    await actor.say(opened.roomId, load.text(dice), id);
    // Before that another device of the same person may have been in the conversation without this one.
    if (ledger.fate(id).state === "answered") ledger.enters(opened.roomId, actor.profile);
  }
}
