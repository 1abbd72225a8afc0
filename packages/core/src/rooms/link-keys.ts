/** What a room's link secret gives: labels and outputs are in docs/protocol.md, sections 15 and 19. */
import { concat, idBytes, type RoomId, utf8 } from "@sotto/wire";
import type { Crypto } from "../ports.ts";

export interface LinkKeys {
  /** What the holder shows to the relay, which knows only its hash. */
  readonly joinToken: Uint8Array;
  readonly tokenHash: Uint8Array;
  /** Ed25519: members know the public half from the room's info and check the joiner's signature with it. */
  readonly signKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly infoKey: Uint8Array;
}

/** @param secret - 32 random bytes: the `s` of a link. */
export function linkKeys(crypto: Crypto, room: RoomId, secret: Uint8Array): LinkKeys {
  const key = crypto.hkdfExtract(idBytes(room), secret);
  const derive = (label: string) => crypto.hkdfExpand(key, utf8(`sotto 1 ${label}`), 32);
  const joinToken = derive("join token");
  const signKey = derive("link key");
  return {
    joinToken,
    tokenHash: crypto.sha256(joinToken),
    signKey,
    publicKey: crypto.publicKey(signKey),
    infoKey: derive("group info"),
  };
}

/** Seals a JoinInfo for holders of the link: nonce, then AES-256-GCM. */
export function sealJoinInfo(crypto: Crypto, keys: LinkKeys, room: RoomId, joinInfo: Uint8Array): Uint8Array {
  const nonce = crypto.random(12);
  return concat(nonce, crypto.aeadSeal(keys.infoKey, nonce, idBytes(room), joinInfo));
}

export function openJoinInfo(crypto: Crypto, keys: LinkKeys, room: RoomId, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < 28) return undefined;
  return crypto.aeadOpen(keys.infoKey, sealed.subarray(0, 12), idBytes(room), sealed.subarray(12));
}
