/** Which room is meant by a word, whatever others call theirs. */
import type { RoomLine } from "@sotto/core";
import { expect, test } from "vitest";
import { findRoom, roomsOf } from "../src/plain/rooms.ts";

function line(digit: string, name: string, kind: RoomLine["kind"] = "room"): RoomLine {
  return { roomId: digit.repeat(64), name, kind, unread: 0, members: 2 };
}

const ops = line("1", "ops");
const trap = line("2", "@bob");
const bob = line("3", "bob", "direct");

test("a room with the name of a person is never meant by that person", () => {
  expect(findRoom(roomsOf([ops, trap]), "@bob")).toEqual({ type: "none" });
  expect(findRoom(roomsOf([ops, trap]), "@BOB ")).toEqual({ type: "none" });
  expect(findRoom(roomsOf([ops, trap, bob]), "@bob")).toEqual({ type: "room", room: bob });
  expect(findRoom(roomsOf([ops, trap, bob]), "#@bob")).toEqual({ type: "room", room: trap });
});

test("without a sign a name is meant that one of them has, with one or by its id each", () => {
  for (const word of ["#ops", "ops", "OPS", ops.roomId])
    expect(findRoom(roomsOf([ops, bob]), word)).toMatchObject({ room: ops });
  const both = roomsOf([line("4", "bob"), bob]);
  expect(findRoom(both, "bob")).toMatchObject({ type: "several", tags: ["#bob", "@bob"] });
  expect(findRoom(both, "@bob")).toMatchObject({ room: bob });
});

test.each([
  ["a Cyrillic letter", "gener\u0430l"],
  ["letters of mathematics", "\u{1d5c0}\u{1d5be}\u{1d5c7}\u{1d5be}\u{1d5cb}\u{1d5ba}\u{1d5c5}"],
  ["a digit", "genera1"],
  ["capitals", "GENERAL"],
])("a room that looks like another one by %s is told from it by its id", (_how, name) => {
  const { tags } = roomsOf([line("4", "general"), line("5", name)]);
  expect([...tags.values()].map((tag) => tag.slice(-5))).toEqual(["~4444", "~5555"]);
});

test("rooms of words that differ keep their names", () => {
  const names = ["general", "ops", "été", "ете", "日本", "ops-2"];
  const { tags } = roomsOf(names.map((name, index) => line(String(index + 1), name)));
  expect([...tags.values()]).toEqual(names.map((name) => `#${name}`));
});

test.each([
  ["general  🔒 verified 3/3 · 4 members", "#general-verified-3/3-4-members"],
  ["ops │ online", "#ops-online"],
  ["ops → @alice", "#ops-@alice"],
  ["ops\u2800\u2800✔", "#ops-"],
  ["[09:40] bob: hi", "#[09-40]-bob-hi"],
])("of a room that is called %j no sign of ours is shown", (name, tag) => {
  expect(roomsOf([line("4", name)]).tags.get("4".repeat(64))).toBe(tag);
});
