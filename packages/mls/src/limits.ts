/** Every bound of the profile; docs/profile.md gives the reasons. */
export const LIMITS = {
  /** One MLSMessage. */
  messageBytes: 1_048_576,
  /** One LeafNode. */
  leafBytes: 2048,
  /** Leaves of a tree, blank ones included. */
  leaves: 65_536,
  /** Proposals of one commit. */
  proposals: 512,
  /** How far a message may be ahead of the last one of its sender in the same epoch. */
  generationsAhead: 2000,
  /** Longest lifetime of a leaf that is added, in seconds: 100 days. */
  lifetimeSeconds: 8_640_000n,
} as const;
