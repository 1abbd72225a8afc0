/** `sotto --help` and `sotto help COMMAND`. Lines are broken where they are printed. */
export const help = {
  title: "sotto: an end-to-end encrypted chat for the terminal",
  /** What stands for a value. */
  values: { folder: "DIR", file: "FILE", number: "N" },
  arguments: { link: "LINK", room: "ROOM", text: "TEXT", shell: "SHELL", command: "COMMAND" },
  ways: {
    link: "make an account, or sign in with your recovery phrase; then enter the link's room",
    open: "open your profile and talk",
    stdin: "the same, the link is the first line of standard input",
  },
  headings: { options: "options", examples: "examples", exitCodes: "exit codes:" },
  options: {
    profile: "where the profile is (~/.local/share/sotto/default)",
    "password-file": "unlock with the first line of FILE instead of asking",
    "code-file": "a code, for a relay that asks for one each time",
    plain: "lines only: for screen readers and simple terminals",
    rpc: "JSON-RPC 2.0 on standard input and output, for programs",
    version: "print the version",
    help: "print this",
  },
  examples: `
  sotto 'sotto://chat.example.org:7878/#k=…&a=…'   in quotes: it has a # and a &
  sotto --profile ~/work                           a second account here
  sotto --profile ~/new LINK                       a second device: answer 2
  journalctl -f | sotto send '#ops' --lines        each line a message
  sotto tail '#general' --json | jq -r .text       read along in a script
`,
  inTheChat:
    "In the chat, /help lists all commands: /verify compares safety words with a person, /devices shows yours, /kick and others are for the relay's operator.",
  exitCodes: {
    0: "done",
    1: "failed",
    2: "misused",
    3: "not signed in",
    4: "no network",
    5: "identity changed",
  },
  /** `short` in the list of commands, `line` above the command's own help. */
  commands: {
    send: {
      short: "send TEXT, or standard input, as one message",
      line: "send a message and wait until the relay has it",
      arguments: {
        room: "a room (#general or general), a person you have talked to (@bob), or an id",
        text: "the message; without it standard input is read to its end and sent as one message",
      },
      options: { lines: "each line of standard input is a message of its own, sent at once" },
      more: "",
      examples: `
  sotto send '#general' 'the build is green'
  uptime | sotto send @bob
  journalctl -f | sotto send '#ops' --lines --password-file ~/.sotto-password
`,
    },
    tail: {
      short: "print messages as they arrive",
      line: "print messages as they arrive, until Ctrl-C",
      arguments: { room: "one room; without it all of them" },
      options: {
        json: "one JSON object a line: roomId, messageId, seq, sender, senderId, sentAt, text",
        history: "the last N messages of each room first (0 to 500)",
      },
      more: "",
      examples: `
  sotto tail
  sotto tail '#general' --history 10
  sotto tail --json | while read -r line; do … ; done
`,
    },
    rooms: {
      short: "list your rooms",
      line: "list your rooms and conversations",
      arguments: {},
      options: {
        json: "one JSON object a line: roomId, name, kind, unread, members",
        names: "their names alone, if a sotto has the profile open; asks for nothing",
      },
      more: "",
      examples: "",
    },
    doctor: {
      short: "what works here and what does not, for a bug report",
      line: "look at versions, terminal, profile, vault and relay",
      arguments: {},
      options: {
        json: "one JSON object: ok, findings with about, verdict, what and hint",
        full: "with the path of the profile and the address of the relay",
      },
      more: "It changes nothing, and shows no secret, no name and no text; without --full no path and no address either, so that it can be pasted into a bug report. What only the vault knows it tells when a sotto has the profile open, or with --password-file: that opens the profile as any sotto does. Exit code 1 if something is bad, else 0.",
      examples: `
  sotto doctor
  sotto doctor --full --password-file ~/.sotto-password
  sotto doctor --json | jq -r '.findings[] | select(.verdict == "bad").what'
`,
    },
    completion: {
      short: "a script for your shell, so that Tab completes sotto",
      line: "print a script, so that Tab completes commands, options, files and rooms",
      arguments: { shell: "bash, zsh or fish" },
      options: {},
      more: "Rooms are offered while a sotto has the profile open: it is asked for their names, you for nothing.",
      examples: `
  eval "$(sotto completion bash)"                    in ~/.bashrc
  eval "$(sotto completion zsh)"                     in ~/.zshrc, after compinit
  sotto completion fish > ~/.config/fish/completions/sotto.fish
`,
    },
    help: {
      short: "more on one of these",
      line: "print how sotto, or one of its commands, is used",
      arguments: { command: "send, tail, rooms, doctor, completion or help" },
      options: {},
      more: "",
      examples: "",
    },
  },
};
