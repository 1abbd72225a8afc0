/** Where a relay keeps its keys and its database unless it is told otherwise. */
import { homedir } from "node:os";
import { join } from "node:path";

export const defaultDataFolder = (): string => join(homedir(), ".local", "share", "sottod");
