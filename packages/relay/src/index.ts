export type { Peer, Receiver } from "./connection/peer.ts";
export { makeKeys, type RelayKeys } from "./key-file.ts";
export type { Clock, Journal, Random } from "./ports.ts";
export { Relay, type RelayPorts } from "./relay.ts";
export { type RunningRelay, type StartOptions, silentJournal, startRelay, systemClock, systemRandom } from "./start.ts";
export { type MemoryStoreOptions, memoryStore } from "./store/memory.ts";
export { OpenError, sqliteStore } from "./store/sqlite.ts";
export { type Store, StoreError } from "./store/store.ts";
export { Trouble } from "./trouble.ts";
