/** Figure 4: messages sealed and opened a second, through core's group and through ts-mls as it comes. */
import { setImmediate as turn } from "node:timers/promises";
import { encodeContent, idOf } from "@sotto/wire";
import { pad } from "../packages/core/src/content.ts";
import { type Figure, type Options, type Round, type Row, row } from "./figure.ts";
import { ownProcessorSeconds } from "./processors.ts";
import { coreGroup } from "./sealing-core.ts";
import { libraryGroup } from "./sealing-library.ts";

/** A sender and a reader of one group, who go on from message to message. */
export interface Pair {
  seal(padded: Uint8Array, authenticated: Uint8Array): Promise<Uint8Array>;
  open(bytes: Uint8Array): Promise<Uint8Array>;
}

export const TEXT_BYTES = 300;
const SIZES = [2, 50] as const;

/** What an entry of a text of so many bytes is, all in all. */
export async function entryBytesOf(textBytes: number): Promise<number> {
  const pair = await coreGroup(2);
  return (await pair.seal(paddedText(textBytes), authenticated())).length;
}

export async function sealing({ quick, tell, hasTime }: Options): Promise<Figure> {
  const [rounds, messages] = quick ? [3, 50] : [15, 200];
  const rows: Row[] = [];
  for (const members of SIZES) {
    tell(`${members} members`);
    const [core, library] = [await coreGroup(members), await libraryGroup(members)];
    const [ours, theirs]: [Timed[], Timed[]] = [[], []];
    // Not counted: the compiler gets to know the code.
    await round(core, messages);
    await round(library, messages);
    for (let index = 0; index < 3 || (index < rounds && hasTime()); index++) {
      // Taken in turns, so that what slows the machine down slows down both.
      ours.push(await round(core, messages));
      theirs.push(await round(library, messages));
    }
    for (const what of ["seal", "open"] as const) {
      const values = (timed: readonly Timed[]): Round[] => timed.map((one) => one[what]);
      const first = row(`${what}, ${members} members: core/group on node:crypto`, values(ours));
      rows.push(first, row("  ts-mls with its own provider", values(theirs), first));
    }
  }
  const title = `a text of ${TEXT_BYTES} bytes sealed and opened, one device each, without relay and vault`;
  return { name: "sealing", title, unit: "texts/s", rows, notes: [] };
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
