/**
 * First contact: a TLS connection of its own that reads the chain of certificates, sends nothing and is closed. It alone
 * may connect to somebody who is not trusted; with a callback, `rejectUnauthorized: false` lets a wrong pin through.
 */
import { isIP } from "node:net";
import { connect } from "node:tls";
import type { Target } from "@sotto/core";
import { equalBytes } from "@sotto/wire";
import { RELAY_NAME, type Root, rootShown } from "./root-pin.ts";

export type Trust = "pinned" | "system" | "first-use";

export type Shown =
  | { readonly type: "shown"; readonly root: Root; readonly trust: Trust }
  | { readonly type: "failed"; readonly reason: "unreachable" | "wrong-pin"; readonly detail: string };

/**
 * @param signal - ends the wait.
 * @param wanted - the pinned key alone, or whatever is shown where a pin is known.
 */
export function lookAt(target: Target, signal: AbortSignal, wanted: "pinned" | "whatever" = "pinned"): Promise<Shown> {
  const host = bareHost(target.host);
  const { pin, relay } = wanted === "pinned" ? target : { pin: undefined, relay: undefined };
  const { promise, resolve } = Promise.withResolvers<Shown>();
  const failed = (detail: string) => resolve({ type: "failed", reason: "unreachable", detail: printable(detail) });
  if (signal.aborted) {
    failed("cancelled");
    return promise;
  }
  const socket = connect({
    host,
    port: target.port,
    minVersion: "TLSv1.3",
    rejectUnauthorized: false,
    // A relay may show a public certificate to who asks by its name; its own is for who has the pin.
    ...(target.pin !== undefined ? { servername: RELAY_NAME } : isIP(host) ? {} : { servername: host }),
  });
  const onAbort = () => {
    failed("no answer in time");
    socket.destroy();
  };
  signal.addEventListener("abort", onAbort, { once: true });
  socket.once("secureConnect", () => {
    const root = rootShown(socket);
    resolve(root === undefined ? notShown : judge({ pin, relay }, root, socket.authorized));
    socket.destroy();
  });
  socket.once("error", (error) => failed(error.message));
  socket.once("close", () => {
    signal.removeEventListener("abort", onAbort);
    failed("the connection was closed");
  });
  return promise;
}

const notShown: Shown = { type: "failed", reason: "unreachable", detail: "the relay shows no certificate" };

function judge({ pin, relay }: Pick<Target, "pin" | "relay">, root: Root, acceptedBySystem: boolean): Shown {
  if (pin === undefined && acceptedBySystem) return { type: "shown", root, trust: "system" };
  const known = pin ?? relay;
  if (known === undefined) return { type: "shown", root, trust: "first-use" };
  if (equalBytes(known, root.pin)) return { type: "shown", root, trust: "pinned" };
  const detail =
    pin === undefined
      ? "the system does not trust the relay's certificate, and its root key is not the relay's id"
      : "the relay's root key is not the pinned one";
  return { type: "failed", reason: "wrong-pin", detail };
}

/** What went wrong may quote a certificate that a stranger made: nothing in it may reach a terminal as more than text. */
export function printable(detail: string): string {
  return detail.replace(/[^\x20-\x7e]/g, "?").slice(0, 300);
}

/** An IPv6 address stands in brackets in a link, and without them in a socket's address. */
export function bareHost(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
