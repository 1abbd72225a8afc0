/** `npm run interop -- --hostile`: forgeries and mutations, judged by ours and by OpenMLS from the same state. */
import { Dice } from "./dice.ts";
import { forgeriesOf } from "./forgeries/list.ts";
import { isSharedReceiver } from "./forgeries/paths.ts";
import { type Forgery, Workshop } from "./forgeries/workshop.ts";
import { type Attack, CIPHERTEXT_ALONE, Inside, UNREAD } from "./inside.ts";
import { theirs } from "./mixed-group.ts";
import { mutate, SHAPES } from "./mutations.ts";
import { loadOpenMls } from "./open-mls.ts";
import { replays } from "./replays.ts";
import { type Sample, samplesOf, sentAs } from "./samples.ts";
import { type Both, type Devices, type Judgement, judge, leaveStage, type Stage, setStage } from "./stage.ts";

/** What OpenMLS refuses and we take, and why that is right. */
const ALLOWED: readonly { readonly what: RegExp; readonly theirs: RegExp; readonly why: string }[] = [
  {
    what: new RegExp(`(${CIPHERTEXT_ALONE}|with garbage for the member on OpenMLS alone)$`),
    theirs: /^Unable to decrypt the path node/,
    why: "Only who it is for can judge a ciphertext; ours had another one. MLS cannot prevent it (see docs/mls.md).",
  },
  {
    what: /^forgeries, path: from a first secret of (16|64) bytes$/,
    theirs: /CryptoLibraryError/,
    why: "Only who is told a path secret can judge its length: we stand further up, and are told one that is right.",
  },
  {
    what: /^forgeries, generations: a message (1,001|2,000) ahead$/,
    theirs: /^DuplicateMessage/,
    why: "RFC 9420 section 9.1 leaves the bound open: ours is 2,000, core-crypto's 1,000.",
  },
  {
    what: /^forgeries, frames: a commit encrypted /,
    theirs: /wire format policy/,
    why: "RFC 9420 section 6 allows both; our members commit so, core-crypto takes PublicMessages only.",
  },
  {
    what: new RegExp(
      `^(forgeries, group context: a ratchet tree|inside, .*(, an extension of a default type|${UNREAD}))$`,
    ),
    theirs: /^(InvalidVectorLength|EndOfStream|DecodingError|UnknownValue)/,
    why: "The default extensions that are not used here are not read: what they hold is the application's to judge.",
  },
  {
    what: /^inside, leaf: .*, versions$/,
    theirs: /^UnknownValue/,
    why: "RFC 9420 section 7.2: a leaf lists all versions that it supports; one that we do not know is passed over.",
  },
  {
    what: /^inside, (proposals|commit): /,
    theirs: /Keypackage doens't support required capability/,
    why: "RFC 9420 section 7.2: default types stand in no list, so nobody lacks them; OpenMLS wants a newcomer to list them.",
  },
];

/** So many attacks in one little group, then another one. */
const ATTACKS_ON_A_STAGE = 400;

export async function runHostile(seed: number, mutations: number): Promise<number> {
  const openMls = await loadOpenMls();
  const devices: Devices = {
    victim: theirs(await openMls.makeDevice()),
    member: theirs(await openMls.makeDevice()),
    outside: await openMls.makeDevice(),
  };
  const verdicts = new Verdicts();
  process.stdout.write(await forgeryTable(devices, seed, verdicts));
  const startedAt = performance.now();
  let stages = 0;
  for (let left = mutations; left > 0; left -= ATTACKS_ON_A_STAGE) {
    const stageSeed = seed + stages++;
    const dice = new Dice(stageSeed);
    const stage = await setStage(devices, dice, stageSeed);
    await attack(stage, dice, Math.min(left, ATTACKS_ON_A_STAGE), verdicts, stageSeed);
    await leaveStage(stage);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const rate = mutations === 0 ? "" : `, ${(mutations / seconds).toFixed(0)} per second`;
  process.stdout.write(`\n${verdicts.table()}\n${mutations} attacks in ${stages} groups${rate}, seed ${seed}\n`);
  return verdicts.report();
}

const markdown = (cells: readonly (string | number)[]): string =>
  `| ${cells.map((cell) => String(cell).replaceAll("|", "/")).join(" | ")} |\n`;

/** Counts by family and verdict; what we take and OpenMLS refuses, in classes. */
class Verdicts {
  readonly #counts = new Map<string, Map<Both, number>>();
  readonly #faults = new Map<string, { count: number; readonly first: string }>();
  readonly #allowed = new Map<string, number>();
  /** Our reasons for what OpenMLS takes. */
  readonly #stricter = new Map<string, number>();

  add(family: string, name: string, judgement: Judgement, place: string): void {
    const counts = this.#counts.get(family) ?? new Map<Both, number>();
    this.#counts.set(family, counts.set(judgement.both, (counts.get(judgement.both) ?? 0) + 1));
    if (judgement.both === "ours refuses") {
      const key = `${family.startsWith("on the way") ? "on the way" : "by a member or outsider"}: ${judgement.ours}`;
      this.#stricter.set(key, (this.#stricter.get(key) ?? 0) + 1);
    }
    if (judgement.both !== "OpenMLS refuses" && judgement.both !== "they differ") return;
    const what = `${family}: ${name}`;
    const allowed = ALLOWED.find((one) => one.what.test(what) && one.theirs.test(judgement.theirs));
    if (allowed !== undefined && judgement.both === "OpenMLS refuses") {
      this.#allowed.set(allowed.why, (this.#allowed.get(allowed.why) ?? 0) + 1);
      return;
    }
    const fault = `${what}: ${judgement.both}: ours ${judgement.ours}, OpenMLS ${judgement.theirs}`;
    const seen = this.#faults.get(fault) ?? { count: 0, first: place };
    this.#faults.set(fault, { ...seen, count: seen.count + 1 });
  }

  table(): string {
    const kinds: readonly Both[] = ["both refuse", "both take", "ours refuses", "OpenMLS refuses", "they differ"];
    const all = new Map<Both, number>();
    const body = [...this.#counts].sort().map(([family, counts]) => {
      for (const [kind, count] of counts) all.set(kind, (all.get(kind) ?? 0) + count);
      return markdown([family, ...kinds.map((kind) => counts.get(kind) ?? 0)]);
    });
    const head = markdown(["what was judged", ...kinds]) + markdown(["---", ...kinds.map(() => "---:")]);
    const why = [...this.#allowed].map(([reason, count]) => `\nOpenMLS refuses, ${count} times: ${reason}`);
    const stricter = [...this.#stricter].sort().map(([reason, count]) => `${reason} ${count}`);
    const sum = markdown(["all", ...kinds.map((kind) => all.get(kind) ?? 0)]);
    return `${head}${body.join("")}${sum}\nours refuses: ${stricter.join(", ")}\n${why.join("")}\n`;
  }

  report(): number {
    for (const [fault, { count, first }] of this.#faults) {
      process.stderr.write(`interop: ${fault} (${count} times, first at ${first})\n`);
    }
    return this.#faults.size === 0 ? 0 : 1;
  }
}

/** Every forgery once, with both verdicts, as Markdown, in a group where a ciphertext can be for one victim alone. */
async function forgeryTable(devices: Devices, seed: number, verdicts: Verdicts): Promise<string> {
  let stageSeed = seed;
  let dice = new Dice(stageSeed);
  let stage = await setStage(devices, dice, stageSeed);
  while (isSharedReceiver(stage)) {
    await leaveStage(stage);
    dice = new Dice(++stageSeed);
    stage = await setStage(devices, dice, stageSeed);
  }
  const table = new ForgeryTable();
  const note = (forgery: Omit<Forgery, "make">, judgement: Judgement) => {
    verdicts.add(`forgeries, ${forgery.line}`, forgery.name, judgement, `seed ${seed}`);
    table.add(forgery, judgement);
  };
  for (const forgery of forgeriesOf(new Workshop(stage), dice)) note(forgery, await judge(stage, forgery.make()));
  await leaveStage(stage);
  for (const { line, name, judgement } of await replays(devices, seed)) note({ line, name }, judgement);
  return table.print();
}

/** A row for all forgeries of a line to which both sides say the same. */
class ForgeryTable {
  readonly #said = new Map<
    string,
    { readonly line: string; readonly name: string; readonly ours: Set<string>; readonly theirs: Set<string> }
  >();

  add({ line, name, row = name }: Omit<Forgery, "make">, judgement: Judgement): void {
    const key = `${line}: ${row}`;
    const said = this.#said.get(key) ?? { line, name: row, ours: new Set(), theirs: new Set() };
    said.ours.add(judgement.ours);
    said.theirs.add(judgement.theirs);
    this.#said.set(key, said);
  }

  print(): string {
    const rows = new Map<string, { readonly line: string; readonly names: string[]; readonly said: string[] }>();
    for (const { line, name, ours, theirs } of this.#said.values()) {
      const said = [[...ours].join("; "), [...theirs].join("; ")];
      const key = [line, ...said].join("|");
      const row = rows.get(key) ?? { line, names: [], said };
      row.names.push(name);
      rows.set(key, row);
    }
    const body = Array.from(rows.values(), ({ line, names, said }) => markdown([line, names.join("; "), ...said]));
    return markdown(["of the refusals", "forgery", "ours", "OpenMLS"]) + markdown(Array(4).fill("---")) + body.join("");
  }
}

async function attack(stage: Stage, dice: Dice, count: number, verdicts: Verdicts, seed: number): Promise<void> {
  const samples = await samplesOf(stage, dice);
  for (const { name, kind, bytes } of samples) {
    const control = await judge(stage, sentAs(kind, bytes));
    if (control.both !== "both take") throw new Error(`${name} as it was: ${JSON.stringify(control)}, seed ${seed}`);
  }
  const shop = new Workshop(stage);
  const inside = new Inside(shop, dice);
  // What is too large for a quick judgement has had its turn in the table.
  const forgeries = forgeriesOf(shop, dice).filter(({ line }) => line !== "too much");
  for (let number = 0; number < count; number++) {
    const { family, name, sent } = next(shop, samples, inside, forgeries, dice);
    verdicts.add(family, name, await judge(stage, sent), `seed ${seed}, number ${number}`);
  }
}

function next(
  shop: Workshop,
  samples: readonly Sample[],
  inside: Inside,
  forgeries: readonly Forgery[],
  dice: Dice,
): Attack {
  switch (dice.weighted({ sample: 48, welcome: 6, inside: 36, forgery: 10 })) {
    case "sample":
      return onTheWay(samples, dice);
    case "welcome":
      return welcomeOnTheWay(shop, dice);
    case "inside":
      return inside.next();
    case "forgery": {
      const { line, name, make } = dice.one(forgeries);
      return { family: `forgeries, ${line}`, name, sent: make() };
    }
  }
}

/** Changed by who only carries it. */
function onTheWay(samples: readonly Sample[], dice: Dice): Attack {
  const { name, kind, bytes } = dice.one(samples);
  // Of the same kind of MLSMessage.
  const others = samples.filter((other) => other.bytes !== bytes && other.bytes[3] === bytes[3]);
  const mutation = mutate(
    dice,
    bytes,
    SHAPES.message,
    others.map((other) => other.bytes),
  );
  return { family: `on the way, ${name}`, name: mutation.name, sent: sentAs(kind, mutation.bytes) };
}

/** A Welcome for each, made alike and of one length, changed in the same place by dice that fall alike. */
function welcomeOnTheWay(shop: Workshop, dice: Dice): Attack {
  const [made, other] = [shop.welcome(), shop.welcome()];
  const seed = dice.below(2 ** 31);
  const ours = mutate(new Dice(seed), made.ours, SHAPES.message, [other.ours]);
  const theirs = mutate(new Dice(seed), made.theirs, SHAPES.message, [other.theirs]);
  const sent = { kind: "welcome", ours: ours.bytes, theirs: theirs.bytes } as const;
  return { family: "on the way, Welcome", name: ours.name, sent };
}
