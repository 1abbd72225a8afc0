/** Frames beside the log: what a member asks of the relay, and of others through it, in a name or a form that is not its own. */
import { chainBytes, idBytes, readmitBytes } from "@sotto/wire";
import { others, type Ploy, type Post, randomId, type Strike } from "./ploy.ts";

const asking = (ploy: Ploy, signature: Uint8Array): readonly Post[] => [
  { body: { type: "readmit", room: ploy.room, signature } },
];

/** An entry that is not in the log, given back as if the relay had lost it. */
function givingBack(ploy: Ploy, device = ploy.me.device): readonly Post[] {
  const { room, base, last, hash } = ploy;
  const entry = {
    seq: last + 1,
    kind: "message",
    device,
    id: randomId(ploy),
    base,
    header: new Uint8Array(0),
    bytes: ploy.dice.bytes(300),
  } as const;
  return [{ body: { type: "restore", room, previous: hash, entries: [entry], link: undefined } }];
}

export const FRAMES = {
  "asks to be let in by a word that is none": (ploy) => asking(ploy, ploy.dice.bytes(64)),
  "asks to be let in by a word for another": (ploy) => {
    const victim = ploy.dice.of(others(ploy));
    if (victim === undefined) return undefined;
    const { account, device, encryptionKey: leafKey } = victim;
    return asking(
      ploy,
      ploy.crypto.sign(ploy.me.privateKey, readmitBytes({ room: ploy.room, account, device, leafKey })),
    );
  },
  "asks to be let in where it is": (ploy) => {
    const own = ploy.leaves.find(({ device }) => device === ploy.me.device);
    if (own === undefined) return undefined;
    const { account, device, encryptionKey: leafKey } = own;
    return asking(
      ploy,
      ploy.crypto.sign(ploy.me.privateKey, readmitBytes({ room: ploy.room, account, device, leafKey })),
    );
  },
  "gives back what never was": (ploy) => givingBack(ploy),
  "gives back what another never said": (ploy) => {
    const victim = ploy.dice.of(others(ploy));
    return victim && givingBack(ploy, victim.device);
  },
  "a chain entry of garbage": (ploy) => [{ body: { type: "chain-append", entry: ploy.dice.bytes(150) } }],
  "a chain entry for another's chain": (ploy) => [
    { body: { type: "chain-append", entry: chainBytes(idBytes(ploy.me.account), false) } },
  ],
  "key packages of garbage": (ploy) => [
    {
      body: {
        type: "key-packages-put",
        packages: Array.from({ length: 12 }, () => ploy.dice.bytes(300)),
        lastResort: ploy.dice.bytes(300),
        replace: true,
      },
    },
  ],
  "the link's token of another link": (ploy) => [
    { body: { type: "group-info-get", room: ploy.room, token: ploy.dice.bytes(32) } },
  ],
} as const satisfies Readonly<Record<string, Strike>>;
