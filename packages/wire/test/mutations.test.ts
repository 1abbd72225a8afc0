// `npm run mutations` breaks the code on purpose; here, that its table still fits the code.
import { join } from "node:path";
import { expect, test } from "vitest";
import { mutated, patternOf, tableFaults } from "../../../scripts/mutations/mutation.ts";
import { MUTATIONS } from "../../../scripts/mutations/table.ts";

const root = join(import.meta.dirname, "..", "..", "..");

test("every mutation finds its text once, and its test by name", async () => {
  expect(MUTATIONS.length).toBeGreaterThan(40);
  expect(await tableFaults(root, MUTATIONS)).toBe("");
});

test("a mutation whose text is gone, or stands there twice, or whose test is gone, is a fault", async () => {
  const file = "packages/wire/test/mutations.test.ts";
  const mutation = {
    name: "one",
    breaks: "nothing",
    file: "package.json",
    text: '"private": true',
    by: '"private": false',
    test: { file, title: "every mutation finds its text once, and its test by name" },
  };
  expect(await tableFaults(root, [mutation])).toBe("");
  expect(await tableFaults(root, [mutation, mutation])).toContain("two of that name");
  expect(await tableFaults(root, [{ ...mutation, by: mutation.text }])).toContain("changes nothing");
  expect(await tableFaults(root, [{ ...mutation, file: "no/such.ts" }])).toContain("is not there");
  for (const text of ["e", "no such text"])
    expect(await tableFaults(root, [{ ...mutation, text }])).toContain("does not have its text once");
  expect(await tableFaults(root, [{ ...mutation, test: { ...mutation.test, file: "package.json" } }])).toContain(
    "has no test",
  );
});

test("a mutation changes one place and nothing else", () => {
  expect(mutated("a b c", { text: "b", by: "$&" })).toBe("a $& c");
  expect(mutated("b b", { text: "b", by: "x" })).toBeUndefined();
  expect(mutated("a", { text: "b", by: "x" })).toBeUndefined();
});

test("a title with places for values fits the names that come of it, and no others", () => {
  const pattern = new RegExp(patternOf({ title: "of $name.first (%s) is refused" }));
  expect(pattern.test("a group of 'x' (1) is refused")).toBe(true);
  expect(pattern.test("a group of 'x' (1) is refused, twice")).toBe(false);
  expect(new RegExp(patternOf({ title: "a.b" })).test("axb")).toBe(false);
  const row = new RegExp(patternOf({ title: "$name: $code", row: "a $ign" }));
  expect(row.test("frames 'a $ign': 'bad'")).toBe(true);
  expect(row.test("frames 'another': 'bad'")).toBe(false);
});
