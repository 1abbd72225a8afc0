// What the relay does not take in one frame is not stored either: stored, it would be sent again for ever.
import { EMPTY, LIMITS } from "@sotto/wire";
import { expect, test } from "vitest";
import { isSendable } from "../src/sendable.ts";

const size = (bytes: number) => new Uint8Array(bytes);
const part = { bytes: size(9000), header: size(100), welcomes: [], link: "same", creation: undefined } as const;
const welcomes = (count: number, bytes: number) => Array.from({ length: count }, () => ({ bytes: size(bytes) }));
const link = (bytes: number) => ({ tokenHash: size(32), groupInfo: size(bytes) });

test.each([
  { what: "a commit alone", pending: part, fits: true },
  { what: "the creation of an empty room", pending: { ...part, bytes: EMPTY, creation: size(80) }, fits: true },
  {
    what: "a room of a thousand and its link",
    pending: { ...part, bytes: size(83_000), link: link(340_000) },
    fits: true,
  },
  {
    what: "two Welcomes into it",
    pending: { ...part, link: link(340_000), welcomes: welcomes(2, 280_000) },
    fits: true,
  },
  { what: "three of them", pending: { ...part, link: link(340_000), welcomes: welcomes(3, 280_000) }, fits: false },
  {
    what: "many small ones that are one frame too much",
    pending: { ...part, welcomes: welcomes(60, 18_000) },
    fits: false,
  },
  { what: "a commit too long for an entry", pending: { ...part, bytes: size(LIMITS.entryBytesMax + 1) }, fits: false },
  { what: "a Welcome too long", pending: { ...part, welcomes: welcomes(1, LIMITS.entryBytesMax + 1) }, fits: false },
  { what: "a GroupInfo too long", pending: { ...part, link: link(LIMITS.groupInfoBytesMax + 1) }, fits: false },
])("$what: $fits", ({ pending, fits }) => {
  expect(isSendable(pending as never)).toBe(fits);
});
