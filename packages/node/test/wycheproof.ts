/** Reads Wycheproof's files, and counts what became of each of their tests. */
import { readFileSync } from "node:fs";
import { fromHex } from "@sotto/wire";

interface File<Group> {
  readonly numberOfTests: number;
  readonly testGroups: readonly Group[];
}

export interface Case {
  readonly tcId: number;
  readonly comment: string;
  readonly result: "valid" | "invalid" | "acceptable";
}

/** Each test with its group. @throws where a file holds another number of tests than it says. */
export function casesOf<Group, Test extends Case>(name: string): readonly (readonly [Group, Test])[] {
  const url = new URL(`vectors/wycheproof/${name}_test.json`, import.meta.url);
  const file: File<Group & { readonly tests: readonly Test[] }> = JSON.parse(readFileSync(url, "utf8"));
  const cases = file.testGroups.flatMap((group) => group.tests.map((test) => [group, test] as const));
  if (cases.length !== file.numberOfTests) throw new Error(`${name}: ${cases.length} tests of ${file.numberOfTests}`);
  return cases;
}

export const bytes = (hex: string): Uint8Array => fromHex(hex)!;

/** How many tests came to which end: no test of a file is left out, since the sum is the file's own number. */
export function tally<End extends string>(ends: readonly End[]): Readonly<Partial<Record<End, number>>> {
  const counts: Partial<Record<End, number>> = {};
  for (const end of ends) counts[end] = (counts[end] ?? 0) + 1;
  return counts;
}
