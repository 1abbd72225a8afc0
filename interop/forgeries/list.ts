/** All forgeries: one or more for each line of "Refusals" in docs/mls.md, each right but for one thing. */
import type { Dice } from "../dice.ts";
import { ofFrames, ofPlaces, ofRatchets } from "./frames.ts";
import { ofInfos, ofWelcomes } from "./joining.ts";
import { ofKeys } from "./keys.ts";
import { ofLeaves, ofOwnLeaf } from "./leaves.ts";
import { ofOutsiders } from "./outsiders.ts";
import { ofPaths } from "./paths.ts";
import { ofContexts, ofProposalsAlone } from "./proposals.ts";
import { ofSizes } from "./sizes.ts";
import { ofTrees } from "./trees.ts";
import type { Forgery, Workshop } from "./workshop.ts";

/** @param dice - choose whose key is copied, which step is spoiled, and the like. */
export function forgeriesOf(shop: Workshop, dice: Dice): Forgery[] {
  return [
    ...ofOutsiders(shop),
    ...ofProposalsAlone(shop),
    ...ofOwnLeaf(shop),
    ...ofPlaces(shop),
    ...ofLeaves(shop, dice),
    ...ofPaths(shop, dice),
    ...ofWelcomes(shop),
    ...ofKeys(shop),
    ...ofContexts(shop),
    ...ofSizes(shop),
    ...ofRatchets(shop),
    ...ofFrames(shop),
    ...ofInfos(shop, dice),
    ...ofTrees(shop),
  ];
}
