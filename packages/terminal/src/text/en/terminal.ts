/** What the terminal itself says: notifications, the title, and what is wrong in files of its settings. */
export const terminal = {
  newMessage: "new message",
  faults: {
    unreadable: (file: string, why: string) => `${file} is not TOML: ${why}`,
    wrong: (file: string, key: string, want: string, got: string) =>
      `${file}: ${key} should be ${want}, and is ${got}; the default holds`,
  },
  wants: {
    toml: "TOML",
    table: "a table",
    "known-key": "a setting that is known",
    role: "a part of the screen that is known",
    colour: "a colour like #aabbcc, or a number from 0 to 255",
    colours: "a list of colours like #aabbcc",
    "yes-or-no": "true or false",
    theme: "the name of a theme: auto, dark, light, high-contrast, or a file in the folder themes",
    text: "a text in quotes",
  },
};
