/// People who sign in, and what they do about cases. Cases stay the boxes': what is done here stands beside them.
enum Migration5 {
  static let script = """
    DO $$
    BEGIN
      BEGIN
        CREATE ROLE lenscap_clerk NOLOGIN NOBYPASSRLS;
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
      END;
      EXECUTE 'GRANT lenscap_clerk TO CURRENT_USER'
        || CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END;
      GRANT USAGE ON SCHEMA lenscap TO lenscap_clerk;
    END $$;

    -- Documents come from boxes, and may be anything.
    CREATE FUNCTION as_object(document jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
      $$ SELECT CASE WHEN jsonb_typeof(document) = 'object' THEN document ELSE '{}' END $$;
    CREATE FUNCTION as_array(document jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
      $$ SELECT CASE WHEN jsonb_typeof(document) = 'array' THEN document ELSE '[]' END $$;
    CREATE FUNCTION as_number(document jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
      $$ SELECT CASE WHEN jsonb_typeof(document) = 'number' THEN document END $$;

    CREATE TABLE person (
      tenant text NOT NULL REFERENCES tenant,
      -- The name in small letters: two that differ in capitals are one.
      key text NOT NULL,
      name text NOT NULL,
      role text NOT NULL,
      -- Base64; null until the invitation was used.
      salt text,
      password text,
      created timestamptz NOT NULL DEFAULT now(),
      signed_in timestamptz,
      PRIMARY KEY (tenant, key));
    CREATE TABLE invitation (
      hash text PRIMARY KEY,
      tenant text NOT NULL,
      person text NOT NULL,
      expires timestamptz NOT NULL,
      FOREIGN KEY (tenant, person) REFERENCES person ON DELETE CASCADE);
    -- Who is signed in signs in again.
    DELETE FROM session;
    ALTER TABLE session ALTER COLUMN token DROP NOT NULL, ADD COLUMN tenant text NOT NULL, ADD COLUMN person text,
      ADD COLUMN used timestamptz NOT NULL DEFAULT now(), ADD CHECK (num_nonnulls(token, person) = 1),
      ADD FOREIGN KEY (tenant, person) REFERENCES person ON DELETE CASCADE;
    CREATE INDEX session_person ON session (tenant, person);
    CREATE INDEX session_token ON session (token);

    ALTER TABLE audit ADD COLUMN role text, ADD COLUMN address text, ADD COLUMN alert text, ADD COLUMN note text;
    CREATE INDEX audit_alert ON audit (gateway, alert, number) WHERE alert IS NOT NULL;

    CREATE TABLE casework (
      gateway text NOT NULL,
      alert text NOT NULL,
      tenant text NOT NULL,
      site text NOT NULL,
      -- Where the case stands for the people here; null as long as they leave that to the property.
      status text CHECK (status IN ('open', 'acknowledged', 'dismissed', 'declared')),
      keeper text,
      assignee text,
      changes integer NOT NULL DEFAULT 1,
      updated timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (gateway, alert));
    CREATE INDEX casework_tenant ON casework (tenant);

    -- Alerts with what was decided here. What a box takes back is settled, whatever was decided.
    CREATE VIEW "case" WITH (security_invoker = true) AS
      SELECT a.gateway, a.id, a.tenant, a.site, a.device, a.severity, a.verdict, a.first_received, a.received, a.data,
        CASE a.status WHEN 'new' THEN 'open' ELSE a.status END AS at_property,
        CASE WHEN a.status IN ('cleared', 'dismissed', 'declared') THEN a.status
          ELSE coalesce(w.status, CASE a.status WHEN 'new' THEN 'open' ELSE a.status END) END AS status,
        w.keeper, w.assignee,
        (extract(epoch FROM a.received) * 1000000)::bigint || '.' || coalesce(w.changes, 0) AS version
      FROM alert a LEFT JOIN casework w ON w.gateway = a.gateway AND w.alert = a.id;

    DO $$
    DECLARE name text;
    BEGIN
      FOREACH name IN ARRAY ARRAY['person', 'invitation', 'session', 'casework'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
      END LOOP;
      FOREACH name IN ARRAY ARRAY['person', 'invitation', 'session'] LOOP
        EXECUTE format('CREATE POLICY of_registry ON %I TO lenscap_registry USING (true) WITH CHECK (true)', name);
      END LOOP;
      FOREACH name IN ARRAY ARRAY['gateway', 'alert', 'audit', 'casework'] LOOP
        EXECUTE format('CREATE POLICY of_clerk ON %I FOR SELECT TO lenscap_clerk USING (tenant = present_tenant())', name);
      END LOOP;
    END $$;
    CREATE POLICY of_tenant ON casework FOR SELECT TO lenscap_reader USING (tenant = present_tenant());
    CREATE POLICY of_all ON casework TO lenscap_ingest USING (true);
    CREATE POLICY by_clerk ON casework FOR INSERT TO lenscap_clerk WITH CHECK (tenant = present_tenant());
    CREATE POLICY again_by_clerk ON casework FOR UPDATE TO lenscap_clerk
      USING (tenant = present_tenant()) WITH CHECK (tenant = present_tenant());
    CREATE POLICY by_clerk ON audit FOR INSERT TO lenscap_clerk WITH CHECK (tenant = present_tenant());
    GRANT SELECT, INSERT, UPDATE, DELETE ON person, invitation, session TO lenscap_registry;
    GRANT SELECT ON casework, "case" TO lenscap_reader, lenscap_clerk;
    GRANT SELECT ON gateway, alert, audit TO lenscap_clerk;
    GRANT INSERT ON audit TO lenscap_clerk;
    GRANT INSERT, UPDATE ON casework TO lenscap_clerk;
    GRANT SELECT, DELETE ON casework TO lenscap_ingest;
    """
}
