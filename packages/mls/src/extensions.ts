/** Lists of extensions (RFC 9420 sections 7.2 and 13.4), and the kinds that this package reads itself. */
import { type Reader, readAll, Writer } from "./codec.ts";
import { LIMITS } from "./limits.ts";
import { check } from "./refusal.ts";

export interface Extension {
  readonly type: number;
  readonly data: Uint8Array;
}

export const EXTENSION = { ratchetTree: 2, requiredCapabilities: 3, externalPub: 4 } as const;

/** Types that everybody understands and nobody lists (section 7.2): 1 to 5. */
export const isDefaultExtension = (type: number): boolean => type >= 1 && type <= 5;
/** Proposal types that nobody lists (section 7.2): 1 to 7. */
const isDefaultProposal = (type: number): boolean => type >= 1 && type <= 7;

export function readExtensions(reader: Reader): readonly Extension[] {
  const extensions = reader.vector((item) => ({ type: item.uint16(), data: item.opaque() }));
  const types = new Set(extensions.map(({ type }) => type));
  check(types.size === extensions.length, "repeated-extension", "13.4");
  return extensions;
}

/** An own list: refused where others would refuse it, and nothing of the caller's is kept. */
export function ownExtensions(extensions: readonly Extension[]): readonly Extension[] {
  const writer = new Writer();
  writeExtensions(writer, extensions);
  return readAll(writer.done(), readExtensions);
}

export function writeExtensions(writer: Writer, extensions: readonly Extension[]): void {
  writer.vector(extensions, (inner, { type, data }) => inner.uint16(type).opaque(data));
}

export function extensionData(extensions: readonly Extension[], type: number): Uint8Array | undefined {
  return extensions.find((extension) => extension.type === type)?.data;
}

/** What a group demands of every leaf (section 11.1), beyond what everybody has. */
export interface RequiredCapabilities {
  readonly extensions: ReadonlySet<number>;
  readonly proposals: ReadonlySet<number>;
  readonly credentials: ReadonlySet<number>;
}

/** What the extensions of a GroupContext demand: themselves, and what `required_capabilities` lists. */
export function requiredBy(extensions: readonly Extension[]): RequiredCapabilities {
  const data = extensionData(extensions, EXTENSION.requiredCapabilities);
  const types = (reader: Reader) => reader.vector((item) => item.uint16());
  const listed =
    data === undefined
      ? { extensions: [], proposals: [], credentials: [] as readonly number[] }
      : readAll(data, (reader) => ({
          extensions: types(reader),
          proposals: types(reader),
          credentials: types(reader),
        }));
  const kinds = [...extensions.map(({ type }) => type), ...listed.extensions];
  const required = {
    extensions: new Set(kinds.filter((type) => !isDefaultExtension(type))),
    proposals: new Set(listed.proposals.filter((type) => !isDefaultProposal(type))),
    credentials: new Set(listed.credentials),
  };
  // No leaf has room for more: said here, and not once for each member.
  const count = required.extensions.size + required.proposals.size + required.credentials.size;
  check(count <= LIMITS.leafBytes / 2, "missing-capability", "11.1");
  return required;
}

/** Outside of any group. */
export const NOTHING_REQUIRED: RequiredCapabilities = {
  extensions: new Set(),
  proposals: new Set(),
  credentials: new Set(),
};
