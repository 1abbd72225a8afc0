/** What happens by itself, in a sentence: the engine's own, which is English. */
export { NOTICES as notices } from "@sotto/core/notices";
