/** The commands of the chat by name. */
import { account } from "./commands/account.ts";
import { operator } from "./commands/operator.ts";
import { rooms } from "./commands/rooms.ts";
import { sotto } from "./commands/sotto.ts";
import { talk } from "./commands/talk.ts";
import { trust } from "./commands/trust.ts";

export const commands = { ...talk, ...rooms, ...trust, ...account, ...sotto, ...operator };
