/** The command line: help, misuse, doctor, completion and the man page. */
import { doctor } from "./cli/doctor.ts";
import { help } from "./cli/help.ts";
import { man } from "./cli/man.ts";
import { misuse } from "./cli/misuse.ts";

export const cli = {
  ...help,
  misuse,
  doctor,
  man,
};
