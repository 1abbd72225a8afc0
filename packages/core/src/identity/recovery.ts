/** The recovery phrase: 12 BIP-39 words, 128 random bits, and the key that they give. */

import { entropyToMnemonic, mnemonicToEntropy } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { utf8 } from "@sotto/wire";
import type { Crypto } from "../ports.ts";

export interface Recovery {
  /** 16 random bytes. */
  readonly entropy: Uint8Array;
  readonly phrase: string;
  readonly signKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

export function makeRecovery(crypto: Crypto): Recovery {
  return recoveryOf(crypto, crypto.random(16));
}

/** @returns undefined when the words are not 12 of the list or their checksum is wrong. */
export function readRecovery(crypto: Crypto, phrase: string): Recovery | undefined {
  try {
    const words = phrase.trim().toLowerCase().split(/\s+/);
    return words.length === 12 ? recoveryOf(crypto, mnemonicToEntropy(words.join(" "), wordlist)) : undefined;
  } catch {
    return undefined;
  }
}

export function recoveryOf(crypto: Crypto, entropy: Uint8Array): Recovery {
  const key = crypto.hkdfExtract(utf8("sotto 1 recovery"), entropy);
  const signKey = crypto.hkdfExpand(key, utf8("sotto 1 recovery key"), 32);
  return { entropy, phrase: entropyToMnemonic(entropy, wordlist), signKey, publicKey: crypto.publicKey(signKey) };
}
