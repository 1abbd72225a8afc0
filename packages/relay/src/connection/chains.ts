/** Device chains: read by everybody, grown by their owners. */
import { type AccountId, chainStep, isOnTop, LIMITS, type ServerBody } from "@sotto/wire";
import { chainPort } from "../crypto.ts";
import { type Refusal, refused } from "../refusal.ts";
import type { ChainChange } from "../store/store.ts";
import { tellAccount } from "./notices.ts";
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

export async function chainAppend(context: StepContext, me: Device, frame: Frame<"chain-append">): Promise<ServerBody> {
  const grown = await growChain(context, me, frame, () => true, me.device);
  return "type" in grown ? grown : { type: "done" };
}

/**
 * Puts an entry on top of a chain if it holds there, and tells the devices of the account.
 *
 * @param isMeant - whether the frame may do that, where it stands; @param by - the device that knows it already.
 */
export async function growChain(
  context: StepContext,
  { account, name }: Pick<Device, "account" | "name">,
  { entry }: Frame<"chain-append">,
  isMeant: (change: ChainChange) => boolean,
  by?: Device["device"],
): Promise<ChainChange | Refusal> {
  const { store, online, chains, pace, clock } = context;
  const retryMs = pace.take("chain-append", { device: by, account }, clock.now());
  if (retryMs > 0) return refused("rate-limited", { retryMs });
  const entries = await store.chain(account);
  // Looked at first, since it costs nothing: what stands nowhere needs no signature verified.
  if (!isOnTop(entry, entries, chainPort.hash)) return refused("bad-request", { field: "entry" });
  const last = chains.state(account, entries);
  const after = last === undefined ? undefined : chainStep(last, entry, chainPort);
  if (last === undefined || after?.ok !== true) return refused("bad-request", { field: "entry" });
  const change = changeOf(last.devices, after.value.devices);
  if (!isMeant(change)) return refused("bad-request", { field: "entry" });
  if (change.add !== undefined && (await isForeign(context, change.add.id, account)))
    return refused("bad-request", { field: "entry" });
  // Somebody else of the account was faster: the entry names a chain that is not the newest any more.
  if (!(await store.appendChain(account, entries.length, entry, change)))
    return refused("bad-request", { field: "entry" });
  chains.keep(after.value);
  context.audit({ event: "chain-grew", address: context.peer, name, code: undefined });
  if (change.add !== undefined) online.allow(change.add.id);
  if (change.revoke !== undefined) online.revoke(change.revoke);
  const knowing = [by, change.add?.id].filter((device) => device !== undefined);
  await tellAccount(context, account, { kind: "chain-grew" }, knowing);
  return change;
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
