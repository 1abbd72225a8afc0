/** `node fuzz/make-corpus.ts`: writes the good inputs of every target anew, from the code as it is. */
import { readCorpus, writeCorpus } from "./corpus.ts";
import { TARGETS } from "./targets.ts";

for (const { name, format, samples, isRecorded } of TARGETS) {
  if (isRecorded !== true || readCorpus(name).length === 0) writeCorpus(name, await samples(), format);
}
