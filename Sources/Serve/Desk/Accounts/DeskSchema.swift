import GRDB

extension ServeSchema {
  /// Who may use the page, and what they did there. Secrets are stored as hashes only. Rows of `audit` can be added, and nothing else.
  static func registerDesk(_ migrator: inout DatabaseMigrator) {
    migrator.registerMigration("desk") { db in
      try db.execute(
        sql: """
          CREATE TABLE user (
            name TEXT PRIMARY KEY COLLATE NOCASE, role TEXT NOT NULL, salt BLOB, password BLOB, created INTEGER NOT NULL, signed_in INTEGER
          ) STRICT;
          CREATE TABLE invitation (
            hash TEXT PRIMARY KEY, user TEXT NOT NULL COLLATE NOCASE REFERENCES user(name) ON DELETE CASCADE, expires INTEGER NOT NULL
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE token (
            name TEXT PRIMARY KEY COLLATE NOCASE, scope TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, created INTEGER NOT NULL,
            exchange_until INTEGER, used INTEGER
          ) STRICT;
          CREATE TABLE session (
            hash TEXT PRIMARY KEY,
            user TEXT COLLATE NOCASE REFERENCES user(name) ON DELETE CASCADE,
            token TEXT COLLATE NOCASE REFERENCES token(name) ON DELETE CASCADE,
            created INTEGER NOT NULL, used INTEGER NOT NULL, expires INTEGER NOT NULL
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE audit (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            time INTEGER NOT NULL, who TEXT NOT NULL, role TEXT, address TEXT, action TEXT NOT NULL, alert TEXT, note TEXT, detail TEXT,
            command INTEGER
          ) STRICT;
          CREATE INDEX audit_alert ON audit(alert) WHERE alert IS NOT NULL;
          CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'what was done stays'); END;
          CREATE TRIGGER audit_is_final BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'what was done stays'); END;
          CREATE TABLE assignment (
            alert TEXT PRIMARY KEY, assignee TEXT NOT NULL, note TEXT, who TEXT NOT NULL, time INTEGER NOT NULL
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE proposal (
            alert TEXT PRIMARY KEY, action TEXT NOT NULL, who TEXT NOT NULL, note TEXT NOT NULL, argument TEXT, time INTEGER NOT NULL
          ) STRICT, WITHOUT ROWID;
          """)
    }
    migrator.registerMigration("desk-log") { db in try db.execute(sql: "CREATE INDEX audit_time ON audit(time, number)") }
  }
}
