/** What each method of api.ts does. Parameters were parsed where they came in. */
import type { WarningCode } from "@sotto/wire";
import { confirmOtp, signUp } from "./account.ts";
import type { Method, Params } from "./api.ts";
import { administer, announce, regenerate, stopRelay } from "./commands/admin.ts";
import { listContacts, safetyWords, verify } from "./commands/contacts.ts";
import { listDevices, revokeDevice } from "./commands/devices.ts";
import { add, remove } from "./commands/members.ts";
import { list, read, search, send } from "./commands/messages.ts";
import { listNotes, putNote } from "./commands/notes.ts";
import { dropOutbox, listOutbox } from "./commands/outbox.ts";
import { listUsers, openDirect } from "./commands/people.ts";
import { create, join, leave, link, listRooms, members } from "./commands/rooms.ts";
import { status } from "./commands/status.ts";
import { listTimeline } from "./commands/timeline.ts";
import { roomOf } from "./commands/views.ts";
import { acceptRollback } from "./rollback.ts";
import { changePassword, rotateRecovery } from "./secrets.ts";
import { connect } from "./session.ts";
import { signIn } from "./sign-in.ts";
import type { Turn } from "./turn.ts";
import { unlock } from "./unlock.ts";

type Run<M extends Method> = (turn: Turn, command: number, params: Params<M>) => Promise<void>;

/** Before somebody is signed in, and while the first code is missing, these alone are answered. */
const ENTRANCES: ReadonlySet<string> = new Set([
  "account.signUp",
  "account.confirmOtp",
  "account.signIn",
  "account.unlock",
  "account.status",
]);

/** What a frozen profile still answers: its history. */
const READS: ReadonlySet<string> = new Set([
  ...ENTRANCES,
  "room.list",
  "room.members",
  "message.list",
  "message.search",
  "message.markRead",
  "timeline.list",
  "contact.list",
  "outbox.list",
  "note.put",
  "note.list",
  "device.list",
]);

const COMMANDS: { readonly [M in Method]: Run<M> } = {
  "account.signUp": signUp,
  "account.confirmOtp": confirmOtp,
  "account.signIn": signIn,
  "account.unlock": unlock,
  "account.status": status,
  "account.changePassword": changePassword,
  "account.rotateRecovery": rotateRecovery,
  "users.list": listUsers,
  "room.create": create,
  "room.link": link,
  "room.join": join,
  "room.leave": async (turn, command, params) => leave(turn, command, params.roomId),
  "room.list": listRooms,
  "room.members": members,
  "room.add": add,
  "room.remove": remove,
  "direct.open": openDirect,
  "message.send": send,
  "message.list": list,
  "message.markRead": read,
  "message.search": search,
  "timeline.list": listTimeline,
  "contact.list": listContacts,
  "contact.safetyWords": safetyWords,
  "contact.verify": verify,
  "outbox.list": listOutbox,
  "outbox.drop": dropOutbox,
  "note.put": putNote,
  "note.list": listNotes,
  "device.list": listDevices,
  "device.revoke": revokeDevice,
  "admin.kick": administer("kick"),
  "admin.ban": administer("ban"),
  "admin.unban": administer("unban"),
  "admin.announce": announce,
  "admin.regen": regenerate,
  "admin.stop": stopRelay,
  "warning.accept": accept,
};

/** Runs one command; its answer comes in this turn or a later one. */
export async function runCommand(turn: Turn, command: number, method: string, params: unknown): Promise<void> {
  if (!Object.hasOwn(COMMANDS, method)) return turn.refuse(command, "bad-request");
  if (!ENTRANCES.has(method)) {
    if (turn.state.me === undefined) return turn.refuse(command, "not-signed-in");
    if (!turn.me.confirmed) return turn.refuse(command, "otp-pending");
  }
  const { halted } = turn.state;
  // Kept apart for good: what is here can be read, and nothing is done with it.
  const isFrozen = halted === "profile-copied" || halted === "device-revoked";
  if (isFrozen && !READS.has(method)) return turn.refuse(command, halted);
  const run = COMMANDS[method as Method] as Run<Method>;
  await run(turn, command, params as Params<Method>);
}

/** The person has read a warning and says: go on. */
async function accept(turn: Turn, command: number, params: Params<"warning.accept">): Promise<void> {
  const code = params.code as WarningCode;
  if (code === "log-forked") {
    const room = params.roomId === undefined ? undefined : roomOf(turn, command, params.roomId);
    if (room === undefined) return params.roomId === undefined ? turn.refuse(command, "bad-request") : undefined;
    // One who lies about what they saw stops the others once, and not with each of their entries.
    const { forkedBy, heldForLiars = [] } = room;
    const liars = forkedBy === undefined ? heldForLiars : [...heldForLiars, forkedBy];
    turn.patch(room.room, { forked: false, forkedBy: undefined, heldForLiars: liars });
    turn.attend(room.room);
  }
  if (code === "relay-rolled-back" && acceptRollback(turn)) connect(turn);
  if (code === "identity-changed" || code === "chain-forked" || code === "chain-withheld") {
    for (const contact of turn.state.contacts.values()) {
      if (contact.name !== params.username?.toLowerCase() || contact.conflict !== code) continue;
      const claimed = contact.claimed && { ...contact.claimed, agreed: true };
      turn.putContact({ ...contact, claimed, conflict: false });
      // From now on this is who is meant by the name.
      if (code === "identity-changed") turn.bindName(contact.name, contact.account);
    }
    for (const room of turn.state.rooms.keys()) turn.attend(room);
  }
  turn.answer(command, {});
}
