/** Device chains: read by everybody, grown by their owners. */
import { type AccountId, chainStates, chainStep, LIMITS, type ServerBody } from "@sotto/wire";
import { chainPort } from "../crypto.ts";
import { refused } from "../refusal.ts";
import type { ChainChange } from "../store/store.ts";
import type { Device, Frame, StepContext } from "./state.ts";

/** What the frame around the chains takes at most. */
const FRAME_REST_BYTES = 64 * 1024;

export async function chainGet({ store }: StepContext, { accounts }: Frame<"chain-get">): Promise<ServerBody> {
  const chains = await Promise.all(accounts.map(async (account) => ({ account, entries: await store.chain(account) })));
  const bytes = chains.reduce(
    (sum, { entries }) => entries.reduce((part, entry) => part + entry.length + 8, sum + 40),
    0,
  );
  // An account left out would look like one that does not exist: rather all again in smaller parts.
  if (bytes > LIMITS.frameBytesMax - FRAME_REST_BYTES) return refused("too-long", { field: "accounts" });
  return { type: "chains", chains };
}

export async function chainAppend(
  context: StepContext,
  me: Device,
  { entry }: Frame<"chain-append">,
): Promise<ServerBody> {
  const { store, online } = context;
  const entries = await store.chain(me.account);
  const before = chainStates(entries, chainPort);
  const last = before.ok ? before.value.at(-1) : undefined;
  const after = last === undefined ? undefined : chainStep(last, entry, chainPort);
  if (last === undefined || after?.ok !== true) return refused("bad-request", { field: "entry" });
  const change = changeOf(last.devices, after.value.devices);
  if (change.add !== undefined && (await isForeign(context, change.add.id, me.account)))
    return refused("bad-request", { field: "entry" });
  // Somebody else of the account was faster: the entry names a chain that is not the newest any more.
  if (!(await store.appendChain(me.account, entries.length, entry, change)))
    return refused("bad-request", { field: "entry" });
  context.audit({ event: "chain-grew", address: context.peer, name: me.name, code: undefined });
  if (change.revoke !== undefined) online.line(change.revoke)?.end("device-revoked");
  return { type: "done" };
}

type Devices = readonly { readonly id: Device["device"]; readonly key: Uint8Array }[];

function changeOf(before: Devices, after: Devices): ChainChange {
  const add = after.find((device) => !before.some(({ id }) => id === device.id));
  const revoke = before.find((device) => !after.some(({ id }) => id === device.id));
  return { add, revoke: revoke?.id };
}

/** A device belongs to one account for ever, or its inbox and rooms would pass from one person to another. */
async function isForeign({ store }: StepContext, id: Device["device"], account: AccountId): Promise<boolean> {
  const known = await store.device(id);
  return known !== undefined && known.account !== account;
}
