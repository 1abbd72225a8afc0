/** `sotto --help`: teaches by example, and offers only what is there. */
import type { OneShot } from "./arguments.ts";

const MAIN = `sotto: an end-to-end encrypted chat for the terminal

  sotto LINK            make an account, or sign in with your recovery phrase;
                        then enter the link's room
  sotto                 open your profile and talk
  sotto -               the same, the link is the first line of standard input
  sotto --rpc           JSON-RPC 2.0 on standard input and output, for programs

  sotto send ROOM [TEXT]      send TEXT, or standard input, as one message
  sotto tail [ROOM]           print messages as they arrive
  sotto rooms                 list your rooms

options
  --profile DIR         where the profile is (~/.local/share/sotto/default)
  --password-file FILE  unlock with the first line of FILE instead of asking
  --code-file FILE      a code, for a relay that asks for one each time
  --plain               lines only: for screen readers and simple terminals
  --version, --help     also: sotto send --help

examples
  sotto 'sotto://chat.example.org:7878/#k=…&a=…'   in quotes: it has a # and a &
  sotto --profile ~/work                           a second account here
  sotto --profile ~/new LINK                       a second device: answer 2
  journalctl -f | sotto send '#ops' --lines        each line a message
  sotto tail '#general' --json | jq -r .text       read along in a script

In the chat, /help lists all commands: /verify compares safety words with a
person, /devices shows yours, /kick and others are for the relay's operator.
exit codes: 0 done, 1 failed, 2 misused, 3 not signed in, 4 no network,
            5 identity changed
`;

const COMMANDS: Readonly<Record<OneShot, string>> = {
  send: `sotto send ROOM [TEXT]    send a message and wait until the relay has it

  ROOM     a room (#general or general), a person you have talked to (@bob), or an id
  TEXT     the message; without it standard input is read to its end and sent as one message
  --lines  each line of standard input is a message of its own, sent at once

examples
  sotto send '#general' 'the build is green'
  uptime | sotto send @bob
  journalctl -f | sotto send '#ops' --lines --password-file ~/.sotto-password
`,
  tail: `sotto tail [ROOM]    print messages as they arrive, until Ctrl-C

  ROOM         one room; without it all of them
  --json       one JSON object a line: roomId, messageId, seq, sender, senderId, sentAt, text
  --history N  the last N messages of each room first (0 to 500)

examples
  sotto tail
  sotto tail '#general' --history 10
  sotto tail --json | while read -r line; do … ; done
`,
  rooms: `sotto rooms    list your rooms and conversations

  --json  one JSON object a line: roomId, name, kind, unread, members
`,
};

export function helpText(command: OneShot | undefined): string {
  return command === undefined ? MAIN : COMMANDS[command];
}
