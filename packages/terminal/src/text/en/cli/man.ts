/** What stands in the man page alone. */
export const man = {
  manual: "sotto manual",
  headings: {
    name: "NAME",
    synopsis: "SYNOPSIS",
    description: "DESCRIPTION",
    options: "OPTIONS",
    commands: "COMMANDS",
    inTheChat: "IN THE CHAT",
    keys: "KEYS",
    environment: "ENVIRONMENT",
    files: "FILES",
    exitStatus: "EXIT STATUS",
    examples: "EXAMPLES",
    seeAlso: "SEE ALSO",
  },
  name: "end-to-end encrypted chat for the terminal",
  description:
    "sotto is the client of a chat that a group hosts itself: sottod is the relay in between, which stores every message until everyone has it and can read none of them. Without a command sotto opens the profile and the chat; a link makes or enters what it leads to. The commands are for scripts: they go through the sotto that has the profile open, or unlock it themselves.",
  linkSecret:
    "A link holds secrets. sotto takes it out of the process list as soon as it starts; sotto - reads it from standard input, which keeps it out of the shell's history too.",
  chat: "What starts with a slash is a command; ! works like /, and //text sends text that starts with a slash. Text goes to the conversation in focus.",
  keys: "In the full screen. F1 shows them as they are bound; keys.toml in the configuration folder binds others.",
  environment: {
    SOTTO_LANG: "language of sotto, en or fr; before LC_ALL, LC_MESSAGES and LANG",
    SOTTO_PLAIN: "if it is not empty, as --plain",
    NO_COLOR: "if it is not empty, no colour",
    SOTTO_THEME: "theme of the full screen; before sotto.toml",
    "VISUAL, EDITOR": "the editor that a message can be written in",
    XDG_CONFIG_HOME: "where the folder of settings is; ~/.config without it",
    XDG_DATA_HOME: "where the folder of profiles is; ~/.local/share without it",
  },
  files: {
    profile:
      "the default profile: an encrypted database and the key file that the password opens. Only its owner can read it.",
    keys: "keys of the full screen; what is wrong in it is named when sotto starts",
    screen: "theme, mouse and notifications of the full screen",
  },
};
