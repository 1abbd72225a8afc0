import type { commands as English } from "../en/commands.ts";
import type { Texts } from "../index.ts";
import { account } from "./commands/account.ts";
import { operator } from "./commands/operator.ts";
import { rooms } from "./commands/rooms.ts";
import { sotto } from "./commands/sotto.ts";
import { talk } from "./commands/talk.ts";
import { trust } from "./commands/trust.ts";

export const commands: Texts<typeof English> = { ...talk, ...rooms, ...trust, ...account, ...sotto, ...operator };
