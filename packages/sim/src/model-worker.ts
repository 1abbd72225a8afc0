/** A thread that plays all orders of the models that it is given, by their places in the whole list. */
import { parentPort } from "node:worker_threads";
import { type Model, ordersOf, playOrder, type Step, wholeModel } from "./model.ts";
import { makeStarts } from "./world.ts";

/** What one model came to. */
export interface PlayedModel {
  readonly orders: number;
  readonly failed: readonly {
    readonly model: Model;
    readonly order: readonly Step[];
    readonly faults: readonly string[];
  }[];
}

const port = parentPort;
if (port !== null) {
  const starts = await makeStarts();
  const models = wholeModel();
  port.on("message", (place: number) => {
    const model = models[place];
    if (model !== undefined) void playAll(model).then((played) => port.postMessage(played));
  });

  async function playAll(model: Model): Promise<PlayedModel> {
    const orders = ordersOf(model);
    const failed: PlayedModel["failed"][number][] = [];
    for (const order of orders) {
      const faults = await playOrder(starts, model, order);
      if (faults.length > 0) failed.push({ model, order, faults });
    }
    return { orders: orders.length, failed };
  }
}
