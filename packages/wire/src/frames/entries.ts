/** Entries of a room's log inside frames of either side. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import * as pb from "../gen/sotto/wire/v1/frame_pb.js";
import { idBytes } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { count, device, entry, Fault, list, upTo } from "./read.ts";
import type { Entry } from "./types.ts";

export function entriesOf(entries: readonly pb.Entry[], max: number): readonly Entry[] {
  return list(entries, max, "entries", (value, field) => ({
    seq: count(value.seq, `${field}.seq`, 1),
    kind: entryKind(value.kind, `${field}.kind`),
    device: device(value.device, `${field}.device`),
    id: entry(value.id, `${field}.id`),
    base: count(value.base, `${field}.base`),
    header: value.header,
    bytes: upTo(value.bytes, LIMITS.entryBytesMax, `${field}.bytes`, 1),
  }));
}

function entryKind(kind: pb.EntryKind, field: string): Entry["kind"] {
  if (kind === pb.EntryKind.MESSAGE) return "message";
  if (kind === pb.EntryKind.COMMIT) return "commit";
  throw new Fault("malformed", field);
}

export function entryInit(value: Entry): MessageInitShape<typeof pb.EntrySchema> {
  return {
    seq: BigInt(value.seq),
    kind: value.kind === "message" ? pb.EntryKind.MESSAGE : pb.EntryKind.COMMIT,
    device: idBytes(value.device),
    id: idBytes(value.id),
    base: BigInt(value.base),
    header: value.header,
    bytes: value.bytes,
  };
}
