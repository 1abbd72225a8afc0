/** Commands about who is in a room. */
import type { AccountId, RoomId } from "@sotto/wire";
import { refuseReply } from "../account.ts";
import type { Params } from "../api.ts";
import { waitOf } from "../bounds.ts";
import { operate, REMOVES_MAX } from "../commits.ts";
import { leaves, roomInfo } from "../group/index.ts";
import { fetchChains } from "../identity/fetch.ts";
import { soundPackages } from "../rooms/direct.ts";
import { whenOnline } from "../session.ts";
import type { Operation } from "../state.ts";
import type { Turn } from "../turn.ts";
import { findUser } from "./people.ts";
import { leave } from "./rooms.ts";
import { accountsOf, isOwner, roomOf } from "./views.ts";

export async function add(turn: Turn, command: number, params: Params<"room.add">): Promise<void> {
  const room = roomOf(turn, command, params.roomId);
  if (room === undefined) return;
  if (room.kind === "direct") return turn.refuse(command, "not-allowed");
  await findUser(turn, command, params.username, async (found, account) => {
    if (accountsOf(found.room(room.room) ?? room).has(account)) return found.answer(command, {});
    await whenOnline(found, async (later, fault) => {
      if (fault !== undefined) return later.refuse(command, fault);
      const claim = async (next: Turn) =>
        next.ask({ type: "key-packages-claim", account }, async (last, body) => {
          if (body?.type === "refused" && body.code === "rate-limited") {
            last.sleep(waitOf(body.retryMs), claim, (woken) => woken.refuse(command, "offline"));
            return undefined;
          }
          if (body?.type !== "key-packages") return refuseReply(last, command, body);
          const adds = soundPackages(last, account, body.packages);
          const none = "nobody can add that person now: their devices have left no key packages that hold";
          if (adds.length === 0) return last.refuse(command, "not-allowed", undefined, none) as undefined;
          await operate(last, room.room, addition(account, adds, command));
          return undefined;
        });
      fetchChains(later, [account], claim, (next) => next.refuse(command, "offline"));
    });
  });
}

function addition(account: AccountId, adds: ReturnType<typeof soundPackages>, command: number): Operation {
  return {
    name: "add",
    plan: async (_turn, room) => (accountsOf(room).has(account) ? "done" : { adds, removes: [], renew: false }),
    finished: async (turn, fault) => turn.settle(command, fault),
  };
}

export async function remove(turn: Turn, command: number, params: Params<"room.remove">): Promise<void> {
  const room = roomOf(turn, command, params.roomId);
  if (room === undefined) return;
  const name = params.username.toLowerCase();
  if (name === turn.me.name) return leave(turn, command, params.roomId);
  const account = [...accountsOf(room)].find((one) => turn.nameOf(one) === name);
  if (account === undefined) return turn.refuse(command, "unknown-user");
  if (!isOwner(turn, room)) return turn.refuse(command, "not-allowed");
  await whenOnline(turn, async (later, fault) =>
    fault === undefined
      ? operate(later, room.room, removal(room.room, account, command))
      : later.refuse(command, fault),
  );
}

function removal(id: RoomId, account: AccountId, command: number): Operation {
  return {
    name: "remove",
    plan: async (_turn, room) => {
      const all = ((room.group && leaves(room.group)) ?? []).filter((leaf) => leaf.account === account);
      const removes = all.slice(0, REMOVES_MAX);
      const info = room.group && roomInfo(room.group);
      return removes.length === 0
        ? "done"
        : { adds: [], removes, renew: info?.kind === "room" && info.linkKey !== undefined };
    },
    // More devices than one commit takes out go by the next ones.
    finished: async (turn, fault) => {
      const now = turn.room(id);
      const isThere = now !== undefined && accountsOf(now).has(account);
      if (fault === undefined && isThere) return operate(turn, id, removal(id, account, command));
      turn.settle(command, fault);
    },
  };
}
