// Ids and user names: what is one and what only looks like one.
import { expect, test } from "vitest";
import { accountId, deviceId, entryId, idBytes, isRoomName, roomId, userName } from "../src/index.ts";

test.each([
  { name: "account", of: accountId, digits: 64 },
  { name: "device", of: deviceId, digits: 32 },
  { name: "room", of: roomId, digits: 64 },
  { name: "entry", of: entryId, digits: 32 },
])("an id of a $name is that many digits in lower case", ({ of, digits }) => {
  const text = "0a".repeat(digits / 2);
  const id = of(text);
  expect(id).toBe(text);
  expect(id && idBytes(id)).toEqual(new Uint8Array(digits / 2).fill(10));
  for (const wrong of [text.toUpperCase(), text.slice(1), `${text}0`, `${text.slice(1)}\n`, `g${text.slice(1)}`, ""])
    expect(of(wrong), wrong).toBeUndefined();
});

test.each([
  { text: "ann", name: "ann" },
  { text: "Ann", name: "ann" },
  { text: "a1", name: "a1" },
  { text: "a.b-c_d", name: "a.b-c_d" },
  { text: "x".repeat(32), name: "x".repeat(32) },
  { text: "__proto__", name: "__proto__" },
])("$text is the name $name", ({ text, name }) => {
  expect(userName(text)).toBe(name);
});

test.each([
  { why: "too short", text: "a" },
  { why: "too long", text: "x".repeat(33) },
  { why: "empty", text: "" },
  { why: "a Cyrillic a", text: "\u0430nn" },
  { why: "a Greek omicron", text: "b\u03bfb" },
  { why: "full-width letters", text: "\uff41\uff4e\uff4e" },
  { why: "an accent", text: "zoë" },
  { why: "an accent beside its letter", text: "zoe\u0308" },
  { why: "a Turkish I", text: "\u0130da" },
  { why: "a zero-width joiner", text: "an\u200dn" },
  { why: "a right-to-left mark", text: "ann\u202e" },
  { why: "a space", text: "an n" },
  { why: "a line end after it", text: "ann\n" },
  { why: "an @", text: "ann@home" },
  { why: "a slash", text: "../ann" },
  { why: "a reserved name", text: "admin" },
  { why: "a reserved name in capitals", text: "System" },
  { why: "another reserved name", text: "sotto" },
])("a name is refused: $why", ({ text }) => {
  expect(userName(text)).toBeUndefined();
});

test("a sign that only folds to a letter of ASCII is not that letter", () => {
  expect(userName("\u212aate")).toBeUndefined(); // KELVIN SIGN
});

test.each([
  { why: "empty", text: "", is: false },
  { why: "only spaces", text: "   ", is: false },
  { why: "a control", text: "a\u0007", is: false },
  { why: "a line end", text: "a\nb", is: false },
  { why: "a C1 control", text: "a\u0085b", is: false },
  { why: "a line separator", text: "a\u2028b", is: false },
  { why: "half a character", text: "a\ud800", is: false },
  { why: "65 characters", text: "x".repeat(65), is: false },
  { why: "64 characters", text: "x".repeat(64), is: true },
  { why: "64 characters outside the first plane", text: "\u{1F600}".repeat(64), is: true },
  { why: "words", text: "The Room, grün", is: true },
])("a room name: $why", ({ text, is }) => {
  expect(isRoomName(text)).toBe(is);
});
