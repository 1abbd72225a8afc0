/** What is counted of one file of vectors, and how its items are compared. */
import { nodePrimitives } from "../../packages/mls/node/index.ts";
import { type RefusalCode, Refused, type Result } from "../../packages/mls/src/refusal.ts";
import { suite1 } from "../../packages/mls/src/suite.ts";

export const suite = suite1(nodePrimitives);

export const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));

/** Vectors of the other suites are outside until the suite is in. */
export const isOtherSuite = (entry: { readonly cipher_suite: number }): boolean => entry.cipher_suite !== suite.id;

/** One file of vectors: how it is called, what is counted in it, and how that is checked. */
export interface Kind {
  readonly file: string;
  /** What one item is. */
  readonly unit: string;
  /** Checks all entries of the file. */
  readonly run: (entries: readonly unknown[], tally: Tally) => void;
}

/** A kind whose entries have one form. The form is the file's promise: one that breaks it shows as a fault. */
export function kind<Entry>(
  file: string,
  unit: string,
  run: (entry: Entry, index: number, tally: Tally) => void,
): Kind {
  return {
    file,
    unit,
    run(entries, tally) {
      for (const [index, entry] of entries.entries()) {
        const fault = messageOf(() => run(entry as Entry, index, tally));
        if (fault !== undefined) tally.faults.push(`entry ${index}: ${fault}`);
      }
    },
  };
}

export class Tally {
  /** Where, and what differed. */
  readonly faults: string[] = [];
  readonly outsideBy = new Map<string, number>();
  inside = 0;
  passed = 0;

  get outside(): number {
    return [...this.outsideBy.values()].reduce((sum, count) => sum + count, 0);
  }

  /** One item inside the profile; every throw of its check, a refusal included, is a fault. */
  item(where: string, verify: () => void): boolean {
    this.inside++;
    const fault = messageOf(verify);
    if (fault === undefined) this.passed++;
    else this.faults.push(`${where}: ${fault}`);
    return fault === undefined;
  }

  skip(reason: string, count = 1): void {
    if (count > 0) this.outsideBy.set(reason, (this.outsideBy.get(reason) ?? 0) + count);
  }

  /** One item outside the profile, which must be refused, and with this code. */
  refused(where: string, reason: string, code: RefusalCode, attempt: () => unknown): void {
    this.skip(`${reason}, refused`);
    this.mustRefuse(where, code, attempt);
  }

  /** What is no item by itself, but must be refused, and with this code. */
  mustRefuse(where: string, code: RefusalCode, attempt: () => unknown): void {
    try {
      attempt();
    } catch (error) {
      const got = error instanceof Refused ? error.refusal.code : String(error);
      if (got !== code) this.faults.push(`${where}: refused with ${got}, not ${code}`);
      return;
    }
    this.faults.push(`${where}: accepted, not refused with ${code}`);
  }
}

/** The value, or the refusal as a throw. */
export function taken<T>(result: Result<T>): T {
  if (!result.ok) throw new Refused(result.error.code, result.error.section);
  return result.value;
}

function messageOf(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof Refused) return `refused: ${error.message}`;
    return error instanceof Error ? error.message : String(error);
  }
}

/** Throws where two values differ; bytes as hex. */
export function same(what: string, got: unknown, want: unknown): void {
  const [one, other] = [text(got), text(want)];
  if (one !== other) throw new Error(`${what} is ${brief(one)}, not ${brief(other)}`);
}

function text(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return typeof value === "string" ? value : String(JSON.stringify(value));
}

const brief = (all: string) => (all.length > 80 ? `${all.slice(0, 80)}… (${all.length})` : all);
