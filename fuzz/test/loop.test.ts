// The fuzzer itself: it finds what is planted, says it small, and does the same again for the same seed.
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { Dice } from "../dice.ts";
import { attempt, MEMORY_BYTES_MAX, run } from "../loop.ts";
import { mutate } from "../mutate/mutate.ts";
import { sayOf, shrink } from "../shrink.ts";
import { Broken, type Format, mustHold, type Target, type Trial } from "../target.ts";
import { bytesOf, textOf } from "../text.ts";

// Two hundred thousand tries take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const FORMATS: readonly Format[] = ["bytes", "protobuf", "vectors", "text"];

const planted = (name: string, format: Format, take: Trial["take"], words: readonly string[] = []): Target => ({
  name,
  about: "",
  format,
  kept: "fresh",
  bytesMax: 4096,
  words,
  samples: async () => [],
  open: async () => ({ take }),
  testInputs: 0,
});

const upTo = (most: number) => (inputs: number) => inputs < most;

/** Breaks where two bytes stand one after the other. */
const pair = planted("pair", "bytes", (input) => {
  for (let at = 0; at < input.length; at++)
    mustHold(!(input[at] === 0x80 && input[at + 1] === 0xff), `two bytes at ${at}`);
  return input.length === 0 ? "empty" : "some";
});

describe("a planted fault", () => {
  test("is found, and said in as few bytes as it needs", async () => {
    const { finding } = await run(pair, { seed: 1, goesOn: upTo(200_000) });
    expect(finding?.error).toBeInstanceOf(Broken);
    const small = await shrink(pair, finding?.input ?? new Uint8Array(0), sayOf(finding?.error));
    expect(small).toEqual(Uint8Array.of(0x80, 0xff));
  });

  test.each<{ name: string; target: Target; said: string }>([
    {
      name: "an input that is changed",
      target: planted("writes", "bytes", (input) => {
        input.fill(1);
        return "";
      }),
      said: "the input was changed",
    },
    {
      name: "more memory than an input may take up",
      target: planted("hoards", "bytes", () => `${new Uint8Array(MEMORY_BYTES_MAX + 1_000_000).length}`),
      said: "bytes of memory",
    },
    {
      name: "a throw on a later tick",
      target: planted("late", "bytes", async () => {
        await new Promise((resolve) => setImmediate(resolve));
        throw new Error("late");
      }),
      said: "late",
    },
  ])("is $name", async ({ target, said }) => {
    const { finding, inputs } = await run(target, { seed: 1, goesOn: upTo(50) });
    expect(inputs).toBeLessThan(50);
    expect(String(finding?.error)).toContain(said);
  });

  test("deep in a field of a field is reached by changes that keep the lengths right", async () => {
    // Field 1 is a message whose field 2 is a message whose field 3 counts to more than 2^53.
    const deep = planted("deep", "protobuf", (input) => {
      const [outer, , middle, , inner, ...value] = input;
      const isWhole = outer === 0x0a && middle === 0x12 && inner === 0x18 && input[1] === input.length - 2;
      mustHold(!(isWhole && input[3] === input.length - 4 && value.length >= 8), "it is reached");
      return isWhole ? `whole ${value.length}` : "none";
    });
    const start = Uint8Array.of(0x0a, 4, 0x12, 2, 0x18, 1);
    const trial = await deep.open();
    let tries = 0;
    for (let run = 0; run < 20; run++) {
      const material = { dice: new Dice("deep", run), others: [start], words: [], bytesMax: 100 };
      while ((await attempt(trial, mutate(start, "protobuf", material))).ok && tries < 20_000) tries++;
    }
    // Twenty each time; with lengths that do not fit it took thousands.
    expect(tries).toBeLessThan(2000);
  });
});

test("the same seed makes the same inputs, and another one others", async () => {
  const inputsOf = async (seed: number): Promise<readonly string[]> => {
    const seen: string[] = [];
    const watch = (input: Uint8Array) => void seen.push(Buffer.from(input).toString("hex"));
    const target = planted("same", "vectors", (input) => `${input.length % 7}`);
    await run(target, { seed, goesOn: upTo(500), watch });
    return seen;
  };
  const first = await inputsOf(1);
  expect(await inputsOf(1)).toEqual(first);
  expect(await inputsOf(2)).not.toEqual(first);
});

test("any bytes can be changed, in every format, and never grow beyond the bound", () => {
  const bytes = fc.uint8Array({ maxLength: 60 });
  fc.assert(
    fc.property(
      bytes,
      fc.array(bytes, { maxLength: 3 }),
      fc.nat(),
      fc.constantFrom(...FORMATS),
      (input, others, seed, format) => {
        const material = { dice: new Dice(seed), others, words: others.slice(1), bytesMax: 200 };
        expect(mutate(input, format, material).length).toBeLessThanOrEqual(200);
      },
    ),
    { numRuns: 1000 },
  );
});

test("any text, half surrogates too, is the same after it was bytes", () => {
  const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 30 });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        units.map((all) => String.fromCharCode(...all)),
      ),
      (text) => {
        expect(textOf(bytesOf(text))).toBe(text);
      },
    ),
    { numRuns: 500 },
  );
});
