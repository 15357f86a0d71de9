/// Cameras that an operator declares for a site.
enum Migration2 {
  static let script = """
    CREATE TABLE declared_list (
      tenant text NOT NULL,
      site text NOT NULL,
      id text NOT NULL,
      cameras jsonb NOT NULL,
      who text NOT NULL,
      made timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (tenant, site),
      FOREIGN KEY (tenant, site) REFERENCES site);
    ALTER TABLE declared_list ENABLE ROW LEVEL SECURITY;
    ALTER TABLE declared_list FORCE ROW LEVEL SECURITY;
    CREATE POLICY of_tenant ON declared_list FOR SELECT TO lenscap_reader USING (tenant = present_tenant());
    CREATE POLICY of_all ON declared_list FOR SELECT TO lenscap_ingest USING (true);
    CREATE POLICY of_registry ON declared_list TO lenscap_registry USING (true) WITH CHECK (true);
    GRANT SELECT ON declared_list TO lenscap_reader, lenscap_ingest;
    GRANT SELECT, INSERT, UPDATE ON declared_list TO lenscap_registry;
    """
}
