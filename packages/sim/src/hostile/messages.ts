/** Messages that no client of ours would send. */
import { SENDER, standalone } from "@sotto/mls/forge";
import { encodeContent, idBytes, idOf, leaveBytes } from "@sotto/wire";
import { claims, message, others, type Ploy, padded, randomId, type Strike, textOf } from "./ploy.ts";

/** What an account that leaves says, for whichever leaf. */
function leaveFor(ploy: Ploy, leaf: Ploy["leaves"][number] | undefined): Uint8Array | undefined {
  if (leaf === undefined) return undefined;
  const { account, device, encryptionKey: leafKey } = leaf;
  return ploy.crypto.sign(ploy.me.privateKey, leaveBytes({ room: ploy.room, account, device, leafKey }));
}

/** Text that is longer than a text may be, and as much as the largest bucket holds. */
const LONG_TEXT = "long ".repeat(3400);
/** A title for the terminal, a reversal of the line, a name that ends early. */
const CONTROLS = "\u001b]0;owned\u0007\u001b[2J\u202egnorw\u0000\r\nann: yes";
/** Generations that an honest member follows, and that it does not. */
const AHEAD = 1500;
const TOO_FAR = 2600;

export const MESSAGES = {
  "garbage as a message": (ploy) => [message(ploy, { bytes: ploy.dice.bytes(300) })],
  "a message of the epoch before": (ploy) =>
    ploy.earlier === undefined ? undefined : [message(ploy, { group: ploy.earlier })],
  "a message under an older base": (ploy) =>
    ploy.base === 0 ? undefined : [message(ploy, { base: ploy.entries[ploy.base - 1]?.base ?? 0 })],
  "a message with a message for its base": (ploy) => {
    const seq = ploy.entries.findLast(({ kind }) => kind === "message")?.seq;
    return seq === undefined ? undefined : [message(ploy, { base: seq })];
  },
  "a message that saw another log": (ploy) => [message(ploy, { claims: claims(ploy, { hash: ploy.dice.bytes(32) }) })],
  "a message that saw more than there was": (ploy) => [message(ploy, { claims: claims(ploy, { seq: ploy.last + 9 }) })],
  "a message that says it is of another room": (ploy) => [
    message(ploy, { claims: claims(ploy, { room: idOf.room(ploy.dice.bytes(32)) }) }),
  ],
  "a message that says it has another base": (ploy) => [
    message(ploy, { claims: claims(ploy, { base: ploy.base === 0 ? 1 : 0 }) }),
  ],
  "a message that names a chain that is not": (ploy) => [
    message(ploy, { claims: claims(ploy, { chain: { length: 40, hash: ploy.dice.bytes(32) } }) }),
  ],
  "a message that names another chain": (ploy) => [
    message(ploy, { claims: claims(ploy, { chain: { length: 1, hash: ploy.dice.bytes(32) } }) }),
  ],
  "a message twice": (ploy) => {
    const first = message(ploy);
    const { body } = first;
    return body.type === "append" ? [first, { body: { ...body, id: randomId(ploy) } }] : undefined;
  },
  "two messages under one id": (ploy) => {
    const id = randomId(ploy);
    return [message(ploy, { id }), message(ploy, { id, forgery: { generation: ploy.generation + 1 } })];
  },
  "a message with a key far ahead": (ploy) => [message(ploy, { forgery: { generation: ploy.generation + AHEAD } })],
  "a message with a key too far ahead": (ploy) => [
    message(ploy, { forgery: { generation: ploy.generation + TOO_FAR } }),
  ],
  "a message of other padding": (ploy) => {
    const id = randomId(ploy);
    const plain = encodeContent({ id, sentAt: ploy.now, type: "text", text: "in too much" });
    return [message(ploy, { id, padded: padded(plain, 2) })];
  },
  "a message without padding": (ploy) => {
    const id = randomId(ploy);
    return [message(ploy, { id, padded: encodeContent({ id, sentAt: ploy.now, type: "text", text: "bare" }) })];
  },
  "a message with MLS's own padding": (ploy) => [message(ploy, { forgery: { padding: new Uint8Array(64) } })],
  "a message with bytes that are no content": (ploy) => [message(ploy, { padded: padded(ploy.dice.bytes(200)) })],
  "a message with the id of another": (ploy) => [message(ploy, { padded: textOf(ploy, randomId(ploy)) })],
  "a text that is too long": (ploy) => {
    const id = randomId(ploy);
    return [message(ploy, { id, padded: textOf(ploy, id, LONG_TEXT) })];
  },
  "a text of control characters": (ploy) => {
    const id = randomId(ploy);
    return [message(ploy, { id, padded: textOf(ploy, id, CONTROLS) })];
  },
  "a word to leave for another": (ploy) => {
    const id = randomId(ploy);
    const signature = leaveFor(ploy, ploy.dice.of(others(ploy)));
    if (signature === undefined) return undefined;
    return [message(ploy, { id, padded: padded(encodeContent({ id, sentAt: ploy.now, type: "leave", signature })) })];
  },
  "a word to leave that is none": (ploy) => {
    const id = randomId(ploy);
    const signature = ploy.dice.bytes(64);
    return [message(ploy, { id, padded: padded(encodeContent({ id, sentAt: ploy.now, type: "leave", signature })) })];
  },
  "a false secret of the link": (ploy) => {
    const id = randomId(ploy);
    const content = encodeContent({ id, sentAt: ploy.now, type: "link-secret", secret: ploy.dice.bytes(32) });
    return [message(ploy, { id, padded: padded(content) })];
  },
  "a proposal that stands alone": (ploy) => {
    const victim = ploy.dice.of(others(ploy));
    if (victim === undefined) return undefined;
    const content = standalone({ type: "remove", removed: victim.index });
    return [message(ploy, { content, forgery: { type: 2, generation: 0 } })];
  },
  "a message that is not encrypted": (ploy) => [message(ploy, { forgery: { isPublic: true } })],
  "a message of an external sender": (ploy) => [
    message(ploy, { forgery: { isPublic: true, sender: SENDER.external(0) } }),
  ],
  "a message in another's name": (ploy) => {
    const victim = ploy.dice.of(others(ploy));
    return victim && [message(ploy, { forgery: { leaf: victim.index, generation: 900 } })];
  },
  "a message with a false signature": (ploy) => [
    message(ploy, { forgery: { signature: (right) => right.map((byte) => byte ^ 1) } }),
  ],
  "a message of another group": (ploy) => [message(ploy, { forgery: { groupId: idBytes(ploy.me.account) } })],
} as const satisfies Readonly<Record<string, Strike>>;
