/** Lists of extensions (RFC 9420 sections 7.2 and 13.4), and the kinds that this package reads itself. */
import { type Reader, readAll, type Writer } from "./codec.ts";
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
  checkOnce(extensions);
  return extensions;
}

/** No type stands in a list twice: in one that is read, and in an own one before others refuse it. */
export function checkOnce(extensions: readonly Extension[]): void {
  const types = new Set(extensions.map(({ type }) => type));
  check(types.size === extensions.length, "repeated-extension", "13.4");
}

export function writeExtensions(writer: Writer, extensions: readonly Extension[]): void {
  writer.vector(extensions, (inner, { type, data }) => inner.uint16(type).opaque(data));
}

export function extensionData(extensions: readonly Extension[], type: number): Uint8Array | undefined {
  return extensions.find((extension) => extension.type === type)?.data;
}

/** What a group demands of every leaf (section 11.1), beyond what everybody has. */
export interface RequiredCapabilities {
  readonly extensions: readonly number[];
  readonly proposals: readonly number[];
  readonly credentials: readonly number[];
}

/** What the extensions of a GroupContext demand: themselves, and what `required_capabilities` lists. */
export function requiredBy(extensions: readonly Extension[]): RequiredCapabilities {
  const data = extensionData(extensions, EXTENSION.requiredCapabilities);
  const types = (reader: Reader) => reader.vector((item) => item.uint16());
  const listed =
    data === undefined
      ? { extensions: [], proposals: [], credentials: [] }
      : readAll(data, (reader) => ({
          extensions: types(reader),
          proposals: types(reader),
          credentials: types(reader),
        }));
  return {
    extensions: [...extensions.map(({ type }) => type), ...listed.extensions].filter(
      (type) => !isDefaultExtension(type),
    ),
    proposals: listed.proposals.filter((type) => !isDefaultProposal(type)),
    credentials: listed.credentials,
  };
}
