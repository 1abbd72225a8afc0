/** Tells the devices of an account, through their inboxes, what happened to it. */
import type { AccountId, DeviceId } from "@sotto/wire";
import type { Services } from "../services.ts";
import { type InboxNotice, StoreError } from "../store/store.ts";

/**
 * What happened is done already, and must not look refused because the store could not take the notice too: such a
 * failure goes to the journal, and the devices learn it from their next Session or not at all.
 *
 * @param except - devices that know it.
 */
export async function tellAccount(
  { store, fanout, journal }: Services,
  account: AccountId,
  notice: InboxNotice,
  except: readonly DeviceId[] = [],
): Promise<void> {
  try {
    const devices = (await store.devicesOf(account)).filter((device) => !except.includes(device));
    fanout.inbox(await store.notify(devices, notice));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    journal.warn({ err: error, notice: notice.kind }, "a notice was not stored");
  }
}
