/**
 * Opening a profile, and going on where a person is waited for: with a code, where the relay asks for one at each
 * connection, or with a new link, where the old address or access password leads nowhere any more.
 */
import { equalBytes, type Link, parseLink } from "@sotto/wire";
import { refuseVault } from "./account.ts";
import type { Params } from "./api.ts";
import { load } from "./boot.ts";
import { isWaitingForPerson } from "./proof.ts";
import { doubtful } from "./rooms/doubt.ts";
import { connect } from "./session.ts";
import type { Turn } from "./turn.ts";

type Unlock = Params<"account.unlock">;

/** Opens the profile that is here; the connection follows by itself. */
export async function unlock(turn: Turn, command: number, params: Unlock): Promise<void> {
  const { vault } = turn.ports;
  const link = params.link === undefined ? undefined : parseLink(params.link);
  if (params.link !== undefined && link === undefined) return turn.refuse(command, "bad-link");
  if (vault.state === "none") return turn.refuse(command, "not-signed-in");
  if (vault.state === "open") return unlockAgain(turn, command, params, link);
  const before = turn.state;
  try {
    const store = await vault.unlock(params.password);
    if (!(await load(turn, store))) {
      // Made, and the process died before anything was in it: nothing can be lost with it.
      await vault.discard();
      return turn.refuse(command, "not-signed-in");
    }
  } catch (error) {
    if (turn.ports.vault.state === "open") await turn.ports.vault.close();
    return refuseVault(turn, command, error);
  }
  if (!isOfRelay(turn, link)) {
    turn.state = before;
    await vault.close();
    return turn.refuse(command, "wrong-pin");
  }
  const { changing } = vault;
  if (changing !== undefined) turn.set({ change: { password: params.password, which: changing } });
  goOn(turn, command, params, link);
  tellDoubts(turn);
}

/** What stops a room until a person agrees is told at each start: the last process may have died before it was read. */
function tellDoubts(turn: Turn): void {
  const rooms = [...turn.state.rooms.values()];
  if (turn.state.halted !== undefined) return;
  for (const { name, conflict } of new Set(rooms.flatMap((room) => doubtful(turn, room))))
    if (conflict !== false) turn.update({ type: "warning", code: conflict, username: name });
  for (const { room: roomId, forked, forkedBy } of rooms) {
    const username = forkedBy === undefined ? {} : { username: turn.nameOf(forkedBy) };
    if (forked) turn.update({ type: "warning", code: "log-forked", roomId, ...username });
  }
}

/** The vault is open: only where a person is waited for, or the relay is not reached, is there anything to go on with. */
function unlockAgain(turn: Turn, command: number, params: Unlock, link: Link | undefined): void {
  const { me, halted, session } = turn.state;
  const isLost = link !== undefined && halted === undefined && session.state === "offline";
  if (me === undefined || !(isWaitingForPerson(halted) || isLost)) return turn.refuse(command, "not-allowed");
  if (!isOfRelay(turn, link)) return turn.refuse(command, "wrong-pin");
  turn.set({ halted: undefined });
  goOn(turn, command, params, link);
}

/** A link without a pin changes where the relay is looked for, and not what it must show. */
function isOfRelay(turn: Turn, link: Link | undefined): boolean {
  const { pin } = turn.me;
  return link?.pin === undefined || pin === undefined || equalBytes(link.pin, pin);
}

function goOn(turn: Turn, command: number, { password, code }: Unlock, link: Link | undefined): void {
  if (link !== undefined) {
    const { host, port, accessPassword } = link;
    turn.putMe({ host, port, access: accessPassword ?? turn.me.access });
  }
  turn.set({ proof: code === undefined ? undefined : { password, code } });
  const { name, account, device } = turn.me;
  turn.answer(command, { username: name, accountId: account, deviceId: device });
  connect(turn);
}
