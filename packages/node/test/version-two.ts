/** The tables of a vault as version 2 made them, frozen: they do not follow what the program makes today. */
export const VERSION_TWO = `
  CREATE TABLE record (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
  CREATE TABLE room (number INTEGER PRIMARY KEY, room TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE entry (
    room INTEGER NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, id BLOB NOT NULL, device BLOB NOT NULL,
    base INTEGER NOT NULL, header BLOB NOT NULL, bytes BLOB NOT NULL, hash BLOB NOT NULL, UNIQUE (room, seq)
  ) STRICT;
  CREATE TABLE message (
    place INTEGER PRIMARY KEY, room INTEGER NOT NULL, seq INTEGER NOT NULL, id BLOB NOT NULL, account BLOB NOT NULL,
    device BLOB NOT NULL, sent_at INTEGER NOT NULL, text TEXT NOT NULL, UNIQUE (room, seq)
  ) STRICT;
  CREATE INDEX message_id ON message (room, id);
  CREATE VIRTUAL TABLE word USING fts5 (
    text, content = 'message', content_rowid = 'place', prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
  );
  PRAGMA user_version = 2;
`;
