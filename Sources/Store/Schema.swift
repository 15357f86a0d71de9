import GRDB

/// The tables, and the migrations of earlier versions. Times are nanoseconds since 1970, UTC: packet time for events seen in packets.
enum Schema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      try db.execute(
        sql: """
          CREATE TABLE device (
            id TEXT PRIMARY KEY,
            segment INTEGER NOT NULL, mac TEXT, address TEXT,
            addresses TEXT NOT NULL, hostname TEXT, vendor TEXT, model TEXT, kind TEXT,
            room TEXT, role TEXT NOT NULL, verdict TEXT NOT NULL, confidence REAL NOT NULL, is_declared INTEGER NOT NULL,
            first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
            packets_sent INTEGER NOT NULL, bytes_sent INTEGER NOT NULL, bytes_received INTEGER NOT NULL,
            alert TEXT, alert_time INTEGER, alert_verdict TEXT, alert_model TEXT, alert_streams INTEGER NOT NULL, alert_room TEXT,
            silent_since INTEGER,
            deadline INTEGER
          ) STRICT;
          CREATE INDEX device_alert ON device(alert);
          CREATE INDEX device_last_seen ON device(last_seen);
          CREATE TABLE evidence (
            device TEXT NOT NULL REFERENCES device(id) ON DELETE CASCADE ON UPDATE CASCADE,
            signature TEXT NOT NULL,
            says TEXT NOT NULL, facet TEXT NOT NULL, strength TEXT, field TEXT NOT NULL, value TEXT NOT NULL, reason TEXT NOT NULL,
            count INTEGER NOT NULL, first_seen INTEGER NOT NULL, packet INTEGER NOT NULL,
            vendor TEXT, model TEXT, kind TEXT,
            PRIMARY KEY (device, signature)
          ) STRICT;
          CREATE TABLE stay (
            device TEXT NOT NULL REFERENCES device(id) ON DELETE CASCADE ON UPDATE CASCADE,
            room TEXT NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
            PRIMARY KEY (device, first_seen)
          ) STRICT;
          CREATE TABLE alert (
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL, severity TEXT NOT NULL, time INTEGER NOT NULL, updated INTEGER NOT NULL,
            device TEXT, follows TEXT, verdict TEXT, facets TEXT NOT NULL, summary TEXT NOT NULL, document TEXT NOT NULL,
            is_announced INTEGER NOT NULL,
            acknowledged INTEGER, snoozed_until INTEGER, dismissed INTEGER, declared INTEGER
          ) STRICT;
          CREATE INDEX alert_time ON alert(time);
          CREATE INDEX alert_follows ON alert(follows);
          CREATE TABLE event (
            number INTEGER PRIMARY KEY,
            alert TEXT NOT NULL REFERENCES alert(id) ON DELETE CASCADE,
            time INTEGER NOT NULL, what TEXT NOT NULL, who TEXT, note TEXT
          ) STRICT;
          CREATE INDEX event_alert ON event(alert);
          CREATE TABLE declaration (
            number INTEGER PRIMARY KEY,
            pattern TEXT NOT NULL UNIQUE, name TEXT, place TEXT, owner TEXT, note TEXT,
            expires INTEGER, declared_by TEXT, declared INTEGER NOT NULL
          ) STRICT;
          CREATE TABLE state (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
          """)
    }
    migrator.registerMigration("2") { db in
      try db.execute(sql: "ALTER TABLE device ADD COLUMN viewers TEXT NOT NULL DEFAULT ''")
    }
    migrator.registerMigration("3") { db in
      try db.execute(
        sql: """
          ALTER TABLE device ADD COLUMN alert_kind TEXT;
          ALTER TABLE device ADD COLUMN alert_address TEXT;
          ALTER TABLE device ADD COLUMN alert_revision INTEGER NOT NULL DEFAULT 1;
          CREATE TABLE property (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
          CREATE TABLE room (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
          CREATE TABLE room_hour (
            room TEXT NOT NULL, hour INTEGER NOT NULL, is_watched INTEGER NOT NULL, reason TEXT, last_frame INTEGER,
            PRIMARY KEY (room, hour)
          ) STRICT, WITHOUT ROWID;
          """)
    }
    migrator.registerMigration("4") { db in
      try db.execute(
        sql: """
          CREATE TABLE log (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            uid TEXT NOT NULL, type TEXT NOT NULL, alert TEXT, time INTEGER NOT NULL, recorded INTEGER NOT NULL,
            who TEXT, note TEXT, is_first_report INTEGER NOT NULL, document TEXT NOT NULL
          ) STRICT;
          CREATE INDEX log_recorded ON log(recorded);
          INSERT INTO property VALUES ('log_id', lower(hex(randomblob(8))));
          """)
    }
    migrator.registerMigration("5") { db in
      try db.execute(
        sql: """
          ALTER TABLE device ADD COLUMN class TEXT NOT NULL DEFAULT 'unknown';
          ALTER TABLE device ADD COLUMN class_reasons TEXT NOT NULL DEFAULT '[]';
          ALTER TABLE device ADD COLUMN traffic TEXT;
          ALTER TABLE device ADD COLUMN uploads_for_hours INTEGER NOT NULL DEFAULT 0;
          ALTER TABLE device ADD COLUMN alert_watched TEXT;
          ALTER TABLE device ADD COLUMN alert_watch_reported INTEGER;
          ALTER TABLE evidence ADD COLUMN valid_until INTEGER;
          """)
    }
    // What earlier versions stored counts in full, as it did then.
    migrator.registerMigration("corroboration") { db in
      try db.execute(
        sql: """
          ALTER TABLE evidence ADD COLUMN is_corroborated INTEGER NOT NULL DEFAULT 1;
          ALTER TABLE device ADD COLUMN alert_is_corroborated INTEGER NOT NULL DEFAULT 1;
          """)
    }
    migrator.registerMigration("floods") { db in
      try db.execute(
        sql: """
          ALTER TABLE device ADD COLUMN alert_group TEXT;
          ALTER TABLE alert ADD COLUMN folded TEXT;
          CREATE INDEX device_invented ON device(last_seen) WHERE alert_group IS NOT NULL;
          CREATE INDEX alert_declared ON alert(id) WHERE declared IS NOT NULL;
          CREATE INDEX alert_dismissed ON alert(time) WHERE dismissed IS NOT NULL;
          CREATE INDEX alert_unannounced ON alert(updated, id) WHERE is_announced = 0;
          CREATE INDEX alert_updated ON alert(updated);
          """)
    }
    migrator.registerMigration("hold") { db in
      try db.execute(
        sql: """
          ALTER TABLE alert ADD COLUMN held INTEGER;
          CREATE INDEX alert_held ON alert(id, device) WHERE held IS NOT NULL;
          """)
    }
    migrator.registerMigration("erasure") { db in
      try db.execute(
        sql: """
          CREATE TABLE erasure (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            time INTEGER NOT NULL, who TEXT NOT NULL, address_hash TEXT NOT NULL,
            devices INTEGER NOT NULL, alerts INTEGER NOT NULL, entries INTEGER NOT NULL, pending TEXT
          ) STRICT;
          """)
    }
    // Open cases, in the order in which people are to see them.
    migrator.registerMigration("cases") { db in
      try db.execute(
        sql: """
          CREATE INDEX alert_unsettled ON alert(acknowledged IS NOT NULL, severity, verdict, time DESC)
            WHERE follows IS NULL AND kind <> 'health' AND folded IS NULL AND dismissed IS NULL AND declared IS NULL;
          """)
    }
    migrator.registerMigration("papers") { db in
      try db.execute(
        sql: """
          CREATE TABLE paper (
            id TEXT PRIMARY KEY,
            kind TEXT NOT NULL, alert TEXT, month TEXT, format TEXT NOT NULL, has_media INTEGER NOT NULL, reason TEXT, who TEXT NOT NULL,
            asked INTEGER NOT NULL, state TEXT NOT NULL, finished INTEGER, bytes INTEGER, sha256 TEXT, problem TEXT
          ) STRICT;
          CREATE INDEX paper_alert ON paper(alert);
          ALTER TABLE alert ADD COLUMN clock_synchronised INTEGER;
          """)
    }
    // Bytes that a suspected device sent and received within five minutes; and the signatures that the watch has loaded.
    migrator.registerMigration("pictures") { db in
      try db.execute(
        sql: """
          CREATE TABLE traffic (
            device TEXT NOT NULL REFERENCES device(id) ON DELETE CASCADE ON UPDATE CASCADE,
            slot INTEGER NOT NULL, up INTEGER NOT NULL, down INTEGER NOT NULL,
            PRIMARY KEY (device, slot)
          ) STRICT, WITHOUT ROWID;
          CREATE TABLE signature (
            id TEXT PRIMARY KEY, says TEXT NOT NULL, facet TEXT NOT NULL, strength TEXT, because TEXT NOT NULL
          ) STRICT, WITHOUT ROWID;
          CREATE INDEX event_of_people ON event(time) WHERE who IS NOT NULL;
          CREATE INDEX alert_health ON alert(updated) WHERE kind = 'health';
          """)
    }
    // What central gave for use: releases of signatures, the one in force and the one before, and what became of it.
    migrator.registerMigration("central") { db in
      try db.execute(
        sql: """
          CREATE TABLE signature_release (
            id TEXT PRIMARY KEY,
            number INTEGER NOT NULL, signed TEXT NOT NULL, signature TEXT NOT NULL, archive BLOB, taken INTEGER NOT NULL,
            starts INTEGER NOT NULL, is_present INTEGER NOT NULL
          ) STRICT;
          CREATE TABLE central_deed (
            number INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, what TEXT NOT NULL, detail TEXT NOT NULL
          ) STRICT;
          """)
    }
    migrator.registerMigration("papers for central") { db in
      try db.execute(sql: "ALTER TABLE paper ADD COLUMN is_for_central INTEGER NOT NULL DEFAULT 0")
    }
    return migrator
  }
}
