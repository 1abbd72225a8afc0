/** What the operator's account may do from the chat; the relay decides who that is. */
import { type AdminAction, formatLink, LIMITS, userName } from "@sotto/wire";
import { refuseReply } from "../account.ts";
import type { Params } from "../api.ts";
import { relayLink } from "../rooms/enter.ts";
import { whenOnline } from "../session.ts";
import type { Turn } from "../turn.ts";

/** Kicks, shuts out or lets in again. */
export function administer(action: "kick" | "ban" | "unban") {
  return async (turn: Turn, command: number, { username }: { readonly username: string }): Promise<void> => {
    const name = userName(username);
    if (name === undefined) return turn.refuse(command, "unknown-user");
    await ask(turn, command, { action, name });
  };
}

export async function announce(turn: Turn, command: number, { text }: Params<"admin.announce">): Promise<void> {
  if (text.trim() === "" || !text.isWellFormed()) return turn.refuse(command, "bad-request");
  if (text.length > LIMITS.noticeCharactersMax) return turn.refuse(command, "too-long");
  await ask(turn, command, { action: "announce", text });
}

export async function stopRelay(turn: Turn, command: number): Promise<void> {
  await ask(turn, command, { action: "stop" });
}

async function ask(turn: Turn, command: number, action: AdminAction): Promise<void> {
  await whenOnline(turn, async (later, fault) => {
    if (fault !== undefined) return later.refuse(command, fault);
    later.ask({ type: "admin", ...action }, async (next, body) => {
      if (body?.type === "done") next.answer(command, {});
      else refuseReply(next, command, body);
      return undefined;
    });
  });
}

/** Another access password for newcomers, and the link that carries it. */
export async function regenerate(turn: Turn, command: number): Promise<void> {
  await whenOnline(turn, async (later, fault) => {
    if (fault !== undefined) return later.refuse(command, fault);
    later.ask({ type: "admin", action: "regen" }, async (next, body) => {
      if (body?.type !== "access-password") return refuseReply(next, command, body);
      const { accessPassword } = body;
      heardAccessPassword(next, accessPassword);
      next.answer(command, { accessPassword, link: formatLink({ ...relayLink(next), accessPassword }) });
      return undefined;
    });
  });
}

/** The relay has another access password: links that are given from now on carry it. */
export function heardAccessPassword(turn: Turn, accessPassword: string): void {
  const { session } = turn.state;
  if (session.state !== "online" || accessPassword === "") return;
  turn.set({ session: { ...session, relay: { ...session.relay, accessPassword } } });
  if (accessPassword !== turn.me.access) turn.putMe({ access: accessPassword });
}
