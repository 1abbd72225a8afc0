/** What is known of a person: /info. */
import type { RoomLine } from "@sotto/core";
import { sanitiseName } from "@sotto/wire";
import { say } from "../text/index.ts";
import type { Desk } from "./desk.ts";
import { rowsOf } from "./rows.ts";

export async function showPerson(desk: Desk, username: string): Promise<void> {
  const text = say().commands.info;
  const contacts = await desk.client.request("contact.list", {});
  const users = await desk.client.request("users.list", {});
  const contact = contacts.ok ? contacts.value.find((one) => one.username === username) : undefined;
  const user = users.ok ? users.value.find((one) => one.username === username) : undefined;
  const isSelf = username === desk.me.username;
  const accountId = isSelf ? desk.me.accountId : (contact?.accountId ?? user?.accountId);
  if (accountId === undefined) return desk.refused({ code: "unknown-user", message: "" });
  const { online, offline } = say().commands.users;
  const devices = isSelf ? await desk.client.request("device.list", {}) : undefined;
  const shared = isSelf ? [] : await roomsWith(desk, username);
  desk.print(
    ...rowsOf([
      [text.name, sanitiseName(username)],
      [text.account, accountId],
      [text.verified, isSelf ? text.itIsYou : contact?.verified ? text.isVerified : text.notVerified],
      ...(contact?.doubt === undefined
        ? []
        : [[text.doubt, `${say().words.warnings[contact.doubt].what} (${contact.doubt})`] as const]),
      [text.presence, user === undefined ? text.unknown : user.online ? online : offline],
      ...(devices?.ok ? [[text.devices, `${devices.value.length}`] as const] : []),
      ...(isSelf
        ? []
        : [[text.rooms, shared.map(({ roomId }) => desk.tag(roomId)).join(", ") || text.noRooms] as const]),
    ]),
  );
}

async function roomsWith(desk: Desk, username: string): Promise<readonly RoomLine[]> {
  const shared: RoomLine[] = [];
  for (const room of desk.rooms.all) {
    if (room.kind === "direct") continue;
    const members = await desk.client.request("room.members", { roomId: room.roomId });
    if (members.ok && members.value.some((member) => member.username === username)) shared.push(room);
  }
  return shared;
}
