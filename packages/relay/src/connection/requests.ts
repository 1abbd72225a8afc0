/** What a signed-in device may ask: each frame's way to who answers it. */
import { type AdminAction, type ServerBody, unreachable } from "@sotto/wire";
import { ordered } from "../admin/orders.ts";
import type { Kind } from "../pace.ts";
import type { Login } from "../ports.ts";
import { refused } from "../refusal.ts";
import type { Answer } from "../room/rooms.ts";
import { chainAppend, chainGet } from "./chains.ts";
import type { Request } from "./getting-in.ts";
import { abandonPassword, passwordFinish, passwordStart } from "./password.ts";
import { Refusals } from "./refusals.ts";
import type { Device, StepContext } from "./state.ts";

/** A Fetched, an InboxFetched stay well below the limit of a frame. */
export const PART_BYTES_MAX = 768 * 1024;
const INBOX_PART_MAX = 500;
const KEY_PACKAGES_MAX = 200;

/** Serves one device on one connection. Answers come when they are ready, in any order. */
export class Requests {
  readonly #context: StepContext;
  readonly #me: Device;
  readonly #refusals = new Refusals();
  #login: Login | undefined;
  #hasEnded = false;

  constructor(context: StepContext, me: Device) {
    this.#context = context;
    this.#me = me;
  }

  /** The connection has ended, and what was begun on it. */
  closed(): void {
    this.#hasEnded = true;
    this.#abandon();
  }

  #abandon(): void {
    abandonPassword(this.#context, this.#me, this.#login);
    this.#login = undefined;
  }

  async serve(frame: Request, answer: Answer): Promise<void> {
    const { rooms, host } = this.#context;
    const retryMs = this.#waitMs(paceOf(frame)) || this.#waitToGiveBack(frame);
    if (retryMs > 0) return answer(refused("rate-limited", { retryMs }));
    switch (frame.type) {
      case "append":
        return await rooms.put({ ...this.#me, host }, frame, this.#refusals.watch(frame, answer), {
          objection: () => (this.#refusals.follows(frame) ? refused("busy") : undefined),
          refused: () => this.#refusals.add(frame),
        });
      case "commit":
        return await rooms.put(this.#me, frame, answer);
      case "room-create":
        return await rooms.create(this.#me, frame, answer);
      case "restore":
        return await rooms.restore(this.#me, frame, (body) => {
          const { peer: address, audit } = this.#context;
          if (body.type === "done") audit({ event: "given-back", address, name: this.#me.name, code: undefined });
          answer(body);
        });
      default:
        return answer(await this.#ask(frame));
    }
  }

  async #ask(
    frame: Exclude<Request, { readonly type: "append" | "commit" | "room-create" | "restore" }>,
  ): Promise<ServerBody> {
    const context = this.#context;
    const me = this.#me;
    const { store, rooms } = context;
    switch (frame.type) {
      case "fetch":
        return await rooms.fetch(me.device, frame.room, frame.from, frame.limit, PART_BYTES_MAX);
      case "cursor":
        return await rooms.cursor(me.device, frame.room, frame.seq);
      case "inbox-fetch":
        return {
          type: "inbox-fetched",
          entries: await store.inbox(me.device, frame.from, INBOX_PART_MAX, PART_BYTES_MAX),
        };
      case "inbox-cursor":
        await store.dropInbox(me.device, frame.number);
        return { type: "done" };
      case "key-packages-put": {
        const { packages, lastResort, replace } = frame;
        const stored = await store.putKeyPackages(me.device, packages, lastResort, KEY_PACKAGES_MAX, replace);
        return stored ? { type: "done" } : refused("too-long", { field: "packages" });
      }
      case "key-packages-claim": {
        const isSpared = this.#waitMs("claim-of-one", `${me.account} ${frame.account}`) > 0;
        const claimed = await store.claimKeyPackages(frame.account, isSpared);
        if (claimed === undefined) return refused("unknown-user");
        context.fanout.inbox(claimed.notices);
        return { type: "key-packages", packages: claimed.packages };
      }
      case "chain-get":
        return await chainGet(context, frame);
      case "chain-append":
        return await chainAppend(context, me, frame);
      case "directory":
        return await this.#directory(frame.name);
      case "group-info-get":
        return await rooms.groupInfo(frame.room, frame.token);
      case "password-start": {
        this.#abandon();
        const { answer, login } = await passwordStart(context, me, frame);
        // Another one may have begun, or the connection have ended, while the store was asked: each counts.
        this.#abandon();
        this.#login = login;
        if (this.#hasEnded) this.#abandon();
        return answer;
      }
      case "password-finish": {
        const login = this.#login;
        this.#login = undefined;
        return await passwordFinish(context, me, login, frame);
      }
      case "readmit":
        return await rooms.readmit(me, frame.room, frame.signature);
      case "admin":
        return await this.#admin(frame);
      case "ping":
        return { type: "pong" };
      default:
        return unreachable(frame);
    }
  }

  /** How long this device has to wait; 0: it was counted. */
  #waitMs(kind: Kind | undefined, pair?: string, times?: number): number {
    const { pace, clock, host } = this.#context;
    const { device, account } = this.#me;
    return kind === undefined ? 0 : pace.take(kind, { device, account, address: host, pair }, clock.now(), times);
  }

  /** A Restore counts for what is in it, too: each entry may take as much of the disk as a message. */
  #waitToGiveBack(frame: Request): number {
    return frame.type === "restore" ? this.#waitMs("restored-entry", undefined, frame.entries.length) : 0;
  }

  /** Asked of the store each time: it is rare, and nobody stays operator by staying connected. */
  async #admin(order: AdminAction): Promise<ServerBody> {
    const context = this.#context;
    const account = await context.store.account(this.#me.account);
    const by = { name: this.#me.name, address: context.peer };
    if (account?.admin === true) return await ordered(context, by, order);
    context.audit({ event: "order-refused", ...by, code: "not-allowed" });
    return refused("not-allowed");
  }

  async #directory(name: string): Promise<ServerBody> {
    const { store, online } = this.#context;
    const all = await store.directory();
    const wanted = name === "" ? all : all.filter((account) => account.name === name);
    const accounts = wanted.map(({ name, id }) => ({ name, account: id, online: online.isOnline(id) }));
    return { type: "directory-list", accounts };
  }
}

/** The limit that a frame falls under. Messages are counted where they are judged, because a repeat costs nothing. */
function paceOf(frame: Request): Kind | undefined {
  switch (frame.type) {
    case "commit":
      return frame.joinToken === undefined ? "commit" : "join";
    case "room-create":
      return "create";
    case "key-packages-claim":
      return "claim";
    case "fetch":
    case "inbox-fetch":
    case "chain-get":
    case "directory":
    case "group-info-get":
    case "readmit":
    case "restore":
    case "password-start":
      return frame.type;
    default:
      return undefined;
  }
}
