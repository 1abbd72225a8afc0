/** What plain mode and the full screen begin with. */
import { callLocal, fingerprint, type Profile, probe } from "@sotto/node";
import { equalBytes, type Link } from "@sotto/wire";
import type { LinkArgument } from "../arguments.ts";
import type { RelayLook } from "../plain/first-run.ts";
import { say } from "../text/index.ts";

/** Another program has the vault open. */
export async function isHeld(dir: string, { vault }: Profile): Promise<boolean> {
  if (vault.state !== "locked") return false;
  const running = await callLocal(dir);
  running?.close();
  return running !== undefined;
}

export function linkOf(argument: LinkArgument): string | undefined {
  return argument.type === "given" ? argument.link : undefined;
}

/** First contact, for the eyes of a person: whether the relay answers, and with which key. */
export async function look(link: Link): Promise<RelayLook> {
  // A wrong relay's key is shown too.
  const shown = await probe({ host: link.host, port: link.port, pin: link.pin }, "whatever");
  if ("error" in shown) {
    const known = link.pin === undefined ? undefined : fingerprint(link.pin);
    return { fingerprint: known, trust: undefined, fault: { code: "offline", detail: shown.error } };
  }
  const print = fingerprint(shown.pin);
  if (link.pin === undefined) return { fingerprint: print, trust: shown.trust, fault: undefined };
  if (equalBytes(link.pin, shown.pin)) return { fingerprint: print, trust: "pinned", fault: undefined };
  return { fingerprint: print, trust: undefined, fault: { code: "wrong-pin", detail: say().plain.once.otherKey } };
}
