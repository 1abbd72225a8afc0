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
