/** Figure 4: messages sealed and opened a second through core's group, beside ts-mls and libsignal. */
import { setImmediate as turn } from "node:timers/promises";
import { encodeContent, idOf } from "@sotto/wire";
import { pad } from "../packages/core/src/content.ts";
import { type Figure, type Options, type Round, type Row, row } from "./figure.ts";
import { libsignalPair, NO_PEERS, tsMlsPair } from "./peers.ts";
import { ownProcessorSeconds } from "./processors.ts";
import { corePair } from "./sealing-core.ts";

/** A sender and a reader of one group, who go on from message to message. */
export interface Pair {
  seal(padded: Uint8Array, authenticated: Uint8Array): Promise<Uint8Array>;
  open(bytes: Uint8Array): Promise<Uint8Array>;
}

export const TEXT_BYTES = 300;
/** ts-mls is no faster in larger groups, and takes long to make them. */
const TS_MLS_MEMBERS = 50;

/** What an entry of a text of so many bytes is, all in all. */
export async function entryBytesOf(textBytes: number): Promise<number> {
  return (await corePair(2).seal(paddedText(textBytes), authenticated())).length;
}

export async function sealing({ quick, tell, hasTime }: Options): Promise<Figure> {
  const [rounds, messages] = quick ? [3, 50] : [15, 400];
  tell("making groups");
  const pairs: { readonly what: string; readonly pair: Pair; readonly timed: Timed[] }[] = [];
  const measure = (what: string, pair: Pair | undefined) => {
    if (pair !== undefined) pairs.push({ what, pair, timed: [] });
  };
  measure("2 members", corePair(2));
  measure("500 members", corePair(500));
  measure("  libsignal's session cipher", await libsignalPair());
  measure(`  ts-mls, ${TS_MLS_MEMBERS} members`, await tsMlsPair(TS_MLS_MEMBERS));
  // Not counted: the compiler gets to know the code.
  for (const { pair } of pairs) await round(pair, messages);
  tell("sealing and opening");
  for (let index = 0; index < 3 || (index < rounds && hasTime()); index++) {
    // Taken in turns, so that what slows the machine down slows down all.
    for (const { pair, timed } of pairs) timed.push(await round(pair, messages));
  }
  const rows: Row[] = [];
  for (const what of ["seal", "open"] as const) {
    let first: Row | undefined;
    for (const { what: name, timed } of pairs) {
      const one = row(
        `${what}, ${name.trim()}`,
        timed.map((each) => each[what]),
        first,
      );
      first ??= one;
      rows.push(one);
    }
  }
  const title = `a text of ${TEXT_BYTES} bytes sealed and opened, one device each, without relay and vault`;
  const notes = pairs.length === 2 ? [NO_PEERS] : ["libsignal authenticates by a shared key, MLS by a signature"];
  return { name: "sealing", title, unit: "texts/s", rows, notes };
}

interface Timed {
  readonly seal: Round;
  readonly open: Round;
}

async function round(pair: Pair, messages: number): Promise<Timed> {
  const [padded, data] = [paddedText(TEXT_BYTES), authenticated()];
  await turn();
  const sealed: Uint8Array[] = [];
  const start = look();
  for (let index = 0; index < messages; index++) sealed.push(await pair.seal(padded, data));
  const middle = look();
  for (const bytes of sealed) {
    const opened = await pair.open(bytes);
    if (opened.length !== padded.length) throw new Error("what was opened is not what was sealed");
  }
  const end = look();
  return { seal: rate(start, middle, messages), open: rate(middle, end, messages) };
}

interface Look {
  readonly at: number;
  readonly used: number;
}

/** WebCrypto works in other threads; their time is in here too. */
const look = (): Look => ({ at: performance.now() / 1000, used: ownProcessorSeconds() });

function rate(from: Look, to: Look, messages: number): Round {
  return { value: messages / (to.at - from.at), busy: (to.used - from.used) / (to.at - from.at) };
}

/** The plaintext of a message as core makes it. */
function paddedText(bytes: number): Uint8Array {
  const id = idOf.entry(new Uint8Array(16).fill(1));
  return pad(encodeContent({ type: "text", id, sentAt: 1_700_000_000_000, text: "x".repeat(bytes) }));
}

/** As long as what core signs beside it: room, base, seq and hash of the newest entry. */
const authenticated = (): Uint8Array => new Uint8Array(75).fill(2);
