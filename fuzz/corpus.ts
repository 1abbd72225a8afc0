/** Saved inputs: good ones of each target, and those that once broke something. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Format, Sample } from "./target.ts";
import { bytesOf, textOf } from "./text.ts";

const corpusFile = (target: string): string => join(import.meta.dirname, "corpus", `${target}.json`);
const regressionFile = (target: string): string => join(import.meta.dirname, "regressions", `${target}.json`);

/** As it stands in a file: text where it is text, so that a person can read it. */
type Saved = { readonly name: string } & ({ readonly text: string } | { readonly base64: string });

function toSaved({ name, bytes }: Sample, format: Format): Saved {
  const text = textOf(bytes);
  const isText = format === "text" && Buffer.compare(bytesOf(text), bytes) === 0;
  return isText ? { name, text } : { name, base64: Buffer.from(bytes).toString("base64") };
}

export const corpusText = (samples: readonly Sample[], format: Format): string =>
  `${JSON.stringify(
    samples.map((sample) => toSaved(sample, format)),
    null,
    2,
  )}\n`;

function read(file: string): readonly Sample[] {
  if (!existsSync(file)) return [];
  const saved: readonly Saved[] = JSON.parse(readFileSync(file, "utf8"));
  return saved.map((one) => {
    const bytes = "text" in one ? bytesOf(one.text) : new Uint8Array(Buffer.from(one.base64, "base64"));
    return { name: one.name, bytes };
  });
}

export const readCorpus = (target: string): readonly Sample[] => read(corpusFile(target));
export const readRegressions = (target: string): readonly Sample[] => read(regressionFile(target));
export const corpusTextOnDisk = (target: string): string =>
  existsSync(corpusFile(target)) ? readFileSync(corpusFile(target), "utf8") : "";

export function writeCorpus(target: string, samples: readonly Sample[], format: Format): void {
  writeFileSync(corpusFile(target), corpusText(samples, format));
}

/** A name for bytes that says nothing about them. */
export const fingerprint = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex").slice(0, 12);
