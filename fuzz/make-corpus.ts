/** `node fuzz/make-corpus.ts`: writes the good inputs of every target anew, from the code as it is. */
import { readCorpus, writeCorpus } from "./corpus.ts";
import { TARGETS } from "./targets.ts";

for (const { name, format, samples, kept } of TARGETS) {
  const isMissing = kept === "recorded" && readCorpus(name).length === 0;
  if (kept === "made" || isMissing) writeCorpus(name, await samples(), format);
}
