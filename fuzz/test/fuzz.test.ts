// Every parser of bytes from outside: a share of what `npm run fuzz` does for as long as one likes.
import { describe, expect, test, vi } from "vitest";
import { corpusText, corpusTextOnDisk, readCorpus } from "../corpus.ts";
import { run, startOf } from "../loop.ts";
import { sayOf } from "../shrink.ts";
import { TARGETS } from "../targets.ts";

// Files, threads and whole groups take their time on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const SEED = 1;

describe.each(TARGETS)("$name", (target) => {
  test("holds whatever comes, and is left as it was by what is refused", async () => {
    const saved = (await startOf(target)).length;
    const { finding, inputs, outcomes } = await run(target, {
      seed: SEED,
      goesOn: (count) => count < saved + target.testInputs,
    });
    const said = finding && `${sayOf(finding.error)}: ${Buffer.from(finding.input.slice(0, 2000)).toString("base64")}`;
    expect(said).toBeUndefined();
    expect(inputs).toBe(saved + target.testInputs);
    expect(outcomes.size, "all inputs came to the same end").toBeGreaterThan(1);
  });

  test("has inputs to begin with: in a file as the code makes them, or made once, or anew", async () => {
    const samples = target.kept === "recorded" ? readCorpus(target.name) : await target.samples();
    expect(samples.length).toBeGreaterThan(0);
    expect(corpusTextOnDisk(target.name)).toBe(target.kept === "fresh" ? "" : corpusText(samples, target.format));
  });
});
