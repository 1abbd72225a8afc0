/** Changes to Protocol Buffers: fields are read without their schema, changed, and written with lengths that fit. */
import type { Dice } from "../dice.ts";
import { type Change, chunk, type Material, repeated } from "./bytes.ts";
import { fixed, NUMBERS } from "./numbers.ts";

type Field = { readonly number: number } & (
  | { readonly type: "varint"; readonly value: bigint }
  | { readonly type: "fixed"; readonly bytes: Uint8Array }
  | { readonly type: "bytes"; readonly bytes: Uint8Array }
  | { readonly type: "message"; readonly fields: readonly Field[] }
  /** What is written as it stands, right or wrong. */
  | { readonly type: "raw"; readonly bytes: Uint8Array }
);

const DEPTH_MAX = 8;
const FIELDS_MAX = 2000;

/** @returns undefined when the bytes are no fields. */
function readFields(bytes: Uint8Array, depth = 0): readonly Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint | undefined => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) return undefined;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  };
  while (at < bytes.length) {
    const tag = varint();
    if (tag === undefined || tag >> 3n === 0n || tag > 0xffffffffn || fields.length > FIELDS_MAX) return undefined;
    const number = Number(tag >> 3n);
    const type = Number(tag & 7n);
    if (type === 0) {
      const value = varint();
      if (value === undefined) return undefined;
      fields.push({ number, type: "varint", value });
    } else {
      const length = type === 1 ? 8 : type === 5 ? 4 : type === 2 ? Number(varint() ?? -1n) : -1;
      if (length < 0 || at + length > bytes.length) return undefined;
      const inner = bytes.subarray(at, at + length);
      at += length;
      const nested = type === 2 && length > 1 && depth < DEPTH_MAX ? readFields(inner, depth + 1) : undefined;
      if (nested !== undefined) fields.push({ number, type: "message", fields: nested });
      else fields.push({ number, type: type === 2 ? "bytes" : "fixed", bytes: inner });
    }
  }
  return fields;
}

function varintBytes(value: bigint, padding = 0): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  } while (rest > 0n);
  for (let more = padding; more > 0; more--) bytes.push(0x80);
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) & 0x7f;
  return Uint8Array.from(bytes);
}

const tagOf = (number: number, type: number): Uint8Array => varintBytes((BigInt(number) << 3n) | BigInt(type));

function writeFields(fields: readonly Field[]): Uint8Array {
  return new Uint8Array(Buffer.concat(fields.flatMap(writeField)));
}

function writeField(field: Field): readonly Uint8Array[] {
  switch (field.type) {
    case "varint":
      return [tagOf(field.number, 0), varintBytes(field.value)];
    case "fixed":
      return [tagOf(field.number, field.bytes.length === 8 ? 1 : 5), field.bytes];
    case "bytes":
      return [tagOf(field.number, 2), varintBytes(BigInt(field.bytes.length)), field.bytes];
    case "message": {
      const inner = writeFields(field.fields);
      return [tagOf(field.number, 2), varintBytes(BigInt(inner.length)), inner];
    }
    case "raw":
      return [field.bytes];
  }
}

/** Changes one list of fields, somewhere in the tree. */
function changeSomewhere(fields: readonly Field[], material: Material, isTop = true): readonly Field[] {
  const { dice } = material;
  const nested = fields.flatMap((field, index) => (field.type === "message" ? [{ field, index }] : []));
  if (nested.length > 0 && !dice.oneIn(isTop ? 4 : 3)) {
    const { field, index } = dice.one(nested);
    return fields.with(index, { ...field, fields: changeSomewhere(field.fields, material, false) });
  }
  return dice.one(LIST_CHANGES)(fields, material);
}

type ListChange = (fields: readonly Field[], material: Material) => readonly Field[];

const drop: ListChange = (fields, { dice }) => fields.filter((_, index) => index !== dice.below(fields.length));

const again: ListChange = (fields, { dice, bytesMax }) => {
  if (fields.length === 0) return fields;
  const field = dice.one(fields);
  const size = Math.max(1, writeFields([field]).length);
  const times = dice.oneIn(500) ? Math.floor(bytesMax / size) : dice.short(40);
  const many: Field = { number: 0, type: "raw", bytes: repeated(writeFields([field]), times) };
  return fields.toSpliced(dice.below(fields.length + 1), 0, many);
};

const reorder: ListChange = (fields, { dice }) => {
  const [from, to] = [dice.below(fields.length), dice.below(fields.length)];
  return fields.toSpliced(from, 1).toSpliced(to, 0, ...fields.slice(from, from + 1));
};

const renumber: ListChange = (fields, { dice }) =>
  change(fields, dice, (field) => ({ ...field, number: someNumber(dice) }));

const someNumber = (dice: Dice): number => dice.one([dice.between(1, 40), dice.between(1, 15), 536_870_911, 19_000]);

const otherType: ListChange = (fields, { dice }) =>
  change(fields, dice, ({ number }) => {
    const value = dice.one(NUMBERS);
    const bytes = dice.bytes(dice.short(40));
    return dice.one<Field>([
      { number, type: "varint", value },
      { number, type: "fixed", bytes: fixed(value, 4) },
      { number, type: "fixed", bytes: fixed(value, 8) },
      { number, type: "bytes", bytes },
      { number, type: "raw", bytes: tagOf(number, dice.one([3, 4, 6, 7])) },
    ]);
  });

const otherValue: ListChange = (fields, { dice, others, words }) =>
  change(fields, dice, (field) => {
    if (field.type === "varint") return { ...field, value: dice.oneIn(3) ? field.value + 1n : dice.one(NUMBERS) };
    if (field.type === "raw") return field;
    const bytes = field.type === "message" ? writeFields(field.fields) : field.bytes;
    const other = others.length === 0 ? bytes : dice.one(others);
    const { at, length } = chunk(other, dice);
    const bodies = [
      () => new Uint8Array(0),
      () => bytes.slice(0, dice.below(bytes.length + 1)),
      () => bytes.slice(0, -1),
      () => new Uint8Array(Buffer.concat([bytes, dice.bytes(1)])),
      () => dice.bytes(bytes.length),
      () => new Uint8Array(bytes.length).fill(dice.one([0, 0xff])),
      () => repeated(bytes, dice.between(2, 5)),
      () => other.slice(at, at + length),
      () => (words.length === 0 ? bytes : dice.one(words)),
    ];
    return { number: field.number, type: field.type === "fixed" ? "fixed" : "bytes", bytes: dice.one(bodies)() };
  });

/** Fields that nobody knows, groups, and numbers in more bytes than they need. */
const oddity: ListChange = (fields, { dice }) => {
  const number = someNumber(dice);
  const inner = writeFields(fields).subarray(0, 64);
  const depth = dice.one([1, 2, 100, 20_000]);
  const group = [repeated(tagOf(number, 3), depth), inner, repeated(tagOf(number, 4), depth)];
  const odd = [
    () => Buffer.concat(group),
    () => Buffer.concat([tagOf(number, 0), varintBytes(dice.one(NUMBERS), dice.between(1, 10))]),
    () => Buffer.concat([tagOf(number, 2), varintBytes(dice.one(NUMBERS))]),
    () => Buffer.concat(writeField({ number, type: "bytes", bytes: dice.bytes(dice.short(60)) })),
    () => dice.bytes(dice.short(20)),
  ];
  return fields.toSpliced(dice.below(fields.length + 1), 0, {
    number,
    type: "raw",
    bytes: new Uint8Array(dice.one(odd)()),
  });
};

function change(fields: readonly Field[], dice: Dice, make: (field: Field) => Field): readonly Field[] {
  const index = dice.below(fields.length);
  const field = fields[index];
  return field === undefined ? fields : fields.with(index, make(field));
}

const LIST_CHANGES: readonly ListChange[] = [
  drop,
  again,
  reorder,
  renumber,
  otherType,
  otherValue,
  otherValue,
  otherValue,
  oddity,
];

const fieldChange: Change = (input, material) => {
  const fields = readFields(input);
  return fields === undefined ? input : writeFields(changeSomewhere(fields, material));
};

export const PROTOBUF_CHANGES: readonly Change[] = [fieldChange];
