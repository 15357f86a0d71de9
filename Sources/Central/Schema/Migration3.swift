/// Rooms that an operator names for a site; and releases of signatures and software, with the gateways that got them.
enum Migration3 {
  static let script = """
    CREATE TABLE room_list (
      tenant text NOT NULL,
      site text NOT NULL,
      id text NOT NULL,
      rules jsonb NOT NULL,
      who text NOT NULL,
      made timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (tenant, site),
      FOREIGN KEY (tenant, site) REFERENCES site);

    CREATE TABLE release (
      id text PRIMARY KEY,
      tenant text NOT NULL REFERENCES tenant,
      kind text NOT NULL CHECK (kind IN ('signatures', 'software')),
      -- Rises for each tenant and kind; boxes take no lower one.
      number bigint NOT NULL CHECK (number > 0),
      -- The whole of `down/config`, as it was signed.
      message text NOT NULL,
      archive bytea CHECK (octet_length(archive) <= 4194304),
      summary text NOT NULL,
      who text NOT NULL,
      made timestamptz NOT NULL DEFAULT now(),
      status text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'stopped', 'done', 'superseded')),
      -- Of the gateways whose `accept` names the kind, how many get it.
      percent integer NOT NULL DEFAULT 1 CHECK (percent IN (1, 10, 100)),
      soak_seconds integer NOT NULL CHECK (soak_seconds >= 0),
      -- Why it stopped.
      reason text,
      -- Only what came after counts against it: it moves when somebody lets a stopped release go on.
      judged_from timestamptz NOT NULL DEFAULT now(),
      -- When it was stopped or resumed last.
      changed timestamptz NOT NULL DEFAULT now(),
      UNIQUE (tenant, kind, number));
    CREATE TABLE release_gateway (
      release text NOT NULL REFERENCES release,
      gateway text NOT NULL REFERENCES gateway,
      tenant text NOT NULL,
      -- What the box had in force before, for going back; null for nothing.
      previous text,
      chosen timestamptz NOT NULL DEFAULT now(),
      taken timestamptz,
      refused text,
      -- Refused or blind, and somebody let the release go on all the same.
      excused boolean NOT NULL DEFAULT false,
      PRIMARY KEY (release, gateway));
    CREATE INDEX release_gateway_gateway ON release_gateway (gateway);
    CREATE INDEX release_gateway_chosen ON release_gateway (chosen);
    CREATE INDEX alert_first_received ON alert (gateway, first_received);

    DO $$
    DECLARE name text;
    BEGIN
      FOREACH name IN ARRAY ARRAY['room_list', 'release', 'release_gateway'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY of_tenant ON %I FOR SELECT TO lenscap_reader USING (tenant = present_tenant())', name);
        EXECUTE format('CREATE POLICY of_all ON %I FOR SELECT TO lenscap_ingest USING (true)', name);
        EXECUTE format('CREATE POLICY of_registry ON %I TO lenscap_registry USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT ON %I TO lenscap_ingest', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO lenscap_registry', name);
      END LOOP;
      -- How boxes fare with a release.
      FOREACH name IN ARRAY ARRAY['alert', 'gateway_state'] LOOP
        EXECUTE format('CREATE POLICY of_registry ON %I FOR SELECT TO lenscap_registry USING (true)', name);
        EXECUTE format('GRANT SELECT ON %I TO lenscap_registry', name);
      END LOOP;
    END $$;
    GRANT SELECT ON room_list, release_gateway TO lenscap_reader;
    GRANT SELECT (id, tenant, kind, number, summary, who, made, status, percent, soak_seconds, reason) ON release TO lenscap_reader;
    """
}
