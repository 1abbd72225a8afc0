/** Where a socket comes from: as it is written, and by what its owner is counted. */
import type { Peer } from "./connection/peer.ts";

/**
 * `192.0.2.1:5000`, `[2001:db8::1]:5000`; an IPv4 address that came in as IPv6 is written as what it is. Of IPv6 the
 * network counts and not the address: whoever has one of these has all 2^64 in it.
 */
export function placeOf(address = "unknown", port = 0): Pick<Peer, "address" | "host"> {
  const plain = address.startsWith("::ffff:") ? address.slice(7) : address;
  if (!plain.includes(":")) return { host: plain, address: `${plain}:${port}` };
  return { host: networkOf(plain), address: `[${plain}]:${port}` };
}

function networkOf(address: string): string {
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const groups = head === "" ? [] : head.split(":");
  const rest = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length);
  const all = [...groups, ...Array.from({ length: zeros }, () => "0"), ...rest];
  return `${all.slice(0, 4).join(":")}::/64`;
}
