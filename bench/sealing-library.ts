/** The same group through ts-mls as its documentation uses it: its own provider, its own defaults. */
import { randomBytes } from "node:crypto";
import {
  createApplicationMessage,
  createCommit,
  createGroup,
  decodeMlsMessage,
  defaultCapabilities,
  defaultLifetime,
  emptyPskIndex,
  encodeMlsMessage,
  generateKeyPackage,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  type Proposal,
  processPrivateMessage,
} from "ts-mls";
import type { Pair } from "./sealing.ts";

export async function libraryGroup(members: number): Promise<Pair> {
  const suite = await getCiphersuiteImpl(getCiphersuiteFromName("MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"));
  const device = () => {
    // As long as ours, so that leaves and signed bytes are of one size.
    const credential = { credentialType: "basic", identity: new Uint8Array(randomBytes(84)) } as const;
    return generateKeyPackage(credential, defaultCapabilities(), defaultLifetime, [], suite);
  };
  const owner = await device();
  const others = await Promise.all(Array.from({ length: members - 1 }, device));
  const room = new Uint8Array(randomBytes(32));
  const group = await createGroup(room, owner.publicPackage, owner.privatePackage, [], suite);
  const adds = others.map(
    ({ publicPackage }): Proposal => ({
      proposalType: "add",
      add: { keyPackage: publicPackage },
    }),
  );
  const made = await createCommit(
    { state: group, cipherSuite: suite },
    { extraProposals: adds, ratchetTreeExtension: true },
  );
  const reader = others.at(-1);
  if (made.welcome === undefined || reader === undefined) throw new Error("the group could not be made");
  let sending = made.newState;
  let reading = await joinGroup(made.welcome, reader.publicPackage, reader.privatePackage, emptyPskIndex, suite);
  return {
    seal: async (padded, authenticated) => {
      const { newState, privateMessage } = await createApplicationMessage(sending, padded, suite, authenticated);
      sending = newState;
      return encodeMlsMessage({ version: "mls10", wireformat: "mls_private_message", privateMessage });
    },
    open: async (bytes) => {
      const message = decodeMlsMessage(bytes, 0)?.[0];
      if (message?.wireformat !== "mls_private_message") throw new Error("not a private message");
      const opened = await processPrivateMessage(reading, message.privateMessage, emptyPskIndex, suite);
      if (opened.kind !== "applicationMessage") throw new Error("not an application message");
      reading = opened.newState;
      return opened.message;
    },
  };
}
