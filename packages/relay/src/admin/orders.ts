/**
 * What the operator may order, whether from the chat (Admin frames) or at the machine (`sottoctl`). Each order is
 * written into the journal of actions with who gave it and whom it concerns.
 */
import { type AdminAction, fail, ok, type Result, type UserName, userName } from "@sotto/wire";
import type { AuditEvent } from "../audit.ts";
import { tell } from "../fanout.ts";
import { type Refusal, refused } from "../refusal.ts";
import type { Services } from "../services.ts";

/** Who gives an order. */
export interface Orderer {
  /** undefined: whoever may open the socket in the data folder. */
  readonly name: UserName | undefined;
  /** HOST:PORT, or what stands for it in the journal. */
  readonly address: string;
}

/** Ends every connection of an account. Its devices come back by themselves. @returns how many there were. */
export async function kick(services: Services, by: Orderer, given: string): Promise<Result<number, Refusal>> {
  const account = await accountOf(services, given);
  if (account === undefined) return fail(refused("unknown-user"));
  note(services, by, "kicked", account.name);
  return ok(endAll(services, account.name, "kicked"));
}

/**
 * Shuts an account out until the ban is lifted, before the store is asked: a disk that is slow or full keeps nobody in.
 * When the store fails the ban is in force all the same, until the relay stops, and `internal` says that it is no more.
 *
 * @returns how many connections were ended.
 */
export async function ban(services: Services, by: Orderer, given: string): Promise<Result<number, Refusal>> {
  const account = await accountOf(services, given);
  if (account === undefined) return fail(refused("unknown-user"));
  // Who shut themselves out by a slip could not take it back.
  if (account.name === by.name) return fail(refused("not-allowed", { field: "name" }));
  const stored = services.bans.add(account.name, services.clock.now());
  const ended = endAll(services, account.name, "banned");
  note(services, by, "banned", account.name);
  try {
    await stored;
  } catch (error) {
    services.journal.error({ err: error, name: account.name }, "a ban is in force but was not stored");
    return fail(refused("internal"));
  }
  return ok(ended);
}

/** Also lifts the ban of a name that nobody has any more. @returns whether there was one. */
export async function unban(services: Services, by: Orderer, given: string): Promise<Result<boolean, Refusal>> {
  const name = userName(given);
  const wasBanned = name !== undefined && (await services.bans.lift(name));
  if (!wasBanned && (await accountOf(services, given)) === undefined) return fail(refused("unknown-user"));
  note(services, by, "unbanned", name);
  return ok(wasBanned);
}

/** Tells everybody who is signed in. @returns how many devices that are. */
export function announce(services: Services, by: Orderer, text: string): number {
  const lines = [...services.online.lines()];
  tell(lines, { type: "notice", text });
  note(services, by, "announced", undefined);
  return lines.length;
}

/** Makes a new access password; members who share it learn it at once, so that their links keep working. */
export function renew(services: Services, by: Orderer): Result<string, Refusal> {
  const renewed = services.gate.renew(services.random);
  if (renewed === undefined) return fail(refused("not-allowed", { field: services.gate.fixedBy }));
  if (services.gate.shared !== "")
    tell([...services.online.lines()], { type: "access-password", accessPassword: renewed });
  note(services, by, "access-password-renewed", undefined);
  return ok(renewed);
}

/** Stops the relay, but not before the answer to this is on its way. */
export function stop(services: Services, by: Orderer): void {
  note(services, by, "stopped", undefined);
  services.clock.after(0, services.stop);
}

/** An Admin frame, which only an operator's account may send. */
export async function ordered(services: Services, by: Orderer, order: AdminAction) {
  switch (order.action) {
    case "kick":
      return doneOr(await kick(services, by, order.name));
    case "ban":
      return doneOr(await ban(services, by, order.name));
    case "unban":
      return doneOr(await unban(services, by, order.name));
    case "announce":
      announce(services, by, order.text);
      return { type: "done" } as const;
    case "regen": {
      const renewed = renew(services, by);
      return renewed.ok ? ({ type: "access-password", accessPassword: renewed.value } as const) : renewed.error;
    }
    case "stop":
      stop(services, by);
      return { type: "done" } as const;
  }
}

function doneOr(outcome: Result<unknown, Refusal>) {
  return outcome.ok ? ({ type: "done" } as const) : outcome.error;
}

async function accountOf({ store }: Services, given: string) {
  const name = userName(given);
  return name === undefined ? undefined : await store.accountNamed(name);
}

/** Also those that have proved a password and are no device yet. */
function endAll({ connections }: Services, name: UserName, reason: "kicked" | "banned"): number {
  const theirs = [...connections].filter((connection) => connection.userName === name);
  for (const connection of theirs) connection.end(reason);
  return theirs.length;
}

function note(services: Services, { name, address }: Orderer, event: AuditEvent, about: UserName | undefined): void {
  services.audit({ event, address, name, code: undefined, ...(about === undefined ? {} : { about }) });
}
