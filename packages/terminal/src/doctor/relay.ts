/** The relay of the profile, from outside: reachable, with the right key, and with about the same time. */
import type { Status } from "@sotto/core";
import { fingerprint, probe, type RelayTime, relayTime } from "@sotto/node";
import { fromHex } from "@sotto/wire";
import { say } from "../text/index.ts";
import { duration } from "../words.ts";
import { bad, type Finding, fine, look } from "./finding.ts";

type Relay = NonNullable<Status["relay"]>;

/** What a question over the network may take. */
const PATIENCE_MS = 10_000;
/** The header has whole seconds, and one may pass on the way. */
const AGREES_MS = 3_000;
/** Less than this harms nothing: codes come from the phone, and a day is the least that anything else counts with. */
const HARMLESS_MS = 60_000;
const DAY_MS = 86_400_000;

/** @param full - with address and fingerprint. */
export async function relayFindings(relay: Relay, full: boolean): Promise<readonly Finding[]> {
  const said = say().cli.doctor;
  const pin = relay.fingerprint === undefined ? undefined : fromHex(relay.fingerprint.replaceAll(" ", ""));
  const target = { host: relay.host, port: relay.port, pin };
  const at = full ? said.relayAt(`${relay.host}:${relay.port}`) : "";
  // A wrong key is told of too.
  const shown = await probe(target, "whatever");
  if ("error" in shown) {
    const what = said.relayUnreachable(said.reasons[reasonOf(shown.error)]) + at;
    return [bad("relay", what, said.relayUnreachableTodo)];
  }
  const print = fingerprint(shown.pin);
  const more = full ? at + said.relayKey(print) : "";
  if (relay.fingerprint !== undefined && print !== relay.fingerprint) {
    return [bad("relay", said.relayStranger + more, said.relayStrangerTodo)];
  }
  if (relay.fingerprint === undefined && shown.trust !== "system") {
    return [bad("relay", said.relayUntrusted + more, said.relayStrangerTodo)];
  }
  const what = relay.fingerprint === undefined ? said.relaySystem : said.relayPinned;
  return [fine("relay", what + more), clockFinding(await relayTime(target, PATIENCE_MS))];
}

/** A message of the system may name the host: what kind it is of is enough. */
function reasonOf(message: string): keyof ReturnType<typeof say>["cli"]["doctor"]["reasons"] {
  if (/ENOTFOUND|EAI_/.test(message)) return "name";
  if (/ECONNREFUSED/.test(message)) return "refused";
  if (/EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL/.test(message)) return "route";
  if (/ETIMEDOUT|no answer in time/.test(message)) return "time";
  if (/ECONNRESET|EPIPE|closed|socket hang up|disconnected/.test(message)) return "reset";
  return "other";
}

export function clockFinding(time: RelayTime | undefined): Finding {
  const said = say().cli.doctor;
  if (time === undefined) return look("clock", said.clockUnknown, said.clockUnknownTodo);
  const aheadMs = time.askedAt - (time.at + 500);
  const offMs = Math.abs(aheadMs);
  if (offMs < AGREES_MS + time.tookMs / 2) return fine("clock", said.clockAgrees);
  const what = (aheadMs > 0 ? said.clockAhead : said.clockBehind)(duration(offMs));
  if (offMs < HARMLESS_MS) return fine("clock", what);
  return offMs < DAY_MS ? look("clock", what, said.clockTodo) : bad("clock", what, said.clockTodo);
}
