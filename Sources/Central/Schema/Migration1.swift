/// Tenants, gateways, what they sent, and who may see it.
enum Migration1 {
  static let script = """
    DO $$
    DECLARE name text;
    BEGIN
      FOREACH name IN ARRAY ARRAY['lenscap_ingest', 'lenscap_registry', 'lenscap_reader'] LOOP
        -- Roles belong to the whole server; another database may have made them.
        BEGIN
          EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
        -- To become one of them, not to have its rights all the time; before PostgreSQL 16 that is up to the user (NOINHERIT).
        EXECUTE format('GRANT %I TO CURRENT_USER', name)
          || CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END;
        EXECUTE format('GRANT USAGE ON SCHEMA lenscap TO %I', name);
      END LOOP;
    END $$;

    CREATE FUNCTION rfc3339(moment timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
      $$ SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;
    -- The tenant of the transaction; nobody's outside of one.
    CREATE FUNCTION present_tenant() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
      $$ SELECT nullif(current_setting('lenscap.tenant', true), '') $$;

    CREATE TABLE tenant (
      id text PRIMARY KEY CHECK (id ~ '^[a-z0-9-]{1,40}$'),
      created timestamptz NOT NULL DEFAULT now());
    CREATE TABLE site (
      tenant text NOT NULL REFERENCES tenant,
      id text NOT NULL CHECK (id ~ '^[a-z0-9-]{1,40}$'),
      created timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (tenant, id));
    CREATE TABLE gateway (
      id text PRIMARY KEY CHECK (id ~ '^gw-[0-9a-f]{16}$'),
      tenant text NOT NULL,
      site text NOT NULL,
      created timestamptz NOT NULL DEFAULT now(),
      revoked timestamptz,
      -- By which code and for which key it was enrolled, so that a box that lost the answer may ask again.
      code text,
      key text,
      FOREIGN KEY (tenant, site) REFERENCES site);
    CREATE INDEX gateway_site ON gateway (tenant, site);
    CREATE TABLE certificate (
      serial text PRIMARY KEY,
      tenant text NOT NULL,
      gateway text NOT NULL REFERENCES gateway,
      issued timestamptz NOT NULL DEFAULT now(),
      expires timestamptz NOT NULL);
    CREATE INDEX certificate_gateway ON certificate (gateway);
    CREATE TABLE enrolment_code (
      hash text PRIMARY KEY,
      tenant text NOT NULL,
      site text NOT NULL,
      remaining integer NOT NULL CHECK (remaining >= 0),
      created timestamptz NOT NULL DEFAULT now(),
      expires timestamptz NOT NULL,
      FOREIGN KEY (tenant, site) REFERENCES site);
    CREATE TABLE token (
      hash text PRIMARY KEY,
      tenant text NOT NULL REFERENCES tenant,
      name text NOT NULL,
      scope text NOT NULL,
      created timestamptz NOT NULL DEFAULT now(),
      used timestamptz,
      UNIQUE (tenant, name));
    CREATE TABLE session (
      hash text PRIMARY KEY,
      token text NOT NULL REFERENCES token ON DELETE CASCADE,
      expires timestamptz NOT NULL);

    CREATE TABLE audit (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      tenant text NOT NULL,
      time timestamptz NOT NULL DEFAULT now(),
      who text NOT NULL,
      action text NOT NULL,
      site text,
      gateway text,
      detail text);
    CREATE INDEX audit_tenant ON audit (tenant, number);
    CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'rows of the audit log stay as they are'; END $$;
    CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_stays();

    -- The last event of each epoch of a gateway that is stored. Duplicates are known by it: no index over all days is needed.
    CREATE TABLE place (
      gateway text NOT NULL,
      tenant text NOT NULL,
      epoch text NOT NULL,
      seq bigint NOT NULL,
      updated timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (gateway, epoch));
    CREATE TABLE event (
      received timestamptz NOT NULL DEFAULT now(),
      tenant text NOT NULL,
      site text NOT NULL,
      gateway text NOT NULL,
      epoch text NOT NULL,
      seq bigint NOT NULL,
      uid text NOT NULL,
      -- As the box says, whose clock may be wrong.
      time timestamptz,
      kind text,
      alert text,
      event text,
      -- Null if the event was withdrawn, or if it could not be stored; then `refused` says why.
      data jsonb,
      refused text,
      -- The event after which the box has no others left, though some are missing.
      missing_after bigint) PARTITION BY RANGE (received);
    CREATE INDEX event_tenant ON event (tenant, received);
    CREATE INDEX event_alert ON event (gateway, alert);
    CREATE TABLE alert (
      gateway text NOT NULL,
      id text NOT NULL,
      tenant text NOT NULL,
      site text NOT NULL,
      device text,
      status text NOT NULL,
      severity text,
      verdict text,
      first_received timestamptz NOT NULL DEFAULT now(),
      received timestamptz NOT NULL DEFAULT now(),
      data jsonb,
      PRIMARY KEY (gateway, id));
    CREATE INDEX alert_tenant ON alert (tenant, received DESC, gateway, id);
    CREATE TABLE device (
      gateway text NOT NULL,
      id text NOT NULL,
      tenant text NOT NULL,
      site text NOT NULL,
      alert text NOT NULL,
      first_received timestamptz NOT NULL DEFAULT now(),
      received timestamptz NOT NULL DEFAULT now(),
      data jsonb,
      PRIMARY KEY (gateway, id));
    CREATE INDEX device_tenant ON device (tenant, id, gateway);
    CREATE TABLE gateway_state (
      gateway text PRIMARY KEY,
      tenant text NOT NULL,
      site text NOT NULL,
      is_online boolean NOT NULL DEFAULT false,
      -- By central's clock.
      heard timestamptz,
      box_time timestamptz,
      version text,
      pending bigint,
      state jsonb,
      state_received timestamptz);
    CREATE INDEX gateway_state_tenant ON gateway_state (tenant, site);

    -- Makes the partitions of the days around `today`, and drops those that are older than `keep` days.
    CREATE FUNCTION keep_partitions(today date, ahead integer, keep integer) RETURNS integer
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = lenscap, pg_temp AS $$
    DECLARE
      day date;
      old text;
      made integer := 0;
    BEGIN
      FOR day IN SELECT generate_series(today - 1, today + ahead, interval '1 day')::date LOOP
        IF to_regclass('lenscap.event_' || to_char(day, 'YYYYMMDD')) IS NULL THEN
          EXECUTE format('CREATE TABLE lenscap.%I PARTITION OF lenscap.event FOR VALUES FROM (%L) TO (%L)',
            'event_' || to_char(day, 'YYYYMMDD'), day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
          made := made + 1;
        END IF;
      END LOOP;
      FOR old IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'lenscap.event'::regclass AND c.relname < 'event_' || to_char(today - keep, 'YYYYMMDD') LOOP
        EXECUTE format('DROP TABLE lenscap.%I', old);
      END LOOP;
      RETURN made;
    END $$;
    REVOKE ALL ON FUNCTION keep_partitions FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION keep_partitions TO lenscap_ingest;

    DO $$
    DECLARE name text;
    BEGIN
      FOREACH name IN ARRAY ARRAY['site', 'gateway', 'certificate', 'enrolment_code', 'token', 'audit', 'place', 'event', 'alert', 'device',
        'gateway_state'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        -- Also for the owner.
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY of_tenant ON %I FOR SELECT TO lenscap_reader USING (tenant = present_tenant())',
          name);
      END LOOP;
      FOREACH name IN ARRAY ARRAY['gateway', 'place', 'event', 'alert', 'device', 'gateway_state'] LOOP
        EXECUTE format('CREATE POLICY of_all ON %I TO lenscap_ingest USING (true) WITH CHECK (true)', name);
      END LOOP;
      FOREACH name IN ARRAY ARRAY['site', 'gateway', 'certificate', 'enrolment_code', 'token', 'audit'] LOOP
        EXECUTE format('CREATE POLICY of_registry ON %I TO lenscap_registry USING (true) WITH CHECK (true)', name);
      END LOOP;
    END $$;
    GRANT SELECT ON site, gateway, audit, event, alert, device, gateway_state TO lenscap_reader;
    GRANT SELECT ON gateway TO lenscap_ingest;
    GRANT SELECT, INSERT, UPDATE, DELETE ON place, event, alert, device, gateway_state TO lenscap_ingest;
    GRANT SELECT, INSERT, UPDATE ON tenant, site, gateway, certificate TO lenscap_registry;
    GRANT SELECT, INSERT, UPDATE, DELETE ON enrolment_code, token, session TO lenscap_registry;
    GRANT SELECT, INSERT ON audit TO lenscap_registry;
    """
}
