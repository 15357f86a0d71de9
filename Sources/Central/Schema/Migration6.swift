/// Gateways that take the place of others.
enum Migration6 {
  static let script = """
    -- Whose place the gateway of this code takes.
    ALTER TABLE enrolment_code ADD COLUMN replaces text REFERENCES gateway;
    -- Whose places it took, with theirs: rows of the audit log keep the name that they were written with.
    ALTER TABLE gateway ADD COLUMN former text[] NOT NULL DEFAULT '{}';
    GRANT UPDATE ON casework TO lenscap_ingest;
    """
}
