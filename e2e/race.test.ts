// Messages and commits of two people at once, with the real programs: what was acknowledged is read, once, in order.
import { expect, test } from "vitest";
import { Stage } from "./harness/stage.ts";

const RACE_MS = 8000;
const LANES = 6;

test("a stream of messages through many renewals of the link loses none and opens all", async () => {
  await using stage = await Stage.open();
  const [ann, bob] = await stage.signUpAll("ann", "bob");
  const { roomId, link } = await ann.call("room.create", { name: "race" });
  await bob.call("room.join", { link });
  const end = performance.now() + RACE_MS;
  const answered: { readonly messageId: string; readonly seq: number }[] = [];
  const lane = async (index: number) => {
    for (let count = 0; performance.now() < end; count++) answered.push(await bob.send(roomId, `${index} ${count}`));
  };
  let renewals = 0;
  const renew = async () => {
    // A renewal that lost the race is refused: the next one tries again.
    while (performance.now() < end)
      if (await ann.call("room.link", { roomId, renew: true }).catch(() => undefined)) renewals++;
  };
  await Promise.all([...Array.from({ length: LANES }, (_, index) => lane(index)), renew()]);
  await bob.send(roomId, "end");
  await ann.sees(roomId, "end");
  const read = (await ann.history(roomId)).map(({ messageId }) => messageId);
  const inOrder = answered.toSorted((one, other) => one.seq - other.seq).map(({ messageId }) => messageId);
  expect(read.slice(0, -1)).toEqual(inOrder);
  expect(renewals).toBeGreaterThan(2);
  const warnings = [ann, bob].flatMap(({ run }) => run.notes.filter(({ type }) => type === "warning"));
  expect(warnings).toEqual([]);
});
