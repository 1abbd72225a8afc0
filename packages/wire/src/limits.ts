/** Every bound of the protocol in one place; docs/protocol.md repeats them for other implementations. */
export const LIMITS = {
  /** UTF-8 bytes of one text. */
  textBytesMax: 16_384,
  /** One frame, either way. */
  frameBytesMax: 1_048_576,
  /** One frame before the connection is signed in. */
  strangerFrameBytesMax: 16_384,
  /** The MLS message of one entry. */
  entryBytesMax: 524_288,
  /** A sealed GroupInfo. */
  groupInfoBytesMax: 393_216,
  /** Devices of a room. */
  roomDevicesMax: 1000,
  /** One MLS leaf: a room of so many devices must be told to newcomers in one frame. */
  leafBytesMax: 300,
  /** One key package. */
  keyPackageBytesMax: 4096,
  /** Key packages in one KeyPackagesPut. */
  keyPackagesMax: 100,
  /** Accounts in one ChainGet. */
  chainGetMax: 500,
  /** Entries of one device chain. */
  chainEntriesMax: 1000,
  /** One serialised ChainEntry. */
  chainEntryBytesMax: 1024,
  /** Entries in one Fetched. */
  fetchMax: 500,
  /** Characters of a room's name. */
  roomNameMax: 64,
  /** Characters of what the operator tells everybody. */
  noticeCharactersMax: 2000,
  /** Bytes of an OPAQUE message. */
  opaqueBytesMax: 1024,
  passwordCharactersMin: 10,
  passwordBytesMax: 1024,
  accessPasswordBytesMax: 256,
  seqMax: Number.MAX_SAFE_INTEGER,
} as const;

/** Protocol versions that this program speaks, newest first. */
export const VERSIONS: readonly number[] = [1];
/** GroupContext extension that holds the RoomInfo. */
export const ROOM_INFO_EXTENSION = 0xf0a1;
/** GroupInfo extension of a Welcome that holds the JoinInfo. */
export const JOIN_INFO_EXTENSION = 0xf0a2;
/** Where a relay listens unless it is told otherwise. */
export const DEFAULT_PORT = 7878;
