/** MLSMessage: version and kind in front of everything that travels (RFC 9420 section 6). */
import { Reader, Writer } from "./codec.ts";
import { MLS10 } from "./leaf-node.ts";
import { LIMITS } from "./limits.ts";
import { check } from "./refusal.ts";

export const WIRE_FORMAT = {
  publicMessage: 1,
  privateMessage: 2,
  welcome: 3,
  groupInfo: 4,
  keyPackage: 5,
} as const;

export type WireFormat = (typeof WIRE_FORMAT)[keyof typeof WIRE_FORMAT];

/** Version and kind, then a reader for the rest. */
export function openMessage(bytes: Uint8Array): { readonly format: number; readonly reader: Reader } {
  check(bytes.length <= LIMITS.messageBytes, "too-long", "6");
  const reader = new Reader(bytes);
  check(reader.uint16() === MLS10, "wrong-version", "6");
  return { format: reader.uint16(), reader };
}

/** What an MLSMessage of one kind holds. */
export function readMessage(bytes: Uint8Array, wanted: WireFormat): Uint8Array {
  const { format, reader } = openMessage(bytes);
  check(format === wanted, "malformed", "6");
  return reader.take(reader.left);
}

export function writeMessage(format: WireFormat, body: Uint8Array): Uint8Array {
  check(4 + body.length <= LIMITS.messageBytes, "too-long", "6");
  return new Writer(4 + body.length).uint16(MLS10).uint16(format).raw(body).done();
}
