import type { NoteLine } from "@sotto/core";
import { expect, test } from "vitest";
import { KnownRooms, roomTags } from "../src/commands/known-rooms.ts";
import { renderLine } from "../src/output.ts";
import { FakeClient, ok } from "./fake-client.ts";

const [ops, den, bob] = ["aa", "bb", "cc"].map((id) => id.repeat(32)) as [string, string, string];

function run(kept: Map<string, string>, tags: Readonly<Record<string, string>>): readonly string[] {
  const client = new FakeClient({ "note.put": () => ok({}) });
  const known = new KnownRooms(client);
  const notes = [...kept].map(([key, text]): NoteLine => ({ key, text }));
  const told = known.since(notes, new Map(Object.entries(tags))).map((line) => renderLine(line, false));
  known.keep(new Map(Object.entries(tags)));
  for (const { method, params } of client.calls) {
    const { key, text } = params as { key: string; text: string };
    expect(method).toBe("note.put");
    kept.set(key, text);
  }
  return told;
}

test("what happened to one's rooms between two runs is told at the start, once; the first run tells nothing", () => {
  const kept = new Map<string, string>();
  expect(run(kept, {})).toEqual([]);
  const added = "[info] you were added to #ops; /talk #ops opens it";
  expect(run(kept, { [ops]: "#ops" })).toEqual([added]);
  expect(run(kept, { [ops]: "#ops" })).toEqual([]);
  expect(run(kept, { [den]: "#den" })).toEqual([
    "[info] you were added to #den; /talk #den opens it",
    "[info] you were removed from #ops",
  ]);
  // Another name is no other room.
  expect(run(kept, { [den]: "#lair" })).toEqual([]);
});

test("of more rooms than a note holds nothing is kept, and nothing is told", () => {
  const kept = new Map<string, string>();
  const many = Object.fromEntries(
    Array.from({ length: 1000 }, (_, index) => [index.toString(16).padStart(64, "0"), `#${"n".repeat(40)}${index}`]),
  );
  expect(run(kept, many)).toEqual([]);
  expect([...kept.values()]).toEqual([""]);
});

test("conversations of two are none of them", () => {
  const rooms = [
    { roomId: ops, kind: "room" },
    { roomId: bob, kind: "direct" },
  ] as const;
  expect([...roomTags(rooms, () => "#ops")]).toEqual([[ops, "#ops"]]);
});
