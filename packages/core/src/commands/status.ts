/** Where this device stands, for an interface that says so to a person. */
import { toHex } from "@sotto/wire";
import type { Status } from "../api.ts";
import { outboxCount } from "../outbox.ts";
import type { AccountRecord } from "../records.ts";
import type { Turn } from "../turn.ts";

export async function status(turn: Turn, command: number): Promise<void> {
  const { me, session, rooms } = turn.state;
  const isNobody = me === undefined && session.state === "offline";
  const halted = turn.state.halted ?? (isNobody ? "not-signed-in" : undefined);
  const retryAt = session.state === "offline" ? session.retryAt : undefined;
  const answer: Status = {
    ...(me && { username: me.name }),
    connection: session.state,
    outbox: outboxCount(rooms),
    ...(halted && { halted }),
    ...(retryAt !== undefined && { retryAt }),
    ...(me && { relay: relayOf(me) }),
  };
  turn.answer(command, answer);
}

function relayOf({ host, port, pin }: AccountRecord): NonNullable<Status["relay"]> {
  // Eight groups of eight digits: so they are read to each other.
  const fingerprint =
    pin &&
    toHex(pin)
      .match(/.{1,8}/g)
      ?.join(" ");
  return { host, port, ...(fingerprint !== undefined && { fingerprint }) };
}
