export { CHECKS } from "./checks.ts";
export { type Plan, planOf } from "./plan.ts";
export { type PlayOptions, play, type Report } from "./play.ts";
export { shrink } from "./shrink.ts";
export { makeStarts, type Starts, World } from "./world.ts";
