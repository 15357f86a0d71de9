/// Evidence packs that central asked boxes for, and the keys that sign them.
enum Migration4 {
  static let script = """
    CREATE TABLE evidence_request (
      id text PRIMARY KEY CHECK (id ~ '^ev-[0-9a-f]{16}$'),
      tenant text NOT NULL,
      site text NOT NULL,
      gateway text NOT NULL REFERENCES gateway,
      alert text NOT NULL,
      -- What the pack is about: the alert itself, or the one that it follows.
      about text NOT NULL,
      who text NOT NULL,
      asked timestamptz NOT NULL DEFAULT now(),
      expires timestamptz NOT NULL,
      -- When the box was asked last.
      sent timestamptz,
      state text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'made', 'failed', 'refused', 'expired')),
      answered timestamptz,
      reason text,
      bytes bigint,
      sha256 text,
      signer text,
      -- A pack lives no longer than its alert.
      FOREIGN KEY (gateway, alert) REFERENCES alert ON UPDATE CASCADE ON DELETE CASCADE);
    CREATE INDEX evidence_request_alert ON evidence_request (gateway, alert, asked);
    CREATE UNIQUE INDEX evidence_request_open ON evidence_request (gateway, alert) WHERE state = 'asked';
    CREATE TABLE evidence_key (
      gateway text NOT NULL REFERENCES gateway,
      fingerprint text NOT NULL,
      tenant text NOT NULL,
      pem text NOT NULL,
      first_seen timestamptz NOT NULL DEFAULT now(),
      -- Null for a key that no operator accepted, after another one.
      accepted timestamptz,
      accepted_by text,
      PRIMARY KEY (gateway, fingerprint));
    DO $$
    DECLARE name text;
    BEGIN
      FOREACH name IN ARRAY ARRAY['evidence_request', 'evidence_key'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY of_tenant ON %I FOR SELECT TO lenscap_reader USING (tenant = present_tenant())', name);
        EXECUTE format('CREATE POLICY of_registry ON %I TO lenscap_registry USING (true) WITH CHECK (true)', name);
      END LOOP;
    END $$;
    CREATE POLICY of_all ON evidence_request TO lenscap_ingest USING (true) WITH CHECK (true);
    GRANT SELECT ON evidence_request, evidence_key TO lenscap_reader;
    GRANT SELECT, UPDATE, DELETE ON evidence_request TO lenscap_ingest;
    GRANT SELECT, INSERT, UPDATE, DELETE ON evidence_request, evidence_key TO lenscap_registry;
    """
}
