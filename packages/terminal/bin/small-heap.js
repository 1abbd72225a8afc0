// Imported before all else: V8 would let what is young in memory grow to sixteen megabytes twice, and as much again in each
// thread, which somebody who leaves a chat open all day pays for and nobody notices in its speed. It is read anew each
// time that space grows, so it can be said here; a thread reads the second one when it starts. Before anything is
// compiled, because what is kept of that (wire/bin/launch.js) counts for the same flags only.
import { setFlagsFromString } from "node:v8";

setFlagsFromString("--semi-space-growth-factor=1");
setFlagsFromString("--max-semi-space-size=2");
