/** Everything that the relay of a simulated world may do wrong. Names are those of e2e/evil where it is the same. */
import { ANSWERS } from "./answers.ts";
import { COMMITS } from "./commits.ts";
import { ENTRIES } from "./entries.ts";
import type { Misbehaviour } from "./evil-relay.ts";
import { FRAMES } from "./frames.ts";
import { INBOX } from "./inbox.ts";
import { JOINS } from "./joins.ts";
import { PEOPLE } from "./people.ts";
import { PUSHES } from "./pushes.ts";
import { SESSIONS } from "./sessions.ts";
import { SPLITS } from "./split.ts";

export const MISBEHAVIOURS: readonly Misbehaviour[] = [
  ...ENTRIES,
  ...PUSHES,
  ...ANSWERS,
  ...COMMITS,
  ...SPLITS,
  ...INBOX,
  ...PEOPLE,
  ...JOINS,
  ...SESSIONS,
  ...FRAMES,
];

export const misbehaviour = (name: string): Misbehaviour | undefined => MISBEHAVIOURS.find((one) => one.name === name);
