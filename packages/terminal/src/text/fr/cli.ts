import type { cli as English } from "../en/cli.ts";
import type { Texts } from "../index.ts";
import { doctor } from "./cli/doctor.ts";
import { help } from "./cli/help.ts";
import { man } from "./cli/man.ts";
import { misuse } from "./cli/misuse.ts";

export const cli: Texts<typeof English> = {
  ...help,
  misuse,
  doctor,
  man,
};
